//! The points within the stages at which they die: each is met once, and the call or the run after it ends well.

use std::collections::BTreeSet;
use std::path::Path;

use rounds_testkit::stack::checkout;
use rounds_testkit::stage::{Answer, asked};

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_that_dies_after_its_ledger_rows_is_called_again() {
    dies_before_load(101, "ingest", "ingest.recorded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transform_that_dies_before_its_manifest_is_called_again() {
    dies_before_load(103, "transform", "transform.put").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transform_that_dies_after_its_manifest_is_called_again() {
    dies_before_load(105, "transform", "transform.told").await;
}

async fn dies_before_load(seed: u64, stage: &str, point: &str) {
    let mut bench = Bench::new(seed).await;
    let line = &mut bench.line;
    let harmed = if stage == "ingest" { &mut line.ingest } else { &mut line.transform };
    harmed.die_at(point);
    bench.dies_at(stage);
    bench.assert_older().await;
    bench.assert_ends("loaded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_dies_after_it_filled_its_table_leaves_the_old_rows() {
    dies_before_commit(107, "load.filled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_dies_before_its_commit_leaves_the_old_table() {
    dies_before_commit(109, "load.recorded").await;
}

async fn dies_before_commit(seed: u64, point: &str) {
    let mut bench = Bench::new(seed).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    bench.line.load.die_at(point);
    assert_eq!(bench.line.load.invoke(&order), Answer::Died);
    bench.assert_older().await;
    assert_eq!(bench.line.load.invoke(&order).done()["outcome"], "loaded");
    bench.assert_newer().await;
    // Its report goes out all the same.
    bench.assert_ends("duplicate").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_dies_after_its_commit_is_called_again_and_has_loaded_already() {
    let mut bench = Bench::new(111).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    bench.line.load.die_at("load.committed");
    assert_eq!(bench.line.load.invoke(&order), Answer::Died);
    bench.assert_newer().await;
    let again = bench.line.load.invoke(&order).done();
    assert_eq!(again["outcome"], "already_loaded");
    assert_eq!(again["loads"][0]["counts"]["loaded"].as_u64(), loaded(&bench).await, "it tells of its rows");
    // Its report goes out all the same.
    bench.assert_ends("duplicate").await;
}

async fn loaded(bench: &Bench) -> Option<u64> {
    let rows = "SELECT count(*) FROM healthtech.appointments";
    u64::try_from(bench.database.query_one(rows, &[]).await.unwrap().get::<_, i64>(0)).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_dies_between_claim_and_mail_is_uncertain_and_tells_so() {
    dies_in_sending(113, "report.claimed", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_dies_after_the_mail_was_taken_is_uncertain_and_mails_no_second_time() {
    dies_in_sending(115, "report.handed_over", 1).await;
}

/// Nobody can know which of the two it was, so that both end the same: told to people, and never sent by itself.
async fn dies_in_sending(seed: u64, point: &str, mails: usize) {
    let mut bench = Bench::new(seed).await;
    let due = bench.line.up_to_report(&bench.event).unwrap();
    bench.line.report.die_at(point);
    assert_eq!(bench.line.report.invoke(&due), Answer::Died);
    for _ in 0..2 {
        let told = bench.line.report.invoke(&due).done();
        let uncertain =
            told["reports"].as_array().unwrap().iter().map(|report| report["uncertain"].as_array());
        assert_eq!(uncertain.flatten().flatten().count(), 1, "{told}");
        assert_eq!(bench.mails(), mails);
    }
    let status = "SELECT string_agg(status, ' ' ORDER BY claimed_at) FROM ops.delivery";
    let status: String = bench.database.query_one(status, &[]).await.unwrap().get(0);
    assert_eq!(status, "sent uncertain", "of the older appointments and the newer");
    bench.assert_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_dies_after_its_ledger_was_told_mails_no_second_time() {
    let mut bench = Bench::new(117).await;
    bench.line.report.die_at("report.settled");
    bench.dies_at("report");
    assert_eq!(bench.mails(), 1);
    bench.assert_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantine_that_dies_on_the_way_is_called_again_and_keeps_the_file_once() {
    let mut bench = Bench::new(119).await;
    let event = bench.line.drop_file("healthtech/appointments-empty.csv", Vec::new()).await;
    let stopped = bench.line.run(&event).unwrap_err();
    let Answer::Failed { error, message } = stopped.answer else { panic!("{stopped:?}") };
    let settle = asked::quarantine(&event, &error, &message);
    for point in ["ingest.set_aside", "ingest.settled"] {
        bench.line.ingest.die_at(point);
        assert_eq!(bench.line.ingest.invoke(&settle), Answer::Died, "{point}");
    }
    assert_eq!(bench.line.ingest.invoke(&settle).done()["outcome"], "settled");
    let etag = event["detail"]["object"]["etag"].as_str().unwrap();
    // Every empty file has this digest; those of other tests have other names.
    let kept = bench.stack.lake(&format!("quarantine/{etag}/")).await;
    assert_eq!(kept.iter().filter(|key| key.ends_with("/appointments-empty.csv")).count(), 1, "{kept:?}");
    let told = "SELECT string_agg(status || ' ' || error, ',') FROM ops.drop WHERE etag = $1";
    let told: String = bench.database.query_one(told, &[&etag]).await.unwrap().get(0);
    assert_eq!(told, "quarantined Rejected.EmptyFile");
    bench.assert_older().await;
}

/// A point that does not exist is never met, and its test fails; one that no test sets would be met in vain, and one that the
/// soak alone sets may never be.
#[test]
fn every_point_of_the_stages_is_set_by_a_test() {
    let folder = checkout().join("tests/faults");
    let (tests, soak) = (sources(&folder.join("crash")), sources(&folder.join("soak")));
    let stages = ["shared", "functions"].map(|folder| sources(&checkout().join(folder))).concat();
    let points: BTreeSet<&str> =
        stages.split("fail_point(\"").skip(1).filter_map(|call| call.split('"').next()).collect();
    assert!(points.len() > 10, "{points:?}");
    let unset: Vec<&&str> = points.iter().filter(|point| !tests.contains(&format!("\"{point}\""))).collect();
    assert!(unset.is_empty(), "{unset:?}");
    let list = soak.split_once("const POINTS:").unwrap().1.split_once("];").unwrap().0;
    let drawn: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(!drawn.is_empty() && drawn.is_subset(&points), "{drawn:?}");
}

/// All Rust sources below a folder.
fn sources(folder: &Path) -> String {
    let paths = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let texts = paths.map(|path| match path.extension() {
        _ if path.is_dir() => sources(&path),
        Some(extension) if extension == "rs" => std::fs::read_to_string(&path).unwrap(),
        _ => String::new(),
    });
    texts.collect()
}
