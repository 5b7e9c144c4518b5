//! What the transform stage is asked, and what it answers.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Drop, FileFacts, Part, PartCounts};

/// What a transform is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformRequest {
    /// The drop.
    pub drop: Drop,
    /// The day that rules about dates count from.
    pub as_of: Date,
    /// The file.
    pub file: FileFacts,
    /// The part to read.
    pub part: Part,
}

/// What a transform answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformResponse {
    /// Dataset.
    pub dataset: String,
    /// Batch.
    pub batch: String,
    /// The part's position.
    pub index: u32,
    /// Key of its [`crate::manifest::PartManifest`] in the lake bucket.
    pub manifest: String,
    /// Its rows.
    pub counts: PartCounts,
}
