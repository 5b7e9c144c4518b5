//! Each mail once: the delivery ledger and its protocol.
//!
//! A mail cannot be called back, and SES cannot be asked to ignore a second one. So each (report, period, recipient)
//! has a row in `ops.delivery` that is *claimed*, committed, before the mail is handed over, and *settled* after:
//!
//! | row | met under the lock | then |
//! |---|---|---|
//! | none, `failed` | nothing went out | claimed, sent |
//! | `sent` | it went out | left alone |
//! | `claimed` | its sender died between claim and settlement | `uncertain` |
//! | `uncertain` | nobody knows | left alone until SES's events or an operator settle it |
//!
//! The lock is PostgreSQL's advisory lock on the three, held by the session: it ends with a sender that dies, so a
//! claim that can be locked is a dead sender's. Two runs at once queue for it, and the later one finds the mail sent.
//! Waiting is bounded by the session's `lock_timeout`: a sender that hangs makes the other run fail as busy, to be
//! tried again, and is never taken for one that has sent.

use jiff::civil::Date;
use rounds_shared::database::DatabaseError;
use rounds_shared::digest::sha256_hex;
use rounds_shared::failure::{Failure, Name};
use tokio_postgres::Client;

use crate::error::Reason;
use crate::mail::Letter;

/// Where mails are handed over.
pub trait MailService {
    /// Hands over one mail and answers the provider's id of it. An implementation must not try twice by itself.
    fn send(&self, mail: &Mail<'_>) -> impl Future<Output = Result<String, SendError>> + Send;
}

/// One mail to one recipient.
pub struct Mail<'a> {
    /// The ledger's id of the delivery.
    pub delivery_id: &'a str,
    /// The recipient's address.
    pub to: &'a str,
    /// What it says.
    pub letter: &'a Letter,
}

/// Why a mail was not handed over, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too many for now; it did not go out.
    #[error("SES throttles ({code}); the mails that are left go out when the stage runs again")]
    Throttled {
        /// SES's code.
        code: String,
    },
    /// No connection came about; it did not go out.
    #[error("SES cannot be reached; the mails that are left go out when the stage runs again")]
    Unreachable,
    /// SES will not send it; it did not go out.
    #[error("SES refused a mail ({code}); the ledger (ops.delivery) has the recipient")]
    Refused {
        /// SES's code.
        code: String,
    },
    /// No answer, or none that says anything: it may have gone out.
    #[error("SES did not say whether a mail went out")]
    Unknown,
}

impl Failure for SendError {
    fn name(&self) -> Name {
        match self {
            Self::Throttled { .. } => Name::MailThrottled,
            Self::Unreachable => Name::MailUnavailable,
            Self::Refused { .. } | Self::Unknown => Name::Mail,
        }
    }
}

/// What is delivered.
pub struct Occasion<'a> {
    /// The report, `domain.name`.
    pub report: &'a str,
    /// The period that it is delivered once for.
    pub period: &'a str,
    /// The day that it speaks of.
    pub as_of: Date,
}

/// How many mails ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sent now.
    pub sent: u32,
    /// Sent by another run.
    pub already_sent: u32,
    /// Nobody knows.
    pub uncertain: u32,
}

/// Delivers a letter to each recipient, one after another. Where this is broken off, the client has to be dropped, so
/// that its locks end.
///
/// # Errors
/// Throttled or unreachable: at once, the recipients that are left being free for the next run. A refusal: after
/// the others were served. A mail of which nobody knows is no error: it is tallied and logged.
pub async fn deliver(
    client: &Client,
    service: &impl MailService,
    occasion: &Occasion<'_>,
    recipients: &[String],
    letter: &Letter,
) -> Result<Tally, Reason> {
    let mut tally = Tally::default();
    let mut refusal = None;
    for recipient in recipients {
        match deliver_once(client, service, occasion, recipient, letter).await? {
            Outcome::Sent => tally.sent += 1,
            Outcome::AlreadySent => tally.already_sent += 1,
            Outcome::Uncertain => tally.uncertain += 1,
            Outcome::Failed(error @ SendError::Refused { .. }) => refusal = refusal.or(Some(error)),
            Outcome::Failed(error) => return Err(error.into()),
        }
    }
    match refusal {
        Some(error) => Err(error.into()),
        None => Ok(tally),
    }
}

