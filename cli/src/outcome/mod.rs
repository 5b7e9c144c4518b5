//! How a run ended, and how that is told to a person.

mod clean_up;
mod collection;
mod export;
mod file;
mod round;

use std::fmt::Write as _;
use std::process::ExitCode;

use jiff::civil::Date;
use rounds_shared::payload::ReportReceipt;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(crate) use clean_up::CleanUpOutput;
pub(crate) use collection::CollectionOutput;
pub(crate) use export::ExportOutput;
pub(crate) use file::{FileOutput, Load, Outcome};
pub(crate) use round::{RoundOutput, tell_tried};

use crate::error::Result;
use crate::run::{Run, Subject};
use crate::target::Target;
use crate::terminal::say;

/// A run as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Ending {
    Running,
    Succeeded { output: Box<Output> },
    Failed { reason: Reason },
}

/// What a state machine answers at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Output {
    File(FileOutput),
    Round(RoundOutput),
    Collection(CollectionOutput),
    Export(ExportOutput),
    CleanUp(CleanUpOutput),
}

/// Why a file was not loaded, or a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) error: String,
    pub(crate) cause: String,
}

impl Reason {
    /// Whether a round failed for want of data alone.
    fn is_data_missing(&self) -> bool {
        self.error == round::DATA_MISSING
    }
}

impl Ending {
    /// A word for a list of runs.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Failed { reason } if reason.is_data_missing() => "data missing",
            Self::Failed { .. } => "failed",
            Self::Succeeded { output } => match output.as_ref() {
                Output::File(output) => output.outcome.word(),
                Output::Round(_) => "reported",
                Output::Collection(_) => "collected",
                Output::Export(_) => "exported",
                Output::CleanUp(_) => "cleaned up",
            },
        }
    }

    /// The process's exit code: 0 good, 3 where a person has to act (quarantined, held back, data missing), 1 failed.
    fn exit_code(&self) -> u8 {
        match (self, self.outcome()) {
            (_, Some(Outcome::Quarantined | Outcome::HeldBack)) => 3,
            (Self::Failed { reason }, _) if reason.is_data_missing() => 3,
            (Self::Failed { .. }, _) => 1,
            (Self::Succeeded { .. } | Self::Running, _) => 0,
        }
    }

    /// What became of a file, where the machine saw its run through.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.file().map(|output| output.outcome)
    }

    /// The loads of a file.
    pub(crate) fn loads(&self) -> &[Load] {
        self.file().map_or(&[], |output| &output.loads)
    }

    /// The day of a round, collection or clean-up that has ended; the causes of failed ones begin with it.
    pub(crate) fn as_of(&self) -> Option<Date> {
        match self {
            Self::Running => None,
            Self::Failed { reason } => reason.cause.split_once(": ")?.0.parse().ok(),
            Self::Succeeded { output } => match output.as_ref() {
                Output::File(_) | Output::Export(_) => None,
                Output::Round(output) => Some(output.as_of),
                Output::Collection(output) => Some(output.as_of),
                Output::CleanUp(output) => Some(output.as_of),
            },
        }
    }

    fn file(&self) -> Option<&FileOutput> {
        match self {
            Self::Succeeded { output } => match output.as_ref() {
                Output::File(output) => Some(output),
                Output::Round(_) | Output::Collection(_) | Output::Export(_) | Output::CleanUp(_) => None,
            },
            Self::Running | Self::Failed { .. } => None,
        }
    }
}

impl Run {
    /// The process's exit code: 2 for an export that was asked for wrongly or about nobody, else that of its ending.
    pub(crate) fn exit_code(&self) -> u8 {
        if self.refusal().is_some() { 2 } else { self.ending.exit_code() }
    }

    /// Why nothing could be made of what was asked: the same words asked again end the same way.
    fn refusal(&self) -> Option<&Reason> {
        match (&self.subject, &self.ending) {
            (Subject::Export(_), Ending::Failed { reason }) => {
                Some(reason).filter(|reason| export::is_refused(reason))
            }
            _ => None,
        }
    }
}

/// Tells how a run ended, and gives the exit code that stands for it.
pub(crate) fn show(target: &Target, run: &Run, json: bool) -> Result<ExitCode> {
    if json {
        say(json!(run).to_string());
    } else {
        say(tell(run, target));
    }
    Ok(ExitCode::from(run.exit_code()))
}

/// The whole story of a run's end, over several lines, with what to do next where something is to be done.
fn tell(run: &Run, target: &Target) -> String {
    let name = &run.name;
    let what = match &run.subject {
        Subject::Event(event) => format!("s3://{}/{}", event.detail.bucket.name, event.detail.object.key),
        _ => run.title(),
    };
    if let Some(reason) = run.refusal() {
        return export::tell_refused(&what, reason);
    }
    match &run.ending {
        Ending::Running => format!("{what} is under way as run {name}."),
        Ending::Failed { reason } => tell_failure(&what, name, reason, run.ending.as_of()),
        Ending::Succeeded { output } => match output.as_ref() {
            Output::File(output) => file::tell(&what, run.subject.event(), output, target),
            Output::Round(output) => round::tell(&what, output, target),
            Output::Collection(output) => collection::tell(&what, name, output),
            Output::Export(output) => export::tell(&what, name, output),
            Output::CleanUp(output) => clean_up::tell(&what, output, target),
        },
    }
}

