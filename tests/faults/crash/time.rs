//! A stage is ended at its deadline, wherever it is then.

use std::time::Duration;

use rounds_testkit::faults::http::When;
use rounds_testkit::stage::{Answer, asked};
use serde_json::Value;

use super::bench::{Bench, watched};

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_waits_for_s3_at_its_deadline_leaves_the_old_table_and_no_lock() {
    let mut bench = Bench::new(131).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    let (mut load, proxy) = watched(&bench.stack, "load");
    // In its transaction, the rows being merged.
    let held = proxy.hold_before(When::next("PUT", "lake/"));
    load.begin(&order);
    held.reached();
    load.expire();
    assert_eq!(load.finish(), Answer::TimedOut);
    bench.assert_older().await;
    proxy.heal();
    assert_eq!(load.invoke(&order).done()["outcome"], "loaded");
    bench.assert_newer().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_waits_for_s3_at_its_deadline_has_mailed_nobody_and_mails_once_then() {
    let mut bench = Bench::new(133).await;
    let due = bench.line.up_to_report(&bench.event).unwrap();
    let (mut report, proxy) = watched(&bench.stack, "report");
    let held = proxy.hold_before(When::next("PUT", "reports/"));
    report.begin(&due);
    held.reached();
    report.expire();
    assert_eq!(report.finish(), Answer::TimedOut);
    assert_eq!(bench.mails(), 0);
    proxy.heal();
    report.invoke(&due).done();
    assert_eq!(bench.mails(), 1);
    bench.assert_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_with_no_time_left_do_nothing_twice_when_they_are_called_again() {
    let mut bench = Bench::new(135).await;
    let inspect = asked::inspect(&bench.event);
    let ended = |answer: &Answer| matches!(answer, Answer::TimedOut);
    assert!(ended(&bench.line.ingest.invoke_within(&inspect, Duration::ZERO)));
    let inspected = bench.line.ingest.invoke(&inspect).done();
    let part = asked::transform_first(&inspected);
    assert!(ended(&bench.line.transform.invoke_within(&part, Duration::ZERO)));
    let order = bench.line.up_to_load(&bench.event).unwrap();
    assert!(ended(&bench.line.load.invoke_within(&order, Duration::ZERO)));
    bench.assert_older().await;
    let due = bench.line.up_to_report(&bench.event).unwrap();
    assert!(ended(&bench.line.report.invoke_within(&due, Duration::ZERO)));
    bench.assert_ends("duplicate").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_is_ended_at_any_time_is_whole_or_not_there() {
    let mut bench = Bench::new(137).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    // Twice as long each time, so that it is ended at another place.
    let mut times = (0..16).map(|doubled| Duration::from_millis(1 << doubled));
    let loaded: Value = loop {
        let time = times.next().expect("it is done within seconds");
        match bench.line.load.invoke_within(&order, time) {
            Answer::TimedOut => {}
            answer => break answer.done(),
        }
    };
    let outcome = loaded["outcome"].as_str().unwrap();
    assert!(["loaded", "already_loaded"].contains(&outcome), "{outcome}");
    bench.assert_newer().await;
    bench.assert_ends("duplicate").await;
}
