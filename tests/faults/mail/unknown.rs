//! Nobody knows whether a mail went out: it is told, and never sent again by itself.

use std::time::Duration;

use rounds_testkit::faults::http::{Fault, When};
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Answer, Line};
use rounds_tests::{assert_nothing_leaked, rounds};
use serde_json::{Value, json};

use super::{SEND, due, receipt, sender};

/// The ids of the mails of which nobody knows.
fn uncertain(answer: Answer) -> Vec<String> {
    let receipt = receipt(&answer.done());
    let ids = receipt["uncertain"].as_array().into_iter().flatten();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// What SES tells of a mail that it has delivered.
fn delivered(delivery: &str) -> Value {
    json!({
        "source": "aws.ses", "detail-type": "Email Delivered",
        "detail": {"eventType": "Delivery", "mail": {"messageId": "m-1", "tags": {"delivery": [delivery]}}},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_taken_before_its_sender_died_is_not_sent_again() {
    let stack = Stack::shared().await;
    let mails = stack.mails().len();
    let mut line = Line::start(&stack).await;
    let due = due(&mut line, 141).await;
    let ses = stack.mail_proxy();
    let mut report = sender(&stack, &ses, &[]);

    let held = ses.hold_after(When::next("POST", SEND));
    report.begin(&due);
    held.reached();
    report.kill();
    drop(held);
    assert_eq!(report.finish(), Answer::Died);
    assert_eq!(stack.mails().len(), mails + 1, "SES has it");

    let told = uncertain(report.invoke(&due));
    assert_eq!(told.len(), 1);
    assert_eq!(uncertain(report.invoke(&due)), told, "and again");
    assert!(rounds(&stack, &["deliveries", "--uncertain"]).0.contains(&told[0]));
    // What SES tells of it settles it.
    assert_eq!(report.invoke(&delivered(&told[0])).done()["changed"], true);
    let settled = receipt(&report.invoke(&due).done());
    assert_eq!((&settled["sent"], &settled["already_sent"]), (&json!(0), &json!(1)), "{settled}");
    assert_eq!(stack.mails().len(), mails + 1);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_service_that_hangs_until_the_call_times_out_leaves_one_mail_uncertain() {
    let stack = Stack::shared().await;
    let mails = stack.mails().len();
    let mut line = Line::start(&stack).await;
    let due = due(&mut line, 142).await;
    let ses = stack.mail_proxy();
    let mut report = sender(&stack, &ses, &[]);

    let held = ses.hold_before(When::next("POST", SEND));
    assert_eq!(report.invoke_within(&due, Duration::from_secs(3)), Answer::TimedOut);
    held.reached();
    drop(held);
    assert_eq!(stack.mails().len(), mails, "it was never taken");

    let told = uncertain(report.invoke(&due));
    assert_eq!(told.len(), 1);
    assert_eq!(stack.mails().len(), mails, "nobody can know that it was not");
    // Who looks into the mailbox can: then the next run sends it.
    assert_eq!(rounds(&stack, &["settle", &told[0], "lost"]).1, Some(0));
    assert_eq!(receipt(&report.invoke(&due).done())["sent"], 1);
    assert_eq!(stack.mails().len(), mails + 1);
    assert_eq!(receipt(&report.invoke(&due).done())["already_sent"], 1);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_or_says_nothing_leaves_the_mail_uncertain_and_handed_over_once() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let ses = stack.mail_proxy();
    let mut report = sender(&stack, &ses, &[]);
    for (seed, fault, taken) in [
        (143, Fault::CutBefore, 0),
        (144, Fault::CutRequest, 0),
        (145, Fault::CutAfter, 1),
        (146, Fault::CutAnswer, 1),
        (147, Fault::Error(500, "InternalFailure"), 0),
        (148, Fault::Error(503, "ServiceUnavailable"), 0),
    ] {
        let (mails, asked) = (stack.mails().len(), ses.seen().len());
        let due = due(&mut line, seed).await;
        ses.fail(When::next("POST", SEND), fault);
        let told = uncertain(report.invoke(&due));
        assert_eq!(told.len(), 1, "{fault:?}");
        assert_eq!(uncertain(report.invoke(&due)), told, "{fault:?}");
        assert_eq!(ses.seen().len(), asked + 1, "{fault:?}: no try but the first");
        assert_eq!(stack.mails().len(), mails + taken, "{fault:?}");
        ses.heal();
    }
    assert_nothing_leaked(&stack);
}
