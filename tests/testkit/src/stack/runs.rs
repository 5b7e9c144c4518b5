//! Drops, and the executions that they start.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use super::{Deployment, Stack};

/// How long anything may take; far more than it does.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);

/// An execution of a state machine that has ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its ARN.
    pub arn: String,
    /// The event that it was started with, or the call of a round.
    pub event: Value,
    /// `SUCCEEDED` or `FAILED`.
    pub status: String,
    /// Its output; null where it failed.
    pub output: Value,
    /// Its error's name, where it failed.
    pub error: Option<String>,
    /// What its error says, where it failed.
    pub cause: Option<String>,
}

impl Run {
    /// The outcome that it ended with.
    #[must_use]
    pub fn outcome(&self) -> &str {
        self.output["outcome"].as_str().unwrap_or_else(|| panic!("{} ended {}", self.arn, self.status))
    }
}

/// Waits until `ask` has an answer.
///
/// # Panics
/// After two minutes without one.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {} s in vain: {what}", PATIENCE.as_secs());
        std::thread::sleep(PAUSE);
    }
}

impl Stack {
    /// Drops a file, and waits for the end of the run that it starts.
    pub async fn drop_file(&self, key: &str, content: Vec<u8>) -> Run {
        let arn = self.put(key, content).await;
        self.finished(&arn)
    }

    /// Drops a file, and waits for the beginning of the run that it starts: its ARN.
    pub async fn put(&self, key: &str, content: Vec<u8>) -> String {
        let known: HashSet<String> = self.executions().into_iter().collect();
        let bucket = &self.deployment().landing_bucket;
        self.s3.put_object().bucket(bucket).key(key).body(ByteStream::from(content)).send().await.unwrap();
        until("the drop starts a run", || {
            let new = self.executions().into_iter().filter(|arn| !known.contains(arn));
            new.into_iter().find(|arn| self.described(arn).event["detail"]["object"]["key"] == key)
        })
    }

    /// Starts a run with an event that has been there before, as a second delivery of it does.
    #[must_use]
    pub fn start(&self, event: &Value) -> String {
        self.start_machine(&self.deployment().pipeline_arn, event)
    }

    /// Calls a round, as the clock does.
    #[must_use]
    pub fn call_round(&self, call: &Value) -> String {
        self.start_machine(&self.deployment().rounds_arn, call)
    }

    /// Calls a collection, as the clock does.
    #[must_use]
    pub fn call_collection(&self, call: &Value) -> String {
        self.start_machine(&self.deployment().collect_arn, call)
    }

    /// Asks for an export, as whoever may start its machine does.
    #[must_use]
    pub fn call_export(&self, call: &Value) -> String {
        self.start_machine(&self.deployment().export_arn, call)
    }

    /// Calls a clean-up, as the clock does.
    #[must_use]
    pub fn call_clean_up(&self, call: &Value) -> String {
        self.start_machine(&self.deployment().clean_up_arn, call)
    }

    /// Ends a run where it is, unless it has ended.
    pub fn stop(&self, arn: &str) {
        let headers =
            "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AWSStepFunctions.StopExecution\r\n";
        let _ = self.request("POST / ", headers, &json!({"executionArn": arn}).to_string());
    }

    fn start_machine(&self, machine: &str, input: &Value) -> String {
        let asked = json!({"stateMachineArn": machine, "input": input.to_string()});
        let answer = self.call("AWSStepFunctions.StartExecution", &asked);
        answer["executionArn"].as_str().unwrap().to_owned()
    }

    /// Waits for the end of a run.
    #[must_use]
    pub fn finished(&self, arn: &str) -> Run {
        until("the run ends", || self.ended(arn))
    }

    /// A run, if it has ended.
    #[must_use]
    pub fn ended(&self, arn: &str) -> Option<Run> {
        Some(self.described(arn)).filter(|run| run.status != "RUNNING")
    }

    /// The event that started a run.
    #[must_use]
    pub fn event(&self, arn: &str) -> Value {
        self.described(arn).event
    }

    /// Every event of a run, as Step Functions tells it.
    #[must_use]
    pub fn history(&self, arn: &str) -> Vec<Value> {
        let mut events = Vec::new();
        let mut asked = json!({"executionArn": arn, "maxResults": 1000, "includeExecutionData": true});
        loop {
            let mut page = self.call("AWSStepFunctions.GetExecutionHistory", &asked);
            events.extend(page["events"].as_array_mut().into_iter().flat_map(std::mem::take));
            match page["nextToken"].take() {
                Value::Null => return events,
                token => asked["nextToken"] = token,
            }
        }
    }

    /// ARNs of all runs of all machines.
    pub(super) fn executions(&self) -> Vec<String> {
        let Deployment { pipeline_arn, rounds_arn, collect_arn, export_arn, clean_up_arn, .. } =
            self.deployment();
        [pipeline_arn, rounds_arn, collect_arn, export_arn, clean_up_arn]
            .into_iter()
            .flat_map(|machine| self.executions_of(machine, None))
            .collect()
    }

    /// ARNs of the runs of a machine, the latest first; those of one status alone, such as `RUNNING`, where it is said.
    #[must_use]
    pub fn executions_of(&self, machine: &str, status: Option<&str>) -> Vec<String> {
        let mut arns = Vec::new();
        let mut asked = json!({"stateMachineArn": machine, "maxResults": 1000});
        if let Some(status) = status {
            asked["statusFilter"] = status.into();
        }
        loop {
            let mut page = self.call("AWSStepFunctions.ListExecutions", &asked);
            let listed = page["executions"].as_array().into_iter().flatten();
            arns.extend(listed.filter_map(|run| run["executionArn"].as_str().map(str::to_owned)));
            match page["nextToken"].take() {
                Value::Null => return arns,
                token => asked["nextToken"] = token,
            }
        }
    }

    fn described(&self, arn: &str) -> Run {
        let described = self.call("AWSStepFunctions.DescribeExecution", &json!({"executionArn": arn}));
        let parsed = |name: &str| {
            described[name].as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
        };
        Run {
            arn: arn.to_owned(),
            event: parsed("input"),
            status: described["status"].as_str().unwrap().to_owned(),
            output: parsed("output"),
            error: described["error"].as_str().map(str::to_owned),
            cause: described["cause"].as_str().map(str::to_owned),
        }
    }
}
