//! What each row of the protocol's table means.

use rounds_report::delivery::{Post, SendError, sweep};
use rounds_report::post::mail::Letter;
use rounds_shared::catalog::Channel;
use rounds_shared::failure::Name;
use tokio::sync::Notify;

use super::*;
use crate::ledger;

fn sent(number: u32) -> Tally {
    Tally { sent: number, ..Tally::default() }
}

#[tokio::test]
async fn a_letter_goes_out_once_per_period_and_recipient() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::default();
    let (first, second) = (Window::whole("2026-11-20"), Window::whole("2026-11-21"));
    assert_eq!(run(&postgres, &post, &first, &[ANA, BEN]).await, Ok(sent(2)));
    let again = run(&postgres, &post, &first, &[ANA, BEN]).await;
    assert_eq!(again, Ok(Tally { already_sent: 2, ..Tally::default() }));
    assert_eq!(run(&postgres, &post, &second, &[ANA]).await, Ok(sent(1)));
    assert_eq!(post.outbox.recipients(), [ANA, BEN, ANA]);
    let settled = "SELECT count(*) FROM ops.delivery WHERE status = 'sent' AND channel = 'email'
                   AND provider_message_id = 'provider-' || delivery_id AND settled_at IS NOT NULL";
    assert_eq!(client.query_one(settled, &[]).await.unwrap().get::<_, i64>(0), 3);
}

#[tokio::test]
async fn each_item_and_each_copy_is_a_letter_of_its_own() {
    let postgres = ledger().await;
    let mut client = postgres.connect("report").await;
    let (post, recipients) = (Script::default(), [Recipient::parse(ANA).unwrap()]);
    for (item, copy) in
        [("", ""), ("doctor-1", ""), ("doctor-2", ""), ("doctor-2", "request-1"), ("doctor-2", "")]
    {
        let occasion = Occasion { report: REPORT, period: "p", as_of: AS_OF, item, is_for_one: false, copy };
        let letters = Window::whole("p");
        delivery::deliver(&mut client, &Reopen(&postgres), &post, &occasion, &recipients, &letters)
            .await
            .unwrap();
    }
    assert_eq!(post.outbox.recipients(), [ANA; 4]);
}

#[tokio::test]
async fn whoever_was_sent_a_copy_of_what_had_failed_is_not_sent_the_first_as_well() {
    let postgres = ledger().await;
    let (post, window) = (Script::answering([refused()]), Window::whole("p"));
    assert_eq!(run(&postgres, &post, &window, &[ANA]).await.unwrap().refused.len(), 1);
    send_ana_a_copy(&postgres, &post, &window).await;
    let again = run(&postgres, &post, &window, &[ANA]).await;
    assert_eq!(again, Ok(Tally { already_sent: 1, ..Tally::default() }));
    assert_eq!(post.outbox.recipients(), [ANA]);
}

#[tokio::test]
async fn a_refusal_frees_the_delivery_and_does_not_stop_the_others() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::answering([refused()]);
    let window = Window::whole("p");
    let tally = run(&postgres, &post, &window, &[ANA, BEN]).await.unwrap();
    let failed = tally.refused[0].delivery_id.clone();
    assert_eq!(
        tally.checked().unwrap_err().to_string(),
        format!(
            "1 of 2 letters were not taken; of the first: SES refused it (MessageRejected); `rounds deliveries --failed` \
             names the recipients of {failed}"
        )
    );
    assert_eq!(post.outbox.recipients(), [BEN]);
    assert_eq!(status(&client, "p", ANA).await.as_deref(), Some("failed"));
    let again = run(&postgres, &post, &window, &[ANA, BEN]).await.unwrap();
    assert_eq!(again.checked(), Ok(()));
    assert_eq!(again, Tally { sent: 1, already_sent: 1, ..Tally::default() });
    assert_eq!(post.outbox.recipients(), [BEN, ANA]);
}

#[tokio::test(start_paused = true)]
async fn a_short_throttling_is_waited_for_and_a_long_one_is_the_next_runs() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let window = Window::whole("p");
    let post = Script::answering([throttled(), throttled()]);
    let begun = tokio::time::Instant::now();
    assert_eq!(run(&postgres, &post, &window, &[ANA]).await, Ok(sent(1)));
    assert!((1.5..=3.5).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());

    let window = Window::whole("q");
    let post = Script::answering([throttled(), throttled(), throttled(), throttled()]);
    let begun = tokio::time::Instant::now();
    assert_eq!(run(&postgres, &post, &window, &[ANA, BEN]).await, Err(Name::MailThrottled));
    assert!((3.5..=7.5).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
    assert_eq!(status(&client, "q", ANA).await.as_deref(), Some("failed"));
    assert_eq!(status(&client, "q", BEN).await, None, "nobody else is tried while SES throttles");
    assert_eq!(run(&postgres, &post, &window, &[ANA, BEN]).await, Ok(sent(2)));
}

