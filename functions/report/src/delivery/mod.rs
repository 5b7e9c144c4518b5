//! Each letter once: the delivery ledger and its protocol.
//!
//! A letter cannot be called back, and no service can be asked to ignore a second one. So each (report, period, item,
//! recipient, copy) has a row in `ops.delivery` that is *claimed*, committed, before the letter is handed over, and
//! *settled* after:
//!
//! | row | met under the lock | then |
//! |---|---|---|
//! | none, `failed` | nothing went out | claimed, sent |
//! | `suppressed` | nothing went out | as if there were none; still suppressed if the address is |
//! | `sent`, `bounced`, `complained` | it went out | left alone |
//! | `claimed` | its sender died, or lost its lock, between claim and settlement | `uncertain` |
//! | `uncertain` | nobody knows | left alone until its sender, SES's events or an operator settle it |
//!
//! Two letters are ruled out by the claim alone: it is one row, committed before the letter is handed over, and nobody
//! sends on a claim that is not its own. The lock, PostgreSQL's advisory lock on (report, recipient), is there for three
//! other things. It tells a dead sender from a live one: held by the session, it ends with the sender. It makes two runs
//! at once queue, so that the later one finds the letter sent. And it spans all periods and items, so that no two letters
//! of a report with `once_per` take the same row for one recipient. A row that is told at one address alone has a second
//! lock, on (report, item), taken after the first, so that two runs that read different addresses queue as well; what may
//! have reached another address is left alone, unless it came back.
//!
//! A sender whose session breaks between claim and settlement has lost the lock and is still alive: another run then
//! takes it for dead and says `uncertain`, but sends nothing; the first one finishes, and settles over a new session.
//! A claim has an id of its own (a claim after a failure gets a new one), and everything that settles names that id, so
//! that news of one attempt never changes another.
//!
//! A function that is killed at its time-out leaves at most one claim, that of the letter in its hand, which becomes
//! `uncertain`; the letters that were not begun go out with the next run.

pub mod event;
mod ledger;
pub mod operator;
mod tally;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use rounds_shared::catalog::Channel;
use rounds_shared::database::{Database, DatabaseError};
use rounds_shared::fail_point;
use tokio_postgres::Client;

use crate::error::Reason;
use crate::post::mail::Letter;
use crate::post::recipient::Recipient;

pub use crate::post::{Post, SendError};
pub use ledger::sweep;
pub(crate) use ledger::{lock, settled};
pub(crate) use tally::LISTED;
pub use tally::{Refusal, Refusals, Tally};

/// Waits before a letter that was throttled is offered again, at the most; half of each is left to chance, so that
/// reports side by side do not come back together. What is throttled for longer is the next run's.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// What is delivered.
pub struct Occasion<'a> {
    /// The report, `domain.name`.
    pub report: &'a str,
    /// The period that it is delivered once for.
    pub period: &'a str,
    /// The day that it speaks of.
    pub as_of: Date,
    /// Which letter of a report that makes several: a digest of the row or group that it is about; else empty.
    pub item: &'a str,
    /// Whether nobody is told of the item at a second address, such as a patient whose telephone has changed meanwhile.
    pub is_for_one: bool,
    /// The request of an operator to send it once more; empty for the first.
    pub copy: &'a str,
}

/// A letter for one recipient.
pub struct Prepared {
    /// The letter; recipients who get the same may share it.
    pub letter: Arc<Letter>,
    /// Digests of the rows in it that the recipient is not sent again; empty where the report has no `once_per`.
    pub row_keys: Vec<String>,
}

/// Makes the letters of an occasion.
pub trait Letters: Sync {
    /// Digests of the rows that could be sent; empty where the report has no `once_per`.
    fn row_keys(&self) -> &[String];

    /// The letter for somebody who was sent the rows `sent` before; none where there is nothing to send. Asked only
    /// where there is something to deliver, and under the recipient's lock; the client has no transaction open.
    fn prepare(
        &self,
        client: &Client,
        sent: &HashSet<String>,
    ) -> impl Future<Output = Result<Option<Prepared>, Reason>> + Send;
}

/// Where sessions with the ledger come from.
pub trait Sessions: Sync {
    /// A new session.
    fn open(&self) -> impl Future<Output = Result<Client, DatabaseError>> + Send;
}

impl Sessions for Database {
    async fn open(&self) -> Result<Client, DatabaseError> {
        self.connect().await
    }
}

/// How one delivery ended.
enum Outcome {
    Sent,
    AlreadySent,
    Suppressed,
    NothingNew,
    /// Nobody knew before.
    Uncertain(String),
    /// Nobody knows since now.
    Unanswered(String),
    Failed {
        delivery_id: String,
        error: SendError,
    },
}

