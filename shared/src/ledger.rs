//! The ledger in PostgreSQL, schema `ops`: the truth about what was dropped, loaded and sent.
//!
//! Its tables are in `ledger.sql`. Here are the queries that more than one stage asks; every one may be asked any number
//! of times.

use jiff::Timestamp;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient, Row};

use crate::database::{Database, DatabaseError};
use crate::payload::{Drop, FileFacts, LoadRef, Mend, Part, SettledStatus};

/// The schema `ops`, as SQL that may run any number of times.
const LEDGER: &str = include_str!("ledger.sql");

/// How far a drop has come on the way to a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropStatus {
    /// It was looked at, and its parts are being transformed.
    Seen,
    /// It made at least one load.
    Loaded,
    /// Its content stood already.
    AlreadyLoaded,
    /// A newer drop had been loaded before.
    Overtaken,
    /// A batch of it waits for an operator.
    HeldBack,
    /// An operator decided against it.
    Discarded,
}

impl DropStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Loaded => "loaded",
            Self::AlreadyLoaded => "already_loaded",
            Self::Overtaken => "overtaken",
            Self::HeldBack => "held_back",
            Self::Discarded => "discarded",
        }
    }
}

/// A session with the ledger, which is made where it is not there yet.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn session(database: &Database) -> Result<Client, DatabaseError> {
    let mut client = database.connect().await?;
    ensure(&mut client).await?;
    Ok(client)
}

/// Creates the schema `ops` or brings it up to date. Where that was done before, this is one query.
///
/// A database that once had this version is left alone: the ledger only ever grows, so a newer one serves as well.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn ensure(client: &mut Client) -> Result<(), DatabaseError> {
    let version = crate::digest::sha256_hex(LEDGER.as_bytes());
    if has_version(client, &version).await? {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    lock(&transaction, "ledger").await?;
    if !has_version(&transaction, &version).await? {
        transaction.batch_execute(LEDGER).await?;
        let applied = "INSERT INTO ops.schema_change (subject, version) VALUES ('ledger', $1)";
        transaction.execute(applied, &[&version]).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn has_version<C: GenericClient>(client: &C, version: &str) -> Result<bool, DatabaseError> {
    // Asked of the catalog's tables: to_regclass may answer from a cache that is older than the lock.
    let exists =
        "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'ops' AND tablename = 'schema_change')";
    if !client.query_typed_one(exists, &[]).await?.get::<_, bool>(0) {
        return Ok(false);
    }
    let applied = "SELECT EXISTS (SELECT FROM ops.schema_change WHERE subject = 'ledger' AND version = $1)";
    Ok(client.query_typed_one(applied, &[(&version, Type::TEXT)]).await?.get(0))
}

/// Waits for the lock of this name, and holds it to the end of the transaction. A dataset's lock has its name; whoever
/// takes several takes them in sorted order.
///
/// # Errors
/// [`DatabaseError::Busy`] when the wait exceeds the connection's `lock_timeout`.
pub async fn lock<C: GenericClient>(transaction: &C, name: &str) -> Result<(), DatabaseError> {
    let wait = "SELECT pg_advisory_xact_lock(hashtextextended('rounds ' || $1, 0))";
    transaction.execute_typed(wait, &[(&name, Type::TEXT)]).await?;
    Ok(())
}

/// Writes down a drop, its file and how far it came. A drop that was loaded stays so whatever is run again, and an
/// error of an earlier run is cleared.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn record_drop<C: GenericClient>(
    client: &C,
    drop: &Drop,
    file: &FileFacts,
    status: DropStatus,
) -> Result<(), DatabaseError> {
    // In a bucket without versions a later drop of the same key takes over the row of the earlier one.
    let upsert = "
        INSERT INTO ops.drop AS d
            (bucket, key, version, dropped_at, sequencer, bytes, sha256, format, status, settled_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $9 <> 'seen' THEN now() END)
        ON CONFLICT (bucket, key, version) DO UPDATE
        SET dropped_at = excluded.dropped_at, sequencer = excluded.sequencer,
            bytes = excluded.bytes, sha256 = excluded.sha256, format = excluded.format,
            status = excluded.status, error = NULL, cause = NULL, settled_at = excluded.settled_at
        WHERE NOT (d.status = 'loaded' AND (d.version <> '' OR d.sequencer = excluded.sequencer))";
    let Drop { bucket, key, version, dropped_at, sequencer } = drop;
    let bytes = i64::try_from(file.bytes).unwrap_or(i64::MAX);
    let (format, status) = (file.format.as_str(), status.as_str());
    client
        .execute(
            upsert,
            &[bucket, key, version, dropped_at, sequencer, &bytes, &file.sha256, &format, &status],
        )
        .await?;
    Ok(())
}

/// Writes down as which batches a drop is read. Its row has to be there.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn record_reading<C: GenericClient>(
    client: &C,
    drop: &Drop,
    parts: &[Part],
) -> Result<(), DatabaseError> {
    let read = "
        INSERT INTO ops.reading (bucket, key, version, batch, dataset)
        SELECT DISTINCT $1, $2, $3, batch, dataset FROM unnest($4::text[], $5::text[]) AS part (batch, dataset)
        ON CONFLICT DO NOTHING";
    let Drop { bucket, key, version, .. } = drop;
    let batches: Vec<&str> = parts.iter().map(|part| part.batch.as_str()).collect();
    let datasets: Vec<&str> = parts.iter().map(|part| part.dataset.as_str()).collect();
    client.execute(read, &[bucket, key, version, &batches, &datasets]).await?;
    Ok(())
}

