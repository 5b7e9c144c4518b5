//! Some hundred reminders through the stack: each once, though the function is killed amid them.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rounds_testkit::hospital::Options;
use rounds_testkit::stack::{Stack, checkout, until};
use rounds_tests::{copy_folder, drop_hospital, folder, rounds, rounds_json, today};
use serde_json::{Value, json};
use tokio_postgres::Client;

const REMINDERS: &str = "hospital.reminders";
const DIGEST: &str = "hospital.reminders_by_chat";
/// Appointments of today whose patients are reminded.
const DUE: &str =
    "SELECT count(*) FROM hospital.appointments JOIN hospital.reminder_addresses USING (patient_id)
    WHERE status = 'booked' AND appointment_date = (now() AT TIME ZONE 'UTC')::date AND address IS NOT NULL";

/// A hospital with appointments today.
fn hospital() -> Options {
    Options { due: 300, patients: 600, ..Options::small(today()) }
}

async fn number(database: &Client, query: &str) -> usize {
    let number: i64 = database.query_one(query, &[]).await.unwrap().get(0);
    usize::try_from(number).unwrap()
}

fn total(output: &Value, what: &str) -> u64 {
    let reports = output["reports"].as_array().unwrap().iter();
    reports
        .filter(|receipt| receipt["report"] == REMINDERS)
        .map(|receipt| receipt[what].as_u64().unwrap())
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn some_hundred_reminders_go_out_once_each_though_their_sender_is_killed_amid_them() {
    // Of its own: the stand-in for SNS logs what it is sent, and other tests look for patients' data in the logs.
    let stack = Stack::own("reminders");
    let database = stack.database().await;
    drop_hospital(&stack, &hospital()).await;
    let mails = stack.mails().len();
    let due = number(&database, DUE).await;
    assert!(due > 150, "{due} reminders");

    let called = json!({
        "reports": [REMINDERS], "scheduled_at": Timestamp::now().to_string(), "at_any_hour": true,
    });
    let arn = stack.call_round(&called);
    until("some reminders went out", || (stack.mails().len() > mails + 20).then_some(()));
    #[cfg(target_os = "linux")]
    stack.kill_function(&stack.deployment().report_function);
    let run = stack.finished(&arn);
    assert_eq!(run.outcome(), "reported", "{}", run.output);

    let standing = |status: &str| {
        format!("SELECT count(*) FROM ops.delivery WHERE report = '{REMINDERS}' AND status {status}")
    };
    let sent = number(&database, &standing("= 'sent'")).await;
    let uncertain = number(&database, &standing("= 'uncertain'")).await;
    assert_eq!((sent + uncertain, number(&database, &standing("IS NOT NULL")).await), (due, due));
    assert!(uncertain <= 1, "{uncertain} letters stood in the hands of the killed one");
    let items = format!("SELECT count(DISTINCT item) FROM ops.delivery WHERE report = '{REMINDERS}'");
    assert_eq!(number(&database, &items).await, due);
    let by_mail = number(&database, &standing("= 'sent' AND channel = 'email'")).await;
    let taken = stack.mails().len() - mails;
    assert!((by_mail..=by_mail + uncertain).contains(&taken), "{taken} mails for {by_mail} deliveries");

    // Again, by hand: nobody is told twice.
    let again = rounds_json(&stack, &["report", REMINDERS, "--at-any-hour"]);
    assert_eq!((total(&again["output"], "sent"), total(&again["output"], "left")), (0, 0));
    assert_eq!(stack.mails().len(), mails + taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_refuses_is_named_in_the_alert_and_listed_with_its_recipient() {
    let stack = Stack::own("refused-letters");
    let database = stack.database().await;
    drop_hospital(&stack, &hospital()).await;
    let alerts = stack.alerts();
    let function = stack.deployment().report_function.clone();
    // No secret has this room: the front desk's message is refused, and nothing else.
    stack.configure(&function, "AUDIENCES", &json!(r#"{"front_desk": ["chat:front-desk"]}"#));
    let (told, code) = rounds(&stack, &["report", DIGEST, "--at-any-hour"]);
    assert_eq!(code, Some(1), "{told}");
    let failed = "SELECT delivery_id::text FROM ops.delivery WHERE status = 'failed'";
    let failed: BTreeSet<String> =
        database.query(failed, &[]).await.unwrap().into_iter().map(|row| row.get(0)).collect();
    let alert = alerts.next();
    assert_eq!((failed.len(), alert.subject.as_str()), (1, "Rounds: reports failed"));
    assert!(failed.iter().all(|id| alert.message.contains(id.as_str())), "{}", alert.message);
    assert!(alert.message.contains("rounds deliveries --failed"), "{}", alert.message);
    let (listed, _) = rounds(&stack, &["deliveries", "--failed"]);
    assert!(
        failed.iter().all(|id| listed.contains(id.as_str())) && listed.contains("front-desk"),
        "{listed}"
    );
}

/// The shipped catalog, but reminders go out from this time on, and the front desk is told at any.
fn catalog_opening_at(time: &str) -> String {
    let catalog = folder("opening-hours");
    copy_folder(&checkout().join("catalog"), &catalog);
    for (report, hours) in
        [("reminders", format!("hours = \"{time}-23:59\"")), ("reminders_by_chat", String::new())]
    {
        let file = catalog.join(format!("hospital/reports/{report}.toml"));
        let text = std::fs::read_to_string(&file).unwrap();
        let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("hours")).collect();
        lines.push(&hours);
        std::fs::write(&file, lines.join("\n")).unwrap();
    }
    catalog.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_waits_for_the_hours_of_reminders_and_tells_before_what_has_failed_until_then() {
    let stack = Stack::own("opening-hours");
    let database = stack.database().await;
    drop_hospital(&stack, &hospital()).await;
    let alerts = stack.alerts();
    // In a zone where it is about noon, so that the hours of the day are not over in a minute.
    let hour = Timestamp::now().to_zoned(TimeZone::UTC).hour();
    let zone = format!("Etc/GMT{:+}", hour - 12);
    let begin = Timestamp::now() + SignedDuration::from_secs(120);
    let time = begin.to_zoned(TimeZone::get(&zone).unwrap()).strftime("%H:%M").to_string();
    let opens = begin.as_second() / 60 * 60;
    let (told, code) = rounds(&stack, &["local", "up", "--catalog", &catalog_opening_at(&time)]);
    assert_eq!(code, Some(0), "{told}");
    let function = stack.deployment().report_function.clone();
    stack.configure(&function, "CLINIC_TIME_ZONE", &json!(zone));
    // No secret has this room.
    stack.configure(&function, "AUDIENCES", &json!(r#"{"front_desk": ["chat:front-desk"]}"#));

    let call = json!({
        "reports": [REMINDERS, DIGEST], "wait": true, "scheduled_at": Timestamp::now().to_string(),
        "deadline_minutes": 0, "poll_seconds": 5,
    });
    let arn = stack.call_round(&call);
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: reports failed");
    assert!(alert.message.contains(&format!("{DIGEST} failed.")), "{}", alert.message);
    assert!(Timestamp::now().as_second() < opens, "it was told before the hours begin");
    let early = format!(
        "SELECT count(*) FROM ops.delivery WHERE report = '{REMINDERS}' AND claimed_at < to_timestamp({opens})"
    );

    // What is waited for below is the letters alone.
    until("the hours begin", || (Timestamp::now().as_second() >= opens).then_some(()));
    let run = stack.finished(&arn);
    assert_eq!(run.error.as_deref(), Some("Round.ReportsFailed"), "{:?}", run.cause);
    let sent = format!("SELECT count(*) FROM ops.delivery WHERE report = '{REMINDERS}' AND status = 'sent'");
    let due = number(&database, DUE).await;
    assert_eq!((number(&database, &sent).await, number(&database, &early).await), (due, 0));
    assert!(due > 150 && alerts.take().is_none(), "what was told is not told again");
}
