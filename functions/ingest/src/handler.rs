//! Event in, contract out.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use rounds_shared::catalog::Catalog;
use rounds_shared::fail_point;
use rounds_shared::ledger::{self, DropStatus, Unloaded};
use rounds_shared::payload::{
    Drop, FileFacts, IngestRequest, IngestResponse, Mend, ObjectCreated, Part, SettledStatus,
};
use rounds_shared::storage::{Spool, Storage, StorageError};
use rounds_shared::tabular::{Limits, Pieces};
use tokio_postgres::Client;
use tracing::info;

use crate::context::Context;
use crate::error::Error;
use crate::explain;
use crate::look::{self, Look, Seen};
use crate::mend::{self, Original, Unmendable};
use crate::parts::parts;
use crate::recognise::recognise;

/// Looks at a drop, or writes down how one ended.
///
/// # Errors
/// See [`Error`]; a `Rejected.*` name sends the drop to quarantine.
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, request: IngestRequest) -> Result<IngestResponse, Error> {
    match request {
        IngestRequest::Inspect { event } => inspect(context, &event).await,
        IngestRequest::Settle { event, status, error, cause } => {
            settle(context, &event, status, &error, &cause).await
        }
        IngestRequest::Explain { subject } => {
            let database = ledger::session(&context.database).await?;
            Ok(explain::explain(&database, &subject).await?)
        }
    }
}

async fn inspect(context: &Context, event: &ObjectCreated) -> Result<IngestResponse, Error> {
    if event.detail.object.key.ends_with('/') {
        return Ok(IngestResponse::Ignored { reason: "a folder marker, not a file".to_owned() });
    }
    let landed = locate(context, event).await?;
    let spool = context.storage.spool(&landed, context.max_file_bytes).await?;
    let looked = look_at(context, &landed, spool).await?;

    let mut database = ledger::session(&context.database).await?;
    let (drop, file, parts, workbook) = match looked {
        Looked::Table(file, parts) => (landed.clone(), file, parts, None),
        Looked::Mended(workbook, batch) => {
            let (drop, file, parts) = replay(context, &database, &landed, &workbook, &batch).await?;
            (drop, file, parts, Some(workbook))
        }
    };
    let as_of = day_of(context, &drop);
    let batches: BTreeSet<&str> = parts.iter().map(|part| part.batch.as_str()).collect();
    let batches: Vec<String> = batches.into_iter().map(str::to_owned).collect();
    let loads = ledger::loads_of(&mut database, &drop, &batches).await?;
    let duplicate = loads.len() == batches.len();
    let status = if duplicate { DropStatus::AlreadyLoaded } else { DropStatus::Seen };
    ledger::record_drop(&database, &landed, workbook.as_ref().unwrap_or(&file), status).await?;
    ledger::record_reading(&database, &drop, &parts).await?;
    ledger::record_etag(&database, &landed, &event.detail.object.etag).await?;
    fail_point("ingest.recorded");
    info!(bytes = file.bytes, format = ?file.format, parts = parts.len(), duplicate, "inspected");
    Ok(if duplicate {
        IngestResponse::Duplicate { drop, as_of, loads }
    } else {
        IngestResponse::Accepted { drop, as_of, file, parts }
    })
}

/// The file from which a batch was read whose rejects were mended: its drop, its facts with all that was mended in it,
/// and its parts as those of a new batch.
async fn replay(
    context: &Context,
    database: &Client,
    landed: &Drop,
    workbook: &FileFacts,
    batch: &str,
) -> Result<(Drop, FileFacts, Vec<Part>), Error> {
    let refused = |reason| Error::Unmendable { file: landed.file_name().to_owned(), reason };
    let original = mend::original(database, batch).await?;
    let Original { drop, sha256, dataset, mut mends } =
        original.ok_or_else(|| refused(Unmendable::UnknownBatch))?;
    let spool = match context.storage.spool(&drop, context.max_file_bytes).await {
        Err(StorageError::Gone { .. }) => return Err(refused(Unmendable::OriginalGone)),
        spool => spool?,
    };
    // Without versions, another file may have taken its key.
    if Some(&spool.sha256) != sha256.as_ref() {
        return Err(refused(Unmendable::OriginalGone));
    }
    let mend = Mend { drop: landed.clone(), sha256: workbook.sha256.clone() };
    match mends.iter_mut().find(|known| known.sha256 == mend.sha256) {
        // The same workbook again: it is this drop of it that the run has to bring to an end.
        Some(known) => *known = mend,
        None => mends.push(mend),
    }
    let Looked::Table(file, parts) = look_at(context, &drop, spool).await? else {
        return Err(refused(Unmendable::UnknownBatch));
    };
    let other = || refused(Unmendable::OtherDataset { dataset: dataset.clone() });
    let dataset = context.catalog.dataset(&dataset).ok_or_else(other)?;
    let (file, parts) = mend::replayed(dataset, &drop.key, file, parts, mends).map_err(refused)?;
    Ok((drop, file, parts))
}

