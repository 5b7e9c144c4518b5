//! What the ledger tells of files and batches, asked of the ingest function.

use rounds_shared::payload::{BatchStory, IngestRequest, IngestResponse, Story};

use crate::error::{Error, Result};
use crate::function;
use crate::target::Target;

/// The story of a batch, of which the beginning is enough, or of the latest drop of a key.
pub(crate) async fn ask(target: &Target, subject: &str) -> Result<Story> {
    let request = IngestRequest::Explain { subject: subject.to_owned() };
    match function::ask(target, &target.ingest_function, "asking the ledger", &request).await? {
        IngestResponse::Explained { story } => Ok(story),
        IngestResponse::Ambiguous { batches } => {
            Err(Error::AmbiguousBatch { name: subject.to_owned(), candidates: batches })
        }
        _ => Err(Error::UnknownSubject(subject.to_owned())),
    }
}

/// The story of one batch, by its beginning or by the key of a file that was read as this batch alone.
pub(crate) async fn ask_batch(target: &Target, subject: &str) -> Result<(Story, BatchStory)> {
    let mut story = ask(target, subject).await?;
    match (story.batches.pop(), story.batches.is_empty()) {
        (Some(batch), true) => {
            story.batches.push(batch.clone());
            Ok((story, batch))
        }
        (None, _) => Err(Error::NoBatch(subject.to_owned())),
        (Some(last), false) => {
            let batches = story.batches.into_iter().chain([last]).map(|batch| batch.batch);
            Err(Error::AmbiguousBatch { name: subject.to_owned(), candidates: batches.collect() })
        }
    }
}
