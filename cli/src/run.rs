//! One execution of a state machine, as far as it has come.

use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::types::ExecutionStatus;
use jiff::Timestamp;
use jiff::civil::Date;
use rounds_shared::payload::{ObjectCreated, Order, Round};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::outcome::{Ending, Output, Reason};
use crate::target::Target;

/// A run of the pipeline, of a round, of a collection, of an export or of a clean-up.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    /// The execution's name: what people call a run by.
    #[serde(rename = "run")]
    pub(crate) name: String,
    pub(crate) started: Timestamp,
    /// How long it took; none while it runs.
    pub(crate) seconds: Option<f64>,
    #[serde(flatten)]
    pub(crate) subject: Subject,
    #[serde(flatten)]
    pub(crate) ending: Ending,
}

/// What a run was started with.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Subject {
    /// The event of a dropped file.
    Event(Box<ObjectCreated>),
    /// A call for reports.
    Round(Call),
    /// A call for the vendor's reports.
    Collection(Order),
    /// A request for a report.
    Export(Wish),
    /// A call for a clean-up.
    CleanUp {
        /// The day from which ages are counted; none for the clinic's day.
        as_of: Option<Date>,
    },
    /// None of them: somebody started it by hand.
    Input(Value),
}

/// The input of an export, as far as it may be shown: whom it is about stays where it was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    report: String,
}

/// The input of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Call {
    #[serde(flatten)]
    pub(crate) reports: Round,
    /// The day that the reports speak of; none for the clinic's day at `scheduled_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<Date>,
    /// When the round was called. A run that is started again has it still, and so speaks of the same day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scheduled_at: Option<String>,
    /// How long it waits for data; none for as long as the deployment says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deadline_minutes: Option<u32>,
    /// Whether letters go out at any hour, whatever their report's file says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) at_any_hour: bool,
}

impl Run {
    /// Asks for the execution `arn`.
    pub(crate) async fn find(target: &Target, arn: &str) -> Result<Self> {
        let answer = target.sfn.describe_execution().execution_arn(arn).send().await;
        let answer = answer.map_err(Error::service(format!("asking for the run {arn}")))?;
        let input = answer.input().unwrap_or_default();
        let subject = match answer.state_machine_arn() {
            machine if machine == target.collect_arn => Subject::read_collection(input),
            machine if machine == target.export_arn => Subject::read_export(input),
            machine if machine == target.clean_up_arn => Subject::read_clean_up(input),
            _ => Subject::read(input),
        };
        Self::of(&answer, subject)
    }

    /// What it is about: the file's key, or the round or collection with its day.
    pub(crate) fn title(&self) -> String {
        match &self.subject {
            Subject::Event(event) => event.detail.object.key.clone(),
            Subject::Round(call) => call.title(self.ending.as_of()),
            Subject::Collection(order) => title_of(order, self.ending.as_of()),
            Subject::Export(wish) => format!("export {}", wish.report),
            Subject::CleanUp { as_of } => match as_of.or(self.ending.as_of()) {
                Some(day) => format!("clean-up {day}"),
                None => "clean-up".to_owned(),
            },
            Subject::Input(_) => "unknown input".to_owned(),
        }
    }

    fn of(answer: &DescribeExecutionOutput, subject: Subject) -> Result<Self> {
        let ending = match answer.status() {
            ExecutionStatus::Running => Ending::Running,
            ExecutionStatus::Succeeded => Ending::Succeeded {
                output: Box::new(subject.read_output(answer.output().unwrap_or_default())?),
            },
            other => Ending::Failed {
                reason: Reason {
                    error: answer.error().unwrap_or(other.as_str()).to_owned(),
                    cause: answer.cause().unwrap_or_default().to_owned(),
                },
            },
        };
        let started = answer.start_date();
        let nanoseconds = i32::try_from(started.subsec_nanos()).unwrap_or_default();
        Ok(Self {
            name: answer.name().unwrap_or(answer.execution_arn()).to_owned(),
            subject,
            ending,
            started: Timestamp::new(started.secs(), nanoseconds).unwrap_or_default(),
            seconds: answer.stop_date().map(|stopped| stopped.as_secs_f64() - started.as_secs_f64()),
        })
    }
}

impl Subject {
    /// One odd run must not keep the others from being listed: what is no known input is taken as it is.
    fn read(input: &str) -> Self {
        let input: Value = serde_json::from_str(input).unwrap_or(Value::Null);
        let event = serde_json::from_value(input.clone()).map(Self::Event);
        event.or_else(|_| Call::deserialize(&input).map(Self::Round)).unwrap_or(Self::Input(input))
    }

    fn read_collection(input: &str) -> Self {
        let input: Value = serde_json::from_str(input).unwrap_or(Value::Null);
        Order::deserialize(&input).map_or_else(|_| Self::Input(input), Self::Collection)
    }

    /// What cannot be read is not shown either: it may say whom it is about.
    fn read_export(input: &str) -> Self {
        let wish = serde_json::from_str(input);
        Self::Export(wish.unwrap_or_else(|_| Wish { report: "of no report".to_owned() }))
    }

    fn read_clean_up(input: &str) -> Self {
        let input: Value = serde_json::from_str(input).unwrap_or(Value::Null);
        Self::CleanUp { as_of: input.get("as_of").and_then(|day| Date::deserialize(day).ok()) }
    }

