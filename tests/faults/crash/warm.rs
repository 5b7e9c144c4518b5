//! A process that has failed is used again, as Lambda does.

use rounds_testkit::stage::{Answer, Stage, asked};
use serde_json::{Value, json};

use super::bench::Bench;
use crate::{holder, wait_for_waiting};

/// The stage fails by this name, and then answers from the same process.
fn fails_and_goes_on(stage: &mut Stage, wrong: &Value, error: &str, right: &Value) -> Value {
    assert_eq!(stage.invoke(wrong).error(), Some(error));
    let pid = stage.pid();
    let answer = stage.invoke(right).done();
    assert_eq!(stage.pid(), pid, "the process stayed");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_that_failed_are_used_again_and_do_the_next_call_right() {
    let mut bench = Bench::new(141).await;
    let inspect = asked::inspect(&bench.event);
    let mut gone = inspect.clone();
    gone["event"]["detail"]["object"]["key"] = "healthtech/appointments-gone.xlsx".into();
    let inspected = fails_and_goes_on(&mut bench.line.ingest, &gone, "Rejected.ObjectGone", &inspect);

    let part = asked::transform_first(&inspected);
    let mut other = part.clone();
    other["part"]["batch"] = "0".repeat(32).into();
    let told = fails_and_goes_on(&mut bench.line.transform, &other, "Defect.Catalog", &part);

    let mut order = inspected.clone();
    order["parts"] = json!([told]);
    let mut wrong = order.clone();
    wrong["parts"][0]["counts"]["kept"] = 1.into();
    let loaded = fails_and_goes_on(&mut bench.line.load, &wrong, "Defect.Payload", &order);
    assert_eq!(loaded["outcome"], "loaded");

    let right = asked::report(&inspected["as_of"], &[&loaded["loads"][0]]);
    let reports = fails_and_goes_on(&mut bench.line.report, &json!({}), "Defect.Payload", &right);
    assert!(!reports["reports"].as_array().unwrap().is_empty());
    assert_eq!(bench.mails(), 1);
    bench.assert_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_whose_session_was_ended_takes_a_new_one_in_the_same_process() {
    let mut bench = Bench::new(143).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    let holder = holder(&bench.stack, "healthtech.appointments").await;
    bench.line.load.begin(&order);
    wait_for_waiting(&bench.database, "rounds-load");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rounds-load'";
    bench.database.execute(end, &[]).await.unwrap();
    let answer = bench.line.load.finish();
    assert!(answer.error().is_some_and(|error| error.starts_with("Retryable.")), "{answer:?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    bench.assert_older().await;
    let pid = bench.line.load.pid();
    assert_eq!(bench.line.load.invoke(&order).done()["outcome"], "loaded");
    assert_eq!(bench.line.load.pid(), pid, "the process stayed");
    bench.assert_newer().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_failed_died_or_was_done_leaves_nothing_on_the_disk() {
    let mut bench = Bench::new(145).await;
    let disk = tempfile::tempdir().unwrap();
    let there = || std::fs::read_dir(disk.path()).unwrap().count();
    let folder = disk.path().to_str().unwrap();
    for (stage, name) in [(&mut bench.line.ingest, "ingest"), (&mut bench.line.transform, "transform")] {
        *stage = Stage::start(&bench.stack, name, &[("TMPDIR", folder)]);
    }
    let inspect = asked::inspect(&bench.event);
    let inspected = bench.line.ingest.invoke(&inspect).done();
    assert_eq!(there(), 0);
    let mut part = asked::transform_first(&inspected);
    assert!(matches!(bench.line.transform.invoke(&part), Answer::Done(_)));
    assert_eq!(there(), 0);
    // Lambda keeps the disk for the process that follows.
    bench.line.transform.die_at("transform.put");
    assert_eq!(bench.line.transform.invoke(&part), Answer::Died);
    assert_eq!(there(), 0);
    part["part"]["batch"] = "0".repeat(32).into();
    assert!(matches!(bench.line.transform.invoke(&part), Answer::Failed { .. }));
    assert_eq!(there(), 0);
}
