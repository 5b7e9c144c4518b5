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
    ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str, limits: &Limits) -> Result<(), Unreadable> {
        self.all.push_str(text);
        // All of them have to be counted in four bytes.
        let limit = limits.held_bytes.min(u32::MAX.into());
        let too_large = Unreadable::TooLarge { what: "bytes of text", limit };
        let Ok(end) = u32::try_from(self.all.len()) else { return Err(too_large) };
        self.ends.push(end);
        let held = size(self.all.len()) + size(self.ends.len() * size_of::<u32>());
        if held > limit { Err(too_large) } else { Ok(()) }
    }

    /// All texts that there are.
    pub(crate) fn all(mut next: NextText<'_>) -> Result<Self, Unreadable> {
        let mut texts = Self::default();
        while next(&mut texts)? {}
        Ok(texts)
    }

    /// The text with this number.
    pub(crate) fn get(&self, number: usize) -> Result<&str, Unreadable> {
        self.at(self.place(number))
            .ok_or(Unreadable::Corrupt { what: "a cell of it refers to a text that is not there" })
    }

    /// Where the text with this number begins and ends; if it is not there, where none does.
    fn place(&self, number: usize) -> (u32, u32) {
        let start = number.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        match (start, self.ends.get(number)) {
            (Some(start), Some(end)) => (*start, *end),
            _ => (1, 0),
        }
    }

    fn at(&self, (start, end): (u32, u32)) -> Option<&str> {
        self.all.get(start as usize..end as usize)
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

    /// Finds texts by their numbers, if all of them are read; none for one that is not there.
    pub(crate) fn find<'s>(&'s self, finds: &mut Finds<'s>) {
        finds.places.clear();
        finds.texts.clear();
        if let Self::Read(texts) = self {
            finds.places.extend(finds.numbers.iter().map(|number| texts.place(*number)));
            finds.texts.extend(finds.places.iter().map(|place| texts.at(*place)));
        }
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

/// Texts that are found together: first all their places, then all of them, so that the processor waits for the memory
/// of many at once.
#[derive(Default)]
pub(crate) struct Finds<'s> {
    pub(crate) numbers: Vec<usize>,
    places: Vec<(u32, u32)>,
    pub(crate) texts: Vec<Option<&'s str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_the_last_text_is_that_of_none() {
        let mut texts = Texts::default();
        assert!(texts.get(0).is_err());
        for text in ["", ""] {
            texts.push(text, &Limits::default()).unwrap();
        }
        assert_eq!([texts.get(0).unwrap(), texts.get(1).unwrap()], ["", ""]);
        assert!(texts.get(2).is_err() && texts.get(usize::MAX).is_err());
    }

    #[test]
    fn texts_are_found_together_as_one_by_one() {
        let mut texts = Texts::default();
        for text in ["one", "", "ä"] {
            texts.push(text, &Limits::default()).unwrap();
        }
        let shared = Shared::Read(texts);
        let mut finds = Finds::default();
        for numbers in [vec![2, 3, 0, 1, usize::MAX, 0], vec![1]] {
            finds.numbers = numbers;
            shared.find(&mut finds);
            let one_by_one: Vec<_> = finds.numbers.iter().map(|number| shared.get(*number).ok()).collect();
            let together: Vec<_> = finds.texts.iter().map(|text| text.map(Cow::Borrowed)).collect();
            assert_eq!(together, one_by_one);
        }
    }
}
