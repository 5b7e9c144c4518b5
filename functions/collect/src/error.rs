//! How collect fails; the names are matched by `statemachine/collect.asl.json`.

use rounds_shared::database::DatabaseError;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::payload::Request;
use rounds_shared::storage::StorageError;

use crate::task::Misrequest;
use crate::vendor::VendorError;

/// Why something was not collected. Texts name accounts, reports and codes, never what a report holds.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL or its secret.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// S3.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A request that nobody can make.
    #[error(transparent)]
    Request(#[from] Misrequest),
    /// The vendor, or the secret with its credentials.
    #[error("{report} of account {account}: {reason}")]
    Vendor {
        /// The account.
        account: String,
        /// The report.
        report: String,
        /// What happened.
        reason: VendorError,
    },
    /// It failed before.
    #[error("{0} was given up before; ask for it anew with `rounds collect run --again`")]
    GivenUp(String),
    /// It would take the place of newer rows.
    #[error("{0} is left: a later one was collected")]
    Overtaken(String),
    /// It was never asked for.
    #[error("{0} was not asked for, so that there is nothing to fetch")]
    NotAsked(String),
}

impl Error {
    pub(crate) fn vendor(request: &Request, reason: VendorError) -> Self {
        Self::Vendor { account: request.account.clone(), report: request.report.clone(), reason }
    }

    pub(crate) fn given_up(request: &Request) -> Self {
        Self::GivenUp(in_words(request))
    }

    pub(crate) fn overtaken(request: &Request) -> Self {
        Self::Overtaken(in_words(request))
    }

    pub(crate) fn not_asked(request: &Request) -> Self {
        Self::NotAsked(in_words(request))
    }
}

fn in_words(request: &Request) -> String {
    let Request { account, report, as_of, .. } = request;
    format!("{report} of account {account} for {as_of}")
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Failure for Error {
    fn name(&self) -> Name {
        match self {
            Self::Database(error) => error.name(),
            Self::Storage(error) => error.name(),
            Self::Request(Misrequest::Unnumbered { .. }) => Name::Catalog,
            Self::Request(_) | Self::GivenUp(_) | Self::Overtaken(_) | Self::NotAsked(_) => Name::Payload,
            Self::Vendor { reason, .. } => reason.name(),
        }
    }
}
