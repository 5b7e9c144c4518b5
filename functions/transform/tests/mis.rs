//! The contract `mis.appointments` over the synthetic booking workbook, against a reading of the raw sheet.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod whole;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use jiff::civil::{Date, date};
use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader as _};
use rounds_shared::catalog::{Catalog, Dataset, Files};
use rounds_shared::payload::Severity;
use rounds_testkit::mis::{Bookings, HEADERS};
use rounds_testkit::mis_rules::Mis;
use rounds_testkit::sheet::{self, Cell, Row, text};

const AS_OF: Date = date(2026, 11, 21);
const BOOKINGS: Bookings = Bookings { seed: 3, rows: 2_000, canary: false };

fn contract() -> Dataset {
    let mut files = Files::embedded();
    files.0.retain(|path, _| path == "mis/appointments.toml");
    Catalog::from_files(&files).unwrap().dataset("mis.appointments").unwrap().clone()
}

/// What became of a sheet.
struct Read {
    table: DataFrame,
    /// What was noticed, by column and rule: how often.
    found: BTreeMap<(Severity, String, String), u64>,
    /// Read, kept, rejected, superseded.
    counts: [u64; 4],
}

fn read(workbook: &[u8], sheet: &str) -> Read {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(workbook).unwrap();
    let (objects, manifest) =
        whole::curated(&mut file, Some(sheet), &contract(), Bookings::FILE, AS_OF.at(7, 0, 0, 0));
    let (_, file) = objects.iter().find(|(key, _)| key.starts_with("curated/")).unwrap();
    let counts = manifest.counts;
    let findings = manifest.findings.into_iter();
    Read {
        table: ParquetReader::new(Cursor::new(file.clone().read().unwrap())).finish().unwrap(),
        found: findings
            .map(|finding| {
                ((finding.severity, finding.column.unwrap_or_default(), finding.rule), finding.count)
            })
            .collect(),
        counts: [counts.read, counts.kept, counts.rejected, counts.superseded],
    }
}

/// A column's values as text, blanks as `null`.
fn column(table: &DataFrame, name: &str) -> Vec<String> {
    let column = table.column(name).unwrap();
    let shown = |row| match column.dtype() {
        DataType::String => column.str().unwrap().get(row).unwrap_or("null").to_owned(),
        _ => column.get(row).unwrap().to_string(),
    };
    (0..column.len()).map(shown).collect()
}

/// One appointment, with these cells in the place of blanks.
fn one(cells: &[(&str, Cell)]) -> Read {
    let mut row: Row = vec![Cell::Blank; HEADERS.len()];
    for (header, cell) in [("Appointment ID", text("a-1"))].iter().chain(cells) {
        row[HEADERS.iter().position(|name| name == header).unwrap()] = cell.clone();
    }
    read(&sheet::workbook(&[HEADERS.map(text).to_vec(), row]).unwrap(), "Sheet1")
}

#[test]
fn every_header_of_the_workbook_is_a_column_of_the_contract() {
    let found = one(&[]).found;
    let unmatched = found.keys().filter(|(_, _, rule)| rule == "absent_column" || rule == "unknown_column");
    assert_eq!(unmatched.count(), 0, "{found:?}");
    let matched = found.keys().filter(|(_, _, rule)| rule.starts_with("matched_by"));
    assert_eq!(matched.count(), HEADERS.len());
}

