//! The one-machine stack: PostgreSQL, MiniStack, moto and a stand-in for the billing vendor as daemons of this machine, and
//! the application on them.

pub(crate) mod catalog;
pub(crate) mod code;
mod daemon;
mod deploy;
mod env;
mod http;
mod mails;
pub(crate) mod ministack;
mod moto;
mod postgres;
pub(crate) mod process;
mod program;
pub(crate) mod scratch;
pub(crate) mod state;
mod status;
pub(crate) mod template;
pub(crate) mod vendor;
pub(crate) mod venv;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::interrupt::unless_interrupted;
use crate::random;
use crate::room;
use crate::terminal::{Step, say};
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
    /// Start what does not run, and deploy what has changed.
    ///
    /// Where the variable COLLECT_URL names an address, reports are collected from there instead of the stand-in for the
    /// billing vendor.
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
pub(crate) async fn run(
    command: Command,
    checkout: &Checkout,
    folder: &StateFolder,
    json: bool,
) -> Result<()> {
    match command {
        Command::Up { catalog } => {
            let told = "stopped; `rounds local up` goes on from here, and `rounds local down` stops what was started";
            let catalog = catalog.unwrap_or_else(|| checkout.catalog());
            unless_interrupted(told, up(checkout, folder, &catalog, json)).await
        }
        Command::Down { wipe } => down(folder, wipe, json).await,
        Command::Status => status(folder, json),
        Command::Mails { out } => show_mails(folder, out.as_deref(), json),
        Command::Psql { args } => psql(checkout, folder, &args).await,
        Command::Env => {
            let stack = folder.load()?.unwrap_or_default();
            stack.check()?;
            let programs = Venv::ensure(checkout, STACK_PACKAGES).await?.programs();
            say(env::exports(&stack, &programs, json)?);
            Ok(())
        }
    }
}

async fn up(checkout: &Checkout, folder: &StateFolder, catalog: &Path, json: bool) -> Result<()> {
    let catalog = catalog::read(catalog)?;
    if !folder.is_ours()? {
        return Err(Error::Occupied(folder.root().to_owned()));
    }
    room::check(folder.root())?;
    let packages = Venv::ensure(checkout, STACK_PACKAGES).await?;
    let mail_packages = Venv::ensure(checkout, MAIL_PACKAGES).await?;
    let _lock = folder.lock().await?;
    let mut stack = folder.load()?.unwrap_or_default();
    if stack.database_password.is_empty() {
        stack.database_password = random::token()?;
        folder.save(&stack)?;
    }
    Postgres::of(&packages)?.start(folder, &mut stack).await?;
    moto::start(&mail_packages, folder, &mut stack).await?;
    vendor::start(folder, &mut stack).await?;
    ministack::start(&packages, folder, &mut stack).await?;
    deploy::deploy(checkout, folder, &catalog, &mut stack).await?;
    say(match json {
        true => status::as_json(folder, &stack).to_string(),
        false => format!(
            "The local stack is up, in {}.\n  next      rounds drop FILE --follow, rounds runs, rounds doctor; rounds local \
             down stops it",
            folder.root().display()
        ),
    });
    Ok(())
}

async fn down(folder: &StateFolder, wipe: bool, json: bool) -> Result<()> {
    let tell = |told: &str, stopped: bool| match json {
        true => say(json!({"stopped": stopped, "wiped": wipe && stopped}).to_string()),
        false => say(told),
    };
    let is_ours = folder.is_ours()?;
    if wipe && !is_ours {
        return Err(Error::NoStack(folder.root().to_owned()));
    }
    if !is_ours || !folder.root().exists() {
        tell("There is no local stack: nothing to stop.", false);
        return Ok(());
    }
    let _lock = folder.lock().await?;
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
        folder.wipe()?;
        tell("The local stack is stopped, and its data is gone.", true);
    } else {
        tell("The local stack is stopped. Its data waits for the next `rounds local up`.", true);
    }
    Ok(())
}

fn stop(name: &str, stop: impl FnOnce()) {
    let step = Step::start(name);
    stop();
    step.done("stopped");
}

fn status(folder: &StateFolder, json: bool) -> Result<()> {
    let stack = folder.load()?.unwrap_or_default();
    say(match json {
        true => status::as_json(folder, &stack).to_string(),
        false => status::tell(folder, &stack),
    });
    stack.check()
}

fn show_mails(folder: &StateFolder, out: Option<&Path>, json: bool) -> Result<()> {
    let stack = running(folder, |stack| &stack.moto)?;
    let kept = folder.folder("mails")?;
    let paths = mails::fetch(&stack, out.unwrap_or(&kept))?;
    if json {
        say(json!({"mails": paths}).to_string());
        return Ok(());
    }
    if paths.is_empty() {
        say(format!("No mail since the stack was started. Earlier ones are in {}", kept.display()));
    }
    for path in &paths {
        say(path.display().to_string());
    }
    if paths.iter().any(|path| path.extension().is_some_and(|extension| extension == "html")) {
        say("  next      open one of the .html in a browser, or the .eml in a mail program");
    }
    Ok(())
}

async fn psql(checkout: &Checkout, folder: &StateFolder, args: &[OsString]) -> Result<()> {
    let stack = running(folder, |stack| &stack.postgres)?;
    let postgres = Postgres::of(&Venv::ensure(checkout, STACK_PACKAGES).await?)?;
    let source = postgres.client("psql", &stack).args(args).exec();
    Err(Error::Program { program: "psql".to_owned(), source, way_out: "`rounds local up` installs it" })
}

/// The stack, if the part that is needed runs; whatever else may be down.
fn running(folder: &StateFolder, part: fn(&Stack) -> &Service) -> Result<Stack> {
    let stack = folder.load()?.unwrap_or_default();
    if part(&stack).is_running() { Ok(stack) } else { Err(stack.check().err().unwrap_or(Error::StackDown)) }
}
