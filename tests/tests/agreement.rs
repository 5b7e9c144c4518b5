//! The state machines, the template, the names of failures and the example events say the same.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use rounds_shared::catalog::{Cadence, Catalog};
use rounds_shared::failure::{Class, Name};
use rounds_shared::payload::{
    CollectRequest, CollectResponse, IngestRequest, LoadCall, ReportRequest, ReportResponse, TransformRequest,
};
use rounds_testkit::stack::checkout;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

fn json<T: DeserializeOwned>(path: &PathBuf) -> T {
    let text = std::fs::read(path).unwrap();
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of each state machine, by its file's name.
fn machines() -> Vec<(String, String)> {
    let files =
        std::fs::read_dir(checkout().join("statemachine")).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let machines: Vec<_> = files.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect();
    assert!(machines.len() >= 3, "pipeline, rounds and collect");
    machines
}

/// Every state of every machine by name, those within a Map too.
fn states() -> Map<String, Value> {
    fn collect(file: &str, machine: &Value, into: &mut Map<String, Value>) {
        for (name, state) in machine["States"].as_object().unwrap() {
            into.insert(format!("{file}: {name}"), state.clone());
            if let Some(inner) = state.get("ItemProcessor") {
                collect(file, inner, into);
            }
        }
    }
    let mut states = Map::new();
    for (file, text) in machines() {
        collect(&file, &serde_json::from_str(&text).unwrap(), &mut states);
    }
    states
}

fn template() -> String {
    std::fs::read_to_string(checkout().join("infra/template.yaml")).unwrap()
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
    let template = template();
    for (file, text) in machines() {
        let given = template.split_once(&file).unwrap_or_else(|| panic!("the template deploys {file}")).1;
        let given = given.split_once("DefinitionSubstitutions:\n").unwrap().1;
        let given: BTreeSet<&str> = given
            .lines()
            .take_while(|line| line.starts_with("        "))
            .map(|line| line.trim().split(':').next().unwrap())
            .collect();
        let asked: BTreeSet<&str> =
            text.split("${").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        assert_eq!(asked, given, "{file}");
    }
}

#[test]
fn each_cadence_the_collection_and_the_clean_up_are_called_once_in_the_clinics_time_zone_with_their_own_time()
{
    let template = template();
    let schedules: Vec<&str> = template.split("Type: ScheduleV2\n").skip(1).collect();
    let mut called = Vec::new();
    for schedule in schedules {
        // The properties stand deeper than what comes after them.
        let lines: Vec<&str> = schedule
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with("            "))
            .map(str::trim)
            .collect();
        let property = |name: &str| {
            let value = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.unwrap_or_else(|| panic!("{name} is not in {lines:?}"))
        };
        assert_eq!(property("ScheduleExpressionTimezone"), "!Ref ClinicTimeZone");
        assert_eq!(property("State"), "!Ref Schedules");
        let input = property("Input").trim_start_matches("!Sub ").trim_matches('\'');
        let input = input.replace("${NightDeadlineMinutes}", "600");
        let input: Value = serde_json::from_str(&input).unwrap();
        assert_eq!(input["scheduled_at"], "<aws.scheduler.scheduled-time>");
        // Midnight is before the exports of the night.
        let is_at_midnight = ["!Ref MonthlyAt", "!Ref QuarterlyAt"].contains(&property("ScheduleExpression"));
        assert_eq!(input.get("deadline_minutes").is_some(), is_at_midnight, "{input}");
        called.push(match input.get("cadence") {
            Some(cadence) => serde_json::from_value::<Cadence>(cadence.clone()).unwrap().as_str(),
            None if property("ScheduleExpression") == "!Ref CleanUpAt" => "clean-up",
            None => "collect",
        });
    }
    called.sort_unstable();
    assert_eq!(called, ["clean-up", "collect", "daily", "monthly", "quarterly", "weekly"]);
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

#[test]
fn the_api_lets_in_whom_iam_allows_and_reaches_exports_alone() {
    let template = template();
    let resource = |name: &str| {
        let text = template.split_once(&format!("\n  {name}:\n")).unwrap().1;
        text.lines().take_while(|line| line.is_empty() || line.starts_with("    ")).collect::<Vec<_>>()
    };
    let (api, policy) = (resource("ExportApi"), resource("ExportApiPolicy"));
    let count = |wanted: &str| api.iter().filter(|line| line.contains(wanted)).count();
    let methods = count("x-amazon-apigateway-integration:");
    assert_eq!(methods, 2);
    for each in
        ["security: [{sigv4: []}]", "passthroughBehavior: never", "credentials: !GetAtt ExportApiRole.Arn"]
    {
        assert_eq!(count(each), methods, "{each}");
    }
    assert!(count("x-amazon-apigateway-request-validator: whole") == 1 && count("DataTraceEnabled") == 0);
    let said = |key: &str| -> Vec<&str> {
        policy.iter().filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": ")).collect()
    };
    assert_eq!(said("Action"), ["states:StartExecution", "states:DescribeExecution"]);
    let executions =
        "!Sub arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${Export.Name}:*";
    assert_eq!(said("Resource"), ["!Ref Export", executions]);
}

#[test]
fn no_function_may_take_an_object_away() {
    let template = template();
    for action in ["s3:Delete", "s3:*", "s3:PutLifecycle"] {
        assert!(!template.contains(action), "{action}: what was archived is in no table any more");
    }
}

#[test]
fn the_collector_may_drop_what_it_collects_and_nothing_else() {
    let template = template();
    let policy = template.split_once("- Sid: DropReports\n").unwrap().1;
    let resource = policy.lines().find(|line| line.contains("Resource:")).unwrap();
    let allowed = resource.split_once("${LandingBucket}/").unwrap().1.strip_suffix('*').unwrap();
    let catalog = Catalog::open(None).unwrap();
    for report in &catalog.source.as_ref().unwrap().reports {
        let dataset = catalog.dataset(&report.dataset).unwrap();
        assert_eq!(dataset.prefix, allowed, "{}", report.name);
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
    read_events::<LoadCall>("load");
    read_events::<ReportRequest>("report");
    read_events::<CollectRequest>("collect");
}
