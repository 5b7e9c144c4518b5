use jiff::civil::date;
use rounds_shared::catalog::Catalog;

use super::*;
use crate::query::table::{Column, Kind};

fn report(each: Each, once_per: &[&str]) -> Report {
    let catalog = Catalog::open(None).unwrap();
    let once_per = once_per.iter().map(|name| (*name).to_owned()).collect();
    Report { each, once_per, ..catalog.report("healthtech.summary").unwrap().clone() }
}

fn by_doctor() -> Each {
    Each::Group { column: "doctor".to_owned(), address: "doctor_email".to_owned() }
}

fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
    let column = |name: &&str| Column { name: (*name).to_owned(), kind: Kind::Text };
    let value = |text: &&str| if text.is_empty() { Value::Null } else { Value::Text((*text).into()) };
    let rows = rows.iter().map(|row| row.iter().map(value).collect());
    Table { columns: columns.iter().map(column).collect(), rows: rows.collect() }
}

fn snapshot(own: Table, others: Vec<Table>) -> Snapshot {
    Snapshot { sections: std::iter::once(own).chain(others).collect(), ..Snapshot::default() }
}

/// All texts of a share.
fn words(share: &Share) -> Vec<String> {
    let tables = share.sections.iter().chain(share.charts.values());
    tables.flat_map(|table| &table.rows).flatten().filter_map(text).collect()
}

const OWN: [&str; 3] = ["visit", "doctor", "doctor_email"];

#[test]
fn a_doctor_sees_the_rows_of_no_other_in_any_table() {
    let own: [&[&str]; 4] = [
        &["v1", "haddad", "haddad@c.example"],
        &["v2", "li", "li@c.example"],
        &["v3", "haddad", "Haddad@c.example"],
        &["v4", "okafor", "okafor@c.example"],
    ];
    let others = vec![
        table(&["doctor", "patients"], &[&["li", "p-li"], &["haddad", "p-haddad"]]),
        table(&["month", "doctor"], &[&["m-haddad", "haddad"], &["m-nobody", ""]]),
    ];
    let mut asked = snapshot(table(&OWN, &own), others);
    asked.charts = BTreeMap::from([
        (0, table(&["doctor", "doctor_email", "day"], &[&["li", "li@c.example", "d-li"]])),
        (2, table(&["month", "doctor"], &[&["c-haddad", "haddad"], &["c-li", "li"]])),
    ]);
    let shares = Shares::of(&report(by_doctor(), &[]), asked).unwrap();
    let seen: Vec<Vec<String>> = shares.shares.iter().map(words).collect();
    assert_eq!(
        seen[0],
        ["v1", "haddad", "v3", "haddad", "haddad", "p-haddad", "m-haddad", "haddad", "c-haddad", "haddad"]
    );
    assert_eq!(seen[1], ["v2", "li", "li", "p-li", "li", "d-li", "c-li", "li"]);
    assert_eq!(seen[2], ["v4", "okafor"]);
    let addresses = shares.shares.iter().map(|share| share.recipient.as_ref().unwrap().address.as_str());
    assert_eq!(addresses.collect::<Vec<_>>(), ["haddad@c.example", "li@c.example", "okafor@c.example"]);
    assert!(shares.shares.iter().all(|share| share.sections[0].place("doctor_email").is_none()));
    assert!(shares.unaddressed.is_empty());
}

#[test]
fn a_group_without_one_usable_address_is_counted_and_sent_to_nobody() {
    let own: [&[&str]; 7] = [
        &["v1", "none", ""],
        &["v2", "wrong", "somewhere"],
        &["v3", "two", "a@c.example"],
        &["v4", "two", "b@c.example"],
        &["v5", "", "nobody@c.example"],
        &["v6", "by telephone", "+351912345678"],
        &["v7", "li", "li@c.example"],
    ];
    let shares = Shares::of(&report(by_doctor(), &[]), snapshot(table(&OWN, &own), vec![])).unwrap();
    assert_eq!(shares.shares.iter().flat_map(words).collect::<Vec<_>>(), ["v7", "li"]);
    assert_eq!(shares.unaddressed.len(), 5, "a mail report reaches no telephone");
}

#[test]
fn each_row_is_a_letter_and_what_identifies_it_is_its_item() {
    let each = Each::Row { address: "doctor_email".to_owned() };
    let own: [&[&str]; 3] =
        [&["v1", "li", "li@c.example"], &["v2", "li", "li@c.example"], &["v1", "li", "li@c.example"]];
    let shares = Shares::of(&report(each.clone(), &["visit"]), snapshot(table(&OWN, &own), vec![])).unwrap();
    let items: Vec<&str> = shares.shares.iter().map(|share| share.item.as_str()).collect();
    assert_eq!(items, [sha256_hex(b"v1"), sha256_hex(b"v2")], "the same row twice is one letter");
    assert!(shares.shares.iter().all(|share| share.row_keys.iter().all(|key| *key == share.item)));

    let further = snapshot(table(&OWN, &own), vec![table(&["doctor"], &[&["haddad"]])]);
    assert!(matches!(Shares::of(&report(each, &["visit"]), further), Err(Reason::Undivided)));
}

#[test]
fn a_table_that_cannot_be_divided_is_an_error_and_not_shown_to_all() {
    let asked = snapshot(table(&OWN, &[&["v1", "li", "li@c.example"]]), vec![table(&["day"], &[&["d1"]])]);
    let error = Shares::of(&report(by_doctor(), &[]), asked).err().unwrap().to_string();
    assert!(error.contains("“By day”") && error.contains("`doctor`"), "{error}");
}

#[test]
fn row_keys_are_digests_of_the_values_in_order_without_gaps() {
    let own: [&[&str]; 2] = [&["v1", "li", "a"], &["v2", "", "b"]];
    let shares =
        Shares::of(&report(Each::Report, &["doctor", "visit"]), snapshot(table(&OWN, &own), vec![])).unwrap();
    assert_eq!(shares.shares[0].row_keys, [sha256_hex(b"li\x1fv1"), sha256_hex(b"v2")]);
    assert_eq!(shares.shares[0].item, "");
    assert_eq!(words(&shares.shares[0]).len(), 5, "nothing is taken away from a report for an audience");
}

#[test]
fn values_are_digested_as_postgresql_writes_them() {
    let texts = [
        Value::Integer(-5),
        Value::Date(date(2026, 11, 21)),
        Value::Timestamp(date(2026, 11, 21).at(7, 41, 0, 0)),
        Value::Boolean(true),
        Value::Null,
    ];
    let texts: Vec<_> = texts.iter().map(text).collect();
    let written = ["-5", "2026-11-21", "2026-11-21 07:41:00", "t"];
    assert_eq!(texts[..4], written.map(|text| Some(text.to_owned())));
    assert_eq!(texts[4], None);
}
