//! A dataset's contract: what its columns are, how they are read, and what becomes of its rows.

use std::fmt;

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// The contract of one dataset, from `<domain>/<table>.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// `domain.table`; also the name of its PostgreSQL table.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// A drop's key that begins with this may be of this dataset.
    pub prefix: String,
    /// A glob over the file's name, case-insensitive, that decides between datasets of one prefix.
    pub file_name: Option<String>,
    /// Columns that identify a row.
    pub key: Vec<String>,
    /// Which row stands when several have the same key; the others are superseded.
    pub keep: Keep,
    /// What a newer file does to the table.
    pub load: LoadMode,
    /// What becomes of columns that the contract does not name.
    pub unknown_columns: UnknownColumns,
    /// How the Parquet files are partitioned.
    pub partition: Option<Partition>,
    /// Columns in the contract's order.
    pub columns: Vec<Column>,
    /// SHA-256 of the contract's text, 12 hex digits: a changed contract makes a new batch of the same file.
    pub version: String,
}

/// One column of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name in the table, in Parquet and (normalised) in the header.
    pub name: String,
    /// Type of its values.
    pub kind: ColumnType,
    /// A row without a value here is rejected.
    pub required: bool,
    /// Holds patients' data: stays out of reports that do not ask for it by name.
    pub phi: bool,
    /// Other headers under which the column arrives.
    pub aliases: Vec<String>,
    /// Date formats (strftime) tried in order on text cells; empty means ISO 8601.
    pub formats: Vec<String>,
    /// The words allowed, if the column is an enumeration.
    pub values: Vec<Word>,
    /// The dataset whose key this column holds.
    pub references: Option<Reference>,
    /// The window in which a date is believed.
    pub plausible: Option<Plausible>,
    /// The value of a row made up for an unknown reference.
    pub placeholder: Option<String>,
    /// What the column means, kept as its comment in the database.
    pub description: String,
}

/// Types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text, trimmed; an empty cell is null.
    Text,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    Bigint,
    /// Calendar date.
    Date,
}

/// One word of an enumeration: what is stored, and the spellings that mean it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The stored word.
    pub stored: String,
    /// Spellings, lower-case, without surrounding space and trailing punctuation.
    pub spellings: Vec<String>,
}

/// Which of several rows with the same key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// The row with the smallest value in this column, then the first row; without a column the first row.
    First(Option<String>),
    /// The row with the largest value in this column, then the last row; without a column the last row.
    Last(Option<String>),
}

/// What a newer file of the dataset does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadMode {
    /// It takes the place of the table's content.
    Replace,
    /// Its rows are inserted or updated by key; others stay.
    Merge,
}

/// What becomes of columns that the contract does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownColumns {
    /// They are left out, with a finding.
    Ignore,
    /// The file is refused.
    Reject,
}

/// Partitions of the Parquet lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partition {
    /// One folder per calendar month of a date column, `<column>_month=YYYY-MM`.
    Month(String),
}

/// A reference to another dataset's key. An unknown value makes a placeholder row there, in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Name of the dataset referred to, whose key is a single column.
    pub dataset: String,
}

/// The window in which a date is believed. A date outside it is kept and counted as a warning, or rejects its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Plausible {
    /// Earliest date believed.
    pub after: Option<Bound>,
    /// Latest date believed.
    pub before: Option<Bound>,
    /// True: a date outside rejects the row. False: it is a warning.
    pub rejects: bool,
}

/// One end of a window: a date, or one counted from the run's `as_of`.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// A calendar date.
    Fixed(Date),
    /// `as_of` plus or minus whole units.
    AsOf {
        /// How many; negative reaches back.
        count: i32,
        /// Of which unit.
        unit: Unit,
    },
}

/// Units of a [`Bound`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Days,
    /// Calendar months.
    Months,
    /// Calendar years.
    Years,
}

impl Bound {
    /// The date that the bound means on a given day; the calendar's end where it would lie beyond it.
    #[must_use]
    pub fn on(&self, as_of: Date) -> Date {
        match *self {
            Self::Fixed(date) => date,
            Self::AsOf { count, unit } => as_of.saturating_add(unit.span(count)),
        }
    }

