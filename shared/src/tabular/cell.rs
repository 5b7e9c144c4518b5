//! Cells and rows as they stand in a file, before any contract.

use std::borrow::Cow;
use std::cell::Cell as Counter;

use super::{Limits, Unreadable};

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// Text as written, untrimmed.
    Text(Cow<'a, str>),
    /// A number. Spreadsheets keep all numbers, identifiers included, as binary floats.
    Number(f64),
    /// A number shown as a date or time: days since the row's [`Epoch`], the time of day as fraction.
    Date(f64),
    /// TRUE or FALSE.
    Bool(bool),
    /// What a formula that failed shows, such as `#N/A`.
    Error(&'static str),
    /// A formula whose value the file does not hold: whoever wrote it did not calculate.
    Uncalculated,
}

/// Where a workbook's date serials count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Epoch {
    /// Serial 1 is 1900-01-01, and serial 60 a 1900-02-29 that never was.
    #[default]
    Y1900,
    /// Serial 0 is 1904-01-01.
    Y1904,
}

/// A row with at least one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// As the spreadsheet numbers it, from 1. In delimited text the record's number; empty lines are not counted.
    pub number: u64,
    /// From the first column to the last one with a value.
    pub cells: &'a [Cell<'a>],
    /// What serials in it count from.
    pub epoch: Epoch,
}

impl Cell<'_> {
    /// Whether there is nothing to see in the cell.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => trimmed(text).is_empty(),
            Self::Number(_) | Self::Date(_) | Self::Bool(_) | Self::Error(_) | Self::Uncalculated => false,
        }
    }

    /// The cell read as the name of a column. Numbers and dates may head a column; nothing else but text names one.
    #[must_use]
    pub fn as_header(&self) -> String {
        match self {
            Self::Text(text) => trimmed(text).to_owned(),
            Self::Number(number) | Self::Date(number) => number.to_string(),
            Self::Empty | Self::Bool(_) | Self::Error(_) | Self::Uncalculated => String::new(),
        }
    }
}

/// Text without the space around it: blanks, no-break spaces, and characters of no width.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character.is_whitespace()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
    })
}

/// Bytes of text in all cells of one row.
const ROW_TEXT: u64 = 64 << 20;

/// Counts the cells of a sheet and their text against the limits while it is read.
pub(super) struct Meter<'l> {
    limits: &'l Limits,
    cells: u64,
    text: u64,
    /// Of the row that is being read.
    row_text: Counter<u64>,
}

impl<'l> Meter<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { limits, cells: 0, text: 0, row_text: Counter::new(0) }
    }

    /// Takes note of a row of this many cells.
    pub(super) fn row(&mut self, width: usize) -> Result<(), Unreadable> {
        self.rows(width, 1)
    }

    /// Takes note of as many rows that are equal.
    pub(super) fn rows(&mut self, width: usize, times: u64) -> Result<(), Unreadable> {
        self.cells = self.cells.saturating_add(size(width).saturating_mul(times));
        self.text = self.text.saturating_add(self.row_text.take().saturating_mul(times));
        let Limits { cells, expanded_bytes, .. } = *self.limits;
        if self.cells > cells {
            return Err(Unreadable::TooLarge { what: "cells in one sheet", limit: cells });
        }
        if self.text > expanded_bytes {
            return Err(Unreadable::TooLarge { what: "bytes of text in one sheet", limit: expanded_bytes });
        }
        Ok(())
    }

    /// Takes note of a cell with a value in this position, from 0.
    pub(super) fn cell(&self, position: usize, cell: &Cell<'_>) -> Result<(), Unreadable> {
        self.cells(position, cell, 1)
    }

    /// Takes note of as many equal cells, the last of them in this position.
    pub(super) fn cells(&self, position: usize, cell: &Cell<'_>, times: usize) -> Result<(), Unreadable> {
        let Limits { columns, text_bytes, .. } = *self.limits;
        if position >= columns {
            return Err(Unreadable::TooLarge { what: "columns", limit: size(columns) });
        }
        let Cell::Text(text) = cell else { return Ok(()) };
        if text.len() > text_bytes {
            return Err(Unreadable::TooLarge { what: "bytes of text in one cell", limit: size(text_bytes) });
        }
        let row_text = self.row_text.get().saturating_add(size(text.len()).saturating_mul(size(times)));
        self.row_text.set(row_text);
        if row_text > ROW_TEXT {
            return Err(Unreadable::TooLarge { what: "bytes of text in one row", limit: ROW_TEXT });
        }
        Ok(())
    }
}

/// A count in memory as the limits count.
pub(super) fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_that_nobody_sees_is_trimmed() {
        assert_eq!(trimmed("\u{feff}\u{a0} 34\u{200b}\t\u{2007}"), "34");
        assert_eq!(trimmed("a\u{a0}b"), "a\u{a0}b", "inside a text it stays");
        assert!(Cell::Text("\u{a0}\u{200b}".into()).is_blank());
    }

    #[test]
    fn a_number_can_head_a_column_and_an_error_cannot() {
        assert_eq!(Cell::Number(2025.0).as_header(), "2025");
        assert_eq!(Cell::Text(" booking_id\u{a0}".into()).as_header(), "booking_id");
        assert_eq!(Cell::Error("#REF!").as_header(), "");
    }
}
