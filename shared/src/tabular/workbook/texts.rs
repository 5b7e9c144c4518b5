//! Texts that the cells of a workbook share.

use std::borrow::Cow;
use std::cell::RefCell;

use crate::tabular::limits::size;
use crate::tabular::{Limits, Unreadable};

/// Reads the next of the texts, if there is one.
pub(crate) type NextText<'c> = Box<dyn FnMut(&mut Texts) -> Result<bool, Unreadable> + 'c>;

/// Shared texts by number, in one piece of memory.
#[derive(Default)]
pub(crate) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str, limits: &Limits) -> Result<(), Unreadable> {
        self.all.push_str(text);
        self.ends.push(self.all.len());
        let held = size(self.all.len()) + size(self.ends.len() * size_of::<usize>());
        if held > limits.held_bytes {
            return Err(Unreadable::TooLarge { what: "bytes of text", limit: limits.held_bytes });
        }
        Ok(())
    }

    /// All texts that there are.
    pub(crate) fn all(mut next: NextText<'_>) -> Result<Self, Unreadable> {
        let mut texts = Self::default();
        while next(&mut texts)? {}
        Ok(texts)
    }

    /// The text with this number.
    pub(crate) fn get(&self, number: usize) -> Result<&str, Unreadable> {
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.and_then(|start| Some(start..*self.ends.get(number)?));
        range
            .and_then(|range| self.all.get(range))
            .ok_or(Unreadable::Corrupt { what: "a cell of it refers to a text that is not there" })
    }
}

/// Shared texts as they are read.
pub(crate) enum Shared<'c> {
    /// All of them.
    Read(Texts),
    /// Those up to the last that was asked for, and how to go on.
    Reading(RefCell<(Texts, NextText<'c>)>),
}

impl<'c> Shared<'c> {
    /// Texts that are read as far as they are asked for.
    pub(crate) fn reading(next: NextText<'c>) -> Self {
        Self::Reading(RefCell::new((Texts::default(), next)))
    }

    /// The text with this number.
    pub(crate) fn get(&self, number: usize) -> Result<Cow<'_, str>, Unreadable> {
        match self {
            Self::Read(texts) => texts.get(number).map(Cow::Borrowed),
            Self::Reading(reading) => {
                let (texts, next) = &mut *reading.borrow_mut();
                while texts.ends.len() <= number && next(texts)? {}
                texts.get(number).map(|text| Cow::Owned(text.to_owned()))
            }
        }
    }
}
