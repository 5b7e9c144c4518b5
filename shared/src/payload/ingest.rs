//! What the ingest stage is asked, and what it answers.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Drop, FileFacts, LoadRef, ObjectCreated, Part, Story};

/// What the ingest stage is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum IngestRequest {
    /// Look at a drop.
    Inspect {
        /// The event that announced it.
        event: ObjectCreated,
    },
    /// Write down how a drop that could not be loaded ended; a quarantined file is copied aside, unless it is too large.
    Settle {
        /// The event that announced it.
        event: ObjectCreated,
        /// How it ended.
        status: SettledStatus,
        /// The error's name, `Class.Name`.
        error: String,
        /// The error's sentence.
        cause: String,
    },
    /// Tell what became of a batch or a drop.
    Explain {
        /// A batch, the beginning of one, or the key of a drop.
        subject: String,
    },
}

/// How a drop that could not be loaded ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledStatus {
    /// The file is refused; a person has to mend it.
    Quarantined,
    /// The run broke off; it can be started again.
    Failed,
}

/// What the ingest stage answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum IngestResponse {
    /// The parts to transform.
    Accepted {
        /// The drop.
        drop: Drop,
        /// The day of the drop in the clinic's time zone.
        as_of: Date,
        /// The file.
        file: FileFacts,
        /// Its parts, at least one.
        parts: Vec<Part>,
    },
    /// This drop was loaded before.
    Duplicate {
        /// The drop.
        drop: Drop,
        /// The day of the drop in the clinic's time zone.
        as_of: Date,
        /// The loads that it made, or that hold the same content.
        loads: Vec<LoadRef>,
    },
    /// Not a file: a folder marker.
    Ignored {
        /// Why.
        reason: String,
    },
    /// Answer to [`IngestRequest::Settle`].
    Settled {
        /// Where a quarantined file is, `s3://…`; none where it was gone before it could be kept.
        kept: Option<String>,
    },
    /// Answer to [`IngestRequest::Explain`].
    Explained {
        /// What became of it.
        story: Story,
    },
    /// Answer to [`IngestRequest::Explain`]: several batches begin so.
    Ambiguous {
        /// Some of them.
        batches: Vec<String>,
    },
    /// Answer to [`IngestRequest::Explain`]: the ledger knows neither a batch nor a drop of this name.
    Unknown,
}
