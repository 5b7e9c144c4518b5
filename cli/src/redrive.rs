//! `rounds redrive`: a run taken up again, where it stopped or from its beginning.

use std::process::ExitCode;
use std::time::Duration;

use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::types::{ExecutionRedriveStatus, ExecutionStatus, HistoryEvent, HistoryEventType};
use clap::builder::NonEmptyStringValueParser;

use crate::error::{Error, Result};
use crate::follow::follow;
use crate::outcome::show;
use crate::run::Run;
use crate::runs::resolve;
use crate::start::start_with;
use crate::target::Target;
use crate::terminal::note;

const PAUSE: Duration = Duration::from_millis(500);
/// Questions until AWS must know that the run goes on.
const PATIENCE: usize = 60;

/// Which run to take up again.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Name of the run, or its beginning, as `rounds runs` shows it.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    run: String,
    /// Look on until the run has ended.
    #[arg(long)]
    follow: bool,
}

/// Takes a run up again, and looks on where that is asked.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let arn = resolve(target, &arguments.run).await?;
    let (arn, told) = take_up(target, &arn).await?;
    note(&told);
    let run = if arguments.follow { follow(target, &arn).await? } else { Run::find(target, &arn).await? };
    show(target, &run, json)
}

/// Lets a run go on where it stopped, if that leads anywhere, or else starts it anew with the input that it had. Either is
/// safe, as every stage may run twice. Answers the execution that runs now, and a sentence about it.
async fn take_up(target: &Target, arn: &str) -> Result<(String, String)> {
    let known = describe(target, arn).await?;
    let why = match why_anew(target, &known).await? {
        None => match go_on(target, &known).await? {
            None => return Ok((arn.to_owned(), "Goes on where it stopped, as the same run.".to_owned())),
            Some(why) => why,
        },
        Some(why) => why,
    };
    let started = start_with(target, known.state_machine_arn(), known.input.clone()).await?;
    Ok((started, format!("Started anew with the same input: {why}.")))
}

/// Why going on would lead nowhere; none where it would.
async fn why_anew(target: &Target, known: &DescribeExecutionOutput) -> Result<Option<String>> {
    let name = known.name().unwrap_or(known.execution_arn());
    match known.status() {
        ExecutionStatus::Running => return Err(Error::UnderWay(name.to_owned())),
        ExecutionStatus::Succeeded => return Ok(Some("it had come to its end".to_owned())),
        _ if target.is_local() => return Ok(Some("the local stack lets no run go on".to_owned())),
        _ => {}
    }
    if known.redrive_status() == Some(&ExecutionRedriveStatus::NotRedrivable) {
        let reason = known.redrive_status_reason().unwrap_or("AWS does not say why");
        return Ok(Some(format!("it cannot go on ({})", reason.trim_end_matches('.'))));
    }
    if *known.status() == ExecutionStatus::Failed
        && ended_by_its_own_word(target, known.execution_arn()).await?
    {
        let error = known.error().unwrap_or("an error without a name");
        return Ok(Some(format!("it ended by its own word, as {error}, and going on would end it so again")));
    }
    Ok(None)
}

/// Whether the last state of a run is one that fails whenever it is entered, as after each error that was caught.
async fn ended_by_its_own_word(target: &Target, arn: &str) -> Result<bool> {
    let history = target.sfn.get_execution_history().execution_arn(arn).reverse_order(true).max_results(20);
    let events = history.send().await.map_err(Error::service("reading the run's history"))?.events;
    let mut entered =
        events.iter().map(HistoryEvent::r#type).filter(|kind| kind.as_str().ends_with("StateEntered"));
    Ok(entered.next() == Some(&HistoryEventType::FailStateEntered))
}

/// Lets it go on, and waits until AWS tells of it as going on; answers why AWS does not let it.
async fn go_on(target: &Target, known: &DescribeExecutionOutput) -> Result<Option<String>> {
    let arn = known.execution_arn();
    match target.sfn.redrive_execution().execution_arn(arn).send().await {
        Err(error) if error.as_service_error().is_some_and(|error| error.is_execution_not_redrivable()) => {
            return Ok(Some("AWS does not let it go on any more".to_owned()));
        }
        asked => asked.map_err(Error::service("letting the run go on"))?,
    };
    for _ in 0..PATIENCE {
        let now = describe(target, arn).await?;
        if now.redrive_count() > known.redrive_count() || *now.status() == ExecutionStatus::Running {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(None)
}

async fn describe(target: &Target, arn: &str) -> Result<DescribeExecutionOutput> {
    let asked = target.sfn.describe_execution().execution_arn(arn).send().await;
    asked.map_err(|error| match error.as_service_error() {
        Some(service) if service.is_execution_does_not_exist() || service.is_invalid_arn() => {
            Error::unknown_run(arn, std::iter::empty())
        }
        _ => Error::service("asking for the run")(error),
    })
}

#[cfg(test)]
#[path = "redrive_tests.rs"]
mod tests;
