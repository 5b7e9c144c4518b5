//! What collecting asks `ops.collection`.

use jiff::civil::Date;
use rounds_shared::database::DatabaseError;
use rounds_shared::payload::{CollectStatus, CollectStory, Request};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as Unknown, StrDeserializer};
use tokio_postgres::Client;

/// For how long a report that the vendor was asked for may run without anybody knowing: it gives reports up after 15 to
/// 20 minutes.
const DOUBT: &str = "requested_at > now() - interval '20 minutes'";

/// How far a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How far. Never [`CollectStatus::Loaded`], which is the pipeline's to tell.
    pub status: CollectStatus,
    /// The vendor's name for its run.
    pub identifier: Option<String>,
    /// Whether the vendor may be running it under a name that nobody was told.
    pub is_in_doubt: bool,
    /// Bucket and key of its file.
    pub place: Option<(String, String)>,
}

/// Takes the lock on talking to the vendor, unless somebody holds it. It is the session's: whoever is killed lets go.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn lock(client: &Client) -> Result<bool, DatabaseError> {
    let free = "SELECT pg_try_advisory_lock(hashtextextended('rounds collect', 0))";
    Ok(client.query_one(free, &[]).await?.try_get(0)?)
}

/// Lets go of the lock.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn unlock(client: &Client) -> Result<(), DatabaseError> {
    client.execute("SELECT pg_advisory_unlock(hashtextextended('rounds collect', 0))", &[]).await?;
    Ok(())
}

/// How far a request is; none if it was never made.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn standing(client: &Client, request: &Request) -> Result<Option<Standing>, DatabaseError> {
    let standing = format!(
        "SELECT status, identifier, in_doubt AND {DOUBT}, bucket, key FROM ops.collection \
         WHERE account = $1 AND report = $2 AND as_of = $3 AND again = $4"
    );
    let Request { account, report, as_of, again } = request;
    let Some(row) = client.query_opt(&standing, &[account, report, as_of, again]).await? else {
        return Ok(None);
    };
    let (bucket, key): (Option<String>, Option<String>) = (row.try_get(3)?, row.try_get(4)?);
    Ok(Some(Standing {
        status: status(row.try_get(0)?)?,
        identifier: row.try_get(1)?,
        is_in_doubt: row.try_get(2)?,
        place: bucket.zip(key),
    }))
}

fn status(text: &str) -> Result<CollectStatus, DatabaseError> {
    let text: StrDeserializer<'_, Unknown> = text.into_deserializer();
    CollectStatus::deserialize(text)
        .map_err(|_| DatabaseError::Driver("ops.collection has a status that is not known"))
}

/// Whether the vendor may be running another request under a name that nobody was told.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn is_another_in_doubt(client: &Client, request: &Request) -> Result<bool, DatabaseError> {
    let another = format!(
        "SELECT EXISTS (SELECT FROM ops.collection WHERE in_doubt AND {DOUBT} \
         AND (account, report, as_of, again) <> ($1, $2, $3, $4))"
    );
    let Request { account, report, as_of, again } = request;
    Ok(client.query_one(&another, &[account, report, as_of, again]).await?.try_get(0)?)
}

/// Whether a run is that of another request.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn is_anothers(
    client: &Client,
    request: &Request,
    identifier: &str,
) -> Result<bool, DatabaseError> {
    let another = "SELECT EXISTS (SELECT FROM ops.collection WHERE identifier = $5 \
                   AND (account, report, as_of, again) <> ($1, $2, $3, $4))";
    let Request { account, report, as_of, again } = request;
    Ok(client.query_one(another, &[account, report, as_of, again, &identifier]).await?.try_get(0)?)
}

/// Writes down, before the vendor is asked, that it is: until it was heard, the request is in doubt.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn claim(client: &Client, request: &Request) -> Result<(), DatabaseError> {
    let claim = "INSERT INTO ops.collection AS c (account, report, as_of, again, status, in_doubt) \
                 VALUES ($1, $2, $3, $4, 'requested', true) \
                 ON CONFLICT (account, report, as_of, again) DO UPDATE SET in_doubt = true, requested_at = now() \
                 WHERE c.status = 'requested'";
    write(client, claim, request).await
}

/// Takes a claim back: the vendor runs something else.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn take_back(client: &Client, request: &Request) -> Result<(), DatabaseError> {
    let unasked = "DELETE FROM ops.collection \
                   WHERE account = $1 AND report = $2 AND as_of = $3 AND again = $4 AND status = 'requested'";
    write(client, unasked, request).await
}

/// Writes down that the vendor was heard, and runs nothing.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn heard(client: &Client, request: &Request) -> Result<(), DatabaseError> {
    let heard = "UPDATE ops.collection SET in_doubt = false \
                 WHERE account = $1 AND report = $2 AND as_of = $3 AND again = $4";
    write(client, heard, request).await
}

async fn write(client: &Client, statement: &str, request: &Request) -> Result<(), DatabaseError> {
    let Request { account, report, as_of, again } = request;
    client.execute(statement, &[account, report, as_of, again]).await?;
    Ok(())
}

