//! Programs that are run to their end.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::{Error, Result};

const PAUSE: Duration = Duration::from_millis(50);

/// A child that leads a process group, which is ended with whoever waits for it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that was waited for is past both, and its number may be another's by now.
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

/// A command with nothing of the caller's environment but where programs are: a developer's own AWS settings must
/// not reach the functions, which inherit what the stack has.
pub(crate) fn isolated(program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).env("TMPDIR", home).env("LC_ALL", "C.UTF-8");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Runs `command` to its end with its output in `log`; `way_out` is what a person does where it cannot. The terminal's
/// Ctrl-C does not reach it: whoever waits for it says what becomes of it.
pub(crate) async fn run(what: &str, mut command: Command, log: &Path, way_out: &'static str) -> Result<()> {
    let output = fs::File::create(log).map_err(Error::file(log))?;
    let errors = output.try_clone().map_err(Error::file(log))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0).spawn();
    let mut child = Running(child.map_err(|source| Error::Program { program, source, way_out })?);
    let status = loop {
        match child.0.try_wait().map_err(Error::file(log))? {
            Some(status) => break status,
            None => tokio::time::sleep(PAUSE).await,
        }
    };
    if status.success() {
        return Ok(());
    }
    Err(Error::Step { what: what.to_owned(), log: log.to_owned(), tail: tail(log), way_out })
}

/// The last lines of a log, indented.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default();
    last.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_program_that_fails_is_told_with_its_last_words_and_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo No module named venv >&2; exit 1"]);
        let failed = run("making a thing", command, &folder.path().join("log"), "install the thing").await;
        let told = failed.unwrap_err().to_string();
        assert!(told.contains("No module named venv") && told.ends_with("install the thing"), "{told}");
    }

    #[tokio::test]
    async fn a_program_for_which_nobody_waits_any_more_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let (log, pid) = (folder.path().join("log"), folder.path().join("pid"));
        let mut command = Command::new("sh");
        // The program has a child of its own.
        command.args(["-c", "tail -f /dev/null & echo $! >pid; wait"]).current_dir(folder.path());
        let has_begun = async {
            while !fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n')) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            _ = run("sleeping", command, &log, "none") => panic!("it ended by itself"),
            () = has_begun => {}
        }
        let pid = fs::read_to_string(&pid).unwrap();
        let status = format!("/proc/{}/stat", pid.trim());
        let is_running = || fs::read_to_string(&status).is_ok_and(|text| !text.contains(") Z "));
        let deadline = Instant::now() + Duration::from_secs(10);
        while is_running() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(!is_running());
    }
}
