//! What the protocol asks `ops.delivery`, `ops.delivered_row` and `ops.suppression`.

use std::collections::{HashMap, HashSet};

use rounds_shared::database::DatabaseError;
use rounds_shared::digest::sha256_hex;
use rounds_shared::payload::Uncertain;
use tokio_postgres::Client;

use super::{Occasion, Outcome, Refusal, SendError, Tally};
use crate::post::recipient::Recipient;

/// Waits for the lock on a report's letters to one address, or about one item. Waiting is bounded by the session's `lock_timeout`: a sender
/// that hangs makes the other run fail as busy, to be tried again, and is never taken for one that has sent.
pub(crate) async fn lock(client: &Client, report: &str, on: &str) -> Result<(), DatabaseError> {
    client.execute("SELECT pg_advisory_lock($1)", &[&lock_key(report, on)]).await?;
    Ok(())
}

/// Takes the lock, unless somebody holds it.
async fn try_lock(client: &Client, report: &str, on: &str) -> Result<bool, DatabaseError> {
    let free = client.query_one("SELECT pg_try_advisory_lock($1)", &[&lock_key(report, on)]).await?;
    Ok(free.try_get(0)?)
}

/// Lets go of the lock. A session that was opened since does not hold it, which does no harm.
pub(super) async fn unlock(client: &Client, report: &str, on: &str) -> Result<(), DatabaseError> {
    client.execute("SELECT pg_advisory_unlock($1)", &[&lock_key(report, on)]).await?;
    Ok(())
}

/// Locks are numbers: the first 64 bits of a digest.
fn lock_key(report: &str, on: &str) -> i64 {
    let digest = sha256_hex(format!("delivery\0{report}\0{on}").as_bytes());
    let bits = digest.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    bits.unwrap_or_default().cast_signed()
}

/// Makes claims of dead senders uncertain. The lock must be held: a claim that stands while it could be taken has nobody
/// behind it, or somebody whose session broke and who settles it later.
pub(super) async fn bury(client: &Client, report: &str, address: &str) -> Result<(), DatabaseError> {
    let dead = "UPDATE ops.delivery \
                SET status = 'uncertain', error = 'its sender broke off after the claim', settled_at = now() \
                WHERE report = $1 AND recipient = $2 AND status = 'claimed' \
                RETURNING delivery_id::text";
    for row in client.query(dead, &[&report, &address]).await? {
        log_uncertain(row.try_get(0)?);
    }
    Ok(())
}

/// Makes the claims of dead senders uncertain, and lists every delivery of which nobody knows, the oldest first. A claim
/// whose lock is held belongs to a live sender, and is left alone. Not to be asked on a session that is delivering: a
/// session does not stand in its own way.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn sweep(client: &Client) -> Result<Vec<Uncertain>, DatabaseError> {
    let claimed = "SELECT DISTINCT report, recipient FROM ops.delivery WHERE status = 'claimed'";
    for row in client.query(claimed, &[]).await? {
        let (report, address): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if try_lock(client, &report, &address).await? {
            bury(client, &report, &address).await?;
            unlock(client, &report, &address).await?;
        }
    }
    let uncertain = "SELECT delivery_id::text, report, period FROM ops.delivery \
                     WHERE status = 'uncertain' ORDER BY claimed_at, delivery_id";
    let mut list = Vec::new();
    for row in client.query(uncertain, &[]).await? {
        list.push(Uncertain { delivery: row.try_get(0)?, report: row.try_get(1)?, period: row.try_get(2)? });
    }
    Ok(list)
}

/// How the delivery stands, if there is nothing to do about it.
pub(super) async fn standing(
    client: &Client,
    occasion: &Occasion<'_>,
    recipient: &Recipient,
) -> Result<Option<Outcome>, DatabaseError> {
    let Occasion { report, period, item, copy, .. } = occasion;
    let standing = "SELECT status, delivery_id::text FROM ops.delivery \
                    WHERE report = $1 AND period = $2 AND item = $3 AND recipient = $4 AND copy = $5";
    let row = client.query_opt(standing, &[report, period, item, &recipient.address, copy]).await?;
    let outcome = row.map(|row| -> Result<_, DatabaseError> {
        Ok(match row.try_get(0)? {
            "failed" | "suppressed" => None,
            "sent" | "bounced" | "complained" => Some(Outcome::AlreadySent),
            _ => Some(Outcome::Uncertain(row.try_get(1)?)),
        })
    });
    match outcome.transpose()?.flatten() {
        None if copy.is_empty() => told(client, occasion, recipient).await,
        outcome => Ok(outcome),
    }
}

