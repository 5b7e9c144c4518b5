//! moto: the mail service. It keeps what it was sent in memory; `down` therefore stores the mails first.

use rustix::process::Signal;

use crate::error::Result;
use crate::local::http;
use crate::local::process::{isolated, spawn, wait_until};
use crate::local::state::{Stack, StateFolder};
use crate::local::venv::Venv;
use crate::terminal::Step;

/// Where it tells everything that it was sent.
pub(crate) const MAILS: &str = "/moto-api/data.json";
/// How it is asked to end.
pub(crate) const STOP: Signal = Signal::TERM;

/// Starts it where it does not run.
pub(crate) fn start(venv: &Venv, folder: &StateFolder, stack: &mut Stack) -> Result<()> {
    let step = Step::start("Mail (moto)");
    let log = folder.log("moto")?;
    let found = stack.moto.is_running();
    if !found {
        let port = stack.moto.choose_port()?;
        let mut command = isolated(venv.python(), &folder.folder("tmp")?);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        stack.moto = spawn(command, port, &log)?;
        folder.save(stack)?;
    }
    wait_until("moto", &stack.moto, &log, || http::get(stack.moto.port, MAILS).is_ok())?;
    step.done(&stack.moto.greeting(found));
    Ok(())
}
