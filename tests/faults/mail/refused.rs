//! The mail service throttles, or will not take a mail.

use rounds_testkit::faults::http::{Fault, When};
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Answer, Line};
use rounds_tests::{assert_nothing_leaked, rounds};

use super::{SEND, due, receipt, sender};

const THROTTLED: Fault = Fault::Error(429, "TooManyRequestsException");

#[tokio::test(flavor = "multi_thread")]
async fn a_short_throttling_is_waited_for_and_a_long_one_is_tried_again_and_neither_doubles_a_mail() {
    let stack = Stack::shared().await;
    let mails = stack.mails().len();
    let mut line = Line::start(&stack).await;
    let ses = stack.mail_proxy();
    let mut report = sender(&stack, &ses, &[]);

    let first = due(&mut line, 151).await;
    ses.fail(When::next("POST", SEND).times(2), THROTTLED);
    assert_eq!(receipt(&report.invoke(&first).done())["sent"], 1);
    assert_eq!(stack.mails().len(), mails + 1);

    let second = due(&mut line, 152).await;
    ses.fail(When::next("POST", SEND).always(), THROTTLED);
    let answer = report.invoke(&second);
    assert_eq!(answer.error(), Some("Retryable.MailThrottled"), "{answer:?}");
    assert_eq!(stack.mails().len(), mails + 1);
    ses.heal();
    assert_eq!(receipt(&report.invoke(&second).done())["sent"], 1);
    assert_eq!(receipt(&report.invoke(&second).done())["already_sent"], 1);
    assert_eq!(stack.mails().len(), mails + 2);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_recipient_among_many_is_named_and_the_others_get_their_mail_once() {
    let stack = Stack::shared().await;
    let mails = stack.mails().len();
    let mut line = Line::start(&stack).await;
    let due = due(&mut line, 153).await;
    let ses = stack.mail_proxy();
    let people = r#"{"operations": ["ana@clinic.example", "bad@clinic.example", "cleo@clinic.example"]}"#;
    let mut report = sender(&stack, &ses, &[("AUDIENCES", people)]);

    ses.fail(When::next("POST", SEND).nth(2), Fault::Error(400, "MessageRejected"));
    let Answer::Failed { error, message } = report.invoke(&due) else { panic!("it fails") };
    assert_eq!(error, "Defect.Mail");
    assert!(message.contains("1 of 3 letters") && message.contains("MessageRejected"), "{message}");
    assert!(!message.contains('@'), "who it is stands in the ledger: {message}");
    assert!(rounds(&stack, &["deliveries", "--failed"]).0.contains("bad@clinic.example"));

    // Taken by now: the next run offers that one alone.
    assert_eq!(receipt(&report.invoke(&due).done())["sent"], 1);
    let mut served: Vec<String> = stack.mails().into_iter().skip(mails).flat_map(|mail| mail.to).collect();
    served.sort();
    assert_eq!(served, ["ana@clinic.example", "bad@clinic.example", "cleo@clinic.example"]);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_too_large_goes_out_with_a_link_and_one_that_is_refused_for_it_is_named() {
    let stack = Stack::shared().await;
    let mails = stack.mails().len();
    let mut line = Line::start(&stack).await;
    let ses = stack.mail_proxy();
    let mut report = sender(&stack, &ses, &[("MAIL_MAX_BYTES", "1000")]);

    let first = due(&mut line, 154).await;
    assert_eq!(receipt(&report.invoke(&first).done())["sent"], 1);
    let mail = stack.mails().split_off(mails).remove(0);
    assert!(mail.attachments.iter().all(|(name, _)| !name.ends_with(".xlsx")), "{:?}", mail.subject);
    assert!(mail.html.contains(".xlsx") && mail.html.contains("X-Amz-Expires"), "{}", mail.html);

    let second = due(&mut line, 155).await;
    ses.fail(When::next("POST", SEND), Fault::Error(413, "RequestEntityTooLarge"));
    let Answer::Failed { error, message } = report.invoke(&second) else { panic!("it fails") };
    assert_eq!(error, "Defect.Mail");
    assert!(message.contains("1 of 1 letters") && message.contains("RequestEntityTooLarge"), "{message}");
    assert_eq!(receipt(&report.invoke(&second).done())["sent"], 1, "the next run offers it again");
    assert_eq!(stack.mails().len(), mails + 2);
    assert_nothing_leaked(&stack);
}
