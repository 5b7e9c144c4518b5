//! Looking whether the vendor has a report, and dropping it.

use rounds_shared::payload::{CollectResponse, CollectStatus};
use tokio_postgres::Client;

use crate::answer::{Says, Unclear};
use crate::context::Context;
use crate::error::Error;
use crate::landing;
use crate::ledger;
use crate::task::Task;
use crate::vendor::VendorError;

/// After so many answers without it a report is empty.
const EMPTY_ANSWERS: i32 = 3;

/// Looks whether the report is there, and drops it into the landing bucket. The lock on talking to the vendor must be
/// held.
///
/// # Errors
/// [`Error::NotAsked`], [`Error::GivenUp`], [`Error::Overtaken`], [`Error::Vendor`], [`Error::Database`], [`Error::Storage`].
pub async fn fetch(context: &Context, client: &Client, task: &Task<'_>) -> Result<CollectResponse, Error> {
    let standing = ledger::standing(client, task.request).await?;
    if let Some(end) = landing::end(context, client, task, standing.as_ref()).await? {
        return Ok(end);
    }
    let standing = standing.ok_or_else(|| Error::not_asked(task.request))?;
    let identifier = standing.identifier.ok_or_else(|| Error::not_asked(task.request))?;
    let results = task.vendor.results(task, &identifier).await;
    let answer = results.map_err(|error| Error::vendor(task.request, error))?;
    let is_of_another = answer.identifier.is_some_and(|told| told != identifier);
    // What the vendor had once is not called empty later: its rows would go.
    let was_ready = standing.status == CollectStatus::Ready;
    match (answer.says, answer.data) {
        (Says::Running | Says::StillRunning, _) => Ok(CollectResponse::Running),
        _ if is_of_another => Err(Error::vendor(task.request, VendorError::Unclear(Unclear::AnothersRun))),
        (Says::Done | Says::NoRecords, Some(data)) => {
            landing::drop_report(context, client, task, &identifier, &data).await
        }
        (Says::NoRecords, _) if !was_ready => {
            landing::drop_empty(context, client, task, Some(&identifier)).await
        }
        // The vendor may say that it is done before it has the report at hand.
        (Says::Done, None)
            if !was_ready && ledger::count_empty_answer(client, task.request).await? >= EMPTY_ANSWERS =>
        {
            landing::drop_empty(context, client, task, Some(&identifier)).await
        }
        _ => Ok(CollectResponse::Running),
    }
}
