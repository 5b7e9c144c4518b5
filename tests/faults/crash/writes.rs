//! Each write of a stage to S3, one after another: the stage dies before the object is there, and after it is; a
//! connection that ends within an object's body; a store that does not take it.

use rounds_testkit::faults::http::{Fault, Proxy, When};
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Answer, Line, Stage, asked};
use rounds_tests::{
    APPOINTMENTS, DOCTORS, appointment, appointments, assert_nothing_leaked, clinic, under_header,
};
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::bench::{Bench, watched};

/// How often a proxy has seen something written.
fn writes(proxy: &Proxy) -> usize {
    proxy.seen().iter().filter(|request| request.starts_with("PUT ")).count()
}

/// Calls a stage, and kills it at a write: before S3 got it, or before the stage heard of it.
fn killed_at(stage: &mut Stage, proxy: &Proxy, event: &Value, write: usize, before: bool) {
    let when = When::next("PUT", "").nth(write);
    let held = if before { proxy.hold_before(when) } else { proxy.hold_after(when) };
    stage.begin(event);
    held.reached();
    stage.kill();
    assert_eq!(stage.finish(), Answer::Died, "write {write}");
    drop(held);
    proxy.heal();
}

/// Appointments of three months, and one that is rejected: few objects of every kind. Each number makes another content
/// of the same shape.
fn few(number: u32) -> Vec<u8> {
    let days = ["2025-01-01", "2025-02-01", "2025-03-01"].into_iter().cycle().take(12).chain(["soon"]);
    let rows = (1..).zip(days).map(|(row, day)| appointment(number * 100 + row, day, "confirmed"));
    sheet::workbook(&under_header(rows)).unwrap()
}