    fn read_output(&self, output: &str) -> Result<Output> {
        match self {
            Self::Event(_) => serde_json::from_str(output).map(Output::File),
            Self::Collection(_) => serde_json::from_str(output).map(Output::Collection),
            Self::Export(_) => serde_json::from_str(output).map(Output::Export),
            Self::CleanUp { .. } => serde_json::from_str(output).map(Output::CleanUp),
            Self::Round(_) | Self::Input(_) => serde_json::from_str(output).map(Output::Round),
        }
        .map_err(Error::Output)
    }

    /// The event, where it is about a file.
    pub(crate) fn event(&self) -> Option<&ObjectCreated> {
        match self {
            Self::Event(event) => Some(event),
            Self::Round(_) | Self::Collection(_) | Self::Export(_) => None,
            Self::CleanUp { .. } | Self::Input(_) => None,
        }
    }
}

impl Call {
    /// A round that a person calls now.
    pub(crate) fn now(reports: Round, as_of: Option<Date>) -> Self {
        let scheduled_at = Some(Timestamp::now().to_string());
        Self { reports, as_of, scheduled_at, deadline_minutes: None, at_any_hour: false }
    }

    /// `daily 2026-11-21`, or the reports' names with the day; without it as long as only the function knows it.
    fn title(&self, as_of: Option<Date>) -> String {
        let called = match &self.reports {
            Round::Cadence(cadence) => cadence.as_str().to_owned(),
            Round::Reports(reports) => reports.join(", "),
        };
        match self.as_of.or(as_of) {
            Some(day) => format!("{called} {day}"),
            None => called,
        }
    }
}

/// `collect 2026-11-21`, with the reports and accounts where they were named.
fn title_of(collection: &Order, as_of: Option<Date>) -> String {
    let mut title = "collect".to_owned();
    for named in [&collection.reports, &collection.accounts] {
        title.extend((!named.is_empty()).then(|| format!(" {}", named.join(", "))));
    }
    title.extend(collection.as_of.or(as_of).map(|day| format!(" {day}")));
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(input: &str) -> Call {
        let Subject::Round(call) = Subject::read(input) else { panic!("not a round") };
        call
    }

    #[test]
    fn a_round_is_called_by_its_cadence_or_its_reports_and_its_day() {
        let day = "2026-11-21".parse().unwrap();
        let daily = call(r#"{"cadence": "daily", "scheduled_at": "2026-11-21T06:30:00Z"}"#);
        assert_eq!(daily.title(Some(day)), "daily 2026-11-21");
        assert_eq!(daily.title(None), "daily");
        let named = r#"{"reports": ["mis.a", "mis.b"], "as_of": "2026-11-20", "scheduled_at": "2026-11-21T06:30:00Z"}"#;
        assert_eq!(call(named).title(None), "mis.a, mis.b 2026-11-20");
    }

    #[test]
    fn what_nobody_said_is_not_in_a_rounds_input() {
        let input = r#"{"cadence":"daily","scheduled_at":"2026-11-21T06:30:00Z"}"#;
        assert_eq!(serde_json::to_string(&call(input)).unwrap(), input);
    }

    #[test]
    fn a_collection_is_called_by_its_day_and_by_what_was_named() {
        let title = |input: &str| {
            let Subject::Collection(order) = Subject::read_collection(input) else { panic!("{input}") };
            title_of(&order, "2026-11-21".parse().ok())
        };
        assert_eq!(title(r#"{"scheduled_at": "2026-11-21T04:00:00Z"}"#), "collect 2026-11-21");
        let named =
            r#"{"reports": ["ar_aging"], "accounts": ["10000001"], "as_of": "2026-11-20", "again": "f00d"}"#;
        assert_eq!(title(named), "collect ar_aging 10000001 2026-11-20");
        assert!(matches!(Subject::read_collection("[1]"), Subject::Input(_)));
    }

    #[test]
    fn an_export_is_called_by_its_report_and_never_by_whom_it_is_about() {
        let asked = r#"{"report": "demo.history", "parameters": {"patient_id": "P1"}, "notify": "ana@clinic.example"}"#;
        let Subject::Export(wish) = Subject::read_export(asked) else { panic!("no export") };
        assert_eq!(serde_json::to_string(&wish).unwrap(), r#"{"report":"demo.history"}"#);
        let Subject::Export(wish) = Subject::read_export(r#"{"patient": "P1"}"#) else { panic!("no export") };
        assert_eq!(wish.report, "of no report");
    }

    #[test]
    fn a_clean_up_is_known_by_its_day_alone() {
        let day = |input: &str| {
            let Subject::CleanUp { as_of } = Subject::read_clean_up(input) else { panic!("{input}") };
            as_of.map(|day| day.to_string())
        };
        let asked = r#"{"as_of": "2026-11-22", "scheduled_at": "2026-11-22T03:00:00Z"}"#;
        assert_eq!(day(asked).as_deref(), Some("2026-11-22"));
        assert_eq!(day(r#"{"scheduled_at": "2026-11-22T03:00:00Z"}"#), None);
        assert_eq!(day("[]"), None);
    }

    #[test]
    fn a_run_that_was_started_with_anything_else_is_listed_all_the_same() {
        for input in ["{}", "", r#"{"cadence": "hourly"}"#, r#"{"detail": 1}"#] {
            assert!(matches!(Subject::read(input), Subject::Input(_)), "{input}");
        }
    }
}
