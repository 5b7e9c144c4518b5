//! What the report stage is asked, and what it answers.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::LoadRef;

/// What the report stage is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportRequest {
    /// Deliver what is due.
    Due(Due),
}

/// An occasion on which reports are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cadence")]
pub enum Due {
    /// Data was loaded.
    #[serde(rename = "after load")]
    AfterLoad {
        /// The day that the reports speak of.
        as_of: Date,
        /// What was loaded.
        loads: Vec<LoadRef>,
    },
}

/// What the report stage answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReportResponse {
    /// Every due report was dealt with.
    Delivered {
        /// One entry per due report.
        reports: Vec<ReportReceipt>,
    },
}

/// What became of one report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportReceipt {
    /// Report, `domain.name`.
    pub report: String,
    /// The period that it is delivered once for.
    pub period: String,
    /// Mails sent now.
    pub sent: u32,
    /// Mails sent by an earlier run.
    pub already_sent: u32,
    /// Mails of which nobody knows whether they went out.
    pub uncertain: u32,
    /// Keys of its files in the lake bucket.
    pub objects: Vec<String>,
}