/// The bookings that stand.
async fn bookings(database: &Client) -> Vec<i64> {
    appointments(database).await.into_keys().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_that_dies_before_or_after_it_set_a_file_aside_is_called_again() {
    let stack = Stack::shared().await;
    let line = Line::start(&stack).await;
    let (mut ingest, proxy) = watched(&stack, "ingest");
    let event = line.drop_file("healthtech/appointments-empty.csv", Vec::new()).await;
    let settle = asked::quarantine(&event, "Rejected.EmptyFile", "empty");
    for before in [true, false] {
        killed_at(&mut ingest, &proxy, &settle, 1, before);
        let quarantined = "SELECT count(*) FROM ops.drop WHERE status = 'quarantined'";
        let told = stack.database().await.query_one(quarantined, &[]).await;
        assert!(told.is_err(), "the ledger does not name a file that may not be there: it has no table yet");
    }
    assert_eq!(ingest.invoke(&settle).done()["outcome"], "settled");
    assert_eq!(writes(&proxy), 3, "{:?}", proxy.seen());
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transform_that_dies_before_or_after_any_of_its_writes_is_called_again() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let (mut transform, proxy) = watched(&stack, "transform");
    let event = line.drop_file(APPOINTMENTS, few(1)).await;
    let inspected = line.ingest.invoke(&asked::inspect(&event)).done();
    let part = asked::transform_first(&inspected);
    let told = transform.invoke(&part).done();
    let all = writes(&proxy);
    assert!(all >= 6, "three months, rejects twice, a manifest: {:?}", proxy.seen());
    for (write, before) in (1..=all).flat_map(|write| [(write, true), (write, false)]) {
        killed_at(&mut transform, &proxy, &part, write, before);
    }
    assert_eq!(transform.invoke(&part).done(), told);
    assert_eq!(line.run(&event).unwrap()["loads"][0]["counts"]["loaded"], 12);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_dies_before_or_after_any_of_its_writes_leaves_the_old_table() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let (mut load, proxy) = watched(&stack, "load");
    let event = line.drop_file(APPOINTMENTS, few(1)).await;
    let order = line.up_to_load(&event).unwrap();
    assert_eq!(load.invoke(&order).done()["outcome"], "loaded");
    let database = stack.database().await;
    let all = writes(&proxy);
    assert!(all >= 3, "three months: {:?}", proxy.seen());
    let places = (1..=all).flat_map(|write| [(write, true), (write, false)]);
    for (number, (write, before)) in (2..).zip(places) {
        let old = bookings(&database).await;
        let event = line.drop_file(APPOINTMENTS, few(number)).await;
        let order = line.up_to_load(&event).unwrap();
        killed_at(&mut load, &proxy, &order, write, before);
        assert_eq!(bookings(&database).await, old, "write {write}");
        let loaded = load.invoke(&order).done();
        assert_eq!(loaded["outcome"], "loaded", "write {write}");
        assert_ne!(bookings(&database).await, old, "write {write}");
        let batch = loaded["loads"][0]["batch"].as_str().unwrap();
        let objects = stack.lake("lake/healthtech/appointments/").await;
        assert_eq!(objects.iter().filter(|key| key.contains(batch)).count(), 3, "write {write}");
    }
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_dies_before_or_after_any_of_its_writes_mails_once() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let doctors = line.drop_file(DOCTORS, sheet::workbook(&clinic(125).doctors.rows).unwrap()).await;
    assert_eq!(line.run(&doctors).unwrap()["outcome"], "loaded");
    let (mut report, proxy) = watched(&stack, "report");
    let event = line.drop_file(APPOINTMENTS, few(1)).await;
    report.invoke(&line.up_to_report(&event).unwrap()).done();
    let all = writes(&proxy);
    assert!(all >= 4, "two clean files, the mail's page and workbook: {:?}", proxy.seen());
    // One after another, so that after one is before the next.
    let places = (1..=all).map(|write| (write, true)).chain([(all, false)]);
    for (number, (write, before)) in (2..).zip(places) {
        let mails = stack.mails().len();
        let event = line.drop_file(APPOINTMENTS, few(number)).await;
        let due = line.up_to_report(&event).unwrap();
        killed_at(&mut report, &proxy, &due, write, before);
        let told = report.invoke(&due).done();
        let uncertain = told["reports"].as_array().unwrap().iter().map(|report| &report["uncertain"]);
        assert!(uncertain.into_iter().all(|uncertain| *uncertain == json!([])), "write {write}: {told}");
        assert_eq!(stack.mails().len(), mails + 1, "write {write}");
    }
    assert_nothing_leaked(&stack);
}

/// All objects of a batch.
async fn objects(stack: &Stack, batch: &str) -> Vec<(String, Vec<u8>)> {
    let mut objects = Vec::new();
    for key in stack.lake("").await.into_iter().filter(|key| key.contains(batch)) {
        let content = stack.lake_object(&key).await;
        objects.push((key, content));
    }
    objects
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_within_its_body_leaves_no_half_object_and_is_made_again() {
    let mut bench = Bench::new(127).await;
    let (mut transform, proxy) = watched(&bench.stack, "transform");
    let inspected = bench.line.ingest.invoke(&asked::inspect(&bench.event)).done();
    let part = asked::transform_first(&inspected);
    let batch = part["part"]["batch"].as_str().unwrap();
    // A stack that was used before may have them from then, whole.
    let before = objects(&bench.stack, batch).await;
    proxy.fail(When::next("PUT", "").always(), Fault::CutRequest);
    assert_eq!(transform.invoke(&part).error(), Some("Retryable.StorageUnavailable"));
    assert!(objects(&bench.stack, batch).await == before, "nothing of it is there");
    bench.assert_older().await;

    // Cut once, it is made again within the call.
    proxy.heal();
    proxy.fail(When::next("PUT", ""), Fault::CutRequest);
    transform.invoke(&part).done();
    bench.line.transform = transform;
    assert_eq!(bench.run().unwrap()["outcome"], "loaded");
    bench.assert_ended().await;
}
