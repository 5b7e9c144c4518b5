//! The hospital system's nightly exports: whatever the order of the files, the tables are what an independent reading of the
//! CSVs says; rows that wait are seen, and are loaded by themselves.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod drops;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::hospital::{Files, Options};
use rounds_testkit::reading::{self, Line};
use tokio_postgres::Client;

/// A file's name and content.
type Csv = (&'static str, Vec<u8>);

/// The day on which a test drops its files.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// A small hospital: patients, doctors, appointments, treatments; of the next night patients and appointments.
fn csvs(seed: u64) -> [Csv; 6] {
    Files::synthesize(&Options { seed, ..Options::small(today()) }).csvs().unwrap()
}

/// What a correct load makes of these files.
fn reading(csvs: &[Csv]) -> Hospital {
    let mut hospital = Hospital::default();
    for (name, csv) in csvs {
        hospital.read(name, csv);
    }
    hospital
}

/// The rows of a query, in its order.
async fn lines(database: &Client, query: &str) -> Vec<Line> {
    reading::lines(database, query).await.unwrap()
}

/// Tables and rows that wait are what the independent reading says.
async fn assert_hospital(database: &Client, hospital: &Hospital) {
    for (table, columns) in [
        ("patients", "patient_id, name, email, phone, preferred_channel"),
        ("doctors", "doctor_id, name, email, is_active"),
        (
            "appointments",
            "appointment_id, patient_id, doctor_id, appointment_date, appointment_time, status, visit_type",
        ),
        (
            "treatments",
            "treatment_id, appointment_id, created_at, symptoms, diagnosis, treatment, prescription, notes, next_visit",
        ),
    ] {
        let mut found = lines(database, &format!("SELECT {columns} FROM hospital.{table}")).await;
        found.sort();
        assert!(found == hospital.table(table), "{table} is not what its files say");
    }
    for (dataset, wanted) in [
        ("appointments", hospital.held_appointments().len()),
        ("treatments", hospital.held_treatments().len()),
    ] {
        let asked = format!(
            "SELECT (SELECT sum(held) FROM ops.batch WHERE dataset = 'hospital.{dataset}'), \
             (SELECT count(*) FROM hospital.{dataset}__held)"
        );
        let wanted = Some(wanted.to_string());
        assert_eq!(lines(database, &asked).await, [[wanted.clone(), wanted]], "{dataset} that wait");
    }
}
