//! Rows that go straight to their table arrive as those do that are staged and merged.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{FutureExt as _, StreamExt as _};
use rounds_load::curated::{self, Objects as _};
use rounds_load::lake::{self, Places};
use rounds_shared::digest::sha256_hex;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{BatchCounts, Finding, LoadOutcome, LoadRequest};

use crate::clinic::Clinic;
use crate::lake::{Meddled, Rows, numbers, texts};

const DOCTORS: &str = r#"
title = "Doctors"
table = "demo.doctors"
match = { prefix = "doctors/" }
key   = ["doctor"]
load  = "merge"

[columns]
doctor = { type = "bigint" }
"#;

const VISITS: &str = r#"
title = "Visits"
table = "demo.visits"
match = { prefix = "visits/" }
KEY
load  = "MODE"

[columns]
visit   = { type = "bigint", required = true }
ward    = { type = "text", required = true }
doctor  = { type = "bigint", references = "demo.doctors", missing = "reject" }
nurse   = { type = "bigint", references = "demo.doctors", missing = "placeholder" }
receipt = { type = "text", unique = true }
amount  = { type = "bigint" }
"#;

const NAME: &str = "demo.visits";

async fn clinic(key: &str, mode: &str) -> Clinic {
    let visits = VISITS.replace("KEY", key).replace("MODE", mode);
    let clinic = Clinic::of(&[("demo/doctors.toml", DOCTORS), ("demo/visits.toml", &visits)]).await;
    clinic.bring(1, "demo.doctors", &Rows(vec![numbers("doctor", &[0, 1, 2, 3, 4])])).await;
    clinic
}

/// Visits from one number on, some of which refer to doctors that nobody knows.
fn visits(from: i64, count: i64, amount: i64) -> Rows {
    let each = |value: fn(i64) -> i64| (from..from + count).map(value).collect::<Vec<_>>();
    let words = |word: fn(i64) -> String| (from..from + count).map(word).collect::<Vec<_>>();
    let text = |name, words: &[String]| texts(name, &words.iter().map(String::as_str).collect::<Vec<_>>());
    Rows(vec![
        numbers("visit", &each(|visit| visit)),
        text("ward", &words(|visit| format!("Ward {}", visit % 3))),
        numbers("doctor", &each(|visit| if visit % 101 == 0 { 9 } else { visit % 5 })),
        numbers("nurse", &each(|visit| if visit % 97 == 0 { 8 } else { visit % 5 })),
        text("receipt", &words(|visit| format!("R{}", visit / 7 * 7 + visit % 7 % 6))),
        numbers("amount", &vec![amount; usize::try_from(count).unwrap()]),
    ])
}

/// Parts that have keys and unique values in common.
fn overlapping(clinic: &Clinic, second: i64) -> LoadRequest {
    let parts = [visits(0, 12_000, 1), visits(11_990, 300, 5), visits(0, 0, 0), visits(5, 60, 1)];
    let contents: Vec<(&str, &Rows)> = parts.iter().map(|part| (NAME, part)).collect();
    clinic.drop(second, &contents)
}

/// What a load of this request leaves, of whatever tells that it was this one.
async fn outcome(clinic: &Clinic, request: &LoadRequest) -> (BatchCounts, Vec<Finding>, Vec<String>) {
    let receipt = clinic.load(request).await.loads.remove(0);
    let lake = (clinic.lake.rows(&receipt.load.batch), clinic.lake.refused(&receipt.load.batch));
    let mut there = vec![format!("{lake:?}")];
    let columns = "visit, ward, doctor, nurse, receipt, amount, _batch, _file, _row";
    there.extend(clinic.rows(&format!("SELECT {columns} FROM demo.visits ORDER BY 1, _batch, _row")).await);
    there.extend(clinic.rows("SELECT doctor, _batch IS NULL AS made_up FROM demo.doctors ORDER BY 1").await);
    clinic.assert_lake().await;
    (receipt.counts, receipt.findings, there)
}

#[tokio::test]
async fn an_empty_table_gets_the_rows_that_one_with_others_gets() {
    const KEYED: &str = "key = [\"visit\"]\nkeep = \"last by amount\"";
    for mode in ["replace", "replace per ward"] {
        let empty = clinic(KEYED, mode).await;
        let straight = outcome(&empty, &overlapping(&empty, 3)).await;
        let full = clinic(KEYED, mode).await;
        full.bring(2, NAME, &visits(12_100, 300, 7)).await;
        let merged = outcome(&full, &overlapping(&full, 3)).await;
        assert!(straight.0.superseded > 60 && straight.0.rejected > 1_000, "{:?}", straight.0);
        assert!(straight == merged, "{mode}: {:?} {:?}", straight.0, merged.0);
    }
}

