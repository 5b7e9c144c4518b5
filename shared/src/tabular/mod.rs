//! Rows out of files, bounded.
//!
//! Every format is read row by row, and what has to be held of a file meanwhile is bounded, like all else, by [`Limits`].
//!
//! [`detect()`] says by content what a file is, [`sheets`] what can be read in it, [`rows`] reads one of them row by row.
//! An archive's [`members`] are files of their own. Whatever is wrong with a file is an [`Unreadable`], which says what a
//! person should do and never quotes a cell.

mod archive;
mod biff;
mod biff_globals;
mod bytes;
mod cell;
mod census;
mod container;
mod cut;
mod delimited;
mod detect;
mod dialect;
mod encoding;
mod fault;
mod fields;
mod iso;
mod number_format;
mod opendocument;
mod opendocument_cell;
mod package;
mod records;
mod scan;
mod sheet;
mod texts;
mod workbook;
mod xlsb;
mod xlsx;
mod xlsx_cell;
mod xml;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;

pub use archive::{member, members};
pub use cell::{Cell, Epoch, Row, trimmed};
pub use cut::{Pieces, cut};
pub use detect::detect;

use crate::failure::{Failure, Name};
use crate::payload::{Format, Part};

/// Bounds on what is read, whatever a file claims. They keep memory and time finite; ordinary files stay far below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a workbook or an archive once it is unpacked. Default 2 GiB, about four million rows of twelve columns.
    pub expanded_bytes: u64,
    /// Bytes that are held in memory as a whole: the texts that cells share, and all of an .xls. Default 256 MiB.
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
    /// A quotation mark opens a cell of text, and none closes it, or one in the middle of a later row.
    #[error(
        "a quotation mark that opens in its row {row} is not closed where its text ends; mend that row and drop it again"
    )]
    OpenQuotes {
        /// The row's number, as a spreadsheet numbers it.
        row: u64,
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
            Self::Corrupt { .. } | Self::OpenQuotes { .. } => Name::CorruptFile,
            Self::TooLarge { .. } => Name::TooLarge,
            Self::Disk(_) => Name::Storage,
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        error.downcast().unwrap_or(Self::Disk(kind))
    }
}

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
        Format::Csv => delimited::rows(file, limits, &mut |row| each(0, row)).map(|()| vec![Sheet::TEXT]),
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
        (Format::Csv, _) => delimited::rows(file, limits, each),
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
        Some(cut) => delimited::piece(file, cut, limits, each),
        None => rows(file, part.format, part.sheet.as_deref(), limits, each),
    }
}

#[cfg(test)]
#[path = "formats_tests.rs"]
mod tests;

#[cfg(test)]
mod round_trip_tests;
