//! Daemons: known again by pid and start time, stopped by signal.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

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
    /// The process that was just started as `pid`, with its port.
    pub(crate) fn of(port: u16, pid: u32) -> Self {
        let pid = i32::try_from(pid).unwrap_or_default();
        Self { port, pid, started: start_time(pid).unwrap_or_default() }
    }

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

/// Whether nobody listens there.
pub(crate) fn is_free(port: u16) -> bool {
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
