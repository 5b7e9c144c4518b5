//! What became of a batch or a drop, as the ledger has it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BatchCounts, Drop, Finding, Format, LoadRef, Mend, ObjectCreated};

/// What became of a batch, or of a drop, as the ledger has it. Positions and counts, never a cell's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// The drops that brought the batch, the latest first; in a drop's story that one alone.
    pub drops: Vec<DropStory>,
    /// The batch; in a drop's story every batch that it was read as, or that it mended, the earliest first.
    pub batches: Vec<BatchStory>,
}

/// What became of a drop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropStory {
    /// The drop.
    #[serde(flatten)]
    pub drop: Drop,
    /// Entity tag; none where the ledger does not know it.
    pub etag: Option<String>,
    /// Size in bytes.
    pub bytes: Option<u64>,
    /// Format by content; none where it was not found out.
    pub format: Option<Format>,
    /// How far it came, as `ops.drop` has it: `loaded`, `held_back`, `quarantined` …
    pub status: String,
    /// The error's name, where it could not be loaded.
    pub error: Option<String>,
    /// The error's sentence.
    pub cause: Option<String>,
    /// Where a refused file is, `s3://…`; none where it was gone before it could be kept.
    pub kept: Option<String>,
}

impl DropStory {
    /// The event that announced the drop.
    #[must_use]
    pub fn event(&self) -> ObjectCreated {
        self.drop.event(self.etag.as_deref().unwrap_or_default(), self.bytes.unwrap_or_default())
    }
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchStory {
    /// Batch.
    pub batch: String,
    /// Dataset.
    pub dataset: String,
    /// Version of the contract that it was read under.
    pub contract: String,
    /// How it ended.
    pub status: BatchStatus,
    /// Its rows.
    pub counts: BatchCounts,
    /// The first batch of the same file, where this one replays it.
    pub replay_of: Option<String>,
    /// Replays of this batch, the earliest first.
    pub replays: Vec<String>,
    /// Mended workbooks that it was read with, in the order in which they came.
    pub mends: Vec<Mend>,
    /// When it came to this end.
    pub settled_at: Timestamp,
    /// When an operator decided, where it was held back.
    pub decided_at: Option<Timestamp>,
    /// Its loads, the earliest first.
    pub loads: Vec<LoadStory>,
    /// The latest load of the dataset, or of the batch's scope in it, of whichever batch; none before the first.
    pub latest: Option<LoadRef>,
    /// All that was noticed: sheet by sheet, rejections first, in each the most frequent first.
    pub findings: Vec<Finding>,
}

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// It was loaded.
    Loaded,
    /// A newer drop had been loaded before it.
    Overtaken,
    /// It waits for an operator.
    HeldBack,
    /// An operator decided against it.
    Discarded,
}

/// A load of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadStory {
    /// Its number.
    pub load: i64,
    /// When.
    pub loaded_at: Timestamp,
}
