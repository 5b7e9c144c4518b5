//! Rows that refer to rows of another table which are not there: allowed, rejected, held.

use std::sync::atomic::{AtomicBool, Ordering};

use rounds_load::curated::Objects;
use rounds_shared::failure::{Class, Failure as _, Name};
use rounds_shared::payload::{LoadOutcome, LoadRequest, Severity};
use rounds_shared::storage::StorageError;

use crate::clinic::{APPOINTMENTS, Clinic, DOCTORS, shuffled_twice};
use crate::lake::{Appointment, Lake, Rows, appointments, doctors, numbers};

async fn clinic(missing: &str) -> Clinic {
    let reference = "missing = \"placeholder\"";
    Clinic::changed("healthtech/appointments.toml", reference, &format!("missing = \"{missing}\"")).await
}

/// A booking with each of these doctors, on one day.
fn booked(bookings: &[(i64, i32)]) -> Rows {
    let row = |(booking, doctor): &(i64, i32)| -> Appointment<'static> {
        (*booking, 100 + booking, *doctor, "2025-10-01", "confirmed")
    };
    appointments(&bookings.iter().map(row).collect::<Vec<_>>())
}

fn staff(numbers: &[i32]) -> Rows {
    doctors(&numbers.iter().map(|number| (*number, "Name", None)).collect::<Vec<_>>())
}

const BOOKINGS: &str = "SELECT booking_id, doctor_id FROM healthtech.appointments ORDER BY 1";
const HELD: &str = "SELECT booking_id, doctor_id, _row, _part FROM healthtech.appointments__held ORDER BY 1";

