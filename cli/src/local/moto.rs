//! moto: the mail service. It keeps what it was sent in memory; `down` therefore stores the mails first.

use rustix::process::Signal;

use crate::error::Result;
use crate::local::daemon::Daemon;
use crate::local::http;
use crate::local::program::isolated;
use crate::local::state::{Stack, StateFolder};
use crate::local::venv::Venv;
use crate::terminal::Step;

/// Where it tells everything that it was sent.
pub(crate) const MAILS: &str = "/moto-api/data.json";
/// How it is asked to end.
pub(crate) const STOP: Signal = Signal::TERM;

/// Starts it where it does not run.
pub(crate) async fn start(venv: &Venv, folder: &StateFolder, stack: &mut Stack) -> Result<()> {
    let step = Step::start("Mail (moto)");
    let home = folder.folder("tmp")?;
    let command = |port: u16| {
        let mut command = isolated(venv.python(), &home);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        Ok(command)
    };
    let daemon = Daemon { name: "moto", of: |stack| &mut stack.moto, stop: STOP, log: folder.log("moto")? };
    let answers = |stack: &Stack| http::get(stack.moto.port, MAILS).is_ok();
    let found = daemon.start(folder, stack, command, answers).await?;
    step.done(&stack.moto.greeting(found));
    Ok(())
}
