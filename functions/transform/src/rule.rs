//! The names of what can be noticed, as they stand in findings, rejects and the ledger.

use std::fmt;

/// A rule that a cell, a row or a header met with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A required value is not there.
    Missing,
    /// Not a whole number.
    NotAnInteger,
    /// A whole number too large for the column's type.
    OutOfRange,
    /// A number that lost digits on its way through a spreadsheet, such as `2.98725E+13`.
    DamagedIdentifier,
    /// Not a date, or in none of the contract's formats.
    NotADate,
    /// A date outside the contract's window.
    ImplausibleDate,
    /// A word that the contract's list does not have.
    UnknownWord,
    /// A formula that failed, such as `#N/A`.
    ExcelError,
    /// Text with a NUL character, which no database keeps.
    NulCharacter,
    /// The row lost to another with the same key.
    Superseded,
    /// The row stands above the header.
    TitleRow,
    /// The row is the header again.
    RepeatedHeader,
    /// A column that the contract does not name.
    UnknownColumn,
    /// A column of the contract that the file does not have.
    AbsentColumn,
}

impl Rule {
    /// The name, in snake_case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotAnInteger => "not_an_integer",
            Self::OutOfRange => "out_of_range",
            Self::DamagedIdentifier => "damaged_identifier",
            Self::NotADate => "not_a_date",
            Self::ImplausibleDate => "implausible_date",
            Self::UnknownWord => "unknown_word",
            Self::ExcelError => "excel_error",
            Self::NulCharacter => "nul_character",
            Self::Superseded => "superseded",
            Self::TitleRow => "title_row",
            Self::RepeatedHeader => "repeated_header",
            Self::UnknownColumn => "unknown_column",
            Self::AbsentColumn => "absent_column",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
