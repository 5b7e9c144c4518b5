//! Five hundred runs in which senders die, sessions break and services answer as they like.

use std::collections::BTreeSet;
use std::pin::pin;

use fastrand::Rng;
use futures_util::StreamExt as _;
use rounds_report::delivery::sweep;
use rounds_testkit::polled::polled;

use super::*;
use crate::ledger;

const SEEDS: u64 = 500;
const RECIPIENTS: [&str; 3] = [ANA, BEN, "chat:care"];
const DAYS: u32 = 3;
/// More polls than a run for three recipients takes, by a little.
const POLLS: usize = 150;

/// A service that does as it likes, after and before any number of awaits.
struct Fickle {
    luck: Mutex<Rng>,
    outbox: Arc<Outbox>,
    is_harmed: bool,
}

impl Fickle {
    fn roll(&self, sides: u32) -> u32 {
        self.luck.lock().unwrap().u32(..sides)
    }

    async fn dawdle(&self) {
        for _ in 0..self.roll(4) {
            tokio::task::yield_now().await;
        }
    }
}

impl Post for Fickle {
    async fn send(
        &self,
        _: Channel,
        delivery_id: &str,
        to: &str,
        letter: &Letter,
    ) -> Result<String, SendError> {
        self.dawdle().await;
        let (took, answer) = match if self.is_harmed { self.roll(12) } else { 11 } {
            0 => (true, Err(UNKNOWN)),
            1 => (false, Err(UNKNOWN)),
            2 | 3 => (false, Err(throttled())),
            4 => (false, Err(refused())),
            5 => (false, Err(UNREACHABLE)),
            _ => (true, Ok("provider".to_owned())),
        };
        if took {
            self.outbox.put(to, delivery_id, letter);
        }
        self.dawdle().await;
        answer
    }
}

/// What a seed makes happen.
struct Seed<'a> {
    postgres: &'a Postgres,
    admin: &'a Client,
    report: String,
    is_once_per: bool,
    outbox: Arc<Outbox>,
}

