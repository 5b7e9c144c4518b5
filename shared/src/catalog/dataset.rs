//! A dataset's contract: how its files are recognised and what becomes of their rows.

use super::clean_up::CleanUp;
use super::column::{Column, Origin};
use super::domain;

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
    /// Columns that identify a row; none where equal rows are legitimate and each counts.
    pub key: Vec<String>,
    /// Which row stands when several have the same key; the others are superseded.
    pub keep: Keep,
    /// What a newer file does to the table.
    pub load: LoadMode,
    /// What becomes of columns that the contract does not name.
    pub unknown_columns: UnknownColumns,
    /// What these are called.
    pub unknown_names: UnknownNames,
    /// Whether a file with a header and no rows empties what it replaces; otherwise it is refused.
    pub loads_empty: bool,
    /// Whether a record of delimited text with more or fewer fields than the header is rejected.
    pub rejects_ragged: bool,
    /// Whether of a workbook's sheets the first one that people see is read alone.
    pub first_sheet: bool,
    /// Whether sheets that are hidden in the workbook are read like the others.
    pub hidden_sheets: bool,
    /// When a batch waits for an operator instead of being loaded.
    pub hold_back: HoldBack,
    /// Which rows are archived when they are old enough, and deleted.
    pub clean_up: Option<CleanUp>,
    /// Columns of each index that the table's readers need, besides those of the key and of references.
    pub indexes: Vec<Vec<String>>,
    /// How the Parquet files are partitioned.
    pub partition: Option<Partition>,
    /// Columns in the contract's order; behind them [`Column::UNKNOWN`] where unknown columns are kept.
    pub columns: Vec<Column>,
    /// SHA-256 of the contract's text, 12 hex digits: a changed contract makes a new batch of the same file.
    pub version: String,
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
    /// It takes the place of the rows that have one of its values in this column.
    ReplacePer(String),
    /// Its rows are inserted or updated by key; others stay.
    Merge,
}

/// What becomes of columns that the contract does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownColumns {
    /// They are kept in [`Column::UNKNOWN`], with a finding.
    Evolve,
    /// They are left out, with a finding.
    Ignore,
    /// The file is refused.
    Reject,
}

/// What columns are called that the contract does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownNames {
    /// As the header spells them; `column 3` where it is blank, `name (2)` where the name is taken.
    AsWritten,
    /// Lower-case words joined by `_`; `unnamed_column` where the header is blank, `name_1` where the name is taken.
    SnakeCase,
}

/// Partitions of the Parquet lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partition {
    /// One folder per calendar month of a date column, `<column>_month=YYYY-MM`.
    Month(String),
}

/// When a batch is held back for an operator: numbers are shares of 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldBack {
    /// It has this many per cent fewer rows than the one that stands.
    pub smaller_by: Option<u8>,
    /// More than this many per cent of its rows are rejected.
    pub rejects_over: Option<u8>,
}

impl LoadMode {
    /// The column from the key that a table of these columns is replaced per.
    pub(super) fn scope_column<'c>(&self, columns: &'c [Column]) -> Option<&'c Column> {
        let Self::ReplacePer(per) = self else { return None };
        columns.iter().find(|column| column.name == *per && column.origin == Origin::Key)
    }
}

impl Dataset {
    /// The folder of the catalog and schema of the table.
    #[must_use]
    pub fn domain(&self) -> &str {
        domain(&self.name)
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

    /// Whether it names no column that a file brings, and so takes any table that is dropped under its prefix.
    pub(super) fn accepts_anything(&self) -> bool {
        self.columns.iter().all(|column| !column.is_in_file())
    }

    /// The column from the key that the dataset is replaced per, each value of which is a scope of its own.
    #[must_use]
    pub fn scope_column(&self) -> Option<&Column> {
        self.load.scope_column(&self.columns)
    }

    /// The scope that a file of this key is the content of.
    #[must_use]
    pub fn scope<'k>(&self, key: &'k str) -> Option<&'k str> {
        self.scope_column()?.in_key(key)
    }

    /// Whether a file is the whole content of what it replaces: of the table, or of its scope.
    #[must_use]
    pub fn is_replaced_whole(&self) -> bool {
        self.load == LoadMode::Replace || self.scope_column().is_some()
    }

    /// Identity of a batch: the same content under the same contract is the same batch, if the drop's key says the same
    /// of the columns that are read from it. 32 hex digits.
    #[must_use]
    pub fn batch(&self, content_sha256: &str, key: &str) -> String {
        let mut identity = format!("{content_sha256}\n{}\n{}", self.name, self.version);
        for column in self.columns.iter().filter(|column| column.origin == Origin::Key) {
            identity.push_str(&format!("\n{}={}", column.name, column.in_key(key).unwrap_or_default()));
        }
        let mut digest = crate::digest::sha256_hex(identity.as_bytes());
        digest.truncate(32);
        digest
    }
}
