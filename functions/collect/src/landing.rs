//! How a request ends: its file is in the landing bucket.
//!
//! Where the file goes is written down before it is put, and that it is there after. A file that is there already is the
//! one: its key names the run.

use rounds_shared::fail_point;
use rounds_shared::payload::{CollectResponse, CollectStatus};
use rounds_shared::storage::StorageError;
use tokio_postgres::Client;

use crate::answer::Data;
use crate::context::Context;
use crate::error::Error;
use crate::file;
use crate::ledger::{self, Standing};
use crate::task::Task;
use crate::vendor::VendorError;

/// How a request ended, if it has; one whose end needs nothing of the vendor is brought to it.
///
/// # Errors
/// [`Error::GivenUp`], [`Error::Overtaken`], [`Error::Database`], [`Error::Storage`].
pub async fn end(
    context: &Context,
    client: &Client,
    task: &Task<'_>,
    standing: Option<&Standing>,
) -> Result<Option<CollectResponse>, Error> {
    let Some(standing) = standing else {
        return refuse_overtaken(client, task).await.map(|()| None);
    };
    match (standing.status, &standing.place) {
        (CollectStatus::Failed, _) => Err(Error::given_up(task.request)),
        (CollectStatus::Fetched | CollectStatus::Loaded, Some((_, key))) => {
            Ok(Some(CollectResponse::Dropped { key: key.clone() }))
        }
        (CollectStatus::Empty, Some((_, key))) => Ok(Some(CollectResponse::Empty { key: key.clone() })),
        (CollectStatus::Ready, Some((bucket, key))) if is_there(context, bucket, key).await? => {
            Ok(Some(dropped(client, task, key).await?))
        }
        (CollectStatus::Ready, Some((bucket, key))) if file::is_empty_key(key) => {
            refuse_overtaken(client, task).await?;
            Ok(Some(put_empty(context, client, task, bucket, key).await?))
        }
        _ => refuse_overtaken(client, task).await.map(|()| None),
    }
}

/// Writes down that the file is there.
async fn dropped(client: &Client, task: &Task<'_>, key: &str) -> Result<CollectResponse, Error> {
    let (is_empty, key) = (file::is_empty_key(key), key.to_owned());
    ledger::dropped(client, task.request, is_empty).await?;
    Ok(if is_empty { CollectResponse::Empty { key } } else { CollectResponse::Dropped { key } })
}

/// Rows of an older run never take the place of newer ones.
async fn refuse_overtaken(client: &Client, task: &Task<'_>) -> Result<(), Error> {
    if !ledger::is_overtaken(client, task.request).await? {
        return Ok(());
    }
    let error = Error::overtaken(task.request);
    ledger::fail(client, task.request, &error.to_string()).await?;
    Err(error)
}

async fn is_there(context: &Context, bucket: &str, key: &str) -> Result<bool, StorageError> {
    match context.storage.version(bucket, key, "").await {
        Ok(_) => Ok(true),
        Err(StorageError::Gone { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Drops a report as the vendor made it.
///
/// # Errors
/// [`Error::Vendor`] where it is not in base64, [`Error::Database`], [`Error::Storage`].
pub async fn drop_report(
    context: &Context,
    client: &Client,
    task: &Task<'_>,
    identifier: &str,
    data: &Data,
) -> Result<CollectResponse, Error> {
    let key = file::key(task.dataset, task.request, identifier);
    // Before it is decoded: what the vendor had is not called empty later, even if it cannot be read today.
    ledger::ready(client, task.request, Some(identifier), (&context.landing, &key)).await?;
    let report =
        data.decode().map_err(|unclear| Error::vendor(task.request, VendorError::Unclear(unclear)))?;
    fail_point("collect.ready");
    context.storage.put_new(&context.landing, &key, report, "application/zip").await?;
    fail_point("collect.put");
    dropped(client, task, &key).await
}

/// Drops a file that says that the report has no rows, so that those of the account go.
///
/// # Errors
/// [`Error::Database`], [`Error::Storage`].
pub async fn drop_empty(
    context: &Context,
    client: &Client,
    task: &Task<'_>,
    identifier: Option<&str>,
) -> Result<CollectResponse, Error> {
    let key = file::empty_key(task.dataset, task.request, identifier);
    ledger::ready(client, task.request, identifier, (&context.landing, &key)).await?;
    put_empty(context, client, task, &context.landing, &key).await
}

async fn put_empty(
    context: &Context,
    client: &Client,
    task: &Task<'_>,
    bucket: &str,
    key: &str,
) -> Result<CollectResponse, Error> {
    context.storage.put_new(bucket, key, file::empty(task.dataset), "text/csv").await?;
    dropped(client, task, key).await
}
