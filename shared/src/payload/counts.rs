//! What became of rows: counts, findings and loads.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::Part;

/// Rows of a part. `read = kept + rejected + superseded`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    /// Rows below the header, without blank rows and repeated headers.
    pub read: u64,
    /// Rows written to the curated Parquet.
    pub kept: u64,
    /// Rows that break a rule, written to the rejects.
    pub rejected: u64,
    /// Rows that lost to another with the same key.
    pub superseded: u64,
}

/// Rows of a batch. `read = loaded + rejected + superseded + held`, by a CHECK in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCounts {
    /// Rows read.
    pub read: u64,
    /// Rows that stand in the table because of this batch.
    pub loaded: u64,
    /// Rows that break a rule.
    pub rejected: u64,
    /// Rows that lost to another with the same key.
    pub superseded: u64,
    /// Rows that wait for a row of another dataset.
    pub held: u64,
}

/// What was noticed about a column of a batch; positions only, never a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule, a short snake_case name such as `not_a_date`.
    pub rule: String,
    /// Where in the file, see [`Part::place`]; none where the file has one place only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The contract's column; none for a rule about rows or the file.
    pub column: Option<String>,
    /// What followed from it.
    pub severity: Severity,
    /// How many rows (or columns, for a rule about columns).
    pub count: u64,
    /// The first places: row numbers as the spreadsheet shows them, at most [`Finding::PLACES`].
    pub at: Vec<u64>,
}

impl Finding {
    /// How many places a finding names.
    pub const PLACES: usize = 5;
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row was rejected.
    Reject,
    /// The row was kept, and somebody should look.
    Warn,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// By its word in the ledger, which is one of the three by a CHECK.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "reject" => Self::Reject,
            "warn" => Self::Warn,
            _ => Self::Info,
        }
    }
}

/// A load that happened: batch `batch` became the dataset's content as load number `load`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRef {
    /// Dataset.
    pub dataset: String,
    /// Batch.
    pub batch: String,
    /// Number of the load, rising over all datasets.
    pub load: i64,
}
