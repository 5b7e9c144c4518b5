//! The operations extract names nobody; and no report leaves a trace of a patient in a log, a history or the ledger.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Cursor;

use calamine::Data;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use polars::prelude::{AnyValue, DataFrame, ParquetReader, SerReader as _, TimeUnit};
use rounds_testkit::mis::HEADERS;
use rounds_testkit::sheet::{Cell, Row};
use rounds_testkit::stack::{Mail, Stack};
use rounds_tests::{Sheet, assert_no_canary, assert_nothing_leaked, attached, parts};
use tokio_postgres::Client;

use crate::{bookings, drop_workbook, letter, send_all};

const REPORT: &str = "mis.operations_extract";
const MORNING: Date = date(2026, 11, 19);

/// All that may leave, as its readers see it.
const TITLES: [&str; 40] = [
    "Appointment ID",
    "Patient",
    "Patient type",
    "Gender",
    "State",
    "Country",
    "Appointment type",
    "Procedure type",
    "Appointment date",
    "Starts at",
    "Ends at",
    "Hospital name",
    "Doctor ID",
    "Doctor his ID",
    "Doctor name",
    "Speciality",
    "Clean specialty",
    "Status",
    "Payment status",
    "Consider patient",
    "Booking source",
    "Booked at",
    "Checked in at",
    "Is checked in",
    "Consultation at",
    "Completed at",
    "Cancelled at",
    "Is rescheduled",
    "Has prescription",
    "Prescription at",
    "Payment type",
    "Amount (₹)",
    "Discount (₹)",
    "Registration fee (₹)",
    "Convenience fee (₹)",
    "Consult fee (₹)",
    "Cgst (₹)",
    "Sgst (₹)",
    "Igst (₹)",
    "Refund amount (₹)",
];

