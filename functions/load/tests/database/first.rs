//! The first rows of a table that no load has ever filled: its indexes are made behind them, and are those that it had.

mod stays;

use std::pin::pin;
use std::sync::Mutex;

use rounds_load::curated::Objects as _;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::payload::{LoadOutcome, LoadRequest};
use rounds_shared::schema;
use rounds_testkit::polled::polled;
use tokio::task::JoinHandle;

use crate::clinic::Clinic;
use crate::lake::{Meddled, Rows, numbers};

const WARDS: &str = r#"
title = "Wards"
table = "demo.wards"
match = { prefix = "wards/" }
key   = ["ward"]
load  = "merge"

[columns]
ward = { type = "bigint" }
"#;

const BEDS: &str = r#"
title   = "Beds"
table   = "demo.beds"
match   = { prefix = "beds/" }
key     = ["bed", "building"]
load    = "replace"
indexes = [["building", "bed"]]

[columns]
bed      = { type = "bigint", description = "The number on the door" }
building = { type = "bigint" }
ward     = { type = "bigint", references = "demo.wards", missing = "placeholder" }
"#;

const WARD: &str = "demo.wards";
const BED: &str = "demo.beds";

/// So many that indexes wait for them.
const MANY: i64 = 50_000;

/// Beds without views: a table that nothing depends on. It is there, as a catalog was applied, and has no row.
async fn clinic() -> Clinic {
    with_view(&[]).await
}

async fn with_view(views: &[(&str, &str)]) -> Clinic {
    let clinic = Clinic::of(&[&[("demo/wards.toml", WARDS), ("demo/beds.toml", BEDS)], views].concat()).await;
    clinic.bring(1, WARD, &Rows(vec![numbers("ward", &[0, 1, 2])])).await;
    clinic
}

fn beds(count: i64) -> Rows {
    let beds: Vec<i64> = (0..count).collect();
    let of = |values: fn(&i64) -> i64| beds.iter().map(values).collect::<Vec<_>>();
    Rows(vec![
        numbers("bed", &of(|bed| bed * 7_919 % 1_000_003)),
        numbers("building", &of(|bed| bed % 3)),
        numbers("ward", &of(|bed| bed % 5)),
    ])
}

impl Clinic {
    fn many_beds(&self) -> LoadRequest {
        self.drop(2, &[(BED, &beds(MANY))])
    }

    /// All that PostgreSQL knows of a table's definition, apart from numbers that it gives.
    async fn definition(&self) -> Vec<String> {
        self.rows(
            "SELECT 'index' AS kind, indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition,
                    concat(indisprimary, indisunique, indisvalid, indisready, indimmediate) AS more
             FROM pg_index WHERE indrelid = 'demo.beds'::regclass
             UNION ALL
             SELECT 'constraint', conname, pg_get_constraintdef(oid), concat(contype, convalidated, conkey)
             FROM pg_constraint WHERE conrelid = 'demo.beds'::regclass
             UNION ALL
             SELECT 'column', attname, format_type(atttypid, atttypmod),
                    concat(attnum, attnotnull, col_description(attrelid, attnum))
             FROM pg_attribute WHERE attrelid = 'demo.beds'::regclass AND attnum > 0
             ORDER BY 1, 2",
        )
        .await
    }

    /// Numbers of the files that a table's indexes lie in: another number, another index.
    async fn indexes(&self, table: &str) -> Vec<String> {
        let numbers = "SELECT indexrelid::bigint FROM pg_index WHERE indrelid =";
        self.rows(&format!("{numbers} '{table}'::regclass ORDER BY 1")).await
    }

    async fn count(&self) -> String {
        self.rows("SELECT count(*) FROM demo.beds").await.remove(0)
    }
}

#[tokio::test]
async fn the_first_rows_leave_key_and_indexes_as_the_catalog_makes_them() {
    let mut clinic = clinic().await;
    let (definition, indexes) = (clinic.definition().await, clinic.indexes(BED).await);
    assert_eq!((clinic.load(&clinic.many_beds()).await.outcome, indexes.len()), (LoadOutcome::Loaded, 3));
    assert_eq!(clinic.definition().await, definition);
    assert!(clinic.indexes(BED).await.iter().all(|index| !indexes.contains(index)), "they are new ones");
    assert_eq!(clinic.count().await, "(50000)");
    clinic.assert_lake().await;

    clinic.catalog.version = "another".to_owned();
    let mut client = clinic.postgres.connect("load").await;
    schema::apply(&mut client, &clinic.catalog).await.unwrap();
    let changes = "SELECT changes FROM ops.schema_change WHERE version = 'another'";
    assert_eq!(clinic.rows(changes).await, ["({})"]);
    let twice = "INSERT INTO demo.beds (bed, building) SELECT bed, building FROM demo.beds LIMIT 1";
    let refused = clinic.reader.batch_execute(twice).await.unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().constraint(), Some("beds_pkey"));
}

#[tokio::test]
async fn few_rows_and_the_next_ones_find_their_places_in_the_indexes_that_are_there() {
    let clinic = clinic().await;
    let indexes = clinic.indexes(BED).await;
    clinic.bring(2, BED, &beds(MANY - 1)).await;
    assert_eq!(clinic.indexes(BED).await, indexes, "few");
    // Emptied by hand, and its load taken out of the ledger: somebody knows the table.
    let forget = "DELETE FROM demo.beds; DELETE FROM ops.load WHERE dataset = 'demo.beds'";
    clinic.reader.batch_execute(forget).await.unwrap();
    clinic.bring(3, BED, &beds(MANY)).await;
    assert_eq!((clinic.indexes(BED).await, clinic.count().await), (indexes, "(50000)".to_owned()));
}