#[tokio::test]
async fn what_stops_one_channel_does_not_stop_the_others() {
    let postgres = ledger().await;
    let post = Script::answering([UNREACHABLE, UNREACHABLE]);
    let recipients = ["chat:care", ANA, BEN, "chat:ward", "+351912345678"];
    let window = Window::whole("p");
    assert_eq!(run(&postgres, &post, &window, &recipients).await, Err(Name::MailUnavailable));
    assert_eq!(
        post.outbox.recipients(),
        ["ward", "+351912345678"],
        "a room that is away is not the other room"
    );
    let again = run(&postgres, &post, &window, &recipients).await;
    assert_eq!(again, Ok(Tally { sent: 3, already_sent: 2, ..Tally::default() }));
}

#[tokio::test]
async fn a_letter_without_an_answer_is_uncertain_and_never_sent_again() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let (post, window) = (Script::answering([UNKNOWN]), Window::whole("p"));
    let first = run(&postgres, &post, &window, &[ANA, BEN]).await.unwrap();
    let again = run(&postgres, &post, &window, &[ANA, BEN]).await.unwrap();
    assert_eq!((first.sent, again.already_sent), (1, 1));
    assert_eq!(first.uncertain, again.uncertain);
    assert_eq!(post.outbox.recipients(), [ANA, BEN]);
    let swept = sweep(&client).await.unwrap();
    assert_eq!(
        swept.iter().map(|one| &one.delivery).collect::<Vec<_>>(),
        first.uncertain.iter().collect::<Vec<_>>()
    );
    assert_eq!((swept[0].report.as_str(), swept[0].period.as_str()), (REPORT, "p"));
}

#[tokio::test]
async fn a_suppressed_address_gets_nothing_until_the_suppression_is_lifted() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let suppress = "INSERT INTO ops.suppression (address, reason) VALUES ($1, 'bounced')";
    client.execute(suppress, &[&ANA]).await.unwrap();
    let (post, window) = (Script::default(), Window::rows("p", 1..3));
    for _ in 0..2 {
        let tally = run(&postgres, &post, &window, &[ANA]).await;
        assert_eq!(tally, Ok(Tally { suppressed: 1, ..Tally::default() }));
        assert_eq!(status(&client, "p", ANA).await.as_deref(), Some("suppressed"));
    }
    client.execute("DELETE FROM ops.suppression", &[]).await.unwrap();
    assert_eq!(run(&postgres, &post, &window, &[ANA]).await, Ok(sent(1)));
    assert_eq!(post.outbox.letters()[0].rows, ["row-1", "row-2"]);
}

#[tokio::test]
async fn what_bounced_or_brought_a_complaint_is_not_sent_again() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::default();
    for standing in ["bounced", "complained"] {
        let window = Window::whole(standing);
        run(&postgres, &post, &window, &[ANA]).await.unwrap();
        let update = "UPDATE ops.delivery SET status = period WHERE period = $1";
        client.execute(update, &[&standing]).await.unwrap();
        let again = run(&postgres, &post, &window, &[ANA]).await;
        assert_eq!(again, Ok(Tally { already_sent: 1, ..Tally::default() }));
    }
}

#[tokio::test]
async fn two_senders_at_once_send_one_letter() {
    let postgres = ledger().await;
    let post = Script::default();
    for period in ["p", "q", "r"] {
        let window = Window::whole(period);
        let (first, second) =
            tokio::join!(run(&postgres, &post, &window, &[ANA]), run(&postgres, &post, &window, &[ANA]));
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!((first.sent + second.sent, first.already_sent + second.already_sent), (1, 1));
    }
    assert_eq!(post.outbox.recipients(), [ANA; 3]);
}

/// A service that tells when a letter is in its hands, and takes it when it is told.
#[derive(Default)]
struct Slow {
    begun: Notify,
    go_on: Notify,
    outbox: Outbox,
}

impl Post for Slow {
    async fn send(
        &self,
        _: Channel,
        delivery_id: &str,
        to: &str,
        letter: &Letter,
    ) -> Result<String, SendError> {
        self.begun.notify_one();
        self.go_on.notified().await;
        self.outbox.put(to, delivery_id, letter);
        Ok("provider".to_owned())
    }
}

