use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::sync::Mutex;

use jiff::civil::date;
use polars::prelude::{DataFrame, ParquetReader, SerReader as _};
use rounds_shared::catalog::Catalog;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::payload::{Finding, Format};
use rounds_shared::tabular::{self, Cell, Epoch};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Workbook, Worksheet};

use super::*;

const APPOINTMENTS: [&str; 5] = ["booking_id", "patient_id", "doctor_id", "booking_date", "status"];

fn dataset(name: &str) -> Dataset {
    Catalog::open(None).unwrap().dataset(name).unwrap().clone()
}

fn part(dataset: &str, sheet: Option<&str>) -> Part {
    Part {
        batch: "0123456789abcdef0123456789abcdef".to_owned(),
        dataset: dataset.to_owned(),
        index: 0,
        format: if sheet.is_some() { Format::Xlsx } else { Format::Csv },
        member: None,
        sheet: sheet.map(str::to_owned),
        cut: None,
    }
}

/// What a part became, its files in memory, by key.
#[derive(Debug, PartialEq)]
struct Outcome {
    objects: Vec<(String, Vec<u8>)>,
    manifest: PartManifest,
}

/// A part, dropped at seven in the morning.
fn order<'o>(part: &'o Part, dataset: &'o Dataset, limits: &'o Limits) -> Order<'o> {
    let as_of = date(2026, 11, 21);
    Order { part, dataset, key: "dropped.file", dropped_at: as_of.at(7, 0, 0, 0), as_of, limits }
}

/// Reads content with mended workbooks of its rejects.
fn mended_as(
    dataset: &Dataset,
    content: &[u8],
    sheet: Option<&str>,
    mends: &[&[u8]],
) -> Result<Outcome, Error> {
    dropped_as("dropped.file", dataset, content, sheet, mends)
}

/// As [`mended_as`], of a drop with this key.
fn dropped_as(
    key: &str,
    dataset: &Dataset,
    content: &[u8],
    sheet: Option<&str>,
    mends: &[&[u8]],
) -> Result<Outcome, Error> {
    let spooled = |content: &[u8]| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file
    };
    let mut mends: Vec<File> = mends.iter().map(|mend| spooled(mend)).collect();
    let (part, limits) = (part(&dataset.name, sheet), Limits::default());
    let order = Order { key, ..order(&part, dataset, &limits) };
    let objects = Mutex::new(BTreeMap::new());
    let done = |key, file: Stretch| {
        assert!(objects.lock().unwrap().insert(key, file.read().unwrap()).is_none());
        Ok(())
    };
    let manifest = curate(&mut spooled(content), &mut mends, &order, &done)?;
    Ok(Outcome { objects: objects.into_inner().unwrap().into_iter().collect(), manifest })
}

fn curated_as(dataset: &Dataset, content: &[u8], sheet: Option<&str>) -> Result<Outcome, Error> {
    mended_as(dataset, content, sheet, &[])
}

fn appointments(content: &[u8], sheet: Option<&str>) -> Result<Outcome, Error> {
    curated_as(&dataset("healthtech.appointments"), content, sheet)
}

fn doctors(csv: &str) -> Result<Outcome, Error> {
    curated_as(&dataset("healthtech.doctors"), csv.as_bytes(), None)
}

fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

/// A row of texts.
fn texts<const N: usize>(sheet: &mut Worksheet, row: u32, texts: [&str; N]) {
    for (column, text) in (0..).zip(texts) {
        sheet.write_string(row, column, text).unwrap();
    }
}

fn frame(bytes: &[u8]) -> DataFrame {
    ParquetReader::new(Cursor::new(bytes.to_vec())).finish().unwrap()
}

/// A column of the object under a key, as text.
fn column(curated: &Outcome, key: &str, name: &str) -> Vec<String> {
    let (_, bytes) = curated.objects.iter().find(|(known, _)| known.contains(key)).unwrap();
    let frame = frame(bytes);
    let column = frame.column(name).unwrap();
    (0..column.len()).map(|row| column.get(row).unwrap().to_string().trim_matches('"').to_owned()).collect()
}

/// Rule, column, severity, count, places.
type Told<'f> = (&'f str, Option<&'f str>, Severity, u64, Vec<u64>);

/// The findings, but for where the header is and what it calls by name.
fn told(findings: &[Finding]) -> Vec<Told<'_>> {
    findings
        .iter()
        .filter(|f| !["header", "matched_by_name"].contains(&f.rule.as_str()))
        .map(|f| (f.rule.as_str(), f.column.as_deref(), f.severity, f.count, f.at.clone()))
        .collect()
}

