//! The end of a round.

use std::fmt::Write as _;

use aws_sdk_sfn::types::HistoryEvent;
use jiff::civil::Date;
use rounds_shared::failure::End;
use rounds_shared::payload::{ReportReceipt, Uncertain};
use serde::{Deserialize, Serialize};

use super::{tell_mails, tell_report, tell_uncertain};
use crate::history::{answers, failures};
use crate::target::Target;

/// The error of a round whose data had not arrived by its deadline.
pub(super) const DATA_MISSING: &str = End::DataMissing.as_str();

/// The output of a round that got through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoundOutput {
    /// `reported`.
    outcome: String,
    pub(super) as_of: Date,
    reports: Vec<ReportReceipt>,
    /// The oldest of them.
    uncertain: Vec<Uncertain>,
    uncertain_count: usize,
}

/// What became of its reports.
pub(super) fn tell(what: &str, output: &RoundOutput, target: &Target) -> String {
    let mut text = format!("REPORTED    {what}");
    if output.reports.is_empty() {
        text.push_str("\n  no report was due");
    }
    for report in &whole(&output.reports) {
        text.push_str(&tell_report(report, target));
    }
    if output.reports.iter().any(|report| report.sent > 0) {
        text.push_str(tell_mails(target));
    }
    if let Some(told) = tell_uncertain(output.uncertain_count) {
        text.push_str("\n  ");
        text.push_str(&told);
    }
    text
}

/// What a call delivered.
#[derive(Deserialize)]
struct Delivered {
    reports: Vec<ReportReceipt>,
}

/// What a round that failed did all the same, and why reports failed, as its history tells; empty where there is neither.
pub(crate) fn tell_tried(history: &[HistoryEvent], target: &Target) -> String {
    let delivered: Vec<Delivered> = answers(history);
    let receipts: Vec<ReportReceipt> = delivered.into_iter().flat_map(|call| call.reports).collect();
    let mut text: String = whole(&receipts).iter().map(|report| tell_report(report, target)).collect();
    for (error, sentence) in failures(history) {
        let _ = write!(text, "\n  {error}\n    {sentence}");
    }
    text
}

/// One receipt for each report, whose letters may have gone out in parts and in several calls: each tells of its own.
fn whole(receipts: &[ReportReceipt]) -> Vec<ReportReceipt> {
    let mut reports: Vec<ReportReceipt> = Vec::new();
    for receipt in receipts {
        let is_same = |report: &&mut ReportReceipt| {
            (&report.report, &report.period) == (&receipt.report, &receipt.period)
        };
        match reports.iter_mut().find(is_same) {
            None => reports.push(receipt.clone()),
            Some(report) => {
                report.rows += receipt.rows;
                report.sent += receipt.sent;
                report.already_sent += receipt.already_sent;
                report.suppressed += receipt.suppressed;
                report.uncertain.extend(receipt.uncertain.iter().cloned());
                report.objects.extend(receipt.objects.iter().cloned());
            }
        }
    }
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_report_are_told_as_one() {
        let part = |report: &str, sent| ReportReceipt {
            report: report.to_owned(),
            period: "2026-11-21".to_owned(),
            rows: 1_250,
            sent,
            already_sent: 1_250 - sent,
            suppressed: 0,
            left: 0,
            after: None,
            uncertain: vec![],
            objects: vec![],
        };
        let told = whole(&[part("a.b", 1_200), part("a.c", 1), part("a.b", 1_250)]);
        let told: Vec<_> =
            told.iter().map(|it| (it.report.as_str(), it.rows, it.sent, it.already_sent)).collect();
        assert_eq!(told, [("a.b", 2_500, 2_450, 50), ("a.c", 1_250, 1, 1_249)]);
    }

    #[test]
    fn the_state_machine_knows_the_error_by_the_same_name() {
        assert!(include_str!("../../../statemachine/rounds.asl.json").contains(&format!("'{DATA_MISSING}'")));
    }
}
