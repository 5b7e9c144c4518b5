//! `rounds collect`: the billing vendor's reports, asked for now, and what became of them.

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::civil::Date;
use rounds_shared::payload::{CollectRequest, CollectResponse, CollectStory, Order};
use serde_json::json;

use crate::arguments::day;
use crate::error::{Error, Result};
use crate::follow::follow;
use crate::function::ask;
use crate::outcome::show;
use crate::random;
use crate::start::start_collection;
use crate::table::Table;
use crate::target::Target;
use crate::terminal::{grouped, moment, say};

const TABLE: Table<'_> = Table {
    header: &["DAY", "ACCOUNT", "REPORT", "ASKED", "READY", "DROPPED", "ROWS", "STATUS"],
    numbers: &[6],
    spare: &[4, 3, 5],
    elastic: &[7],
    standing: Some(7),
};

/// What to do about the billing vendor's reports.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Collect what is due and has not been collected, or some reports by name.
    Run(RunArguments),
    /// List what was asked for, and what became of it.
    Status(StatusArguments),
}

/// What to collect.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArguments {
    /// Reports by name, such as ar_aging [default: those that are due on the day].
    #[arg(value_name = "REPORT")]
    reports: Vec<String>,
    /// The vendor's number of an account; may be given several times [default: all of the deployment's].
    #[arg(long = "account", value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// The day that they are collected for [default: today in the clinic's time zone].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Date>,
    /// Ask the vendor once more for what was asked for that day, whatever became of it.
    #[arg(long)]
    again: bool,
}

/// Which requests to list.
#[derive(Debug, clap::Args)]
pub(crate) struct StatusArguments {
    /// Only those of a day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Date>,
    /// How many requests, the latest day first.
    #[arg(short = 'n', long = "number", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    number: u32,
}

/// Runs a `rounds collect` command.
pub(crate) async fn run(target: &Target, command: &Command, json: bool) -> Result<ExitCode> {
    match command {
        Command::Run(arguments) => collect(target, arguments, json).await,
        Command::Status(arguments) => status(target, arguments, json).await.map(|()| ExitCode::SUCCESS),
    }
}

/// Calls a collection, and looks on until it has ended.
async fn collect(target: &Target, arguments: &RunArguments, json: bool) -> Result<ExitCode> {
    let RunArguments { reports, accounts, as_of, again } = arguments;
    let again = if *again { random::token()? } else { String::new() };
    let order = Order {
        as_of: *as_of,
        scheduled_at: Some(Timestamp::now()),
        accounts: accounts.clone(),
        reports: reports.clone(),
        again,
    };
    // A slip of the pen makes no alert.
    let plan = CollectRequest::Plan(order.clone());
    let planned = ask(target, &target.collect_function, "planning the collection", &plan).await?;
    let CollectResponse::Planned { .. } = planned else { return Err(Error::Unexpected) };
    let started = start_collection(target, &order).await?;
    show(target, &follow(target, &started).await?, json)
}

/// Lists the latest requests.
async fn status(target: &Target, arguments: &StatusArguments, json: bool) -> Result<()> {
    let request = CollectRequest::Status { as_of: arguments.as_of, number: arguments.number };
    let answer = ask(target, &target.collect_function, "asking for what was collected", &request).await?;
    let CollectResponse::Told { requests } = answer else { return Err(Error::Unexpected) };
    if json {
        requests.iter().for_each(|request| say(json!(request).to_string()));
    } else if requests.is_empty() {
        say("Nothing was asked for: `rounds collect run` does it now.");
    } else {
        TABLE.say(&requests.into_iter().map(row).collect::<Vec<_>>());
    }
    Ok(())
}

fn row(story: CollectStory) -> Vec<String> {
    let CollectStory { request, status, requested_at, ready_at, fetched_at, rows, error, .. } = story;
    let at = |known: Option<Timestamp>| known.map_or_else(|| "-".to_owned(), moment);
    let status = status.as_str();
    vec![
        request.as_of.to_string(),
        request.account,
        request.report,
        moment(requested_at),
        at(ready_at),
        at(fetched_at),
        rows.map_or_else(|| "-".to_owned(), grouped),
        error.map_or_else(|| status.to_owned(), |error| format!("{status}: {error}")),
    ]
}

#[cfg(test)]
mod tests {
    use rounds_shared::payload::{CollectStatus, Request};

    use super::*;

    #[test]
    fn what_became_of_each_request_is_one_line_with_its_reason() {
        let story = |account: &str, status, rows, error: Option<&str>| CollectStory {
            request: Request {
                account: account.to_owned(),
                report: "ar_aging".to_owned(),
                as_of: "2026-11-21".parse().unwrap(),
                again: String::new(),
            },
            identifier: None,
            status,
            requested_at: Timestamp::UNIX_EPOCH,
            ready_at: None,
            fetched_at: None,
            rows,
            error: error.map(str::to_owned),
        };
        let refused = Some("Defect.VendorRefused: the interface is not turned on");
        let stories = [
            story("10000001", CollectStatus::Loaded, Some(1_200), None),
            story("10000003", CollectStatus::Failed, None, refused),
        ];
        let told = TABLE.fitted(&stories.map(row), usize::MAX);
        let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], TABLE.header);
        assert!(lines[1].starts_with(&["2026-11-21", "10000001", "ar_aging"]), "{told}");
        assert!(lines[1].ends_with(&["-", "-", "1,200", "loaded"]), "{told}");
        assert!(told.ends_with("failed: Defect.VendorRefused: the interface is not turned on"), "{told}");
    }
}
