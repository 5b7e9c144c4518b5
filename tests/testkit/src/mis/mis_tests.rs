use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::*;
use crate::canary;
use crate::mis_rules::{Mis, Report};
use crate::sheet::Cell;

const AS_OF: Date = date(2026, 11, 21);
const SMALL: Bookings = Bookings { seed: 7, rows: 1_200, canary: false };

fn place(header: &str) -> usize {
    HEADERS.iter().position(|name| *name == header).unwrap()
}

fn read(bookings: Bookings, as_of: Date) -> Mis {
    Mis::read(&bookings.workbook(as_of).unwrap()).unwrap()
}

#[test]
fn the_same_seed_and_day_make_the_same_bytes() {
    let tiny = Bookings { rows: 90, ..SMALL };
    assert_eq!(tiny.workbook(AS_OF).unwrap(), tiny.workbook(AS_OF).unwrap());
    assert_ne!(tiny.rows(AS_OF), Bookings { seed: 8, ..tiny }.rows(AS_OF));
}

#[test]
fn a_workbook_has_about_as_many_rows_as_asked_for_and_every_kind_of_dirt() {
    assert!(SMALL.rows(AS_OF).iter().all(|row| row.len() == HEADERS.len()));
    let mis = read(SMALL, AS_OF);
    assert!((1_100..1_400).contains(&mis.read), "{}", mis.read);
    assert!(mis.rejected >= 8 && mis.superseded > 10, "{} {}", mis.rejected, mis.superseded);
    assert!(mis.appointments.iter().any(|appointment| appointment.day.is_none()));
    assert!(mis.appointments.iter().any(|appointment| appointment.status.is_empty()));
    assert!(mis.appointments.iter().any(|appointment| appointment.consider == "perhaps"));
}

#[test]
fn every_report_has_rows_each_morning_and_a_hospital_has_some_of_them() {
    let mut refunds = 0;
    let mut of_north = BTreeMap::new();
    for days in 0..10 {
        let as_of = AS_OF.saturating_add(days.days());
        let mis = read(SMALL, as_of);
        for report in Report::ALL {
            let all = mis.rows(report, as_of, &[]);
            assert!(!all.ids.is_empty() && all.ids.len() < mis.read, "{report:?} of {as_of}");
            let north = mis.rows(report, as_of, &["north clinic"]);
            let counts = of_north.entry(format!("{report:?}")).or_insert((0, 0));
            *counts = (counts.0 + north.ids.len(), counts.1 + all.ids.len());
        }
        refunds += mis.rows(Report::Cancelled, as_of, &[]).refunds;
    }
    assert!(of_north.values().all(|(north, all)| 0 < *north && north < all), "{of_north:?}");
    assert!(refunds > 0);
}

#[test]
fn for_each_condition_of_each_rule_a_row_of_yesterday_fails_it_alone() {
    let mis = read(SMALL, AS_OF);
    let yesterday = AS_OF.saturating_sub(1.days());
    let seen: BTreeSet<[&str; 5]> = mis
        .appointments
        .iter()
        .filter(|row| row.day == Some(yesterday))
        .map(|row| [&row.status, &row.payment, &row.consider, &row.procedure, &row.prescription])
        .map(|words| words.map(String::as_str))
        .collect();
    for words in [
        ["done", "paid", "yes", "instant", "no"],
        ["no-show", "paid", "yes", "instant", "no"],
        ["done", "", "yes", "instant", "no"],
        ["done", "paid", "no", "instant", "no"],
        ["done", "paid", "yes", "consultation", "no"],
        ["done", "paid", "yes", "instant", "yes"],
        ["cancelled", "paid", "yes", "consultation", "no"],
        ["cancelled", "cash", "yes", "consultation", "no"],
        ["cancelled", "paid", "no", "consultation", "no"],
        ["no-show", "paid", "yes", "consultation", "no"],
        ["cancelled", "", "yes", "video consultation", "no"],
        ["cancelled", "", "no", "instant", "no"],
        ["no-show", "", "yes", "instant", "no"],
    ] {
        assert!(seen.contains(&words), "{words:?}");
    }
}

#[test]
fn the_next_morning_shows_the_same_appointments_further_on() {
    let by_id = |as_of: Date| -> BTreeMap<String, _> {
        let rows = read(SMALL, as_of).appointments.into_iter();
        rows.map(|appointment| (appointment.id.clone(), appointment)).collect()
    };
    let (today, tomorrow) = (by_id(AS_OF), by_id(AS_OF.saturating_add(1.days())));
    let first_day = AS_OF.saturating_sub(DAYS_BEFORE.days());
    let mut moved = 0;
    for (id, before) in &today {
        let Some(after) = tomorrow.get(id) else {
            assert!(before.day.is_none_or(|day| day == first_day), "{before:?}");
            continue;
        };
        assert_eq!(
            (before.day, &before.doctor, before.amount > 0),
            (after.day, &after.doctor, after.amount > 0)
        );
        let is_open = ["booked", "checked-in", "consulting"].contains(&before.status.as_str());
        assert!(is_open || before.status == after.status, "{before:?} {after:?}");
        moved += usize::from(before.status != after.status);
    }
    assert!(moved > 10 && tomorrow.keys().any(|id| !today.contains_key(id)), "{moved}");
}

#[test]
fn some_are_completed_only_days_after() {
    let larger = Bookings { rows: 3_000, ..SMALL };
    let completed = |as_of| read(larger, as_of).rows(Report::Completed, as_of, &[]).ids;
    let next = AS_OF.saturating_add(1.days());
    let (before, after) = (completed(AS_OF), completed(next));
    let rows = read(larger, next).appointments;
    let late = rows.iter().filter(|row| {
        after.contains(&row.id) && !before.contains(&row.id) && row.day < Some(AS_OF.saturating_sub(1.days()))
    });
    assert!(late.count() > 0);
}

#[test]
fn canaries_stand_in_every_confidential_cell_and_nowhere_else() {
    let rows = Bookings { canary: true, ..SMALL }.rows(AS_OF);
    let confidential = [
        "Patient ID",
        "UHID",
        "Patient Name",
        "Mobile",
        "DOB",
        "HIS Invoice No.",
        "Invoice No",
        "Payment Reference No.",
        "Room ID",
        "Event Join Time Patient",
        "Event Left Time Patient",
        "Event Join Time Doctor",
        "Event Left Time Doctor",
        "Final Remarks",
    ];
    let confidential = confidential.map(place);
    let holds_canary = |cell: &Cell| match cell {
        Cell::Text(text) => canary::find(text).is_some(),
        Cell::Number(number) => canary::find(&number.to_string()).is_some(),
        _ => false,
    };
    for row in &rows[1..] {
        for (column, cell) in row.iter().enumerate() {
            let is_unmarked =
                matches!(cell, Cell::Blank | Cell::Date(_)) || *cell == Cell::Text("n.k.".into());
            let expected = confidential.contains(&column) && !is_unmarked;
            assert_eq!(holds_canary(cell), expected, "{}: {cell:?}", HEADERS[column]);
        }
    }
}
