//! How transform fails; the names are matched by `statemachine/pipeline.asl.json`.

use polars::prelude::PolarsError;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::storage::StorageError;
use rounds_shared::tabular::Unreadable;

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
    #[error(
        "{source_name}: none of the first {searched} rows is a whole header of {dataset}; the nearest lacks {missing}. \
         Add the column, or give its present name as an alias in the catalog"
    )]
    MissingColumns {
        /// File and sheet.
        source_name: String,
        /// The dataset whose header was looked for.
        dataset: String,
        /// Rows that were looked at.
        searched: usize,
        /// Columns missing from the nearest row, comma-separated.
        missing: String,
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
    /// The object or the contract is not the one that the part was made of.
    #[error(
        "{file} was overwritten, or the contract of {dataset} changed, since it was inspected; drop the file again"
    )]
    Overtaken {
        /// The file's name.
        file: String,
        /// The dataset.
        dataset: String,
    },
    /// The catalog of this deployment lacks the dataset.
    #[error("the catalog has no dataset {0}; deploy all functions from one build")]
    UnknownDataset(String),
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

impl From<PolarsError> for Error {
    fn from(_: PolarsError) -> Self {
        Self::Parquet
    }
}

impl Failure for Error {
    fn name(&self) -> Name {
        match self {
            Self::Storage(error) => error.name(),
            Self::Unreadable { reason, .. } => reason.name(),
            Self::MissingColumns { .. } => Name::MissingColumns,
            Self::UnknownColumns { .. } => Name::UnknownColumns,
            Self::Overtaken { .. } => Name::ObjectGone,
            Self::UnknownDataset(_) => Name::Catalog,
            Self::Parquet | Self::Json => Name::Render,
            Self::Interrupted => Name::Internal,
        }
    }
}
