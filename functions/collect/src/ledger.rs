//! What collecting asks `ops.collection`.

use jiff::civil::Date;
use rounds_shared::database::DatabaseError;
use rounds_shared::payload::{CollectStatus, CollectStory, Request};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as Unknown, StrDeserializer};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use crate::plan::History;

/// The row of a request, whose parts are the first parameters.
const ITS: &str = "(account, report, as_of, again) = ($1, $2, $3, $4)";
/// For how long a report that the vendor was asked for may run without anybody knowing. The vendor gives reports up after
/// 20 minutes, and may begin two minutes after the row was written: an answer takes up to a minute, twice where the
/// secret is read anew.
const DOUBT: &str = "requested_at > now() - interval '25 minutes'";
/// What the lock on talking to the vendor is taken on.
const LOCK: &str = "hashtextextended('rounds collect', 0)";

/// How far a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How far. Never [`CollectStatus::Loaded`], which is the pipeline's to tell.
    pub status: CollectStatus,
    /// The vendor's name for its run.
    pub identifier: Option<String>,
    /// Whether the vendor may be running it under a name that nobody was told.
    pub is_in_doubt: bool,
    /// How often in a row the vendor, asked to run it, failed or could not be understood.
    pub unclear_answers: i32,
    /// Bucket and key of its file.
    pub place: Option<(String, String)>,
}

/// Takes the lock on talking to the vendor, unless somebody holds it. It is the session's: whoever is killed lets go.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn lock(client: &Client) -> Result<bool, DatabaseError> {
    let free = format!("SELECT pg_try_advisory_lock({LOCK})");
    Ok(client.query_one(&free, &[]).await?.try_get(0)?)
}

/// Lets go of the lock.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn unlock(client: &Client) -> Result<(), DatabaseError> {
    client.execute(&format!("SELECT pg_advisory_unlock({LOCK})"), &[]).await?;
    Ok(())
}

/// How far a request is; none if it was never made.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn standing(client: &Client, request: &Request) -> Result<Option<Standing>, DatabaseError> {
    let standing = format!(
        "SELECT status, identifier, in_doubt AND {DOUBT}, bucket, key, unclear_answers FROM ops.collection WHERE {ITS}"
    );
    let Some(row) = client.query_opt(&standing, &parameters(request, &[])).await? else { return Ok(None) };
    let (bucket, key): (Option<String>, Option<String>) = (row.try_get(3)?, row.try_get(4)?);
    Ok(Some(Standing {
        status: status(row.try_get(0)?)?,
        identifier: row.try_get(1)?,
        is_in_doubt: row.try_get(2)?,
        unclear_answers: row.try_get(5)?,
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
    let another =
        format!("SELECT EXISTS (SELECT FROM ops.collection WHERE in_doubt AND {DOUBT} AND NOT {ITS})");
    Ok(client.query_one(&another, &parameters(request, &[])).await?.try_get(0)?)
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
    let another = format!("SELECT EXISTS (SELECT FROM ops.collection WHERE identifier = $5 AND NOT {ITS})");
    Ok(client.query_one(&another, &parameters(request, &[&identifier])).await?.try_get(0)?)
}

/// Whether a later request of the same account and report was collected: of a later day, or of the same one, asked for
/// after the run of this one.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn is_overtaken(client: &Client, request: &Request) -> Result<bool, DatabaseError> {
    let later = format!(
        "SELECT EXISTS (SELECT FROM ops.collection \
         WHERE account = $1 AND report = $2 AND status IN ('fetched', 'empty') AND (as_of > $3 OR as_of = $3 \
               AND requested_at > (SELECT requested_at FROM ops.collection \
                                   WHERE {ITS} AND status IN ('running', 'ready'))))"
    );
    Ok(client.query_one(&later, &parameters(request, &[])).await?.try_get(0)?)
}

/// Writes down, before the vendor is asked, that it is: until it was heard, the request is in doubt.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn claim(client: &Client, request: &Request) -> Result<(), DatabaseError> {
    let claim = "INSERT INTO ops.collection AS c (account, report, as_of, again, status, in_doubt) \
                 VALUES ($1, $2, $3, $4, 'requested', true) \
                 ON CONFLICT (account, report, as_of, again) DO UPDATE SET in_doubt = true, unclear_answers = 0, requested_at = now() \
                 WHERE c.status = 'requested'";
    write(client, claim, request, &[]).await
}

/// Takes a claim back: the vendor runs something else.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn take_back(client: &Client, request: &Request) -> Result<(), DatabaseError> {
    let unasked = format!("DELETE FROM ops.collection WHERE {ITS} AND status = 'requested'");
    write(client, &unasked, request, &[]).await
}

