//! The end of a file's run.

use std::fmt::Write as _;

use rounds_shared::payload::{
    BatchCounts, Drop, Finding, LoadOutcome, LoadRef, ObjectCreated, ReportReceipt,
};
use serde::{Deserialize, Serialize};

use super::{Reason, tell_report, tell_uncertain};
use crate::batch::{folder, short, sum, tell_kept};
use crate::finding;
use crate::target::Target;

/// The pipeline's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileOutput {
    pub(crate) outcome: Outcome,
    pub(crate) drop: Drop,
    #[serde(default)]
    pub(crate) loads: Vec<Load>,
    #[serde(default)]
    pub(crate) reports: Vec<ReportReceipt>,
    #[serde(default)]
    pub(crate) reason: Option<Reason>,
    /// Where a refused file is, `s3://…`; none where it was gone before it could be kept.
    #[serde(default)]
    pub(crate) kept: Option<String>,
}

/// How a run that the machine saw through ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    HeldBack,
    Loaded,
    AlreadyLoaded,
    Overtaken,
    Discarded,
    Duplicate,
    Ignored,
    Quarantined,
}

/// A load; its counts are known where this run did the loading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Load {
    #[serde(flatten)]
    pub(crate) load: LoadRef,
    #[serde(default)]
    pub(crate) outcome: Option<LoadOutcome>,
    #[serde(default)]
    pub(crate) counts: Option<BatchCounts>,
    #[serde(default)]
    pub(crate) findings: Vec<Finding>,
}

impl Outcome {
    /// Whether what was asked for stood already.
    pub(crate) fn is_unchanged(self) -> bool {
        matches!(self, Self::AlreadyLoaded | Self::Duplicate)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::HeldBack => "held back",
            Self::Discarded => "discarded",
            Self::Loaded => "loaded",
            Self::AlreadyLoaded => "already loaded",
            Self::Overtaken => "overtaken",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
        }
    }
}

/// What became of the file, its loads and its reports.
pub(super) fn tell(
    what: &str,
    event: Option<&ObjectCreated>,
    output: &FileOutput,
    target: &Target,
) -> String {
    let headline = match output.outcome {
        Outcome::HeldBack => "HELD BACK   it waits for you: ",
        Outcome::Loaded => "LOADED      ",
        Outcome::AlreadyLoaded => "UNCHANGED   this file, or its content, was loaded before: ",
        Outcome::Duplicate => "UNCHANGED   this content is loaded already: ",
        Outcome::Overtaken => "OVERTAKEN   a newer file was loaded before; nothing changed: ",
        Outcome::Discarded => "DISCARDED   as an operator decided; nothing changed: ",
        Outcome::Ignored => "IGNORED     ",
        Outcome::Quarantined => "QUARANTINED ",
    };
    let mut text = format!("{headline}{what}");
    if let Some(reason) = &output.reason {
        let _ = write!(text, "\n  reason    {}\n  cause     {}", reason.error, reason.cause);
    }
    if let (Outcome::Quarantined, Some(event)) = (output.outcome, event) {
        let (etag, kept) = (&event.detail.object.etag, output.kept.as_deref());
        let (kept, next) = tell_kept(&output.drop, etag, kept, &|key| target.object(key));
        let _ = write!(text, "\n  kept in   {kept}\n  next      {next}; nothing was loaded");
    }
    for load in &output.loads {
        text.push_str(&tell_load(load, target));
    }
    for report in &output.reports {
        text.push_str(&tell_report(report, target));
    }
    if let Some(next) = next(output) {
        let _ = write!(text, "\n  next      {next}");
    }
    let uncertain = output.reports.iter().map(|report| report.uncertain.len()).sum();
    if let Some(told) = tell_uncertain(uncertain) {
        let _ = write!(text, "\n  {told}");
    }
    text
}

/// What a person does with a file that needs nothing of theirs.
fn next(output: &FileOutput) -> Option<String> {
    let first = output.loads.first().map(|load| short(&load.load.batch));
    let rejects = output.loads.iter().find(|load| load.counts.is_some_and(|counts| counts.rejected > 0));
    match (output.outcome, rejects, first) {
        (Outcome::Loaded, Some(load), _) => {
            let batch = short(&load.load.batch);
            Some(format!("rounds rejects {batch} --xlsx rejects.xlsx, which gives the rejected rows to mend"))
        }
        (Outcome::Loaded | Outcome::AlreadyLoaded | Outcome::Duplicate, _, Some(batch)) => {
            Some(format!("rounds explain {batch}, which tells its story"))
        }
        (Outcome::Overtaken, ..) => Some("to go back to this file, drop it again".to_owned()),
        (Outcome::Ignored, ..) => Some(format!("rounds explain {:?} tells more", output.drop.key)),
        _ => None,
    }
}