/// Writes down the entity tag that a drop's event told. Its row has to be there.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn record_etag<C: GenericClient>(client: &C, drop: &Drop, etag: &str) -> Result<(), DatabaseError> {
    // Where another content of the key was kept says nothing about this one.
    let tagged = "UPDATE ops.drop SET etag = $4, kept = CASE WHEN etag = $4 THEN kept END
                  WHERE bucket = $1 AND key = $2 AND version = $3";
    client.execute(tagged, &[&drop.bucket, &drop.key, &drop.version, &etag]).await?;
    Ok(())
}

/// Writes down how the drop of a mended workbook ended: as the file ended that was read with it.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn record_mend<C: GenericClient>(
    client: &C,
    mend: &Mend,
    status: DropStatus,
) -> Result<(), DatabaseError> {
    let upsert = "
        INSERT INTO ops.drop AS d (bucket, key, version, dropped_at, sequencer, sha256, status, settled_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, now())
        ON CONFLICT (bucket, key, version) DO UPDATE
        SET sha256 = excluded.sha256, status = excluded.status, error = NULL, cause = NULL, settled_at = now()
        WHERE d.status <> 'loaded' AND (d.version <> '' OR d.sequencer = excluded.sequencer)";
    let Drop { bucket, key, version, dropped_at, sequencer } = &mend.drop;
    let status = status.as_str();
    client.execute(upsert, &[bucket, key, version, dropped_at, sequencer, &mend.sha256, &status]).await?;
    Ok(())
}

/// How a drop that could not be loaded ended.
#[derive(Debug, Clone)]
pub struct Unloaded<'a> {
    /// Entity tag of its content.
    pub etag: &'a str,
    /// Size in bytes.
    pub bytes: u64,
    /// How it ended.
    pub status: SettledStatus,
    /// The error's name, `Class.Name`.
    pub error: &'a str,
    /// The error's sentence.
    pub cause: &'a str,
    /// Where the file is, `s3://…`; none where it is gone, or was not refused.
    pub kept: Option<String>,
}

/// Writes down how a drop that could not be loaded ended; answers where the file is kept, which may be since an earlier run.
/// A drop whose content was dealt with stays as it is: what failed then came after the load.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn settle<C: GenericClient>(
    client: &C,
    drop: &Drop,
    unloaded: Unloaded<'_>,
) -> Result<Option<String>, DatabaseError> {
    let upsert = "
        INSERT INTO ops.drop AS d
            (bucket, key, version, dropped_at, sequencer, etag, bytes, status, error, cause, kept, settled_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())
        ON CONFLICT (bucket, key, version) DO UPDATE
        SET dropped_at = excluded.dropped_at, sequencer = excluded.sequencer,
            etag = excluded.etag, bytes = excluded.bytes, status = excluded.status,
            error = excluded.error, cause = excluded.cause, settled_at = now(),
            kept = coalesce(excluded.kept, CASE WHEN d.etag = excluded.etag THEN d.kept END)
        WHERE NOT (
            d.status IN ('loaded', 'already_loaded', 'overtaken', 'held_back', 'discarded')
            AND (d.version <> '' OR (d.dropped_at, length(d.sequencer), d.sequencer)
                                    >= (excluded.dropped_at, length(excluded.sequencer), excluded.sequencer))
        )
        RETURNING kept";
    let Drop { bucket, key, version, dropped_at, sequencer } = drop;
    let Unloaded { etag, bytes, status, error, cause, kept } = unloaded;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let status = match status {
        SettledStatus::Quarantined => "quarantined",
        SettledStatus::Failed => "failed",
    };
    let written = client
        .query_opt(
            upsert,
            &[bucket, key, version, dropped_at, sequencer, &etag, &bytes, &status, &error, &cause, &kept],
        )
        .await?;
    Ok(written.map_or(kept, |row| row.get(0)))
}

