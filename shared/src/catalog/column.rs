//! A column's contract: its type, how its cells are read, and the rules that its values keep.

use std::fmt;

use super::bound::Bound;
use super::pattern::Pattern;
use crate::payload::Severity;

/// One column of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name in the table, in Parquet and (normalised) in the header.
    pub name: String,
    /// Type of its values.
    pub kind: ColumnType,
    /// Where its values come from.
    pub origin: Origin,
    /// A row without a value here is rejected.
    pub required: bool,
    /// A file without this column is refused, although its cells may be empty.
    pub expected: bool,
    /// No two rows of a batch may have the same value here; of several the first keeps the rule.
    pub unique: bool,
    /// Holds patients' data: stays out of reports that do not ask for it by name.
    pub phi: bool,
    /// A value that breaks a rule rejects its row (`reject`), or is counted (`warn`): it is kept where it is of the
    /// column's type, and null otherwise.
    pub severity: Severity,
    /// Other headers under which the column arrives.
    pub aliases: Vec<String>,
    /// Formats (strftime) of dates, times and timestamps, tried in order on text cells; empty means the usual ones.
    pub formats: Vec<String>,
    /// Words that mean that there is no value, lower-case, besides an empty cell.
    pub nulls: Vec<String>,
    /// The words allowed, if the column is an enumeration.
    pub values: Vec<Word>,
    /// What a text has to look like.
    pub pattern: Option<Pattern>,
    /// The numbers allowed.
    pub range: Option<Range>,
    /// The dataset whose key this column holds.
    pub references: Option<Reference>,
    /// The window in which a date is believed.
    pub plausible: Option<Plausible>,
    /// The value of a row made up for an unknown reference.
    pub placeholder: Option<String>,
    /// What the column means, kept as its comment in the database.
    pub description: String,
}

/// Where a column's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The cells below its header.
    File,
    /// The drop's key, whose folder `column=value` speaks for every row of the file.
    Key,
    /// The time of the drop, as the clinic's clocks showed it.
    Drop,
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
    /// Decimal number of this many digits (up to 38) in all, and this many behind the point. Money is one of these.
    Decimal {
        /// Digits in all.
        precision: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// Calendar date.
    Date,
    /// Time of day, to the microsecond.
    Time,
    /// Date and time of day as the clinic's clocks show them, to the microsecond.
    Timestamp,
    /// True or false.
    Boolean,
    /// Cells by header, as a JSON object. Of [`Column::UNKNOWN`] only.
    Json,
}

/// The numbers allowed, both ends included, in units of the column's last digit: in a `decimal(9,2)`, 150 is 1.50.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub min: Option<i128>,
    /// The greatest.
    pub max: Option<i128>,
}

/// One word of an enumeration: what is stored, and the spellings that mean it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The stored word.
    pub stored: String,
    /// Spellings, lower-case, without surrounding space and trailing punctuation.
    pub spellings: Vec<String>,
}

/// A reference to another dataset's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Name of the dataset referred to, whose key is a single column.
    pub dataset: String,
    /// What becomes of a row whose value is not there.
    pub missing: Missing,
}

/// What becomes of a row that refers to another dataset's row which is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A placeholder row is made there, in the same transaction.
    Placeholder,
    /// The row waits, counted as held, and is loaded by the load that brings the other.
    Hold,
    /// The row is rejected.
    Reject,
    /// The row is loaded; nothing holds the two tables together.
    Allow,
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

impl Column {
    /// The column in which a dataset keeps the cells of columns that its contract does not name, by header.
    pub const UNKNOWN: &'static str = "_unknown";

    /// Whether a header has to name it.
    #[must_use]
    pub fn heads_a_file(&self) -> bool {
        self.origin == Origin::File && (self.required || self.expected)
    }

    /// Whether it is a column of the file itself: not told by the drop, and not [`Self::UNKNOWN`].
    #[must_use]
    pub fn is_in_file(&self) -> bool {
        self.origin == Origin::File && self.kind != ColumnType::Json
    }

    /// What a drop's key says of this column: the folder `column=value` in it.
    #[must_use]
    pub fn in_key<'k>(&self, key: &'k str) -> Option<&'k str> {
        let (folders, _) = key.rsplit_once('/')?;
        let named = |folder: &'k str| folder.strip_prefix(&self.name)?.strip_prefix('=');
        folders.split('/').find_map(named).map(str::trim).filter(|value| !value.is_empty())
    }

    /// [`Column::UNKNOWN`] as a column of a contract.
    #[must_use]
    pub(super) fn unknown() -> Self {
        Self {
            name: Self::UNKNOWN.to_owned(),
            kind: ColumnType::Json,
            origin: Origin::File,
            required: false,
            expected: false,
            unique: false,
            phi: true,
            severity: Severity::Reject,
            aliases: Vec::new(),
            formats: Vec::new(),
            nulls: Vec::new(),
            values: Vec::new(),
            pattern: None,
            range: None,
            references: None,
            plausible: None,
            placeholder: None,
            description: "Cells of columns that the contract does not name, by header".to_owned(),
        }
    }
}

/// As PostgreSQL names the type.
impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Bigint => "bigint",
            Self::Decimal { precision, scale } => return write!(formatter, "numeric({precision},{scale})"),
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Boolean => "boolean",
            Self::Json => "jsonb",
        })
    }
}
