//! What a run's history says about its stages.

use std::collections::BTreeSet;

use aws_sdk_sfn::types::{HistoryEvent, HistoryEventType as Kind};
use rounds_shared::payload::{LoadOutcome, LoadResponse, TransformResponse};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::pace;

/// A state that maps over items.
struct Map {
    state: &'static str,
    /// Where its input lists the items.
    items: &'static str,
    /// What people call them where each is one task, so that they can be counted.
    called: Option<&'static str>,
}

const MAPS: [Map; 4] = [
    Map { state: "Transform", items: "parts", called: Some("parts") },
    Map { state: "Deliver", items: "ready", called: Some("reports") },
    Map { state: "Collect", items: "requests", called: None },
    Map { state: "CleanUp", items: "tables", called: None },
];
/// The state that waits for data, and those that look whether it has come.
const WAIT: &str = "Wait";
const LOOKING: [&str; 5] = ["Look", "Due", "Deliver", "IsWaiting", WAIT];

/// A stage that a person waits for, as the history shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stage {
    state: String,
    /// What the stage does, in words; none for the machine's inner states.
    pub(crate) title: Option<String>,
    /// Items that it maps over.
    items: usize,
    finished_items: usize,
    /// Rows that were gone through; none where a call did not tell.
    rows: Option<u64>,
    /// When it began, and when the last of its items had ended, in seconds.
    began: f64,
    last_ended: f64,
    /// Errors so far, in order; each but perhaps the last was followed by another attempt.
    errors: Vec<String>,
    pub(crate) is_over: bool,
}

impl Stage {
    fn entered(state: &str, input: Option<&str>, began: f64) -> Self {
        let input = input.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
        let map = MAPS.iter().find(|map| map.state == state);
        let items = map.and_then(|map| input.get(map.items)?.as_array().map(Vec::len)).unwrap_or(0);
        Self {
            state: state.to_owned(),
            title: title(state, &input, items),
            items,
            finished_items: 0,
            rows: Some(0),
            began,
            last_ended: began,
            errors: Vec::new(),
            is_over: false,
        }
    }

    /// How far it is, or how it ended.
    pub(crate) fn progress(&self) -> String {
        let called = self.map().filter(|_| self.items > 1).and_then(|map| map.called);
        let count = called.map(|called| format!("{} of {} {called}", self.finished_items, self.items));
        let told = count.into_iter().chain(self.rows()).chain(self.left()).chain(self.trouble());
        let told: Vec<String> = told.collect();
        if told.is_empty() { "done".to_owned() } else { told.join(", ") }
    }

    /// The error that it stands at, or ended with; none that a later attempt made good.
    fn trouble(&self) -> Option<String> {
        let error = self.errors.last()?;
        let stays = match self.map() {
            _ if !self.is_over => true,
            // Its items are several tasks each: which of them were made good, is not counted.
            Some(Map { called: None, .. }) => !is_retried(error),
            _ => self.finished_items < self.items.max(1),
        };
        stays.then(|| match is_retried(error) && !self.is_over {
            true => format!("{error}, trying again ({})", self.errors.len()),
            false => error.clone(),
        })
    }

    /// How many of its items have ended, of how many; none where there is nothing to count.
    pub(crate) fn counted(&self) -> Option<(usize, usize)> {
        let is_counted = self.items > 1 && self.map().is_some_and(|map| map.called.is_some());
        is_counted.then_some((self.finished_items.min(self.items), self.items))
    }

    /// How long the rest takes at the pace so far, by the clock of the events; none at the end.
    fn left(&self) -> Option<String> {
        let (ended, items) = self.counted().filter(|_| !self.is_over)?;
        pace::left(self.last_ended - self.began, ended, items)
    }

    /// Its rows and their rate, once all of it is done.
    fn rows(&self) -> Option<String> {
        let is_whole = self.is_over && self.finished_items >= self.items.max(1);
        let rows = self.rows.filter(|rows| is_whole && *rows > 0)?;
        Some(pace::rows(rows, self.last_ended - self.began))
    }

    /// Takes the answer of one of its calls.
    fn ended(&mut self, event: &HistoryEvent) {
        self.finished_items += 1;
        self.last_ended = event.timestamp().as_secs_f64();
        self.rows = self.rows.zip(rows(&self.state, event)).map(|(sum, rows)| sum.saturating_add(rows));
    }

    /// Whether a state that comes next is another look for the same data, and so belongs to this stage.
    fn holds(&self, next: &Self) -> bool {
        self.state == WAIT && LOOKING.contains(&next.state.as_str()) && next.items == 0
    }

    fn map(&self) -> Option<&'static Map> {
        MAPS.iter().find(|map| map.state == self.state)
    }
}

