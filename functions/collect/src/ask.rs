//! Having the vendor run a report, once.
//!
//! The vendor runs one report at a time, and whoever asks meanwhile is told the identifier of that run. So an identifier
//! is held against all that are known; and while the vendor may be running a request whose answer was lost, no other is
//! made, because the identifier that it would be told could be that one's: another account's report under this account.

use rounds_shared::payload::CollectResponse;
use tokio_postgres::Client;

use crate::answer::{Answer, Says};
use crate::context::Context;
use crate::error::Error;
use crate::landing;
use crate::ledger;
use crate::task::Task;
use crate::vendor::Doubt;

/// Has the vendor run a report, unless it was asked before. The lock on talking to it must be held.
///
/// # Errors
/// [`Error::GivenUp`], [`Error::Overtaken`], [`Error::Vendor`], [`Error::Database`], [`Error::Storage`].
pub async fn ask(context: &Context, client: &Client, task: &Task<'_>) -> Result<CollectResponse, Error> {
    let standing = ledger::standing(client, task.request).await?;
    if let Some(end) = landing::end(context, client, task, standing.as_ref()).await? {
        return Ok(end);
    }
    if standing.as_ref().is_some_and(|standing| standing.identifier.is_some()) {
        return Ok(CollectResponse::Running);
    }
    if ledger::is_another_in_doubt(client, task.request).await? {
        return Ok(CollectResponse::Busy);
    }
    let (was_in_doubt, unclear) =
        standing.map_or((false, 0), |standing| (standing.is_in_doubt, standing.unclear_answers));
    let was_lost = was_in_doubt && unclear == 0;
    ledger::claim(client, task.request).await?;
    match task.vendor.run(task).await {
        Ok(answer) => heard(context, client, task, &answer, was_in_doubt).await,
        Err(error) => {
            match error.doubt() {
                // What the vendor says of this request tells nothing of the one whose answer was lost.
                _ if was_lost => {}
                Doubt::None if !was_in_doubt => ledger::heard(client, task.request).await?,
                Doubt::UntilAskedAgain => {
                    ledger::unclear(client, task.request, unclear.saturating_add(1)).await?;
                }
                Doubt::None | Doubt::Lasting => {}
            }
            Err(Error::vendor(task.request, error))
        }
    }
}

/// Whose run an answer is about.
async fn heard(
    context: &Context,
    client: &Client,
    task: &Task<'_>,
    answer: &Answer,
    was_in_doubt: bool,
) -> Result<CollectResponse, Error> {
    let identifier = answer.identifier.as_deref();
    let is_anothers = match identifier {
        Some(identifier) => ledger::is_anothers(client, task.request, identifier).await?,
        None => false,
    };
    match (answer.says, identifier) {
        _ if is_anothers => busy(client, task).await,
        (Says::NoRecords, _) => landing::drop_empty(context, client, task, identifier).await,
        // Somebody else's, whom the ledger does not know; unless the answer to this very request was lost.
        (Says::StillRunning, _) if !was_in_doubt => busy(client, task).await,
        (_, Some(identifier)) => {
            ledger::running(client, task.request, identifier).await?;
            Ok(CollectResponse::Running)
        }
        (_, None) => Ok(CollectResponse::Busy),
    }
}

async fn busy(client: &Client, task: &Task<'_>) -> Result<CollectResponse, Error> {
    ledger::take_back(client, task.request).await?;
    Ok(CollectResponse::Busy)
}
