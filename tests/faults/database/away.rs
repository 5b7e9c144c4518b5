//! A server that is stopped, and comes back.

use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_tests::{
    APPOINTMENTS, assert_no_canary, assert_nothing_leaked, assert_tables, assert_whole_until_end, clinic,
    drop_appointments, drop_doctors,
};

use crate::{failures, holder, wait_for_waiting};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_fails_the_run_by_name_and_the_run_can_be_started_again() {
    let mut stack = Stack::own("database-away");
    let alerts = stack.alerts();
    let clinic = clinic(31);
    assert_eq!(drop_doctors(&stack, &clinic).await.outcome(), "loaded");

    stack.stop_postgres();
    let failed = drop_appointments(&stack, &clinic).await;
    assert_eq!(failed.status, "FAILED");
    assert_eq!(failed.error.as_deref(), Some("Retryable.DatabaseUnreachable"));
    assert!(failures(&stack, &failed) > 5, "it was tried again: {} failures", failures(&stack, &failed));
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: run failed");
    assert!(alert.message.contains("Retryable.DatabaseUnreachable"), "{}", alert.message);
    assert!(alert.message.contains("rounds redrive "), "{}", alert.message);
    assert_no_canary("the alert", &alert.message);

    stack.start_again();
    let database = stack.database().await;
    let loads: i64 = database.query_one("SELECT count(*) FROM ops.load", &[]).await.unwrap().get(0);
    assert_eq!(loads, 1, "the doctors alone");
    assert_eq!(stack.finished(&stack.start(&failed.event)).outcome(), "loaded");
    assert_tables(&database, &clinic).await;
    assert_eq!(stack.mails().len(), 1);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_lost_in_the_middle_of_a_load_leaves_the_old_table_whole_until_the_new_one_stands() {
    let mut stack = Stack::own("database-lost");
    let (older, newer) = (clinic(32), clinic(33));
    drop_doctors(&stack, &newer).await;
    drop_appointments(&stack, &older).await;

    // The load may write its ledger and stage its rows, and then waits to touch the table itself.
    let _holder = holder(&stack, "healthtech.appointments").await;
    let arn = stack.put(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    wait_for_waiting(&stack.database().await, "rounds-load");
    stack.stop_postgres();
    stack.start_again();
    let run = assert_whole_until_end(&stack, &stack.database().await, &arn, &older, &newer).await;

    assert_eq!(run.outcome(), "loaded");
    assert!(failures(&stack, &run) > 0, "the load was tried again");
    assert_tables(&stack.database().await, &newer).await;
    assert_eq!(stack.mails().len(), 2, "one for each load of appointments");
    assert_nothing_leaked(&stack);
}
