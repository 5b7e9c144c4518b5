//! Workbooks that differ from the usual one.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rounds_testkit::mis::HEADERS;
use rounds_testkit::sheet::{self, Cell, Row, text};
use rounds_testkit::stack::Stack;
use rounds_tests::rounds;

use crate::agreement::assert_agrees;
use crate::extract::assert_names_nobody;
use crate::{KEY, bookings, drop_workbook, letter, send_all};

const MORNING: Date = date(2026, 11, 20);

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_without_a_column_that_reports_go_by_is_set_aside_and_nothing_is_sent() {
    let stack = Stack::shared().await;
    let (alerts, mails) = (stack.alerts(), stack.mails().len());
    let rows = bookings(74).rows(MORNING);
    for (header, renamed, column) in [
        ("Appt. Status", "Appointment Status", "appt_status"),
        ("Appointment Date", "Day", "appointment_date"),
        ("Consider Patient", "Consider", "consider_patient"),
    ] {
        let mut rows = rows.clone();
        rows[0][place(header)] = text(renamed);
        let run = stack.drop_file(KEY, sheet::workbook(&rows).unwrap()).await;
        assert_eq!(run.outcome(), "quarantined", "without {header}: {}", run.output);
        let reason = &run.output["reason"];
        assert_eq!(reason["error"], "Rejected.MissingColumns", "{reason}");
        assert!(reason["cause"].as_str().unwrap().contains(column), "{reason}");
        assert_eq!(alerts.next().subject, "Rounds: file quarantined");
    }
    let (told, code) = rounds(&stack, &["report", "--cadence", "daily", "--deadline", "0"]);
    assert_eq!(code, Some(3), "{told}");
    assert_eq!(alerts.next().subject, "Rounds: data has not arrived");
    assert_eq!(stack.mails().len(), mails);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_stands_in_a_workbook_changes_no_report() {
    let stack = Stack::shared().await;
    // Decoys before the columns that count: another date, another status, another hospital.
    let decoy = |row: &Row, place: usize| -> Row {
        let decoys = match place {
            0 => ["Report Date", "Status", "Hospital", "Nominee Name"].map(text),
            _ => {
                let other = Cell::Date(MORNING.saturating_sub(1.days()).at(0, 0, 0, 0));
                [other, text("cancelled"), text("North Clinic"), text("CANARY nominee")]
            }
        };
        decoys.into_iter().chain(row.iter().cloned()).collect()
    };
    let rows: Vec<Row> =
        bookings(75).rows(MORNING).iter().enumerate().map(|(at, row)| decoy(row, at)).collect();
    let others = bookings(76).rows(MORNING);
    // Hidden: the day, the status, and who the patient is.
    let hidden = ["Appointment Date", "Appt. Status", "Patient Name"].map(place);
    let hidden = hidden.map(|place| u16::try_from(place + 4).unwrap());
    let sheets: [(&str, &[Row]); 3] = [("MIS", &rows), ("Removed", &others), ("Sheet3", &others)];
    let mis = drop_workbook(&stack, sheet::workbook_hiding(&sheets, &hidden).unwrap()).await;

    let mails = send_all(&stack, MORNING);
    assert_agrees(&mails, &mis, MORNING, |_| &[], &mut BTreeSet::new());
    assert_names_nobody(letter(&mails, "mis.operations_extract"));
}

fn place(header: &str) -> usize {
    HEADERS.iter().position(|name| *name == header).unwrap()
}
