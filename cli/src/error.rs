//! What can go wrong, each as a sentence with the way out.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rounds_shared::catalog::CatalogError;

/// Everything that ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read: {reason}", path = .path.display(), reason = .source.kind())]
    Unread { path: PathBuf, source: io::Error },
    #[error("{0} is no file: give the path of a workbook or a CSV")]
    NotAFile(PathBuf),
    #[error("`{0}` is no key for a file: give a path such as healthtech/appointments.xlsx")]
    NotAKey(String),
    #[error(
        "{path} has {bytes} bytes, and one file may have {limit}: split it, each part with the header, and drop the parts",
        path = .path.display()
    )]
    TooLarge { path: PathBuf, bytes: u64, limit: u64 },
    #[error("no checkout of Rounds above {0}: change into one, or set ROUNDS_HOME to its path")]
    NoCheckout(PathBuf),
    #[error("{0}: not a record of a local stack ({1}); `rounds local down --wipe` starts afresh")]
    BrokenRecord(PathBuf, serde_json::Error),
    #[error("{path} holds no stack of Rounds: nothing was removed", path = .0.display())]
    NoStack(PathBuf),
    #[error(
        "{path} holds something else than a stack of Rounds: name a folder of its own with --state",
        path = .0.display()
    )]
    Occupied(PathBuf),
    #[error(
        "only {free} MB are free in {folder}, and a stack needs {least}: make room, or name another folder with --state",
        folder = .folder.display()
    )]
    NoRoom { folder: PathBuf, free: u64, least: u64 },
    #[error("the local stack is not running: start it with `rounds local up`")]
    StackDown,
    #[error("of the local stack {} does not run: `rounds local up` starts it", .0.join(", "))]
    PartsDown(Vec<&'static str>),
    #[error("the local stack is not deployed yet: rounds local up")]
    NotDeployed,
    #[error(
        "the local stack is of an earlier version of this command: `rounds local up` brings it up to date"
    )]
    Outdated,
    #[error(
        "nothing to talk to: start the local stack with `rounds local up`, or name a deployment on AWS by the variables that \
         docs/OPERATIONS.md lists; `rounds doctor` tells what is missing"
    )]
    NoTarget,
    #[error(
        "{0} is not set: it names a part of the deployment on AWS; see the stack's outputs and parameters"
    )]
    Unset(&'static str),
    #[error("no AWS region is set: set AWS_REGION to that of the deployment")]
    NoRegion,
    #[error("{program} could not be started ({source}): {way_out}")]
    Program { program: String, source: io::Error, way_out: &'static str },
    #[error("{what} failed; {log} says why:\n{tail}\n  next      {way_out}", log = .log.display())]
    Step { what: String, log: PathBuf, tail: String, way_out: &'static str },
    #[error("port {port} was taken meanwhile by another program, so {name} could not start: try again")]
    PortTaken { name: &'static str, port: u16 },
    #[error(
        "{found}: install Python 3.10 or later with its venv module (Debian and Ubuntu: apt install python3-venv)"
    )]
    Python { found: String },
    #[error("{name} did not answer within {seconds} s; {log} may say why. `rounds local down` stops what is left", log = .log.display())]
    Silent { name: &'static str, seconds: u64, log: PathBuf },
    #[error("{path} is missing: build it first with `make build`", path = .0.display())]
    NotBuilt(PathBuf),
    #[error("{path} was not installed: remove target/local/venv and start again", path = .0.display())]
    NotInstalled(PathBuf),
    #[error("{path} is not there: restore it from the repository", path = .0.display())]
    NotInCheckout(PathBuf),
    #[error("{what} did not work: {reason}")]
    Service { what: String, reason: String },
    #[error("{what} did not work: {reason}")]
    Misasked { what: String, reason: String },
    #[error("{what} did not work: {reason}")]
    Access { what: String, reason: String },
    #[error("{what} did not work: nobody answers there; {way_out}", way_out = way_to_reach(*.is_local))]
    Unanswered { what: String, is_local: bool },
    #[error("the stack could not be deployed ({status}):\n{reasons}")]
    Deployment { status: String, reasons: String },
    #[error("{}", headline(.error, .folder.as_deref()))]
    Catalog {
        error: CatalogError,
        /// Where the catalog is; none for the one that this program was built with.
        folder: Option<PathBuf>,
    },
    #[error("{path} holds no dataset: give the folder of a catalog", path = .0.display())]
    NoDatasets(PathBuf),
    #[error("the catalog could not be tried in a database: {0}")]
    Schema(#[from] rounds_shared::schema::SchemaError),
    #[error(
        "the file is at s3://{bucket}/{key}, but no run began within {seconds} s: does the bucket send its events to \
         EventBridge, and is the rule of the pipeline on?"
    )]
    NoRun { bucket: String, key: String, seconds: u64 },
    #[error("no run is called {name}{way_out}")]
    UnknownRun { name: String, way_out: String },
    #[error("the catalog has nothing called `{name}`{suggestion}")]
    UnknownEntry { name: String, suggestion: String },
    #[error("no dataset of the catalog is dropped in {domain}/{suggestion}")]
    UnknownDomain { domain: String, suggestion: String },
    #[error("`rounds runs --watch` needs a terminal; for programs there is `rounds runs --json`")]
    NoTerminal,
    #[error("run {0} is under way, and goes on by itself: `rounds runs` shows how it ends")]
    UnderWay(String),
    #[error("{0} fits more than one run: give more of its name")]
    AmbiguousRun(String),
    #[error("the ledger knows no batch that begins with {name}, and no file of this key{way_out}")]
    UnknownSubject { name: String, way_out: String },
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
    #[error("--from {from} is after --to {to}: give the earlier day first")]
    Backwards { from: Date, to: Date },
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
    BackfillStopped { report: String, day: Date, to: Date, exit: u8 },
    #[error(
        "{failed} of {days} days did not get through: `rounds runs` shows them, `rounds redrive` takes one up again"
    )]
    BackfillFailed { failed: usize, days: usize, exit: u8 },
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
    #[error("{0}")]
    Interrupted(String),
}

