//! A connection ends in the middle of a load.

use rounds_testkit::faults::postgres::Moment;

use super::watched_load;
use crate::crash::bench::Bench;

/// Moments of a load up to its end, in order.
const MOMENTS: [Moment; 9] = [
    Moment::Statement("INSERT INTO ops.drop"),
    Moment::Statement("SELECT pg_advisory_xact_lock"),
    Moment::Statement("CREATE TEMPORARY TABLE"),
    Moment::Rows,
    Moment::Done("COPY"),
    Moment::Statement("MERGE INTO"),
    Moment::Done("MERGE"),
    Moment::Statement("INSERT INTO ops.load"),
    Moment::Statement("COMMIT"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_anywhere_before_commit_leaves_the_older_rows_and_the_next_run_loads() {
    let mut bench = Bench::new(201).await;
    let (load, proxy) = watched_load(&bench.stack);
    bench.line.load = load;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    for moment in MOMENTS {
        proxy.cut(1, moment);
        let answer = bench.line.load.invoke(&order);
        assert_eq!(answer.error(), Some("Retryable.DatabaseUnreachable"), "{moment:?}: {answer:?}");
        bench.assert_older().await;
    }
    bench.assert_ends("loaded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_whose_commit_is_not_answered_is_found_loaded_by_the_next_attempt() {
    let mut bench = Bench::new(203).await;
    let (load, proxy) = watched_load(&bench.stack);
    bench.line.load = load;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    proxy.cut(1, Moment::Done("COMMIT"));
    let answer = bench.line.load.invoke(&order);
    assert_eq!(answer.error(), Some("Retryable.DatabaseUnreachable"), "{answer:?}");
    bench.assert_newer().await;
    // The state machine asks the same again.
    assert_eq!(bench.line.load.invoke(&order).done()["outcome"], "already_loaded");
    bench.assert_newer().await;
    // So does a redrive, from the beginning.
    assert_eq!(bench.run().unwrap()["outcome"], "duplicate");
    assert_eq!(bench.mails(), 1, "the report of this load goes out once");
    bench.assert_ended().await;
}
