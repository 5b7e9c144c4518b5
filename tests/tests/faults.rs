//! A service that goes away or changes its password: before a run, or in the middle of one.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use rounds_testkit::healthtech::Clinic;
use rounds_testkit::sheet;
use rounds_testkit::stack::{Run, Stack, until};
use rounds_tests::{
    APPOINTMENTS, assert_no_canary, assert_nothing_leaked, assert_tables, assert_whole_until_end, clinic,
    drop_appointments, drop_doctors,
};
use tokio_postgres::Client;

/// How many invocations of a function failed in a run.
fn failures(stack: &Stack, run: &Run) -> usize {
    let history = stack.history(&run.arn);
    let failed = ["LambdaFunctionFailed", "TaskFailed"];
    history.iter().filter(|event| failed.iter().any(|kind| event["type"] == *kind)).count()
}

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
    assert!(alert.message.contains("rounds rerun "), "{}", alert.message);
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
    let holder = stack.database().await;
    holder.batch_execute("BEGIN; LOCK TABLE healthtech.appointments IN SHARE MODE").await.unwrap();
    let arn = stack.put(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    wait_for_waiting_load(&stack.database().await).await;
    stack.stop_postgres();
    stack.start_again();
    let run = assert_whole_until_end(&stack, &stack.database().await, &arn, &older, &newer).await;

    assert_eq!(run.outcome(), "loaded");
    assert!(failures(&stack, &run) > 0, "the load was tried again");
    assert_tables(&stack.database().await, &newer).await;
    assert_eq!(stack.mails().len(), 2, "one for each load of appointments");
    assert_nothing_leaked(&stack);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_is_killed_leaves_the_old_table_and_is_run_again() {
    let stack = Stack::own("killed");
    let (older, newer) = (clinic(36), clinic(37));
    drop_doctors(&stack, &newer).await;
    drop_appointments(&stack, &older).await;

    let holder = stack.database().await;
    holder.batch_execute("BEGIN; LOCK TABLE healthtech.appointments IN SHARE MODE").await.unwrap();
    let arn = stack.put(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    let database = stack.database().await;
    wait_for_waiting_load(&database).await;
    stack.kill_function("rounds-load");
    holder.batch_execute("ROLLBACK").await.unwrap();
    let run = assert_whole_until_end(&stack, &database, &arn, &older, &newer).await;

    assert_eq!(run.outcome(), "loaded");
    assert!(failures(&stack, &run) > 0, "the first load died");
    assert_eq!(stack.finished(&stack.start(&run.event)).outcome(), "duplicate");
    assert_tables(&database, &newer).await;
    assert_eq!(stack.mails().len(), 2, "one for each load of appointments");
    assert_nothing_leaked(&stack);
}

async fn wait_for_waiting_load(database: &Client) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE application_name = 'rounds-load' AND wait_event_type = 'Lock'";
    let runtime = tokio::runtime::Handle::current();
    let count = || runtime.block_on(database.query_one(waiting, &[])).unwrap().get::<_, i64>(0);
    tokio::task::block_in_place(|| until("the load waits for the table", || (count() > 0).then_some(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_service_that_is_away_delays_the_mail_and_never_doubles_it() {
    let mut stack = Stack::own("mail-away");
    let clinic = clinic(34);
    drop_doctors(&stack, &clinic).await;
    stack.stop_moto();
    let failed = drop_appointments(&stack, &clinic).await;
    assert_eq!(failed.error.as_deref(), Some("Retryable.MailUnavailable"));
    assert_tables(&stack.database().await, &clinic).await;
    let psql = stack.rounds().args(["local", "psql", "--", "-c", "SELECT 1"]).output().unwrap();
    assert!(psql.status.success(), "the database can be asked without the mail service");

    stack.start_again();
    let again = stack.finished(&stack.start(&failed.event));
    assert_eq!(again.outcome(), "duplicate", "the rows were loaded by the first run");
    assert_eq!(stack.mails().len(), 1);
    assert_eq!(stack.finished(&stack.start(&failed.event)).outcome(), "duplicate");
    assert_eq!(stack.mails().len(), 1);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_password_is_noticed_by_functions_that_are_warm() {
    let stack = Stack::own("rotation");
    let clinic: Clinic = clinic(35);
    assert_eq!(drop_doctors(&stack, &clinic).await.outcome(), "loaded");
    stack.rotate_password("a new one").await;
    let run = drop_appointments(&stack, &clinic).await;
    assert_eq!(run.outcome(), "loaded");
    assert_eq!(failures(&stack, &run), 0, "without a failure");
    assert_tables(&stack.database().await, &clinic).await;
}
