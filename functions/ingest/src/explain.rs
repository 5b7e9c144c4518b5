//! What became of a batch or a drop, told from the ledger.

use rounds_shared::database::DatabaseError;
use rounds_shared::ledger;
use rounds_shared::payload::{
    BatchCounts, BatchStatus, BatchStory, Drop, DropStory, Finding, Format, IngestResponse, LoadStory,
    Severity, Story,
};
use tokio_postgres::{Client, Row};

/// How many of the batches that begin alike are named.
const CANDIDATES: i64 = 10;

/// Tells the story of `subject`: the key of a drop, of which the latest version is meant, a batch, or the beginning of
/// one. A key that is known goes before a batch.
///
/// # Errors
/// See [`DatabaseError`]. A subject that is unknown or ambiguous is an answer, not an error.
pub async fn explain(client: &Client, subject: &str) -> Result<IngestResponse, DatabaseError> {
    let dropped = "SELECT * FROM ops.drop WHERE key = $1
                   ORDER BY dropped_at DESC, length(sequencer) DESC, sequencer DESC LIMIT 1";
    if let Some(row) = client.query_opt(dropped, &[&subject]).await? {
        return Ok(IngestResponse::Explained { story: of_drop(client, drop_story(&row)).await? });
    }
    let begins =
        "SELECT batch FROM ops.batch WHERE $1 <> '' AND starts_with(batch, $1) ORDER BY batch LIMIT $2";
    let rows = client.query(begins, &[&subject.to_lowercase(), &CANDIDATES]).await?;
    let mut batches: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(match (batches.pop(), batches.is_empty()) {
        (None, _) => IngestResponse::Unknown,
        (Some(batch), true) => IngestResponse::Explained { story: of_batch(client, &batch).await? },
        (Some(last), false) => {
            batches.push(last);
            IngestResponse::Ambiguous { batches }
        }
    })
}

/// A drop, and the batches that it was read as or that it mended.
async fn of_drop(client: &Client, drop: DropStory) -> Result<Story, DatabaseError> {
    let Drop { bucket, key, version, .. } = &drop.drop;
    let brought = "
        SELECT batch FROM ops.batch
        WHERE batch IN (SELECT batch FROM ops.reading WHERE bucket = $1 AND key = $2 AND version = $3)
           OR mends @> jsonb_build_array(jsonb_build_object(
                  'drop', jsonb_build_object('bucket', $1::text, 'key', $2::text, 'version', $3::text)))
        ORDER BY settled_at, batch";
    let mut batches = Vec::new();
    for row in client.query(brought, &[bucket, key, version]).await? {
        batches.push(batch_story(client, row.get(0)).await?);
    }
    Ok(Story { drops: vec![drop], batches })
}

/// A batch, and the drops that brought it.
async fn of_batch(client: &Client, batch: &str) -> Result<Story, DatabaseError> {
    let brought = "
        SELECT d.* FROM ops.drop d JOIN ops.reading USING (bucket, key, version) WHERE batch = $1
        ORDER BY d.dropped_at DESC, length(d.sequencer) DESC, d.sequencer DESC";
    let drops = client.query(brought, &[&batch]).await?;
    Ok(Story {
        drops: drops.iter().map(drop_story).collect(),
        batches: vec![batch_story(client, batch).await?],
    })
}

async fn batch_story(client: &Client, batch: &str) -> Result<BatchStory, DatabaseError> {
    let known = "SELECT *, mends::text AS mended FROM ops.batch WHERE batch = $1";
    let row = client.query_one(known, &[&batch]).await?;
    let dataset: String = row.get("dataset");
    let latest = ledger::standing(client, &dataset, row.get("scope")).await?;
    Ok(BatchStory {
        batch: row.get("batch"),
        contract: row.get("contract"),
        status: status(row.get("status")),
        counts: counts(&row),
        replay_of: row.get("replay_of"),
        replays: replays(client, batch).await?,
        mends: ledger::mends(row.get("mended"))?,
        settled_at: row.get("settled_at"),
        decided_at: row.get("decided_at"),
        loads: loads(client, batch).await?,
        latest: latest.map(|standing| standing.load),
        findings: findings(client, batch).await?,
        dataset,
    })
}

async fn replays(client: &Client, batch: &str) -> Result<Vec<String>, DatabaseError> {
    let replays = "SELECT batch FROM ops.batch WHERE replay_of = $1 ORDER BY settled_at, batch";
    Ok(client.query(replays, &[&batch]).await?.iter().map(|row| row.get(0)).collect())
}

async fn loads(client: &Client, batch: &str) -> Result<Vec<LoadStory>, DatabaseError> {
    let loads = "SELECT load, loaded_at FROM ops.load WHERE batch = $1 ORDER BY load";
    let rows = client.query(loads, &[&batch]).await?;
    Ok(rows.iter().map(|row| LoadStory { load: row.get(0), loaded_at: row.get(1) }).collect())
}

async fn findings(client: &Client, batch: &str) -> Result<Vec<Finding>, DatabaseError> {
    let noticed = "
        SELECT sheet, rule, column_name, severity, count, at FROM ops.finding WHERE batch = $1
        ORDER BY sheet NULLS FIRST, array_position(ARRAY['reject', 'warn', 'info'], severity), count DESC, rule,
                 at, column_name";
    let rows = client.query(noticed, &[&batch]).await?;
    let finding = |row: &Row| Finding {
        sheet: row.get("sheet"),
        rule: row.get("rule"),
        column: row.get("column_name"),
        severity: Severity::of(row.get("severity")),
        count: unsigned(row.get("count")),
        at: row.get::<_, Vec<i64>>("at").into_iter().map(unsigned).collect(),
    };
    Ok(rows.iter().map(finding).collect())
}

fn drop_story(row: &Row) -> DropStory {
    let format = row.get::<_, Option<&str>>("format");
    DropStory {
        drop: drop_of(row),
        etag: row.get("etag"),
        bytes: row.get::<_, Option<i64>>("bytes").map(unsigned),
        format: format.and_then(|word| Format::ALL.into_iter().find(|format| format.as_str() == word)),
        status: row.get("status"),
        error: row.get("error"),
        cause: row.get("cause"),
        kept: row.get("kept"),
    }
}

/// The drop of a row of `ops.drop`.
pub(crate) fn drop_of(row: &Row) -> Drop {
    Drop {
        bucket: row.get("bucket"),
        key: row.get("key"),
        version: row.get("version"),
        dropped_at: row.get("dropped_at"),
        sequencer: row.get("sequencer"),
    }
}

fn counts(row: &Row) -> BatchCounts {
    let count = |name: &str| unsigned(row.get(name));
    BatchCounts {
        read: count("read"),
        loaded: count("loaded"),
        rejected: count("rejected"),
        superseded: count("superseded"),
        held: count("held"),
    }
}

/// A count that a CHECK keeps from being negative.
fn unsigned(count: i64) -> u64 {
    count.unsigned_abs()
}

/// The word is one of four, by a CHECK.
fn status(word: &str) -> BatchStatus {
    match word {
        "loaded" => BatchStatus::Loaded,
        "held_back" => BatchStatus::HeldBack,
        "discarded" => BatchStatus::Discarded,
        _ => BatchStatus::Overtaken,
    }
}
