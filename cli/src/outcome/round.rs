//! The end of a round.

use jiff::civil::Date;
use rounds_shared::payload::{ReportReceipt, Uncertain};
use serde::{Deserialize, Serialize};

use super::{tell_report, tell_uncertain};
use crate::target::Target;

/// The error of a round whose data had not arrived by its deadline.
pub(super) const DATA_MISSING: &str = "Round.DataMissing";

/// The output of a round that got through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoundOutput {
    /// `reported`.
    outcome: String,
    pub(super) as_of: Date,
    reports: Vec<ReportReceipt>,
    uncertain: Vec<Uncertain>,
}

/// What became of its reports.
pub(super) fn tell(what: &str, output: &RoundOutput, target: &Target) -> String {
    let mut text = format!("REPORTED    {what}");
    if output.reports.is_empty() {
        text.push_str("\n  no report was due");
    }
    for report in &output.reports {
        text.push_str(&tell_report(report, target));
    }
    if let Some(told) = tell_uncertain(output.uncertain.len()) {
        text.push_str("\n  ");
        text.push_str(&told);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_knows_the_error_by_the_same_name() {
        assert!(include_str!("../../../statemachine/rounds.asl.json").contains(&format!("'{DATA_MISSING}'")));
    }
}
