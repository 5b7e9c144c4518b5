//! The state machines' language, and what it speaks of.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rounds_shared::failure::{Class, Name};
use rounds_shared::payload::{CollectResponse, ReportResponse};
use rounds_testkit::stack::checkout;
use serde_json::{Map, Value};

use crate::cloudformation::Template;
use crate::sources::found;

/// The text of each state machine, by its file's name.
fn machines() -> Vec<(String, String)> {
    let files =
        std::fs::read_dir(checkout().join("statemachine")).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let machines: Vec<_> = files.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect();
    assert!(machines.len() >= 3, "pipeline, rounds and collect");
    machines
}

/// The states of a machine by name, those within a Map too.
pub(crate) fn states_of(machine: &Value) -> Vec<(String, Value)> {
    let states = machine["States"].as_object().unwrap();
    states
        .iter()
        .flat_map(|(name, state)| {
            let inner = state.get("ItemProcessor").map(states_of).unwrap_or_default();
            [(name.clone(), state.clone())].into_iter().chain(inner)
        })
        .collect()
}

/// Every state of every machine by file and name.
fn states() -> Map<String, Value> {
    let of = |(file, text): (String, String)| {
        let states = states_of(&serde_json::from_str(&text).unwrap());
        states.into_iter().map(move |(name, state)| (format!("{file}: {name}"), state))
    };
    machines().into_iter().flat_map(of).collect()
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
    assert!(calls.len() >= 13, "{} calls of functions", calls.len());
    for (name, state) in calls {
        // Whoever asks the vendor sends no mail, and the others do not ask it.
        let foreign = if name.starts_with("collect.") { "Retryable.Mail" } else { "Retryable.Vendor" };
        let mut missing = names(Class::Retryable);
        missing.retain(|known| !known.starts_with(foreign) && !matched(&state, "Retry").contains(known));
        assert!(missing.is_empty(), "{name} does not try again on {missing:?}");
    }
}

#[test]
fn every_rejection_leads_to_quarantine() {
    let states = states();
    for stage in ["Ingest", "Transform"] {
        let rules = states[&format!("pipeline.asl.json: {stage}")]["Catch"].as_array().unwrap();
        let quarantining = rules.iter().find(|rule| rule["Next"] == "Quarantine").unwrap();
        let caught: BTreeSet<&str> =
            quarantining["ErrorEquals"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(caught, names(Class::Rejected).iter().map(String::as_str).collect(), "{stage}");
    }
}

#[test]
fn every_failure_of_a_stage_is_caught() {
    for (name, state) in states() {
        // A part's failure is the Map's; a refused file whose alert cannot be sent fails the run under the error's name.
        let is_let_through = ["TransformPart", "AlertQuarantined"].iter().any(|known| name.ends_with(known));
        let can_fail = ["Task", "Map"].iter().any(|kind| state["Type"] == *kind);
        let is_caught = matched(&state, "Catch").contains("States.ALL");
        assert!(!can_fail || is_let_through || is_caught, "{name} lets failures through");
    }
}

#[test]
fn the_template_gives_each_machine_what_it_asks_for_and_no_more() {
    let template = Template::application();
    let deployed = template.resources("AWS::Serverless::StateMachine");
    for (file, text) in machines() {
        let machine =
            deployed.iter().find(|(_, machine)| machine["DefinitionUri"].to_string().contains(&file));
        let (_, machine) = machine.unwrap_or_else(|| panic!("the template deploys {file}"));
        let given = machine["DefinitionSubstitutions"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(found(r"\$\{(\w+)\}", &text), given, "{file}");
    }
    assert_eq!(machines().len(), deployed.len());
}

#[test]
fn a_collection_goes_by_the_words_that_the_function_answers() {
    let machine = std::fs::read_to_string(checkout().join("statemachine/collect.asl.json")).unwrap();
    for answer in [CollectResponse::Busy, CollectResponse::Running] {
        let told = serde_json::to_value(answer).unwrap();
        let compared = format!("outcome = '{}'", told["outcome"].as_str().unwrap());
        assert!(machine.contains(&compared), "{compared}");
    }
}

#[test]
fn an_export_goes_by_the_word_that_the_function_answers() {
    let machine = std::fs::read_to_string(checkout().join("statemachine/export.asl.json")).unwrap();
    let told = serde_json::to_value(ReportResponse::NothingFound).unwrap();
    let compared = format!("outcome = '{}'", told["outcome"].as_str().unwrap());
    assert!(machine.contains(&compared), "{compared}");
}
