//! Daemons: started in a process group of their own, known again by pid and start time, stopped by signal.

use std::fs::{self, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How long a part may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a part may take to write its state and end.
const GRACE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// A daemon of the stack. All zero before its first start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Service {
    /// Port on 127.0.0.1.
    pub(crate) port: u16,
    /// Process, which also leads a process group of this number.
    pub(crate) pid: i32,
    /// When the process started, as the system tells it: the same pid with another time is a stranger.
    pub(crate) started: String,
}

impl Service {
    /// Whether the process is there and is the one that was started.
    pub(crate) fn is_running(&self) -> bool {
        self.pid > 0 && start_time(self.pid).is_some_and(|started| started == self.started)
    }

    /// The port of the last time where it is free, so that addresses stay; another free one elsewhere.
    pub(crate) fn choose_port(&self) -> Result<u16> {
        let known = Some(self.port).filter(|port| *port > 0 && is_free(*port));
        known.map_or_else(free_port, Ok)
    }

    /// Where it can be reached, in a word for people; `found` when it ran before.
    pub(crate) fn greeting(&self, found: bool) -> String {
        format!("127.0.0.1:{}{}", self.port, if found { ", running already" } else { "" })
    }

    /// Asks the process to end by `signal`, waits, and ends it and its children by force when it does not.
    pub(crate) fn stop(&self, signal: Signal) {
        let Some(pid) = Pid::from_raw(self.pid).filter(|_| self.is_running()) else { return };
        // Both signals may meet a process that ended a moment ago, which is what they are for.
        let _ = kill_process(pid, signal);
        let deadline = Instant::now() + GRACE;
        while self.is_running() && Instant::now() < deadline {
            std::thread::sleep(PAUSE);
        }
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// Starts `command` so that it outlives this process and the terminal's Ctrl-C, its output appended to `log`.
pub(crate) fn spawn(mut command: Command, port: u16, log: &Path) -> Result<Service> {
    let output = OpenOptions::new().create(true).append(true).open(log).map_err(Error::file(log))?;
    let errors = output.try_clone().map_err(Error::file(log))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let child =
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0).spawn().map_err(
            |source| Error::Program { program, source, way_out: "is it installed and executable?" },
        )?;
    let pid = i32::try_from(child.id()).unwrap_or_default();
    let started = start_time(pid).unwrap_or_default();
    Ok(Service { port, pid, started })
}

/// Waits until `answers` says yes; an early end of the process or a long silence are errors that name the log.
pub(crate) fn wait_until(
    name: &'static str,
    service: &Service,
    log: &Path,
    mut answers: impl FnMut() -> bool,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !answers() {
        if !service.is_running() {
            return Err(Error::Step { what: name.to_owned(), log: log.to_owned(), tail: tail(log) });
        }
        if Instant::now() > deadline {
            return Err(Error::Silent { name, seconds: PATIENCE.as_secs(), log: log.to_owned() });
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
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

/// Runs `command` to its end with its output in `log`.
pub(crate) fn run(what: &str, mut command: Command, log: &Path, way_out: &'static str) -> Result<()> {
    let output = fs::File::create(log).map_err(Error::file(log))?;
    let errors = output.try_clone().map_err(Error::file(log))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).stdout(output).stderr(errors).status();
    if status.map_err(|source| Error::Program { program, source, way_out })?.success() {
        return Ok(());
    }
    Err(Error::Step { what: what.to_owned(), log: log.to_owned(), tail: tail(log) })
}

/// The last lines of a log, indented.
fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default();
    last.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// When a process started, in the system's own words; none for one that is gone or only waits to be reaped.
fn start_time(pid: i32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        return proc_start_time(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?);
    }
    let output =
        Command::new("ps").args(["-o", "stat=", "-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (state, started) = text.trim().split_once(' ')?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// Field 22 of `/proc/PID/stat`. The command's name, field 2, may itself hold blanks and parentheses.
fn proc_start_time(stat: &str) -> Option<String> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let is_zombie = fields.next()? == "Z";
    fields.nth(18).filter(|_| !is_zombie).map(str::to_owned)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn free_port() -> Result<u16> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(Error::file(Path::new("127.0.0.1:0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_keeps_its_port_unless_another_has_taken_it() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let service = Service { port, ..Service::default() };
        assert_ne!(service.choose_port().unwrap(), port);
        drop(taken);
        assert_eq!(service.choose_port().unwrap(), port);
    }

    #[test]
    fn the_start_time_is_found_behind_any_command_name() {
        let fields = "1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 2";
        assert_eq!(proc_start_time(&format!("42 (a) b) S {fields}")).as_deref(), Some("98765"));
        assert_eq!(proc_start_time(&format!("42 (gone) Z {fields}")), None);
    }

    #[test]
    fn a_pid_that_now_belongs_to_another_process_is_not_ours() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let ours = Service { port: 1, pid, started: start_time(pid).unwrap() };
        assert!(ours.is_running());
        assert!(!Service { started: "0".into(), ..ours }.is_running());
        assert!(!Service::default().is_running());
    }
}
