//! Files that cannot be loaded: set aside, with a reason that a person understands.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use rounds_testkit::hostile;
use rounds_testkit::stack::{Alerts, Run, Stack};
use rounds_tests::{
    assert_no_canary, assert_nothing_leaked, assert_tables, clinic, drop_appointments, drop_doctors,
};
use tokio_postgres::Client;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_loaded_is_set_aside_with_its_reason_and_an_alert() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let alerts = stack.alerts();
    for file in hostile::one_of_each().unwrap() {
        let key = format!("healthtech/Zoë's 100% + more/{}", file.name);
        let run = stack.drop_file(&key, file.content.clone()).await;
        assert_quarantined(&run, &database, &alerts, &key, file.error).await;
        let cause = run.output["reason"]["cause"].as_str().unwrap();
        assert!(cause.contains(file.name), "the reason names the file: {cause}");

        let aside: Vec<String> =
            stack.lake("quarantine/").await.into_iter().filter(|key| key.ends_with(file.name)).collect();
        assert_eq!(aside.len(), 1, "{key} is kept once");
        assert!(stack.lake_object(&aside[0]).await == file.content, "{key} is kept as it was");
    }
    let loads: i64 = database.query_one("SELECT count(*) FROM ops.load", &[]).await.unwrap().get(0);
    assert_eq!(loads, 0);
    assert!(alerts.take().is_none(), "one alert for each file");
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_before_it_is_read_is_told_and_touches_nothing() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let alerts = stack.alerts();
    let loaded = drop_appointments(&stack, &clinic(41)).await;
    let mut event = loaded.event.clone();
    event["detail"]["object"]["key"] = "healthtech/deleted.xlsx".into();
    let run = stack.finished(&stack.start(&event));
    assert_quarantined(&run, &database, &alerts, "healthtech/deleted.xlsx", "Rejected.ObjectGone").await;
    let loads: i64 = database.query_one("SELECT count(*) FROM ops.load", &[]).await.unwrap().get(0);
    assert_eq!(loads, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_no_row_can_be_loaded_leaves_the_table_as_it_was() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let alerts = stack.alerts();
    let clinic = clinic(43);
    drop_doctors(&stack, &clinic).await;
    drop_appointments(&stack, &clinic).await;
    let key = "healthtech/appointments.csv";
    let content = "booking_id,patient_id,doctor_id,booking_date,status\n1,2,3,soon,confirmed\n37X,2,3,never,confirmed\n";
    let run = stack.drop_file(key, content.into()).await;
    assert_quarantined(&run, &database, &alerts, key, "Rejected.NoUsableRows").await;
    let cause = run.output["reason"]["cause"].as_str().unwrap();
    assert!(cause.contains("1 not_an_integer in booking_id, 1 not_a_date in booking_date"), "{cause}");
    assert_tables(&database, &clinic).await;
    assert_nothing_leaked(&stack);
}

/// The run ended as handled, and output, ledger and alert give the same reason.
async fn assert_quarantined(run: &Run, database: &Client, alerts: &Alerts<'_>, key: &str, error: &str) {
    assert_eq!(run.status, "SUCCEEDED", "{key}");
    assert_eq!(run.outcome(), "quarantined", "{key}: {}", run.output);
    let reason = &run.output["reason"];
    assert_eq!(reason["error"], error, "{key}: {reason}");

    let asked = "SELECT status, error, cause FROM ops.drop WHERE key = $1";
    let row = database.query_one(asked, &[&key]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), ("quarantined", error), "{key}");
    assert_eq!(reason["cause"], row.get::<_, &str>(2));

    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: file quarantined");
    assert!(alert.message.contains(key) && alert.message.contains(error), "{}", alert.message);
    assert_no_canary("the alert", &alert.message);
}