/// A booking workbook with every kind of dirt that has been seen.
fn dirty_workbook() -> Vec<u8> {
    workbook(|sheet| {
        let date = CellFormat::new().set_num_format("mm/dd/yyyy");
        sheet.write_string(0, 0, "Appointments, all sites").unwrap();
        texts(sheet, 2, ["Booking ID", "Patient ID", "Doctor ID", "Booking Date", "Status"]);
        texts(sheet, 3, ["101", "7", "1", "10/05/2025", "Confirmed"]);
        texts(sheet, 4, ["102.0", "8.0", "2.0", "2025-10-06", "canceled "]);
        sheet.write_number(5, 0, 103.0).unwrap();
        sheet.write_number(5, 1, 9.0).unwrap();
        sheet.write_number(5, 2, 3.0).unwrap();
        sheet.write_datetime_with_format(5, 3, ExcelDateTime::from_ymd(2025, 11, 1).unwrap(), &date).unwrap();
        sheet.write_string(5, 4, "confirmed.").unwrap();
        texts(sheet, 6, ["37X", "10", "1", "2025/10/07", "confirmed"]);
        texts(sheet, 7, ["104", "", "1", "soon", "confirmed"]);
        texts(sheet, 8, APPOINTMENTS);
        texts(sheet, 9, ["105", "11", "1", "2355-03-01", "confirmed"]);
        texts(sheet, 11, ["101", "7", "1", "2025/10/04", "cancelled"]);
        texts(sheet, 12, ["106", "12", "9", "10/07/2025", "maybe"]);
    })
}

#[test]
fn every_readable_row_is_kept_and_every_other_is_explained() {
    let curated = appointments(&dirty_workbook(), Some("Sheet1")).unwrap();
    let manifest = &curated.manifest;
    assert_eq!(manifest.counts, PartCounts { read: 8, kept: 4, rejected: 3, superseded: 1 });
    assert_eq!(
        told(&manifest.findings),
        [
            ("missing", Some("patient_id"), Severity::Reject, 1, vec![8]),
            ("not_an_integer", Some("booking_id"), Severity::Reject, 1, vec![7]),
            ("unknown_word", Some("status"), Severity::Reject, 1, vec![13]),
            ("implausible_date", Some("booking_date"), Severity::Warn, 1, vec![10]),
            ("superseded", None, Severity::Info, 1, vec![4]),
            ("title_row", None, Severity::Info, 1, vec![1]),
            ("repeated_header", None, Severity::Info, 1, vec![9]),
        ]
    );
}

#[test]
fn the_lake_is_partitioned_by_month_with_lineage_behind_the_columns() {
    let curated = appointments(&dirty_workbook(), Some("Sheet1")).unwrap();
    let base = "curated/healthtech/appointments/batch=0123456789abcdef0123456789abcdef";
    let keys: Vec<&str> = curated.manifest.objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(
        keys,
        ["2025-10", "2025-11", "2355-03"]
            .map(|month| format!("{base}/booking_date_month={month}/part-00000.parquet"))
            .each_ref()
            .map(String::as_str)
    );
    let october = "month=2025-10";
    assert_eq!(column(&curated, october, "booking_id"), ["102", "101"], "in the order of the file");
    assert_eq!(
        column(&curated, october, "booking_date"),
        ["2025-10-06", "2025-10-04"],
        "the earliest booking stands"
    );
    assert_eq!(column(&curated, october, "status"), ["cancelled", "cancelled"]);
    assert_eq!(column(&curated, october, "_row"), ["5", "12"]);
    assert_eq!(column(&curated, october, "_sheet"), ["Sheet1", "Sheet1"]);
    assert_eq!(column(&curated, "month=2025-11", "booking_date"), ["2025-11-01"]);
    let names: Vec<String> =
        frame(&curated.objects[0].1).get_column_names().iter().map(ToString::to_string).collect();
    assert_eq!(names, [APPOINTMENTS.as_slice(), &rounds_shared::manifest::LINEAGE].concat());
}

