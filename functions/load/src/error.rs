//! How load fails; the names are matched by `statemachine/pipeline.asl.json` and `clean_up.asl.json`.

use rounds_shared::database::DatabaseError;
use rounds_shared::day::NotYet;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::schema::SchemaError;
use rounds_shared::storage::StorageError;

/// Why a load or a clean-up did not happen. Whatever it is, nothing of the load is in the database, and nothing is deleted
/// that is not archived.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL or its secret.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// S3.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The tables do not follow the catalog.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The catalog has no such dataset, or another version of its contract than the parts were made under.
    #[error(
        "the parts of {dataset} were made under another catalog than this function has; \
         start the drop's execution again, so that all stages use one"
    )]
    OtherCatalog {
        /// The dataset that the payload names.
        dataset: String,
    },
    /// Payload, manifest and Parquet do not agree.
    #[error("{object} is not what the load was told of it: {reason}")]
    Disagreement {
        /// Key of the manifest or Parquet object, or the batch.
        object: String,
        /// What differs; names and numbers only.
        reason: &'static str,
    },
    /// Every row of a dataset breaks a rule. Loading none would empty the table.
    #[error(
        "{file}: none of its {read} rows for {dataset} can be loaded ({reasons}); the table stays as it is. \
         Mend the rows and drop the file again"
    )]
    NoUsableRows {
        /// The file's name.
        file: String,
        /// The dataset.
        dataset: String,
        /// Rows read.
        read: u64,
        /// The most frequent rules and columns, with their counts.
        reasons: String,
    },
    /// PostgreSQL keeps no row as large as one of the file's.
    #[error(
        "{file}: a row of it for {dataset} is larger than PostgreSQL can keep (a row holds about 8 KiB besides its long \
         texts, a key 2.7 KiB); shorten its values and drop the file again"
    )]
    TooLarge {
        /// The file's name.
        file: String,
        /// The dataset.
        dataset: String,
    },
    /// The catalog does not say which rows of this dataset need not stay.
    #[error(
        "{dataset} has no `[clean_up]` in this function's catalog; start the clean-up again, so that all steps use one"
    )]
    NoCleanUp {
        /// The dataset that the payload names.
        dataset: String,
    },
    /// A clean-up was called for a day in the future.
    #[error(transparent)]
    NotYet(#[from] NotYet),
    /// The archive does not hold what was put there.
    #[error(
        "{object} was read back from the archive otherwise than it was put there; its rows stay in their table. \
         Look at the lake bucket, and start the clean-up again"
    )]
    ArchiveDiffers {
        /// Key of the object.
        object: String,
    },
    /// The decoding thread was lost.
    #[error("reading the curated rows broke off; start the execution again")]
    Interrupted,
}

impl Error {
    pub(crate) fn disagreement(object: &str, reason: &'static str) -> Self {
        Self::Disagreement { object: object.to_owned(), reason }
    }
}

/// Lets `?` take the driver's errors, which lose their values on the way.
impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Failure for Error {
    fn name(&self) -> Name {
        match self {
            Self::Database(error) => error.name(),
            // What is gone here is not the dropped file but an object of the lake: no reason to quarantine.
            Self::Storage(StorageError::Gone { .. }) => Name::Storage,
            Self::Storage(error) => error.name(),
            Self::Schema(error) => error.name(),
            Self::OtherCatalog { .. } | Self::NoCleanUp { .. } => Name::Catalog,
            Self::Disagreement { .. } | Self::NotYet(_) => Name::Payload,
            Self::ArchiveDiffers { .. } => Name::Storage,
            Self::NoUsableRows { .. } => Name::NoUsableRows,
            Self::TooLarge { .. } => Name::TooLarge,
            Self::Interrupted => Name::Internal,
        }
    }
}
