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
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

    /// The event that announced it, to start a run with. An entity tag that is not known is empty.
    #[must_use]
    pub fn event(&self, etag: &str, bytes: u64) -> ObjectCreated {
        let object = ObjectFacts {
            key: self.key.clone(),
            size: bytes,
            etag: etag.to_owned(),
            version_id: (!self.version.is_empty()).then(|| self.version.clone()),
            sequencer: self.sequencer.clone(),
        };
        let bucket = BucketName { name: self.bucket.clone() };
        ObjectCreated { time: self.dropped_at, detail: ObjectCreatedDetail { bucket, object } }
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
    /// Sheets and members of it that are not read, at most [`FileFacts::IGNORED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<IgnoredSheet>,
    /// Workbooks of its rejects that a person has mended, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mends: Vec<Mend>,
}

impl FileFacts {
    /// How many ignored sheets are named: keeps payloads small.
    pub const IGNORED: usize = 50;

    /// Identity of what is read: the content, with what was mended in it. 64 hex digits.
    #[must_use]
    pub fn identity(&self) -> String {
        if self.mends.is_empty() {
            return self.sha256.clone();
        }
        let mends = self.mends.iter().map(|mend| mend.sha256.as_str());
        let all: Vec<&str> = std::iter::once(self.sha256.as_str()).chain(mends).collect();
        crate::digest::sha256_hex(all.join("\n").as_bytes())
    }
}

/// A sheet or a member of an archive that is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredSheet {
    /// Its name; behind that of its member and a `/`, in an archive.
    pub name: String,
    /// Why.
    pub reason: IgnoredBecause,
}

/// Why a sheet is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredBecause {
    /// It is hidden in the workbook, and the contract does not ask for such.
    HiddenSheet,
    /// It has no known dataset's header.
    UnknownSheet,
    /// It has no row below its header, or none at all.
    EmptySheet,
    /// It is a member of an archive of a kind that is not read, such as a PDF.
    UnreadMember,
}

/// A workbook of a batch's rejects, mended and dropped again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mend {
    /// Its drop.
    pub drop: Drop,
    /// SHA-256 of its content, 64 hex digits.
    pub sha256: String,
}

/// Formats that are read, by content and never by extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Office Open XML workbook, with or without macros (.xlsx, .xlsm).
    Xlsx,
    /// Binary workbook (.xlsb).
    Xlsb,
    /// Workbook of Excel before 2007 (.xls).
    Xls,
    /// OpenDocument spreadsheet (.ods).
    Ods,
    /// Delimited text.
    Csv,
    /// Zip archive of files in the other formats.
    Zip,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] = [Self::Xlsx, Self::Xlsb, Self::Xls, Self::Ods, Self::Csv, Self::Zip];

    /// The word for it in payloads and in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
            Self::Csv => "csv",
            Self::Zip => "zip",
        }
    }
}

/// A piece of a file that one transform reads: a sheet, a CSV, or a piece of a large one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Batch, 32 hex digits: content and contract.
    pub batch: String,
    /// Dataset, `domain.table`.
    pub dataset: String,
    /// Position among the batch's parts, from 0.
    pub index: u32,
    /// Format of the file, or of the member.
    pub format: Format,
    /// The member, in a zip archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
    /// What of the file is this part's, where delimited text is cut into several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

impl Part {
    /// Where in its file the part is, if that has several places: `Sheet1`, `january.csv`, `export.xlsx/Sheet1`.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        place(self.member.as_deref(), self.sheet.as_deref())
    }
}

/// Where in a file a sheet is, see [`Part::place`].
#[must_use]
pub fn place(member: Option<&str>, sheet: Option<&str>) -> Option<String> {
    match (member, sheet) {
        (Some(member), Some(sheet)) => Some(format!("{member}/{sheet}")),
        (member, sheet) => member.or(sheet).map(str::to_owned),
    }
}

/// A piece of delimited text, cut at the boundaries of records. Offsets count bytes of the file as it lies in S3, or of
/// its member once unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Entity tag of the file, for buckets without versions: pieces of two contents are never mixed.
    pub etag: String,
    /// Encoding of the whole text, by its WHATWG name.
    pub encoding: String,
    /// Delimiter of the whole text.
    pub delimiter: char,
    /// How its fields are quoted.
    #[serde(default)]
    pub quoting: Quoting,
    /// Bytes from the start of the file that hold the rows above the table and its header; read before the piece.
    pub head: u64,
    /// First byte of the piece.
    pub from: u64,
    /// The byte after its last.
    pub to: u64,
    /// Number of the row that its first record is.
    pub row: u64,
}

/// How fields of delimited text hold delimiters, line breaks and quotation marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quoting {
    /// Within quotes; a mark there is doubled (RFC 4180).
    #[default]
    Doubled,
    /// Within quotes; a backslash stands before a mark there, or before another backslash.
    Escaped,
    /// As [`Quoting::Doubled`], but blanks may stand before the quotes.
    Spaced,
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
    Settled,
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
    /// The dataset's latest load, of whichever batch; none before the first.
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