#[test]
fn a_rejected_row_is_kept_whole_with_every_reason() {
    let curated = appointments(&dirty_workbook(), Some("Sheet1")).unwrap();
    let object = curated.manifest.rejects.as_ref().unwrap();
    assert_eq!(
        object.key,
        "rejects/healthtech/appointments/batch=0123456789abcdef0123456789abcdef/part-00000.parquet"
    );
    assert_eq!(object.rows, 3);
    assert_eq!(column(&curated, "rejects/", "_row"), ["7", "8", "13"]);
    assert_eq!(column(&curated, "rejects/", "column"), ["booking_id", "patient_id", "status"]);
    assert_eq!(column(&curated, "rejects/", "rule"), ["not_an_integer", "missing", "unknown_word"]);
    assert_eq!(column(&curated, "rejects/", "value"), ["37X", "", "maybe"]);
    assert_eq!(
        column(&curated, "rejects/", "reasons")[1],
        r#"[{"column":"patient_id","rule":"missing","value":""},{"column":"booking_date","rule":"not_a_date","value":"soon"}]"#
    );
    assert_eq!(
        column(&curated, "rejects/", "cells")[0],
        r#"{"Booking ID":"37X","Patient ID":"10","Doctor ID":"1","Booking Date":"2025/10/07","Status":"confirmed"}"#
    );
}

#[test]
fn rejected_cells_are_written_as_they_were_read() {
    let bytes = workbook(|sheet| {
        texts(sheet, 0, ["doctor_id", "name", "specialty", "since"]);
        sheet.write_number(1, 0, 3.5).unwrap();
        sheet.write_string(1, 1, " Ada ").unwrap();
        sheet.write_boolean(1, 2, true).unwrap();
        let date = CellFormat::new().set_num_format("yyyy-mm-dd");
        sheet.write_datetime_with_format(1, 3, ExcelDateTime::from_ymd(2025, 11, 1).unwrap(), &date).unwrap();
        sheet.write_number(1, 5, 34.0).unwrap();
    });
    let curated = curated_as(&dataset("healthtech.doctors"), &bytes, Some("Sheet1")).unwrap();
    assert_eq!(
        column(&curated, "rejects/", "cells")[0],
        r#"{"doctor_id":3.5,"name":" Ada ","specialty":true,"since":"2025-11-01","column 6":34}"#
    );
}

#[test]
fn the_same_part_twice_is_the_same_byte_by_byte() {
    let bytes = dirty_workbook();
    let once = appointments(&bytes, Some("Sheet1")).unwrap();
    assert_eq!(once, appointments(&bytes, Some("Sheet1")).unwrap());
}

#[test]
fn a_column_dragged_for_centuries_makes_a_partition_for_each_month() {
    let mut csv = APPOINTMENTS.join(",") + "\n";
    let mut id = 0;
    for year in 2025..2355 {
        for month in 1..=12 {
            id += 1;
            csv += &format!("{id},1,1,{month:02}/01/{year},confirmed\n");
        }
    }
    let manifest = appointments(csv.as_bytes(), None).unwrap().manifest;
    assert_eq!((manifest.counts.kept, manifest.objects.len()), (3960, 3960));
    assert_eq!(manifest.findings[0].at.len(), Finding::PLACES);
}

