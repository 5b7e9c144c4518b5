//! The morning: reports that wait for their data and go out once, what an operator does about them, and alerts.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use rounds_testkit::stack::{Stack, checkout, until};
use rounds_tests::{
    assert_no_canary, assert_nothing_leaked, copy_folder, drop_appointments, drop_bookings, drop_doctors,
    drop_quiet_night, folder, rounds, rounds_json,
};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// The daily reports of the catalog.
const DAILY: [&str; 6] = [
    "mis.cancelled",
    "mis.cancelled_and_paid",
    "mis.completed_consultations",
    "mis.dropouts",
    "mis.missing_prescriptions",
    "mis.operations_extract",
];
const DELIVERY: &str = "8a6e0804-2bd0-4672-b79d-d97027f9071a";

/// The booking reports of a round's output, with the letters that were sent now.
fn sent(output: &Value) -> BTreeSet<(String, u64)> {
    let reports = output["reports"].as_array().unwrap().iter();
    reports
        .filter(|receipt| receipt["report"].as_str().unwrap().starts_with("mis."))
        .map(|receipt| (receipt["report"].as_str().unwrap().to_owned(), receipt["sent"].as_u64().unwrap()))
        .collect()
}

fn each_daily(letters: u64) -> BTreeSet<(String, u64)> {
    DAILY.iter().map(|report| ((*report).to_owned(), letters)).collect()
}

