//! What SES tells of a mail after it took it: the truth about deliveries, and which addresses take none.
//!
//! Events come late, twice and out of order. So each changes a delivery only from the statuses that it adds something to,
//! and what it changes, it changes once: a suppression that an operator deleted is not written again by an echo.
//!
//! | event | changes | to | and |
//! |---|---|---|---|
//! | Send, Delivery | `claimed`, `uncertain`, lost by an operator's word | `sent` | |
//! | Reject | the same, `sent` | `failed` | |
//! | Bounce (Permanent) | the same, `sent` | `bounced` | the address is suppressed |
//! | Complaint | the same, `sent`, `bounced` | `complained` | the address is suppressed |
//! | others | nothing | | |

use rounds_shared::database::DatabaseError;
use rounds_shared::payload::{MailEvent, MailEventDetail, is_delivery_id};
use tokio_postgres::Client;

/// The source of SES's events.
const SOURCE: &str = "aws.ses";

/// What an event makes of a delivery.
struct News {
    status: &'static str,
    /// Statuses that know less.
    from: &'static [&'static str],
    error: Option<&'static str>,
    suppresses: bool,
}

/// Writes down what an event tells; whether that changed anything. An event of a mail that the ledger does not know, such
/// as an attempt that failed and has given way to another, changes nothing.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn hear(client: &Client, event: &MailEvent) -> Result<bool, DatabaseError> {
    let MailEventDetail { mail, .. } = &event.detail;
    let delivery_id = mail.tags.get("delivery").and_then(|ids| ids.first()).filter(|id| is_delivery_id(id));
    let (Some(delivery_id), true) = (delivery_id, event.source == SOURCE) else {
        tracing::info!(ignored = 1, "an event that is of no mail of Rounds'");
        return Ok(false);
    };
    let Some(News { status, from, error, suppresses }) = news(&event.detail) else { return Ok(false) };
    // A delivery that counts as failed and has an id of SES was rejected by SES, which is final; without one, it was an
    // operator who called it lost, or a refusal, of which there are no events.
    let update = "
        WITH changed AS (
            UPDATE ops.delivery SET status = $2, provider_message_id = $3, error = $4, settled_at = now()
            WHERE delivery_id = $1::text::uuid
                  AND (status = ANY ($5) OR status = 'failed' AND provider_message_id IS NULL)
            RETURNING recipient
        ), suppressed AS (
            INSERT INTO ops.suppression (address, reason) SELECT recipient, $2 FROM changed WHERE $6
            ON CONFLICT (address) DO NOTHING
        )
        SELECT count(*) FROM changed";
    let changed = client
        .query_one(update, &[&delivery_id, &status, &mail.message_id, &error, &from, &suppresses])
        .await?
        .try_get::<_, i64>(0)?;
    tracing::info!(delivery_id, status, changed, ignored = 1 - changed, "heard of a mail");
    Ok(changed > 0)
}

fn news(detail: &MailEventDetail) -> Option<News> {
    let is_permanent = detail.bounce.as_ref().is_some_and(|bounce| bounce.bounce_type == "Permanent");
    match detail.event_type.as_str() {
        "Send" | "Delivery" => {
            Some(News { status: "sent", from: &["claimed", "uncertain"], error: None, suppresses: false })
        }
        "Reject" => Some(News {
            status: "failed",
            from: &["claimed", "uncertain", "sent"],
            error: Some("SES took it, and then rejected it"),
            suppresses: false,
        }),
        "Bounce" if is_permanent => Some(News {
            status: "bounced",
            from: &["claimed", "uncertain", "sent"],
            error: Some("it bounced; the address is suppressed"),
            suppresses: true,
        }),
        "Complaint" => Some(News {
            status: "complained",
            from: &["claimed", "uncertain", "sent", "bounced"],
            error: Some("its recipient complained; the address is suppressed"),
            suppresses: true,
        }),
        _ => None,
    }
}