#[tokio::test]
async fn while_rows_go_to_an_empty_table_nobody_waits_and_nobody_sees_them() {
    let clinic = Clinic::of(&[("demo/doctors.toml", DOCTORS)]).await;
    let many: Vec<i64> = (0..30_000).collect();
    let request = clinic.drop(1, &[("demo.doctors", &Rows(vec![numbers("doctor", &many)]))]);
    let (lake, reader, looks) = (&clinic.lake, &clinic.reader, &AtomicUsize::new(0));
    let get = |key: String| async move {
        if key.ends_with(".parquet") {
            reader.batch_execute("SET lock_timeout = '5s'").await.unwrap();
            let count = reader.query_one("SELECT count(*) FROM demo.doctors", &[]).await.unwrap();
            assert_eq!(count.get::<_, i64>(0), 0);
            looks.fetch_add(1, Ordering::Relaxed);
        }
        lake.get(&key).await
    };
    let response = clinic.try_load(&request, &Meddled { lake, get }).await.unwrap();
    assert_eq!((response.outcome, looks.load(Ordering::Relaxed)), (LoadOutcome::Loaded, 3));
    assert_eq!(clinic.rows("SELECT count(*) FROM demo.doctors").await, ["(30000)"]);
}

#[tokio::test]
async fn a_row_among_many_that_postgresql_cannot_keep_is_the_files_fault() {
    let named = "doctor = { type = \"text\" }";
    let contract = DOCTORS.replace("doctor = { type = \"bigint\" }", named);
    let clinic = Clinic::of(&[("demo/doctors.toml", &contract)]).await;
    let mut names: Vec<String> =
        (0..40_000).map(|number| format!("{}{number}", "name ".repeat(40))).collect();
    // Digests do not shrink: PostgreSQL would press a text of one letter together until it fits.
    names[7] = (0..200).map(|number: i32| sha256_hex(&number.to_be_bytes())).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let request = clinic.drop(1, &[("demo.doctors", &Rows(vec![texts("doctor", &names)]))]);
    let error = clinic.try_load(&request, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::TooLarge, "{error}");
    assert_eq!(clinic.rows("SELECT count(*) FROM demo.doctors").await, ["(0)"]);
}

#[tokio::test]
async fn objects_are_fetched_ahead_as_far_as_there_is_room() {
    let clinic = Clinic::of(&[("demo/doctors.toml", DOCTORS)]).await;
    let many: Vec<i64> = (0..60_000).collect();
    let request = clinic.drop(1, &[("demo.doctors", &Rows(vec![numbers("doctor", &many)]))]);
    let manifest = &request.parts[0].manifest;
    // As if the third were larger than all room, and the others half of it each.
    let sizes = [4, 4, 500, 4, 4, 4];
    clinic.lake.amend(manifest, |manifest: &mut PartManifest| {
        for (object, mebibytes) in manifest.objects.iter_mut().zip(sizes) {
            object.bytes = mebibytes << 20;
        }
    });
    let parts = [curated::manifest(&clinic.lake, manifest).await.unwrap()];
    let (lake, gets) = (&clinic.lake, &AtomicUsize::new(0));
    let get = |key: String| async move {
        gets.fetch_add(1, Ordering::Relaxed);
        lake.get(&key).await
    };
    let meddled = Meddled { lake, get };
    let mut objects = pin!(curated::objects(&meddled, &parts));
    let mut next = async || objects.next().now_or_never().map(|object| object.unwrap().unwrap());
    let (first, second) = (next().await.unwrap(), next().await.unwrap());
    assert!(next().await.is_none() && gets.load(Ordering::Relaxed) == 2, "there is room for two");
    drop(first);
    assert!(next().await.is_none(), "the third wants all of it");
    drop(second);
    let third = next().await.unwrap();
    assert!(next().await.is_none() && gets.load(Ordering::Relaxed) == 3);
    drop(third);
    let last = [next().await.unwrap(), next().await.unwrap()];
    assert!(next().await.is_none() && last[0].rows == 10_000);
}

#[tokio::test]
async fn parts_that_lack_rows_are_put_at_once_each_without_its_own() {
    let clinic = Clinic::of(&[("demo/doctors.toml", DOCTORS)]).await;
    let doctors: Vec<Rows> = (0..3).map(|part| Rows(vec![numbers("doctor", &[part, part + 3])])).collect();
    let contents: Vec<(&str, &Rows)> = doctors.iter().map(|rows| ("demo.doctors", rows)).collect();
    let request = clinic.drop(1, &contents);
    let mut parts = Vec::new();
    for part in &request.parts {
        parts.push(curated::manifest(&clinic.lake, &part.manifest).await.unwrap());
    }
    let parts: Vec<&PartManifest> = parts.iter().collect();
    let left_out = Places::from([(0, [2].into()), (1, [3].into()), (2, [2, 3].into())]);

    let gets = &AtomicUsize::new(0);
    let get = |_| async move {
        gets.fetch_add(1, Ordering::Relaxed);
        std::future::pending().await
    };
    let meddled = Meddled { lake: &clinic.lake, get };
    assert!(lake::put_without(&meddled, &parts, &left_out).now_or_never().is_none());
    assert_eq!(gets.load(Ordering::Relaxed), 3);

    lake::put_without(&clinic.lake, &parts, &left_out).await.unwrap();
    let batch = &request.parts[0].batch;
    assert_eq!(clinic.lake.rows(batch), [(0, 3), (1, 2)]);
    lake::put_refused(&clinic.lake, &parts, &left_out).await.unwrap();
    assert_eq!(clinic.lake.refused(batch), [(0, 2), (1, 3), (2, 2), (2, 3)]);
}