/// Writes down that the vendor was heard, and runs nothing.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn heard(client: &Client, request: &Request) -> Result<(), DatabaseError> {
    let heard = format!("UPDATE ops.collection SET in_doubt = false WHERE {ITS}");
    write(client, &heard, request, &[]).await
}

/// Writes down that the vendor failed or could not be understood, so often in a row. It may have begun the report all the
/// same the first time; but then it says so the second time.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn unclear(client: &Client, request: &Request, answers: i32) -> Result<(), DatabaseError> {
    let unclear = format!("UPDATE ops.collection SET unclear_answers = $5, in_doubt = $5 < 2 WHERE {ITS}");
    write(client, &unclear, request, &[&answers]).await
}

async fn write(
    client: &Client,
    statement: &str,
    request: &Request,
    further: &[&(dyn ToSql + Sync)],
) -> Result<(), DatabaseError> {
    client.execute(statement, &parameters(request, further)).await?;
    Ok(())
}

/// The parts of a request, and what else a statement needs.
fn parameters<'a>(request: &'a Request, further: &[&'a (dyn ToSql + Sync)]) -> Vec<&'a (dyn ToSql + Sync)> {
    let Request { account, report, as_of, again } = request;
    let its: [&(dyn ToSql + Sync); 4] = [account, report, as_of, again];
    [&its, further].concat()
}

/// Writes down the run. A request that was given up meanwhile stays so; its run is known.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn running(client: &Client, request: &Request, identifier: &str) -> Result<(), DatabaseError> {
    let running = format!(
        "UPDATE ops.collection SET identifier = $5, in_doubt = false, \
                status = CASE status WHEN 'requested' THEN 'running' ELSE status END \
         WHERE {ITS} AND identifier IS NULL"
    );
    write(client, &running, request, &[&identifier]).await
}

/// Counts an answer that the report is done, without it; how many there were.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn count_empty_answer(client: &Client, request: &Request) -> Result<i32, DatabaseError> {
    let count = format!(
        "UPDATE ops.collection SET empty_answers = empty_answers + 1 WHERE {ITS} RETURNING empty_answers"
    );
    Ok(client.query_one(&count, &parameters(request, &[])).await?.try_get(0)?)
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
    let ready = format!(
        "UPDATE ops.collection \
         SET status = 'ready', in_doubt = false, error = NULL, identifier = coalesce(identifier, $5), \
             ready_at = coalesce(ready_at, now()), bucket = $6, key = $7 \
         WHERE {ITS} AND status NOT IN ('fetched', 'empty')"
    );
    write(client, &ready, request, &[&identifier, &bucket, &key]).await
}

/// Writes down that the file is in the landing bucket, with or without rows.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn dropped(client: &Client, request: &Request, is_empty: bool) -> Result<(), DatabaseError> {
    let dropped = format!(
        "UPDATE ops.collection \
         SET status = CASE WHEN $5 THEN 'empty' ELSE 'fetched' END, fetched_at = now(), error = NULL WHERE {ITS}"
    );
    write(client, &dropped, request, &[&is_empty]).await
}

/// Writes down that a request is given up. One that ended before stays as it ended, and one that the vendor was not asked
/// for stays unasked.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn fail(client: &Client, request: &Request, error: &str) -> Result<(), DatabaseError> {
    let failed = format!(
        "UPDATE ops.collection SET status = 'failed', error = $5 \
         WHERE {ITS} AND status NOT IN ('fetched', 'empty', 'failed')"
    );
    write(client, &failed, request, &[&error]).await
}

/// What a plan for the day has to know, down to what the pipeline made of the files. Requests of earlier days that have not
/// ended are among it. What a later request was collected in place of counts as done.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn history(client: &Client, as_of: Date) -> Result<History, DatabaseError> {
    let requests = "SELECT account, report, as_of, again, CASE WHEN is_overtaken THEN 'loaded' ELSE status END \
                    FROM ops.collected \
                    WHERE as_of = $1 OR as_of < $1 AND status IN ('requested', 'running', 'ready') \
                    ORDER BY as_of, requested_at, account, report";
    let requests = client.query(requests, &[&as_of]).await?;
    let asked =
        "SELECT account, report, max(as_of) FROM ops.collection WHERE as_of <= $1 GROUP BY account, report";
    let asked = client.query(asked, &[&as_of]).await?;
    Ok(History {
        requests: requests
            .iter()
            .map(|row| Ok((request(row)?, status(row.try_get(4)?)?)))
            .collect::<Result<_, DatabaseError>>()?,
        asked: asked
            .iter()
            .map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?)))
            .collect::<Result<_, DatabaseError>>()?,
    })
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

fn request(row: &Row) -> Result<Request, DatabaseError> {
    Ok(Request {
        account: row.try_get(0)?,
        report: row.try_get(1)?,
        as_of: row.try_get(2)?,
        again: row.try_get(3)?,
    })
}
