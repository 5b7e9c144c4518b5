//! A dataset's contract: how its files are recognised and what becomes of their rows.

use super::column::{Column, ColumnType};

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
    /// Whether of a workbook's sheets the first one that people see is read alone.
    pub first_sheet: bool,
    /// Whether sheets that are hidden in the workbook are read like the others.
    pub hidden_sheets: bool,
    /// When a batch waits for an operator instead of being loaded.
    pub hold_back: HoldBack,
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

    /// Whether it names no column, and so takes any table that is dropped under its prefix.
    pub(super) fn accepts_anything(&self) -> bool {
        self.columns.iter().all(|column| column.kind == ColumnType::Json)
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
