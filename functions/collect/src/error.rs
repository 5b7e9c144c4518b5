//! How collect fails; the names are matched by `statemachine/collect.asl.json`.

use std::fmt;

use rounds_shared::database::DatabaseError;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::payload::Request;
use rounds_shared::storage::StorageError;

use crate::answer::{Refusal, Unclear};
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
            Self::Request(Misrequest::Unnumbered { .. } | Misrequest::NoVendor) => Name::Catalog,
            Self::Request(_) | Self::GivenUp(_) | Self::NotAsked(_) => Name::Payload,
            Self::Vendor { reason, .. } => reason.name(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Credentials => {
                "the vendor refuses the user and password (status 401); put the right ones into the secret of \
                 COLLECT_SECRET_ARN"
            }
            Self::NotTurnedOn => {
                "the Web API interface is not turned on; ask the vendor to turn it on for this account"
            }
            Self::NotActive => {
                "the account or the login is no longer active; ask the vendor, or take the account out of \
                 COLLECT_ACCOUNTS"
            }
            Self::InvalidCriteria => {
                "the vendor cannot run it (INVALID CRITERIA); check its report and filter there and their numbers in \
                 COLLECT_NUMBERS"
            }
            Self::NotFound => {
                "the vendor has nothing of this name (NOT FOUND); check its numbers in COLLECT_NUMBERS and ask again"
            }
            Self::Error => {
                "the vendor ran into an error (ERROR); run it there by hand, and ask the vendor if it fails again"
            }
            Self::Status(404) => {
                "the vendor knows no such account or report (status 404); check COLLECT_ACCOUNTS and COLLECT_NUMBERS"
            }
            Self::Status(415) => {
                "the vendor does not take requests of this form (status 415); its Web API has changed"
            }
            Self::Status(status) => {
                return write!(
                    formatter,
                    "the vendor refuses the request (status {status}); check COLLECT_URL and the account's rights"
                );
            }
        })
    }
}

impl fmt::Display for Unclear {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Broken => "the vendor's answer is no XML, or breaks off; check COLLECT_URL, and ask again",
            Self::Status => "the vendor's answer has a status that is not known; ask again",
            Self::Identifier => "the vendor's answer has no identifier, or none that can be used; ask again",
            Self::Data => "the vendor's report is not in base64, or not all of it; ask again",
            Self::TooLarge(limit) => {
                return write!(
                    formatter,
                    "the vendor's answer has more than {limit} bytes; narrow the report's filter, or raise \
                     ANSWER_MAX_BYTES"
                );
            }
        })
    }
}