    /// Reads `2020-01-31`, `as_of`, `as_of + 2 years` or `as_of - 30 days`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some(offset) = text.strip_prefix("as_of") else {
            return text.parse().ok().map(Self::Fixed);
        };
        let words: Vec<&str> = offset.split_whitespace().collect();
        match words.as_slice() {
            [] => Some(Self::AsOf { count: 0, unit: Unit::Days }),
            [sign @ ("+" | "-"), count, unit] => {
                let count = i32::from(count.parse::<u16>().ok()?.min(9_999));
                let unit = match *unit {
                    "day" | "days" => Unit::Days,
                    "month" | "months" => Unit::Months,
                    "year" | "years" => Unit::Years,
                    _ => return None,
                };
                Some(Self::AsOf { count: if *sign == "-" { -count } else { count }, unit })
            }
            _ => None,
        }
    }
}

impl Unit {
    fn span(self, count: i32) -> Span {
        // Bound::parse keeps the count below 10,000, inside what a span of days, months or years may hold
        // (19,998 years); try_ keeps a hand-made bound from panicking.
        match self {
            Self::Days => Span::new().try_days(count),
            Self::Months => Span::new().try_months(count),
            Self::Years => Span::new().try_years(count),
        }
        .unwrap_or_else(|_| 0.days())
    }
}

impl Dataset {
    /// The folder of the catalog and schema of the table.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.name.split_once('.').map_or("", |(domain, _)| domain)
    }

    /// The table's name without its schema.
    #[must_use]
    pub fn table(&self) -> &str {
        self.name.split_once('.').map_or(self.name.as_str(), |(_, table)| table)
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Identity of a batch: the same content under the same contract is the same batch. 32 hex digits.
    #[must_use]
    pub fn batch(&self, content_sha256: &str) -> String {
        let identity = format!("{content_sha256}\n{}\n{}", self.name, self.version);
        let mut digest = crate::digest::sha256_hex(identity.as_bytes());
        digest.truncate(32);
        digest
    }
}

impl Column {
    /// Whether a header cell names this column, by name or alias.
    #[must_use]
    pub fn is_named(&self, header: &str) -> bool {
        let header = normalise_header(header);
        !header.is_empty()
            && (normalise_header(&self.name) == header
                || self.aliases.iter().any(|alias| normalise_header(alias) == header))
    }
}

/// A header as it is compared: lower-case letters and digits, every run of other characters one `_`, none at the ends.
#[must_use]
pub fn normalise_header(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_alphanumeric() {
            normal.extend(character.to_lowercase());
        } else if !normal.is_empty() && !normal.ends_with('_') {
            normal.push('_');
        }
    }
    if normal.ends_with('_') {
        normal.pop();
    }
    normal
}

impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Bigint => "bigint",
            Self::Date => "date",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_compared_without_case_space_and_punctuation() {
        assert_eq!(normalise_header("  Booking\u{a0}ID "), "booking_id");
        assert_eq!(normalise_header("Appt. Status"), "appt_status");
        assert_eq!(normalise_header("Amount (₹)"), "amount");
        assert_eq!(normalise_header("—"), "");
    }

    #[test]
    fn a_bound_moves_with_the_day_it_is_asked_for() {
        let as_of = jiff::civil::date(2024, 2, 29);
        let on = |text: &str| Bound::parse(text).map(|bound| bound.on(as_of).to_string());
        assert_eq!(on("as_of + 2 years").as_deref(), Some("2026-02-28"));
        assert_eq!(on("as_of - 30 days").as_deref(), Some("2024-01-30"));
        assert_eq!(on("as_of").as_deref(), Some("2024-02-29"));
        assert_eq!(on("2020-01-31").as_deref(), Some("2020-01-31"));
        assert_eq!(on("as_of + 9000 years").as_deref(), Some("9999-12-31"));
        assert_eq!(on("as_of + two years"), None);
        assert_eq!(on("tomorrow"), None);
    }
}
