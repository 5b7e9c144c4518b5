//! MiniStack: S3, EventBridge, Step Functions, Lambda and the rest of AWS, as one process.

use std::fs;
use std::process::Command;

use rustix::process::Signal;

use crate::error::{Error, Result};
use crate::local::http;
use crate::local::process::{isolated, spawn, wait_until};
use crate::local::state::{Stack, StateFolder};
use crate::local::venv::Venv;
use crate::terminal::Step;

/// Region of everything local.
pub(crate) const REGION: &str = "us-east-1";
/// Key and secret that local services accept.
pub(crate) const CREDENTIALS: &str = "test";
/// Makes it write its state before it ends.
pub(crate) const STOP: Signal = Signal::TERM;
/// Shortens the state machine's waits in tests: seconds are multiplied by it.
const WAIT_SCALE: &str = "SFN_WAIT_SCALE";

/// Starts it where it does not run.
pub(crate) fn start(venv: &Venv, folder: &StateFolder, stack: &mut Stack) -> Result<()> {
    let step = Step::start("AWS (MiniStack)");
    let log = folder.log("ministack")?;
    let found = stack.ministack.is_running();
    if !found {
        // Unpacked code of earlier lives, which nobody else would remove.
        let code = folder.folder("tmp/ministack")?;
        fs::remove_dir_all(&code).map_err(Error::file(&code))?;
        let port = stack.ministack.choose_port()?;
        stack.ministack = spawn(command(venv, folder, port)?, port, &log)?;
        folder.save(stack)?;
    }
    wait_until("MiniStack", &stack.ministack, &log, || {
        http::get(stack.ministack.port, "/_ministack/health").is_ok()
    })?;
    step.done(&stack.ministack.greeting(found));
    Ok(())
}

fn command(venv: &Venv, folder: &StateFolder, port: u16) -> Result<Command> {
    let mut command = isolated(venv.python(), &folder.folder("tmp/ministack")?);
    command
        .args(["-m", "ministack"])
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("MINISTACK_REGION", REGION)
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("LAMBDA_EXECUTOR", "local")
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("PERSIST_STATE", "1")
        .env("STATE_DIR", folder.folder("aws")?)
        .env("S3_PERSIST", "1")
        .env("S3_DATA_DIR", folder.folder("s3")?);
    if let Some(scale) = std::env::var_os(WAIT_SCALE) {
        command.env(WAIT_SCALE, scale);
    }
    Ok(command)
}
