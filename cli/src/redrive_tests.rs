//! Runs as AWS tells of them, and what is asked for.

use std::sync::{Arc, Mutex};

use rounds_testkit::http::{Request, answer, sdk, serve};
use serde_json::{Value, json};

use super::*;

const ARN: &str = "arn:aws:states:us-east-1:1:execution:rounds-pipeline:0b5f3c1e";
const ANEW: &str = "arn:aws:states:us-east-1:1:execution:rounds-pipeline:77aa";

/// A run that has ended, and what AWS says to being asked to let it go on.
struct Ended {
    status: &'static str,
    redrivable: &'static str,
    last_state: &'static str,
    refusal: Option<&'static str>,
}

const FAILED: Ended =
    Ended { status: "FAILED", redrivable: "REDRIVABLE", last_state: "FailStateEntered", refusal: None };

impl Ended {
    fn answer(&self, call: &str, has_gone_on: bool) -> (u16, Value) {
        let event = |id: i32, kind: &str| json!({"timestamp": 1.0, "type": kind, "id": id});
        match call {
            "DescribeExecution" => (
                200,
                json!({
                "executionArn": ARN, "stateMachineArn": "arn:machine", "name": "0b5f3c1e", "startDate": 1.0, "stopDate": 2.0,
                "status": if has_gone_on { "RUNNING" } else { self.status }, "input": r#"{"detail": 1}"#,
                "error": "Retryable.DatabaseBusy", "redriveCount": i32::from(has_gone_on), "redriveStatus": self.redrivable,
                "redriveStatusReason": "Execution redrivable period exceeded."}),
            ),
            "GetExecutionHistory" => (
                200,
                json!({"events": [event(9, "ExecutionFailed"), event(8, self.last_state), event(2, "TaskStateEntered")]}),
            ),
            "RedriveExecution" => match self.refusal {
                Some(refusal) => (400, json!({"__type": refusal, "message": "no"})),
                None => (200, json!({"redriveDate": 3.0})),
            },
            _ => (200, json!({"executionArn": ANEW, "startDate": 3.0})),
        }
    }

    /// What is asked of AWS after the first look at the run, and how it comes out.
    async fn taken_up(self, is_local: bool) -> (Vec<String>, Result<(String, String)>) {
        let calls: Arc<Mutex<Vec<Request>>> = Arc::default();
        let seen = Arc::clone(&calls);
        let address = serve(move |request| {
            let mut seen = seen.lock().unwrap();
            let has_gone_on =
                seen.iter().any(|seen| call(seen) == "RedriveExecution") && self.refusal.is_none();
            seen.push(request.clone());
            let (status, body) = self.answer(&call(request), has_gone_on);
            Some(answer(status, "application/x-amz-json-1.0", &body.to_string()))
        })
        .unwrap();
        let mut target = Target::of_test(&sdk(address).await);
        target.objects = is_local.then(Default::default);
        let done = take_up(&target, ARN).await;
        let calls = calls.lock().unwrap();
        if let Some(start) = calls.iter().find(|request| call(request) == "StartExecution") {
            assert!(start.body.contains(r#""input":"{\"detail\": 1}""#), "{}", start.body);
        }
        (calls.iter().map(call).skip(1).collect(), done)
    }
}

fn call(request: &Request) -> String {
    request.header("x-amz-target").and_then(|name| name.split_once('.')).unwrap().1.to_owned()
}

#[tokio::test]
async fn a_run_that_ended_by_its_own_word_is_started_anew_and_told_why() {
    let (calls, done) = FAILED.taken_up(false).await;
    assert_eq!(calls, ["GetExecutionHistory", "StartExecution"]);
    let (arn, told) = done.unwrap();
    assert_eq!(arn, ANEW);
    assert!(told.contains("by its own word, as Retryable.DatabaseBusy"), "{told}");
}

#[tokio::test]
async fn a_run_that_broke_off_goes_on_where_it_stopped() {
    for (status, asked) in [("FAILED", true), ("ABORTED", false), ("TIMED_OUT", false)] {
        let (calls, done) = Ended { status, last_state: "TaskStateEntered", ..FAILED }.taken_up(false).await;
        let history = asked.then_some("GetExecutionHistory");
        let expected: Vec<&str> =
            history.into_iter().chain(["RedriveExecution", "DescribeExecution"]).collect();
        assert_eq!(calls, expected, "{status}");
        assert_eq!(done.unwrap().0, ARN);
    }
}

#[tokio::test]
async fn a_run_that_aws_does_not_let_go_on_is_started_anew() {
    let old = Ended { redrivable: "NOT_REDRIVABLE", last_state: "TaskStateEntered", ..FAILED };
    let (calls, done) = old.taken_up(false).await;
    assert_eq!(calls, ["StartExecution"]);
    assert!(done.unwrap().1.contains("(Execution redrivable period exceeded)"));
    let meanwhile = Ended { status: "ABORTED", refusal: Some("ExecutionNotRedrivable"), ..FAILED };
    assert_eq!(meanwhile.taken_up(false).await.0, ["RedriveExecution", "StartExecution"]);
}

#[tokio::test]
async fn where_too_many_run_nothing_is_started_in_its_place() {
    let (calls, done) =
        Ended { status: "ABORTED", refusal: Some("ExecutionLimitExceeded"), ..FAILED }.taken_up(false).await;
    assert_eq!(calls, ["RedriveExecution"]);
    assert!(done.unwrap_err().to_string().contains("ExecutionLimitExceeded"));
}

#[tokio::test]
async fn the_local_stack_starts_every_run_anew() {
    let (calls, done) = Ended { status: "ABORTED", ..FAILED }.taken_up(true).await;
    assert_eq!((calls, done.unwrap().0.as_str()), (vec!["StartExecution".to_owned()], ANEW));
}

#[tokio::test]
async fn a_run_that_is_under_way_is_left_alone_and_one_that_succeeded_is_run_again() {
    let (calls, done) = Ended { status: "RUNNING", ..FAILED }.taken_up(false).await;
    assert!(calls.is_empty() && done.unwrap_err().exit_code() == 2);
    assert_eq!(Ended { status: "SUCCEEDED", ..FAILED }.taken_up(false).await.0, ["StartExecution"]);
}
