//! The clinic's two files, dropped; and appointments of a test's own.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rounds_testkit::healthtech::{Clinic, Options};
use rounds_testkit::hospital;
use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::mis::Bookings;
use rounds_testkit::sheet::{self, Cell, Row, text};
use rounds_testkit::stack::{Run, Stack};
use serde_json::Value;

/// Keys of the two files.
pub const DOCTORS: &str = "healthtech/doctors.xlsx";
/// See [`DOCTORS`].
pub const APPOINTMENTS: &str = "healthtech/appointments.xlsx";

/// A clinic small enough to be loaded often and large enough to hold every kind of dirt, with canaries in its cells.
#[must_use]
pub fn clinic(seed: u64) -> Clinic {
    Clinic::synthesize(Options { seed, doctors: 40, appointments: 400, canary: true })
}

/// Drops the doctors, and waits for the end.
pub async fn drop_doctors(stack: &Stack, clinic: &Clinic) -> Run {
    stack.drop_file(DOCTORS, sheet::workbook(&clinic.doctors.rows).unwrap()).await
}

/// Drops the appointments, and waits for the end.
pub async fn drop_appointments(stack: &Stack, clinic: &Clinic) -> Run {
    stack.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await
}

/// The booking workbook of today's morning, with canaries in its cells, dropped and loaded.
pub async fn drop_bookings(stack: &Stack, seed: u64) -> Run {
    let bookings = Bookings { seed, rows: 1200, canary: true };
    let run = stack.drop_file("mis/MIS_Report.xlsx", bookings.workbook(today()).unwrap()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    run
}

/// The day on which a test drops its files.
#[must_use]
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Files of a domain, dropped one after another and loaded.
pub async fn drop_files(
    stack: &Stack,
    domain: &str,
    files: impl IntoIterator<Item = (&str, impl Into<Vec<u8>>)>,
) {
    for (name, content) in files {
        let run = stack.drop_file(&format!("{domain}/{name}"), content.into()).await;
        assert_eq!(run.outcome(), "loaded", "{name}: {}", run.output);
    }
}

/// The hospital system's exports of a night, dropped and loaded; and what they say.
pub async fn drop_hospital(stack: &Stack, options: &hospital::Options) -> Hospital {
    let csvs = hospital::Files::synthesize(options).csvs().unwrap();
    let night = &csvs[..4];
    drop_files(stack, "hospital", night.iter().cloned()).await;
    Hospital::of(night)
}

/// The hospital system's exports of a quiet night: nobody is booked, and the rounds need not wait for them.
pub async fn drop_quiet_night(stack: &Stack) {
    let files = [
        ("patients.csv", "patient_id,name,email,phone,preferred_channel\nq-1,Q,q@patients.example,,email\n"),
        ("doctors.csv", "doctor_id,name,email,is_active\nq-1,Dr. Q,dr.q@clinic.example,true\n"),
        (
            "appointments.csv",
            "appointment_id,patient_id,doctor_id,appointment_date,appointment_time,status,visit_type\n\
             q-1,q-1,q-1,2020-02-03,09:00,completed,first\n",
        ),
        (
            "treatments.csv",
            "treatment_id,appointment_id,created_at,symptoms,diagnosis,treatment,prescription,notes,next_visit\n\
             q-1,q-1,2020-02-03 09:30:00,s,d,t,p,n,2020-03-03\n",
        ),
    ];
    drop_files(stack, "hospital", files).await;
}

/// The event of a run as AWS sends it: with the object's version, so that it is clear after an overwrite as well.
#[must_use]
pub fn with_version(run: &Run) -> Value {
    let version = run.output.pointer("/drop/version").cloned();
    let mut event = run.event.clone();
    let object = event.pointer_mut("/detail/object").and_then(Value::as_object_mut);
    object.unwrap().insert("version-id".to_owned(), version.unwrap());
    event
}

/// An appointment of doctor 7, with canary numbers.
#[must_use]
pub fn appointment(number: u32, day: &str, status: &str) -> Row {
    let [booking, patient] =
        [88_800_012_340_000.0, 77_700_012_340_000.0].map(|base| base + f64::from(number));
    vec![Cell::Number(booking), Cell::Number(patient), Cell::Number(7.0), text(day), text(status)]
}

/// A sheet of such appointments.
pub fn under_header(rows: impl IntoIterator<Item = Row>) -> Vec<Row> {
    std::iter::once(["Booking ID", "patient_id", "doctor_id", "booking_date", "status"].map(text).to_vec())
        .chain(rows)
        .collect()
}
