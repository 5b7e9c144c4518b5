//! Letters, exports and clean-ups: what people ask for and get.

use jiff::{Timestamp, ToSpan as _};
use rounds_testkit::faults::http::{Fault, When};
use rounds_testkit::hospital::AWKWARD;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::Stage;
use rounds_tests::{drop_bookings, rounds, rounds_json};
use serde_json::json;

use crate::{drop_hospital, drop_records, sweep, today};

const HISTORY: &str = "hospital.patient_history";

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_go_out_are_refused_or_uncertain_leave_no_patients_value_behind() {
    let stack = Stack::shared().await;
    let alerts = sweep::begin(&stack).await;
    drop_bookings(&stack, 73).await;
    drop_hospital(&stack).await;
    let proxy = stack.mail_proxy();
    let mut report = Stage::start(&stack, "report", &[("AWS_ENDPOINT_URL_SESV2", &proxy.url())]);
    // Of each fault another day, for what is uncertain is not handed over again.
    let refused = Fault::Error(400, "MessageRejected");
    for (name, days, fault) in [
        ("hospital.reminders", 0, refused),
        ("mis.dropouts", 1, refused),
        ("mis.dropouts", 2, Fault::CutAfter),
        ("mis.dropouts", 3, Fault::Error(500, "InternalFailure")),
    ] {
        proxy.fail(When::next("POST", "/").always(), fault);
        let asked = proxy.seen().len();
        let as_of = today().saturating_sub(days.days());
        report.invoke(&json!({"deliver": {"report": name, "as_of": as_of, "at_any_hour": true}}));
        assert!(proxy.seen().len() > asked, "{name} meets {fault:?}");
        proxy.heal();
    }
    let mails = stack.mails().len();
    let (told, code) = rounds(&stack, &["report", "--cadence", "daily", "--at-any-hour"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(stack.mails().len() > mails + 10, "reminders are among them");

    let told = stack.invoke(
        &stack.deployment().report_function,
        &json!({"detail-type": "Email Bounced", "source": "aws.ses", "time": Timestamp::now().to_string(),
                "detail": {"eventType": "Bounce", "mail": {
                    "messageId": "m-1", "tags": {"delivery": ["8a6e0804-2bd0-4672-b79d-d97027f9071a"]},
                    "destination": ["p100007@canary.example"]}}}),
    );
    assert!(rounds_testkit::canary::find(&told.to_string()).is_none(), "{told}");
    sweep::assert_none(&stack, &alerts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_tells_whom_it_is_about_in_its_request_and_nowhere_else() {
    let stack = Stack::shared().await;
    let alerts = sweep::begin(&stack).await;
    let about = format!("patient_id={AWKWARD}");
    assert_eq!(rounds(&stack, &["export", HISTORY, &about]).1, Some(1), "there are no tables yet");
    drop_hospital(&stack).await;
    let run = rounds_json(&stack, &["export", HISTORY, &about, "--notify", "medical_records@clinic.example"]);
    assert_eq!(run["output"]["outcome"], "exported", "{run}");
    assert_eq!(rounds(&stack, &["export", HISTORY, "patient_id=P109999"]).1, Some(2), "about nobody");
    sweep::assert_none(&stack, &alerts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clean_ups_dashboards_and_marts_leave_none() {
    let stack = Stack::shared().await;
    let alerts = sweep::begin(&stack).await;
    drop_hospital(&stack).await;
    drop_records(&stack).await;
    let run = stack.finished(&stack.call_clean_up(&json!({"scheduled_at": Timestamp::now()})));
    assert_eq!(run.status, "SUCCEEDED", "{:?}", run.cause);
    assert_ne!(run.output["tables"][0]["deleted"], 0);
    sweep::assert_none(&stack, &alerts).await;
}
