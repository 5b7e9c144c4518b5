//! What a run's history says about its stages.

use aws_sdk_sfn::types::{HistoryEvent, HistoryEventType as Kind};
use serde_json::Value;

/// The state that maps over a file's parts, and the state within it.
const PARTS: &str = "Transform";
const PART: &str = "TransformPart";

/// A stage that a person waits for, as the history shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) state: String,
    /// Parts that the file was divided into, for the stage that works on parts.
    pub(crate) parts: usize,
    pub(crate) finished_parts: usize,
    /// Errors so far, in order; each but perhaps the last was followed by another attempt.
    pub(crate) errors: Vec<String>,
    pub(crate) is_over: bool,
}

impl Stage {
    /// What the stage does, in words; none for the machine's inner states.
    pub(crate) fn title(&self) -> Option<&'static str> {
        Some(match self.state.as_str() {
            "Ingest" => "Look at the file",
            PARTS => "Check the rows",
            "Load" => "Load the tables",
            "Report" => "Report",
            "Quarantine" => "Put the file aside",
            "RecordFailure" => "Record the failure",
            "AlertQuarantined" | "AlertHeldBack" | "AlertFailed" => "Alert",
            _ => return None,
        })
    }

    /// How far it is, or how it ended.
    pub(crate) fn progress(&self) -> String {
        match self.errors.last() {
            Some(error) if self.is_over && self.finished_parts < self.parts.max(1) => error.clone(),
            Some(error) if !self.is_over && is_retried(error) => {
                format!("{error}, trying again ({})", self.errors.len())
            }
            Some(error) if !self.is_over => error.clone(),
            _ if self.parts > 1 => format!("{} of {} parts", self.finished_parts, self.parts),
            _ => "done".to_owned(),
        }
    }
}

/// Whether the machine tries again after this error: a passing one of ours, or of Lambda itself.
fn is_retried(error: &str) -> bool {
    error.starts_with("Retryable.") || error.starts_with("Lambda.")
}

/// The stages in the order in which they began.
pub(crate) fn stages(history: &[HistoryEvent]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for event in history {
        if let Some(entered) = event.state_entered_event_details() {
            stages.push(Stage {
                state: entered.name().to_owned(),
                parts: if entered.name() == PARTS { parts(entered.input()) } else { 0 },
                finished_parts: 0,
                errors: Vec::new(),
                is_over: false,
            });
        }
        // Within a Map the machine also names the inner states; their events count for the stage around them.
        let Some(stage) = stages.last_mut() else { continue };
        match event.r#type() {
            Kind::TaskSucceeded => stage.finished_parts += 1,
            Kind::TaskFailed => {
                let error = event.task_failed_event_details().and_then(|details| details.error());
                stage.errors.push(error.unwrap_or("an error without a name").to_owned());
            }
            _ => {}
        }
    }
    merge_parts(stages)
}

/// Marks every stage but the last as over, and lets the stage of parts swallow its inner state.
fn merge_parts(stages: Vec<Stage>) -> Vec<Stage> {
    let mut merged: Vec<Stage> = Vec::new();
    for stage in stages {
        match merged.last_mut() {
            Some(outer) if outer.state == PARTS && stage.state == PART => {
                outer.finished_parts += stage.finished_parts;
                outer.errors.extend(stage.errors);
            }
            before => {
                if let Some(before) = before {
                    before.is_over = true;
                }
                merged.push(stage);
            }
        }
    }
    merged
}

/// How many parts a state's input lists.
fn parts(input: Option<&str>) -> usize {
    let input: Option<Value> = input.and_then(|text| serde_json::from_str(text).ok());
    input.and_then(|input| input.get("parts")?.as_array().map(Vec::len)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sfn::primitives::DateTime;
    use aws_sdk_sfn::types::{StateEnteredEventDetails, TaskFailedEventDetails};

    fn event(kind: Kind) -> aws_sdk_sfn::types::builders::HistoryEventBuilder {
        HistoryEvent::builder().timestamp(DateTime::from_secs(0)).id(1).r#type(kind)
    }

    fn entered(kind: Kind, name: &str, input: &str) -> HistoryEvent {
        let details = StateEnteredEventDetails::builder().name(name).input(input).build().unwrap();
        event(kind).state_entered_event_details(details).build().unwrap()
    }

    fn failed(error: &str) -> HistoryEvent {
        let details =
            TaskFailedEventDetails::builder().resource_type("lambda").resource("invoke").error(error).build();
        event(Kind::TaskFailed).task_failed_event_details(details.unwrap()).build().unwrap()
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
        assert_eq!(stages[1].title(), Some("Put the file aside"));
    }
}
