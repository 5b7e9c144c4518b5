//! What was noticed: rules, counts and places, never a value.

use std::collections::BTreeMap;

use rounds_shared::catalog::Dataset;
use rounds_shared::payload::{Finding, Severity};
use rounds_shared::rule::Rule;

/// Findings of a part while they are counted.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    noted: BTreeMap<(Severity, Rule, Option<usize>), Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    count: u64,
    at: Vec<u64>,
}

impl Findings {
    /// Counts one case of a rule, at a row (for a rule about columns: at a position from 1, or nowhere).
    pub(crate) fn note(&mut self, severity: Severity, rule: Rule, column: Option<usize>, at: Option<u64>) {
        self.note_all(severity, rule, column, 1, at.as_slice());
    }

    /// Counts several cases of a rule, of which some places are known.
    pub(crate) fn note_all(
        &mut self,
        severity: Severity,
        rule: Rule,
        column: Option<usize>,
        count: u64,
        at: &[u64],
    ) {
        if count > 0 {
            let noted = self.noted.entry((severity, rule, column)).or_default();
            noted.count += count;
            noted.at.extend(at.iter().take(Finding::PLACES - noted.at.len()));
        }
    }

    /// All findings of a part at `place`: rejections first, then warnings; in each the most frequent first.
    #[must_use]
    pub(crate) fn finish(self, dataset: &Dataset, place: Option<&str>) -> Vec<Finding> {
        let named = |position: usize| dataset.columns.get(position).map(|column| column.name.clone());
        let mut findings: Vec<Finding> = self
            .noted
            .into_iter()
            .map(|((severity, rule, column), Noted { count, at })| Finding {
                sheet: place.map(str::to_owned),
                rule: rule.to_string(),
                column: column.and_then(named),
                severity,
                count,
                at,
            })
            .collect();
        // A stable sort: what is equally frequent stays in the order of rule and column.
        findings.sort_by(|a, b| a.severity.cmp(&b.severity).then(b.count.cmp(&a.count)));
        findings
    }
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Catalog;

    use super::*;

    #[test]
    fn findings_are_counted_by_rule_and_column_and_name_the_first_places() {
        let catalog = Catalog::open(None).unwrap();
        let mut findings = Findings::default();
        findings.note(Severity::Info, Rule::RepeatedHeader, None, Some(9));
        findings.note(Severity::Reject, Rule::Missing, Some(1), Some(4));
        for row in 11..18 {
            findings.note(Severity::Reject, Rule::NotAnInteger, Some(0), Some(row));
        }
        let found = findings.finish(catalog.dataset("healthtech.appointments").unwrap(), Some("Sheet1"));
        assert!(found.iter().all(|finding| finding.sheet.as_deref() == Some("Sheet1")));
        let told: Vec<(&str, Option<&str>, u64, &[u64])> =
            found.iter().map(|f| (f.rule.as_str(), f.column.as_deref(), f.count, f.at.as_slice())).collect();
        assert_eq!(
            told,
            [
                ("not_an_integer", Some("booking_id"), 7, [11, 12, 13, 14, 15].as_slice()),
                ("missing", Some("patient_id"), 1, &[4]),
                ("repeated_header", None, 1, &[9]),
            ]
        );
    }
}
