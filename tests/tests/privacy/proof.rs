//! The sweep finds what it looks for.

use rounds_testkit::stack::Stack;
use rounds_tests::{clinic, drop_doctors};
use serde_json::json;

use crate::sweep;

#[tokio::test(flavor = "multi_thread")]
async fn a_marked_value_is_found_in_each_place() {
    let stack = Stack::own("privacy-proof");
    let (alerts, database) = (sweep::begin(&stack).await, stack.database().await);
    drop_doctors(&stack, &clinic(79)).await;
    sweep::assert_none(&stack, &alerts).await;

    let topic = &stack.deployment().alert_topic_arn;
    stack.query(&format!("Action=Publish&TopicArn={topic}&Subject=Rounds&Message=of%20P100007"));
    let finding =
        "INSERT INTO ops.finding SELECT batch, 'missing', 'CANARY', 'warn', 1, '{}' FROM ops.batch LIMIT 1;
                   UPDATE ops.drop SET cause = 'born 1951-02-17'";
    database.batch_execute(finding).await.unwrap();
    database.batch_execute("DO $$ BEGIN RAISE LOG 'row W012345678'; END $$").await.unwrap();
    let arn = stack.start(&json!({"detail": {"object": {"key": "CANARY%41"}}}));
    let _ = stack.finished(&arn);
    let put =
        stack.s3.put_object().bucket(&stack.deployment().lake_bucket).key("lake/name=Brambleworth/part");
    put.send().await.unwrap();

    let found = sweep::leaks(&stack, &alerts).await;
    let places =
        ["an alert", "ops.finding", "ops.drop", "postgres.log", &arn, "keys of the lake", "rounds explain"];
    for place in places {
        assert!(found.iter().any(|leak| leak.contains(place)), "{place}: {found:#?}");
    }
}