/// Delivers to each recipient, one after another. Where this is broken off, the client has to be dropped, so that its
/// lock ends; a client that breaks is replaced by a new session.
///
/// # Errors
/// PostgreSQL's, and what the letters cannot be made for: at once. A service that throttles or cannot be reached: after
/// the recipients of other channels were served; those that are left are free for the next run. A refusal is no error,
/// and neither is a letter of which nobody knows: they are tallied, see [`Tally::checked`].
pub async fn deliver(
    client: &mut Client,
    sessions: &impl Sessions,
    post: &impl Post,
    occasion: &Occasion<'_>,
    recipients: &[Recipient],
    letters: &impl Letters,
) -> Result<Tally, Reason> {
    let errand = Errand { sessions, post, occasion, letters };
    let mut tally = Tally::default();
    let mut stopped: Vec<(Channel, SendError)> = Vec::new();
    for recipient in recipients {
        // SES and SNS mean everybody with it; a chat room is a service of its own.
        if recipient.channel != Channel::Chat
            && stopped.iter().any(|(channel, _)| *channel == recipient.channel)
        {
            continue;
        }
        match errand.run(client, recipient).await? {
            Outcome::Failed {
                error: error @ (SendError::Throttled { .. } | SendError::Unreachable { .. }),
                ..
            } => {
                stopped.push((recipient.channel, error));
            }
            outcome => tally.count(outcome),
        }
    }
    match stopped.into_iter().next() {
        Some((_, error)) => Err(error.into()),
        None => Ok(tally),
    }
}

/// What the deliveries of an occasion have in common.
struct Errand<'a, S, P, L> {
    sessions: &'a S,
    post: &'a P,
    occasion: &'a Occasion<'a>,
    letters: &'a L,
}

impl<S: Sessions, P: Post, L: Letters> Errand<'_, S, P, L> {
    /// Takes the locks around one delivery, always in the same order, so that no two runs wait for each other.
    async fn run(&self, client: &mut Client, recipient: &Recipient) -> Result<Outcome, Reason> {
        let Occasion { report, item, is_for_one, .. } = *self.occasion;
        ledger::lock(client, report, &recipient.address).await?;
        if is_for_one {
            ledger::lock(client, report, item).await?;
        }
        let outcome = self.run_locked(client, recipient).await;
        let unlocked = async {
            if is_for_one {
                ledger::unlock(client, report, item).await?;
            }
            ledger::unlock(client, report, &recipient.address).await
        };
        let unlocked = unlocked.await;
        let outcome = outcome?;
        unlocked?;
        Ok(outcome)
    }

    /// One delivery, the lock being held.
    async fn run_locked(&self, client: &mut Client, recipient: &Recipient) -> Result<Outcome, Reason> {
        let Self { sessions, post, occasion, letters } = self;
        ledger::bury(client, occasion.report, &recipient.address).await?;
        if let Some(outcome) = ledger::standing(client, occasion, recipient).await? {
            return Ok(outcome);
        }
        if ledger::is_suppressed(client, recipient).await? {
            ledger::suppress(client, occasion, recipient).await?;
            return Ok(Outcome::Suppressed);
        }
        let sent = ledger::sent_rows(client, occasion.report, &recipient.address, letters.row_keys()).await?;
        let Some(prepared) = letters.prepare(client, &sent).await? else { return Ok(Outcome::NothingNew) };
        post.turn(recipient.channel).await;
        let Some(delivery_id) = ledger::claim(client, occasion, recipient, &prepared.row_keys).await? else {
            // Only an event changes a row without the lock: it told that what had counted as failed went out after all.
            return Ok(Outcome::AlreadySent);
        };
        fail_point("report.claimed");
        let answer = hand_over(client, *post, &delivery_id, recipient, &prepared.letter).await;
        fail_point("report.handed_over");
        let outcome = settle(client, *sessions, &delivery_id, answer).await?;
        fail_point("report.settled");
        Ok(outcome)
    }
}

/// Hands a claimed letter over. The claim was committed a moment ago by the session that holds the lock, so that the
/// lock is held; before each further try that is asked anew.
async fn hand_over(
    client: &Client,
    post: &impl Post,
    delivery_id: &str,
    recipient: &Recipient,
    letter: &Letter,
) -> Result<String, SendError> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let answer = post.send(recipient.channel, delivery_id, &recipient.address, letter).await;
        let (Err(SendError::Throttled { .. }), Some(pause)) = (&answer, pauses.next()) else { return answer };
        tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        if !ledger::is_claimed(client, delivery_id).await.unwrap_or(false) {
            return answer;
        }
    }
}

/// Writes down how a claimed delivery ended; over a new session, if that of the claim broke meanwhile.
async fn settle(
    client: &mut Client,
    sessions: &impl Sessions,
    delivery_id: &str,
    answer: Result<String, SendError>,
) -> Result<Outcome, DatabaseError> {
    let standing = match ledger::settle(client, delivery_id, &answer).await {
        Ok(standing) => standing,
        Err(_) => settle_anew(client, sessions, delivery_id, &answer).await.inspect_err(|_| {
            let known = answer.as_ref().map_or_else(ToString::to_string, |_| "it went out".to_owned());
            tracing::error!(delivery_id, "the ledger could not be told of a letter: {known}");
        })?,
    };
    Ok(match answer {
        Ok(_) => Outcome::Sent,
        // An event of SES may have come before.
        Err(SendError::Unknown { .. }) if standing == "sent" => Outcome::Sent,
        Err(SendError::Unknown { .. }) => Outcome::Unanswered(delivery_id.to_owned()),
        Err(error) => {
            tracing::warn!(delivery_id, "{error}");
            Outcome::Failed { delivery_id: delivery_id.to_owned(), error }
        }
    })
}

async fn settle_anew(
    client: &mut Client,
    sessions: &impl Sessions,
    delivery_id: &str,
    answer: &Result<String, SendError>,
) -> Result<String, DatabaseError> {
    *client = sessions.open().await?;
    ledger::settle(client, delivery_id, answer).await
}
