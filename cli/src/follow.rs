//! Looks on while a run goes through its stages.

use std::time::Duration;

use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::types::{ExecutionStatus, HistoryEvent};
use rounds_shared::payload::ObjectCreated;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::history::{Stage, stages};
use crate::outcome::{Ending, Reason};
use crate::target::Target;
use crate::terminal::Step;

const PAUSE: Duration = Duration::from_millis(250);

/// One execution of the pipeline.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    /// The execution's name: what people call a run by.
    #[serde(rename = "run")]
    pub(crate) name: String,
    pub(crate) started: jiff::Timestamp,
    /// How long it took; none while it runs.
    pub(crate) seconds: Option<f64>,
    /// The event that it was started with.
    pub(crate) event: ObjectCreated,
    #[serde(flatten)]
    pub(crate) ending: Ending,
}

impl Run {
    /// Asks for the execution `arn`.
    pub(crate) async fn find(sfn: &aws_sdk_sfn::Client, arn: &str) -> Result<Self> {
        let answer = sfn.describe_execution().execution_arn(arn).send().await;
        Self::of(&answer.map_err(Error::service(format!("asking for the run {arn}")))?)
    }

    fn of(answer: &DescribeExecutionOutput) -> Result<Self> {
        let ending = match answer.status() {
            ExecutionStatus::Running => Ending::Running,
            ExecutionStatus::Succeeded => Ending::Succeeded {
                output: serde_json::from_str(answer.output().unwrap_or_default()).map_err(Error::Output)?,
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
            event: serde_json::from_str(answer.input().unwrap_or_default()).map_err(Error::Output)?,
            ending,
            started: jiff::Timestamp::new(started.secs(), nanoseconds).unwrap_or_default(),
            seconds: answer.stop_date().map(|stopped| stopped.as_secs_f64() - started.as_secs_f64()),
        })
    }
}

/// Shows each stage of the run until it ends. Ctrl-C ends the looking on, never the run.
pub(crate) async fn follow(target: &Target, arn: &str) -> Result<Run> {
    tokio::select! {
        run = watch(target, arn) => run,
        _ = tokio::signal::ctrl_c() => Err(Error::Interrupted),
    }
}

async fn watch(target: &Target, arn: &str) -> Result<Run> {
    let mut display = Display::default();
    loop {
        // The run first: a history that is read after the run's end is whole.
        let run = Run::find(&target.sfn, arn).await?;
        let is_over = run.ending != Ending::Running;
        display.show(&stages(&history(target, arn).await?), is_over);
        if is_over {
            return Ok(run);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn history(target: &Target, arn: &str) -> Result<Vec<HistoryEvent>> {
    let mut pages =
        target.sfn.get_execution_history().execution_arn(arn).max_results(1000).into_paginator().send();
    let mut events = Vec::new();
    while let Some(page) = pages.next().await {
        events.extend(page.map_err(Error::service("reading the run's history"))?.events);
    }
    Ok(events)
}

/// The stages shown so far.
#[derive(Default)]
struct Display {
    finished: usize,
    current: Option<Step>,
    noted: String,
}

impl Display {
    /// Brings what is shown up to date with `stages`, all that the run has begun.
    fn show(&mut self, stages: &[Stage], is_over: bool) {
        let told = stages.iter().filter_map(|stage| stage.title().map(|title| (title, stage)));
        for (title, stage) in told.skip(self.finished) {
            let step = self.current.take().unwrap_or_else(|| Step::start(title));
            let progress = stage.progress();
            if stage.is_over || is_over {
                step.done(&progress);
                self.finished += 1;
                self.noted.clear();
                continue;
            }
            if progress != "done" && progress != self.noted {
                step.note(&progress);
                self.noted = progress;
            }
            self.current = Some(step);
        }
    }
}
