//! Event in, contract out.

use std::collections::BTreeSet;
use std::fs::File;
use std::ops::ControlFlow;

use jiff::civil::Date;
use rounds_shared::header::ROWS_SEARCHED;
use rounds_shared::ledger::{self, DropStatus};
use rounds_shared::payload::{
    Drop, FileFacts, Format, IngestRequest, IngestResponse, ObjectCreated, Part, SettledStatus,
};
use rounds_shared::storage::{Spool, StorageError};
use rounds_shared::tabular::{self, Limits, Unreadable};
use tracing::info;

use crate::context::Context;
use crate::error::Error;
use crate::recognise::{self, Look};

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
    }
}

async fn inspect(context: &Context, event: &ObjectCreated) -> Result<IngestResponse, Error> {
    if event.detail.object.key.ends_with('/') {
        return Ok(IngestResponse::Ignored { reason: "a folder marker, not a file".to_owned() });
    }
    let drop = locate(context, event).await?;
    let as_of = day_of(context, event);
    let spool = context.storage.spool(&drop, context.max_file_bytes).await?;
    let (file, parts) = look_at(context, &drop, spool).await?;

    let mut database = context.database.connect().await?;
    ledger::ensure(&mut database).await?;
    let batches: BTreeSet<&str> = parts.iter().map(|part| part.batch.as_str()).collect();
    let batches: Vec<String> = batches.into_iter().map(str::to_owned).collect();
    let loads = ledger::loads_of(&mut database, &drop, &batches).await?;
    let duplicate = loads.len() == batches.len();
    let status = if duplicate { DropStatus::AlreadyLoaded } else { DropStatus::Seen };
    ledger::record_drop(&database, &drop, &file, status).await?;
    info!(bytes = file.bytes, format = ?file.format, parts = parts.len(), duplicate, "inspected");
    Ok(if duplicate {
        IngestResponse::Duplicate { drop, as_of, loads }
    } else {
        IngestResponse::Accepted { drop, as_of, file, parts }
    })
}

/// A quarantined file is copied aside before the ledger says so: a person who reads the ledger finds the file.
async fn settle(
    context: &Context,
    event: &ObjectCreated,
    status: SettledStatus,
    error: &str,
    cause: &str,
) -> Result<IngestResponse, Error> {
    let object = &event.detail.object;
    // The object may be the very thing that is missing; the ledger row is written all the same.
    let drop = match locate(context, event).await {
        Ok(drop) => {
            if status == SettledStatus::Quarantined {
                let aside = format!("quarantine/{}/{}", object.etag, drop.file_name());
                context.storage.copy(&drop, &context.lake, &aside).await?;
            }
            drop
        }
        Err(Error::Storage(StorageError::Gone { .. })) => {
            drop_of(event, object.version_id.clone().unwrap_or_default())
        }
        Err(other) => return Err(other),
    };
    let mut database = context.database.connect().await?;
    ledger::ensure(&mut database).await?;
    ledger::settle(&database, &drop, None, object.size, status, error, cause).await?;
    info!(?status, error, "settled");
    Ok(IngestResponse::Settled)
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
fn day_of(context: &Context, event: &ObjectCreated) -> Date {
    event.time.to_zoned(context.time_zone.clone()).date()
}

/// Reads the beginnings of all sheets, off the async threads.
async fn look_at(context: &Context, drop: &Drop, spool: Spool) -> Result<(FileFacts, Vec<Part>), Error> {
    let limits = context.limits.clone();
    let key = drop.key.clone();
    let file_name = drop.file_name().to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let Spool { mut file, bytes, sha256 } = spool;
        let format = tabular::detect(&mut file)?;
        let looks = beginnings(&mut file, format, &limits)?;
        Ok((FileFacts { bytes, sha256, format }, looks))
    });
    let looked: Result<_, Unreadable> = reading.await.map_err(|_| Error::Interrupted)?;
    let (file, looks) = looked.map_err(|reason| Error::Unreadable { file: file_name, reason })?;
    let parts = recognise::parts(&context.catalog, &key, &file, &looks)?;
    Ok((file, parts))
}

fn beginnings(file: &mut File, format: Format, limits: &Limits) -> Result<Vec<Look>, Unreadable> {
    let mut looks = Vec::new();
    for sheet in tabular::sheets(file, format, limits)? {
        let mut rows = Vec::new();
        tabular::rows(file, format, sheet.as_deref(), limits, &mut |row| {
            rows.push(row.cells.iter().map(tabular::Cell::as_header).collect());
            if rows.len() < ROWS_SEARCHED { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        looks.push(Look { sheet, rows });
    }
    if looks.iter().all(|look| look.rows.is_empty()) { Err(Unreadable::Empty) } else { Ok(looks) }
}
