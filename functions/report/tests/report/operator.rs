//! What an operator asks the delivery ledger, and tells it.

use rounds_report::delivery::operator::{deliveries, original, settle};
use rounds_shared::catalog::Channel;
use rounds_shared::payload::{Settlement, Standing};

use crate::delivery::{ANA, BEN, Script, UNKNOWN, Window, delivery_id, run, status};
use crate::ledger;
use crate::sample::AS_OF;

const STRANGER: &str = "6f1c0f1e-8f57-4a6f-9c39-3f1b6f0f0b6a";

#[tokio::test]
async fn an_operators_word_settles_an_uncertain_delivery_and_no_other() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    let (post, window) = (Script::answering([UNKNOWN]), Window::whole("p"));
    run(&postgres, &post, &window, &[ANA]).await.unwrap();
    let id = &delivery_id(client, "p").await;
    assert_eq!(settle(client, id, Settlement::Sent).await.unwrap(), Some(true));
    assert_eq!(status(client, "p", ANA).await.as_deref(), Some("sent"));
    for settlement in [Settlement::Sent, Settlement::Lost] {
        assert_eq!(settle(client, id, settlement).await.unwrap(), Some(false));
    }
    assert_eq!(status(client, "p", ANA).await.as_deref(), Some("sent"));
}

#[tokio::test]
async fn what_an_operator_calls_lost_is_sent_by_the_next_run() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    // Its sender died, and nothing has looked at it since.
    let insert = "INSERT INTO ops.delivery (report, period, recipient, as_of, status)
                  VALUES ('mis.completed', 'p', $1, '2026-11-21', 'claimed')";
    client.execute(insert, &[&ANA]).await.unwrap();
    let id = delivery_id(client, "p").await;
    assert_eq!(settle(client, &id, Settlement::Lost).await.unwrap(), Some(true));
    let error = "SELECT status || ': ' || error FROM ops.delivery";
    let error: String = client.query_one(error, &[]).await.unwrap().get(0);
    assert_eq!(error, "failed: an operator says that it was lost");
    assert_eq!(run(&postgres, &Script::default(), &Window::whole("p"), &[ANA]).await.unwrap().sent, 1);
}

#[tokio::test]
async fn an_id_that_the_ledger_does_not_have_is_told_apart() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    for id in [STRANGER, "", "ana@clinic.example", &STRANGER.to_uppercase()] {
        assert_eq!(settle(client, id, Settlement::Sent).await.unwrap(), None, "{id}");
        assert!(original(client, id).await.unwrap().is_none(), "{id}");
    }
}

#[tokio::test]
async fn the_latest_deliveries_are_listed_first_and_the_uncertain_ones_counted() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    let post = Script::answering([UNKNOWN]);
    for period in ["p", "q"] {
        run(&postgres, &post, &Window::whole(period), &[ANA, BEN]).await.unwrap();
    }
    let (all, uncertain) = deliveries(client, None, 3).await.unwrap();
    let told: Vec<_> =
        all.iter().map(|one| (one.period.as_str(), one.recipient.as_str(), one.status.as_str())).collect();
    assert_eq!((told, uncertain), (vec![("q", BEN, "sent"), ("q", ANA, "sent"), ("p", BEN, "sent")], 1));
    let (open, _) = deliveries(client, Some(Standing::Uncertain), 10).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].recipient.as_str(), open[0].channel.as_str()), (ANA, "email"));
    assert_eq!(open[0].error.as_deref(), Some("SES did not say whether it went out"));
}

#[tokio::test]
async fn a_delivery_can_be_looked_up_to_be_sent_once_more() {
    let postgres = ledger().await;
    let client = &postgres.connect("report").await;
    run(&postgres, &Script::default(), &Window::rows("p", [2, 1]), &["chat:care"]).await.unwrap();
    let found = original(client, &delivery_id(client, "p").await).await.unwrap().unwrap();
    assert_eq!(
        (found.report.as_str(), found.period.as_str(), found.item.as_str()),
        ("mis.completed", "p", "")
    );
    assert_eq!(found.as_of, AS_OF);
    assert!(found.recipient.channel == Channel::Chat && found.recipient.address == "care");
    assert_eq!(found.row_keys, ["row-1", "row-2"]);
}
