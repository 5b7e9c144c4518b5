//! A stage has less memory than it needs.

use rounds_testkit::stage::{Answer, Stage, asked};
use serde_json::{Value, json};

use super::bench::Bench;

/// Gives a stage more and more memory, from far too little on, until it is done: its answer then. With too little it
/// dies, or names what it could not do, and never says that the file is at fault.
fn with_more_and_more(stage: &mut Stage, event: &Value) -> Value {
    // From 16 MB to 4 GB.
    let mut answers = (24..33).map(|power| {
        stage.limit_memory(1 << power);
        stage.invoke(event)
    });
    assert!(!matches!(answers.next(), Some(Answer::Done(_))), "16 MB are too little");
    let done = answers.find_map(|answer| match answer {
        Answer::Done(answer) => Some(answer),
        Answer::Failed { error, .. } => {
            assert!(!error.starts_with("Rejected."), "{error}");
            None
        }
        Answer::Died | Answer::TimedOut => None,
    });
    done.unwrap()
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
