//! Event in, contract out.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{TransformRequest, TransformResponse};
use rounds_shared::storage::Spool;
use tracing::info;

use crate::context::Context;
use crate::curate::{Curated, Order, curate};
use crate::error::Error;

/// Objects put at a time. A column filled by dragging makes a partition for each of thousands of months.
const PUTS: usize = 32;

/// Transforms one part: Parquet and rejects are put first, the manifest last.
///
/// # Errors
/// See [`Error`]; a `Rejected.*` name sends the drop to quarantine.
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, request: TransformRequest) -> Result<TransformResponse, Error> {
    let spool = context.storage.spool(&request.drop, context.max_file_bytes).await?;
    let Curated { objects, manifest } = read(context, request, spool).await?;

    let (lake, files) = (context.lake.as_str(), objects.len());
    stream::iter(objects)
        .map(|(key, body)| async move {
            context.storage.put(lake, &key, body, "application/vnd.apache.parquet").await
        })
        .buffer_unordered(PUTS)
        .try_collect::<()>()
        .await?;
    let key = PartManifest::key(&manifest.batch, manifest.index);
    let body = serde_json::to_vec(&manifest).map_err(|_| Error::Json)?;
    context.storage.put(lake, &key, body, "application/json").await?;

    let PartManifest { batch, dataset, index, counts, .. } = manifest;
    info!(
        batch,
        dataset,
        index,
        files,
        read = counts.read,
        kept = counts.kept,
        rejected = counts.rejected,
        superseded = counts.superseded,
        "transformed"
    );
    Ok(TransformResponse { dataset, batch, index, manifest: key, counts })
}

/// Reads the part off the async threads.
async fn read(context: &Context, request: TransformRequest, spool: Spool) -> Result<Curated, Error> {
    let (catalog, limits) = (Arc::clone(&context.catalog), context.limits.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let TransformRequest { drop, as_of, part } = request;
        let Spool { mut file, sha256, .. } = spool;
        let dataset =
            catalog.dataset(&part.dataset).ok_or_else(|| Error::UnknownDataset(part.dataset.clone()))?;
        // What is written under a batch's name has to be of that batch.
        if dataset.batch(&sha256) != part.batch {
            return Err(Error::Overtaken {
                file: drop.file_name().to_owned(),
                dataset: part.dataset.clone(),
            });
        }
        curate(
            &mut file,
            &Order { part: &part, dataset, file_name: drop.file_name(), as_of, limits: &limits },
        )
    });
    reading.await.map_err(|_| Error::Interrupted)?
}
