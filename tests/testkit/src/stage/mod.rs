//! A stage's own program under a Lambda runtime that a test serves: what goes in, what comes out, and how it dies.
//!
//! As in Lambda a process stays for the next call, and one that died, or was ended at its deadline, makes room for a new
//! one. Whatever does not work here panics with a sentence, for a test without its stage has nothing to say.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a broken test bed ends the test"
)]

pub mod asked;
mod line;
mod process;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::stack::{Stack, program};
use process::{Process, Spawn};

pub use line::{LANDING, Line, Stopped, landing};

/// How long a call may take where a test does not say; far longer than it does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stage, such as `load`.
pub struct Stage {
    spawn: Spawn,
    process: Option<Process>,
    /// Where the stage looks for the points to die at.
    fail_points: TempDir,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// With an answer.
    Done(Value),
    /// With an error.
    Failed {
        /// Its name, as the state machine matches it.
        error: String,
        /// Its sentence.
        message: String,
    },
    /// The process ended before it answered; `Runtime.ExitError` for the state machine.
    Died,
    /// It was not done at its deadline, and was ended; `Sandbox.Timedout` for the state machine.
    TimedOut,
}

impl Answer {
    /// What the stage answered.
    ///
    /// # Panics
    /// It did not.
    pub fn done(self) -> Value {
        match self {
            Self::Done(value) => value,
            other => panic!("the stage is done: {other:?}"),
        }
    }

    /// The name of the error that it failed with; none where it did not fail by itself.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl Stage {
    /// A stage of a stack, with the environment of `rounds local env` but for these variables; its process starts with
    /// the first call. What it logs, and its answers, are among the logs of the stack.
    #[must_use]
    pub fn start(stack: &Stack, name: &str, changed: &[(&str, &str)]) -> Self {
        let fail_points = tempfile::tempdir().expect("there is a folder for temporary files");
        let mut environment = environment(stack);
        environment.insert("FAIL_POINTS".to_owned(), fail_points.path().display().to_string());
        environment.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut log = tempfile::Builder::new();
        let log = log.prefix(&format!("stage-{name}-")).suffix(".log").tempfile_in(stack.log_folder());
        let (_, log) = log.and_then(|log| Ok(log.keep()?)).expect("a stage can log");
        let spawn = Spawn { name: name.to_owned(), program: program(name), environment, log, memory: None };
        Self { spawn, process: None, fail_points }
    }

    /// Calls the stage, and waits for the end.
    pub fn invoke(&mut self, event: &Value) -> Answer {
        self.invoke_within(event, PATIENCE)
    }

    /// Calls the stage, and ends it as Lambda does where it is not done within this time.
    pub fn invoke_within(&mut self, event: &Value, time: Duration) -> Answer {
        if self.hand_over(event, time) { self.finish() } else { Answer::Died }
    }

    /// Calls the stage and does not wait; [`Stage::finish`] does.
    ///
    /// # Panics
    /// The process does not come up.
    pub fn begin(&mut self, event: &Value) {
        assert!(self.hand_over(event, PATIENCE), "{} does not come up:\n{}", self.spawn.name, self.log());
    }

    /// Waits for the end of the call that was begun.
    ///
    /// # Panics
    /// None was begun.
    pub fn finish(&mut self) -> Answer {
        let process = self.process.as_mut().expect("a call was begun");
        let answer = process.answer();
        self.spawn.note(&answer);
        if matches!(answer, Answer::Died | Answer::TimedOut) {
            self.process = None;
        }
        answer
    }

    /// Has the call that was begun be at its deadline now.
    pub fn expire(&mut self) {
        if let Some(process) = &mut self.process {
            process.expire();
        }
    }

    /// Ends the process at once. A call under way has died.
    pub fn kill(&mut self) {
        if let Some(process) = &mut self.process {
            process.kill();
        }
    }

    /// The process's number, for whoever kills it from elsewhere; none where there is no process.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Has the stage die at a fail point, once; see `rounds_shared::fail_point`.
    pub fn die_at(&mut self, point: &str) {
        std::fs::write(self.fail_points.path().join(point), "").expect("a fail point can be set");
    }

    /// Whether the stage came to the fail point that was set.
    #[must_use]
    pub fn came_to(&self, point: &str) -> bool {
        !self.fail_points.path().join(point).exists()
    }

    /// Gives the next processes so many bytes of memory.
    pub fn limit_memory(&mut self, bytes: u64) {
        self.process = None;
        self.spawn.memory = Some(bytes);
    }

    /// What all its processes logged, and their answers.
    #[must_use]
    pub fn log(&self) -> String {
        let log = std::fs::read(&self.spawn.log).expect("the log is there");
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Hands a call to the process that is there or, where it has died, to a new one; false where that does not come up.
    fn hand_over(&mut self, event: &Value, time: Duration) -> bool {
        if !self.process.as_mut().is_some_and(Process::is_ready) {
            let mut process = Process::start(&self.spawn);
            if !process.is_ready() {
                return false;
            }
            self.process = Some(process);
        }
        self.process.as_mut().is_some_and(|process| process.hand_over(event, time))
    }
}

/// What `rounds local env` says.
fn environment(stack: &Stack) -> BTreeMap<String, String> {
    let output = stack.rounds().args(["local", "env"]).output().expect("rounds can be started");
    assert!(output.status.success(), "rounds local env");
    let said = String::from_utf8(output.stdout).expect("its output is text");
    let variable = |line: &str| {
        let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
        let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
        Some((name.to_owned(), value.replace(r"'\''", "'")))
    };
    said.lines().filter_map(variable).collect()
}
