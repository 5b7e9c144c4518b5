//! What a transform leaves beside its Parquet files for the load to read.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use crate::payload::Part;
use crate::payload::{Finding, PartCounts};

/// Everything that the load needs to know of a part. Kept as JSON at [`PartManifest::key`] in the lake bucket, so that
/// payloads stay small however many objects a part has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartManifest {
    /// Batch.
    pub batch: String,
    /// Dataset.
    pub dataset: String,
    /// The part's position.
    pub index: u32,
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
    /// The part's rows.
    pub counts: PartCounts,
    /// Curated Parquet files: the contract's columns in order, then [`LINEAGE`].
    pub objects: Vec<LakeObject>,
    /// Rejected rows as Parquet, if there are any.
    pub rejects: Option<LakeObject>,
    /// Rejected rows as a workbook that a person can mend: as many of them as it can show.
    pub rejects_workbook: Option<LakeObject>,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

/// A file of rows in the lake bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeObject {
    /// Key.
    pub key: String,
    /// Rows in it.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// Lineage columns, behind the contract's own in Parquet and in the table: batch (text), file name (text), sheet or member
/// of an archive (text, see [`Part::place`]), row as the spreadsheet numbers it (bigint).
pub const LINEAGE: [&str; 4] = ["_batch", "_file", "_sheet", "_row"];

/// What a sheet of rejects that a person can mend begins with; the file's own columns follow. Batch (text), position of the
/// part, row as the spreadsheet numbers it, and why the row is rejected.
pub const MEND_COLUMNS: [&str; 4] = ["_batch", "_part", "_row", "_reason"];

impl PartManifest {
    /// Where the manifest of a part stands in the lake bucket.
    #[must_use]
    pub fn key(batch: &str, index: u32) -> String {
        format!("batches/{batch}/part-{index:05}.json")
    }
}
