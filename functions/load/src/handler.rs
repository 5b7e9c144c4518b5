//! Event in, contract out.

use rounds_shared::payload::{
    CleanUpReceipt, CleanUpRequest, CleanUpTask, LoadAnswer, LoadCall, LoadRequest, LoadResponse,
};
use tracing::info;

use crate::clean_up::{self, Limits};
use crate::context::Context;
use crate::error::Error;
use crate::load;

/// Does what is asked.
///
/// # Errors
/// See [`Error`]; a `Retryable.*` name means that the same request may succeed later.
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, call: LoadCall) -> Result<LoadAnswer, Error> {
    match call {
        LoadCall::Load(request) => load(context, &request).await.map(LoadAnswer::Loaded),
        LoadCall::CleanUp(CleanUpRequest::Plan(order)) => {
            clean_up::plan(&context.catalog, &context.time_zone, &order).map(LoadAnswer::Planned)
        }
        LoadCall::CleanUp(CleanUpRequest::CleanUp(task)) => {
            clean_up(context, &task).await.map(LoadAnswer::CleanedUp)
        }
    }
}

/// Archives rows of a table, and deletes them.
async fn clean_up(context: &Context, task: &CleanUpTask) -> Result<CleanUpReceipt, Error> {
    let mut client = context.database.connect().await?;
    let (catalog, lake) = (&context.catalog, &context.lake);
    let receipt = clean_up::clean_up(&mut client, catalog, task, Limits::default(), lake).await?;
    info!(
        dataset = receipt.dataset,
        objects = receipt.objects,
        archived = receipt.archived,
        deleted = receipt.deleted,
        referenced = receipt.referenced,
        left = receipt.left,
        "cleaned up"
    );
    Ok(receipt)
}

/// Loads what the transforms of a drop left in the lake.
async fn load(context: &Context, request: &LoadRequest) -> Result<LoadResponse, Error> {
    let mut client = context.database.connect().await?;
    let response = load::load(&mut client, &context.catalog, request, &context.lake).await?;
    for receipt in &response.loads {
        let (load, counts) = (&receipt.load, &receipt.counts);
        info!(
            dataset = load.dataset,
            batch = load.batch,
            load = load.load,
            outcome = ?receipt.outcome,
            read = counts.read,
            loaded = counts.loaded,
            rejected = counts.rejected,
            superseded = counts.superseded,
            held = counts.held,
            "settled"
        );
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::{Catalog, Files};
    use rounds_shared::digest::sha256_hex;
    use rounds_shared::manifest::PartManifest;

    use super::*;

    #[test]
    fn the_example_event_goes_on_from_that_of_transform() {
        let request: LoadRequest = serde_json::from_str(include_str!("../events/appointments.json")).unwrap();
        let file = include_bytes!("../../transform/events/appointments.csv");
        assert_eq!(request.file.sha256, sha256_hex(file));
        let catalog = Catalog::from_files(&Files::embedded()).unwrap();
        let part = &request.parts[0];
        let batch = catalog.dataset(&part.dataset).unwrap().batch(&request.file.sha256, &request.drop.key);
        assert_eq!(
            part.batch, batch,
            "the contract changed: write the right one into events/appointments.json"
        );
        assert_eq!(part.manifest, PartManifest::key(&batch, part.index));
    }
}
