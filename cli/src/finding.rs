//! Findings as sentences: the sheets that were read, their columns, and what became of cells and rows.

use rounds_shared::payload::{Finding, Severity};
use rounds_shared::rule::Rule;

use crate::terminal::grouped;

/// Rules that say how a sheet was read; the others say what became of its rows.
const READING: [Rule; 10] = [
    Rule::Header,
    Rule::MatchedByName,
    Rule::MatchedByAlias,
    Rule::AbsentColumn,
    Rule::UnknownColumn,
    Rule::HiddenSheet,
    Rule::LaterSheet,
    Rule::UnknownSheet,
    Rule::EmptySheet,
    Rule::UnreadMember,
];

/// Which sheets were read and which were not, and by which columns.
pub(crate) fn tell_sheets(findings: &[Finding]) -> Vec<String> {
    let mut sheets: Vec<Option<&str>> = findings.iter().map(|finding| finding.sheet.as_deref()).collect();
    let is_header = |finding: &Finding| finding.rule == Rule::Header.as_str();
    let is_read = |sheet: Option<&str>| {
        findings.iter().any(|finding| finding.sheet.as_deref() == sheet && is_header(finding))
    };
    sheets.sort_unstable_by_key(|sheet| (!is_read(*sheet), *sheet));
    sheets.dedup();
    let mut lines = Vec::new();
    for sheet in sheets {
        let of_sheet: Vec<&Finding> =
            findings.iter().filter(|finding| finding.sheet.as_deref() == sheet).collect();
        lines.extend(tell_sheet(sheet.unwrap_or("the file"), &of_sheet));
    }
    lines
}

fn tell_sheet(name: &str, findings: &[&Finding]) -> Vec<String> {
    let of = |rule: Rule| findings.iter().filter(move |finding| finding.rule == rule.as_str());
    let mut lines = Vec::new();
    for ignored in
        [Rule::HiddenSheet, Rule::LaterSheet, Rule::UnknownSheet, Rule::EmptySheet, Rule::UnreadMember]
    {
        lines.extend(of(ignored).map(|_| format!("{name}: not read, as it {}", ignored.describe())));
    }
    for header in of(Rule::Header) {
        lines.push(format!("{name}: read, with the header in {}", places("row", header)));
    }
    let named = [(Rule::MatchedByName, "by its name"), (Rule::MatchedByAlias, "by an alias")];
    let mut columns: Vec<(u64, &str, String)> = Vec::new();
    for (rule, how) in named {
        columns.extend(of(rule).map(|found| {
            let first = found.at.first().copied().unwrap_or_default();
            (first, column(found), format!("{}, {how}", places("column", found)))
        }));
    }
    columns.extend(
        of(Rule::AbsentColumn).map(|absent| (u64::MAX, column(absent), "not in the file".to_owned())),
    );
    columns.sort();
    let width = columns.iter().map(|(_, name, _)| name.chars().count()).max().unwrap_or_default();
    lines.extend(columns.into_iter().map(|(_, name, how)| format!("  {name:<width$}  {how}")));
    let unknown = of(Rule::UnknownColumn);
    lines.extend(unknown.map(|unknown| format!("  unknown to the contract: {}", places("column", unknown))));
    lines
}

fn column(finding: &Finding) -> &str {
    finding.column.as_deref().unwrap_or_default()
}

/// What became of cells and rows: how often, by which rule, what that means, and where.
pub(crate) fn tell_rows(findings: &[Finding]) -> Vec<String> {
    let is_reading = |finding: &&Finding| READING.iter().any(|rule| finding.rule == rule.as_str());
    let mut rows: Vec<&Finding> = findings.iter().filter(|finding| !is_reading(finding)).collect();
    rows.sort_by_key(|finding| (finding.severity, std::cmp::Reverse(finding.count)));
    rows.into_iter().flat_map(|finding| [tell(finding), format!("    {}", sentence(finding))]).collect()
}

