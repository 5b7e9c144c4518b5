//! Rows out of files, bounded.
//!
//! Delimited text and .xlsx are read row by row. Of .xls and .ods a reader has to load the whole; what that takes is
//! estimated first, and bounded like all else by [`Limits`].
//!
//! [`detect()`] says by content what a file is, [`sheets`] what can be read in it, [`rows`] reads one of them row by row.
//! Whatever is wrong with a file is an [`Unreadable`], which says what a person should do and never quotes a cell.

mod biff;
mod cell;
mod delimited;
mod detect;
mod encoding;
mod fault;
mod guard;
mod opendocument;
mod quotes;
mod records;
mod workbook;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;

pub use cell::{Cell, Epoch, Row, trimmed};
pub use detect::detect;

use crate::failure::{Failure, Name};
use crate::payload::Format;

/// Bounds on what is read, whatever a file claims. They keep memory and time finite; ordinary files stay far below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a workbook once it is unpacked. Default 2 GiB, about four million rows of twelve columns.
    pub expanded_bytes: u64,
    /// Bytes of those that are held in memory as a whole: the texts that cells share, styles, and all of an OpenDocument
    /// spreadsheet. Default 256 MiB.
    pub held_bytes: u64,
    /// Bytes that a workbook may take in memory, as estimated before it is read, if it cannot be read row by row: .xls and
    /// .ods. Default 768 MiB, about five million cells.
    pub loaded_bytes: u64,
    /// How many times its packed size a workbook may unpack to, once it is past 64 MiB. Default 250; sheets that
    /// people fill reach 10 to 60.
    pub ratio: u64,
    /// Members of a workbook's zip container. Default 10,000.
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
            loaded_bytes: 768 << 20,
            ratio: 250,
            entries: 10_000,
            cells: 50_000_000,
            columns: 16_384,
            text_bytes: 1 << 20,
        }
    }
}

/// Why a file cannot be read. The text goes on from the file's name: `appointments.xlsx: it is protected by …`.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing in it.
    #[error("it holds no rows; fill it in and drop it again")]
    Empty,
    /// It is encrypted.
    #[error("it is protected by a password; save it without one and drop it again")]
    PasswordProtected,
    /// It is of a kind that is not read.
    #[error("it is {what}; save it as an .xlsx workbook, or as CSV in UTF-8, and drop it again")]
    Unsupported {
        /// What it is: `a PDF document`.
        what: &'static str,
    },
    /// It is broken.
    #[error(
        "it is damaged ({what}); open it in a spreadsheet program, save it anew as .xlsx and drop it again"
    )]
    Corrupt {
        /// Where it is broken.
        what: &'static str,
    },
    /// It exceeds one of [`Limits`].
    #[error("it has more than {limit} {what}; split it into smaller files and drop those")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
    /// The local copy of the file cannot be read; the file itself is not at fault.
    #[error("its local copy could not be read ({0}); start the execution again")]
    Disk(io::ErrorKind),
}

impl Failure for Unreadable {
    fn name(&self) -> Name {
        match self {
            Self::Empty => Name::EmptyFile,
            Self::PasswordProtected => Name::PasswordProtected,
            Self::Unsupported { .. } => Name::UnsupportedFormat,
            Self::Corrupt { .. } => Name::CorruptFile,
            Self::TooLarge { .. } => Name::TooLarge,
            Self::Disk(_) => Name::Storage,
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Disk(error.kind())
    }
}

/// The visible sheets of a file in order, by name; `[None]` for delimited text.
///
/// # Errors
/// See [`Unreadable`]; [`Unreadable::Empty`] for a workbook without a visible sheet.
pub fn sheets(file: &mut File, format: Format, limits: &Limits) -> Result<Vec<Option<String>>, Unreadable> {
    match format {
        Format::Csv => Ok(vec![None]),
        _ => Ok(workbook::sheets(file, format, limits)?.into_iter().map(Some).collect()),
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
        (Format::Csv, _) => delimited::rows(file, limits, each),
        (_, Some(sheet)) => workbook::rows(file, format, sheet, limits, each),
        (_, None) => Err(Unreadable::Corrupt { what: "no sheet of it was named" }),
    }
}

#[cfg(test)]
#[path = "formats_tests.rs"]
mod tests;
