//! The mail service goes away, does not answer or refuses.

use rounds_testkit::stack::Stack;
use rounds_tests::{assert_nothing_leaked, assert_tables, clinic, drop_appointments, drop_doctors};

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
