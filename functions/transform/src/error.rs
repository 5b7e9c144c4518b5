//! How transform fails; the names are matched by `statemachine/pipeline.asl.json`.

use polars::prelude::PolarsError;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::storage::StorageError;
use rounds_shared::tabular::Unreadable;
use rust_xlsxwriter::XlsxError;

/// Why a part was not transformed. Texts name the file, the sheet and the way out, never a cell's value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// S3.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The content cannot be read as a table.
    #[error("{source_name}: {reason}")]
    Unreadable {
        /// File and sheet.
        source_name: String,
        /// What is wrong with it.
        reason: Unreadable,
    },
    /// No row names all columns that the contract requires.
    #[error("{source_name}: none of the first {searched} rows is a whole header of {dataset}; {nearest}")]
    MissingColumns {
        /// File and sheet.
        source_name: String,
        /// The dataset whose header was looked for.
        dataset: String,
        /// Rows that were looked at.
        searched: usize,
        /// What comes nearest, what it lacks, and the way out.
        nearest: String,
    },
    /// The drop's key lacks what the contract reads from it, or has something else there.
    #[error(
        "{file}: what its key says of {column} {rule}; drop it below a folder {column}=… that the contract of {dataset} \
         accepts"
    )]
    UnusableKey {
        /// The file's name.
        file: String,
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
        /// What is wrong with its value, as the rest of a sentence.
        rule: &'static str,
    },
    /// The header names columns that the contract refuses.
    #[error(
        "{source_name}: columns {positions} (counted from 1) are unknown to {dataset}, which refuses such files; \
         remove them, or add them to the contract"
    )]
    UnknownColumns {
        /// File and sheet.
        source_name: String,
        /// The dataset.
        dataset: String,
        /// Positions from 1, comma-separated.
        positions: String,
    },
    /// The object is not the one that the part was made of.
    #[error("{file} was overwritten since it was inspected; drop the file again")]
    Overtaken {
        /// The file's name.
        file: String,
    },
    /// The contract is not the one that the part was made under.
    #[error(
        "the contract of {dataset} changed since the file was inspected; start the drop's execution again, so that all \
         stages use one catalog"
    )]
    OtherCatalog {
        /// The dataset.
        dataset: String,
    },
    /// The catalog of this deployment lacks the dataset.
    #[error("the catalog has no dataset {0}; deploy all functions from one build")]
    UnknownDataset(String),
    /// The temp disk failed or is full.
    #[error("the temp disk could not be used ({0}); start the execution again")]
    Disk(std::io::ErrorKind),
    /// What was read back from the temp disk is not what was written.
    #[error("the temp disk gave back other rows than were written; start the execution again")]
    Spill,
    /// The workbook of rejects could not be made. The library's words may quote values, so they are not repeated.
    #[error("the workbook of rejects could not be made")]
    Workbook,
    /// A Parquet file could not be made. The library's words may quote values, so they are not repeated.
    #[error("a Parquet file could not be made")]
    Parquet,
    /// A JSON text could not be made.
    #[error("a manifest or a rejected row could not be written as JSON")]
    Json,
    /// The reading thread was lost.
    #[error("reading the file broke off; start the execution again")]
    Interrupted,
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error.kind())
    }
}

impl From<PolarsError> for Error {
    fn from(error: PolarsError) -> Self {
        match error {
            PolarsError::IO { error, .. } => Self::Disk(error.kind()),
            _ => Self::Parquet,
        }
    }
}

impl From<XlsxError> for Error {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) => Self::Disk(error.kind()),
            _ => Self::Workbook,
        }
    }
}

impl Failure for Error {
    fn name(&self) -> Name {
        match self {
            Self::Storage(error) => error.name(),
            Self::Unreadable { reason, .. } => reason.name(),
            Self::MissingColumns { .. } | Self::UnusableKey { .. } => Name::MissingColumns,
            Self::UnknownColumns { .. } => Name::UnknownColumns,
            Self::Overtaken { .. } => Name::ObjectGone,
            Self::UnknownDataset(_) | Self::OtherCatalog { .. } => Name::Catalog,
            Self::Disk(_) | Self::Spill => Name::Storage,
            Self::Parquet | Self::Workbook | Self::Json => Name::Render,
            Self::Interrupted => Name::Internal,
        }
    }
}
