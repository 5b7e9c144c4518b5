//! What a newer file does to a table, in whatever order files come: replace, replace per value, merge, with and without
//! a key.

use std::sync::atomic::{AtomicBool, Ordering};

use rounds_shared::payload::{LoadOutcome, LoadRequest};

use crate::clinic::{Clinic, shuffled_twice};
use crate::lake::{Rows, numbers, texts};

const CLAIMS: &str = r#"
title = "Claims"
table = "demo.claims"
match = { prefix = "demo/" }
KEY
load  = "MODE"

[columns]
account = { type = "text", required = true }
claim   = { type = "bigint", required = true }
amount  = { type = "bigint" }
"#;

async fn clinic(key: &str, mode: &str) -> Clinic {
    Clinic::of(&[("demo/claims.toml", &CLAIMS.replace("KEY", key).replace("MODE", mode))]).await
}

type Claim = (&'static str, i64, i64);

fn claims(rows: &[Claim]) -> Rows {
    Rows(vec![
        texts("account", &rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        numbers("claim", &rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        numbers("amount", &rows.iter().map(|row| row.2).collect::<Vec<_>>()),
    ])
}

async fn table(clinic: &Clinic) -> Vec<String> {
    clinic.rows("SELECT account, claim, amount FROM demo.claims ORDER BY 1, 2, 3").await
}

const NAME: &str = "demo.claims";
const KEYED: &str = "key = [\"claim\"]";

#[tokio::test]
async fn without_a_key_equal_rows_are_all_loaded_and_all_replaced() {
    let clinic = clinic("", "replace").await;
    let twice = claims(&[("A", 1, 5), ("A", 1, 5), ("B", 2, 7)]);
    let request = clinic.drop(1, &[(NAME, &twice)]);
    assert_eq!(clinic.load(&request).await.loads[0].counts.loaded, 3);
    assert_eq!(table(&clinic).await, ["(A,1,5)", "(A,1,5)", "(B,2,7)"]);
    let before = clinic.everything().await;
    assert_eq!(clinic.load(&request).await.outcome, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.everything().await, before);
    clinic.bring(3, NAME, &claims(&[("A", 1, 5)])).await;
    assert_eq!(table(&clinic).await, ["(A,1,5)"]);
    assert_eq!(clinic.bring(2, NAME, &claims(&[("C", 9, 9)])).await, LoadOutcome::Overtaken);
    clinic.assert_lake().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_too_a_reader_sees_the_old_rows_or_the_new_ones() {
    let clinic = clinic("", "replace").await;
    let many = |amount| {
        let rows: Vec<Claim> = (0..2_000).map(|claim| ("A", claim % 50, amount)).collect();
        claims(&rows)
    };
    clinic.bring(1, NAME, &many(1)).await;
    let onlooker = clinic.postgres.connect("onlooker").await;
    let done = std::sync::Arc::new(AtomicBool::new(false));
    let looking = tokio::spawn({
        let done = done.clone();
        async move {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let query = "SELECT count(*), count(DISTINCT amount) FROM demo.claims";
                let row = onlooker.query_one(query, &[]).await.unwrap();
                assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (2_000, 1));
                looks += 1;
            }
            looks
        }
    });
    for second in 2..8 {
        clinic.bring(second, NAME, &many(second)).await;
    }
    done.store(true, Ordering::Relaxed);
    assert!(looking.await.unwrap() > 10, "the reader looked often");
}

#[tokio::test]
async fn a_file_replaces_the_rows_of_its_values_and_no_others() {
    for key in ["", KEYED] {
        let clinic = clinic(key, "replace per account").await;
        clinic.bring(1, NAME, &claims(&[("A", 1, 5), ("A", 2, 5), ("B", 3, 7)])).await;
        assert_eq!(clinic.counts(2, NAME, &claims(&[("A", 2, 6), ("C", 4, 8)])).await, [2, 0, 0, 0]);
        assert_eq!(table(&clinic).await, ["(A,2,6)", "(B,3,7)", "(C,4,8)"], "{key}");
        clinic.assert_lake().await;
    }
}

#[tokio::test]
async fn a_late_file_of_another_value_is_loaded_and_one_of_the_same_is_not() {
    for key in ["", KEYED] {
        let clinic = clinic(key, "replace per account").await;
        clinic.bring(5, NAME, &claims(&[("A", 1, 5)])).await;
        assert_eq!(clinic.bring(4, NAME, &claims(&[("B", 3, 7)])).await, LoadOutcome::Loaded);
        assert_eq!(
            clinic.counts(3, NAME, &claims(&[("A", 1, 4), ("B", 3, 6), ("C", 4, 8)])).await,
            [1, 0, 2, 0]
        );
        assert_eq!(table(&clinic).await, ["(A,1,5)", "(B,3,7)", "(C,4,8)"], "{key}");
        let late = clinic.drop(2, &[(NAME, &claims(&[("A", 1, 3)]))]);
        let response = clinic.load(&late).await;
        assert_eq!((response.outcome, response.loads[0].counts.superseded), (LoadOutcome::Overtaken, 1));
        assert_eq!(clinic.load(&late).await.outcome, LoadOutcome::Overtaken);
        clinic.assert_lake().await;
    }
}

#[tokio::test]
async fn an_older_file_that_is_merged_late_gives_new_rows_and_overwrites_no_newer_ones() {
    let clinic = clinic(KEYED, "merge").await;
    clinic.bring(1, NAME, &claims(&[("A", 1, 1), ("A", 2, 1), ("A", 3, 1)])).await;
    // The newer file repeats claim 2 as it was: a late one must not change it.
    clinic.bring(3, NAME, &claims(&[("A", 1, 3), ("A", 2, 1)])).await;
    let late = claims(&[("A", 1, 2), ("A", 2, 2), ("A", 3, 2), ("A", 4, 2)]);
    assert_eq!(clinic.counts(2, NAME, &late).await, [2, 0, 2, 0]);
    assert_eq!(table(&clinic).await, ["(A,1,3)", "(A,2,1)", "(A,3,2)", "(A,4,2)"]);
    let before = clinic.everything().await;
    assert_eq!(clinic.bring(2, NAME, &late).await, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.everything().await, before);
    assert_eq!(
        clinic.rows("SELECT extract(epoch FROM dropped_at)::int FROM ops.load ORDER BY load").await,
        ["(1)", "(3)", "(2)"]
    );
    clinic.assert_lake().await;
}

#[tokio::test]
async fn content_that_a_newer_drop_brought_before_is_loaded_already() {
    let clinic = clinic(KEYED, "merge").await;
    clinic.bring(3, NAME, &claims(&[("A", 1, 3)])).await;
    clinic.bring(5, NAME, &claims(&[("A", 1, 5)])).await;
    assert_eq!(clinic.bring(2, NAME, &claims(&[("A", 1, 3)])).await, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.batches().await, ["(loaded,1,1,0,0,0)", "(loaded,1,1,0,0,0)"]);
    assert_eq!(table(&clinic).await, ["(A,1,5)"]);
}

#[tokio::test]
async fn files_in_any_order_end_as_in_their_own() {
    let contents: [&[Claim]; 5] = [
        &[("A", 1, 1), ("A", 2, 1), ("B", 3, 1)],
        &[("A", 1, 2), ("B", 3, 2), ("B", 4, 2)],
        &[("B", 3, 2), ("C", 5, 3)],
        &[("A", 1, 1), ("C", 5, 4), ("C", 6, 4)],
        &[("A", 2, 5), ("B", 4, 2)],
    ];
    for (key, mode) in
        [(KEYED, "merge"), (KEYED, "replace per account"), ("", "replace per account"), ("", "replace")]
    {
        let clinic = clinic(key, mode).await;
        let drops: Vec<LoadRequest> =
            (1..).zip(contents).map(|(second, rows)| clinic.drop(second, &[(NAME, &claims(rows))])).collect();
        for drop in &drops {
            clinic.load(drop).await;
        }
        let expected = table(&clinic).await;
        for order in shuffled_twice(drops.len()) {
            clinic.reader.batch_execute("DROP SCHEMA demo, ops CASCADE").await.unwrap();
            for index in &order {
                clinic.load(&drops[*index]).await;
            }
            assert_eq!(table(&clinic).await, expected, "{mode} {key} in the order {order:?}");
        }
    }
}

#[tokio::test]
async fn parts_lose_rows_to_each_other_in_the_lake_as_in_the_table() {
    let mut clinic = clinic(KEYED, "replace").await;
    clinic.catalog.datasets[0].columns[2].unique = true;
    let first = claims(&[("A", 1, 10), ("A", 2, 20), ("A", 3, 30)]);
    let mut second = claims(&[("B", 2, 21), ("B", 4, 10), ("B", 5, 50)]);
    second.0.push(texts("_sheet", &["North", "North", "North"]));
    let third = claims(&[("C", 6, 60)]);
    let request = clinic.drop(1, &[(NAME, &first), (NAME, &second), (NAME, &third)]);
    let receipt = clinic.load(&request).await.loads.remove(0);
    let counts = receipt.counts;
    assert_eq!((counts.read, counts.loaded, counts.rejected, counts.superseded), (7, 5, 1, 1));
    let found: Vec<(&str, Option<&str>, &[u64])> = receipt
        .findings
        .iter()
        .map(|finding| (finding.rule.as_str(), finding.sheet.as_deref(), finding.at.as_slice()))
        .collect();
    let north = |rule, rows| (rule, Some("North"), rows);
    assert_eq!(found, [north("not_unique", [3].as_slice()), north("superseded", &[2])]);
    let rows = clinic.lake.rows(&receipt.load.batch);
    assert_eq!(rows, [(0, 2), (0, 3), (0, 4), (1, 4), (2, 2)]);
    let before = clinic.lake.loaded();
    clinic.reader.batch_execute("DROP SCHEMA demo, ops CASCADE").await.unwrap();
    clinic.load(&request).await;
    assert_eq!(clinic.lake.loaded(), before, "the same bytes");
}

#[tokio::test]
async fn a_row_that_comes_again_in_another_part_loses_by_its_key_and_takes_no_unique_value() {
    let mut clinic = clinic(KEYED, "replace").await;
    clinic.catalog.datasets[0].columns[2].unique = true;
    let same = claims(&[("A", 1, 10)]);
    let request = clinic.drop(1, &[(NAME, &same), (NAME, &same)]);
    let counts = clinic.load(&request).await.loads[0].counts;
    assert_eq!((counts.read, counts.loaded, counts.rejected, counts.superseded), (2, 1, 0, 1));
    clinic.assert_lake().await;
}

#[tokio::test]
async fn five_hundred_parts_are_one_batch() {
    let clinic = clinic(KEYED, "replace").await;
    let parts: Vec<Rows> = (0..500).map(|part| claims(&[("A", part, part), ("A", 1_000, part)])).collect();
    let contents: Vec<(&str, &Rows)> = parts.iter().map(|part| (NAME, part)).collect();
    let response = clinic.load(&clinic.drop(1, &contents)).await;
    let counts = response.loads[0].counts;
    assert_eq!((counts.read, counts.loaded, counts.superseded), (1_000, 501, 499));
    assert_eq!(response.loads[0].findings.len(), 1);
    clinic.assert_lake().await;
}