#[test]
fn the_rows_that_stand_are_those_of_an_independent_reading() {
    let workbook = BOOKINGS.workbook(AS_OF).unwrap();
    let expected = Mis::read(&workbook).unwrap();
    let Read { table, counts, .. } = read(&workbook, "MIS");
    let [read, kept, rejected, superseded] = counts.map(|count| usize::try_from(count).unwrap());
    assert_eq!((read, rejected, superseded), (expected.read, expected.rejected, expected.superseded));
    assert_eq!(kept, expected.appointments.len());
    let stand = |name: &str| column(&table, name);
    let null = |word: &str| if word.is_empty() { "null".to_owned() } else { word.to_owned() };
    let expect = |of: fn(&rounds_testkit::mis_rules::Appointment) -> &str| -> Vec<String> {
        expected.appointments.iter().map(|row| null(of(row))).collect()
    };
    assert_eq!(stand("appointment_id"), expect(|row| &row.id));
    assert_eq!(stand("appt_status"), expect(|row| &row.status));
    assert_eq!(stand("appt_payment_status"), expect(|row| &row.payment));
    let days: Vec<String> = expected
        .appointments
        .iter()
        .map(|row| row.day.map_or("null".to_owned(), |day| day.to_string()))
        .collect();
    assert_eq!(stand("appointment_date"), days);
    let prescriptions = expect(|row| match row.prescription.as_str() {
        "yes" => "true",
        "no" => "false",
        _ => "",
    });
    assert_eq!(stand("is_prescription_generated"), prescriptions);
    let considered =
        expect(|row| Some(row.consider.as_str()).filter(|word| *word != "perhaps").unwrap_or(""));
    assert_eq!(stand("consider_patient"), considered);
    let procedures = expect(|row| Some(row.procedure.as_str()).filter(|word| *word != "tele").unwrap_or(""));
    assert_eq!(stand("procedure_type"), procedures);
}

#[test]
fn nothing_but_the_key_identifiers_status_words_and_amounts_rejects_a_row() {
    let found = read(&BOOKINGS.workbook(AS_OF).unwrap(), "MIS").found;
    let named = |severity| -> Vec<(&str, &str)> {
        let of = found.keys().filter(|(of, _, _)| *of == severity);
        of.map(|(_, column, rule)| (column.as_str(), rule.as_str())).collect()
    };
    assert_eq!(
        named(Severity::Reject),
        [
            ("amount_inr", "not_a_decimal"),
            ("appointment_id", "missing"),
            ("appt_payment_status", "unknown_word"),
            ("appt_status", "unknown_word"),
            ("doctor_his_id", "damaged_identifier"),
            ("mobile", "damaged_identifier"),
            ("refund_amount_inr", "not_a_decimal"),
            ("uhid", "damaged_identifier"),
        ]
    );
    assert_eq!(
        named(Severity::Warn),
        [
            ("appointment_date", "not_a_date"),
            ("consider_patient", "unknown_word"),
            ("dob", "not_a_date"),
            ("is_prescription_generated", "not_a_boolean"),
            ("procedure_type", "unknown_word"),
        ]
    );
}

#[test]
fn cells_are_read_for_what_they_are() {
    let moment = Cell::Date(date(2026, 11, 20).at(11, 22, 7, 0));
    let Read { table, counts, .. } = one(&[
        ("UHID", Cell::Number(102_300_451_234.0)),
        ("Mobile", Cell::Number(919_845_001_234.0)),
        ("Doctor HIS ID", text("00417")),
        ("DOB", text("1985-04-12")),
        ("Appointment Date", Cell::Date(date(2026, 11, 20).at(0, 0, 0, 0))),
        ("Appointment Time", moment.clone()),
        ("booked_time", text("11:22:07 AM")),
        ("Event Join Time Patient", moment),
        ("Event Left Time Patient", text("did not join")),
        ("Amount (₹)", text("₹ 1,234.50")),
        ("Refund Amount (₹)", Cell::Number(500.0)),
        ("Appt. Payment Status", text(" PAID.")),
        ("Appt. Status", text("Canceled ")),
        ("Consider Patient", text("YES ")),
        ("Is Checkedin", text("no")),
    ]);
    assert_eq!(counts, [1, 1, 0, 0]);
    for (name, value) in [
        ("uhid", "102300451234"),
        ("mobile", "919845001234"),
        ("doctor_his_id", "00417"),
        ("dob", "1985-04-12"),
        ("appointment_date", "2026-11-20"),
        ("appointment_time", "2026-11-20 11:22:07"),
        ("booked_time", "11:22:07"),
        ("event_join_time_patient", "2026-11-20 11:22:07"),
        ("event_left_time_patient", "did not join"),
        ("amount_inr", "1234.50"),
        ("refund_amount_inr", "500.00"),
        ("appt_payment_status", "paid"),
        ("appt_status", "cancelled"),
        ("consider_patient", "yes"),
        ("is_checkedin", "false"),
        ("cgst", "null"),
    ] {
        assert_eq!(column(&table, name), [value], "{name}");
    }
}
