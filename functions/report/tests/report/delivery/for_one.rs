//! What one address is told alone: whoever has a new one meanwhile is not told twice.

use super::*;
use crate::ledger;

/// Delivers a letter about the row to an address, over a session of its own.
async fn tell_of(item: &str, postgres: &Postgres, post: &Script, to: &str, copy: &str) -> Tally {
    let mut client = postgres.connect("report").await;
    let (window, recipients) = (Window::whole("p"), [Recipient::parse(to).unwrap()]);
    let occasion = Occasion { report: REPORT, period: "p", as_of: AS_OF, item, is_for_one: true, copy };
    delivery::deliver(&mut client, &Reopen(postgres), post, &occasion, &recipients, &window).await.unwrap()
}

async fn tell(postgres: &Postgres, post: &Script, to: &str, copy: &str) -> Tally {
    tell_of("row-1", postgres, post, to, copy).await
}

#[tokio::test]
async fn whoever_was_told_at_one_address_is_not_told_at_another_unless_an_operator_says_so() {
    let postgres = ledger().await;
    let post = Script::default();
    assert_eq!(tell(&postgres, &post, ANA, "").await.sent, 1);
    let again = tell(&postgres, &post, BEN, "").await;
    assert_eq!(again, Tally { already_sent: 1, ..Tally::default() });
    assert_eq!(tell(&postgres, &post, BEN, "request-1").await.sent, 1);
    assert_eq!(post.outbox.recipients(), [ANA, BEN]);
}

#[tokio::test]
async fn while_nobody_knows_of_the_letter_to_one_address_none_goes_to_another() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::answering([UNKNOWN]);
    assert_eq!(tell(&postgres, &post, ANA, "").await.unanswered, 1);
    let unknown = delivery_id(&client, "p").await;
    for status in ["uncertain", "claimed"] {
        client.execute("UPDATE ops.delivery SET status = $1", &[&status]).await.unwrap();
        let again = tell(&postgres, &post, BEN, "").await;
        assert_eq!(again, Tally { uncertain: vec![unknown.clone()], ..Tally::default() }, "{status}");
    }
    assert_eq!(post.outbox.recipients(), [ANA]);
}

#[tokio::test]
async fn what_did_not_reach_the_first_address_goes_to_the_next() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::default();
    for status in ["failed", "suppressed", "bounced"] {
        tell_of(status, &postgres, &post, ANA, "").await;
        client.execute("UPDATE ops.delivery SET status = $1 WHERE item = $1", &[&status]).await.unwrap();
        assert_eq!(tell_of(status, &postgres, &post, BEN, "").await.sent, 1, "{status}");
    }
}

#[tokio::test]
async fn two_runs_at_once_that_read_different_addresses_tell_one_of_them() {
    let postgres = ledger().await;
    let post = Script::default();
    for row in 1..=10 {
        let item = format!("row-{row}");
        let (first, second) = tokio::join!(
            tell_of(&item, &postgres, &post, ANA, ""),
            tell_of(&item, &postgres, &post, BEN, "")
        );
        assert_eq!((first.sent + second.sent, first.already_sent + second.already_sent), (1, 1));
        assert_eq!(post.outbox.recipients().len(), row);
    }
}
