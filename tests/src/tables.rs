//! What stands in the database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use rounds_testkit::healthtech::{Appointment, Clinic};
use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::reading;
use rounds_testkit::stack::{Run, Stack};
use tokio_postgres::{Client, Row};

/// The tables hold what the clinic's model says, no more and no less.
pub async fn assert_tables(database: &Client, clinic: &Clinic) {
    assert_same("doctors", &doctors(database).await, &clinic.doctors_table());
    assert_same("appointments", &appointments(database).await, &clinic.appointments_table());
}

/// The doctors table: number to name and specialty.
pub async fn doctors(database: &Client) -> BTreeMap<i32, (String, Option<String>)> {
    let rows =
        database.query("SELECT doctor_id, name, specialty FROM healthtech.doctors", &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

/// The appointments table, by booking.
pub async fn appointments(database: &Client) -> BTreeMap<i64, Appointment> {
    let all = "SELECT booking_id, patient_id, doctor_id, booking_date, status FROM healthtech.appointments";
    let appointment = |row: &Row| Appointment {
        booking_id: row.get(0),
        patient_id: row.get(1),
        doctor_id: row.get(2),
        booking_date: row.get(3),
        status: match row.get(4) {
            "confirmed" => "confirmed",
            "cancelled" => "cancelled",
            other => panic!("{other} is not a status"),
        },
    };
    let rows = database.query(all, &[]).await.unwrap();
    rows.iter().map(appointment).map(|appointment| (appointment.booking_id, appointment)).collect()
}

/// Reads the appointments until a run has ended: at any moment they are the old ones or the new ones, whole.
pub async fn assert_whole_until_end(
    stack: &Stack,
    database: &Client,
    arn: &str,
    old: &Clinic,
    new: &Clinic,
) -> Run {
    let (old, new) = (old.appointments_table(), new.appointments_table());
    loop {
        let found = appointments(database).await;
        assert!(
            found == old || found == new,
            "a reader sees {} rows, neither the old nor the new",
            found.len()
        );
        if let Some(run) = stack.ended(arn) {
            return run;
        }
    }
}

/// A batch's findings of one severity: rule and column to count.
pub async fn findings(database: &Client, batch: &str, severity: &str) -> BTreeMap<(String, String), usize> {
    let asked =
        "SELECT rule, coalesce(column_name, ''), count FROM ops.finding WHERE batch = $1 AND severity = $2";
    let rows = database.query(asked, &[&batch, &severity]).await.unwrap();
    rows.iter()
        .map(|row| ((row.get(0), row.get(1)), usize::try_from(row.get::<_, i64>(2)).unwrap()))
        .collect()
}

/// The hospital's tables, and its rows that wait, are what the independent reading says.
pub async fn assert_hospital(database: &Client, hospital: &Hospital) {
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
        let mut found =
            reading::lines(database, &format!("SELECT {columns} FROM hospital.{table}")).await.unwrap();
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
        assert_eq!(
            reading::lines(database, &asked).await.unwrap(),
            [[wanted.clone(), wanted]],
            "{dataset} that wait"
        );
    }
}

/// All that a repetition must leave as it is: tables with their lineage, batches, loads, findings, deliveries.
pub async fn everything(database: &Client) -> BTreeSet<String> {
    let mut everything = BTreeSet::new();
    for asked in [
        "SELECT * FROM healthtech.doctors",
        "SELECT * FROM healthtech.appointments",
        "SELECT * FROM ops.batch",
        "SELECT load, dataset, batch, loaded_at FROM ops.load",
        "SELECT * FROM ops.finding",
        "SELECT report, period, recipient, status, provider_message_id, settled_at FROM ops.delivery",
    ] {
        let rows = database.query(&format!("SELECT to_jsonb(t)::text FROM ({asked}) t"), &[]).await.unwrap();
        everything.extend(rows.iter().map(|row| format!("{asked}: {}", row.get::<_, &str>(0))));
    }
    everything
}

/// Two maps are the same; only the first differences are told.
pub fn assert_same<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    found: &BTreeMap<K, V>,
    wanted: &BTreeMap<K, V>,
) {
    let keys: BTreeSet<&K> = found.keys().chain(wanted.keys()).collect();
    let differ = keys.into_iter().filter(|key| found.get(key) != wanted.get(key));
    let differences: Vec<String> = differ
        .map(|key| format!("{key:?}: found {:?}, wanted {:?}", found.get(key), wanted.get(key)))
        .collect();
    let first = differences.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{what}: {} differences, such as\n{first}", differences.len());
}