#[tokio::test]
async fn a_dead_senders_claim_is_uncertain_to_a_sweep_and_to_the_next_run() {
    let postgres = ledger().await;
    let admin = postgres.connect("admin").await;
    let (post, window) = (Slow::default(), Window::whole("p"));
    tokio::select! {
        _ = run(&postgres, &post, &window, &[ANA]) => panic!("nobody lets it go on"),
        () = post.begun.notified() => (),
    }
    // The server takes a moment to notice that the sender is gone.
    let swept = loop {
        let swept = sweep(&admin).await.unwrap();
        if !swept.is_empty() {
            break swept;
        }
    };
    let next = run(&postgres, &Script::default(), &window, &[ANA]).await.unwrap();
    assert_eq!((next.sent, next.uncertain), (0, vec![swept[0].delivery.clone()]));
}

#[tokio::test]
async fn a_sweep_leaves_a_live_senders_claim_alone() {
    let postgres = ledger().await;
    let admin = postgres.connect("admin").await;
    let (post, window) = (Slow::default(), Window::whole("p"));
    let meanwhile = async {
        post.begun.notified().await;
        assert_eq!(sweep(&admin).await.unwrap(), []);
        assert_eq!(status(&admin, "p", ANA).await.as_deref(), Some("claimed"));
        post.go_on.notify_one();
    };
    let (tally, ()) = tokio::join!(run(&postgres, &post, &window, &[ANA]), meanwhile);
    assert_eq!(tally, Ok(sent(1)));
    assert_eq!(status(&admin, "p", ANA).await.as_deref(), Some("sent"));
}

#[tokio::test]
async fn a_sender_whose_session_breaks_before_the_answer_sends_one_letter_and_says_so() {
    let postgres = ledger().await;
    let admin = postgres.connect("admin").await;
    let mut client = postgres.connect("report").await;
    let broken = pid(&client).await;
    let (post, window) = (Slow::default(), Window::whole("p"));
    let meanwhile = async {
        post.begun.notified().await;
        cut(&admin, broken).await;
        // The lock is free, the claim stands, and the letter has not gone out: the other run must not send it.
        let other = run(&postgres, &Script::default(), &window, &[ANA]).await.unwrap();
        assert_eq!((other.sent, other.uncertain.len()), (0, 1));
        assert_eq!(status(&admin, "p", ANA).await.as_deref(), Some("uncertain"));
        post.go_on.notify_one();
    };
    let delivered = deliver((&postgres, &mut client), &post, REPORT, &window, &[ANA]);
    let (tally, ()) = tokio::join!(delivered, meanwhile);
    assert_eq!(tally, Ok(sent(1)));
    assert_eq!(post.outbox.recipients(), [ANA]);
    assert_eq!(status(&admin, "p", ANA).await.as_deref(), Some("sent"), "who knows better settles it");
    assert_eq!(sweep(&admin).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_lost_its_lock_does_not_try_again_after_a_throttling() {
    let postgres = ledger().await;
    let admin = postgres.connect("admin").await;
    let mut client = postgres.connect("report").await;
    let broken = pid(&client).await;
    cut_while_throttled(&postgres, &admin, &mut client, broken).await;
    assert_eq!(
        status(&admin, "p", ANA).await.as_deref(),
        Some("failed"),
        "it is known that nothing went out"
    );
    let post = Script::default();
    assert_eq!(run(&postgres, &post, &Window::whole("p"), &[ANA]).await, Ok(sent(1)));
}

async fn cut_while_throttled(postgres: &Postgres, admin: &Client, client: &mut Client, broken: i32) {
    /// Throttles once, and the session breaks meanwhile; a second try would go out.
    struct Cutting<'a>(&'a Client, i32, Script);
    impl Post for Cutting<'_> {
        async fn send(
            &self,
            channel: Channel,
            delivery_id: &str,
            to: &str,
            letter: &Letter,
        ) -> Result<String, SendError> {
            cut(self.0, self.1).await;
            self.2.send(channel, delivery_id, to, letter).await
        }
    }
    let post = Cutting(admin, broken, Script::answering([throttled()]));
    let outcome = deliver((postgres, client), &post, REPORT, &Window::whole("p"), &[ANA]).await;
    assert_eq!(outcome, Err(Name::MailThrottled));
    assert_eq!(post.2.outbox.recipients(), [""; 0]);
}