/// How another letter about the item stands that rules this one out: the last copy that an operator has asked for, as
/// whoever was sent one has the letter, although the first did not go out; and where the item is for one, the letter to
/// another address that has not come back.
async fn told(
    client: &Client,
    occasion: &Occasion<'_>,
    recipient: &Recipient,
) -> Result<Option<Outcome>, DatabaseError> {
    let Occasion { report, period, item, is_for_one, .. } = occasion;
    let others = "SELECT status IN ('claimed', 'uncertain') AS is_open, delivery_id::text FROM ops.delivery \
                  WHERE report = $1 AND period = $2 AND item = $3 \
                        AND (recipient = $4 AND copy <> '' OR recipient <> $4 AND $5 AND status <> 'bounced') \
                        AND status NOT IN ('failed', 'suppressed') \
                  ORDER BY is_open, claimed_at DESC LIMIT 1";
    let row = client.query_opt(others, &[report, period, item, &recipient.address, is_for_one]).await?;
    row.map(|row| {
        let is_open: bool = row.try_get(0)?;
        Ok(if is_open { Outcome::Uncertain(row.try_get(1)?) } else { Outcome::AlreadySent })
    })
    .transpose()
}

/// How the letters of a report and period ended, by the item and the address; without those of which nobody knows.
pub(crate) async fn settled(
    client: &Client,
    report: &str,
    period: &str,
) -> Result<HashMap<(String, String), Tally>, DatabaseError> {
    let settled = "SELECT item, recipient, status, delivery_id::text, coalesce(error, '') FROM ops.delivery \
                   WHERE report = $1 AND period = $2 AND copy = '' AND status NOT IN ('claimed', 'uncertain')";
    let rows = client.query(settled, &[&report, &period]).await?;
    let ended = |row: &tokio_postgres::Row| -> Result<_, DatabaseError> {
        let tally = match row.try_get(2)? {
            "failed" => {
                let refusal = Refusal { delivery_id: row.try_get(3)?, error: row.try_get(4)? };
                Tally { refused: vec![refusal], ..Tally::default() }
            }
            "suppressed" => Tally { suppressed: 1, ..Tally::default() },
            _ => Tally { already_sent: 1, ..Tally::default() },
        };
        Ok(((row.try_get(0)?, row.try_get(1)?), tally))
    };
    rows.iter().map(ended).collect()
}

/// Whether nothing is sent to this address.
pub(super) async fn is_suppressed(client: &Client, recipient: &Recipient) -> Result<bool, DatabaseError> {
    let suppressed = "SELECT EXISTS (SELECT FROM ops.suppression WHERE address = $1)";
    Ok(client.query_one(suppressed, &[&recipient.address]).await?.try_get(0)?)
}

