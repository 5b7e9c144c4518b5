//! The delivery protocol: never two mails, never a silent loss.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use rounds_report::delivery::{Mail, MailService, Occasion, SendError, Tally, deliver};
use rounds_report::error::{Error, Reason};
use rounds_report::mail::Letter;
use rounds_report::page::Page;
use rounds_shared::failure::{Failure as _, Name};
use tokio_postgres::Client;

use crate::ledger;
use crate::sample::AS_OF;

const ANA: &str = "ana@clinic.example";
const BEN: &str = "ben@clinic.example";

/// A mail service that answers as it is told and then accepts; remembers what was handed over.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<SendError>>,
    outbox: Mutex<Vec<String>>,
}

impl Script {
    fn answering(answers: impl IntoIterator<Item = SendError>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() }
    }

    fn outbox(&self) -> Vec<String> {
        self.outbox.lock().unwrap().clone()
    }
}

impl MailService for Script {
    async fn send(&self, mail: &Mail<'_>) -> Result<String, SendError> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let answer = self.answers.lock().unwrap().pop_front();
        // A mail without an answer may have gone out, and here it did.
        if matches!(answer, None | Some(SendError::Unknown)) {
            self.outbox.lock().unwrap().push(mail.to.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        answer.map_or_else(|| Ok(format!("provider-{}", mail.delivery_id)), Err)
    }
}

async fn run(client: &Client, service: &Script, period: &str, recipients: &[&str]) -> Result<Tally, Name> {
    let page = Page { subject: "S".to_owned(), html: "H".to_owned(), text: "T".to_owned() };
    let letter = Letter { page, attachments: vec![] };
    let occasion = Occasion { report: "healthtech.summary", period, as_of: AS_OF };
    let recipients: Vec<String> = recipients.iter().map(|&to| to.to_owned()).collect();
    let delivered = deliver(client, service, &occasion, &recipients, &letter).await;
    delivered.map_err(|reason: Reason| Error { report: "healthtech.summary".to_owned(), reason }.name())
}

async fn status(client: &Client, period: &str, recipient: &str) -> Option<String> {
    let query = "SELECT status FROM ops.delivery WHERE period = $1 AND recipient = $2";
    client.query_opt(query, &[&period, &recipient]).await.unwrap().map(|row| row.get(0))
}

fn tally(sent: u32, already_sent: u32, uncertain: u32) -> Result<Tally, Name> {
    Ok(Tally { sent, already_sent, uncertain })
}

#[tokio::test]
async fn a_mail_goes_out_once_per_period_and_recipient() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let service = Script::default();
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, tally(2, 0, 0));
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, tally(0, 2, 0));
    assert_eq!(run(&client, &service, "load-2", &[ANA]).await, tally(1, 0, 0));
    assert_eq!(service.outbox(), [ANA, BEN, ANA]);
    let settled = "SELECT count(*) FROM ops.delivery
                   WHERE status = 'sent' AND provider_message_id = 'provider-' || delivery_id AND settled_at IS NOT NULL";
    assert_eq!(client.query_one(settled, &[]).await.unwrap().get::<_, i64>(0), 3);
}

#[tokio::test]
async fn a_refusal_frees_the_delivery_and_does_not_stop_the_others() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let service = Script::answering([SendError::Refused { code: "MessageRejected".to_owned() }]);
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, Err(Name::Mail));
    assert_eq!(service.outbox(), [BEN]);
    assert_eq!(status(&client, "load-1", ANA).await.as_deref(), Some("failed"));
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, tally(1, 1, 0));
    assert_eq!(service.outbox(), [BEN, ANA]);
}

#[tokio::test]
async fn throttling_and_no_connection_end_the_run_to_be_tried_again() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let throttled = SendError::Throttled { code: "TooManyRequestsException".to_owned() };
    let service = Script::answering([throttled, SendError::Unreachable]);
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, Err(Name::MailThrottled));
    assert_eq!(status(&client, "load-1", BEN).await, None, "nobody else is tried while SES throttles");
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, Err(Name::MailUnavailable));
    assert_eq!(service.outbox(), [""; 0]);
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, tally(2, 0, 0));
}

#[tokio::test]
async fn a_mail_without_an_answer_is_uncertain_and_never_sent_again() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let service = Script::answering([SendError::Unknown]);
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, tally(1, 0, 1));
    assert_eq!(run(&client, &service, "load-1", &[ANA, BEN]).await, tally(0, 1, 1));
    assert_eq!(service.outbox(), [ANA, BEN]);
    assert_eq!(status(&client, "load-1", ANA).await.as_deref(), Some("uncertain"));
}

#[tokio::test]
async fn two_senders_at_once_send_one_mail() {
    let postgres = ledger().await;
    let (one, other) = (postgres.connect("report").await, postgres.connect("report").await);
    let service = Script::default();
    for period in ["load-1", "load-2", "load-3"] {
        let (first, second) =
            tokio::join!(run(&one, &service, period, &[ANA]), run(&other, &service, period, &[ANA]));
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!((first.sent + second.sent, first.already_sent + second.already_sent), (1, 1));
    }
    assert_eq!(service.outbox(), [ANA; 3]);
}

/// Polls a future at most `polls` times and then drops it: a sender that dies at that point.
async fn killed_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match (left.checked_sub(1), future.as_mut().poll(context)) {
        (_, Poll::Ready(output)) => Poll::Ready(Some(output)),
        (None | Some(0), Poll::Pending) => Poll::Ready(None),
        (Some(rest), Poll::Pending) => {
            left = rest;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_sender_killed_at_any_await_leaves_one_mail_or_an_uncertain_one() {
    let postgres = ledger().await;
    let (mut unharmed, mut uncertain_without_mail) = (0, 0);
    for polls in 1..40 {
        let service = Script::default();
        let period = format!("load-{polls}");
        let dying = postgres.connect("report").await;
        let survived = killed_after(polls, run(&dying, &service, &period, &[ANA])).await.is_some();
        drop(dying);

        let client = postgres.connect("report").await;
        let again = run(&client, &service, &period, &[ANA]).await.unwrap();
        let mails = service.outbox().len();
        let is_uncertain = status(&client, &period, ANA).await.as_deref() == Some("uncertain");
        assert!(mails <= 1, "killed after {polls} polls: {mails} mails");
        assert!(mails == 1 || is_uncertain, "killed after {polls} polls: lost in silence");
        assert_eq!(again.uncertain, u32::from(is_uncertain), "the receipt says what the ledger says");
        unharmed += u32::from(survived);
        uncertain_without_mail += u32::from(mails == 0);
    }
    assert!(unharmed > 0 && uncertain_without_mail > 0, "the kills reach from the first await to the last");
}