fn tell_load(load: &Load, target: &Target) -> String {
    let LoadRef { dataset, batch, load: number } = &load.load;
    let is_held_back = load.outcome == Some(LoadOutcome::HeldBack);
    let is_loaded = load.outcome == Some(LoadOutcome::Loaded);
    let mut text = match load.outcome {
        Some(LoadOutcome::HeldBack) => format!("\n  {dataset}  held back"),
        Some(LoadOutcome::Discarded) => format!("\n  {dataset}  discarded"),
        // The load and batch are those that took its place.
        Some(LoadOutcome::Overtaken) => {
            format!("\n  {dataset}  overtaken: not loaded, for a newer file stands, load {number}")
        }
        Some(LoadOutcome::AlreadyLoaded) => format!("\n  {dataset}  loaded before, load {number}"),
        _ => format!("\n  {dataset}  load {number}"),
    };
    let _ = write!(text, "\n    batch     {batch}");
    if let Some(counts) = &load.counts {
        let _ = write!(text, "\n    rows      {}", sum(counts));
    }
    for finding in &load.findings {
        let _ = write!(text, "\n    {}", finding::tell(finding));
    }
    let folder = folder(dataset, batch);
    if is_loaded {
        let _ = write!(text, "\n    Parquet   {}", target.object(&format!("lake/{folder}")));
    }
    if (is_loaded || is_held_back) && load.counts.is_some_and(|counts| counts.rejected > 0) {
        let _ = write!(text, "\n    rejects   {}", target.object(&format!("rejects/{folder}")));
    }
    let batch = short(batch);
    if is_held_back {
        let _ = write!(
            text,
            "\n    next      rounds explain {batch}, then: rounds accept {batch}, or rounds discard {batch}"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::outcome::{Ending, Output};

    #[test]
    fn the_machines_output_is_understood_whether_or_not_it_loaded() {
        let output = |outcome: &str, load: &str, reason: &str| {
            let text = format!(
                r#"{{"outcome":"{outcome}","drop":{{"bucket":"b","key":"k","version":"",
                "dropped_at":"2026-11-21T07:30:12.366Z","sequencer":"1"}},"loads":[{load}],"reports":[],"reason":{reason}}}"#
            );
            Ending::Succeeded { output: Box::new(Output::File(serde_json::from_str(&text).unwrap())) }
        };
        let duplicate = output("duplicate", r#"{"dataset":"d.t","batch":"ab","load":12}"#, "null");
        assert_eq!((duplicate.word(), duplicate.exit_code()), ("duplicate", 0));
        let refused = output("quarantined", "", r#"{"error":"Rejected.EmptyFile","cause":"no row"}"#);
        assert_eq!((refused.word(), refused.exit_code()), ("quarantined", 3));
        let held = r#"{"dataset":"d.t","batch":"ab","load":0,"outcome":"held_back","findings":[],
            "counts":{"read":5,"loaded":0,"rejected":1,"superseded":0,"held":4}}"#;
        let held = output("held_back", held, "null");
        assert_eq!((held.word(), held.exit_code()), ("held back", 3));
        let discarded = output("discarded", "", "null");
        assert_eq!((discarded.word(), discarded.exit_code()), ("discarded", 0));
    }

    #[test]
    fn each_end_that_needs_nothing_says_what_may_come_next() {
        let next = |outcome: &str, loads: &str| {
            let text = format!(
                r#"{{"outcome":"{outcome}","drop":{{"bucket":"b","key":"k.csv","version":"",
                "dropped_at":"2026-11-21T07:30:12.366Z","sequencer":"1"}},"loads":[{loads}]}}"#
            );
            super::next(&serde_json::from_str(&text).unwrap()).unwrap_or_default()
        };
        let load = |rejected: u64| {
            format!(
                r#"{{"dataset":"d.t","batch":"0123456789abcdef","load":1,"outcome":"loaded",
                "counts":{{"read":5,"loaded":4,"rejected":{rejected},"superseded":0,"held":0}}}}"#
            )
        };
        assert!(next("loaded", &load(1)).starts_with("rounds rejects 0123456789ab --xlsx"));
        assert!(next("loaded", &load(0)).starts_with("rounds explain 0123456789ab"));
        assert!(next("duplicate", &load(0)).starts_with("rounds explain 0123456789ab"));
        assert!(next("overtaken", "").contains("drop it again"));
        assert!(next("ignored", "").contains("k.csv"));
        assert_eq!(next("quarantined", ""), "", "that has its own");
    }
}
