//! Texts that the cells of a workbook share.

use crate::tabular::limits::size;
use crate::tabular::{Limits, Unreadable};

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

    /// The text with this number.
    pub(crate) fn get(&self, number: usize) -> Result<&str, Unreadable> {
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.and_then(|start| Some(start..*self.ends.get(number)?));
        range
            .and_then(|range| self.all.get(range))
            .ok_or(Unreadable::Corrupt { what: "a cell of it refers to a text that is not there" })
    }
}