#[tokio::test]
async fn whoever_is_at_the_table_is_not_waited_for_and_does_not_wait() {
    let clinic = clinic().await;
    let indexes = clinic.indexes(BED).await;
    let begin =
        "SET lock_timeout = '5s'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM demo.beds";
    clinic.reader.batch_execute(begin).await.unwrap();
    let (lake, counts) = (&clinic.lake, &Mutex::new(Vec::new()));
    let get = |key: String| {
        let clinic = &clinic;
        async move {
            if key.ends_with(".parquet") {
                let count = clinic.count().await;
                counts.lock().unwrap().push(count);
            }
            lake.get(&key).await
        }
    };
    clinic.try_load(&clinic.many_beds(), &Meddled { lake, get }).await.unwrap();
    assert!(counts.lock().unwrap().iter().all(|count| count == "(0)"), "{counts:?}");
    assert_eq!(counts.lock().unwrap().len(), 10, "rows are staged for their wards, and copied");
    assert_eq!(clinic.count().await, "(0)", "of the reader's moment");
    clinic.reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!((clinic.count().await, clinic.indexes(BED).await), ("(50000)".to_owned(), indexes));
}

#[tokio::test]
async fn whoever_comes_meanwhile_waits_and_finds_all_rows() {
    let clinic = clinic().await;
    let reader = clinic.postgres.connect("late").await;
    let (lake, waiting) = (&clinic.lake, &Mutex::new((0, Some(reader), None::<JoinHandle<i64>>)));
    let get = |key: String| async move {
        if key.ends_with(".parquet") {
            let mut waiting = waiting.lock().unwrap();
            waiting.0 += 1;
            // The first five are staged; with the sixth, rows are on their way to the table.
            if waiting.0 == 6 {
                let reader = waiting.1.take().unwrap();
                let count = async move { reader.query_one("SELECT count(*) FROM demo.beds", &[]).await };
                waiting.2 = Some(tokio::spawn(async move { count.await.unwrap().get(0) }));
            }
        }
        lake.get(&key).await
    };
    clinic.try_load(&clinic.many_beds(), &Meddled { lake, get }).await.unwrap();
    let answer = waiting.lock().unwrap().2.take().unwrap();
    assert_eq!(answer.await.unwrap(), MANY);
}

#[tokio::test]
async fn two_rows_with_one_key_are_refused_in_the_same_words() {
    let mut told = Vec::new();
    for in_use in ["SELECT", "BEGIN; SELECT FROM demo.beds"] {
        let clinic = clinic().await;
        let definition = clinic.definition().await;
        let at_it = clinic.postgres.connect("reader").await;
        at_it.batch_execute(in_use).await.unwrap();
        let mut rows = beds(MANY);
        for column in &mut rows.0 {
            let again = column.slice(0, 1);
            column.append(&again).unwrap();
        }
        let error = clinic.try_load(&clinic.drop(2, &[(BED, &rows)]), &clinic.lake).await.unwrap_err();
        assert_eq!((error.name(), clinic.count().await), (Name::Database, "(0)".to_owned()));
        assert_eq!(clinic.definition().await, definition);
        told.push(error.to_string());
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].contains("23505, beds, beds_pkey"), "{}", told[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_first_files_at_once_are_loaded_one_after_the_other() {
    let clinic = clinic().await;
    let definition = clinic.definition().await;
    let (older, newer) = (clinic.many_beds(), clinic.drop(3, &[(BED, &beds(MANY + 1))]));
    let (older, newer) = tokio::join!(clinic.load(&older), clinic.load(&newer));
    assert_eq!(newer.outcome, LoadOutcome::Loaded);
    assert!([LoadOutcome::Loaded, LoadOutcome::Overtaken].contains(&older.outcome), "{older:?}");
    assert_eq!((clinic.count().await, clinic.definition().await), ("(50001)".to_owned(), definition));
    clinic.assert_lake().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_point_a_table_that_was_never_filled_is_empty_or_full_and_has_its_indexes() {
    // Without wards, rows are not staged, and all there is to kill is between the lock and COMMIT.
    let beds = BEDS.replace(", references = \"demo.wards\", missing = \"placeholder\"", "");
    let clinic = Clinic::of(&[("demo/beds.toml", &beds)]).await;
    let request = clinic.many_beds();
    clinic.load(&request).await;
    let definition = clinic.definition().await;
    let mut polls = 0;
    loop {
        polls += 1;
        let forget =
            "TRUNCATE demo.beds; DELETE FROM ops.load; DELETE FROM ops.finding; DELETE FROM ops.batch";
        clinic.reader.batch_execute(forget).await.unwrap();
        let whole = polled(pin!(clinic.try_load(&request, &clinic.lake)), polls).await;
        // The session that was killed may still commit: its locks are waited for.
        let count = clinic.count().await;
        assert!(["(0)", "(50000)"].contains(&count.as_str()), "killed at poll {polls}: {count}");
        assert_eq!(clinic.definition().await, definition, "killed at poll {polls}");
        let outcome = clinic.load(&request).await.outcome;
        let is_there = [LoadOutcome::Loaded, LoadOutcome::AlreadyLoaded].contains(&outcome);
        assert!(is_there, "killed at poll {polls}: {outcome:?}");
        let left = (clinic.count().await, clinic.definition().await);
        assert_eq!(left, ("(50000)".to_owned(), definition.clone()), "killed at poll {polls}");
        if whole.is_some() {
            break;
        }
    }
    assert!(polls > 30, "it was killed on the way: {polls}");
    clinic.assert_lake().await;
}
