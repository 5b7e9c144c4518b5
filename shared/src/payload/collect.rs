//! What the collect stage is asked, and what it answers.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What collect is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectRequest {
    /// What is to be collected.
    Plan(Order),
    /// Have the vendor run a report, unless it was asked before.
    Ask(Request),
    /// Look whether the report is there, and drop it into the landing bucket.
    Fetch(Request),
    /// Write down that a report is not collected.
    Fail {
        /// Which.
        request: Request,
        /// Name of the error.
        error: String,
        /// Its sentence.
        cause: String,
    },
    /// What became of what was asked for, the latest day first.
    Status {
        /// The day; all of them, if none.
        as_of: Option<Date>,
        /// At most this many.
        number: u32,
    },
}

/// What is to be collected: what the clock makes due, or what an operator names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The day; if none, that of `scheduled_at` where the clinic is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// When it was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// Accounts; all that are configured, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Reports by name; those that are due on the day, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<String>,
    /// The id of an operator's wish to ask again for what was asked for that day, or, if no report is named, for what
    /// failed; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub again: String,
}

/// One report of one account for one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The vendor's number of the account, 8 digits.
    pub account: String,
    /// The report's name in the catalog.
    pub report: String,
    /// The day that it is collected for.
    pub as_of: Date,
    /// See [`Order::again`].
    #[serde(default)]
    pub again: String,
}

/// What collect answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CollectResponse {
    /// To [`CollectRequest::Plan`].
    Planned {
        /// The day.
        as_of: Date,
        /// What has not been collected, in the order in which it is asked for.
        requests: Vec<Request>,
        /// Reports that were due and that nobody has told the vendor's numbers of.
        unnumbered: Vec<String>,
        /// How many requests more there are than one run of the state machine takes.
        left_out: u32,
        /// How many requests of the day failed before and are not asked for again.
        failed: u32,
    },
    /// The vendor runs another report; ask again later.
    Busy,
    /// The vendor runs this report; look later.
    Running,
    /// The report is in the landing bucket.
    Dropped {
        /// Its key.
        key: String,
    },
    /// The report has no rows; a file that says so is in the landing bucket.
    Empty {
        /// Its key.
        key: String,
    },
    /// To [`CollectRequest::Fail`].
    Noted,
    /// To [`CollectRequest::Status`].
    Told {
        /// Requests.
        requests: Vec<CollectStory>,
    },
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectStory {
    /// Which.
    pub request: Request,
    /// The vendor's name for its run.
    pub identifier: Option<String>,
    /// How far it is.
    pub status: CollectStatus,
    /// When the vendor was asked.
    pub requested_at: Timestamp,
    /// When the vendor had it.
    pub ready_at: Option<Timestamp>,
    /// When it was dropped.
    pub fetched_at: Option<Timestamp>,
    /// Rows loaded.
    pub rows: Option<u64>,
    /// Why it failed, by the error's name and sentence, or why what was dropped is not in its table.
    pub error: Option<String>,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectStatus {
    /// The vendor was asked.
    Requested,
    /// The vendor said that it runs.
    Running,
    /// The vendor has it.
    Ready,
    /// It was dropped; the pipeline has it.
    Fetched,
    /// It is in its table.
    Loaded,
    /// It has no rows.
    Empty,
    /// It was not collected, or the pipeline refused it.
    Failed,
}

impl CollectStatus {
    /// Its word in the ledger and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Fetched => "fetched",
            Self::Loaded => "loaded",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }
}
