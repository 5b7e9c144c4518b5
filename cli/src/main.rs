//! `rounds`: drops files, follows and explains what becomes of them, and runs the whole of Rounds on one machine.

mod arguments;
mod batch;
mod catalog;
mod checkout;
mod clean_up;
mod collect;
mod dashboard;
mod decide;
mod deliveries;
mod doctor;
mod draft;
mod drop;
mod error;
mod examples;
mod explain;
mod export;
mod finding;
mod follow;
mod function;
mod history;
mod interrupt;
mod landing;
mod local;
mod naming;
mod outcome;
mod pace;
mod random;
mod redrive;
mod rejects;
mod replay;
mod report;
mod room;
mod run;
mod runs;
mod service;
mod slip;
mod start;
mod story;
mod table;
mod target;
mod terminal;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use rounds_shared::payload::Verdict;
use serde_json::json;

use checkout::Checkout;
use error::{Error, Result};
use interrupt::unless_interrupted;
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
    /// Tell results as JSON: lists as one object a line, everything else as one object; errors too, on stderr.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole of Rounds on this machine.
    #[command(subcommand, after_help = examples::LOCAL)]
    Local(local::Command),
    /// Look at the catalog of datasets, views and reports.
    #[command(subcommand, after_help = examples::CATALOG)]
    Catalog(catalog::Command),
    #[command(flatten)]
    Asked(Asked),
    /// Find what is missing on this machine, of the local stack or on AWS, and say what to do about it.
    #[command(after_help = examples::DOCTOR)]
    Doctor,
    /// Print what makes a shell complete the names of commands and options.
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What is asked of a deployment.
#[derive(Debug, Subcommand)]
enum Asked {
    /// Put a file into the landing bucket.
    #[command(after_help = examples::DROP)]
    Drop(drop::Arguments),
    /// List the latest runs.
    #[command(after_help = examples::RUNS)]
    Runs(runs::Arguments),
    /// Take a run up again: where it stopped, or from its beginning with the same input.
    #[command(after_help = examples::REDRIVE)]
    Redrive(redrive::Arguments),
    /// Send reports: by name for a day, or all of a cadence as the clock does.
    #[command(after_help = examples::REPORT)]
    Report(report::Arguments),
    /// Send a report for each day on which it was due in a stretch of days.
    #[command(after_help = examples::BACKFILL)]
    Backfill(report::BackfillArguments),
    /// Collect the billing vendor's reports, or look what became of them.
    #[command(subcommand, after_help = examples::COLLECT)]
    Collect(collect::Command),
    /// Archive the rows that their tables need not keep, and delete them there.
    #[command(after_help = examples::CLEAN_UP)]
    CleanUp(clean_up::Arguments),
    /// Make a report that is made on request, and tell the link to it.
    #[command(after_help = examples::EXPORT)]
    Export(export::Arguments),
    /// List the dashboards with links that open them, or write the page of one.
    #[command(after_help = examples::DASHBOARD)]
    Dashboard(dashboard::Arguments),
    /// List what was sent to whom, and what became of it.
    #[command(after_help = examples::DELIVERIES)]
    Deliveries(deliveries::Arguments),
    /// Send a delivery once more.
    #[command(after_help = examples::RESEND)]
    Resend(deliveries::ResendArguments),
    /// Say what became of a delivery of which nobody knows.
    #[command(after_help = examples::SETTLE)]
    Settle(deliveries::SettleArguments),
    /// Tell the story of a batch or of a dropped file.
    #[command(after_help = examples::EXPLAIN)]
    Explain(explain::Arguments),
    /// List the rejected rows of a batch by rule, or write them as a workbook to mend.
    #[command(after_help = examples::REJECTS)]
    Rejects(rejects::Arguments),
    /// Read a batch's file again: after its contract was changed, or with its rejected rows mended.
    #[command(after_help = examples::REPLAY)]
    Replay(replay::Arguments),
    /// Load a batch that was held back.
    #[command(after_help = examples::ACCEPT)]
    Accept(decide::Arguments),
    /// Decide that a batch that was held back is never loaded.
    #[command(after_help = examples::DISCARD)]
    Discard(decide::Arguments),
}

