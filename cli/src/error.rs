//! What can go wrong, each as a sentence with the way out.

use std::io;
use std::path::{Path, PathBuf};

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use jiff::civil::Date;

/// Everything that ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} cannot be dropped: {error}", path = .0.display(), error = reason(.1))]
    Dropped(PathBuf, aws_sdk_s3::primitives::ByteStreamError),
    #[error("{0} is no file: give the path of a workbook or a CSV")]
    NotAFile(PathBuf),
    #[error("`{0}` is no key for a file: give a path such as healthtech/appointments.xlsx")]
    NotAKey(String),
    #[error("no checkout of Rounds above {0}: change into one, or set ROUNDS_HOME to its path")]
    NoCheckout(PathBuf),
    #[error("{0}: not a record of a local stack ({1}); `rounds local down --wipe` starts afresh")]
    BrokenRecord(PathBuf, serde_json::Error),
    #[error("the local stack is not running: start it with `rounds local up`")]
    StackDown,
    #[error(
        "nothing to talk to: start the local stack with `rounds local up`, or set ROUNDS_PIPELINE_ARN, ROUNDS_ROUNDS_ARN, \
         ROUNDS_COLLECT_ARN, ROUNDS_EXPORT_ARN, ROUNDS_CLEAN_UP_ARN, ROUNDS_INGEST_FUNCTION, ROUNDS_REPORT_FUNCTION, \
         ROUNDS_COLLECT_FUNCTION, \
         ROUNDS_LANDING_BUCKET and ROUNDS_LAKE_BUCKET to those of a deployment"
    )]
    NoTarget,
    #[error(
        "{0} is not set: it names a part of the deployment on AWS; see the stack's outputs and parameters"
    )]
    Unset(&'static str),
    #[error("{program} could not be started ({source}): {way_out}")]
    Program { program: String, source: io::Error, way_out: &'static str },
    #[error("{what} failed; {log} says why:\n{tail}", log = .log.display())]
    Step { what: String, log: PathBuf, tail: String },
    #[error("{name} did not answer within {seconds} s; {log} may say why. `rounds local down` stops what is left", log = .log.display())]
    Silent { name: &'static str, seconds: u64, log: PathBuf },
    #[error("{path} is missing: build the functions first with `cargo build --workspace`", path = .0.display())]
    NotBuilt(PathBuf),
    #[error("{path} was not installed: remove target/local/venv and start again", path = .0.display())]
    NotInstalled(PathBuf),
    #[error("{path} is not there: restore it from the repository", path = .0.display())]
    NotInCheckout(PathBuf),
    #[error("{what} did not work: {reason}")]
    Service { what: String, reason: String },
    #[error("{what} did not work: {reason}")]
    Misasked { what: String, reason: String },
    #[error("the stack could not be deployed ({status}):\n{reasons}")]
    Deployment { status: String, reasons: String },
    #[error("the catalog is not in order:\n{0}")]
    Catalog(#[from] rounds_shared::catalog::CatalogError),
    #[error("the catalog could not be tried in a database: {0}")]
    Schema(#[from] rounds_shared::schema::SchemaError),
    #[error(
        "the file is at s3://{bucket}/{key}, but no run began within {seconds} s: does the bucket send its events to \
         EventBridge, and is the rule of the pipeline on?"
    )]
    NoRun { bucket: String, key: String, seconds: u64 },
    #[error("no run is called {0}: `rounds runs` lists them")]
    UnknownRun(String),
    #[error("{0} fits more than one run: give more of its name")]
    AmbiguousRun(String),
    #[error(
        "the ledger knows no batch that begins with {0}, and no file of this key: `rounds runs --json` has both"
    )]
    UnknownSubject(String),
    #[error("{name} fits several batches: give one of them\n  {list}", list = .candidates.join("\n  "))]
    AmbiguousBatch { name: String, candidates: Vec<String> },
    #[error("{0} was loaded as no batch: `rounds explain {0}` tells what became of it")]
    NoBatch(String),
    #[error("batch {batch} is {word}, not held back: there is nothing to decide")]
    NotHeldBack { batch: String, word: &'static str },
    #[error(
        "{file} is not the workbook of rejects of batch {batch}: write that with `rounds rejects {batch} --xlsx FILE`, and \
         mend its cells to the right of _reason", file = .file.display()
    )]
    NotMended { file: PathBuf, batch: String },
    #[error("the ledger does not know which file batch {0} came from")]
    NoDrop(String),
    #[error("{path} is there already: name another file, so that nothing mended is lost", path = .0.display())]
    Exists(PathBuf),
    #[error("batch {0} has no workbook of rejects")]
    NoWorkbook(String),
    #[error("{0}")]
    UnknownReport(#[from] rounds_shared::catalog::UnknownReport),
    #[error("no dashboard is named `{name}`{suggestion}")]
    UnknownDashboard { name: String, suggestion: String },
    #[error("{0} was never published: each load of a dataset that it needs does that")]
    NotPublished(String),
    #[error(
        "{0} goes out after each load, and for no day: `rounds replay BATCH` or a new drop makes it go out"
    )]
    WithoutDays(String),
    #[error("{0} has not come: ages are counted from today, or from an earlier day")]
    NotYet(Date),
    #[error("{0} is made on request, and for no day: `rounds export {0} NAME=VALUE` asks for it")]
    OnRequest(String),
    #[error("{report} is not made on request: `rounds report {report}` sends it")]
    NotOnRequest { report: String },
    #[error("{report} is asked for with {usage}: each once, and not empty")]
    Parameters { report: String, usage: String },
    #[error("{cadence} report {report} was due on no day from {from} to {to}")]
    NeverDue { report: String, cadence: &'static str, from: Date, to: Date },
    #[error(
        "stopped at {day}, as its run did not get through. When that is mended: rounds backfill {report} --from {day} \
         --to {to}; what was sent is not sent again. `--keep-going` passes over such days"
    )]
    BackfillStopped { report: String, day: Date, to: Date },
    #[error(
        "{failed} of {days} days did not get through: `rounds runs` shows them, `rounds rerun` starts one again"
    )]
    BackfillFailed { failed: usize, days: usize },
    #[error(
        "`{0}` is no delivery: give the id that the alert and `rounds deliveries` show, 8-4-4-4-12 hexadecimal digits"
    )]
    NotADelivery(String),
    #[error(
        "delivery {0} is not uncertain: nothing was changed. `rounds deliveries --uncertain` lists those that are"
    )]
    NotUncertain(String),
    #[error("the run's output is not what this version of rounds understands: {0}")]
    Output(#[source] serde_json::Error),
    #[error("the function answered something else than it was asked: is it of another version than rounds?")]
    Unexpected,
    #[error("stopped looking on; the run goes on by itself, and `rounds runs` shows how it ends")]
    Interrupted,
}

