//! A function dies.

use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_tests::{
    APPOINTMENTS, assert_nothing_leaked, assert_tables, assert_whole_until_end, clinic, drop_appointments,
    drop_doctors,
};

use crate::{failures, holder, wait_for_waiting};

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_is_killed_leaves_the_old_table_and_is_run_again() {
    let stack = Stack::own("killed");
    let (older, newer) = (clinic(36), clinic(37));
    drop_doctors(&stack, &newer).await;
    drop_appointments(&stack, &older).await;

    let holder = holder(&stack, "healthtech.appointments").await;
    let arn = stack.put(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    let database = stack.database().await;
    wait_for_waiting(&database, "rounds-load");
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
