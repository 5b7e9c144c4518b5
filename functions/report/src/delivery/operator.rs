//! What an operator asks the delivery ledger, and tells it.

use jiff::civil::Date;
use rounds_shared::catalog::Channel;
use rounds_shared::database::DatabaseError;
use rounds_shared::payload::{DeliveryStory, Settlement, Standing, is_delivery_id};
use tokio_postgres::Client;

use crate::delivery::sweep;
use crate::post::recipient::Recipient;

/// Writes down what an operator knows of an uncertain delivery; whether that changed anything, which it does not where
/// the delivery is not uncertain. None where the ledger has no such delivery.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn settle(
    client: &Client,
    delivery_id: &str,
    settlement: Settlement,
) -> Result<Option<bool>, DatabaseError> {
    if !is_delivery_id(delivery_id) {
        return Ok(None);
    }
    // An operator may know of a dead sender before Rounds does.
    sweep(client).await?;
    let (status, error) = match settlement {
        Settlement::Sent => ("sent", None),
        Settlement::Lost => ("failed", Some("an operator says that it was lost")),
    };
    let settle = "UPDATE ops.delivery SET status = $2, error = $3, settled_at = now() \
                  WHERE delivery_id = $1::text::uuid AND status = 'uncertain'";
    if client.execute(settle, &[&delivery_id, &status, &error]).await? > 0 {
        return Ok(Some(true));
    }
    let known = "SELECT FROM ops.delivery WHERE delivery_id = $1::text::uuid";
    Ok(client.query_opt(known, &[&delivery_id]).await?.map(|_| false))
}

/// The latest deliveries, at most `number`, and how many there are of which nobody knows. Of the failed ones those are left
/// out whose row or group was told since, to another address or as a copy.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn deliveries(
    client: &Client,
    only: Option<Standing>,
    number: u32,
) -> Result<(Vec<DeliveryStory>, u64), DatabaseError> {
    let uncertain = sweep(client).await?.len();
    let latest = "SELECT delivery_id::text, report, period, recipient, channel, status, error, claimed_at \
                  FROM ops.delivery d WHERE status = coalesce($1, status) \
                        AND NOT ($1 = 'failed' AND item <> '' AND EXISTS (SELECT FROM ops.delivery o \
                                 WHERE (o.report, o.period, o.item) = (d.report, d.period, d.item) AND o.status = 'sent')) \
                  ORDER BY claimed_at DESC, delivery_id LIMIT $2";
    let mut deliveries = Vec::new();
    for row in client.query(latest, &[&only.map(Standing::as_str), &i64::from(number)]).await? {
        deliveries.push(DeliveryStory {
            delivery: row.try_get(0)?,
            report: row.try_get(1)?,
            period: row.try_get(2)?,
            recipient: row.try_get(3)?,
            channel: row.try_get(4)?,
            status: row.try_get(5)?,
            error: row.try_get(6)?,
            claimed_at: row.try_get(7)?,
        });
    }
    Ok((deliveries, u64::try_from(uncertain).unwrap_or(u64::MAX)))
}

/// A delivery that is to be sent once more.
pub struct Original {
    /// The report.
    pub report: String,
    /// The period.
    pub period: String,
    /// Which letter of a report that makes several.
    pub item: String,
    /// The day that it speaks of.
    pub as_of: Date,
    /// Who it was for.
    pub recipient: Recipient,
    /// Its rows, where the report has `once_per`.
    pub row_keys: Vec<String>,
}

/// Looks a delivery up. None where the ledger has no such delivery.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn original(client: &Client, delivery_id: &str) -> Result<Option<Original>, DatabaseError> {
    if !is_delivery_id(delivery_id) {
        return Ok(None);
    }
    let original = "SELECT report, period, item, as_of, channel, recipient, \
                           ARRAY(SELECT row_key FROM ops.delivered_row r WHERE r.delivery_id = d.delivery_id ORDER BY row_key) \
                    FROM ops.delivery d WHERE delivery_id = $1::text::uuid";
    let Some(row) = client.query_opt(original, &[&delivery_id]).await? else { return Ok(None) };
    let channel = match row.try_get(4)? {
        "sms" => Channel::Sms,
        "chat" => Channel::Chat,
        _ => Channel::Email,
    };
    Ok(Some(Original {
        report: row.try_get(0)?,
        period: row.try_get(1)?,
        item: row.try_get(2)?,
        as_of: row.try_get(3)?,
        recipient: Recipient { channel, address: row.try_get(5)? },
        row_keys: row.try_get(6)?,
    }))
}