impl Error {
    /// The process's exit code: 130 as shells have it after Ctrl-C, 2 for what the caller can set right, 1 otherwise.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted(_) => 130,
            Self::StackDown | Self::PartsDown(_) | Self::NotDeployed | Self::Outdated => 2,
            Self::UnknownEntry { .. } => 2,
            Self::NoCheckout(_) | Self::NoTarget | Self::Unset(_) | Self::Unread { .. } => 2,
            Self::NotAFile(_) | Self::NotAKey(_) | Self::Catalog { .. } | Self::NoDatasets(_) => 2,
            Self::NoStack(_) | Self::Occupied(_) | Self::NoRoom { .. } => 2,
            Self::NotMended { .. }
            | Self::UnknownRun { .. }
            | Self::UnknownDomain { .. }
            | Self::AmbiguousRun(_)
            | Self::UnderWay(_) => 2,
            Self::UnknownSubject { .. } | Self::AmbiguousBatch { .. } | Self::NoBatch(_) => 2,
            Self::NotHeldBack { .. } | Self::Exists(_) | Self::NoWorkbook(_) => 2,
            Self::Backwards { .. } | Self::TooLarge { .. } | Self::Python { .. } => 2,
            Self::NoTerminal | Self::Access { .. } | Self::Unanswered { .. } | Self::NoRegion => 2,
            Self::OnRequest(_) | Self::NotOnRequest { .. } | Self::Parameters { .. } => 2,
            Self::UnknownDashboard { .. } | Self::NotPublished(_) => 2,
            Self::UnknownReport(_) | Self::WithoutDays(_) | Self::NeverDue { .. } => 2,
            Self::NotADelivery(_) | Self::NotUncertain(_) | Self::Misasked { .. } => 2,
            Self::BackfillStopped { exit, .. } | Self::BackfillFailed { exit, .. } => *exit,
            _ => 1,
        }
    }

    /// Names the file of an I/O error.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }

    /// Names a file of the caller's that cannot be read.
    pub(crate) fn unread(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Unread { path: path.to_owned(), source }
    }

    /// Names the folder of a catalog.
    pub(crate) fn catalog(folder: &Path) -> impl FnOnce(CatalogError) -> Self {
        move |error| Self::Catalog { error, folder: Some(folder.to_owned()) }
    }

    /// The same error where the local stack was spoken to, which is started by a command.
    pub(crate) fn locally(self) -> Self {
        match self {
            Self::Unanswered { what, .. } => Self::Unanswered { what, is_local: true },
            other => other,
        }
    }

    /// Its name for a program: that of its variant, whose values are left to the sentence.
    pub(crate) fn name(&self) -> String {
        let mut name = FirstWord(String::new());
        // It ends with an error where a value would follow.
        let _ = write!(name, "{self:?}");
        name.0
    }
}

/// Takes the first word of what is written, and nothing behind it.
struct FirstWord(String);

impl fmt::Write for FirstWord {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let word = text.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
        self.0.push_str(word);
        if word.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

fn way_to_reach(is_local: bool) -> &'static str {
    match is_local {
        true => "`rounds local up` starts what is down of the local stack",
        false => "is there a network, and does AWS_REGION name the region of the deployment?",
    }
}

fn headline(error: &CatalogError, folder: Option<&Path>) -> String {
    match error {
        CatalogError::Unreadable { .. } => format!("{error}: give the folder of a catalog"),
        CatalogError::Mistakes(mistakes) => {
            let folder = folder.map(|folder| format!(" --catalog {}", folder.display())).unwrap_or_default();
            format!(
                "the catalog is not in order:\n{mistakes}\n  next      mend that, then: rounds catalog check{folder}"
            )
        }
    }
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Self {
        Self::Catalog { error, folder: None }
    }
}

/// Short for results of this program.
pub(crate) type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_called_by_its_variant_and_tells_a_program_nothing_else_by_that() {
        assert_eq!(Error::NotAKey("a secret".to_owned()).name(), "NotAKey");
        assert_eq!(Error::StackDown.name(), "StackDown");
    }

    #[test]
    fn a_file_that_may_not_be_read_is_told_in_words() {
        let error = Error::unread(Path::new("a.csv"))(io::Error::from_raw_os_error(13));
        assert_eq!(error.to_string(), "a.csv cannot be read: permission denied");
        assert_eq!(error.exit_code(), 2);
    }
}
