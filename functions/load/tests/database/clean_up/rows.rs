//! Which rows go, and how they are kept.

use rounds_shared::failure::Failure as _;
use rounds_shared::payload::LoadOutcome;

use super::*;
use crate::lake::{Rows, column, numbers, texts};
use crate::references::ROOMS;

/// What the archive has of one column.
fn kept(clinic: &Clinic, name: &str) -> Vec<String> {
    let archived = clinic.lake.archived();
    let columns = archived.values().map(|frame| frame.column(name).unwrap().as_materialized_series());
    columns
        .flat_map(|column| column.iter().map(|value| value.str_value().into_owned()).collect::<Vec<_>>())
        .collect()
}

#[tokio::test]
async fn old_rows_go_with_every_value_and_the_others_stay() {
    let clinic = clinic(&[("demo/appointments.toml", &appointments())]).await;
    let rows = "
        INSERT INTO demo.appointments
            (id, part, day, status, at, fee, noted, paid, floor, _unknown, _batch, _file, _sheet, _row, _loaded_at)
        VALUES
        (1, 'it''s; \"ä\"', '1969-12-31', 'cancelled', '23:59:59.999999', -0.05, '1969-12-31 23:59:59.999999', true, -7,
         '{\"Remark\": \"late\"}', 'b', 'f.xlsx', 'S', 2, '2026-01-02 03:04:05.678901+01'),
        (2, '', '2025-11-21', 'no_show', NULL, NULL, NULL, NULL, NULL, NULL, 'b', 'f.xlsx', NULL, 3, NULL),
        (3, 'a', '2025-11-22', 'cancelled', '08:00', 1, NULL, false, 1, NULL, 'b', 'f.xlsx', NULL, 4, now()),
        (4, 'a', '1969-12-31', 'completed', '08:00', 1, NULL, false, 1, NULL, 'b', 'f.xlsx', NULL, 5, now()),
        (5, 'a', '1969-12-31', 'cancelled', '08:00', 1, NULL, false, 1, NULL, NULL, NULL, NULL, NULL, now())";
    clinic.reader.batch_execute(rows).await.unwrap();
    let receipt = clean(&clinic, 100).await;
    assert_eq!((receipt.objects, receipt.archived, receipt.deleted, receipt.left), (1, 2, 2, false));
    assert_eq!(receipt.before, date(2025, 11, 22));
    assert_eq!(
        standing(&clinic).await,
        BTreeSet::from([3, 4, 5]),
        "too young, another status, a placeholder"
    );
    assert_eq!(told(&clinic).await, ["(demo.appointments,2026-11-22,2025-11-22,1,2,2,0)"]);
    for (name, values) in [
        ("id", ["1", "2"]),
        ("part", ["it's; \"ä\"", ""]),
        ("day", ["1969-12-31", "2025-11-21"]),
        ("at", ["23:59:59.999999", "null"]),
        ("fee", ["-0.05", "null"]),
        ("noted", ["1969-12-31 23:59:59.999999", "null"]),
        ("paid", ["true", "null"]),
        ("floor", ["-7", "null"]),
        ("_unknown", ["{\"Remark\": \"late\"}", "null"]),
        ("_sheet", ["S", "null"]),
        ("_row", ["2", "3"]),
        ("_loaded_at", ["2026-01-02 02:04:05.678901", "null"]),
    ] {
        assert_eq!(kept(&clinic, name), values, "{name}");
    }
    let key = clinic.lake.archived().into_keys().next().unwrap();
    assert!(key.starts_with("archive/demo/appointments/2026-11-22-") && key.ends_with(".parquet"), "{key}");
    assert_eq!(clinic.rows("SELECT object FROM ops.archive").await, [format!("({key})")]);
    assert_eq!(clean(&clinic, 100).await.objects, 0, "nothing is left to do");
}

