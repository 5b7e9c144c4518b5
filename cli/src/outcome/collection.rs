//! The end of a collection.

use std::fmt::Write as _;

use jiff::civil::Date;
use rounds_shared::failure::End;
use serde::{Deserialize, Serialize};

/// The error of a collection that could not collect every report.
pub(super) const REPORTS_FAILED: &str = End::CollectionFailed.as_str();

/// The output of a collection that got through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CollectionOutput {
    /// `collected`.
    outcome: String,
    pub(super) as_of: Date,
    requests: Vec<Collected>,
    /// Reports that were due, without the vendor's numbers of them.
    unnumbered: Vec<String>,
    /// Reports that were due beyond what one collection holds.
    left_out: u32,
    /// Reports of the day that failed before, and were not asked for again.
    failed_before: u32,
}

/// What became of one report of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Collected {
    account: String,
    report: String,
    as_of: Date,
    /// `dropped` or `empty`.
    outcome: String,
}

/// What became of its reports.
pub(super) fn tell(what: &str, run: &str, output: &CollectionOutput) -> String {
    let CollectionOutput { as_of, requests, unnumbered, left_out, failed_before, .. } = output;
    let mut text = format!("COLLECTED   {what}");
    if requests.is_empty() && *failed_before == 0 {
        text.push_str("\n  nothing was left to collect");
    }
    let width = requests.iter().map(|request| request.report.len()).max().unwrap_or(0);
    for Collected { account, report, as_of, outcome } in requests {
        let _ = write!(text, "\n  {account}  {report:<width$}  {as_of}  {outcome}");
    }
    if !unnumbered.is_empty() {
        let _ = write!(
            text,
            "\n  without numbers: {}; give the vendor's in the parameter CollectNumbers",
            unnumbered.join(", ")
        );
    }
    if *left_out > 0 {
        let _ = write!(text, "\n  left out: {left_out} more; collect them too: rounds redrive {run}");
    }
    if *failed_before > 0 {
        let again = format!("rounds collect run --as-of {as_of} --again");
        let _ = write!(text, "\n  failed before: {failed_before}; when that is mended: {again}");
    }
    let _ =
        write!(text, "\n  next      rounds collect status --as-of {as_of}, which tells when they are loaded");
    text
}

/// What to do about a collection that failed for some of its reports.
pub(super) fn tell_next(as_of: Option<Date>) -> String {
    let day = as_of.map(|day| format!(" --as-of {day}")).unwrap_or_default();
    format!(
        "rounds collect status{day} tells why; when that is mended:\n            \
         rounds collect run{day} --again, or by name: rounds collect run REPORT --account ACCOUNT{day} --again"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_knows_the_error_by_the_same_name() {
        let machine = include_str!("../../../statemachine/collect.asl.json");
        assert!(machine.contains(&format!("'{REPORTS_FAILED}'")));
    }

    #[test]
    fn each_report_is_told_with_what_became_of_it() {
        let output = r#"{"outcome": "collected", "as_of": "2026-11-21", "unnumbered": ["denial_trends"], "left_out": 12,
            "failed_before": 3, "requests": [
            {"account": "10000001", "report": "ar_aging", "as_of": "2026-11-20", "outcome": "dropped"},
            {"account": "10000001", "report": "gross_billing", "as_of": "2026-11-21", "outcome": "empty"}]}"#;
        let told = tell("collect 2026-11-21", "0b5f3c1e", &serde_json::from_str(output).unwrap());
        insta::assert_snapshot!(told, @r"
        COLLECTED   collect 2026-11-21
          10000001  ar_aging       2026-11-20  dropped
          10000001  gross_billing  2026-11-21  empty
          without numbers: denial_trends; give the vendor's in the parameter CollectNumbers
          left out: 12 more; collect them too: rounds redrive 0b5f3c1e
          failed before: 3; when that is mended: rounds collect run --as-of 2026-11-21 --again
          next      rounds collect status --as-of 2026-11-21, which tells when they are loaded
        ");
    }
}