/// Writes down the run. A request that was given up meanwhile stays so; its run is known.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn running(client: &Client, request: &Request, identifier: &str) -> Result<(), DatabaseError> {
    let running = "UPDATE ops.collection SET identifier = $5, in_doubt = false, \
                          status = CASE status WHEN 'requested' THEN 'running' ELSE status END \
                   WHERE account = $1 AND report = $2 AND as_of = $3 AND again = $4 AND identifier IS NULL";
    let Request { account, report, as_of, again } = request;
    client.execute(running, &[account, report, as_of, again, &identifier]).await?;
    Ok(())
}

/// Counts an answer that the report is done, without it; how many there were.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn count_empty_answer(client: &Client, request: &Request) -> Result<i32, DatabaseError> {
    let count = "UPDATE ops.collection SET empty_answers = empty_answers + 1 \
                 WHERE account = $1 AND report = $2 AND as_of = $3 AND again = $4 RETURNING empty_answers";
    let Request { account, report, as_of, again } = request;
    Ok(client.query_one(count, &[account, report, as_of, again]).await?.try_get(0)?)
}

/// Writes down, before it is dropped, that the vendor has the report, and where it goes.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn ready(
    client: &Client,
    request: &Request,
    identifier: Option<&str>,
    (bucket, key): (&str, &str),
) -> Result<(), DatabaseError> {
    let ready = "UPDATE ops.collection \
                 SET status = 'ready', in_doubt = false, error = NULL, identifier = coalesce(identifier, $5), \
                     ready_at = coalesce(ready_at, now()), bucket = $6, key = $7 \
                 WHERE account = $1 AND report = $2 AND as_of = $3 AND again = $4 \
                       AND status NOT IN ('fetched', 'empty')";
    let Request { account, report, as_of, again } = request;
    client.execute(ready, &[account, report, as_of, again, &identifier, &bucket, &key]).await?;
    Ok(())
}

/// Writes down that the file is in the landing bucket, with or without rows.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn dropped(client: &Client, request: &Request, is_empty: bool) -> Result<(), DatabaseError> {
    let dropped = "UPDATE ops.collection \
                   SET status = CASE WHEN $5 THEN 'empty' ELSE 'fetched' END, fetched_at = now(), error = NULL \
                   WHERE account = $1 AND report = $2 AND as_of = $3 AND again = $4";
    let Request { account, report, as_of, again } = request;
    client.execute(dropped, &[account, report, as_of, again, &is_empty]).await?;
    Ok(())
}

/// Writes down that a request is given up. One that ended before stays as it ended.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn fail(client: &Client, request: &Request, error: &str) -> Result<(), DatabaseError> {
    let failed = "INSERT INTO ops.collection AS c (account, report, as_of, again, status, error) \
                  VALUES ($1, $2, $3, $4, 'failed', $5) \
                  ON CONFLICT (account, report, as_of, again) DO UPDATE SET status = 'failed', error = excluded.error \
                  WHERE c.status NOT IN ('fetched', 'empty', 'failed')";
    let Request { account, report, as_of, again } = request;
    client.execute(failed, &[account, report, as_of, again, &error]).await?;
    Ok(())
}

/// Requests of a day and wish, and those of earlier days whose runs are known and not fetched; the oldest first.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn begun(
    client: &Client,
    as_of: Date,
    again: &str,
) -> Result<Vec<(Request, CollectStatus)>, DatabaseError> {
    let begun = "SELECT account, report, as_of, again, status FROM ops.collection \
                 WHERE as_of = $1 AND again = $2 OR as_of < $1 AND status IN ('running', 'ready') \
                 ORDER BY as_of, requested_at, account, report";
    let rows = client.query(begun, &[&as_of, &again]).await?;
    rows.iter().map(|row| Ok((request(row)?, status(row.try_get(4)?)?))).collect()
}

/// What became of requests, the latest first: of a day, or of all.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn stories(
    client: &Client,
    as_of: Option<Date>,
    number: u32,
) -> Result<Vec<CollectStory>, DatabaseError> {
    let stories = "SELECT account, report, as_of, again, status, identifier, requested_at, ready_at, fetched_at, rows, \
                          error \
                   FROM ops.collected WHERE as_of = $1 OR $1 IS NULL \
                   ORDER BY as_of DESC, requested_at DESC, account, report LIMIT $2";
    let rows = client.query(stories, &[&as_of, &i64::from(number)]).await?;
    rows.iter()
        .map(|row| {
            let loaded: Option<i64> = row.try_get(9)?;
            Ok(CollectStory {
                request: request(row)?,
                status: status(row.try_get(4)?)?,
                identifier: row.try_get(5)?,
                requested_at: row.try_get(6)?,
                ready_at: row.try_get(7)?,
                fetched_at: row.try_get(8)?,
                rows: loaded.and_then(|loaded| u64::try_from(loaded).ok()),
                error: row.try_get(10)?,
            })
        })
        .collect()
}

fn request(row: &tokio_postgres::Row) -> Result<Request, DatabaseError> {
    Ok(Request {
        account: row.try_get(0)?,
        report: row.try_get(1)?,
        as_of: row.try_get(2)?,
        again: row.try_get(3)?,
    })
}