/// Names of what may not leave.
const CONFIDENTIAL: [&str; 11] = [
    "patient name",
    "patient_name",
    "patient id",
    "patient_id",
    "uhid",
    "mobile",
    "dob",
    "birth",
    "payment reference",
    "payment_reference",
    "remark",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_extract_names_nobody_and_no_report_leaves_a_trace_of_a_patient() {
    let stack = Stack::shared().await;
    let bookings = bookings(73);
    drop_workbook(&stack, bookings.workbook(MORNING).unwrap()).await;
    let mails = send_all(&stack, MORNING);
    let revenue = parts(attached(letter(&mails, "mis.cancelled_and_paid"), ".xlsx"));
    assert!(
        revenue.iter().any(|(_, part)| part.contains("CANARY")),
        "whom to call is known to those who call"
    );
    for mail in &mails {
        for (part, text) in [("subject", &mail.subject), ("page", &mail.html), ("text", &mail.text)] {
            assert_no_canary(&format!("the {part} of {}", mail.subject), text);
        }
    }
    assert_names_nobody(letter(&mails, REPORT));

    let kept = stack.lake("reports/mis/operations_extract/").await;
    let of_day = kept.iter().filter(|key| key.contains(&MORNING.to_string()));
    let endings: BTreeSet<&str> = of_day.filter_map(|key| key.rsplit('.').next()).collect();
    assert_eq!(endings, ["html", "parquet", "xlsx"].into());
    for key in &kept {
        assert_file_names_nobody(key, &stack.lake_object(key).await);
    }

    assert_nothing_leaked(&stack);
    let ids: HashSet<String> =
        patients(&bookings.rows(MORNING)).into_iter().flat_map(<[String; 2]>::from).collect();
    for (log, text) in stack.logs() {
        let named = |words: &str| ids.contains(words);
        let mut words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
        assert!(!words.any(named), "{log} names an appointment or a patient");
    }
    assert_ledger_names_nobody(&stack.database().await, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_has_one_pseudonym_every_morning_and_nobody_else_has_it() {
    let stack = Stack::shared().await;
    let (bookings, next) = (bookings(77), MORNING.saturating_add(1.days()));
    let mut pseudonyms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut seen_twice = 0;
    for morning in [MORNING, next] {
        drop_workbook(&stack, bookings.workbook(morning).unwrap()).await;
        let patients: BTreeMap<String, String> = patients(&bookings.rows(morning)).into_iter().collect();
        let mails = send_all(&stack, morning);
        let (xlsx, parquet) = pseudonyms_of(letter(&mails, REPORT));
        assert!(xlsx == parquet, "workbook and Parquet file give the same pseudonyms");
        for (appointment, pseudonym) in parquet {
            let known = pseudonyms.entry(patients[&appointment].clone()).or_default();
            seen_twice += usize::from(morning == next && known.contains(&pseudonym));
            known.insert(pseudonym);
        }
    }
    assert!(seen_twice > 500 && pseudonyms.len() > 200, "{seen_twice} {}", pseudonyms.len());
    assert!(pseudonyms.values().all(|pseudonyms| pseudonyms.len() == 1), "one for each patient");
    let all: BTreeSet<&String> = pseudonyms.values().flatten().collect();
    assert_eq!(all.len(), pseudonyms.len(), "no two patients have the same");

    let database = stack.database().await;
    for (patient, pseudonym) in pseudonyms.iter().map(|(patient, known)| (patient, known.first().unwrap())) {
        assert!(pseudonym.len() == 32 && pseudonym.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let hashes =
            "SELECT md5($1) || ' ' || concat_ws(' ', encode(sha224(b), 'hex'), encode(sha256(b), 'hex'),
                             encode(sha384(b), 'hex'), encode(sha512(b), 'hex'))
                      FROM convert_to($1, 'UTF8') AS b";
        let hashes: String = database.query_one(hashes, &[patient]).await.unwrap().get(0);
        assert!(
            !hashes.contains(pseudonym.as_str()),
            "who knows a patient's id cannot make the pseudonym of it"
        );
    }
}

/// Appointment and patient of each row of a workbook that has both.
fn patients(rows: &[Row]) -> Vec<(String, String)> {
    let place = |header: &str| HEADERS.iter().position(|name| *name == header).unwrap();
    let (appointment, patient) = (place("Appointment ID"), place("Patient ID"));
    let ids = |row: &Row| match (&row[appointment], &row[patient]) {
        (Cell::Text(appointment), Cell::Text(patient)) => Some((appointment.clone(), patient.clone())),
        _ => None,
    };
    rows.iter().skip(1).filter_map(ids).collect()
}

/// Appointment to pseudonym, as the workbook and as the Parquet file have it.
fn pseudonyms_of(mail: &Mail) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let sheet = Sheet::read(attached(mail, ".xlsx"), "Appointments");
    let xlsx = sheet.texts("Appointment ID").into_iter().zip(sheet.texts("Patient")).collect();
    let frame = parquet(attached(mail, ".parquet"));
    let [ids, pseudonyms] =
        ["appointment_id", "patient"].map(|name| frame.column(name).unwrap().str().unwrap());
    let texts = |value: Option<&str>| value.unwrap().to_owned();
    (xlsx, ids.iter().map(texts).zip(pseudonyms.iter().map(texts)).collect())
}

/// Nothing of the extract's letter names a patient.
pub(crate) fn assert_names_nobody(mail: &Mail) {
    for (part, text) in [("subject", &mail.subject), ("page", &mail.html), ("text", &mail.text)] {
        assert_text_names_nobody(part, text);
    }
    let names: Vec<&str> = mail.attachments.iter().filter_map(|(name, _)| name.rsplit('.').next()).collect();
    assert_eq!(names, ["xlsx", "parquet"]);
    for (name, content) in &mail.attachments {
        assert_file_names_nobody(name, content);
    }
    let sheet = Sheet::read(attached(mail, ".xlsx"), "Appointments");
    assert_eq!(sheet.header, TITLES, "all that may leave");
    let frame = parquet(attached(mail, ".parquet"));
    assert_eq!(frame.width(), TITLES.len());
}

fn assert_file_names_nobody(name: &str, content: &[u8]) {
    // Whatever is packed, what describes it is not.
    assert_no_canary(name, &String::from_utf8_lossy(content));
    match name.rsplit('.').next() {
        Some("xlsx") => {
            for (part, text) in parts(content) {
                assert_text_names_nobody(&format!("{name}, {part}"), &text);
            }
            let sheet = Sheet::read(content, "Appointments");
            let days = sheet.rows.iter().flatten().filter_map(|cell| match cell {
                Data::DateTime(moment) => Some(moment.to_ymd_hms_milli().0),
                _ => None,
            });
            assert!(days.min() > Some(2000), "{name}: no day before all appointments");
        }
        Some("parquet") => assert_text_names_nobody(name, &decoded(&parquet(content))),
        _ => assert_text_names_nobody(name, &String::from_utf8_lossy(content)),
    }
}

fn assert_text_names_nobody(place: &str, text: &str) {
    let text = text.to_lowercase().replace('\u{a0}', " ");
    assert_no_canary(place, &text);
    for column in CONFIDENTIAL {
        assert!(!text.contains(column), "{place} tells of {column}");
    }
    // Canaries are all born in 1911. Only texts with the year are compared with its days.
    let near: Vec<String> = text
        .match_indices("1911")
        .map(|(at, _)| text.get(at.saturating_sub(14)..(at + 14).min(text.len())).unwrap_or(&text).to_owned())
        .collect();
    for day in date(1911, 1, 1).series(1.day()).take(365) {
        for notation in notations(day) {
            assert!(
                !near.iter().any(|near| near.contains(&notation)),
                "{place} holds a date of birth, {notation}"
            );
        }
    }
}

/// A day as people and programs write it, in lower case.
fn notations(day: Date) -> Vec<String> {
    let formats = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y%m%d",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%-d/%-m/%Y",
        "%-m/%-d/%Y",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%-d.%-m.%Y",
        "%d%m%Y",
        "%-d %b %Y",
        "%-d %B %Y",
        "%d-%b-%Y",
        "%b %-d, %Y",
        "%B %-d, %Y",
    ];
    formats.iter().map(|format| day.strftime(format).to_string().to_lowercase()).collect()
}

fn parquet(content: &[u8]) -> DataFrame {
    ParquetReader::new(Cursor::new(content)).finish().unwrap()
}

/// Names and values of all columns, one per line.
fn decoded(frame: &DataFrame) -> String {
    let mut text = String::new();
    for column in frame.columns() {
        text.push_str(column.name());
        for row in 0..column.len() {
            text.push('\n');
            match column.get(row).unwrap() {
                AnyValue::Null => {}
                AnyValue::String(words) => text.push_str(words),
                AnyValue::Date(days) => {
                    text.push_str(&date(1970, 1, 1).saturating_add(days.days()).to_string());
                }
                AnyValue::Datetime(moment, TimeUnit::Microseconds, _) => {
                    let moment = date(1970, 1, 1).at(0, 0, 0, 0).saturating_add(moment.microseconds());
                    text.push_str(&moment.to_string());
                }
                other => text.push_str(&other.to_string()),
            }
        }
        text.push('\n');
    }
    text
}

/// No table of the ledger holds a canary or one of the ids.
async fn assert_ledger_names_nobody(database: &Client, ids: &HashSet<String>) {
    let tables = "SELECT table_name::text FROM information_schema.tables
                  WHERE table_schema = 'ops' AND table_type = 'BASE TABLE'";
    let tables = database.query(tables, &[]).await.unwrap();
    assert!(tables.len() > 8, "{} tables", tables.len());
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        for row in database.query(&format!("SELECT t::text FROM ops.{table} t"), &[]).await.unwrap() {
            let row: String = row.get(0);
            assert_no_canary(&table, &row);
            let mut words = row.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
            assert!(!words.any(|word| ids.contains(word)), "{table} names an appointment or a patient");
        }
    }
}
