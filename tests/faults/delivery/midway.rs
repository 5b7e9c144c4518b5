//! A file that is overwritten or deleted between its event and its reading.

use rounds_shared::digest::sha256_hex;
use rounds_testkit::faults::http::When;
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::asked::{inspect, transform_first};
use rounds_testkit::stage::{Answer, Line};
use rounds_tests::{
    APPOINTMENTS, appointments, assert_nothing_leaked, assert_same, assert_tables, clinic, drop_doctors,
    everything, rounds,
};
use serde_json::Value;

use crate::through;

/// A bucket that keeps no versions.
const UNVERSIONED: &str = "rounds-unversioned";

/// Puts a file where no versions are kept; its event.
async fn put_unversioned(stack: &Stack, line: &Line, content: Vec<u8>) -> Value {
    let _ = stack.s3.create_bucket().bucket(UNVERSIONED).send().await;
    let body = content.clone().into();
    stack.s3.put_object().bucket(UNVERSIONED).key(APPOINTMENTS).body(body).send().await.unwrap();
    let mut event = line.drop_file(APPOINTMENTS, content).await;
    event["detail"]["bucket"]["name"] = UNVERSIONED.into();
    event["detail"]["object"].as_object_mut().unwrap().remove("version-id");
    event
}

async fn delete(stack: &Stack, event: &Value) {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let delete = stack.s3.delete_object().set_bucket(text("/detail/bucket/name"));
    let delete = delete.set_key(text("/detail/object/key")).set_version_id(text("/detail/object/version-id"));
    delete.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_overwritten_while_it_is_read_is_loaded_as_announced_and_then_the_newer_one() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let (older, newer) = (clinic(121), clinic(122));
    drop_doctors(&stack, &newer).await;
    let s3 = stack.aws_proxy();
    let mut line = Line::start(&stack).await;
    line.ingest = through(&stack, "ingest", &s3);
    line.transform = through(&stack, "transform", &s3);
    let announced = sheet::workbook(&older.appointments.rows).unwrap();
    let first = line.drop_file(APPOINTMENTS, announced.clone()).await;

    let held = s3.hold_before(When::next("GET", APPOINTMENTS));
    line.ingest.begin(&inspect(&first));
    held.reached();
    let second = line.drop_file(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    held.release();
    let inspected = line.ingest.finish().done();
    assert_eq!(inspected["file"]["sha256"], sha256_hex(&announced));

    assert_eq!(line.run(&first).unwrap()["outcome"], "loaded");
    assert_same("appointments", &appointments(&database).await, &older.appointments_table());
    assert_eq!(line.run(&second).unwrap()["outcome"], "loaded");
    for event in [&first, &second] {
        assert_eq!(line.run(event).unwrap()["outcome"], "duplicate");
    }
    assert_tables(&database, &newer).await;
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_versions_are_kept_an_overwritten_file_is_left_to_the_event_of_the_newer_one() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let (older, newer) = (clinic(123), clinic(124));
    let contents = [&older, &newer].map(|clinic| sheet::workbook(&clinic.appointments.rows).unwrap());
    let [old, new] = contents;
    let s3 = stack.aws_proxy();
    let mut line = Line::start(&stack).await;
    line.ingest = through(&stack, "ingest", &s3);
    let gone = |answer: Answer| assert_eq!(answer.error(), Some("Rejected.ObjectGone"), "{answer:?}");

    // Between ingest and transform.
    let first = put_unversioned(&stack, &line, old.clone()).await;
    let inspected = line.ingest.invoke(&inspect(&first)).done();
    let second = put_unversioned(&stack, &line, new.clone()).await;
    gone(line.transform.invoke(&transform_first(&inspected)));
    // Before the look at it.
    gone(line.ingest.invoke(&inspect(&first)));
    assert_eq!(line.run(&second).unwrap()["outcome"], "loaded");
    assert_same("appointments", &appointments(&database).await, &newer.appointments_table());

    // Between the look and the reading, the newer content is read and is the newer content.
    let third = put_unversioned(&stack, &line, old.clone()).await;
    let held = s3.hold_before(When::next("GET", APPOINTMENTS));
    line.ingest.begin(&inspect(&third));
    held.reached();
    let fourth = put_unversioned(&stack, &line, new).await;
    held.release();
    let inspected = line.ingest.finish().done();
    assert_eq!(inspected["outcome"], "duplicate", "it is what was loaded");
    assert_eq!(line.run(&fourth).unwrap()["outcome"], "duplicate");
    assert_same("appointments", &appointments(&database).await, &newer.appointments_table());
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_deleted_before_it_is_read_is_told_and_touches_nothing() {
    let stack = Stack::shared().await;
    let (database, alerts) = (stack.database().await, stack.alerts());
    let clinic = clinic(125);
    let mut line = Line::start(&stack).await;
    let content = sheet::workbook(&clinic.appointments.rows).unwrap();
    let event = line.drop_file(APPOINTMENTS, content.clone()).await;
    let inspected = line.ingest.invoke(&inspect(&event)).done();
    delete(&stack, &event).await;

    let answer = line.transform.invoke(&transform_first(&inspected));
    assert_eq!(answer.error(), Some("Rejected.ObjectGone"), "{answer:?}");
    // With its version, as AWS announces it, and without.
    let mut unversioned = event.clone();
    unversioned["detail"]["object"].as_object_mut().unwrap().remove("version-id");
    for event in [&event, &unversioned] {
        let run = stack.finished(&stack.start(event));
        assert_eq!(run.outcome(), "quarantined", "{}", run.output);
        assert_eq!(run.output["reason"]["error"], "Rejected.ObjectGone");
        assert_eq!(run.output["kept"], Value::Null);
        let alert = alerts.next();
        assert_eq!(alert.subject, "Rounds: file quarantined");
        assert!(alert.message.contains("gone before it could be kept"), "{}", alert.message);
    }
    let (told, _) = rounds(&stack, &["explain", APPOINTMENTS]);
    assert!(told.contains("kept in   no place"), "{told}");
    let status = "SELECT DISTINCT status FROM ops.drop";
    assert_eq!(database.query_one(status, &[]).await.unwrap().get::<_, &str>(0), "quarantined");
    let loads: i64 = database.query_one("SELECT count(*) FROM ops.load", &[]).await.unwrap().get(0);
    assert_eq!(loads, 0);

    // Dropped again, it loads.
    let again = line.drop_file(APPOINTMENTS, content).await;
    assert_eq!(line.run(&again).unwrap()["outcome"], "loaded");
    assert_same("appointments", &appointments(&database).await, &clinic.appointments_table());
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_deleted_after_it_was_loaded_stays_loaded_and_its_event_again_changes_nothing() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(126);
    drop_doctors(&stack, &clinic).await;
    let mut line = Line::start(&stack).await;
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
    assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");
    let before = everything(&database).await;
    delete(&stack, &event).await;
    let answer = line.ingest.invoke(&inspect(&event));
    assert_eq!(answer.error(), Some("Rejected.ObjectGone"), "{answer:?}");
    assert_tables(&database, &clinic).await;
    assert_eq!(everything(&database).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_that_is_too_large_to_be_copied_stays_where_it_was_dropped() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let line = Line::start(&stack).await;
    let key = "healthtech/appointments of years.csv";
    let mut event = line.drop_file(key, b"nobody knows this header\n1\n".to_vec()).await;
    // As S3 tells of such a file.
    event["detail"]["object"]["size"] = ((5_u64 << 30) + 1).into();
    let run = stack.finished(&stack.start(&event));
    assert_eq!(run.outcome(), "quarantined", "{}", run.output);
    let address = format!("s3://{}/{key}", event["detail"]["bucket"]["name"].as_str().unwrap());
    assert_eq!(run.output["kept"], address.as_str());
    let folder = format!("quarantine/{}/", event["detail"]["object"]["etag"].as_str().unwrap());
    assert_eq!(stack.lake(&folder).await, [""; 0]);
    let alert = alerts.next();
    assert!(alert.message.contains("It stays where it was dropped"), "{}", alert.message);
    let (told, _) = rounds(&stack, &["explain", key]);
    assert!(told.contains(&format!("kept in   {address}, where it was dropped\n")), "{told}");
    assert_nothing_leaked(&stack);
}
