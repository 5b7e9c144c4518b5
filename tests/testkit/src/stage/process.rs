//! One process of a stage, and the runtime interface that it asks for calls.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::Answer;
use crate::http::{self, Request};

/// How long a process may take until it asks for its first call, and how often it is looked whether it has died.
const COMING_UP: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(5);

/// How a process is made.
pub(super) struct Spawn {
    pub(super) name: String,
    pub(super) program: PathBuf,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) log: PathBuf,
    /// Bytes of address space.
    pub(super) memory: Option<u64>,
}

/// A process that answers one call after another.
pub(super) struct Process {
    child: Child,
    calls: Sender<Call>,
    said: Receiver<Said>,
    is_ready: bool,
    deadline: Instant,
}

struct Call {
    event: String,
    deadline: Timestamp,
}

/// What a process tells the runtime.
enum Said {
    Ready,
    Answered(Answer),
}

impl Spawn {
    fn command(&self) -> Command {
        match self.memory {
            None => Command::new(&self.program),
            Some(bytes) => {
                let mut limited = Command::new("sh");
                let limit = format!("ulimit -v {}; exec \"$0\"", bytes / 1024);
                limited.args(["-c", &limit]).arg(&self.program);
                limited
            }
        }
    }

    /// Writes an answer down beside the logs: it is in a payload as well.
    pub(super) fn note(&self, answer: &Answer) {
        let log = OpenOptions::new().append(true).open(&self.log);
        let noted = log.and_then(|mut log| writeln!(log, "{} answered {answer:?}", self.name));
        noted.expect("an answer can be written down");
    }
}

impl Process {
    pub(super) fn start(spawn: &Spawn) -> Self {
        let (calls, taken) = channel();
        let (says, said) = channel();
        let (taken, says) = (Mutex::new(taken), Mutex::new(says));
        let runtime = http::serve(move |request| answer(request, &taken, &says)).expect("there is a port");
        let log = || {
            let log = OpenOptions::new().append(true).open(&spawn.log).expect("the log is there");
            Stdio::from(log)
        };
        let child = spawn
            .command()
            .env_clear()
            .envs(&spawn.environment)
            .env("AWS_LAMBDA_RUNTIME_API", runtime.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", format!("rounds-{}", spawn.name))
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log())
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{}: {error}", spawn.program.display()));
        Self { child, calls, said, is_ready: false, deadline: Instant::now() }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process asks for a call; false where it dies instead.
    pub(super) fn is_ready(&mut self) -> bool {
        self.deadline = Instant::now() + COMING_UP;
        while !self.is_ready {
            match self.hear() {
                Some(Said::Ready) => self.is_ready = true,
                Some(Said::Answered(_)) => {}
                None => return false,
            }
        }
        // It may have been killed while it waited.
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Hands over a call; its time begins now.
    pub(super) fn hand_over(&mut self, event: &Value, time: Duration) -> bool {
        self.is_ready = false;
        self.deadline = Instant::now() + time;
        self.calls.send(Call { event: event.to_string(), deadline: Timestamp::now() + time }).is_ok()
    }

    pub(super) fn expire(&mut self) {
        self.deadline = Instant::now();
    }

    /// Waits for the answer.
    pub(super) fn answer(&mut self) -> Answer {
        loop {
            match self.hear() {
                Some(Said::Answered(answer)) => return answer,
                Some(Said::Ready) => {}
                None if Instant::now() >= self.deadline => {
                    self.kill();
                    return Answer::TimedOut;
                }
                None => return Answer::Died,
            }
        }
    }

    /// What the process says next; nothing where it dies, or where its time is over.
    fn hear(&mut self) -> Option<Said> {
        loop {
            // In this order: what it said before it died counts.
            let has_died = !matches!(self.child.try_wait(), Ok(None));
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left.min(LOOK)) {
                Ok(said) => return Some(said),
                Err(RecvTimeoutError::Timeout) if !has_died && !left.is_zero() => {}
                Err(_) => return None,
            }
        }
    }

    pub(super) fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One request of the process: for its next call, or with the answer to the last.
fn answer(request: &Request, calls: &Mutex<Receiver<Call>>, says: &Mutex<Sender<Said>>) -> Option<String> {
    let say = |said| says.lock().ok().and_then(|says| says.send(said).ok());
    let accepted = || http::answer(202, "application/json", "{}");
    let (_, operation) = request.path.split_once("/runtime/")?;
    if operation == "invocation/next" {
        say(Said::Ready)?;
        let call = calls.lock().ok()?.recv().ok()?;
        return Some(http::answer_with(
            200,
            &[
                ("content-type", "application/json"),
                ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ("lambda-runtime-deadline-ms", &call.deadline.as_millisecond().to_string()),
                (
                    "lambda-runtime-invoked-function-arn",
                    "arn:aws:lambda:us-east-1:000000000000:function:stage",
                ),
            ],
            &call.event,
        ));
    }
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let answered = if operation.ends_with("/response") {
        Answer::Done(body)
    } else {
        Answer::Failed { error: text("errorType"), message: text("errorMessage") }
    };
    say(Said::Answered(answered))?;
    Some(accepted())
}
