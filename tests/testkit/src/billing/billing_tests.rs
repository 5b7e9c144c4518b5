use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use rounds_shared::catalog::Catalog;
use rounds_shared::header::{Finder, Line};

use super::*;
use crate::canary;

const NORTH: &str = "10000001";
const BOOKS: Books = Books { seed: 7, as_of: date(2026, 11, 21) };

fn sheet(name: &str) -> Sheet {
    BOOKS.sheet(NORTH, report(name).unwrap())
}

/// The texts of a column.
fn texts(sheet: &Sheet, label: &str) -> Vec<String> {
    let place = sheet.header.iter().position(|header| header == label).unwrap();
    sheet.rows.iter().map(|row| row[place].clone()).collect()
}

fn days(sheet: &Sheet, label: &str) -> Vec<Option<Date>> {
    let day = |text: &String| Date::strptime("%m/%d/%Y", text).or_else(|_| text.parse()).ok();
    texts(sheet, label).iter().map(day).collect()
}

/// The cents of an amount as it is written.
fn cents(text: &str) -> i64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let cents: i64 = if digits.is_empty() { 0 } else { digits.parse().unwrap() };
    if text.starts_with('(') { -cents } else { cents }
}

#[test]
fn the_same_books_make_the_same_reports_and_others_make_others() {
    for report in &REPORTS {
        let sheet = BOOKS.sheet(NORTH, report);
        assert_eq!(BOOKS.sheet(NORTH, report), sheet, "{}", report.name);
        assert_ne!(BOOKS.sheet("10000002", report), sheet, "{}", report.name);
        assert_ne!(Books { seed: 8, ..BOOKS }.sheet(NORTH, report), sheet, "{}", report.name);
    }
}

#[test]
fn a_later_day_shows_the_same_charges_further_on() {
    let later = Books { as_of: date(2026, 12, 21), ..BOOKS };
    let statuses = |books: Books| -> BTreeMap<String, String> {
        let sheet = books.sheet(NORTH, report("gross_billing").unwrap());
        texts(&sheet, "Charge ID").into_iter().zip(texts(&sheet, "Claim Status")).collect()
    };
    let (before, after) = (statuses(BOOKS), statuses(later));
    let both: Vec<_> = before.iter().filter_map(|(id, old)| Some((old, after.get(id)?))).collect();
    assert!(both.len() > before.len() * 8 / 10);
    assert!(both.iter().any(|(old, new)| *old == "On Hold" && *new != "On Hold"));
    assert!(!both.iter().any(|(old, new)| *old == "Paid" && *new != "Paid"));
}

#[test]
fn every_report_has_all_its_columns_by_labels_that_its_contract_knows() {
    let catalog = Catalog::open(None).unwrap();
    for report in &REPORTS {
        let sheet = BOOKS.sheet(NORTH, report);
        assert_eq!(sheet.header.len(), report.columns.split_whitespace().count());
        assert!(sheet.rows.iter().all(|row| row.len() == sheet.header.len()));
        let dataset = catalog.dataset(&format!("billing.{}", report.name)).unwrap();
        let mut finder = Finder::new(dataset);
        let found = finder.look(None, &Line::new(1, sheet.header.clone())).expect(report.name);
        let missing: Vec<&str> = dataset
            .columns
            .iter()
            .zip(&found.positions)
            .filter(|(column, place)| column.is_in_file() && place.is_none())
            .map(|(column, _)| column.name.as_str())
            .collect();
        let unknown: Vec<&String> = found.unknown.iter().map(|place| &sheet.header[*place]).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{}: {missing:?}, {unknown:?}", report.name);
    }
}

#[test]
fn every_column_has_a_value_somewhere() {
    for report in &REPORTS {
        let sheet = BOOKS.sheet(NORTH, report);
        for label in &sheet.header {
            let is_filled = texts(&sheet, label).iter().any(|text| !text.is_empty());
            assert!(is_filled, "{}: {label}", report.name);
        }
    }
}

#[test]
fn the_reports_of_an_account_tell_of_the_same_charges() {
    let amounts = |name: &str| -> BTreeMap<String, i64> {
        let sheet = sheet(name);
        let amounts = texts(&sheet, "Charge Amount").into_iter().map(|text| cents(&text));
        texts(&sheet, "Charge ID").into_iter().zip(amounts).filter(|(_, amount)| *amount != 0).collect()
    };
    let all = amounts("gross_billing");
    assert!((200..500).contains(&all.len()), "{} charges", all.len());
    for name in ["ar_aging", "charges_on_hold", "payment_trends", "denial_trends", "rev_rec_payments"] {
        let some = amounts(name);
        assert!(some.len() > 10, "{name}: {}", some.len());
        assert!(some.iter().all(|(charge, amount)| all.get(charge) == Some(amount)), "{name}");
    }
}

#[test]
fn what_a_load_makes_of_a_report_is_what_can_be_read_in_it() {
    for report in &REPORTS {
        let sheet = BOOKS.sheet(NORTH, report);
        assert_eq!(sheet.rows.len(), sheet.load.rows + sheet.load.rejected, "{}", report.name);
        let is_readable =
            |row: &&Vec<String>| !row.iter().any(|cell| cell == "see note" || cell == "pending");
        let readable: Vec<&Vec<String>> = sheet.rows.iter().filter(is_readable).collect();
        assert_eq!(readable.len(), sheet.load.rows, "{}", report.name);
        for (column, sum) in &sheet.load.sums {
            let place = report.columns.split_whitespace().position(|name| name == *column).unwrap();
            let read: i64 = readable.iter().map(|row| cents(&row[place])).sum();
            assert_eq!(read, *sum, "{}: {column}", report.name);
        }
    }
}

