//! The database's password changes.

use rounds_testkit::healthtech::Clinic;
use rounds_testkit::stack::Stack;
use rounds_tests::{assert_tables, clinic, drop_appointments, drop_doctors};

use crate::failures;

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
