//! MiniStack: S3, EventBridge, Step Functions, Lambda and the rest of AWS, as one process.

use std::fs;
use std::process::Command;

use rustix::process::Signal;

use crate::error::{Error, Result};
use crate::local::daemon::Daemon;
use crate::local::http;
use crate::local::program::isolated;
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
pub(crate) async fn start(venv: &Venv, folder: &StateFolder, stack: &mut Stack) -> Result<()> {
    let step = Step::start("AWS (MiniStack)");
    if !stack.ministack.is_running() {
        // Unpacked code of earlier lives, which nobody else would remove.
        let code = folder.folder("tmp/ministack")?;
        fs::remove_dir_all(&code).map_err(Error::file(&code))?;
    }
    let log = folder.log("ministack")?;
    let daemon = Daemon { name: "MiniStack", of: |stack| &mut stack.ministack, stop: STOP, log };
    let answers = |stack: &Stack| http::get(stack.ministack.port, "/_ministack/health").is_ok();
    let found = daemon.start(folder, stack, |port| command(venv, folder, port), answers).await?;
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
