//! A stage has less memory than it needs.

use rounds_testkit::stage::{Answer, Stage, asked};
use serde_json::{Value, json};

use super::bench::Bench;

/// Gives a stage more and more memory, from far too little on, until it is done: its answer then. With too little it
/// dies, or says that a thread of its own broke off.
fn with_more_and_more(stage: &mut Stage, event: &Value) -> Value {
    let mut broke_off = 0;
    loop {
        stage.limit_memory((16 << 20) << broke_off);
        let answer = stage.invoke(event);
        if answer != Answer::Died && answer.error() != Some("Defect.Internal") {
            assert!(broke_off > 1, "16 and 32 MB are too little");
            return answer.done();
        }
        broke_off += 1;
        assert!(broke_off < 10, "8 GB are enough");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_without_memory_die_and_leave_nothing_and_are_done_with_more() {
    let mut bench = Bench::new(161).await;
    let inspect = asked::inspect(&bench.event);
    let inspected = with_more_and_more(&mut bench.line.ingest, &inspect);
    let told = with_more_and_more(&mut bench.line.transform, &asked::transform_first(&inspected));
    let mut order = inspected.clone();
    order["parts"] = json!([told]);
    let loaded = with_more_and_more(&mut bench.line.load, &order);
    assert_eq!(loaded["outcome"], "loaded");
    bench.assert_newer().await;
    let due = asked::report(&order["as_of"], &[&loaded["loads"][0]]);
    with_more_and_more(&mut bench.line.report, &due);
    let told = "SELECT count(*) FROM ops.delivery WHERE status IN ('sent', 'uncertain')";
    let told: i64 = bench.database.query_one(told, &[]).await.unwrap().get(0);
    assert_eq!(told, 2, "the older appointments' mail and the newer ones' went out, or are told");
    bench.assert_ended().await;
}