/// Which of these rows the recipient was sent, in whatever period, item or copy: claimed and uncertain count, because
/// they may have gone out.
pub(super) async fn sent_rows(
    client: &Client,
    report: &str,
    address: &str,
    row_keys: &[String],
) -> Result<HashSet<String>, DatabaseError> {
    if row_keys.is_empty() {
        return Ok(HashSet::new());
    }
    let sent = "SELECT DISTINCT row_key FROM ops.delivered_row JOIN ops.delivery USING (delivery_id) \
                WHERE report = $1 AND recipient = $2 AND status NOT IN ('failed', 'suppressed') AND row_key = ANY($3)";
    let rows = client.query(sent, &[&report, &address, &row_keys]).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Claims a delivery with its rows, committed when this returns; its id. None where it is settled after all.
pub(super) async fn claim(
    client: &mut Client,
    occasion: &Occasion<'_>,
    recipient: &Recipient,
    row_keys: &[String],
) -> Result<Option<String>, DatabaseError> {
    write(client, occasion, recipient, "claimed", row_keys).await
}

/// Writes down that nothing was sent, because the address takes nothing.
pub(super) async fn suppress(
    client: &mut Client,
    occasion: &Occasion<'_>,
    recipient: &Recipient,
) -> Result<(), DatabaseError> {
    write(client, occasion, recipient, "suppressed", &[]).await?;
    Ok(())
}

/// Puts a row with a new id in the place of one that did not go out, and of its row keys.
async fn write(
    client: &mut Client,
    occasion: &Occasion<'_>,
    recipient: &Recipient,
    status: &str,
    row_keys: &[String],
) -> Result<Option<String>, DatabaseError> {
    let Occasion { report, period, as_of, item, copy, .. } = occasion;
    let Recipient { channel, address } = recipient;
    let transaction = client.transaction().await?;
    let unsent = "DELETE FROM ops.delivery \
                  WHERE report = $1 AND period = $2 AND item = $3 AND recipient = $4 AND copy = $5 \
                        AND status IN ('failed', 'suppressed')";
    transaction.execute(unsent, &[report, period, item, address, copy]).await?;
    let insert = "INSERT INTO ops.delivery (report, period, item, recipient, copy, as_of, channel, status) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                  ON CONFLICT (report, period, item, recipient, copy) DO NOTHING \
                  RETURNING delivery_id::text";
    let channel = channel.as_str();
    let inserted = transaction
        .query_opt(insert, &[report, period, item, address, copy, as_of, &channel, &status])
        .await?;
    let Some(inserted) = inserted else { return Ok(None) };
    let delivery_id: String = inserted.try_get(0)?;
    if !row_keys.is_empty() {
        let rows = "INSERT INTO ops.delivered_row (delivery_id, row_key) SELECT DISTINCT $1::text::uuid, unnest($2::text[])";
        transaction.execute(rows, &[&delivery_id, &row_keys]).await?;
    }
    transaction.commit().await?;
    Ok(Some(delivery_id))
}

/// Whether a claim still stands. Asked on the session that made it, an answer also means that its lock is held.
pub(super) async fn is_claimed(client: &Client, delivery_id: &str) -> Result<bool, DatabaseError> {
    let claimed =
        "SELECT EXISTS (SELECT FROM ops.delivery WHERE delivery_id = $1::text::uuid AND status = 'claimed')";
    Ok(client.query_one(claimed, &[&delivery_id]).await?.try_get(0)?)
}

/// Writes down what became of a claim, and answers how it stands then. What an event has settled meanwhile stays. What
/// another run has called uncertain is settled by whoever learns the truth, and what an operator has called lost is sent
/// if the service took it after all.
pub(super) async fn settle(
    client: &Client,
    delivery_id: &str,
    answer: &Result<String, SendError>,
) -> Result<String, DatabaseError> {
    let (status, provider_id, error) = match answer {
        Ok(provider_id) => ("sent", Some(provider_id), None),
        Err(error @ SendError::Unknown { .. }) => ("uncertain", None, Some(error.to_string())),
        Err(error) => ("failed", None, Some(error.to_string())),
    };
    let settle = "UPDATE ops.delivery SET status = $2, provider_message_id = $3, error = $4, settled_at = now() \
                  WHERE delivery_id = $1::text::uuid \
                        AND (status IN ('claimed', 'uncertain') \
                             OR status = 'failed' AND provider_message_id IS NULL AND $2 = 'sent')";
    client.execute(settle, &[&delivery_id, &status, &provider_id, &error]).await?;
    let standing = "SELECT status FROM ops.delivery WHERE delivery_id = $1::text::uuid";
    let standing: String = client.query_one(standing, &[&delivery_id]).await?.try_get(0)?;
    if standing == "uncertain" {
        log_uncertain(delivery_id);
    }
    Ok(standing)
}

/// The one trace of a letter that may be lost, beside its row; the address stays out of the log.
fn log_uncertain(delivery_id: &str) {
    tracing::error!(delivery_id, "nobody knows whether this letter went out; it is not sent again by itself");
}
