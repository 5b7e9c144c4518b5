//! What the load stage is asked, and what it answers.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    BatchCounts, CleanUpPlan, CleanUpReceipt, CleanUpRequest, Drop, FileFacts, Finding, LoadRef,
    TransformResponse,
};

/// What the load stage is called with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LoadCall {
    /// A question about rows that need not stay.
    CleanUp(CleanUpRequest),
    /// A load.
    Load(Box<LoadRequest>),
}

/// What the load stage answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LoadAnswer {
    /// Which tables are cleaned up.
    Planned(CleanUpPlan),
    /// How a table was cleaned up.
    CleanedUp(CleanUpReceipt),
    /// How a drop was loaded.
    Loaded(LoadResponse),
}

/// What a load is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRequest {
    /// The drop.
    pub drop: Drop,
    /// The day of the drop.
    pub as_of: Date,
    /// The file.
    pub file: FileFacts,
    /// What the transforms answered.
    pub parts: Vec<TransformResponse>,
    /// What an operator decided about a batch of it that was held back.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// An operator's word on a batch that was held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The batch.
    pub batch: String,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What becomes of a batch that was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is loaded.
    Accept,
    /// It is not loaded, and never will be.
    Discard,
}

/// What a load answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadResponse {
    /// The first of its loads' outcomes in the order of [`LoadOutcome`]: `held_back` if anything waits for an operator, else
    /// `loaded` if anything was loaded, and so on.
    pub outcome: LoadOutcome,
    /// One entry per dataset of the file.
    pub loads: Vec<LoadReceipt>,
}

/// How a load ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadOutcome {
    /// The batch waits for an operator; nothing changed.
    HeldBack,
    /// The batch became the table's content.
    Loaded,
    /// It was there already.
    AlreadyLoaded,
    /// A newer drop of the dataset was loaded before; nothing changed.
    Overtaken,
    /// An operator decided against the batch; nothing changed.
    Discarded,
}

/// What became of one dataset of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReceipt {
    /// The load that stands: this one's, the earlier one of the same content, or the one that overtook it. Of a batch that is
    /// held back or discarded the batch itself, with the number 0.
    #[serde(flatten)]
    pub load: LoadRef,
    /// How it ended.
    pub outcome: LoadOutcome,
    /// The batch's rows.
    pub counts: BatchCounts,
    /// What was noticed; at most [`LoadReceipt::FINDINGS`], why it is held back first, then the most frequent, and fewer
    /// where their sheets have long names.
    pub findings: Vec<Finding>,
}

impl LoadReceipt {
    /// How many findings a receipt carries: keeps payloads far below the state machine's 256 KB.
    pub const FINDINGS: usize = 50;
}