/// What a state does, in words.
fn title(state: &str, input: &Value, items: usize) -> Option<String> {
    Some(match state {
        "Ingest" => "Look at the file".to_owned(),
        "Transform" => "Check the rows".to_owned(),
        "Load" => "Load the tables".to_owned(),
        "Report" => "Report".to_owned(),
        "Export" => "Make the file".to_owned(),
        "Due" | "Plan" => "Find what is due".to_owned(),
        "Deliver" if items > 0 => "Report".to_owned(),
        "Collect" if items == 1 => "Collect 1 report".to_owned(),
        "Collect" if items > 0 => format!("Collect {items} reports"),
        "CleanUp" if items > 0 => "Archive and delete rows".to_owned(),
        WAIT => match missing(input).join(", ") {
            hours if hours.is_empty() => "Wait for the hours of letters".to_owned(),
            missing => format!("Wait for data: {missing}"),
        },
        "Quarantine" => "Put the file aside".to_owned(),
        "RecordFailure" => "Record the failure".to_owned(),
        "Alert" | "AlertQuarantined" | "AlertHeldBack" | "AlertUncertain" | "AlertFailed" => {
            "Alert".to_owned()
        }
        _ => return None,
    })
}

/// Titles of the datasets that a round waits for, each once.
fn missing(input: &Value) -> Vec<&str> {
    let reports = input.get("waiting").and_then(Value::as_array).into_iter().flatten();
    let datasets = reports.filter_map(|report| report.get("missing")?.as_array()).flatten();
    let titles: BTreeSet<&str> = datasets.filter_map(|dataset| dataset.get("title")?.as_str()).collect();
    titles.into_iter().collect()
}

/// Rows that a call of a state read or loaded; none where its answer does not tell of rows.
fn rows(state: &str, event: &HistoryEvent) -> Option<u64> {
    match state {
        "Transform" => answer::<TransformResponse>(event).map(|part| part.counts.read),
        "Load" => {
            let loads = answer::<LoadResponse>(event)?.loads;
            let loaded = loads.iter().filter(|load| load.outcome == LoadOutcome::Loaded);
            Some(loaded.map(|load| load.counts.loaded).sum())
        }
        _ => None,
    }
}

/// What calls of a function answered, in order.
pub(crate) fn answers<Answer: DeserializeOwned>(history: &[HistoryEvent]) -> Vec<Answer> {
    history.iter().filter_map(answer).collect()
}

/// What the call answered that has ended with this event.
fn answer<Answer: DeserializeOwned>(event: &HistoryEvent) -> Option<Answer> {
    let output: Value = serde_json::from_str(event.task_succeeded_event_details()?.output()?).ok()?;
    Answer::deserialize(output.get("Payload")?).ok()
}

/// The errors of calls that the machine did not try again, each with its sentence.
pub(crate) fn failures(history: &[HistoryEvent]) -> Vec<(String, String)> {
    let failed = history.iter().filter_map(HistoryEvent::task_failed_event_details);
    let failed = failed.filter(|failed| !failed.error().is_some_and(is_retried));
    let sentence = |cause: &str| -> String {
        let cause: Option<Value> = serde_json::from_str(cause).ok();
        cause.and_then(|cause| Some(cause.get("errorMessage")?.as_str()?.to_owned())).unwrap_or_default()
    };
    let told = |cause: Option<&str>| sentence(cause.unwrap_or_default());
    failed.map(|failed| (failed.error().unwrap_or_default().to_owned(), told(failed.cause()))).collect()
}

/// Whether the machine tries again after this error: a passing one of ours, or of Lambda itself.
fn is_retried(error: &str) -> bool {
    error.starts_with("Retryable.") || error.starts_with("Lambda.")
}

/// The stages in the order in which they began.
pub(crate) fn stages(history: &[HistoryEvent]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut is_mapping = false;
    for event in history {
        // Whatever is entered before a Map is left is within it.
        if let Some(entered) = event.state_entered_event_details().filter(|_| !is_mapping) {
            enter(
                &mut stages,
                Stage::entered(entered.name(), entered.input(), event.timestamp().as_secs_f64()),
            );
        }
        let Some(stage) = stages.last_mut() else { continue };
        match event.r#type() {
            Kind::MapStateEntered => is_mapping = true,
            Kind::MapStateExited => is_mapping = false,
            Kind::TaskSucceeded => stage.ended(event),
            Kind::TaskFailed => {
                let error = event.task_failed_event_details().and_then(|details| details.error());
                stage.errors.push(error.unwrap_or("an error without a name").to_owned());
            }
            _ => {}
        }
    }
    stages
}

/// Begins a stage, and with it ends the one before, unless it is a part of that.
fn enter(stages: &mut Vec<Stage>, next: Stage) {
    match stages.last_mut() {
        Some(last) if last.holds(&next) => {}
        last => {
            if let Some(last) = last {
                last.is_over = true;
            }
            stages.push(next);
        }
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
