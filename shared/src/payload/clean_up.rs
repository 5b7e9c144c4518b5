//! What the load stage is asked about rows that need not stay in their tables, and what it answers.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CleanUpRequest {
    /// Which tables are cleaned up.
    Plan(CleanUpOrder),
    /// Archive a table's rows, and then delete them.
    CleanUp(CleanUpTask),
}

/// A clean-up, as the clock or an operator calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanUpOrder {
    /// The day from which ages are counted; if none, that of `scheduled_at` where the clinic is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// When it was called.
    pub scheduled_at: Timestamp,
}

/// The clean-up of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanUpTask {
    /// The dataset.
    pub dataset: String,
    /// The day from which ages are counted.
    pub as_of: Date,
}

/// The answer to [`CleanUpRequest::Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanUpPlan {
    /// The day.
    pub as_of: Date,
    /// The datasets, those that refer to others before these.
    pub tables: Vec<String>,
}

/// The answer to [`CleanUpRequest::CleanUp`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanUpReceipt {
    /// The dataset.
    pub dataset: String,
    /// Rows of earlier days were due.
    pub before: Date,
    /// Objects of the archive.
    pub objects: u64,
    /// Rows in them.
    pub archived: u64,
    /// Rows deleted; fewer than archived where rows changed meanwhile, which stay.
    pub deleted: u64,
    /// Rows that were due and stay, as others refer to them.
    pub referenced: u64,
    /// Whether to ask again: more rows were due than one call archives.
    pub left: bool,
}