/// A letter of which nobody knows, as a sender leaves it that got no answer.
async fn insert_uncertain(database: &Client, report: &str, period: &str, recipient: &str) {
    let insert = format!(
        "INSERT INTO ops.delivery (delivery_id, report, period, recipient, as_of, status)
         VALUES ('{DELIVERY}', '{report}', '{period}', '{recipient}', current_date, 'uncertain')"
    );
    database.batch_execute(&insert).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_has_not_arrived_by_the_deadline_is_an_alert_a_failed_run_and_an_exit_code() {
    let stack = Stack::shared().await;
    let (alerts, mails) = (stack.alerts(), stack.mails().len());
    let (told, code) = rounds(&stack, &["report", "--cadence", "daily", "--deadline", "0", "--at-any-hour"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("MIS workbook has not arrived"), "{told}");

    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: data has not arrived");
    for part in
        DAILY.iter().copied().chain(["MIS workbook has not arrived.", "rounds redrive ", "Round.DataMissing"])
    {
        assert!(alert.message.contains(part), "{part} is not in\n{}", alert.message);
    }
    let run = rounds_json(&stack, &["runs", "-n", "1"]);
    assert_eq!((&run["status"], &run["reason"]["error"]), (&"failed".into(), &"Round.DataMissing".into()));
    let day = run["reason"]["cause"].as_str().unwrap().split(": ").next().unwrap().to_owned();
    let (runs, _) = rounds(&stack, &["runs"]);
    assert!(runs.contains(&format!("daily {day}")) && runs.contains("data missing"), "{runs}");
    assert_eq!(stack.mails().len(), mails);

    // What the alert says to type, when the workbook has come.
    drop_quiet_night(&stack).await;
    drop_bookings(&stack, 61).await;
    let name = run["run"].as_str().unwrap();
    let again = rounds_json(&stack, &["redrive", name, "--follow"]);
    assert_eq!(sent(&again["output"]), each_daily(1), "{again}");
    assert!(alerts.take().is_none());
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_wait_for_their_data_go_out_when_it_has_come_and_never_again() {
    let stack = Stack::shared().await;
    drop_quiet_night(&stack).await;
    let (alerts, mails) = (stack.alerts(), stack.mails().len());
    let call = json!({
        "cadence": "daily", "scheduled_at": Timestamp::now().to_string(), "deadline_minutes": 4, "poll_seconds": 5,
        "at_any_hour": true,
    });
    let arn = stack.call_round(&call);
    until("the round waits", || {
        stack.history(&arn).iter().any(|event| event["type"] == "WaitStateEntered").then_some(())
    });
    drop_bookings(&stack, 62).await;
    let run = stack.finished(&arn);
    assert_eq!(run.outcome(), "reported");
    assert_eq!(sent(&run.output), each_daily(1));
    assert_eq!(stack.mails().len(), mails + DAILY.len());

    // The clock calls twice at once, and an operator once more.
    let again = [stack.call_round(&call), stack.call_round(&call)].map(|arn| stack.finished(&arn));
    for run in &again {
        assert_eq!(sent(&run.output), each_daily(0));
    }
    let (told, code) = rounds(&stack, &["report", "mis.cancelled", "mis.dropouts"]);
    assert!(code == Some(0) && told.contains("1 sent before"), "{told}");
    assert_eq!(stack.mails().len(), mails + DAILY.len());
    assert!(alerts.take().is_none());
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_several_accounts_waits_for_all_of_them_and_at_the_deadline_goes_without_the_late() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    drop_quiet_night(&stack).await;
    for (seed, scope, days) in [(66, "late", 1), (67, "come", 0)] {
        drop_bookings(&stack, seed).await;
        let as_of_an_account = format!(
            "UPDATE ops.load SET dropped_at = dropped_at - interval '{days} days'
             WHERE batch IN (SELECT batch FROM ops.batch WHERE dataset = 'mis.appointments' AND scope = '');
             UPDATE ops.batch SET scope = '{scope}' WHERE dataset = 'mis.appointments' AND scope = ''"
        );
        database.batch_execute(&as_of_an_account).await.unwrap();
    }
    let call = |deadline: u32| {
        let at = Timestamp::now().to_string();
        json!({
            "cadence": "daily", "scheduled_at": at, "deadline_minutes": deadline, "poll_seconds": 5, "at_any_hour": true,
        })
    };
    let patient = stack.call_round(&call(4));
    until("the round waits", || {
        stack.history(&patient).iter().any(|event| event["type"] == "WaitStateEntered").then_some(())
    });
    let hasty = stack.finished(&stack.call_round(&call(0)));
    assert_eq!(sent(&hasty.output), each_daily(1));
    let come = "UPDATE ops.load SET dropped_at = dropped_at + interval '1 day'
                WHERE batch IN (SELECT batch FROM ops.batch WHERE scope = 'late')";
    database.batch_execute(come).await.unwrap();
    assert_eq!(sent(&stack.finished(&patient).output), each_daily(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_fails_is_named_and_does_not_stop_the_others() {
    let stack = Stack::own("broken-report");
    let alerts = stack.alerts();
    let catalog = folder("broken-report");
    copy_folder(&checkout().join("catalog"), &catalog);
    let query = catalog.join("mis/reports/dropouts.sql");
    let sound = std::fs::read_to_string(&query).unwrap();
    std::fs::write(&query, format!("SELECT * FROM (\n{sound}\n) AS sound WHERE 1 / (SELECT 0) = 1")).unwrap();
    let (told, code) = rounds(&stack, &["local", "up", "--catalog", catalog.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{told}");
    drop_bookings(&stack, 63).await;
    drop_quiet_night(&stack).await;

    let (told, code) = rounds(&stack, &["report", "--cadence", "daily", "--at-any-hour"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("Round.ReportsFailed") && told.contains("mis.dropouts failed (Defect."), "{told}");
    assert!(told.contains("7 of 8 reports"), "{told}");
    assert!(told.contains("Defect.Database\n    report mis.dropouts: "), "{told}");
    assert!(told.contains("mis.cancelled  ") && told.contains("1 sent"), "what went out: {told}");
    assert_eq!(stack.mails().len(), 5);
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: reports failed");
    assert!(alert.message.contains("mis.dropouts failed.\nError: Defect."), "{}", alert.message);
    assert_no_canary("the alert", &alert.message);

    // Mended, and started again: it goes out, and the others do not.
    assert_eq!(rounds(&stack, &["local", "up"]).1, Some(0));
    let name = rounds_json(&stack, &["runs", "-n", "1"])["run"].as_str().unwrap().to_owned();
    let again = rounds_json(&stack, &["redrive", &name, "--follow"]);
    let now: Vec<String> =
        sent(&again["output"]).into_iter().filter(|(_, sent)| *sent > 0).map(|(report, _)| report).collect();
    assert_eq!(now, ["mis.dropouts"], "{again}");
    assert_eq!(stack.mails().len(), 6);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_which_nobody_knows_stands_in_runs_and_alerts_until_somebody_says() {
    let stack = Stack::shared().await;
    let (database, alerts) = (stack.database().await, stack.alerts());
    assert!(rounds(&stack, &["deliveries"]).0.contains("Nothing was sent yet"));
    let clinic = rounds_tests::clinic(64);
    drop_doctors(&stack, &clinic).await;
    insert_uncertain(&database, "healthtech.summary", "load-2", "operations@clinic.example").await;

    // After a load: its reports met it.
    assert_eq!(drop_appointments(&stack, &clinic).await.outcome(), "loaded");
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: mails uncertain");
    assert!(alert.message.contains(DELIVERY) && alert.message.contains("rounds settle"), "{}", alert.message);
    assert!(!alert.message.contains("@clinic"), "who was to get it is nobody else's concern");
    // A round of the clock: whatever is uncertain. It does not fail for it.
    drop_quiet_night(&stack).await;
    let (told, code) = rounds(&stack, &["report", "--cadence", "quarterly"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(alerts.next().message.contains(DELIVERY));
    assert!(rounds(&stack, &["runs"]).0.contains("1 mail is uncertain"));
    let (listed, _) = rounds(&stack, &["deliveries", "--uncertain"]);
    assert!(listed.contains(DELIVERY) && listed.contains("operations@clinic.example"), "{listed}");

    let (told, code) = rounds(&stack, &["settle", DELIVERY, "lost"]);
    assert!(code == Some(0) && told.contains("the next run"), "{told}");
    let (told, code) = rounds(&stack, &["settle", DELIVERY, "sent"]);
    assert!(code == Some(2) && told.contains("is not uncertain"), "{told}");
    let mails = stack.mails().len();
    assert_eq!(drop_appointments(&stack, &clinic).await.outcome(), "duplicate");
    assert_eq!(stack.mails().len(), mails + 1, "what was lost is sent with the next run");
    assert!(!rounds(&stack, &["runs"]).0.contains("uncertain"));
    assert!(alerts.take().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ses_tells_of_a_mail_reaches_its_delivery() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    drop_bookings(&stack, 65).await;
    insert_uncertain(&database, "mis.dropouts", "2026-01-05", "growth@clinic.example").await;
    let event = |tags: Value| {
        json!({
            "version": "0", "id": "1", "detail-type": "Email Delivered", "source": "aws.ses", "account": "000000000000",
            "time": "2026-01-05T06:31:00Z", "region": "us-east-1", "resources": [],
            "detail": {"eventType": "Delivery", "mail": {"messageId": "m-1", "tags": tags, "destination": ["x@y.example"]}}
        })
    };
    let (ours, foreign) = (event(json!({"delivery": [DELIVERY]})), event(json!({"newsletter": ["7"]})));

    // Nobody but AWS may send events of aws.ses, so the rule is asked what it would take, and its target is called.
    let rules = stack.call("AWSEvents.ListRules", &json!({}));
    let is_of_mails = |rule: &&Value| rule["EventPattern"].as_str().is_some_and(|it| it.contains("aws.ses"));
    let rule = rules["Rules"].as_array().unwrap().iter().find(is_of_mails).unwrap();
    for (event, is_taken) in [(&ours, true), (&foreign, false)] {
        let asked = json!({"EventPattern": rule["EventPattern"], "Event": event.to_string()});
        assert_eq!(stack.call("AWSEvents.TestEventPattern", &asked)["Result"], is_taken, "{event}");
    }
    let targets = stack.call("AWSEvents.ListTargetsByRule", &json!({"Rule": rule["Name"]}));
    let function = &stack.deployment().report_function;
    assert!(targets["Targets"][0]["Arn"].as_str().unwrap().ends_with(function), "{targets}");

    assert_eq!(stack.invoke(function, &ours), json!({"outcome": "settled", "changed": true}));
    assert_eq!(stack.invoke(function, &ours)["changed"], false, "the same event again");
    let status = "SELECT status FROM ops.delivery WHERE delivery_id = $1::text::uuid";
    assert_eq!(database.query_one(status, &[&DELIVERY]).await.unwrap().get::<_, &str>(0), "sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_made_up_for_one_by_one_and_a_mail_is_sent_once_more_on_request() {
    let stack = Stack::shared().await;
    drop_bookings(&stack, 66).await;
    let mails = stack.mails().len();
    let days = ["backfill", "mis.cancelled", "--from", "2026-03-30", "--to", "2026-04-01"];
    let (told, code) = rounds(&stack, &days);
    assert_eq!(code, Some(0), "{told}");
    for day in ["2026-03-30", "2026-03-31", "2026-04-01"] {
        assert!(told.contains(&format!("mis.cancelled {day}")), "{told}");
    }
    assert_eq!(stack.mails().len(), mails + 3);
    assert_eq!(rounds(&stack, &days).1, Some(0));
    assert_eq!(stack.mails().len(), mails + 3, "made up for already");

    let delivery = rounds_json(&stack, &["deliveries", "-n", "1"]);
    let id = delivery["delivery"].as_str().unwrap();
    let (told, code) = rounds(&stack, &["resend", id]);
    assert!(code == Some(0) && told.contains("1 sent"), "{told}");
    assert_eq!(stack.mails().len(), mails + 4);
    assert_eq!(stack.mails().last().unwrap().to, [delivery["recipient"].as_str().unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_with_a_way_out_and_without_an_alert() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let unknown_id = "00000000-0000-4000-8000-000000000000";
    for (arguments, code, way_out) in [
        (&["report", "mis.canceled"] as &[&str], 2, "did you mean `mis.cancelled`"),
        (&["report", "mis.cancelled", "--as-of", "21.11.2026"], 2, "a day is written like 2026-11-21"),
        (&["report", "mis.cancelled", "--as-of", "2099-01-01"], 2, "2099-01-01 has not come"),
        (&["redrive", "nobody"], 2, "`rounds runs` lists them"),
        (&["drop", "Cargo.toml", "--domain", "helthtech"], 2, "did you mean `healthtech`"),
        (&["report"], 2, "--cadence"),
        (&["report", "mis.cancelled", "--deadline", "5"], 2, "cannot be used with"),
        (
            &["backfill", "healthtech.summary", "--from", "2026-01-01", "--to", "2026-01-02"],
            2,
            "after each load",
        ),
        (&["backfill", "mis.cancelled", "--from", "2026-01-02", "--to", "2026-01-01"], 2, "is after --to"),
        (&["settle", "8a6e0804", "sent"], 2, "is no delivery"),
        (&["settle", unknown_id, "sent"], 2, "rounds deliveries"),
        (&["resend", unknown_id], 2, "rounds deliveries"),
    ] {
        let (told, exit) = rounds(&stack, arguments);
        assert!(exit == Some(code) && told.contains(way_out), "{arguments:?}: {exit:?} {told}");
    }
    assert!(alerts.take().is_none());
}
