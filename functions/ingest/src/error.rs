//! How ingest fails; the names are matched by `statemachine/pipeline.asl.json`.

use rounds_shared::database::DatabaseError;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::storage::StorageError;
use rounds_shared::tabular::Unreadable;

use crate::mend::Unmendable;

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
    #[error("{source_name}: {reason}")]
    Unreadable {
        /// The file's name, and its member's in an archive.
        source_name: String,
        /// What is wrong with it.
        reason: Unreadable,
    },
    /// No sheet has a header that a dataset knows.
    #[error(
        "{file}: no sheet of it that is read has a header row of a known dataset within the first {searched} rows \
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
    #[error("{source_name}: no row is a whole header of {dataset}: {nearest}")]
    MissingColumns {
        /// The file's name, its member's in an archive, and the sheet's in a workbook.
        source_name: String,
        /// The dataset it was taken for.
        dataset: String,
        /// What comes nearest, what it lacks, and the way out.
        nearest: String,
    },
    /// The key lacks a folder from which a dataset reads a column.
    #[error(
        "{file}: its key says nothing of {columns}, which {dataset} reads from it; drop the file below {folder}"
    )]
    MissingFolder {
        /// The file's name.
        file: String,
        /// The dataset.
        dataset: String,
        /// The columns, comma-separated.
        columns: String,
        /// Where it belongs, `billing/customer_account=…/`.
        folder: String,
    },
    /// A mended workbook cannot be put in the place of the rows that it was made from.
    #[error("{file}: {reason}")]
    Unmendable {
        /// The mended workbook's name.
        file: String,
        /// What is wrong with it.
        reason: Unmendable,
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
            Self::Unmendable { reason, .. } => reason.name(),
            Self::UnknownDataset { .. } => Name::UnknownDataset,
            Self::MissingColumns { .. } | Self::MissingFolder { .. } => Name::MissingColumns,
            Self::Interrupted => Name::Internal,
        }
    }
}
