//! Histories of runs, and the stages that people see.

use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::{StateEnteredEventDetails, TaskFailedEventDetails, TaskSucceededEventDetails};

use super::*;

fn event(kind: Kind) -> aws_sdk_sfn::types::builders::HistoryEventBuilder {
    HistoryEvent::builder().timestamp(DateTime::from_secs(0)).id(1).r#type(kind)
}

fn entered(kind: Kind, name: &str, input: &str) -> HistoryEvent {
    let details = StateEnteredEventDetails::builder().name(name).input(input).build().unwrap();
    event(kind).state_entered_event_details(details).build().unwrap()
}

fn answered(second: i64, answer: &Value) -> HistoryEvent {
    let details = TaskSucceededEventDetails::builder().resource_type("lambda").resource("invoke");
    let details = details.output(serde_json::json!({"Payload": answer}).to_string()).build().unwrap();
    let event = event(Kind::TaskSucceeded).timestamp(DateTime::from_secs(second));
    event.task_succeeded_event_details(details).build().unwrap()
}

fn failed(error: &str) -> HistoryEvent {
    let details =
        TaskFailedEventDetails::builder().resource_type("lambda").resource("invoke").error(error).build();
    event(Kind::TaskFailed).task_failed_event_details(details.unwrap()).build().unwrap()
}

