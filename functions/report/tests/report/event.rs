//! What SES tells of mails.

use rounds_report::delivery::event::hear;
use rounds_shared::payload::MailEvent;
use tokio_postgres::Client;

use crate::delivery::{ANA, Script, UNKNOWN, Window, delivery_id, run, status};
use crate::ledger;

/// An event as EventBridge delivers it, with fields that nobody reads.
fn event(kind: &str, bounce: &str, delivery_id: &str) -> MailEvent {
    let json = serde_json::json!({
        "version": "0", "id": "e", "detail-type": "Email", "source": "aws.ses", "account": "1", "time": "2026-11-21T06:00:00Z",
        "region": "us-east-1", "resources": [],
        "detail": {
            "eventType": kind,
            "mail": {
                "timestamp": "2026-11-21T06:00:00Z", "messageId": format!("ses-{kind}"), "source": "reports@clinic.example",
                "tags": { "delivery": [delivery_id], "ses:configuration-set": ["rounds"] },
            },
            "bounce": { "bounceType": bounce, "bounceSubType": "General" },
        },
    });
    serde_json::from_value(json).unwrap()
}

async fn suppressions(client: &Client) -> i64 {
    client.query_one("SELECT count(*) FROM ops.suppression WHERE address = $1", &[&ANA]).await.unwrap().get(0)
}

/// The events, one after another, of a mail that stands as `standing`; how it stands after each.
async fn story(client: &Client, standing: &str, events: &[(&str, &str)]) -> Vec<String> {
    client.batch_execute("DELETE FROM ops.delivery; DELETE FROM ops.suppression").await.unwrap();
    let insert = "INSERT INTO ops.delivery (report, period, recipient, as_of, status)
                  VALUES ('mis.completed', 'p', $1, '2026-11-21', $2)";
    client.execute(insert, &[&ANA, &standing]).await.unwrap();
    let id = delivery_id(client, "p").await;
    let mut stands = Vec::new();
    for (kind, bounce) in events {
        let before = status(client, "p", ANA).await.unwrap();
        let changed = hear(client, &event(kind, bounce, &id)).await.unwrap();
        let after = status(client, "p", ANA).await.unwrap();
        assert!(changed || before == after, "{kind} changed {before} to {after} and said that it did not");
        stands.push(after);
    }
    stands
}

const SEND: (&str, &str) = ("Send", "");
const DELIVERY: (&str, &str) = ("Delivery", "");
const REJECT: (&str, &str) = ("Reject", "");
const BOUNCE: (&str, &str) = ("Bounce", "Permanent");
const COMPLAINT: (&str, &str) = ("Complaint", "");

#[tokio::test]
async fn events_settle_what_nobody_knew_and_never_undo_what_came_later() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    for standing in ["claimed", "uncertain", "failed"] {
        assert_eq!(story(client, standing, &[SEND, DELIVERY, SEND]).await, ["sent", "sent", "sent"]);
        assert_eq!(story(client, standing, &[DELIVERY]).await, ["sent"]);
        assert_eq!(story(client, standing, &[REJECT, SEND]).await, ["failed", "failed"], "out of order");
        assert_eq!(
            story(client, standing, &[BOUNCE, SEND, DELIVERY]).await,
            ["bounced", "bounced", "bounced"]
        );
        assert_eq!(story(client, standing, &[COMPLAINT, BOUNCE]).await, ["complained", "complained"]);
    }
    assert_eq!(story(client, "sent", &[REJECT]).await, ["failed"]);
    assert_eq!(
        story(client, "sent", &[BOUNCE, COMPLAINT, BOUNCE]).await,
        ["bounced", "complained", "complained"]
    );
    assert_eq!(suppressions(client).await, 1);
}

#[tokio::test]
async fn what_may_still_arrive_changes_nothing() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    let may_arrive = [
        ("Bounce", "Transient"),
        ("Bounce", "Undetermined"),
        ("DeliveryDelay", ""),
        ("Open", ""),
        ("Click", ""),
    ];
    assert_eq!(story(client, "uncertain", &may_arrive).await, ["uncertain"; 5]);
    assert_eq!(story(client, "sent", &may_arrive).await, ["sent"; 5]);
    assert_eq!(suppressions(client).await, 0);
}

#[tokio::test]
async fn an_echo_does_not_suppress_an_address_that_was_freed() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    assert_eq!(story(client, "sent", &[BOUNCE]).await, ["bounced"]);
    client.execute("DELETE FROM ops.suppression", &[]).await.unwrap();
    let id = delivery_id(client, "p").await;
    assert!(!hear(client, &event("Bounce", "Permanent", &id)).await.unwrap());
    assert_eq!(suppressions(client).await, 0);
}

#[tokio::test]
async fn mails_of_others_are_ignored() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    let unknown = event("Send", "", "6f1c0f1e-8f57-4a6f-9c39-3f1b6f0f0b6a");
    let nonsense = event("Send", "", "'; DROP TABLE ops.delivery; --");
    let mut untagged = unknown.clone();
    untagged.detail.mail.tags.clear();
    for stray in [unknown, nonsense, untagged] {
        assert!(!hear(client, &stray).await.unwrap());
    }
    story(client, "uncertain", &[]).await;
    let mut foreign = event("Send", "", &delivery_id(client, "p").await);
    foreign.source = "aws.somebody".to_owned();
    assert!(!hear(client, &foreign).await.unwrap());
}

#[tokio::test]
async fn an_event_about_an_attempt_that_gave_way_to_another_changes_nothing() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    let (post, window) = (Script::default(), Window::whole("p"));
    run(&postgres, &post, &window, &[ANA]).await.unwrap();
    let first = delivery_id(client, "p").await;
    assert!(hear(client, &event("Reject", "", &first)).await.unwrap());
    run(&postgres, &post, &window, &[ANA]).await.unwrap();
    assert!(
        !hear(client, &event("Reject", "", &first)).await.unwrap(),
        "an echo would free the second attempt"
    );
    assert_eq!(status(client, "p", ANA).await.as_deref(), Some("sent"));
}

#[tokio::test]
async fn an_event_makes_the_next_run_know() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    let (post, window) = (Script::answering([UNKNOWN]), Window::whole("p"));
    let uncertain = run(&postgres, &post, &window, &[ANA]).await.unwrap().uncertain;
    assert!(hear(client, &event("Delivery", "", &uncertain[0])).await.unwrap());
    let tally = run(&postgres, &post, &window, &[ANA]).await.unwrap();
    assert_eq!((tally.already_sent, tally.uncertain.len()), (1, 0));
}