impl Seed<'_> {
    fn window(&self, day: u32) -> Window {
        let rows = if self.is_once_per { 0..day + 2 } else { 0..0 };
        Window { is_once_per: self.is_once_per, ..Window::rows(&format!("day-{day}"), rows) }
    }

    fn service(&self, luck: &mut Rng, is_harmed: bool) -> Fickle {
        Fickle { luck: Mutex::new(luck.fork()), outbox: Arc::clone(&self.outbox), is_harmed }
    }

    /// A run that dies, or whose session breaks, or neither; whether it came to its end.
    async fn harmed_run(&self, day: u32, mut luck: Rng) -> bool {
        let (service, window) = (self.service(&mut luck, true), self.window(day));
        let mut client = self.postgres.connect("report").await;
        let session = pid(&client).await;
        // The client goes with the future that is dropped.
        let mut future = pin!(async move {
            deliver((self.postgres, &mut client), &service, &self.report, &window, &RECIPIENTS).await.is_ok()
        });
        let polls = luck.usize(1..POLLS);
        match luck.u8(..4) {
            0 | 1 => polled(future, polls).await.is_some(),
            2 => match polled(future.as_mut(), polls).await {
                Some(_) => true,
                None => {
                    // At once, and noticed by the session at some moment after.
                    self.admin.execute("SELECT pg_terminate_backend($1)", &[&session]).await.unwrap();
                    future.await;
                    false
                }
            },
            _ => future.await,
        }
    }

    /// Harm, and then a round of every day without any; how many runs came to their end.
    async fn play(&self, luck: &mut Rng) -> u32 {
        let mut unharmed = 0;
        for day in 0..DAYS {
            for _ in 0..luck.u8(..3) {
                unharmed += u32::from(self.harmed_run(day, luck.fork()).await);
            }
            if luck.u8(..4) == 0 {
                let other = luck.u32(..DAYS);
                tokio::join!(self.harmed_run(day, luck.fork()), self.harmed_run(other, luck.fork()));
            }
        }
        for day in 0..DAYS {
            let (service, window) = (self.service(luck, false), self.window(day));
            let mut client = self.postgres.connect("report").await;
            deliver((self.postgres, &mut client), &service, &self.report, &window, &RECIPIENTS)
                .await
                .unwrap();
        }
        unharmed
    }

    /// What must hold in the end.
    async fn check(&self, seed: u64) {
        let uncertain: BTreeSet<String> =
            sweep(self.admin).await.unwrap().into_iter().map(|uncertain| uncertain.delivery).collect();
        let ledger = self.ledger().await;
        let letters = self.outbox.letters();
        for delivery in &ledger {
            let place = format!("seed {seed}: {delivery:?}");
            let mails: Vec<&Sent> = letters.iter().filter(|sent| sent.delivery_id == delivery.id).collect();
            match delivery.status.as_str() {
                "sent" => assert_eq!(mails.len(), 1, "{place}"),
                "failed" => assert_eq!(mails.len(), 0, "{place}"),
                "uncertain" => assert!(uncertain.contains(&delivery.id) && mails.len() <= 1, "{place}"),
                _ => panic!("{place}"),
            }
            assert!(
                mails.iter().all(|mail| mail.rows == delivery.rows),
                "{place}: the ledger has other rows"
            );
        }
        for sent in &letters {
            let known = ledger.iter().any(|delivery| delivery.id == sent.delivery_id);
            assert!(known, "seed {seed}: {sent:?} has no row in the ledger");
        }
        for recipient in RECIPIENTS {
            let address = recipient.trim_start_matches("chat:");
            let theirs: Vec<&Sent> = letters.iter().filter(|sent| sent.to == address).collect();
            let open: Vec<&Delivery> =
                ledger.iter().filter(|row| row.to == address && row.status == "uncertain").collect();
            for period in (0..DAYS).map(|day| format!("day-{day}")) {
                let mails = theirs.iter().filter(|sent| sent.period == period).count();
                let is_open = open.iter().any(|delivery| delivery.period == period);
                assert!(mails <= 1, "seed {seed}: {mails} letters of {period} to {recipient}");
                let is_there = mails == 1 || is_open || self.is_once_per;
                assert!(is_there, "seed {seed}: {period} is lost to {recipient}");
            }
            for row in self.window(DAYS - 1).rows {
                let times = theirs.iter().filter(|sent| sent.rows.contains(&row)).count();
                let is_open = open.iter().any(|delivery| delivery.rows.contains(&row));
                assert!(times <= 1, "seed {seed}: {row} went {times} times to {recipient}");
                assert!(times == 1 || is_open, "seed {seed}: {row} is lost to {recipient}");
            }
        }
    }

    async fn ledger(&self) -> Vec<Delivery> {
        let query = "SELECT delivery_id::text, recipient, period, status,
                            ARRAY(SELECT row_key FROM ops.delivered_row r WHERE r.delivery_id = d.delivery_id ORDER BY 1)
                     FROM ops.delivery d WHERE report = $1";
        let rows = self.admin.query(query, &[&self.report]).await.unwrap();
        let delivery = |row: tokio_postgres::Row| Delivery {
            id: row.get(0),
            to: row.get(1),
            period: row.get(2),
            status: row.get(3),
            rows: row.get(4),
        };
        rows.into_iter().map(delivery).collect()
    }
}

/// A row of the ledger.
#[derive(Debug)]
struct Delivery {
    id: String,
    to: String,
    period: String,
    status: String,
    rows: Vec<String>,
}

#[tokio::test(start_paused = true)]
async fn whoever_dies_wherever_no_letter_and_no_row_goes_out_twice_or_is_lost_in_silence() {
    let postgres = ledger().await;
    let admin = postgres.connect("admin").await;
    let (postgres, admin) = (&postgres, &admin);
    let seeds = futures_util::stream::iter(0..SEEDS).map(|seed| async move {
        let mut luck = Rng::with_seed(seed);
        let report = format!("mis.seed_{seed}");
        let world = Seed { postgres, admin, report, is_once_per: luck.bool(), outbox: Arc::default() };
        let unharmed = world.play(&mut luck).await;
        world.check(seed).await;
        unharmed
    });
    let unharmed: u32 =
        seeds.buffer_unordered(8).fold(0, |sum, unharmed| async move { sum + unharmed }).await;
    let standing = "SELECT count(*) FILTER (WHERE status = 'uncertain'), count(*) FROM ops.delivery";
    let standing = admin.query_one(standing, &[]).await.unwrap();
    let (uncertain, all): (i64, i64) = (standing.get(0), standing.get(1));
    assert!(
        unharmed > 50 && uncertain > 100 && all > 2500,
        "the harm is neither everywhere nor nowhere: {unharmed} {uncertain} {all}"
    );
}
