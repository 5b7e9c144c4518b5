//! What is wrong with a file that cannot be read.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(doc)]
use super::Limits;
use crate::failure::{Failure, Name};

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

/// Some broken files make a reader panic; that is the file's fault and not ours.
pub(super) fn unpanicking<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result,
        Err(_) => Err(Unreadable::Corrupt { what: "it is not built as files of its kind are" }),
    }
}
