//! How a run ended, and how that is told to a person.

use std::fmt::Write as _;

use rounds_shared::payload::{BatchCounts, Drop, Finding, LoadOutcome, LoadRef, ReportReceipt, Severity};
use serde::{Deserialize, Serialize};

use crate::follow::Run;
use crate::target::Target;
use crate::terminal::grouped;

/// The pipeline's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Output {
    pub(crate) outcome: Outcome,
    pub(crate) drop: Drop,
    #[serde(default)]
    pub(crate) loads: Vec<Load>,
    #[serde(default)]
    pub(crate) reports: Vec<ReportReceipt>,
    #[serde(default)]
    pub(crate) reason: Option<Reason>,
}

/// How a run that the machine saw through ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Loaded,
    AlreadyLoaded,
    Overtaken,
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

/// Why a file was not loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) error: String,
    pub(crate) cause: String,
}

/// A run as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Ending {
    Running,
    Succeeded { output: Box<Output> },
    Failed { reason: Reason },
}

impl Ending {
    /// One word for a list of runs.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Failed { .. } => "failed",
            Self::Succeeded { output } => output.outcome.word(),
        }
    }

    /// The process's exit code: 0 good, 3 quarantined, 1 failed.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Succeeded { output } if output.outcome == Outcome::Quarantined => 3,
            Self::Succeeded { .. } | Self::Running => 0,
            Self::Failed { .. } => 1,
        }
    }
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::AlreadyLoaded => "already loaded",
            Self::Overtaken => "overtaken",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
        }
    }
}

/// The whole story of a run's end, over several lines, with what to do next where something is to be done.
pub(crate) fn tell(run: &Run, target: &Target) -> String {
    let Run { name, event, ending, .. } = run;
    let file = format!("{}/{}", event.detail.bucket.name, event.detail.object.key);
    match ending {
        Ending::Running => format!("{file} is under way as run {name}."),
        Ending::Failed { reason } => format!(
            "FAILED      s3://{file}\n  error     {}\n  cause     {}\n  nothing is half-loaded\n  \
             next      mend the cause, then: rounds rerun {name}",
            reason.error, reason.cause
        ),
        Ending::Succeeded { output } => tell_output(&file, output, target),
    }
}

fn tell_output(file: &str, output: &Output, target: &Target) -> String {
    let mut text = String::new();
    let headline = match output.outcome {
        Outcome::Loaded => "LOADED      ",
        Outcome::AlreadyLoaded => "UNCHANGED   this content is in place already: ",
        Outcome::Duplicate => "UNCHANGED   this content is loaded already: ",
        Outcome::Overtaken => "OVERTAKEN   a newer file was loaded before; nothing changed: ",
        Outcome::Ignored => "IGNORED     ",
        Outcome::Quarantined => "QUARANTINED ",
    };
    let _ = write!(text, "{headline}s3://{file}");
    if let Some(reason) = &output.reason {
        let _ = write!(text, "\n  reason    {}\n  cause     {}", reason.error, reason.cause);
    }
    if output.outcome == Outcome::Quarantined {
        let kept = object(target, "quarantine/");
        let _ = write!(
            text,
            "\n  kept in   {kept}\n  next      mend the file and drop it again; nothing was loaded"
        );
    }
    for load in &output.loads {
        text.push_str(&tell_load(load, output.outcome, target));
    }
    for report in &output.reports {
        text.push_str(&tell_report(report, target));
    }
    text
}

fn tell_load(load: &Load, outcome: Outcome, target: &Target) -> String {
    let LoadRef { dataset, batch, load: number } = &load.load;
    let mut text = format!("\n  {dataset}  load {number}");
    let Some(counts) = load.counts else { return text };
    let BatchCounts { read, loaded, rejected, superseded, held } = counts;
    let [read, loaded, others, superseded, held] = [read, loaded, rejected, superseded, held].map(grouped);
    let _ = write!(
        text,
        "\n    rows      {read} read = {loaded} loaded + {others} rejected + {superseded} superseded + {held} held"
    );
    for finding in &load.findings {
        let _ = write!(text, "\n    {}", tell_finding(finding));
    }
    if outcome == Outcome::Loaded {
        let folder = format!("{}/batch={batch}/", dataset.replacen('.', "/", 1));
        let _ = write!(text, "\n    Parquet   {}", object(target, &format!("lake/{folder}")));
        if rejected > 0 {
            let _ = write!(text, "\n    rejects   {}", object(target, &format!("rejects/{folder}")));
        }
    }
    text
}

fn tell_finding(finding: &Finding) -> String {
    let kind = match finding.severity {
        Severity::Reject => "rejected",
        Severity::Warn => "warning ",
        Severity::Info => "note    ",
    };
    let mut text = format!("{kind}  {:>7}  {}", grouped(finding.count), finding.rule);
    if let Some(column) = &finding.column {
        let _ = write!(text, " in {column}");
    }
    let places: Vec<String> = finding.at.iter().map(u64::to_string).collect();
    if !places.is_empty() {
        let more = if finding.count > places.len() as u64 { ", …" } else { "" };
        let what = if finding.rule == "unknown_column" { "column" } else { "row" };
        let _ = write!(text, "  ({what} {}{more})", places.join(", "));
    }
    text
}

fn tell_report(report: &ReportReceipt, target: &Target) -> String {
    let ReportReceipt { report: name, period, sent, already_sent, uncertain, objects } = report;
    let mut text = format!("\n  {name}  {period}");
    if sent + already_sent + uncertain > 0 {
        let _ = write!(text, "\n    mails     {sent} sent, {already_sent} sent before");
    }
    if *uncertain > 0 {
        let _ = write!(text, ", {uncertain} uncertain: nobody knows whether they went out");
    }
    for key in objects {
        let _ = write!(text, "\n    file      {}", object(target, key));
    }
    text
}

/// Where an object of the lake bucket is: its file on this machine, its address on AWS.
fn object(target: &Target, key: &str) -> String {
    let file = target.objects.as_ref().map(|objects| objects.join(&target.lake_bucket).join(key));
    match file.filter(|file| file.exists()) {
        Some(file) => file.display().to_string(),
        None => format!("s3://{}/{key}", target.lake_bucket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_rule_column_and_first_rows() {
        let finding = Finding {
            rule: "not_a_date".into(),
            column: Some("booking_date".into()),
            severity: Severity::Reject,
            count: 1200,
            at: vec![7, 9],
        };
        assert_eq!(tell_finding(&finding), "rejected    1,200  not_a_date in booking_date  (row 7, 9, …)");
    }

    #[test]
    fn the_machines_output_is_understood_whether_or_not_it_loaded() {
        let output = |outcome: &str, load: &str, reason: &str| {
            let text = format!(
                r#"{{"outcome":"{outcome}","drop":{{"bucket":"b","key":"k","version":"",
                "dropped_at":"2026-11-21T07:30:12.366Z","sequencer":"1"}},"loads":[{load}],"reports":[],"reason":{reason}}}"#
            );
            Ending::Succeeded { output: Box::new(serde_json::from_str(&text).unwrap()) }
        };
        let duplicate = output("duplicate", r#"{"dataset":"d.t","batch":"ab","load":12}"#, "null");
        assert_eq!((duplicate.word(), duplicate.exit_code()), ("duplicate", 0));
        let refused = output("quarantined", "", r#"{"error":"Rejected.EmptyFile","cause":"no row"}"#);
        assert_eq!((refused.word(), refused.exit_code()), ("quarantined", 3));
    }
}
