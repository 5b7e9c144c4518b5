//! Whether a batch looks so unlike the one before that an operator has to see it first. Pure.

use rounds_shared::catalog::HoldBack;
use rounds_shared::payload::{BatchCounts, Finding, Severity};
use rounds_shared::rule::Rule;

/// The contract's rules that hold the batch back, each with the rows that it is about; none where it may be loaded.
/// `read_before` are the rows read of the batch that stands.
#[must_use]
pub fn reasons(rules: &HoldBack, counts: &BatchCounts, read_before: Option<u64>) -> Vec<Finding> {
    let share = |part: u64, whole: u64| (u128::from(part) * 100, u128::from(whole));
    let smaller = rules.smaller_by.zip(read_before).is_some_and(|(limit, before)| {
        let (missing, whole) = share(before.saturating_sub(counts.read), before);
        counts.read < before && missing >= whole * u128::from(limit)
    });
    let rejects = rules.rejects_over.is_some_and(|limit| {
        let (rejected, whole) = share(counts.rejected, counts.read);
        rejected > whole * u128::from(limit)
    });
    let finding = |rule: Rule, count| Finding {
        rule: rule.to_string(),
        sheet: None,
        column: None,
        severity: Severity::Warn,
        count,
        at: Vec::new(),
    };
    let mut reasons = Vec::new();
    reasons.extend(smaller.then(|| finding(Rule::SmallerThanLast, counts.read)));
    reasons.extend(rejects.then(|| finding(Rule::TooManyRejects, counts.rejected)));
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held_back(smaller_by: Option<u8>, rejects_over: Option<u8>, read: u64, rejected: u64) -> Vec<String> {
        let counts = BatchCounts { read, rejected, loaded: read - rejected, ..BatchCounts::default() };
        let reasons = reasons(&HoldBack { smaller_by, rejects_over }, &counts, Some(100));
        reasons.into_iter().map(|finding| format!("{} {}", finding.count, finding.rule)).collect()
    }

    #[test]
    fn a_file_that_lost_the_contracts_share_of_rows_waits() {
        assert_eq!(held_back(Some(40), None, 61, 0), [""; 0]);
        assert_eq!(held_back(Some(40), None, 60, 0), ["60 smaller_than_last"]);
        assert_eq!(held_back(Some(40), None, 1_000, 0), [""; 0], "any number of rows may come");
        assert_eq!(held_back(Some(100), None, 1, 0), [""; 0]);
        assert_eq!(held_back(Some(0), None, 100, 0), [""; 0]);
    }

    #[test]
    fn more_rejects_than_the_contract_bears_wait() {
        assert_eq!(held_back(None, Some(5), 100, 5), [""; 0]);
        assert_eq!(held_back(None, Some(5), 100, 6), ["6 too_many_rejects"]);
        assert_eq!(held_back(Some(40), Some(0), 50, 1), ["50 smaller_than_last", "1 too_many_rejects"]);
    }

    #[test]
    fn a_first_file_is_not_smaller_than_any() {
        let counts = BatchCounts { read: 1, loaded: 1, ..BatchCounts::default() };
        let rules = HoldBack { smaller_by: Some(40), rejects_over: None };
        assert_eq!(reasons(&rules, &counts, None), []);
        assert_eq!(reasons(&rules, &counts, Some(0)), []);
    }
}
