//! How ingest fails; the names are matched by `statemachine/pipeline.asl.json`.

use rounds_shared::database::DatabaseError;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::storage::StorageError;
use rounds_shared::tabular::Unreadable;

/// Why a drop was not accepted. Texts name the file, the sheet and the way out, never a cell's value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// S3.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// PostgreSQL or its secret.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The content cannot be read as a table.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        reason: Unreadable,
    },
    /// No sheet has a header that a dataset knows.
    #[error(
        "{file}: no visible sheet of it has a header row of a known dataset within the first {searched} rows \
         (known: {known}); name the columns as the dataset does, or give their names as aliases in the catalog"
    )]
    UnknownDataset {
        /// The file's name.
        file: String,
        /// How many rows were searched.
        searched: usize,
        /// Names of the datasets it was compared with.
        known: String,
    },
    /// A sheet has most of a dataset's header, but not all.
    #[error(
        "{file}{sheet}: the header lacks {missing}, which {dataset} requires; add the column, \
         or give its present name as an alias in the catalog"
    )]
    MissingColumns {
        /// The file's name.
        file: String,
        /// `, sheet “…”`, or nothing for delimited text.
        sheet: String,
        /// The dataset it was taken for.
        dataset: String,
        /// The columns, comma-separated.
        missing: String,
    },
    /// The reading thread was lost.
    #[error("reading the file broke off; start the execution again")]
    Interrupted,
}

impl Failure for Error {
    fn name(&self) -> Name {
        match self {
            Self::Storage(error) => error.name(),
            Self::Database(error) => error.name(),
            Self::Unreadable { reason, .. } => reason.name(),
            Self::UnknownDataset { .. } => Name::UnknownDataset,
            Self::MissingColumns { .. } => Name::MissingColumns,
            Self::Interrupted => Name::Internal,
        }
    }
}
