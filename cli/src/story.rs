//! What the ledger tells of files and batches, asked of the ingest function.

use rounds_shared::payload::{BatchStory, IngestRequest, IngestResponse, Story};

use crate::error::{Error, Result};
use crate::function;
use crate::runs::latest;
use crate::target::Target;

/// Runs among which a file or batch is looked for that was misspelt.
const RECENT: i32 = 100;

/// The story of a batch, of which the beginning is enough, or of the latest drop of a key.
pub(crate) async fn ask(target: &Target, subject: &str) -> Result<Story> {
    let request = IngestRequest::Explain { subject: subject.to_owned() };
    match function::ask(target, &target.ingest_function, "asking the ledger", &request).await? {
        IngestResponse::Explained { story } => Ok(story),
        IngestResponse::Ambiguous { batches } => {
            Err(Error::AmbiguousBatch { name: subject.to_owned(), candidates: batches })
        }
        _ => Err(unknown(target, subject).await),
    }
}

/// Names what may have been meant, as far as the latest runs tell.
async fn unknown(target: &Target, subject: &str) -> Error {
    let runs = latest(target, RECENT).await.unwrap_or_default();
    let named = runs.iter().find(|run| run.name.starts_with(subject));
    if let Some(event) = named.and_then(|run| run.subject.event()) {
        return Error::subject_is_a_run(subject, &event.detail.object.key);
    }
    let events = runs.iter().filter_map(|run| run.subject.event());
    let keys: Vec<String> = events.map(|event| event.detail.object.key.clone()).collect();
    let loads = runs.iter().flat_map(|run| run.ending.loads());
    let batches: Vec<String> = loads.map(|load| load.load.batch.clone()).collect();
    Error::unknown_subject(subject, &keys, &batches)
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

#[cfg(test)]
mod tests {
    use rounds_testkit::http::{Request, answer, sdk, serve};
    use serde_json::{Value, json};

    use super::*;

    /// What AWS answers of one run of a file, and of nothing else.
    fn told(request: &Request) -> Value {
        let call = request.header("x-amz-target").and_then(|name| name.split_once('.')).map(|(_, call)| call);
        let arn = "arn:aws:states:us-east-1:1:execution:rounds-pipeline:0b5f";
        match call {
            None => json!({"outcome": "unknown"}),
            Some("ListExecutions") if !request.body.contains("rounds-pipeline") => json!({"executions": []}),
            Some("ListExecutions") => json!({"executions": [{
                "executionArn": arn, "stateMachineArn": "arn:machine", "name": "0b5f", "status": "RUNNING", "startDate": 1.0}]}),
            Some(_) => {
                let event = json!({"time": "2026-11-21T07:30:12Z", "detail": {"bucket": {"name": "landing"},
                    "object": {"key": "demo/payments.csv", "size": 1, "etag": "e", "sequencer": "1"}}});
                json!({"executionArn": arn, "stateMachineArn": "arn:machine", "name": "0b5f", "status": "RUNNING",
                    "startDate": 1.0, "input": event.to_string()})
            }
        }
    }

    #[tokio::test]
    async fn a_slip_in_a_key_is_answered_with_the_key_of_a_late_run() {
        let address =
            serve(|request| Some(answer(200, "application/x-amz-json-1.0", &told(request).to_string())));
        let target = Target::of_test(&sdk(address.unwrap()).await);
        for slip in ["demo/payment.csv", "payments.csv"] {
            let said = ask(&target, slip).await.unwrap_err().to_string();
            assert!(said.contains("did you mean `demo/payments.csv`?"), "{said}");
        }
        let said = ask(&target, "0b5").await.unwrap_err().to_string();
        assert!(
            said.ends_with("it is a run, whose file `rounds explain demo/payments.csv` tells of"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn a_file_is_unknown_also_where_runs_cannot_be_looked_at() {
        let address = serve(|request| {
            let is_asked = request.header("x-amz-target").is_none();
            Some(answer(if is_asked { 200 } else { 400 }, "application/json", r#"{"outcome": "unknown"}"#))
        });
        let target = Target::of_test(&sdk(address.unwrap()).await);
        assert!(matches!(ask(&target, "payments.csv").await, Err(Error::UnknownSubject { .. })));
    }
}
