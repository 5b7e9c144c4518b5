//! What passes between the stages: pointers and counts, never a cell's value.
//!
//! These are the JSON shapes of the state machine's payloads; `statemachine/pipeline.asl.json` reads the same names.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The event that EventBridge sends when an object was created in the landing bucket. Fields that Rounds does not
/// read are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectCreated {
    /// When the object was put, by S3's clock.
    pub time: Timestamp,
    /// What was put, and where.
    pub detail: ObjectCreatedDetail,
}

/// The `detail` of [`ObjectCreated`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectCreatedDetail {
    /// The bucket.
    pub bucket: BucketName,
    /// The object.
    pub object: ObjectFacts,
}

/// A bucket as S3's events name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketName {
    /// Its name.
    pub name: String,
}

/// An object as S3's events describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObjectFacts {
    /// Key, raw (EventBridge does not URL-encode it).
    pub key: String,
    /// Size in bytes.
    #[serde(default)]
    pub size: u64,
    /// Entity tag without quotes.
    #[serde(default)]
    pub etag: String,
    /// Version, where the bucket keeps versions and the event says so.
    #[serde(default)]
    pub version_id: Option<String>,
    /// Orders events of one key: longer is later, then the larger.
    #[serde(default)]
    pub sequencer: String,
}

/// One drop: an object version, and its place in the order of drops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version; empty in a bucket without versions.
    pub version: String,
    /// When it was put.
    pub dropped_at: Timestamp,
    /// Orders drops of the same second.
    pub sequencer: String,
}

impl Drop {
    /// The last part of the key: the name that people know the file by.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }
}

/// Facts about a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, 64 hex digits.
    pub sha256: String,
    /// Format by content.
    pub format: Format,
}

/// Formats that are read, by content and never by extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Office Open XML workbook, with or without macros (.xlsx, .xlsm).
    Xlsx,
    /// Workbook of Excel before 2007 (.xls).
    Xls,
    /// OpenDocument spreadsheet (.ods).
    Ods,
    /// Delimited text.
    Csv,
}

/// A piece of a file that one transform reads: a sheet, or a whole CSV.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Batch, 32 hex digits: content and contract.
    pub batch: String,
    /// Dataset, `domain.table`.
    pub dataset: String,
    /// Position among the batch's parts, from 0.
    pub index: u32,
    /// Format of the file.
    pub format: Format,
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
}

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

/// What the ingest stage is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum IngestRequest {
    /// Look at a drop.
    Inspect {
        /// The event that announced it.
        event: ObjectCreated,
    },
    /// Write down how a drop that could not be loaded ended; a quarantined file is copied aside.
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
    Settled,
}

/// What a transform is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformRequest {
    /// The drop.
    pub drop: Drop,
    /// The day that rules about dates count from.
    pub as_of: Date,
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
}

/// What a load answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadResponse {
    /// `loaded` if anything was loaded, else `already_loaded` if anything stands already, else `overtaken`.
    pub outcome: LoadOutcome,
    /// One entry per dataset of the file.
    pub loads: Vec<LoadReceipt>,
}

/// How a load ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadOutcome {
    /// The batch became the table's content.
    Loaded,
    /// It was there already.
    AlreadyLoaded,
    /// A newer drop of the dataset was loaded before; nothing changed.
    Overtaken,
}

/// What became of one dataset of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReceipt {
    /// The load that stands: this one's, the earlier one of the same content, or the one that overtook it.
    #[serde(flatten)]
    pub load: LoadRef,
    /// How it ended.
    pub outcome: LoadOutcome,
    /// The batch's rows.
    pub counts: BatchCounts,
    /// What was noticed; at most [`LoadReceipt::FINDINGS`], the most frequent first.
    pub findings: Vec<Finding>,
}

impl LoadReceipt {
    /// How many findings a receipt carries: keeps payloads far below the state machine's 256 KB.
    pub const FINDINGS: usize = 50;
}

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
