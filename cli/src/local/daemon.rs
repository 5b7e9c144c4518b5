//! How a daemon of the stack is started.

use std::fs::OpenOptions;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::error::{Error, Result};
use crate::local::process::{Service, is_free};
use crate::local::program::tail;
use crate::local::state::{Stack, StateFolder};

/// How long a part may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// Attempts at ports: another program may take one between the choice and the start.
const ATTEMPTS: usize = 2;

/// One of the stack's daemons.
pub(crate) struct Daemon {
    /// What people call it.
    pub(crate) name: &'static str,
    /// Its place in the record.
    pub(crate) of: fn(&mut Stack) -> &mut Service,
    /// How it is asked to end.
    pub(crate) stop: Signal,
    /// Where its output goes.
    pub(crate) log: PathBuf,
}

impl Daemon {
    /// Starts it by `command`, which is given a port, unless it runs, and waits until it `answers`. Answers whether it ran.
    pub(crate) async fn start(
        &self,
        folder: &StateFolder,
        stack: &mut Stack,
        command: impl Fn(u16) -> Result<Command>,
        answers: impl Fn(&Stack) -> bool,
    ) -> Result<bool> {
        if (self.of)(stack).is_running() {
            self.wait(stack, &answers).await?;
            return Ok(true);
        }
        let mut port = 0;
        for _ in 0..ATTEMPTS {
            port = (self.of)(stack).choose_port()?;
            *(self.of)(stack) = spawn(command(port)?, port, &self.log)?;
            self.record(folder, stack)?;
            match self.wait(stack, &answers).await {
                Err(Error::Step { .. }) if !is_free(port) => {}
                done => return done.map(|()| false),
            }
        }
        Err(Error::PortTaken { name: self.name, port })
    }

    /// Writes down that it runs. What no record tells of nobody would ever stop.
    fn record(&self, folder: &StateFolder, stack: &mut Stack) -> Result<()> {
        let recorded = folder.save(stack);
        if recorded.is_err() {
            (self.of)(stack).stop(self.stop);
        }
        recorded
    }

    /// Waits until it answers; an early end of the process or a long silence are errors that name the log. An end counts
    /// before an answer at its port, which may be another program's.
    async fn wait(&self, stack: &mut Stack, answers: impl Fn(&Stack) -> bool) -> Result<()> {
        let (name, log) = (self.name, self.log.clone());
        let deadline = Instant::now() + PATIENCE;
        loop {
            let has_answered = answers(stack);
            if !(self.of)(stack).is_running() {
                let (what, tail) = (name.to_owned(), tail(&log));
                return Err(Error::Step { what, log, tail, way_out: "mend that, then: rounds local up" });
            }
            if has_answered {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Error::Silent { name, seconds: PATIENCE.as_secs(), log });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Starts `command` so that it outlives this process and the terminal's Ctrl-C, its output appended to `log`.
fn spawn(mut command: Command, port: u16, log: &Path) -> Result<Service> {
    let output = OpenOptions::new().create(true).append(true).open(log).map_err(Error::file(log))?;
    let errors = output.try_clone().map_err(Error::file(log))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let child =
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0).spawn().map_err(
            |source| Error::Program { program, source, way_out: "is it installed and executable?" },
        )?;
    Ok(Service::of(port, child.id()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    fn daemon(folder: &StateFolder) -> Daemon {
        let log = folder.log("vendor").unwrap();
        Daemon { name: "the daemon", of: |stack| &mut stack.vendor, stop: Signal::TERM, log }
    }

    fn sleeping(_: u16) -> Result<Command> {
        let mut command = Command::new("sleep");
        command.arg("60");
        Ok(command)
    }

    #[tokio::test]
    async fn a_daemon_is_recorded_and_found_again() {
        let root = tempfile::tempdir().unwrap();
        let (folder, mut stack) = (StateFolder::at(root.path()).unwrap(), Stack::default());
        let daemon = daemon(&folder);
        assert!(!daemon.start(&folder, &mut stack, sleeping, |_| true).await.unwrap());
        let recorded = folder.load().unwrap().unwrap().vendor;
        assert!(recorded.is_running());
        assert!(daemon.start(&folder, &mut stack, sleeping, |_| true).await.unwrap());
        assert_eq!(stack.vendor, recorded);
        recorded.stop(Signal::TERM);
    }

    #[tokio::test]
    async fn a_port_that_another_program_takes_meanwhile_is_left_to_it() {
        let root = tempfile::tempdir().unwrap();
        let (folder, mut stack) = (StateFolder::at(root.path()).unwrap(), Stack::default());
        let taken = std::cell::RefCell::new(None);
        let started = std::cell::Cell::new(0);
        let command = |port| {
            started.set(port);
            if taken.borrow().is_some() {
                return sleeping(port);
            }
            *taken.borrow_mut() = Some(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
            Ok(Command::new("false"))
        };
        let is_daemon = |stack: &Stack| {
            let taken = taken.borrow().as_ref().map(|taken| taken.local_addr().unwrap().port());
            taken != Some(stack.vendor.port)
        };
        assert!(!daemon(&folder).start(&folder, &mut stack, command, is_daemon).await.unwrap());
        assert_ne!(started.get(), taken.borrow().as_ref().unwrap().local_addr().unwrap().port());
        assert!(stack.vendor.is_running() && stack.vendor.port == started.get());
        stack.vendor.stop(Signal::TERM);
    }

    #[tokio::test]
    async fn a_daemon_that_cannot_be_recorded_is_stopped() {
        let root = tempfile::tempdir().unwrap();
        let (folder, mut stack) = (StateFolder::at(root.path()).unwrap(), Stack::default());
        // In the place of the record.
        fs::create_dir(root.path().join("stack.json")).unwrap();
        assert!(daemon(&folder).start(&folder, &mut stack, sleeping, |_| true).await.is_err());
        assert!(stack.vendor.pid > 0 && !stack.vendor.is_running());
    }
}
