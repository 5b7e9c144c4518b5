//! Looks on while a run goes through its stages.

use std::time::Duration;

use aws_sdk_sfn::types::HistoryEvent;

use crate::error::{Error, Result};
use crate::history::{Stage, stages};
use crate::interrupt::unless_interrupted;
use crate::outcome::Ending;
use crate::run::Run;
use crate::target::Target;
use crate::terminal::Step;

const PAUSE: Duration = Duration::from_millis(250);

/// Shows each stage of the run until it ends. Ctrl-C ends the looking on, never the run.
pub(crate) async fn follow(target: &Target, arn: &str) -> Result<Run> {
    let told = "stopped looking on; the run goes on by itself, and `rounds runs` shows how it ends";
    unless_interrupted(told, watch(target, arn)).await
}

async fn watch(target: &Target, arn: &str) -> Result<Run> {
    let mut display = Display::default();
    loop {
        // The run first: a history that is read after the run's end is whole.
        let run = Run::find(target, arn).await?;
        let is_over = run.ending != Ending::Running;
        display.show(&stages(&history(target, arn).await?), is_over);
        if is_over {
            return Ok(run);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Every event of a run so far.
pub(crate) async fn history(target: &Target, arn: &str) -> Result<Vec<HistoryEvent>> {
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
        let told = stages.iter().filter_map(|stage| Some((stage.title.as_deref()?, stage)));
        for (title, stage) in told.skip(self.finished) {
            let step = self.current.take().unwrap_or_else(|| Step::start(title));
            let progress = stage.progress();
            if stage.is_over || is_over {
                step.done(&progress);
                self.finished += 1;
                self.noted.clear();
                continue;
            }
            if let Some((ended, items)) = stage.counted() {
                step.count(ended, items);
            }
            if progress != "done" && progress != self.noted {
                step.note(&progress);
                self.noted = progress;
            }
            self.current = Some(step);
        }
    }
}