impl Error {
    /// The process's exit code: 130 as shells have it after Ctrl-C, 2 for what the caller can set right, 1 otherwise.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::NoCheckout(_) | Self::NoTarget | Self::Unset(_) | Self::Dropped(..) => 2,
            Self::NotAFile(_) | Self::NotAKey(_) | Self::Catalog(_) => 2,
            Self::NotMended { .. } | Self::UnknownRun(_) | Self::AmbiguousRun(_) => 2,
            Self::UnknownSubject(_) | Self::AmbiguousBatch { .. } | Self::NoBatch(_) => 2,
            Self::NotHeldBack { .. } | Self::Exists(_) | Self::NoWorkbook(_) => 2,
            Self::NotYet(_) => 2,
            Self::OnRequest(_) | Self::NotOnRequest { .. } | Self::Parameters { .. } => 2,
            Self::UnknownDashboard { .. } | Self::NotPublished(_) => 2,
            Self::UnknownReport(_) | Self::WithoutDays(_) | Self::NeverDue { .. } => 2,
            Self::NotADelivery(_) | Self::NotUncertain(_) | Self::Misasked { .. } => 2,
            _ => 1,
        }
    }

    /// Names the file of an I/O error.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }

    /// Says what was asked of an AWS service, and the service's own reason where it gave one.
    pub(crate) fn service<E, R>(what: impl Into<String>) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        move |error| {
            let service = error.as_service_error().map(|service| (service.code(), service.message()));
            let reason = match (&error, service) {
                (_, Some((Some(code), message))) => {
                    format!("{code}: {}", message.unwrap_or("no more was said"))
                }
                (SdkError::DispatchFailure(failure), _) if failure.is_io() => {
                    "nothing answers there; `rounds local up` starts what is down of the local stack"
                        .to_owned()
                }
                _ => DisplayErrorContext(&error).to_string(),
            };
            Self::Service { what: what.into(), reason }
        }
    }
}

/// The innermost reason of an error whose own words say little.
fn reason(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), reason)
}

/// Short for results of this program.
pub(crate) type Result<T> = std::result::Result<T, Error>;
