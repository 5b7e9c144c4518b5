//! The mail service goes away, does not answer or refuses.

mod refused;
mod unknown;

use rounds_testkit::faults::http::Proxy;
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Line, Stage};
use rounds_tests::{
    APPOINTMENTS, assert_nothing_leaked, assert_tables, clinic, drop_appointments, drop_doctors,
};
use serde_json::Value;

/// The path of a mail that is handed over.
const SEND: &str = "/v2/email/outbound-emails";

/// A report stage that reaches the mail service through a proxy.
fn sender(stack: &Stack, ses: &Proxy, changed: &[(&str, &str)]) -> Stage {
    let url = ses.url();
    let changed: Vec<(&str, &str)> =
        [("AWS_ENDPOINT_URL_SESV2", url.as_str())].into_iter().chain(changed.iter().copied()).collect();
    Stage::start(stack, "report", &changed)
}

/// Loads a clinic; what the report is asked after that, of which one mail is the summary.
async fn due(line: &mut Line, seed: u64) -> Value {
    let clinic = clinic(seed);
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
    line.up_to_report(&event).unwrap()
}

/// What became of the summary.
fn receipt(answer: &Value) -> Value {
    let receipts = answer["reports"].as_array().unwrap();
    receipts.iter().find(|receipt| receipt["report"] == "healthtech.summary").unwrap().clone()
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
