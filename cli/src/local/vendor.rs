//! The stand-in for the billing vendor, a program of the tests that is built beside this one. What it was told is in its
//! memory alone.

use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::error::{Error, Result};
use crate::local::daemon::Daemon;
use crate::local::http;
use crate::local::program::isolated;
use crate::local::state::{Stack, StateFolder};
use crate::terminal::Step;

/// How it is asked to end.
pub(crate) const STOP: Signal = Signal::TERM;
/// Customer accounts, and how the vendor treats them: one is slow, one has nothing, one is refused.
const ACCOUNTS: [(&str, &str); 3] = [
    ("10000001", r#"{"polls": 3}"#),
    ("10000002", r#"{"run": {"then": "no_records"}}"#),
    ("10000003", r#"{"run": {"then": "interface_off"}}"#),
];
const NUMBERS: &str = "/stand-in/numbers";

/// The program that was built together with this one.
pub(crate) fn program() -> Result<PathBuf> {
    let this = std::env::current_exe().map_err(Error::file(Path::new("rounds")))?;
    let program = this.with_file_name("vendor");
    if program.is_file() { Ok(program) } else { Err(Error::NotBuilt(program)) }
}

/// Starts it where it does not run.
pub(crate) async fn start(folder: &StateFolder, stack: &mut Stack) -> Result<()> {
    let step = Step::start("Billing vendor (stand-in)");
    let home = folder.folder("tmp")?;
    let command = |port: u16| {
        let mut command = isolated(program()?, &home);
        command.args(["--port", &port.to_string()]);
        Ok(command)
    };
    let name = "the stand-in for the billing vendor";
    let daemon = Daemon { name, of: |stack| &mut stack.vendor, stop: STOP, log: folder.log("vendor")? };
    let answers = |stack: &Stack| http::get(stack.vendor.port, NUMBERS).is_ok();
    let found = daemon.start(folder, stack, command, answers).await?;
    for (account, behaviour) in ACCOUNTS {
        let path = format!("/stand-in/behaviour/{account}/*");
        http::put(stack.vendor.port, &path, behaviour).map_err(Error::file(Path::new(&path)))?;
    }
    step.done(&stack.vendor.greeting(found));
    Ok(())
}

/// The customer accounts.
pub(crate) fn accounts() -> [&'static str; 3] {
    ACCOUNTS.map(|(account, _)| account)
}

/// The numbers of its reports, in JSON.
pub(crate) fn numbers(stack: &Stack) -> Result<String> {
    let numbers = http::get(stack.vendor.port, NUMBERS).map_err(Error::file(Path::new(NUMBERS)))?;
    Ok(String::from_utf8_lossy(&numbers).into_owned())
}
