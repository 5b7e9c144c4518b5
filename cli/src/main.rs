//! `rounds`: drops files, follows and lists runs, and runs the whole of Rounds on one machine.

mod checkout;
mod drop;
mod error;
mod follow;
mod history;
mod local;
mod outcome;
mod runs;
mod target;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Put a file into the landing bucket.
    Drop(drop::Arguments),
    /// List the latest runs.
    Runs(runs::Arguments),
    /// Start a run again with the same input.
    Rerun(runs::RerunArguments),
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
    if let Command::Local(command) = arguments.command {
        let checkout = checkout?;
        let state = state.ok_or(Error::StackDown)?;
        return local::run(command, &checkout, &state).await.map(|()| ExitCode::SUCCESS);
    }
    let target = Target::find(arguments.target, state.as_ref()).await?;
    match arguments.command {
        Command::Local(_) => Ok(ExitCode::SUCCESS),
        Command::Drop(arguments) => drop::run(&target, &arguments).await,
        Command::Runs(arguments) => runs::list(&target, &arguments).await.map(|()| ExitCode::SUCCESS),
        Command::Rerun(arguments) => runs::rerun(&target, &arguments).await,
    }
}
