//! What people see: the mail and the workbook.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use rounds_report::page::{self, Page};
use rounds_report::query::Snapshot;
use rounds_report::table::{Kind, Table, Value};
use rounds_report::workbook;
use rounds_shared::catalog::Catalog;

use crate::sample::{self, AS_OF, table, text};

fn page_of(catalog: &Catalog, snapshot: &Snapshot) -> Page {
    page::render(catalog, sample::summary(catalog), "load-12", AS_OF, snapshot).unwrap()
}

fn workbook_of(snapshot: &Snapshot) -> Vec<u8> {
    let catalog = sample::catalog();
    workbook::write(sample::summary(&catalog), AS_OF, snapshot).unwrap()
}

/// The sample with another first section.
fn with_doctors(doctors: Table) -> Snapshot {
    let mut snapshot = sample::snapshot();
    snapshot.sections[0] = doctors;
    snapshot
}

fn one_doctor(name: &str) -> Snapshot {
    let columns = [("doctor", Kind::Text), ("confirmed", Kind::Count)];
    with_doctors(table(&columns, vec![vec![text(name), Value::Integer(1)]]))
}

#[test]
fn the_mail_looks_like_this() {
    let page = page_of(&sample::catalog(), &sample::snapshot());
    insta::assert_snapshot!("subject", page.subject);
    insta::assert_snapshot!("html", page.html);
    insta::assert_snapshot!("text", page.text);
}

#[test]
fn a_report_without_rows_says_so() {
    let empty = table(&[("doctor", Kind::Text), ("confirmed", Kind::Count)], vec![]);
    let page = page_of(&sample::catalog(), &with_doctors(empty));
    assert!(page.html.contains("Nothing to show."));
    assert!(page.text.contains("Nothing to show."));
}

#[test]
fn markup_in_a_value_is_shown_and_not_obeyed() {
    let evil = "<img src=x onerror=alert(1)>\"'&";
    let mut snapshot = one_doctor(evil);
    snapshot.headline[3].value = evil.to_owned();
    let page = page_of(&sample::catalog(), &snapshot);
    assert!(!page.html.contains("<img"));
    assert_eq!(page.html.matches("&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;").count(), 3);
    assert!(page.text.contains(evil), "plain text has no markup to escape");
}

#[test]
fn patients_stay_out_of_the_mail() {
    let page = page_of(&sample::catalog(), &sample::snapshot());
    for text in [&page.subject, &page.html, &page.text] {
        assert!(!text.contains("2987250"));
    }
    assert!(page.html.contains("1,204 rows"));
}

#[test]
fn the_workbook_holds_numbers_dates_and_text_as_what_they_are() {
    let mut workbook = Xlsx::new(Cursor::new(workbook_of(&sample::snapshot()))).unwrap();
    assert_eq!(workbook.sheet_names(), ["By doctor", "By day", "Confirmed by patient"]);

    let doctors = workbook.worksheet_range("By doctor").unwrap();
    let header = ["Doctor", "Specialty", "Doctor ID", "Confirmed", "Cancelled", "Rate"];
    assert_eq!(doctors.rows().next().unwrap(), header.map(|title| Data::String(title.to_owned())));
    assert_eq!(doctors.get_value((2, 0)), Some(&Data::String("Tomás Ibáñez-Villalobos".to_owned())));
    assert_eq!(doctors.get_value((4, 1)), Some(&Data::Empty), "null stays empty");
    assert_eq!(doctors.get_value((1, 2)), Some(&Data::Float(3.0)));
    assert_eq!(doctors.get_value((1, 5)), Some(&Data::Float(0.871)));
    assert_eq!(doctors.get_value((13, 0)), Some(&Data::String("Total".to_owned())));
    assert_eq!(doctors.get_value((13, 2)), Some(&Data::Empty), "ids are not added up");
    assert_eq!(doctors.get_value((13, 3)), Some(&Data::Float(3119.0)));
    assert_eq!(doctors.get_value((13, 5)), Some(&Data::Empty), "shares are not added up");

    let patients = workbook.worksheet_range("Confirmed by patient").unwrap();
    let last_booking = patients.get_value((8, 3)).unwrap();
    let Data::DateTime(day) = last_booking else { panic!("a day is a date cell") };
    assert_eq!(day.to_ymd_hms_milli(), (2355, 1, 2, 0, 0, 0, 0));
}

#[test]
fn the_workbook_has_a_frozen_header_and_a_filter() {
    let sheet = sheet_xml(&workbook_of(&sample::snapshot()), 1);
    assert!(sheet.contains(r#"ySplit="1""#) && sheet.contains(r#"state="frozen""#));
    assert!(sheet.contains(r#"<autoFilter ref="A1:F13""#), "the filter leaves the total out");
    assert!(sheet.contains("SUBTOTAL(109,D2:D13)"));
}

#[test]
fn what_looks_like_a_formula_is_text() {
    for formula in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"] {
        let bytes = workbook_of(&one_doctor(formula));
        let sheet = sheet_xml(&bytes, 1);
        assert_eq!(sheet.matches("<f>").count(), 1, "the total is the only formula");
        let mut workbook = Xlsx::new(Cursor::new(bytes)).unwrap();
        let doctors = workbook.worksheet_range("By doctor").unwrap();
        assert_eq!(doctors.get_value((1, 0)), Some(&Data::String(formula.to_owned())));
    }
}

#[test]
fn numbers_that_excel_would_round_stay_whole_as_text() {
    let columns = [("patient_id", Kind::Number), ("fee", Kind::Decimal), ("confirmed", Kind::Count)];
    let long =
        vec![Value::Integer(9_007_199_254_740_993), Value::Decimal("0.1000".into()), Value::Integer(1)];
    let mut workbook =
        Xlsx::new(Cursor::new(workbook_of(&with_doctors(table(&columns, vec![long]))))).unwrap();
    let doctors = workbook.worksheet_range("By doctor").unwrap();
    assert_eq!(doctors.get_value((1, 0)), Some(&Data::String("9007199254740993".to_owned())));
    assert_eq!(doctors.get_value((1, 1)), Some(&Data::Float(0.1)));
}

#[test]
fn the_same_snapshot_makes_the_same_bytes() {
    assert!(workbook_of(&sample::snapshot()) == workbook_of(&sample::snapshot()));
}

fn sheet_xml(workbook: &[u8], sheet: usize) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut xml = String::new();
    archive.by_name(&format!("xl/worksheets/sheet{sheet}.xml")).unwrap().read_to_string(&mut xml).unwrap();
    xml
}