#[test]
fn balances_are_what_is_neither_paid_nor_given_up() {
    let load = sheet("ar_aging").load.sums;
    let due = ["ins", "other", "pat"].map(|who| load[format!("charge_balance_due_{who}").as_str()]);
    assert_eq!(due.iter().sum::<i64>() + load["charge_balance_at_collections"], load["charge_balance"]);
    assert!(due.iter().all(|due| *due > 0) && load["charge_balance_at_collections"] > 0);
    let stages = sheet("claim_stage_breakdown").load.sums;
    assert!(stages["charge_balance"] > 0 && stages["charge_balance"] < stages["charge_amount"] / 2);
}

#[test]
fn every_age_bucket_hold_reason_and_denial_has_something_in_it() {
    let aging = sheet("ar_aging");
    let ages: Vec<i64> = days(&aging, "Charge From Date")
        .into_iter()
        .flatten()
        .map(|day| i64::from((BOOKS.as_of - day).get_days()))
        .collect();
    for bucket in [0..=5, 6..=10, 11..=14, 15..=21, 22..=30, 31..=45, 46..=60, 61..=90, 91..=400] {
        assert!(ages.iter().any(|age| bucket.contains(age)), "{bucket:?}");
    }
    let printed = texts(&aging, "Patient Statements Printed");
    let electronic = texts(&aging, "Patient Stmts Sent Electronically");
    let sent: BTreeSet<i64> = printed
        .iter()
        .zip(&electronic)
        .filter_map(|(a, b)| Some(a.parse::<i64>().ok()? + b.parse::<i64>().ok()?))
        .collect();
    assert_eq!(sent, (0..=8).collect());
    assert!(texts(&aging, "Charge Balance").iter().any(|balance| balance == "$0.00"));
    let words =
        |name: &str, label: &str| texts(&sheet(name), label).into_iter().collect::<BTreeSet<_>>().len();
    assert!(words("charges_on_hold", "Charge Set To Status") >= 3);
    assert!(words("denial_trends", "Unpaid Reason Code(s)") >= 4);
    assert!(words("write_off_trends", "Adjustment Code(s)") >= 3);
    assert!(words("claim_stage_breakdown", "Claim Status") >= 8);
}

#[test]
fn each_of_the_last_twelve_weeks_bills_and_is_paid() {
    let amounts = |name: &str, day: &str, amount: &str| {
        let sheet = sheet(name);
        let mut weeks = BTreeMap::<i32, i64>::new();
        for (day, amount) in days(&sheet, day).into_iter().zip(texts(&sheet, amount)) {
            let weeks_ago = day.map(|day| (BOOKS.as_of - day).get_days() / 7);
            *weeks.entry(weeks_ago.unwrap_or(-1)).or_default() += cents(&amount);
        }
        weeks
    };
    let billed = amounts("gross_billing", "Claim First Billed Date", "Charge Amount");
    let paid = amounts("payment_trends", "Payment Received", "Payment Total Paid");
    for week in 0..12 {
        assert!(billed[&week] > 0 && paid[&week] > 0, "{week} weeks ago");
    }
    let (billed, paid): (i64, i64) =
        ((0..12).map(|week| billed[&week]).sum(), (0..12).map(|week| paid[&week]).sum());
    assert!(paid < billed && paid > billed / 5, "{paid} of {billed}");
}

#[test]
fn the_dirt_of_real_exports_is_among_the_cells() {
    let billing = sheet("gross_billing");
    let names = texts(&billing, "Patient Full Name");
    for dirt in [" (0", "\n", "\"", ", ", "Ø", "é", "Ş"] {
        assert!(names.iter().any(|name| name.contains(dirt)), "{dirt:?}");
    }
    assert!(texts(&billing, "Charge Rev Code").iter().any(String::is_empty));
    assert!(
        texts(&billing, "Claim First Billed Date").iter().any(|day| day.len() == 10 && &day[4..5] == "-")
    );
    assert!(texts(&billing, "Charge ID").iter().all(|id| id.starts_with('0')));
    let lags =
        days(&billing, "Claim First Billed Date").into_iter().zip(days(&billing, "Charge Entered Date"));
    assert!(lags.into_iter().any(|(billed, entered)| billed < entered && billed.is_some()));
    let entered = days(&billing, "Charge Entered Date");
    assert!(
        entered.iter().flatten().any(|day| i32::from(day.iso_week_date().year()) != i32::from(day.year()))
    );
    let twice = billing.rows.iter().collect::<BTreeSet<_>>().len() < billing.rows.len();
    assert!(twice, "lines stand twice");
    let unapplied = sheet("ar_aging");
    assert!(texts(&unapplied, "Charge Balance").iter().any(|balance| balance.starts_with("($")));
    let payments = sheet("payment_trends");
    let turnaround = days(&payments, "Payment Entered").into_iter().zip(days(&payments, "Payment Received"));
    assert!(turnaround.into_iter().any(|(entered, received)| entered < received && entered.is_some()));
}

#[test]
fn patients_names_are_canaries() {
    let names = texts(&sheet("gross_billing"), "Patient Full Name");
    assert!(names.iter().all(|name| canary::find(name).is_some()));
}

#[test]
fn amounts_are_written_as_bookkeepers_do() {
    let written = [0, 5, 123_456, -98_765_432_100].map(super::sheet::money);
    assert_eq!(written, ["$0.00", "$0.05", "$1,234.56", "($987,654,321.00)"]);
}
