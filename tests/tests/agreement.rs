//! The state machine, the names of failures and the example events say the same.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use rounds_shared::failure::{Class, Name};
use rounds_shared::payload::{IngestRequest, LoadRequest, ReportRequest, TransformRequest};
use rounds_testkit::stack::checkout;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

fn json<T: DeserializeOwned>(path: &PathBuf) -> T {
    let text = std::fs::read(path).unwrap();
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every state by name, those within a Map too.
fn states() -> Map<String, Value> {
    fn collect(machine: &Value, into: &mut Map<String, Value>) {
        for (name, state) in machine["States"].as_object().unwrap() {
            into.insert(name.clone(), state.clone());
            if let Some(inner) = state.get("ItemProcessor") {
                collect(inner, into);
            }
        }
    }
    let mut states = Map::new();
    collect(&json(&checkout().join("statemachine/pipeline.asl.json")), &mut states);
    states
}

/// The names that the rules of a state's `Retry` or `Catch` match.
fn matched(state: &Value, field: &str) -> BTreeSet<String> {
    let rules = state[field].as_array().into_iter().flatten();
    let names = rules.flat_map(|rule| rule["ErrorEquals"].as_array().unwrap());
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn names(class: Class) -> BTreeSet<String> {
    Name::ALL.iter().filter(|name| name.class() == class).map(ToString::to_string).collect()
}

#[test]
fn the_machine_matches_no_name_that_no_stage_raises() {
    let known: BTreeSet<String> = Name::ALL.iter().map(ToString::to_string).collect();
    for (state, definition) in states() {
        for name in ["Retry", "Catch"].iter().flat_map(|field| matched(&definition, field)) {
            let is_ours = ["Retryable.", "Rejected.", "Defect."].iter().any(|class| name.starts_with(class));
            assert!(!is_ours || known.contains(&name), "{state} matches {name}, which no stage raises");
        }
    }
}

#[test]
fn every_call_of_a_function_is_tried_again_on_every_retryable_failure() {
    let calls: Vec<_> = states()
        .into_iter()
        .filter(|(_, state)| state["Resource"] == "arn:aws:states:::lambda:invoke")
        .collect();
    assert!(calls.len() >= 6, "{} calls of functions", calls.len());
    for (name, state) in calls {
        let missing: Vec<_> =
            names(Class::Retryable).difference(&matched(&state, "Retry")).cloned().collect();
        assert!(missing.is_empty(), "{name} does not try again on {missing:?}");
    }
}

#[test]
fn every_rejection_leads_to_quarantine() {
    let states = states();
    for stage in ["Ingest", "Transform"] {
        let rules = states[stage]["Catch"].as_array().unwrap();
        let quarantining = rules.iter().find(|rule| rule["Next"] == "Quarantine").unwrap();
        let caught: BTreeSet<&str> =
            quarantining["ErrorEquals"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(caught, names(Class::Rejected).iter().map(String::as_str).collect(), "{stage}");
    }
}

#[test]
fn every_failure_of_a_stage_is_caught() {
    for (name, state) in states() {
        let is_stage = ["Ingest", "Transform", "Load", "Report"].contains(&name.as_str());
        assert!(!is_stage || matched(&state, "Catch").contains("States.ALL"), "{name} lets failures through");
    }
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
    read_events::<LoadRequest>("load");
    read_events::<ReportRequest>("report");
}