/// A finding in one line: `rejected  12  not_a_date in booking_date  (Sheet1, rows 7, 9, …)`.
pub(crate) fn tell(finding: &Finding) -> String {
    let kind = match finding.severity {
        Severity::Reject => "rejected",
        Severity::Warn => "warning ",
        Severity::Info => "note    ",
    };
    let column = finding.column.as_ref().map(|column| format!(" in {column}")).unwrap_or_default();
    let count = grouped(finding.count);
    let of_columns = [Rule::UnknownColumn, Rule::MatchedByName, Rule::MatchedByAlias];
    let is_of_column = of_columns.iter().any(|rule| rule.as_str() == finding.rule);
    let what = if is_of_column { "column" } else { "row" };
    let mut place: Vec<String> = finding.sheet.iter().cloned().collect();
    if !finding.at.is_empty() {
        place.push(places(what, finding));
    }
    let place = if place.is_empty() { String::new() } else { format!("  ({})", place.join(", ")) };
    format!("{kind}  {count:>7}  {}{column}{place}", finding.rule)
}

/// What the rule says of the column or of the row; a rule of a later version says nothing here.
fn sentence(finding: &Finding) -> String {
    let Ok(rule) = finding.rule.parse::<Rule>() else { return String::new() };
    format!("{} {}", finding.column.as_deref().unwrap_or("the row"), rule.describe())
}

/// `row 7`, `rows 7, 9, …`. Pieces of one file name the same place again.
fn places(what: &str, finding: &Finding) -> String {
    let mut at = finding.at.clone();
    at.sort_unstable();
    at.dedup();
    let numbers: Vec<String> = at.iter().map(u64::to_string).collect();
    let is_cut = finding.at.len() == Finding::PLACES && usize::try_from(finding.count) != Ok(Finding::PLACES);
    let (many, more) = (if at.len() == 1 { "" } else { "s" }, if is_cut { ", …" } else { "" });
    format!("{what}{many} {}{more}", numbers.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(sheet: Option<&str>, rule: Rule, column: Option<&str>, count: u64, at: &[u64]) -> Finding {
        Finding {
            sheet: sheet.map(str::to_owned),
            rule: rule.to_string(),
            column: column.map(str::to_owned),
            severity: Severity::Reject,
            count,
            at: at.to_vec(),
        }
    }

    #[test]
    fn a_finding_names_rule_column_sheet_and_first_rows() {
        let dates = finding(Some("May"), Rule::NotADate, Some("booking_date"), 1200, &[7, 9, 11, 12, 13]);
        assert_eq!(
            tell(&dates),
            "rejected    1,200  not_a_date in booking_date  (May, rows 7, 9, 11, 12, 13, …)"
        );
        let once = finding(None, Rule::Missing, Some("status"), 1, &[7]);
        assert_eq!(tell(&once), "rejected        1  missing in status  (row 7)");
    }

    #[test]
    fn sheets_are_told_with_header_and_columns_and_ignored_ones_with_the_reason() {
        let findings = [
            finding(Some("May"), Rule::Header, None, 1, &[3]),
            finding(Some("May"), Rule::MatchedByAlias, Some("patient_id"), 1, &[1]),
            finding(Some("May"), Rule::MatchedByName, Some("booking_id"), 1, &[2]),
            finding(Some("May"), Rule::AbsentColumn, Some("status"), 1, &[]),
            finding(Some("May"), Rule::UnknownColumn, None, 2, &[5, 6]),
            finding(Some("Cover"), Rule::UnknownSheet, None, 1, &[]),
        ];
        assert_eq!(
            tell_sheets(&findings),
            [
                "May: read, with the header in row 3",
                "  patient_id  column 1, by an alias",
                "  booking_id  column 2, by its name",
                "  status      not in the file",
                "  unknown to the contract: columns 5, 6",
                "Cover: not read, as it has no known dataset's header",
            ]
        );
        assert!(tell_rows(&findings).is_empty(), "how a sheet was read is no news about its rows");
    }

    #[test]
    fn a_header_that_each_piece_of_a_file_has_seen_is_told_once() {
        let header = finding(None, Rule::Header, None, 3, &[1, 1, 1]);
        assert_eq!(tell_sheets(&[header]), ["the file: read, with the header in row 1"]);
    }

    #[test]
    fn every_rule_is_a_sentence_for_a_person() {
        let dates = finding(None, Rule::NotADate, Some("booking_date"), 1, &[7]);
        assert_eq!(
            tell_rows(&[dates]),
            [
                "rejected        1  not_a_date in booking_date  (row 7)",
                "    booking_date is not a date in any of the contract's formats",
            ]
        );
    }
}
