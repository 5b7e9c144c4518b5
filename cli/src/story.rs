//! What the ledger tells, asked of the ingest function: the command itself never talks to the database.

use aws_sdk_lambda::primitives::Blob;
use rounds_shared::payload::{BatchStory, IngestRequest, IngestResponse, Story};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::target::Target;

/// How a function answers when it failed.
#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "errorType", default)]
    name: String,
    #[serde(rename = "errorMessage", default)]
    sentence: String,
}

/// The story of a batch, of which the beginning is enough, or of the latest drop of a key.
pub(crate) async fn ask(target: &Target, subject: &str) -> Result<Story> {
    const WHAT: &str = "asking the ledger";
    let request = IngestRequest::Explain { subject: subject.to_owned() };
    let payload = serde_json::to_vec(&request).map_err(Error::Output)?;
    let invoke = target.lambda.invoke().function_name(&target.ingest_function).payload(Blob::new(payload));
    let answer = invoke.send().await.map_err(Error::service(WHAT))?;
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    if answer.function_error().is_some() {
        let Failure { name, sentence } = serde_json::from_slice(payload).map_err(Error::Output)?;
        return Err(Error::Service { what: WHAT.to_owned(), reason: format!("{name}: {sentence}") });
    }
    match serde_json::from_slice(payload).map_err(Error::Output)? {
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
