//! A report to look at: made up in full, the same at every run.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use rounds_report::query::{Figure, Snapshot, Source};
use rounds_report::table::{Column, Kind, Table, Value};
use rounds_shared::catalog::{Catalog, Report};

pub(crate) const AS_OF: Date = date(2026, 11, 21);

pub(crate) fn catalog() -> Catalog {
    Catalog::open(None).unwrap()
}

pub(crate) fn summary(catalog: &Catalog) -> &Report {
    catalog.reports.iter().find(|report| report.name == "healthtech.summary").unwrap()
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(crate) fn table(columns: &[(&str, Kind)], rows: Vec<Vec<Value>>) -> Table {
    let column = |(name, kind): &(&str, Kind)| Column { name: (*name).to_owned(), kind: *kind };
    Table { columns: columns.iter().map(column).collect(), rows: rows.into_iter().map(Into::into).collect() }
}

pub(crate) fn snapshot() -> Snapshot {
    let figure = |name: &str, value: &str| Figure { name: name.to_owned(), value: value.to_owned() };
    let source = |dataset: &str, time: &str, rejected| Source {
        dataset: dataset.to_owned(),
        loaded_at: Some(time.parse::<Timestamp>().unwrap()),
        rejected,
    };
    Snapshot {
        headline: vec![
            figure("Confirmed", "3,119"),
            figure("Cancelled", "1,001"),
            figure("Confirmation rate", "75.7 %"),
            figure("Most confirmed", "Amira Haddad (412)"),
        ],
        sections: vec![by_doctor(), by_day(), by_patient()],
        sources: vec![
            source("healthtech.appointments", "2026-11-21T07:41:12Z", 12),
            source("healthtech.doctors", "2026-11-18T16:03:40Z", 0),
        ],
    }
}

fn by_doctor() -> Table {
    let doctors = [
        ("Amira Haddad", Some("Cardiology"), 3, 412, 61),
        ("Tomás Ibáñez-Villalobos", Some("Orthopaedic surgery"), 14, 388, 102),
        ("Grace Okafor", Some("Dermatology"), 8, 371, 40),
        ("Unknown", None, 4711, 333, 190),
        ("Li Wei", Some("Paediatrics"), 2, 301, 77),
        ("Sofia Rossi", Some("Vascular medicine"), 21, 288, 91),
        ("Jan de Vries", Some("Neurology"), 5, 264, 88),
        ("Priya Natarajan", Some("Endocrinology"), 17, 240, 102),
        ("Samuel Adeyemi", Some("Gastroenterology"), 9, 201, 83),
        ("Hannah Lindqvist", Some("Ophthalmology"), 11, 166, 85),
        ("Mateo Fernández", Some("Urology"), 12, 97, 54),
        ("Noor Rahman", Some("Family medicine"), 19, 58, 28),
    ];
    let rows = doctors.iter().map(|(name, specialty, id, confirmed, cancelled)| {
        vec![
            text(name),
            specialty.map_or(Value::Null, text),
            Value::Integer(*id),
            Value::Integer(*confirmed),
            Value::Integer(*cancelled),
            share(*confirmed, *cancelled),
        ]
    });
    let columns = [
        ("doctor", Kind::Text),
        ("specialty", Kind::Text),
        ("doctor_id", Kind::Number),
        ("confirmed", Kind::Count),
        ("cancelled", Kind::Count),
        ("rate", Kind::Share),
    ];
    table(&columns, rows.collect())
}

fn by_day() -> Table {
    let confirmed = [41, 38, 52, 47, 12, 0, 55, 49, 44, 51, 18, 3, 60, 46, 39, 42];
    let rows = (0_i64..).zip(confirmed).map(|(days_ago, confirmed)| {
        let cancelled = (confirmed * 7 + days_ago) % 17 + 1;
        vec![
            Value::Date(AS_OF - days_ago.days()),
            Value::Integer(confirmed),
            Value::Integer(cancelled),
            share(confirmed, cancelled),
        ]
    });
    let columns =
        [("day", Kind::Date), ("confirmed", Kind::Count), ("cancelled", Kind::Count), ("rate", Kind::Share)];
    table(&columns, rows.collect())
}

fn by_patient() -> Table {
    let rows = (0..1_204).map(|n| {
        vec![
            Value::Integer(2_987_250 + n * 37),
            Value::Integer(5 - n / 301),
            Value::Date(date(2025, 10, 1) + (n % 30).days()),
            Value::Date(if n == 7 { date(2355, 1, 2) } else { AS_OF - (n % 90).days() }),
        ]
    });
    let columns = [
        ("patient_id", Kind::Number),
        ("confirmed", Kind::Count),
        ("first_booking", Kind::Date),
        ("last_booking", Kind::Date),
    ];
    table(&columns, rows.collect())
}

fn share(confirmed: i64, cancelled: i64) -> Value {
    let ten_thousandths = confirmed * 10_000 / (confirmed + cancelled);
    Value::Decimal(format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000).into())
}