#[tokio::test]
async fn a_column_that_left_the_contract_is_archived_as_text() {
    let clinic = with_old(2).await;
    let column = "ALTER TABLE demo.appointments ADD COLUMN \"Old one\" interval DEFAULT '3 days'";
    clinic.reader.batch_execute(column).await.unwrap();
    assert_eq!(clean(&clinic, 100).await.deleted, 2);
    assert_eq!(kept(&clinic, "Old one"), ["3 days", "3 days"]);
}

#[tokio::test]
async fn many_rows_go_object_by_object_and_call_by_call() {
    let clinic = with_old(2_500).await;
    let mut client = clinic.postgres.connect("clean-up").await;
    let task = CleanUpTask { dataset: "demo.appointments".to_owned(), as_of: date(2026, 11, 22) };
    let limits = Limits { rows: 400, objects: 5, ..Limits::default() };
    let mut deleted = Vec::new();
    loop {
        let done =
            clean_up::clean_up(&mut client, &clinic.catalog, &task, limits, &clinic.lake).await.unwrap();
        deleted.push((done.objects, done.deleted));
        if !done.left {
            break;
        }
    }
    assert_eq!(deleted, [(5, 2_000), (2, 500)]);
    assert_eq!(archived(&clinic), (1..=2_500).collect::<Vec<_>>());
    assert!(standing(&clinic).await.is_empty());
}

#[tokio::test]
async fn an_object_ends_where_its_rows_fill_the_memory_allowed() {
    let clinic = clinic(&[("demo/appointments.toml", &appointments())]).await;
    let wide = "
        INSERT INTO demo.appointments (id, part, day, status, _batch)
        SELECT n, repeat('x', 1000), '2024-01-01', 'cancelled', 'b' FROM generate_series(1, 100) n";
    clinic.reader.batch_execute(wide).await.unwrap();
    let mut client = clinic.postgres.connect("clean-up").await;
    let task = CleanUpTask { dataset: "demo.appointments".to_owned(), as_of: date(2026, 11, 22) };
    let limits = Limits { bytes: 20_000, ..Limits::default() };
    let receipt =
        clean_up::clean_up(&mut client, &clinic.catalog, &task, limits, &clinic.lake).await.unwrap();
    assert!(receipt.objects > 5, "{receipt:?}");
    assert_eq!(clean(&clinic, 100).await.archived + receipt.archived, 100);
    assert!(standing(&clinic).await.is_empty());
}

/// Treatments of visits, and visits to rooms, that go when they are old.
fn treatments_and_visits() -> [String; 2] {
    let aged = |name: &str, key: &str, by: &str, reference: &str| {
        let demo = contract(name, &format!("\"{key}\""), "true", by);
        format!("{demo}{key} = {{ type = \"bigint\" }}\n{by} = {{ type = \"date\" }}\n{reference}\n")
    };
    let visit = "visit = { type = \"bigint\", references = \"demo.visits\", missing = \"hold\" }";
    let room = "room = { type = \"bigint\", references = \"demo.rooms\", missing = \"placeholder\" }";
    [aged("treatments", "treatment", "given", visit), aged("visits", "visit", "day", room)]
}

/// Three old visits to one room, of which no file knows; a treatment of the second is young.
async fn with_treatments() -> Clinic {
    let [treatments, visits] = treatments_and_visits();
    let files =
        [("demo/treatments.toml", &*treatments), ("demo/visits.toml", &visits), ("demo/rooms.toml", ROOMS)];
    let clinic = clinic(&files).await;
    let rows = "
        INSERT INTO demo.rooms (room) VALUES (7);
        INSERT INTO demo.visits (visit, day, room, _batch) SELECT n, '2024-01-01', 7, 'b' FROM generate_series(1, 3) n;
        INSERT INTO demo.treatments (treatment, visit, given, _batch)
        VALUES (1, 1, '2024-01-01', 'b'), (2, 2, '2026-11-01', 'b')";
    clinic.reader.batch_execute(rows).await.unwrap();
    clinic
}