impl Asked {
    /// Whether it begins something that goes on without the command.
    fn begins(&self) -> bool {
        match self {
            Self::Runs(_)
            | Self::Dashboard(_)
            | Self::Deliveries(_)
            | Self::Explain(_)
            | Self::Rejects(_) => false,
            Self::Collect(command) => matches!(command, collect::Command::Run(_)),
            _ => true,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misread(&error),
    };
    let json = arguments.json;
    if json {
        terminal::tell_results_alone();
    }
    let told = match &arguments.command {
        Command::Asked(asked) if asked.begins() => {
            "stopped; what had begun goes on by itself, and `rounds runs` shows it"
        }
        _ => "stopped",
    };
    unless_interrupted(told, run(arguments)).await.unwrap_or_else(|error| refuse(&error, json))
}

/// Says what went wrong, and gives the exit code that stands for it.
fn refuse(error: &Error, json: bool) -> ExitCode {
    let exit = error.exit_code();
    if json {
        eprintln!("{}", json!({"error": error.name(), "message": error.to_string(), "exit": exit}));
    } else {
        eprintln!("rounds: {error}");
    }
    ExitCode::from(exit)
}

/// Says what is wrong with the arguments, or the help that they ask for.
fn misread(error: &clap::Error) -> ExitCode {
    let exit = u8::try_from(error.exit_code()).unwrap_or(2);
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let message = error.render().to_string();
        eprintln!("{}", json!({"error": "Usage", "message": message.trim_end(), "exit": exit}));
    } else {
        // A reader that went away is no error.
        let _ = error.print();
    }
    ExitCode::from(exit)
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { state, target, json, command } = arguments;
    let checkout = Checkout::find();
    let state = match (&state, &checkout) {
        (Some(folder), _) => Some(StateFolder::at(folder)?),
        (None, Ok(checkout)) => Some(StateFolder::at(&checkout.default_state())?),
        (None, Err(_)) => None,
    };
    match command {
        Command::Local(command) => {
            let state = state.as_ref().ok_or(Error::StackDown);
            let done = local::run(command, &checkout?, state?, json).await;
            done.map(|()| ExitCode::SUCCESS).map_err(Error::locally)
        }
        Command::Catalog(command) => catalog::run(command, checkout, state.as_ref(), json).await,
        Command::Completions { shell } => {
            // Written by the crate itself, a reader that goes away would be a panic.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "rounds", &mut script);
            terminal::say(String::from_utf8_lossy(&script).trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Doctor => Ok(doctor::run(target, checkout.as_ref(), state.as_ref(), json).await),
        Command::Asked(asked) => {
            if let Asked::Explain(arguments) = &asked
                && let Some(told) = naming::tell(&arguments.subject, json)
            {
                terminal::say(told);
                return Ok(ExitCode::SUCCESS);
            }
            let target = Target::find(target, state.as_ref()).await?;
            let done = ask(&target, asked, json).await;
            if target.is_local() { done.map_err(Error::locally) } else { done }
        }
    }
}

async fn ask(target: &Target, asked: Asked, json: bool) -> Result<ExitCode> {
    match asked {
        Asked::Drop(arguments) => return drop::run(target, &arguments, json).await,
        Asked::Redrive(arguments) => return redrive::run(target, &arguments, json).await,
        Asked::Report(arguments) => return report::run(target, &arguments, json).await,
        Asked::Backfill(arguments) => return report::backfill(target, &arguments, json).await,
        Asked::Export(arguments) => return export::run(target, &arguments, json).await,
        Asked::CleanUp(arguments) => return clean_up::run(target, &arguments, json).await,
        Asked::Collect(command) => return collect::run(target, &command, json).await,
        Asked::Replay(arguments) => return replay::run(target, &arguments, json).await,
        Asked::Accept(arguments) => return decide::run(target, &arguments, json, Verdict::Accept).await,
        Asked::Discard(arguments) => return decide::run(target, &arguments, json, Verdict::Discard).await,
        Asked::Runs(arguments) => runs::list(target, &arguments, json).await?,
        Asked::Dashboard(arguments) => dashboard::run(target, &arguments, json).await?,
        Asked::Deliveries(arguments) => deliveries::list(target, &arguments, json).await?,
        Asked::Resend(arguments) => deliveries::resend(target, &arguments, json).await?,
        Asked::Settle(arguments) => deliveries::settle(target, &arguments, json).await?,
        Asked::Explain(arguments) => explain::run(target, &arguments, json).await?,
        Asked::Rejects(arguments) => rejects::run(target, &arguments, json).await?,
    }
    Ok(ExitCode::SUCCESS)
}
