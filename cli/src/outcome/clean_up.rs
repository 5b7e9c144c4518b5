//! The end of a clean-up.

use std::fmt::Write as _;

use jiff::civil::Date;
use rounds_shared::failure::End;
use serde::{Deserialize, Serialize};

use crate::target::Target;
use crate::terminal::grouped;

/// The error of a clean-up that did not get through every table.
pub(super) const TABLES_FAILED: &str = End::TablesFailed.as_str();

/// The output of a clean-up that got through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CleanUpOutput {
    /// `cleaned_up`.
    outcome: String,
    pub(super) as_of: Date,
    tables: Vec<Cleaned>,
}

/// What became of one table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cleaned {
    dataset: String,
    /// Rows of earlier days were due.
    before: Date,
    objects: u64,
    archived: u64,
    deleted: u64,
    /// Rows that were due and stay, as others refer to them.
    referenced: u64,
}

/// What became of its tables.
pub(super) fn tell(what: &str, output: &CleanUpOutput, target: &Target) -> String {
    let mut text = format!("CLEANED UP  {what}");
    if output.tables.is_empty() {
        text.push_str("\n  no dataset of the catalog has a `[clean_up]`");
    }
    for table in &output.tables {
        text.push_str(&tell_table(table));
        if table.objects > 0 {
            let folder = format!("archive/{}", table.dataset.replacen('.', "/", 1));
            let _ = write!(text, "\n    archive   {}", target.object(&folder));
        }
    }
    let _ = write!(text, "\n  next      {}", next(&output.tables));
    text
}

/// Where to look afterwards.
fn next(tables: &[Cleaned]) -> &'static str {
    if tables.is_empty() {
        "give a dataset one, as docs/CATALOG-REFERENCE.md shows"
    } else if tables.iter().any(|table| table.objects > 0) {
        "the table ops.archive in the database lists the files; whatever reads Parquet opens them"
    } else {
        "nothing until the next clean-up, which looks again"
    }
}

fn tell_table(table: &Cleaned) -> String {
    let Cleaned { dataset, before, objects, archived, deleted, referenced } = table;
    let mut text = format!("\n  {dataset}  rows before {before}");
    if *archived == 0 {
        text.push_str("\n    rows      none to archive");
    } else {
        let files = if *objects == 1 { "1 file".to_owned() } else { format!("{} files", grouped(*objects)) };
        let _ = write!(
            text,
            "\n    rows      {} archived in {files}, {} deleted",
            grouped(*archived),
            grouped(*deleted)
        );
    }
    if archived > deleted {
        let changed = grouped(archived.saturating_sub(*deleted));
        let _ = write!(text, "\n    stay      {changed}, which changed meanwhile");
    }
    if *referenced > 0 {
        let _ =
            write!(text, "\n    stay      {}, as rows of other tables refer to them", grouped(*referenced));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_knows_the_error_by_the_same_name() {
        let machine = include_str!("../../../statemachine/clean_up.asl.json");
        assert!(machine.contains(&format!("'{TABLES_FAILED}'")));
    }

    #[test]
    fn each_table_is_told_with_what_went_and_what_stays() {
        let output = r#"{"outcome": "cleaned_up", "as_of": "2026-11-22", "tables": [
            {"dataset": "hospital.appointments", "before": "2025-11-22", "objects": 3, "archived": 120000,
             "deleted": 119998, "referenced": 412},
            {"dataset": "hospital.visits", "before": "2024-11-22", "objects": 0, "archived": 0, "deleted": 0,
             "referenced": 0}]}"#;
        let output: CleanUpOutput = serde_json::from_str(output).unwrap();
        assert!(next(&output.tables).contains("ops.archive"));
        assert!(next(&output.tables[1..]).starts_with("nothing"));
        assert!(next(&[]).contains("CATALOG-REFERENCE.md"));
        let told: String = output.tables.iter().map(tell_table).collect();
        insta::assert_snapshot!(told, @r"

          hospital.appointments  rows before 2025-11-22
            rows      120,000 archived in 3 files, 119,998 deleted
            stay      2, which changed meanwhile
            stay      412, as rows of other tables refer to them
          hospital.visits  rows before 2024-11-22
            rows      none to archive
        ");
    }
}