async fn settle(
    context: &Context,
    event: &ObjectCreated,
    status: SettledStatus,
    error: &str,
    cause: &str,
) -> Result<IngestResponse, Error> {
    let object = &event.detail.object;
    let (drop, kept) = match set_aside(context, event, status).await {
        // The object may be the very thing that is missing; the ledger row is written all the same.
        Err(Error::Storage(StorageError::Gone { .. })) => {
            (drop_of(event, object.version_id.clone().unwrap_or_default()), None)
        }
        settled => settled?,
    };
    let database = ledger::session(&context.database).await?;
    let unloaded = Unloaded { etag: &object.etag, bytes: object.size, status, error, cause, kept };
    let kept = ledger::settle(&database, &drop, unloaded).await?;
    fail_point("ingest.settled");
    info!(?status, error, "settled");
    Ok(IngestResponse::Settled { kept })
}

/// A quarantined file is copied aside before the ledger says so: a person who reads the ledger finds the file. One that is
/// too large to be copied in one go stays where it was dropped. Answers where it is.
async fn set_aside(
    context: &Context,
    event: &ObjectCreated,
    status: SettledStatus,
) -> Result<(Drop, Option<String>), Error> {
    let drop = locate(context, event).await?;
    let object = &event.detail.object;
    let kept = match status {
        SettledStatus::Failed => None,
        SettledStatus::Quarantined if object.size > Storage::COPIED_BYTES => Some(drop.address()),
        SettledStatus::Quarantined => {
            let aside = drop.kept_aside(&object.etag);
            context.storage.copy(&drop, &context.lake, &aside).await?;
            fail_point("ingest.set_aside");
            Some(format!("s3://{}/{aside}", context.lake))
        }
    };
    Ok((drop, kept))
}

/// The drop that an event announces. Where the event does not say the version, the object is asked, on condition that
/// its content is still the one announced: an overwritten object has an event of its own.
async fn locate(context: &Context, event: &ObjectCreated) -> Result<Drop, Error> {
    let object = &event.detail.object;
    let version = match &object.version_id {
        Some(version) => version.clone(),
        None => context.storage.version(&event.detail.bucket.name, &object.key, &object.etag).await?,
    };
    Ok(drop_of(event, version))
}

fn drop_of(event: &ObjectCreated, version: String) -> Drop {
    Drop {
        bucket: event.detail.bucket.name.clone(),
        key: event.detail.object.key.clone(),
        version,
        dropped_at: event.time,
        sequencer: event.detail.object.sequencer.clone(),
    }
}

/// The day of the drop where the clinic is: no rule reads a clock.
fn day_of(context: &Context, drop: &Drop) -> Date {
    drop.dropped_at.to_zoned(context.time_zone.clone()).date()
}

/// What a file is.
enum Looked {
    /// A file of known datasets, and its parts.
    Table(FileFacts, Vec<Part>),
    /// A mended workbook, and the batch that its rows are of.
    Mended(FileFacts, String),
}

/// Reads a file off the async threads.
async fn look_at(context: &Context, drop: &Drop, spool: Spool) -> Result<Looked, Error> {
    let (catalog, limits, drop) = (Arc::clone(&context.catalog), context.limits.clone(), drop.clone());
    let reading = tokio::task::spawn_blocking(move || read(&catalog, &limits, &drop, spool));
    reading.await.map_err(|_| Error::Interrupted)?
}

fn read(catalog: &Catalog, limits: &Limits, drop: &Drop, spool: Spool) -> Result<Looked, Error> {
    let Spool { mut file, bytes, sha256, etag } = spool;
    let Seen { format, looks, mut ignored } = look::look_at(&mut file, bytes, drop.file_name(), limits)?;
    let mut facts = FileFacts { bytes, sha256, format, ignored: Vec::new(), mends: Vec::new() };
    let is_mended = |look: &Look| {
        look.member.is_none() && look.rows.first().is_some_and(|row| mend::is_header(row.texts()))
    };
    let unmendable = |reason| Error::Unmendable { file: drop.file_name().to_owned(), reason };
    if looks.iter().any(is_mended) {
        let batch = mend::batch(&mut file, format, limits).map_err(unmendable)?;
        return Ok(Looked::Mended(facts, batch));
    }
    // Read as a table of its own, it would take the place of the table whose rejects it holds.
    if looks.iter().flat_map(|look| &look.rows).any(|row| mend::is_like_header(row.texts())) {
        return Err(unmendable(Unmendable::Moved));
    }
    let recognised = recognise(catalog, &drop.key, &looks)?;
    ignored.extend(recognised.ignored);
    ignored.truncate(FileFacts::IGNORED);
    facts.ignored = ignored;
    let origin = (&facts, etag.as_str(), drop.key.as_str());
    let parts = parts(&mut file, origin, &recognised.tables, limits, Pieces::default())?;
    Ok(Looked::Table(facts, parts))
}
