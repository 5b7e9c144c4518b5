use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use rounds_shared::catalog::Catalog;

use super::*;
use crate::billing::Books;
use crate::sheet;

const AS_OF: Date = date(2026, 11, 21);

#[test]
fn a_mark_is_found_in_every_spelling() {
    for (spelling, text) in [
        ("as it is", "name = Ana CANARY".to_owned()),
        ("as it is", "no patient 7.770001234e13 here".to_owned()),
        ("as it is", "born 1951-02-17T00:00:00".to_owned()),
        ("as it is", "patient_id=P100007,".to_owned()),
        ("with escapes", r#"{"cause": "{\\\"name\\\": \\\"\\u0043AN\\u0041RY\\\"}"}"#.to_owned()),
        ("with escapes", r"Tvrtkovi\u{107}ov\u{e1}".to_owned()),
        ("URL-encoded", "GET /x?name=%43AN%41RY".to_owned()),
        ("in base64", format!("\"Payload\": \"{}\"", BASE64.encode(r#"{"name": "CANARY"}"#))),
        ("in base64", format!("token {}", BASE64.encode("~~CANARY").replace('+', "-"))),
        ("in hexadecimal", "\\x43414e4152592032".to_owned()),
        ("as a list of bytes", format!("{:?}", b"ab CANARY 7")),
    ] {
        let found = find(&text).map(|canary| canary.spelling);
        assert_eq!(found, Some(spelling), "{text}");
    }
}

#[test]
fn a_runs_name_a_clock_and_the_wrong_length_are_no_marks() {
    for text in [
        "5d0c1911-4b1c-4911-9911-191119111911",
        "last written 1970-01-01T00:00:00Z",
        "batch p1000071, of ap100007",
        "after 0440000712 ms and 104400007",
        "rows [67, 65, 78]",
        "took 0.6660001277923584 seconds",
    ] {
        assert_eq!(find(text), None, "{text}");
    }
}

/// Each column of patients' data of each fixture is marked, so that a leak of it is seen: in most of its cells, where they
/// are of a kind that can be.
#[test]
fn every_column_of_patients_data_is_marked_in_the_fixtures() {
    let catalog = Catalog::open(None).unwrap();
    let mut seen = BTreeSet::new();
    for (dataset, csv) in fixtures() {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&csv[..]);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let contract = catalog.dataset(&dataset).unwrap();
        for column in contract.columns.iter().filter(|column| column.phi && column.name != "_unknown") {
            let names: Vec<String> =
                [&column.name].into_iter().chain(&column.aliases).map(|name| plain(name)).collect();
            let is_it = |label: &str| names.contains(&plain(label));
            let header = rows.iter().position(|row| row.iter().any(is_it));
            let header = header.unwrap_or_else(|| panic!("{dataset} has no {}", column.name));
            let place = rows[header].iter().position(is_it).unwrap();
            let cells = rows[header + 1..].iter().filter_map(|row| row.get(place));
            let cells: Vec<&str> = cells.filter(|cell| !cell.trim().is_empty()).collect();
            let marked = cells.iter().filter(|cell| find(cell).is_some()).count();
            let name = format!("{dataset}.{}", column.name);
            let share = match column.name.as_str() {
                // Words in the place of a moment are marked, moments are moments.
                name if name.starts_with("event_") => 50,
                // Of a patient now and then, of a claim mostly.
                "audit_entity_id" => 10,
                // Half of the patients are young.
                _ => 3,
            };
            assert!(marked > 0 && marked >= cells.len() / share, "{name}: {marked} of {}", cells.len());
            seen.insert(name);
        }
    }
    let columns = catalog.datasets.iter().flat_map(|dataset| {
        let own = dataset.columns.iter().filter(|column| column.phi && column.name != "_unknown");
        own.map(|column| format!("{}.{}", dataset.name, column.name))
    });
    assert_eq!(seen, columns.collect(), "a dataset without a fixture");
}

/// A file of each dataset that holds patients' data, with its name.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let clinic = healthtech::Clinic::synthesize(healthtech::Options {
        canary: true,
        ..healthtech::Options::default()
    });
    let bookings = mis::Bookings { seed: 1, rows: 1_200, canary: true };
    let mut files = vec![
        ("healthtech.appointments".to_owned(), sheet::csv(&clinic.appointments.rows).unwrap()),
        ("mis.appointments".to_owned(), sheet::csv(&bookings.rows(AS_OF)).unwrap()),
    ];
    let records = records::Files::synthesize(&records::Options::small(AS_OF)).csvs().unwrap();
    let hospital = hospital::Files::synthesize(&hospital::Options::small(AS_OF)).csvs().unwrap();
    for (domain, csvs) in [("records", records), ("hospital", hospital)] {
        let named = csvs.into_iter().take(4).map(|(name, csv)| (name.replace(".csv", ""), csv));
        files.extend(named.map(|(name, csv)| (format!("{domain}.{name}"), csv)));
    }
    let books = Books { seed: Books::SEED, as_of: AS_OF };
    files.extend(
        billing::REPORTS.iter().map(|report| {
            (format!("billing.{}", report.name), books.sheet("10000001", report).csv().unwrap())
        }),
    );
    files
}

/// A column's name or label, but for case and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}
