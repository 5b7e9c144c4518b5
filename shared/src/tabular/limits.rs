//! Bounds on what is read of a file, and the count that is kept of it meanwhile.

use std::cell::Cell as Counter;

use super::{Cell, Unreadable};

/// Bounds on what is read, whatever a file claims. They keep memory and time finite; ordinary files stay far below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a workbook or an archive once it is unpacked. Default 2 GiB, about four million rows of twelve columns.
    pub expanded_bytes: u64,
    /// Bytes that are held in memory as a whole: the texts that cells share, the first rows of all sheets, and all of an
    /// .xls. Default 256 MiB.
    pub held_bytes: u64,
    /// How many times its packed size a workbook may unpack to, once it is past 64 MiB. Default 250; sheets that
    /// people fill reach 10 to 60.
    pub ratio: u64,
    /// Members of a zip container, and sheets of a workbook. Default 10,000.
    pub entries: usize,
    /// Cells of a sheet, counted to the last one with a value in each row. Default 50 million.
    pub cells: u64,
    /// Columns of a sheet. Default 16,384, as many as a spreadsheet has.
    pub columns: usize,
    /// Bytes of text in one cell. Default 1 MiB; spreadsheets end at 32,767 characters.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            expanded_bytes: 2 << 30,
            held_bytes: 256 << 20,
            ratio: 250,
            entries: 10_000,
            cells: 50_000_000,
            columns: 16_384,
            text_bytes: 1 << 20,
        }
    }
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