#[test]
fn what_a_round_has_tried_is_read_from_its_calls() {
    let failed = |error: &str| {
        let details = TaskFailedEventDetails::builder().resource_type("lambda").resource("invoke");
        let details = details.error(error).cause(r#"{"errorMessage":"report a.b: no"}"#).build().unwrap();
        event(Kind::TaskFailed).task_failed_event_details(details).build().unwrap()
    };
    let succeeded = answered(0, &serde_json::json!({"reports": [1]}));
    let history = [failed("Retryable.DatabaseBusy"), succeeded, failed("Defect.Mail")];
    assert_eq!(answers::<Value>(&history), [serde_json::json!({"reports": [1]})]);
    assert_eq!(failures(&history), [("Defect.Mail".to_owned(), "report a.b: no".to_owned())]);
}

#[test]
fn parts_are_counted_while_they_end() {
    let history = [
        entered(Kind::MapStateEntered, "Transform", r#"{"parts":[1,2,3]}"#),
        entered(Kind::TaskStateEntered, "TransformPart", "{}"),
        event(Kind::TaskSucceeded).build().unwrap(),
        entered(Kind::TaskStateEntered, "TransformPart", "{}"),
        event(Kind::TaskSucceeded).build().unwrap(),
    ];
    let stages = stages(&history);
    assert_eq!(stages.len(), 1);
    assert_eq!(stages[0].progress(), "2 of 3 parts");
}

#[test]
fn what_is_left_is_told_by_the_pace_of_the_events_also_after_a_redrive() {
    let at = |second: i64, event: aws_sdk_sfn::types::builders::HistoryEventBuilder| {
        event.timestamp(DateTime::from_secs(second)).build().unwrap()
    };
    let ended = |second| at(second, event(Kind::TaskSucceeded));
    let mut history = vec![entered(Kind::MapStateEntered, "Transform", r#"{"parts":[1,2,3,4,5,6]}"#)];
    let told = |history: &[HistoryEvent]| stages(history)[0].progress();
    history.push(ended(30));
    assert_eq!(told(&history), "1 of 6 parts", "one is no pace");
    history.push(ended(40));
    assert_eq!(told(&history), "2 of 6 parts, about 80 s left");
    history.push(at(50, event(Kind::ExecutionAborted)));
    history.push(at(60, event(Kind::ExecutionRedriven)));
    history.push(ended(90));
    assert_eq!(told(&history), "3 of 6 parts, about 90 s left");
    assert_eq!(stages(&history)[0].counted(), Some((3, 6)));
    history.extend([ended(95), ended(96), ended(97), at(97, event(Kind::MapStateExited))]);
    assert_eq!(told(&history), "6 of 6 parts");
}

#[test]
fn a_stage_that_is_done_tells_its_rows_and_their_rate() {
    let part = |read: u64| {
        serde_json::json!({"dataset": "a.b", "batch": "b", "index": 0, "manifest": "m",
            "counts": {"read": read, "kept": read, "rejected": 0, "superseded": 0}})
    };
    let load = |outcome: &str, loaded: u64| {
        serde_json::json!({"dataset": "a.b", "batch": "b", "load": 1, "outcome": outcome, "findings": [],
            "counts": {"read": loaded, "loaded": loaded, "rejected": 0, "superseded": 0, "held": 0}})
    };
    let mut history = vec![
        entered(Kind::MapStateEntered, "Transform", r#"{"parts":[1,2]}"#),
        answered(1, &part(70_000)),
        answered(2, &part(50_000)),
        event(Kind::MapStateExited).build().unwrap(),
    ];
    assert_eq!(stages(&history)[0].progress(), "2 of 2 parts", "it may go on");
    history.push(entered(Kind::TaskStateEntered, "Load", "{}"));
    let loads = [load("loaded", 90_000), load("overtaken", 30_000)];
    history.push(answered(3, &serde_json::json!({"outcome": "loaded", "loads": loads})));
    history.push(entered(Kind::ChoiceStateEntered, "IsLoaded", "{}"));
    let told: Vec<String> = stages(&history).iter().map(Stage::progress).collect();
    assert_eq!(told[..2], ["2 of 2 parts, 120,000 rows, 60,000 rows/s", "90,000 rows, 30,000 rows/s"]);
    history[1] = event(Kind::TaskSucceeded).build().unwrap();
    assert_eq!(stages(&history)[0].progress(), "2 of 2 parts", "what is not known of all is no sum");
}

#[test]
fn a_collection_is_one_stage_however_often_it_looks() {
    let looks = [
        ("Take", Kind::PassStateEntered),
        ("Ask", Kind::TaskStateEntered),
        ("WaitToFetch", Kind::WaitStateEntered),
        ("Fetch", Kind::TaskStateEntered),
        ("Collected", Kind::PassStateEntered),
    ];
    let mut history = vec![entered(Kind::MapStateEntered, "Collect", r#"{"requests":[1,2,3]}"#)];
    for (state, kind) in looks {
        history.push(entered(kind, state, "{}"));
        history.extend(matches!(state, "Ask" | "Fetch").then(|| event(Kind::TaskSucceeded).build().unwrap()));
    }
    assert_eq!(stages(&history).len(), 1);
    assert_eq!(stages(&history)[0].title.as_deref(), Some("Collect 3 reports"));
    assert_eq!(stages(&history)[0].progress(), "done");
    history.push(failed("Defect.VendorRefused"));
    history.push(event(Kind::MapStateExited).build().unwrap());
    history.push(entered(Kind::PassStateEntered, "Settle", "{}"));
    assert_eq!(stages(&history).len(), 2);
    assert_eq!(stages(&history)[0].progress(), "Defect.VendorRefused");
}

#[test]
fn an_error_that_is_tried_again_is_shown_while_it_lasts() {
    let waiting = [entered(Kind::TaskStateEntered, "Load", "{}"), failed("Retryable.DatabaseBusy")];
    assert_eq!(stages(&waiting)[0].progress(), "Retryable.DatabaseBusy, trying again (1)");
    let mut recovered = waiting.to_vec();
    recovered.push(event(Kind::TaskSucceeded).build().unwrap());
    recovered.push(entered(Kind::TaskStateEntered, "Report", "{}"));
    assert_eq!(stages(&recovered)[0].progress(), "done");
}

#[test]
fn an_error_that_ends_a_stage_is_its_result() {
    let history = [
        entered(Kind::TaskStateEntered, "Ingest", "{}"),
        failed("Rejected.EmptyFile"),
        entered(Kind::TaskStateEntered, "Quarantine", "{}"),
    ];
    let stages = stages(&history);
    assert_eq!(stages[0].progress(), "Rejected.EmptyFile");
    assert_eq!(stages[1].title.as_deref(), Some("Put the file aside"));
}

#[test]
fn a_round_shows_what_it_waits_for_once_however_often_it_looks() {
    let waiting = r#"{"ready":["mis.a"],"waiting":[
        {"report":"mis.b","missing":[{"dataset":"mis.x","title":"MIS workbook"}]},
        {"report":"mis.c","missing":[{"dataset":"mis.x","title":"MIS workbook"}]}]}"#;
    let nothing = waiting.replace("\"mis.a\"", "");
    let succeeded = || event(Kind::TaskSucceeded).build().unwrap();
    let mut history = vec![
        entered(Kind::PassStateEntered, "Begin", "{}"),
        entered(Kind::TaskStateEntered, "Due", "{}"),
        succeeded(),
        entered(Kind::MapStateEntered, "Deliver", waiting),
        succeeded(),
        event(Kind::MapStateExited).build().unwrap(),
        entered(Kind::ChoiceStateEntered, "IsWaiting", waiting),
    ];
    for _ in 0..3 {
        history.extend([
            entered(Kind::WaitStateEntered, "Wait", waiting),
            entered(Kind::PassStateEntered, "Look", waiting),
            entered(Kind::TaskStateEntered, "Due", waiting),
            succeeded(),
            entered(Kind::MapStateEntered, "Deliver", &nothing),
            event(Kind::MapStateExited).build().unwrap(),
            entered(Kind::ChoiceStateEntered, "IsWaiting", &nothing),
        ]);
    }
    history.extend([
        entered(Kind::PassStateEntered, "Settle", &nothing),
        entered(Kind::TaskStateEntered, "Alert", "{}"),
    ]);
    let stages = stages(&history);
    let titles: Vec<&str> = stages.iter().filter_map(|stage| stage.title.as_deref()).collect();
    assert_eq!(titles, ["Find what is due", "Report", "Wait for data: MIS workbook", "Alert"]);
}

#[test]
fn a_report_that_fails_is_named_beside_the_count_of_the_others() {
    let history = [
        entered(Kind::MapStateEntered, "Deliver", r#"{"ready":["a","b","c"]}"#),
        event(Kind::TaskSucceeded).build().unwrap(),
        failed("Defect.Database"),
        entered(Kind::PassStateEntered, "ReportFailed", "{}"),
        event(Kind::TaskSucceeded).build().unwrap(),
        event(Kind::MapStateExited).build().unwrap(),
        entered(Kind::ChoiceStateEntered, "IsWaiting", "{}"),
    ];
    assert_eq!(stages(&history)[0].progress(), "2 of 3 reports, Defect.Database");
}