#[tokio::test]
async fn rows_that_others_refer_to_stay_and_are_counted() {
    let clinic = with_treatments().await;
    let visits = clean_table(&clinic, "demo.visits", 100, &clinic.lake).await.unwrap();
    assert_eq!((visits.deleted, visits.referenced), (1, 2));
    assert_eq!(clinic.rows("SELECT visit FROM demo.visits ORDER BY 1").await, ["(1)", "(2)"]);
    let treatments = clean_table(&clinic, "demo.treatments", 100, &clinic.lake).await.unwrap();
    assert_eq!((treatments.deleted, treatments.referenced), (1, 0));
    let visits = clean_table(&clinic, "demo.visits", 100, &clinic.lake).await.unwrap();
    assert_eq!((visits.deleted, visits.referenced), (1, 1), "what the treatment kept goes after it");
    assert_eq!(clinic.rows("SELECT visit FROM demo.visits").await, ["(2)"]);
    assert_eq!(
        clinic.rows("SELECT dataset, archived, deleted, referenced FROM ops.clean_up").await,
        ["(demo.treatments,1,1,0)", "(demo.visits,2,2,1)"]
    );
    let more = "
        INSERT INTO demo.visits (visit, day, room, _batch) SELECT n, '2024-01-01', 7, 'b' FROM generate_series(4, 6) n;
        INSERT INTO demo.treatments (treatment, visit, given, _batch)
        VALUES (4, 4, '2026-11-01', 'b'), (5, 5, '2026-11-01', 'b')";
    clinic.reader.batch_execute(more).await.unwrap();
    clean_table(&clinic, "demo.visits", 100, &clinic.lake).await.unwrap();
    let visits = "SELECT archived, deleted, referenced FROM ops.clean_up WHERE dataset = 'demo.visits'";
    assert_eq!(clinic.rows(visits).await, ["(3,3,3)"], "as many stay as the last one found");
}

#[tokio::test]
async fn a_placeholder_goes_with_the_last_row_that_refers_to_it() {
    let clinic = with_treatments().await;
    clinic.reader.batch_execute("DELETE FROM demo.treatments WHERE treatment = 2").await.unwrap();
    clean_table(&clinic, "demo.visits", 100, &clinic.lake).await.unwrap();
    assert_eq!(clinic.rows("SELECT room FROM demo.rooms").await, ["(7)"]);
    clean_table(&clinic, "demo.treatments", 100, &clinic.lake).await.unwrap();
    clean_table(&clinic, "demo.visits", 100, &clinic.lake).await.unwrap();
    assert_eq!(clinic.rows("SELECT room FROM demo.rooms").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_brings_a_row_back_has_it_archived_again() {
    let [_, visits] = treatments_and_visits();
    let clinic = clinic(&[("demo/visits.toml", &visits), ("demo/rooms.toml", ROOMS)]).await;
    let day = column("day", vec![19_000_i32]).cast(&polars::prelude::DataType::Date).unwrap();
    let visit = Rows(vec![numbers("visit", &[1]), day, numbers("room", &[7])]);
    for second in [1, 2] {
        let other = Rows([visit.0.clone(), vec![texts("_sheet", &[&second.to_string()])]].concat());
        assert_eq!(clinic.bring(second, "demo.visits", &other).await, LoadOutcome::Loaded);
        assert_eq!(clean_table(&clinic, "demo.visits", 100, &clinic.lake).await.unwrap().deleted, 1);
    }
    assert_eq!(clinic.rows("SELECT objects, archived, deleted FROM ops.clean_up").await, ["(2,2,2)"]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_table_without_a_clean_up_is_left_alone() {
    let clinic = with_treatments().await;
    for table in ["demo.rooms", "demo.nurses"] {
        let error = clean_table(&clinic, table, 100, &clinic.lake).await.unwrap_err();
        assert_eq!(error.name().as_str(), "Defect.Catalog");
        assert!(error.to_string().contains(table), "{error}");
    }
}
