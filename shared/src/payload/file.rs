//! A file, its parts, and what of it is left out.

use serde::{Deserialize, Serialize};

use super::Drop;

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
    /// It is not the first that people see, and the contract reads that one alone.
    LaterSheet,
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