/// The loads that make transforming this drop needless: for each batch the one that this very drop made, or the one
/// that stands in the dataset's table if it is of the same batch. Batches without such a load are left out.
///
/// A short cut, so it never waits: while a load of the dataset is under way, it is left out too. Where the batch stands,
/// it takes over the drop's place in the order of drops, as the load itself would do.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn loads_of(
    client: &mut Client,
    drop: &Drop,
    batches: &[String],
) -> Result<Vec<LoadRef>, DatabaseError> {
    let transaction = client.transaction().await?;
    let known = "SELECT dataset, batch, scope FROM ops.batch WHERE batch = ANY($1) ORDER BY dataset, batch";
    let mut loads = Vec::new();
    for row in transaction.query(known, &[&batches]).await? {
        let [dataset, batch, scope] = [0, 1, 2].map(|column| row.get::<_, String>(column));
        let free = "SELECT pg_try_advisory_xact_lock(hashtextextended('rounds ' || $1, 0))";
        if !transaction.query_one(free, &[&dataset]).await?.get::<_, bool>(0) {
            continue;
        }
        let standing = standing(&transaction, &dataset, &scope).await?;
        match standing.filter(|standing| standing.load.batch == batch) {
            Some(standing) => {
                confirm(&transaction, drop, standing.load.load).await?;
                loads.push(standing.load);
            }
            None => loads.extend(made_by(&transaction, drop, &dataset, &batch).await?),
        }
    }
    transaction.commit().await?;
    Ok(loads)
}

/// The load that a dataset's table holds, and its place in the order of drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The load.
    pub load: LoadRef,
    /// The bucket of its drop.
    pub bucket: String,
    /// The key of its drop.
    pub key: String,
    /// The version of its drop.
    pub version: String,
    /// When that content was last dropped.
    pub dropped_at: Timestamp,
    /// Orders drops of the same second.
    pub sequencer: String,
}

/// The latest load of a dataset's `scope`, which is empty unless [`crate::catalog::Dataset::scope`] says otherwise, in the
/// order of drops. To be asked under the dataset's lock.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn standing<C: GenericClient>(
    client: &C,
    dataset: &str,
    scope: &str,
) -> Result<Option<Standing>, DatabaseError> {
    let latest = "
        SELECT b.dataset, batch, load, bucket, key, version, dropped_at, sequencer
        FROM ops.load JOIN ops.batch b USING (batch) WHERE b.dataset = $1 AND b.scope = $2
        ORDER BY dropped_at DESC, length(sequencer) DESC, sequencer DESC, load DESC LIMIT 1";
    let row = client.query_opt(latest, &[&dataset, &scope]).await?;
    Ok(row.map(|row| Standing {
        load: load_ref(&row),
        bucket: row.get(3),
        key: row.get(4),
        version: row.get(5),
        dropped_at: row.get(6),
        sequencer: row.get(7),
    }))
}

/// The latest load that this drop, or a later one of the same content, made of this batch.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn made_by<C: GenericClient>(
    client: &C,
    drop: &Drop,
    dataset: &str,
    batch: &str,
) -> Result<Option<LoadRef>, DatabaseError> {
    // Without versions, only the sequencer tells two drops of one key apart.
    let made = "
        SELECT dataset, batch, load
        FROM ops.load
        WHERE dataset = $1 AND batch = $2
          AND (bucket = $3 AND key = $4 AND version = $5 AND (version <> '' OR sequencer = $6)
               OR (dropped_at, length(sequencer), sequencer) > ($7, length($6), $6 COLLATE \"C\"))
        ORDER BY load DESC LIMIT 1";
    let Drop { bucket, key, version, dropped_at, sequencer } = drop;
    let row =
        client.query_opt(made, &[&dataset, &batch, bucket, key, version, sequencer, dropped_at]).await?;
    Ok(row.map(|row| load_ref(&row)))
}

/// Gives a load the place of this drop in the order of drops, if that is later. To be asked under the dataset's lock,
/// for a drop of the content that stands.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn confirm<C: GenericClient>(client: &C, drop: &Drop, load: i64) -> Result<(), DatabaseError> {
    let later = "
        UPDATE ops.load SET dropped_at = $2, sequencer = $3
        WHERE load = $1 AND (dropped_at, length(sequencer), sequencer) < ($2, length($3), $3 COLLATE \"C\")";
    client.execute(later, &[&load, &drop.dropped_at, &drop.sequencer]).await?;
    Ok(())
}

/// Reads `ops.batch.mends`.
///
/// # Errors
/// [`DatabaseError::Driver`] where it is none of Rounds' making.
pub fn mends(json: &str) -> Result<Vec<Mend>, DatabaseError> {
    serde_json::from_str(json).map_err(|_| DatabaseError::Driver("ops.batch.mends is no list of mends"))
}

fn load_ref(row: &Row) -> LoadRef {
    LoadRef { dataset: row.get("dataset"), batch: row.get("batch"), load: row.get("load") }
}
