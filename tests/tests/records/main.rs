//! The central patient record: whatever the order of the files, tables and functions are what an independent reading of the
//! CSVs says, views and marts what DuckDB makes of them; rows that wait are seen, and are loaded by themselves.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod analytics;
mod board;
mod drops;
mod later;
mod read;

use rounds_testkit::records::rules::Records;
use rounds_testkit::records::{Files, Options};
use rounds_testkit::stack::Stack;
use rounds_tests::{ask_engine, today};
use tokio_postgres::Client;

use crate::board::assert_board;
use crate::read::{lines, mart_csv, mart_parquet};

/// A file's name and content.
type Csv = (&'static str, Vec<u8>);

/// A small record: patients, doctors, visits, lab reports; late patients, corrected visits.
fn csvs(seed: u64) -> [Csv; 6] {
    Files::synthesize(&Options { seed, ..Options::small(today()) }).csvs().unwrap()
}

/// What a correct load makes of these files.
fn reading(csvs: &[Csv]) -> Records {
    let mut records = Records::new(today());
    for (name, csv) in csvs {
        records.read(name, csv);
    }
    records
}

/// Tables, rows that wait, views, functions, marts and the dashboard are what these files say, in the order of their
/// drops.
async fn assert_record(stack: &Stack, database: &Client, csvs: &[Csv]) {
    let records = reading(csvs);
    for (table, columns) in [
        ("patients", "patient_id, name, gender, dob, blood_group, city"),
        ("doctors", "doctor_id, name, specialization, hospital"),
        ("visits", "visit_id, patient_id, doctor_id, visit_date, reason, visit_type"),
        ("lab_reports", "report_id, visit_id, test_type, result, report_date"),
    ] {
        let mut found = lines(database, &format!("SELECT {columns} FROM records.{table}")).await;
        found.sort();
        assert!(found == records.table(table), "{table} is not what its files say");
    }
    assert_held(database, &records).await;
    let engine = ask_engine("records.sql", today(), csvs);
    assert_eq!(engine, records.analytics().map(|(name, lines)| (name.to_owned(), lines)).into());
    for (name, wanted) in &engine {
        let mut found = lines(database, &format!("SELECT * FROM records.{name}")).await;
        found.sort();
        assert_eq!(found, *wanted, "the view {name}");
        assert_eq!(mart_parquet(stack, name).await, *wanted, "the mart {name} as Parquet");
        assert_eq!(mart_csv(stack, name).await, *wanted, "the mart {name} as CSV");
    }
    assert_functions(database, &records).await;
    assert_board(stack, &engine, &records).await;
}

/// The ledger counts the rows that wait, and their table has them.
async fn assert_held(database: &Client, records: &Records) {
    for (dataset, wanted) in
        [("visits", records.held_visits().len()), ("lab_reports", records.held_lab_reports().len())]
    {
        let asked = format!(
            "SELECT (SELECT sum(held) FROM ops.batch WHERE dataset = 'records.{dataset}'), \
             (SELECT count(*) FROM records.{dataset}__held)"
        );
        let wanted = Some(wanted.to_string());
        assert_eq!(lines(database, &asked).await, [[wanted.clone(), wanted]], "{dataset} that wait");
    }
}

/// The functions answer for some patients and doctors, the busiest and an unknown one among them.
async fn assert_functions(database: &Client, records: &Records) {
    for number in (100_000..100_300).step_by(23).chain([999_999]) {
        let patient = format!("P{number}");
        let asked = format!("SELECT * FROM records.get_patient_history('{patient}')");
        assert_eq!(lines(database, &asked).await, records.history(&patient), "the history of {number}");
        let asked = format!("SELECT * FROM records.get_patient_lab_reports(patient_id => '{patient}')");
        assert_eq!(
            lines(database, &asked).await,
            records.lab_reports_of(&patient),
            "lab reports of {number}"
        );
    }
    for number in (2_000..2_040).step_by(3).chain([9_999]) {
        let doctor = format!("D{number}");
        let asked = format!("SELECT * FROM records.get_doctor_summary('{doctor}')");
        assert_eq!(lines(database, &asked).await, records.summary(&doctor), "the summary of {doctor}");
    }
}