fn tell_failure(what: &str, name: &str, reason: &Reason, as_of: Option<Date>) -> String {
    let mended = format!("mend the cause, then: rounds redrive {name}");
    let (stays, next) = if reason.error == collection::REPORTS_FAILED {
        ("what was collected stays, and is not asked for again", collection::tell_next(as_of))
    } else if reason.error == clean_up::TABLES_FAILED {
        ("what was deleted is archived, and the other tables were cleaned up", mended)
    } else {
        ("nothing is half-loaded, and what was sent is not sent again", mended)
    };
    let headline = if reason.is_data_missing() { "NO DATA    " } else { "FAILED     " };
    format!(
        "{headline} {what}\n  error     {}\n  cause     {}\n  {stays}\n  \
         next      {next}",
        reason.error, reason.cause
    )
}

/// What became of one report.
pub(crate) fn tell_report(report: &ReportReceipt, target: &Target) -> String {
    let ReportReceipt {
        report: name, period, rows, sent, already_sent, suppressed, uncertain, objects, ..
    } = report;
    let mut text = format!("\n  {name}  {period}\n    rows      {rows}");
    let mut letters = Vec::new();
    for (count, what) in [(sent, "sent"), (already_sent, "sent before"), (suppressed, "suppressed")] {
        letters.extend((*count > 0).then(|| format!("{count} {what}")));
    }
    if !letters.is_empty() {
        let _ = write!(text, "\n    mails     {}", letters.join(", "));
    }
    if letters.is_empty() && uncertain.is_empty() {
        text.push_str("\n    mails     none");
    }
    for delivery in uncertain {
        let _ = write!(text, "\n    uncertain {delivery}");
    }
    for key in objects {
        let _ = write!(text, "\n    file      {}", target.object(key));
    }
    text
}

/// Where letters that went out are to be seen.
pub(crate) fn tell_mails(target: &Target) -> &'static str {
    if target.is_local() {
        "\n  next      rounds local mails, which writes them as files"
    } else {
        "\n  next      rounds deliveries, which lists them"
    }
}

/// What to do about letters of which nobody knows whether they went out; none where there are none.
pub(crate) fn tell_uncertain(count: usize) -> Option<String> {
    let mails = if count == 1 { "1 mail is" } else { &format!("{count} mails are") };
    (count > 0).then(|| {
        format!(
            "{mails} uncertain: nobody knows whether they went out, and they are never sent again by themselves.\n  \
             next      rounds deliveries --uncertain, then for each: rounds settle DELIVERY sent, or: rounds settle \
             DELIVERY lost"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(error: &str, cause: &str) -> Ending {
        Ending::Failed { reason: Reason { error: error.to_owned(), cause: cause.to_owned() } }
    }

    #[test]
    fn a_round_without_its_data_waits_for_a_person_and_a_failed_one_is_a_failure() {
        let missing = failed("Round.DataMissing", "2026-11-21: MIS workbook has not arrived");
        assert_eq!((missing.word(), missing.exit_code()), ("data missing", 3));
        assert_eq!(missing.as_of(), Some("2026-11-21".parse().unwrap()));
        let failed_one = failed("Round.ReportsFailed", "2026-11-21: mis.cancelled failed");
        assert_eq!((failed_one.word(), failed_one.exit_code()), ("failed", 1));
        let early = failed("Retryable.DatabaseUnreachable", "the database does not answer: it is away");
        assert_eq!((early.word(), early.as_of()), ("failed", None));
    }

    #[test]
    fn uncertain_mails_are_counted_with_what_to_type() {
        assert_eq!(tell_uncertain(0), None);
        assert!(tell_uncertain(1).unwrap().starts_with("1 mail is uncertain"));
        let many = tell_uncertain(12).unwrap();
        assert!(many.starts_with("12 mails are uncertain") && many.contains("rounds settle"), "{many}");
    }
    #[test]
    fn a_collection_that_failed_for_some_keeps_what_the_others_brought() {
        let cause = "2026-11-21: 5 of 15 not collected: ar_aging of 10000003 (Defect.VendorRefused)";
        let reason = Reason { error: collection::REPORTS_FAILED.to_owned(), cause: cause.to_owned() };
        let told = tell_failure("collect 2026-11-21", "0b5f3c1e", &reason, "2026-11-21".parse().ok());
        insta::assert_snapshot!(told, @r"
        FAILED      collect 2026-11-21
          error     Collect.ReportsFailed
          cause     2026-11-21: 5 of 15 not collected: ar_aging of 10000003 (Defect.VendorRefused)
          what was collected stays, and is not asked for again
          next      rounds collect status --as-of 2026-11-21 tells why; when that is mended:
                    rounds collect run --as-of 2026-11-21 --again, or by name: rounds collect run REPORT --account ACCOUNT --as-of 2026-11-21 --again
        ");
    }
}
