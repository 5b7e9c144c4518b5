//! `rounds`: drops files, follows and explains what becomes of them, and runs the whole of Rounds on one machine.

mod catalog;
mod checkout;
mod clean_up;
mod collect;
mod dashboard;
mod decide;
mod deliveries;
mod drop;
mod error;
mod explain;
mod export;
mod finding;
mod follow;
mod function;
mod history;
mod local;
mod outcome;
mod random;
mod rejects;
mod replay;
mod report;
mod run;
mod runs;
mod story;
mod target;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rounds_shared::payload::Verdict;

use checkout::Checkout;
use error::{Error, Result};
use local::state::StateFolder;
use target::{Choice, Target};

/// One pipeline for a clinic group's spreadsheets: from a dropped file to checked tables and mailed reports.
#[derive(Debug, Parser)]
#[command(name = "rounds", version)]
struct Arguments {
    /// State folder of the local stack [default: target/local/stack in the checkout].
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
    /// What to talk to.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    target: Choice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole of Rounds on this machine.
    #[command(subcommand)]
    Local(local::Command),
    /// Look at the catalog of datasets, views and reports.
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Put a file into the landing bucket.
    Drop(drop::Arguments),
    /// List the latest runs.
    Runs(runs::Arguments),
    /// Start a run again with the same input.
    Rerun(runs::RerunArguments),
    /// Send reports: by name for a day, or all of a cadence as the clock does.
    Report(report::Arguments),
    /// Send a report for each day on which it was due in a stretch of days.
    Backfill(report::BackfillArguments),
    /// Collect the billing vendor's reports, or look what became of them.
    #[command(subcommand)]
    Collect(collect::Command),
    /// Archive the rows that their tables need not keep, and delete them there.
    CleanUp(clean_up::Arguments),
    /// Make a report that is made on request, and tell the link to it.
    Export(export::Arguments),
    /// List the dashboards with links that open them, or write the page of one.
    Dashboard(dashboard::Arguments),
    /// List what was sent to whom, and what became of it.
    Deliveries(deliveries::Arguments),
    /// Send a delivery once more.
    Resend(deliveries::ResendArguments),
    /// Say what became of a delivery of which nobody knows.
    Settle(deliveries::SettleArguments),
    /// Tell the story of a batch or of a dropped file.
    Explain(explain::Arguments),
    /// List the rejected rows of a batch by rule, or write them as a workbook to mend.
    Rejects(rejects::Arguments),
    /// Read a batch's file again: after its contract was changed, or with its rejected rows mended.
    Replay(replay::Arguments),
    /// Load a batch that was held back.
    Accept(decide::Arguments),
    /// Decide that a batch that was held back is never loaded.
    Discard(decide::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rounds: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find();
    let state = match (&arguments.state, &checkout) {
        (Some(folder), _) => Some(StateFolder::at(folder)?),
        (None, Ok(checkout)) => Some(StateFolder::at(&checkout.default_state())?),
        (None, Err(_)) => None,
    };
    let target = async || Target::find(arguments.target, state.as_ref()).await;
    match arguments.command {
        Command::Local(command) => {
            let state = state.as_ref().ok_or(Error::StackDown);
            local::run(command, &checkout?, state?).await?;
        }
        Command::Catalog(command) => {
            let state = state.as_ref().ok_or(Error::StackDown);
            catalog::run(command, &checkout?, state?).await?;
        }
        Command::Drop(arguments) => return drop::run(&target().await?, &arguments).await,
        Command::Runs(arguments) => runs::list(&target().await?, &arguments).await?,
        Command::Rerun(arguments) => return runs::rerun(&target().await?, &arguments).await,
        Command::Report(arguments) => return report::run(&target().await?, &arguments).await,
        Command::Backfill(arguments) => return report::backfill(&target().await?, &arguments).await,
        Command::Export(arguments) => return export::run(&target().await?, &arguments).await,
        Command::CleanUp(arguments) => return clean_up::run(&target().await?, &arguments).await,
        Command::Collect(command) => return collect::run(&target().await?, &command).await,
        Command::Dashboard(arguments) => dashboard::run(&target().await?, &arguments).await?,
        Command::Deliveries(arguments) => deliveries::list(&target().await?, &arguments).await?,
        Command::Resend(arguments) => deliveries::resend(&target().await?, &arguments).await?,
        Command::Settle(arguments) => deliveries::settle(&target().await?, &arguments).await?,
        Command::Explain(arguments) => explain::run(&target().await?, &arguments).await?,
        Command::Rejects(arguments) => rejects::run(&target().await?, &arguments).await?,
        Command::Replay(arguments) => return replay::run(&target().await?, &arguments).await,
        Command::Accept(arguments) => {
            return decide::run(&target().await?, &arguments, Verdict::Accept).await;
        }
        Command::Discard(arguments) => {
            return decide::run(&target().await?, &arguments, Verdict::Discard).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}
