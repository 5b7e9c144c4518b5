//! Event in, contract out.

use std::fs::File;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rounds_shared::fail_point;
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{FileFacts, Part, TransformRequest, TransformResponse};
use rounds_shared::storage::Spool;
use rounds_shared::stretch::Stretch;
use rounds_shared::tabular;
use tokio::sync::mpsc;
use tracing::info;

use crate::context::Context;
use crate::curate::{Order, curate};
use crate::error::Error;

/// Objects put at a time. A column filled by dragging makes a partition for each of thousands of months.
const PUTS: usize = 32;

/// Transforms one part: Parquet and rejects are put while others are written, the manifest last.
///
/// # Errors
/// See [`Error`]; a `Rejected.*` name sends the drop to quarantine.
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, request: TransformRequest) -> Result<TransformResponse, Error> {
    let spool = match &request.part {
        Part { cut: Some(cut), member: None, .. } => {
            context.storage.spool_piece(&request.drop, &request.file, cut).await?
        }
        _ => context.storage.spool(&request.drop, context.max_file_bytes).await?,
    };
    let mut mended = Vec::with_capacity(request.file.mends.len());
    for mend in &request.file.mends {
        mended.push(context.storage.spool(&mend.drop, context.max_file_bytes).await?);
    }
    let lake = context.lake.as_str();
    let (done, files) = mpsc::channel(PUTS);
    let put = |(key, file): (String, Stretch)| async move {
        context.storage.put_file(lake, &key, file, media_type(&key)).await
    };
    let putting = stream::unfold(files, |mut files| async { Some((files.recv().await?, files)) })
        .map(put)
        .buffer_unordered(PUTS)
        .try_collect::<()>();
    let (manifest, put) = tokio::join!(read(context, request, spool, mended, done), putting);
    put?;
    let manifest = manifest?;
    fail_point("transform.put");
    let key = PartManifest::key(&manifest.batch, manifest.index);
    let body = serde_json::to_vec(&manifest).map_err(|_| Error::Json)?;
    context.storage.put(lake, &key, body, "application/json").await?;
    fail_point("transform.told");

    let PartManifest { batch, dataset, index, counts, .. } = manifest;
    info!(
        batch,
        dataset,
        index,
        read = counts.read,
        kept = counts.kept,
        rejected = counts.rejected,
        superseded = counts.superseded,
        "transformed"
    );
    Ok(TransformResponse { dataset, batch, index, manifest: key, counts })
}

fn media_type(key: &str) -> &'static str {
    if key.ends_with(".xlsx") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else {
        "application/vnd.apache.parquet"
    }
}

/// Reads the part off the async threads.
async fn read(
    context: &Context,
    request: TransformRequest,
    spool: Spool,
    mended: Vec<Spool>,
    done: mpsc::Sender<(String, Stretch)>,
) -> Result<PartManifest, Error> {
    let (catalog, limits) = (Arc::clone(&context.catalog), context.limits.clone());
    let time_zone = context.time_zone.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let TransformRequest { drop, as_of, file: facts, part } = request;
        let dataset =
            catalog.dataset(&part.dataset).ok_or_else(|| Error::UnknownDataset(part.dataset.clone()))?;
        // What is written under a batch's name has to be of that batch.
        let said = facts.identity();
        if identity(facts, &spool, &mended) != said {
            return Err(Error::Overtaken { file: drop.file_name().to_owned() });
        }
        if dataset.batch(&said, &drop.key) != part.batch {
            return Err(Error::OtherCatalog { dataset: part.dataset.clone() });
        }
        let dropped_at = drop.dropped_at.to_zoned(time_zone).datetime();
        let order = Order { part: &part, dataset, key: &drop.key, dropped_at, as_of, limits: &limits };
        let mut mended: Vec<File> = mended.into_iter().map(|spool| spool.file).collect();
        let mut file = match &part.member {
            Some(member) => order.readable(tabular::member(&mut { spool.file }, member, &limits))?,
            None => spool.file,
        };
        // Nobody takes the files any more once one of them could not be put.
        let done = |key, file| done.blocking_send((key, file)).map_err(|_| Error::Interrupted);
        curate(&mut file, &mut mended, &order, &done)
    });
    reading.await.map_err(|_| Error::Interrupted)?
}

/// The identity of the contents, whatever they are said to be.
fn identity(mut facts: FileFacts, spool: &Spool, mended: &[Spool]) -> String {
    facts.sha256.clone_from(&spool.sha256);
    for (mend, spool) in facts.mends.iter_mut().zip(mended) {
        mend.sha256.clone_from(&spool.sha256);
    }
    facts.identity()
}

#[cfg(test)]
mod tests {
    use rounds_shared::payload::{Drop, Format, Mend};

    use super::*;

    fn spool(sha256: &str) -> Spool {
        Spool {
            file: tempfile::tempfile().unwrap(),
            bytes: 1,
            sha256: sha256.to_owned(),
            etag: String::new(),
        }
    }

    fn facts(sha256: &str, mend: &str) -> FileFacts {
        let drop = Drop {
            bucket: "landing".to_owned(),
            key: "healthtech/mended.xlsx".to_owned(),
            version: String::new(),
            dropped_at: jiff::Timestamp::UNIX_EPOCH,
            sequencer: String::new(),
        };
        let mends = vec![Mend { drop, sha256: mend.to_owned() }];
        FileFacts { bytes: 1, sha256: sha256.to_owned(), format: Format::Csv, ignored: Vec::new(), mends }
    }

    #[test]
    fn the_identity_is_of_the_contents_and_not_of_what_they_are_said_to_be() {
        let said = facts("a", "b");
        let same =
            |file: &str, mend: &str| identity(said.clone(), &spool(file), &[spool(mend)]) == said.identity();
        assert!(same("a", "b"));
        assert!(!same("other", "b"), "the file was overwritten");
        assert!(!same("a", "other"), "the mended workbook was overwritten");
    }
}
