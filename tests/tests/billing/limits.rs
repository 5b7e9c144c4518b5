//! A collection ends, whatever the vendor does.

use rounds_testkit::billing;
use rounds_testkit::stack::Stack;
use rounds_testkit::vendor::{Answer, Behaviour, Script};
use serde_json::json;

use crate::{Billing, DAY, assert_loaded, collected, status};

const ENDLESS: &str = "22000001";
const GOOD: &str = "22000002";

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_never_ends_is_given_up_and_the_next_one_is_collected() {
    let stack = Stack::shared().await;
    let billing = Billing::open(&stack, DAY, &[ENDLESS, GOOD]);
    let endless = Behaviour { results: Script::always(Answer::StillRunning), ..Behaviour::default() };
    billing.behave(ENDLESS, endless);
    let call = json!({"reports": ["charges_on_hold"], "as_of": DAY, "minutes": 0.05, "poll_seconds": 1});
    let run = stack.finished(&stack.call_collection(&call));
    assert_eq!((run.status.as_str(), run.error.as_deref()), ("FAILED", Some("Collect.ReportsFailed")));
    let cause = run.cause.unwrap();
    assert!(
        cause.contains(&format!("1 of 2 not collected: charges_on_hold of {ENDLESS} (Collect.TookTooLong)")),
        "{cause}"
    );
    let known = collected(&stack).await;
    let given_up = status(&known, ENDLESS, "charges_on_hold");
    assert_eq!(given_up.status, "failed");
    assert!(given_up.error.starts_with("Collect.TookTooLong: "), "{}", given_up.error);
    assert_eq!(status(&known, GOOD, "charges_on_hold").status, "loaded");
    let database = stack.database().await;
    assert_loaded(&database, GOOD, "charges_on_hold", &billing.load(GOOD, "charges_on_hold")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_falters_is_asked_again_and_one_that_is_busy_is_waited_for() {
    let stack = Stack::shared().await;
    let accounts = ["22000011", "22000012", "22000013"];
    let billing = Billing::open(&stack, DAY, &accounts);
    let falters = Behaviour {
        run: Script::times(1, Answer::Status(500)),
        results: Script { first: [Answer::Status(503), Answer::NoData].into(), then: None },
        ..Behaviour::default()
    };
    let busy = Behaviour { run: Script::times(2, Answer::StillRunning), ..Behaviour::default() };
    let lost = Behaviour { run: Script::times(1, Answer::HangUpAfter), ..Behaviour::default() };
    for (account, behaviour) in accounts.into_iter().zip([falters, busy, lost]) {
        billing.behave(account, behaviour);
    }
    let run = stack.finished(&stack.call_collection(&json!({"reports": ["charges_on_hold"], "as_of": DAY})));
    assert_eq!(run.outcome(), "collected");
    let database = stack.database().await;
    collected(&stack).await;
    for account in accounts {
        assert_loaded(&database, account, "charges_on_hold", &billing.load(account, "charges_on_hold")).await;
    }
    assert_eq!(billing.runs().values().copied().collect::<Vec<_>>(), [1, 1, 1], "each was run once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_the_vendor_was_too_busy_for_fails_and_is_left_to_the_next_collection() {
    let stack = Stack::shared().await;
    let (busy, call) = ("22000031", json!({"reports": ["charges_on_hold"], "as_of": DAY, "minutes": 0.05}));
    let billing = Billing::open(&stack, DAY, &[busy]);
    billing.behave(busy, Behaviour { run: Script::always(Answer::StillRunning), ..Behaviour::default() });
    let cause = stack.finished(&stack.call_collection(&call)).cause.unwrap();
    assert!(cause.contains(&format!("charges_on_hold of {busy} (Collect.TookTooLong)")), "{cause}");
    assert!(collected(&stack).await.is_empty(), "it was not asked for");
    billing.behave(busy, Behaviour::default());
    assert_eq!(stack.finished(&stack.call_collection(&call)).outcome(), "collected");
    collected(&stack).await;
    let database = stack.database().await;
    assert_loaded(&database, busy, "charges_on_hold", &billing.load(busy, "charges_on_hold")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_fail_the_first_twenty_are_named_and_the_others_counted() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let accounts: Vec<String> = (0..22).map(|number| format!("220001{number:02}")).collect();
    let billing = Billing::open(&stack, DAY, &accounts.iter().map(String::as_str).collect::<Vec<_>>());
    billing.behave("*", Behaviour { run: Script::always(Answer::InterfaceOff), ..Behaviour::default() });
    let run = stack.finished(&stack.call_collection(&json!({"reports": ["charges_on_hold"], "as_of": DAY})));
    let (cause, alert) = (run.cause.unwrap(), alerts.next().message);
    assert!(
        cause.starts_with(&format!("{DAY}: 22 of 22 not collected: charges_on_hold of 22000100 (")),
        "{cause}"
    );
    let status = format!("rounds collect status --as-of {DAY}");
    assert!(cause.ends_with(&format!(") and 2 more; see {status}")), "{cause}");
    assert!(alert.contains(&format!("And 2 more: {status}")), "{alert}");
    for told in [&cause, &alert] {
        assert!(told.contains(&accounts[19]) && !told.contains(&accounts[20]), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_without_numbers_is_told_and_fails_nothing() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let billing = Billing::open(&stack, DAY, &["22000021"]);
    let function = &stack.deployment().collect_function;
    stack.configure(function, "COLLECT_NUMBERS", &json!({}));
    let run = stack.finished(&stack.call_collection(&json!({"as_of": DAY})));
    stack.configure(function, "COLLECT_NUMBERS", &json!(billing::numbers()));
    assert_eq!(run.outcome(), "collected");
    assert_eq!(run.output["unnumbered"], json!(["payment_trends"]));
    assert_eq!(run.output["requests"].as_array().unwrap().len(), 3);
    assert_eq!(billing.runs().len(), 3);
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: reports without numbers");
    assert!(
        alert.message.contains("payment_trends") && alert.message.contains("CollectNumbers"),
        "{}",
        alert.message
    );
    collected(&stack).await;
}