enum Outcome {
    Sent,
    AlreadySent,
    Uncertain,
    Failed(SendError),
}

/// Takes the lock around one delivery.
async fn deliver_once(
    client: &Client,
    service: &impl MailService,
    occasion: &Occasion<'_>,
    recipient: &str,
    letter: &Letter,
) -> Result<Outcome, DatabaseError> {
    let lock = lock_key(occasion, recipient);
    client.execute("SELECT pg_advisory_lock($1)", &[&lock]).await?;
    let outcome = match claim(client, occasion, recipient).await {
        Ok(Claim::Granted(delivery_id)) => {
            let sent = service.send(&Mail { delivery_id: &delivery_id, to: recipient, letter }).await;
            settle(client, &delivery_id, sent).await
        }
        Ok(Claim::Denied(outcome)) => Ok(outcome),
        Err(error) => Err(error),
    };
    client.execute("SELECT pg_advisory_unlock($1)", &[&lock]).await?;
    outcome
}

/// Locks are numbers: the first 64 bits of a digest.
fn lock_key(occasion: &Occasion<'_>, recipient: &str) -> i64 {
    let name = format!("delivery\0{}\0{}\0{recipient}", occasion.report, occasion.period);
    let digest = sha256_hex(name.as_bytes());
    let bits = digest.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    bits.unwrap_or_default().cast_signed()
}

enum Claim {
    /// The delivery is ours; its id.
    Granted(String),
    /// There is nothing to send.
    Denied(Outcome),
}

/// Claims a delivery; committed when this returns. The lock must be held.
async fn claim(client: &Client, occasion: &Occasion<'_>, recipient: &str) -> Result<Claim, DatabaseError> {
    let Occasion { report, period, as_of } = occasion;
    let claim = "INSERT INTO ops.delivery (report, period, recipient, as_of, status) \
                 VALUES ($1, $2, $3, $4, 'claimed') \
                 ON CONFLICT (report, period, recipient) DO UPDATE \
                 SET status = 'claimed', as_of = excluded.as_of, error = NULL, claimed_at = now(), settled_at = NULL \
                 WHERE delivery.status = 'failed' \
                 RETURNING delivery_id::text";
    if let Some(row) = client.query_opt(claim, &[report, period, &recipient, as_of]).await? {
        return Ok(Claim::Granted(row.try_get(0)?));
    }
    let dead = "UPDATE ops.delivery \
                SET status = 'uncertain', error = 'its sender broke off after the claim', settled_at = now() \
                WHERE report = $1 AND period = $2 AND recipient = $3 AND status = 'claimed' \
                RETURNING delivery_id::text";
    if let Some(row) = client.query_opt(dead, &[report, period, &recipient]).await? {
        log_uncertain(row.try_get(0)?);
    }
    let standing = "SELECT status FROM ops.delivery WHERE report = $1 AND period = $2 AND recipient = $3";
    let row = client.query_one(standing, &[report, period, &recipient]).await?;
    let is_sent = row.try_get::<_, &str>(0)? == "sent";
    Ok(Claim::Denied(if is_sent { Outcome::AlreadySent } else { Outcome::Uncertain }))
}

/// Writes down how a claimed delivery ended.
async fn settle(
    client: &Client,
    delivery_id: &str,
    sent: Result<String, SendError>,
) -> Result<Outcome, DatabaseError> {
    let (status, provider_id, error, outcome) = match sent {
        Ok(provider_id) => ("sent", Some(provider_id), None, Outcome::Sent),
        Err(SendError::Unknown) => {
            log_uncertain(delivery_id);
            ("uncertain", None, Some(SendError::Unknown.to_string()), Outcome::Uncertain)
        }
        Err(error) => ("failed", None, Some(error.to_string()), Outcome::Failed(error)),
    };
    let settle = "UPDATE ops.delivery SET status = $2, provider_message_id = $3, error = $4, settled_at = now() \
                  WHERE delivery_id = $1::text::uuid";
    client.execute(settle, &[&delivery_id, &status, &provider_id, &error]).await?;
    Ok(outcome)
}

/// The one trace of a mail that may be lost, beside its row; the address stays out of the log.
fn log_uncertain(delivery_id: &str) {
    tracing::error!(delivery_id, "nobody knows whether this mail went out; it is not sent again by itself");
}
