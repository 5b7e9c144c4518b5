//! What the functions are asked.

use std::path::PathBuf;

use rounds_shared::payload::{CollectRequest, IngestRequest, LoadCall, ReportRequest, TransformRequest};
use rounds_testkit::stack::checkout;
use serde::de::DeserializeOwned;

fn json<T: DeserializeOwned>(path: &PathBuf) -> T {
    let text = std::fs::read(path).unwrap();
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads every example event of a function as what the function is asked.
fn read_events<Request: DeserializeOwned>(function: &str) {
    let folder = checkout().join(format!("functions/{function}/events"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let events: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    assert!(!events.is_empty(), "{function} has an example event");
    for event in &events {
        let _: Request = json(event);
    }
}

#[test]
fn example_events_are_what_the_functions_are_asked() {
    read_events::<IngestRequest>("ingest");
    read_events::<TransformRequest>("transform");
    read_events::<LoadCall>("load");
    read_events::<ReportRequest>("report");
    read_events::<CollectRequest>("collect");
}
