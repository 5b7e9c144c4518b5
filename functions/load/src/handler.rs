//! Event in, contract out.

use rounds_shared::payload::{LoadRequest, LoadResponse};
use tracing::info;

use crate::context::Context;
use crate::error::Error;
use crate::load;

/// Loads what the transforms of a drop left in the lake.
///
/// # Errors
/// See [`Error`]; a `Retryable.*` name means that the same request may succeed later.
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, request: LoadRequest) -> Result<LoadResponse, Error> {
    let mut client = context.database.connect().await?;
    let response = load::load(&mut client, &context.catalog, &request, &context.lake).await?;
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
