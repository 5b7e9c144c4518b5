//! Rows out of files, bounded.
//!
//! Every format is read row by row, and what has to be held of a file meanwhile is bounded, like all else, by [`Limits`].
//!
//! [`detect()`] says by content what a file is, [`sheets`] what can be read in it, [`rows`] reads one of them row by row.
//! The members of an [`Archive`] are files of their own. Whatever is wrong with a file is an [`Unreadable`], which says
//! what a person should do and never quotes a cell.
//!
//! Delimited text is read in `text`; workbooks in `workbook`, where each family of formats has a folder: `ooxml` (.xlsx,
//! .xlsb), `biff` (.xls) and `ods`. All that is unpacked of a zip container goes through `container`, which counts it.

mod archive;
mod blocks;
mod cell;
mod container;
mod cursor;
mod detect;
mod limits;
pub mod serial;
mod text;
pub(crate) mod unique;
mod unreadable;
mod workbook;

use std::fs::File;
use std::ops::ControlFlow;

pub use archive::{Archive, member};
pub use cell::{Cell, Epoch, Row, trimmed};
pub use detect::detect;
pub use limits::Limits;
pub use text::cut::{Pieces, cut};
pub use unreadable::Unreadable;

use crate::payload::{Format, Part};

/// A worksheet, or delimited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name, by which [`rows`] reads it, unique in the file; none for delimited text.
    pub name: Option<String>,
    /// Whether a person who opens the workbook does not see it.
    pub is_hidden: bool,
}

impl Sheet {
    const TEXT: Self = Self { name: None, is_hidden: false };
}

/// The worksheets of a file in order, hidden ones too. Charts and dialogs are none.
///
/// # Errors
/// See [`Unreadable`]; [`Unreadable::Empty`] for a workbook without a worksheet.
pub fn sheets(file: &mut File, format: Format, limits: &Limits) -> Result<Vec<Sheet>, Unreadable> {
    match format {
        Format::Csv => Ok(vec![Sheet::TEXT]),
        _ => workbook::sheets(file, format, limits),
    }
}

/// Reads all worksheets of a file, or delimited text, as [`rows`] does, and answers what [`sheets`] does. The file is
/// opened once. `each` is told the position of the sheet in the answer; where it breaks off, the next sheet is read.
///
/// # Errors
/// See [`sheets`] and [`rows`].
pub fn survey(
    file: &mut File,
    format: Format,
    limits: &Limits,
    each: &mut dyn FnMut(usize, Row<'_>) -> ControlFlow<()>,
) -> Result<Vec<Sheet>, Unreadable> {
    match format {
        Format::Csv => text::rows(file, limits, &mut |row| each(0, row)).map(|()| vec![Sheet::TEXT]),
        _ => workbook::survey(file, format, limits, each),
    }
}

/// Reads a sheet, or delimited text where `sheet` is none, row by row until the end or until `each` breaks off. Rows
/// without any value are left out.
///
/// # Errors
/// See [`Unreadable`]; rows before the fault have been passed to `each`.
pub fn rows(
    file: &mut File,
    format: Format,
    sheet: Option<&str>,
    limits: &Limits,
    each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    match (format, sheet) {
        (Format::Csv, _) => text::rows(file, limits, each),
        (_, Some(sheet)) => workbook::rows(file, format, sheet, limits, each),
        (_, None) => Err(Unreadable::Corrupt { what: "no sheet of it was named" }),
    }
}

/// Reads a part as [`rows`] does, out of its file, or of its member once unpacked. Of a file that was cut, `file` need hold
/// no more than the head and the piece, each where it stands in the whole.
///
/// # Errors
/// See [`rows`].
pub fn part(
    file: &mut File,
    part: &Part,
    limits: &Limits,
    each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    match &part.cut {
        Some(cut) => text::piece(file, cut, limits, each),
        None => rows(file, part.format, part.sheet.as_deref(), limits, each),
    }
}

#[cfg(test)]
#[path = "formats_tests.rs"]
mod tests;

#[cfg(test)]
mod round_trip_tests;