#[test]
fn once_a_file_cannot_be_handed_on_no_more_are_written() {
    let mut csv = APPOINTMENTS.join(",") + "\n";
    for (id, month) in (2025..2355).flat_map(|year| (1..=12).map(move |month| (year, month))).enumerate() {
        csv += &format!("{id},1,1,{:02}/01/{},confirmed\n", month.1, month.0);
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(csv.as_bytes()).unwrap();
    let (dataset, limits) = (dataset("healthtech.appointments"), Limits::default());
    let part = part(&dataset.name, None);
    let told = Mutex::new(0);
    let failing = |_, _| {
        let mut told = told.lock().unwrap();
        *told += 1;
        if *told == 1 { Err(Error::Json) } else { Ok(()) }
    };
    let curated = curate(&mut file, &mut [], &order(&part, &dataset, &limits), &failing);
    assert!(matches!(curated, Err(Error::Json)));
    let told = told.into_inner().unwrap();
    // Others may be under way with a few.
    assert!(told < csv.lines().count() / 2, "{told}");
}

#[test]
fn an_unpartitioned_dataset_is_one_file() {
    let curated = doctors("doctor_id,name,speciality\n1,Ada,Heart\n2,Bo,\n1,Ada again,\n").unwrap();
    assert_eq!(curated.manifest.objects.len(), 1);
    let base = "curated/healthtech/doctors/batch=0123456789abcdef0123456789abcdef";
    assert_eq!(curated.objects[0].0, format!("{base}/part-00000.parquet"));
    assert_eq!(column(&curated, "curated/", "specialty"), ["Heart", "null"]);
    assert_eq!(column(&curated, "curated/", "_sheet"), ["null", "null"]);
    assert_eq!(curated.manifest.counts.superseded, 1);
}

#[test]
fn a_header_without_rows_is_an_empty_table() {
    let curated = doctors("doctor_id,name\n").unwrap();
    assert_eq!(curated.manifest.counts, PartCounts::default());
    assert_eq!((curated.objects.len(), curated.manifest.rejects), (0, None));
    assert_eq!(
        told(&curated.manifest.findings),
        [("absent_column", Some("specialty"), Severity::Info, 1, vec![])]
    );
    assert_eq!(doctors("").unwrap_err().name(), Name::EmptyFile);
    assert_eq!(doctors("\n , ,\n").unwrap_err().name(), Name::EmptyFile);
}

#[test]
fn unknown_columns_are_noted_by_position_or_refused_as_the_contract_says() {
    let csv = "doctor_id,name,specialty,CANARY-A,,CANARY-B\n1,Ada,Heart,x,y,z\n";
    let curated = doctors(csv).unwrap();
    assert_eq!(
        told(&curated.manifest.findings),
        [("unknown_column", None, Severity::Info, 3, vec![4, 5, 6])]
    );
    let strict = Dataset { unknown_columns: UnknownColumns::Reject, ..dataset("healthtech.doctors") };
    let error = curated_as(&strict, csv.as_bytes(), None).unwrap_err();
    assert_eq!(error.name(), Name::UnknownColumns);
    assert!(
        error.to_string().starts_with("dropped.file: columns 4, 5, 6 (counted from 1) are unknown"),
        "{error}"
    );
}

#[test]
fn without_a_header_the_error_names_what_is_missing_and_quotes_no_cell() {
    let bytes = workbook(|sheet| {
        texts(sheet, 0, ["booking_id", "patient_id", "doctor_id", "status", "CANARY-1"]);
        for row in 1..200 {
            texts(sheet, row, ["CANARY-2"]);
        }
    });
    let error = appointments(&bytes, Some("Sheet1")).unwrap_err();
    assert_eq!(error.name(), Name::MissingColumns);
    assert_eq!(
        error.to_string(),
        "dropped.file, sheet “Sheet1”: none of the first 50 rows is a whole header of healthtech.appointments; the \
         nearest (row 1) lacks booking_date; add the column, or give its present name as an alias in the catalog"
    );
    assert!(!format!("{error:?}").contains("CANARY"));
}

#[test]
fn nothing_but_the_parquet_files_holds_a_value() {
    let csv = APPOINTMENTS.join(",") + "\nCANARY-1,CANARY-2,CANARY-3,CANARY-4,CANARY-5\n";
    let curated = appointments(csv.as_bytes(), None).unwrap();
    assert!(!serde_json::to_string(&curated.manifest).unwrap().contains("CANARY"));
    assert!(curated.objects.iter().all(|(key, _)| !key.contains("CANARY")));
    assert_eq!(column(&curated, "rejects/", "value"), ["CANARY-1"]);
}

#[test]
fn text_is_the_same_in_a_workbook_and_in_csv() {
    let csv = APPOINTMENTS.join(";") + "\n101;7;1;10/05/2025 13:45;Confirmed\n";
    let curated = appointments(csv.as_bytes(), None).unwrap();
    assert_eq!(column(&curated, "curated/", "booking_date"), ["2025-10-05"]);
}

#[test]
fn a_file_of_rejects_is_written_in_batches() {
    let mut csv = "doctor_id,name\n".to_owned();
    for row in 0..40_000 {
        csv += &format!("x{row},Ada\n");
    }
    let manifest = doctors(&csv).unwrap().manifest;
    assert_eq!((manifest.counts.rejected, manifest.rejects.unwrap().rows), (40_000, 40_000));
}

#[test]
fn the_example_event_is_of_the_example_file() {
    let file = include_bytes!("../events/appointments.csv");
    let event = include_str!("../events/appointments.json");
    let request: rounds_shared::payload::TransformRequest = serde_json::from_str(event).unwrap();
    let appointments = dataset("healthtech.appointments");
    let batch = appointments.batch(&rounds_shared::digest::sha256_hex(file), &request.drop.key);
    assert_eq!(
        request.part.batch, batch,
        "the contract changed: write the right one into events/appointments.json"
    );
    let counts = curated_as(&appointments, file, None).unwrap().manifest.counts;
    assert_eq!(counts, PartCounts { read: 5, kept: 3, rejected: 1, superseded: 1 });
}

#[path = "accounting_tests.rs"]
mod accounting_tests;
#[path = "contract_tests.rs"]
mod contract_tests;
#[path = "drop_tests.rs"]
mod drop_tests;
#[path = "mend_tests.rs"]
mod mend_tests;