#[tokio::test]
async fn a_reference_that_is_allowed_to_lead_nowhere_is_loaded_as_it_is() {
    let clinic = clinic("allow").await;
    assert_eq!(clinic.counts(1, APPOINTMENTS, &booked(&[(1, 7)])).await, [1, 0, 0, 0]);
    assert_eq!(clinic.rows(BOOKINGS).await, ["(1,7)"]);
    assert_eq!(clinic.rows("SELECT doctor_id FROM healthtech.doctors").await, [""; 0]);
    let keys =
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'healthtech'::regnamespace";
    assert_eq!(clinic.rows(keys).await, [""; 0]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_rejects_its_row() {
    let clinic = clinic("reject").await;
    clinic.bring(1, DOCTORS, &staff(&[1])).await;
    let request = clinic.drop(2, &[(APPOINTMENTS, &booked(&[(10, 1), (11, 7), (12, 8), (13, 1)]))]);
    let receipt = clinic.load(&request).await.loads.remove(0);
    assert_eq!((receipt.counts.read, receipt.counts.loaded, receipt.counts.rejected), (4, 2, 2));
    let [finding] = receipt.findings.as_slice() else { panic!("one finding") };
    assert_eq!((finding.rule.as_str(), finding.severity), ("unknown_reference", Severity::Reject));
    assert_eq!((finding.count, finding.at.as_slice()), (2, [3, 4].as_slice()));
    assert_eq!(clinic.rows(BOOKINGS).await, ["(10,1)", "(13,1)"]);
    assert_eq!(clinic.lake.rows(&receipt.load.batch), [(0, 2), (0, 5)]);
    assert_eq!(clinic.lake.refused(&receipt.load.batch), [(0, 3), (0, 4)], "nothing is lost");
    let none = clinic.drop(3, &[(APPOINTMENTS, &booked(&[(10, 8)]))]);
    let error = clinic.try_load(&none, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::NoUsableRows);
    assert!(error.to_string().contains("1 unknown_reference in doctor_id"), "{error}");
    assert_eq!(clinic.rows(BOOKINGS).await, ["(10,1)", "(13,1)"]);
}

#[tokio::test]
async fn a_row_that_must_not_lose_what_it_refers_to_keeps_it() {
    let clinic = clinic("reject").await;
    clinic.bring(1, DOCTORS, &staff(&[1, 2, 3])).await;
    clinic.bring(2, APPOINTMENTS, &booked(&[(10, 1)])).await;
    clinic.bring(3, DOCTORS, &staff(&[2])).await;
    let lineage =
        "SELECT doctor_id, l.load FROM healthtech.doctors JOIN ops.load l ON l.batch = _batch ORDER BY 1";
    assert_eq!(clinic.rows(lineage).await, ["(1,1)", "(2,1)"]);
    clinic.bring(4, APPOINTMENTS, &booked(&[(10, 2)])).await;
    clinic.bring(5, DOCTORS, &staff(&[2, 4])).await;
    assert_eq!(clinic.rows("SELECT doctor_id FROM healthtech.doctors ORDER BY 1").await, ["(2)", "(4)"]);
}

#[tokio::test]
async fn a_held_row_is_visible_and_is_loaded_by_the_load_that_brings_what_it_waits_for() {
    let clinic = clinic("hold").await;
    let request = clinic.drop(1, &[(APPOINTMENTS, &booked(&[(10, 1), (11, 7), (12, 8)]))]);
    let receipt = clinic.load(&request).await.loads.remove(0);
    assert_eq!((receipt.outcome, receipt.counts.loaded, receipt.counts.held), (LoadOutcome::Loaded, 0, 3));
    assert_eq!(
        (receipt.findings[0].rule.as_str(), receipt.findings[0].severity),
        ("unknown_reference", Severity::Warn)
    );
    assert_eq!(clinic.rows(BOOKINGS).await, [""; 0]);
    assert_eq!(clinic.rows(HELD).await, ["(10,1,2,0)", "(11,7,3,0)", "(12,8,4,0)"]);
    clinic.assert_lake().await;

    clinic.bring(2, DOCTORS, &staff(&[1, 8])).await;
    assert_eq!(clinic.rows(BOOKINGS).await, ["(10,1)", "(12,8)"]);
    assert_eq!(clinic.rows(HELD).await, ["(11,7,3,0)"]);
    assert_eq!(clinic.batches().await, ["(loaded,3,2,0,0,1)", "(loaded,2,2,0,0,0)"]);
    assert_eq!(clinic.lake.rows(&receipt.load.batch), [(0, 2), (0, 4)]);
    let before = clinic.everything().await;
    assert_eq!(clinic.load(&request).await.outcome, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.everything().await, before, "running twice changes nothing");

    clinic.bring(3, DOCTORS, &staff(&[1, 7, 8])).await;
    assert_eq!(clinic.rows(BOOKINGS).await, ["(10,1)", "(11,7)", "(12,8)"]);
    assert_eq!(clinic.rows(HELD).await, [""; 0]);
    let lineage = "SELECT booking_id, _file, _row FROM healthtech.appointments ORDER BY 1";
    assert_eq!(clinic.rows(lineage).await, ["(10,drop.xlsx,2)", "(11,drop.xlsx,3)", "(12,drop.xlsx,4)"]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_newer_file_takes_the_place_of_held_rows_too() {
    let clinic = clinic("hold").await;
    clinic.bring(1, APPOINTMENTS, &booked(&[(10, 7), (11, 7)])).await;
    clinic.bring(2, APPOINTMENTS, &booked(&[(11, 8), (12, 1)])).await;
    assert_eq!(clinic.rows(HELD).await, ["(11,8,2,0)", "(12,1,3,0)"]);
    assert_eq!(clinic.batches().await, ["(loaded,2,0,0,2,0)", "(loaded,2,0,0,0,2)"]);
    clinic.bring(3, DOCTORS, &staff(&[7, 8])).await;
    assert_eq!(clinic.rows(BOOKINGS).await, ["(11,8)"]);
    // Going back to the first content brings its rows anew.
    clinic.bring(4, APPOINTMENTS, &booked(&[(10, 7), (11, 7)])).await;
    assert_eq!(clinic.rows(BOOKINGS).await, ["(10,7)", "(11,7)"]);
    assert_eq!(clinic.rows(HELD).await, [""; 0]);
}

#[tokio::test]
async fn held_rows_are_merged_in_the_order_of_drops() {
    let mut files = crate::clinic::changed("healthtech/appointments.toml", "\"placeholder\"", "\"hold\"");
    let text = files.0.get_mut("healthtech/appointments.toml").unwrap();
    *text = text.replace("load      = \"replace\"", "load      = \"merge\"");
    let clinic = Clinic::with(crate::clinic::relaxed(&files)).await;
    let drops: Vec<LoadRequest> = [
        (1, APPOINTMENTS, booked(&[(1, 7), (2, 7), (3, 8)])),
        (2, APPOINTMENTS, booked(&[(1, 8), (4, 9)])),
        (3, DOCTORS, staff(&[7, 9])),
        (4, APPOINTMENTS, booked(&[(2, 9), (3, 7), (5, 6)])),
        (5, DOCTORS, staff(&[7, 8, 9])),
    ]
    .iter()
    .map(|(second, dataset, rows)| clinic.drop(*second, &[(dataset, rows)]))
    .collect();
    for order in shuffled_twice(drops.len()) {
        for index in &order {
            clinic.load(&drops[*index]).await;
        }
        assert_eq!(
            clinic.rows(BOOKINGS).await,
            ["(1,8)", "(2,9)", "(3,7)", "(4,9)"],
            "in the order {order:?}"
        );
        assert_eq!(clinic.rows(HELD).await, ["(5,6,4,0)"], "in the order {order:?}");
        clinic.reader.batch_execute("DROP SCHEMA healthtech, ops CASCADE").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_and_parents_at_once_end_as_one_after_the_other() {
    let clinic = clinic("hold").await;
    for round in 0..5 {
        let children = clinic.drop(1, &[(APPOINTMENTS, &booked(&[(10, 1), (11, 7), (12, 8)]))]);
        let parents = clinic.drop(2, &[(DOCTORS, &staff(&[1, 8]))]);
        let go = |request| clinic.try_load(request, &clinic.lake);
        let (a, b, c, d) = tokio::join!(go(&children), go(&parents), go(&children), go(&parents));
        for answer in [a, b, c, d] {
            answer.unwrap();
        }
        assert_eq!(clinic.rows(BOOKINGS).await, ["(10,1)", "(12,8)"], "round {round}");
        assert_eq!(clinic.rows(HELD).await, ["(11,7,3,0)"], "round {round}");
        clinic.reader.batch_execute("DROP SCHEMA healthtech, ops CASCADE").await.unwrap();
    }
}

/// A lake that breaks off once, after so many objects were written.
struct Breaking<'a> {
    lake: &'a Lake,
    broken: AtomicBool,
}

impl Objects for Breaking<'_> {
    async fn get(&self, key: &str) -> Result<Vec<u8>, StorageError> {
        self.lake.get(key).await
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.lake.put(key, bytes).await?;
        if self.broken.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (bucket, key, code) = ("lake".to_owned(), key.to_owned(), "no answer".to_owned());
        Err(StorageError::Unavailable { action: "write", bucket, key, code })
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.lake.copy(from, to).await
    }
}

#[tokio::test]
async fn a_release_that_breaks_off_has_not_happened_and_happens_again() {
    let clinic = clinic("hold").await;
    clinic.bring(1, APPOINTMENTS, &booked(&[(10, 1), (11, 7)])).await;
    let before = clinic.rows("SELECT * FROM ops.batch").await;
    let parents = clinic.drop(2, &[(DOCTORS, &staff(&[1]))]);
    let breaking = Breaking { lake: &clinic.lake, broken: AtomicBool::new(false) };
    let error = clinic.try_load(&parents, &breaking).await.unwrap_err();
    assert_eq!(error.name().class(), Class::Retryable);
    assert_eq!(clinic.rows("SELECT * FROM ops.batch").await, before);
    assert_eq!(clinic.rows(HELD).await, ["(10,1,2,0)", "(11,7,3,0)"]);
    assert_eq!(clinic.try_load(&parents, &breaking).await.unwrap().outcome, LoadOutcome::Loaded);
    assert_eq!(clinic.rows(BOOKINGS).await, ["(10,1)"]);
    clinic.assert_lake().await;
}

const STAFF: &str = r#"
title = "Staff"
table = "demo.staff"
match = { prefix = "demo/" }
key   = ["number"]
load  = "LOAD"

[columns]
number = { type = "bigint" }
head   = { type = "bigint", references = "demo.staff", missing = "MISSING" }
room   = { type = "bigint", references = "demo.rooms", missing = "placeholder" }
"#;

pub(crate) const ROOMS: &str = r#"
title = "Rooms"
table = "demo.rooms"
match = { prefix = "demo/" }
key   = ["room"]
load  = "replace"

[columns]
room = { type = "bigint" }
"#;

fn people(rows: &[(i64, Option<i64>)]) -> Rows {
    let numbers_of = |of: fn(&(i64, Option<i64>)) -> i64| rows.iter().map(of).collect::<Vec<_>>();
    Rows(vec![
        numbers("number", &numbers_of(|row| row.0)),
        crate::lake::column("head", rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        numbers("room", &numbers_of(|row| row.0 * 100)),
    ])
}

#[tokio::test]
async fn rows_that_refer_to_their_own_table_wait_for_each_other() {
    for load in ["replace", "merge"] {
        let contract = STAFF.replace("MISSING", "hold").replace("LOAD", load);
        let clinic = Clinic::of(&[("demo/staff.toml", &contract), ("demo/rooms.toml", ROOMS)]).await;
        let chain = [(1, None), (2, Some(1)), (3, Some(2)), (5, Some(4)), (6, Some(5)), (7, Some(7))];
        assert_eq!(clinic.counts(1, "demo.staff", &people(&chain)).await, [4, 0, 0, 2], "{load}");
        assert_eq!(
            clinic.rows("SELECT room FROM demo.rooms ORDER BY 1").await,
            ["(100)", "(200)", "(300)", "(700)"],
            "a held row makes no placeholder"
        );
        if load == "merge" {
            // 8 waits for 6, which waits for 5, which waits for 4: all go at once, those of this file as well.
            let rest = people(&[(4, Some(3)), (8, Some(6))]);
            assert_eq!(clinic.counts(2, "demo.staff", &rest).await, [2, 0, 0, 0]);
            assert_eq!(
                clinic.rows("SELECT number FROM demo.staff ORDER BY 1").await,
                ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"]
            );
            assert_eq!(clinic.rows("SELECT count(*) FROM demo.rooms").await, ["(8)"]);
        }
        clinic.assert_lake().await;
    }
}

#[tokio::test]
async fn a_rejected_row_takes_those_along_that_refer_to_it() {
    let contract = STAFF.replace("MISSING", "reject").replace("LOAD", "replace");
    let clinic = Clinic::of(&[("demo/staff.toml", &contract), ("demo/rooms.toml", ROOMS)]).await;
    let chain = [(1, None), (5, Some(4)), (6, Some(5))];
    assert_eq!(clinic.counts(1, "demo.staff", &people(&chain)).await, [1, 2, 0, 0]);
}

#[tokio::test]
async fn rows_do_not_wait_unseen_when_the_contract_lets_none_wait() {
    let mut clinic = clinic("hold").await;
    clinic.bring(1, APPOINTMENTS, &booked(&[(10, 1), (11, 7)])).await;
    let held = std::mem::replace(&mut clinic.catalog, Clinic::new().await.catalog);
    let next = clinic.drop(2, &[(DOCTORS, &staff(&[1]))]);
    let error = clinic.try_load(&next, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::Catalog);
    assert!(error.to_string().contains("rows wait in healthtech.appointments__held"), "{error}");
    let placeholders = std::mem::replace(&mut clinic.catalog, held);
    clinic.bring(3, DOCTORS, &staff(&[1, 7])).await;
    clinic.catalog = placeholders;
    clinic.bring(4, DOCTORS, &staff(&[1, 7, 9])).await;
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'healthtech' ORDER BY 1";
    assert_eq!(clinic.rows(tables).await, ["(appointments)", "(doctors)"]);
}

#[tokio::test]
async fn references_that_lead_nowhere_stand_against_a_contract_that_forbids_them() {
    let mut clinic = clinic("allow").await;
    clinic.bring(1, APPOINTMENTS, &booked(&[(10, 7)])).await;
    clinic.catalog = self::clinic("reject").await.catalog;
    let next = clinic.drop(2, &[(DOCTORS, &staff(&[1]))]);
    let error = clinic.try_load(&next, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::Catalog);
    assert!(error.to_string().contains("rows that are there refer to rows that are not"), "{error}");
}
