//! A request in, how far the report is out.

use rounds_shared::payload::{CollectRequest, CollectResponse, Order, Request};
use tracing::info;

use crate::ask;
use crate::context::Context;
use crate::error::Error;
use crate::fetch;
use crate::ledger;
use crate::plan::{self, Plan};
use crate::task::Task;

/// Does what is asked.
///
/// # Errors
/// See [`Error`]; a `Retryable.*` name means that the same request may succeed later.
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, request: CollectRequest) -> Result<CollectResponse, Error> {
    match request {
        CollectRequest::Plan(order) => plan(context, &order).await,
        CollectRequest::Ask(request) => talk(context, &request, Step::Ask).await,
        CollectRequest::Fetch(request) => talk(context, &request, Step::Fetch).await,
        CollectRequest::Fail { request, error, cause } => {
            let client = context.session().await?;
            ledger::fail(&client, &request, &format!("{error}: {cause}")).await?;
            Ok(CollectResponse::Noted)
        }
        CollectRequest::Status { as_of, number } => {
            let client = context.session().await?;
            Ok(CollectResponse::Told { requests: ledger::stories(&client, as_of, number).await? })
        }
    }
}

async fn plan(context: &Context, order: &Order) -> Result<CollectResponse, Error> {
    let as_of = plan::day(order, &context.time_zone)?;
    let client = context.session().await?;
    let history = ledger::history(&client, as_of).await?;
    let Plan { requests, unnumbered, left_out, failed } =
        plan::plan(order, as_of, context.accounts(), &context.reports, &history)?;
    Ok(CollectResponse::Planned { as_of, requests, unnumbered, left_out, failed })
}

#[derive(Clone, Copy)]
enum Step {
    Ask,
    Fetch,
}

/// Takes a step with the vendor, unless somebody else is talking to it.
async fn talk(context: &Context, request: &Request, step: Step) -> Result<CollectResponse, Error> {
    let task = Task::of(context, request)?;
    let client = context.session().await?;
    if !ledger::lock(&client).await? {
        return Ok(match step {
            Step::Ask => CollectResponse::Busy,
            Step::Fetch => CollectResponse::Running,
        });
    }
    let taken = match step {
        Step::Ask => ask::ask(context, &client, &task).await,
        Step::Fetch => fetch::fetch(context, &client, &task).await,
    };
    // Whatever came of it: the next step is not to wait until the session is noticed to have ended.
    let unlocked = ledger::unlock(&client).await;
    let response = taken?;
    unlocked?;
    let Request { account, report, as_of, .. } = request;
    info!(account, report, %as_of, ?response, "talked to the vendor");
    Ok(response)
}
