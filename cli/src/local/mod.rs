//! The one-machine stack: PostgreSQL, MiniStack, moto and a stand-in for the billing vendor as daemons of this machine, and
//! the application on them.

mod catalog;
mod code;
mod deploy;
mod env;
mod http;
mod mails;
pub(crate) mod ministack;
mod moto;
mod postgres;
mod process;
pub(crate) mod scratch;
pub(crate) mod state;
mod template;
mod vendor;
mod venv;

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::random;
use crate::terminal::{Step, say, table};
use postgres::Postgres;
use process::Service;
use state::{Stack, StateFolder};
use venv::Venv;

/// Python environments: MiniStack, PostgreSQL and cargo-lambda in one, moto in another, as their packages disagree.
const STACK_PACKAGES: &str = "stack";
const MAIL_PACKAGES: &str = "mail";

/// What to do with the local stack.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Start what does not run, and deploy what has changed. Where the variable COLLECT_URL names an address, reports are
    /// collected from there instead of the stand-in for the billing vendor.
    Up {
        /// Folder of the catalog that the functions read [default: `catalog` in the checkout].
        #[arg(long, value_name = "DIR")]
        catalog: Option<PathBuf>,
    },
    /// Stop every part; the data stays for the next `up`.
    Down {
        /// Remove the data and the record too.
        #[arg(long)]
        wipe: bool,
    },
    /// Show each part and its address.
    Status,
    /// Write the mails that were sent as files: .eml, the HTML, the attachments.
    Mails {
        /// Folder to write to [default: `mails` in the state folder].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Open psql on the stack's database.
    Psql {
        /// Arguments for psql, after `--`.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Print the environment that a function needs to run alone against the stack.
    Env,
}

/// Runs a `rounds local` command on the stack in `folder`.
pub(crate) async fn run(command: Command, checkout: &Checkout, folder: &StateFolder) -> Result<()> {
    match command {
        Command::Up { catalog } => up(checkout, folder, &catalog.unwrap_or_else(|| checkout.catalog())).await,
        Command::Down { wipe } => down(folder, wipe),
        Command::Status => status(folder),
        Command::Mails { out } => show_mails(folder, out.as_deref()),
        Command::Psql { args } => psql(checkout, folder, &args),
        Command::Env => {
            let stack = folder.load()?.filter(Stack::is_up).ok_or(Error::StackDown)?;
            let programs = Venv::ensure(checkout, STACK_PACKAGES)?.programs();
            say(env::exports(&stack, &programs)?);
            Ok(())
        }
    }
}

async fn up(checkout: &Checkout, folder: &StateFolder, catalog: &Path) -> Result<()> {
    let packages = Venv::ensure(checkout, STACK_PACKAGES)?;
    let mail_packages = Venv::ensure(checkout, MAIL_PACKAGES)?;
    let _lock = folder.lock()?;
    let mut stack = folder.load()?.unwrap_or_default();
    if stack.database_password.is_empty() {
        stack.database_password = random::token()?;
        folder.save(&stack)?;
    }
    Postgres::of(&packages)?.start(folder, &mut stack)?;
    moto::start(&mail_packages, folder, &mut stack)?;
    vendor::start(folder, &mut stack)?;
    ministack::start(&packages, folder, &mut stack)?;
    deploy::deploy(checkout, folder, catalog, &mut stack).await?;
    say("The local stack is up. Next: `rounds drop FILE --follow`, `rounds runs`, `rounds local status`.");
    Ok(())
}

fn down(folder: &StateFolder, wipe: bool) -> Result<()> {
    if !folder.root().exists() {
        say("There is no local stack: nothing to stop.");
        return Ok(());
    }
    let _lock = folder.lock()?;
    // A record that cannot be read must not keep `--wipe` from starting afresh.
    let stack = match folder.load() {
        Err(Error::BrokenRecord(..)) if wipe => None,
        stack => stack?,
    };
    if let Some(stack) = stack {
        if stack.moto.is_running() && !wipe {
            mails::fetch(&stack, &folder.folder("mails")?)?;
        }
        stop("AWS (MiniStack)", || stack.ministack.stop(ministack::STOP));
        stop("Billing vendor (stand-in)", || stack.vendor.stop(vendor::STOP));
        stop("Mail (moto)", || stack.moto.stop(moto::STOP));
        stop("PostgreSQL", || stack.postgres.stop(postgres::STOP));
    }
    if wipe {
        fs::remove_dir_all(folder.root()).map_err(Error::file(folder.root()))?;
        say("The local stack is stopped, and its data is gone.");
    } else {
        say("The local stack is stopped. Its data waits for the next `rounds local up`.");
    }
    Ok(())
}

fn stop(name: &str, stop: impl FnOnce()) {
    let step = Step::start(name);
    stop();
    step.done("stopped");
}

fn status(folder: &StateFolder) -> Result<()> {
    let stack = folder.load()?.unwrap_or_default();
    let rows = stack.services().map(|(name, service)| {
        let known = service.port > 0;
        let running = service.is_running();
        let word = if running { "running" } else { "down" };
        let address = if known { format!("127.0.0.1:{}", service.port) } else { "-".to_owned() };
        let pid = if running { service.pid.to_string() } else { "-".to_owned() };
        [name.to_owned(), word.to_owned(), address, pid].to_vec()
    });
    say(table(&["PART", "STATE", "ADDRESS", "PID"], &[3], &rows));
    say(format!("\nstate and logs: {}", folder.root().display()));
    if let Some(deployment) = &stack.deployment {
        say(format!("drop files into: s3://{}", deployment.landing_bucket));
        say(format!("pipeline:        {}", deployment.pipeline_arn));
        say(format!("rounds:          {}", deployment.rounds_arn));
        say(format!("collect:         {}", deployment.collect_arn));
        say(format!("export:          {}", deployment.export_arn));
        say(format!("clean-up:        {}", deployment.clean_up_arn));
    }
    if stack.is_up() { Ok(()) } else { Err(Error::StackDown) }
}

fn show_mails(folder: &StateFolder, out: Option<&Path>) -> Result<()> {
    let stack = running(folder, |stack| &stack.moto)?;
    let kept = folder.folder("mails")?;
    let paths = mails::fetch(&stack, out.unwrap_or(&kept))?;
    if paths.is_empty() {
        say(format!("No mail since the stack was started. Earlier ones are in {}", kept.display()));
    }
    for path in paths {
        say(path.display().to_string());
    }
    Ok(())
}

fn psql(checkout: &Checkout, folder: &StateFolder, args: &[OsString]) -> Result<()> {
    let stack = running(folder, |stack| &stack.postgres)?;
    let postgres = Postgres::of(&Venv::ensure(checkout, STACK_PACKAGES)?)?;
    let source = postgres.client("psql", &stack).args(args).exec();
    Err(Error::Program { program: "psql".to_owned(), source, way_out: "`rounds local up` installs it" })
}

/// The stack, if the part that is needed runs; whatever else may be down.
fn running(folder: &StateFolder, part: fn(&Stack) -> &Service) -> Result<Stack> {
    folder.load()?.filter(|stack| part(stack).is_running()).ok_or(Error::StackDown)
}
