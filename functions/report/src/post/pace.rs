//! The mails of one report no faster than the account may send them. Reports that go out side by side each keep this pace;
//! what is too much together SES throttles, and what is throttled is offered again.

use std::time::Duration;

use rounds_shared::catalog::Channel;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::post::mail::Letter;
use crate::post::{Post, SendError};

/// A post whose mails have turns; the other channels have services of their own.
pub struct Paced<'a, P> {
    post: &'a P,
    /// From one turn to the next.
    gap: Duration,
    next: Mutex<Instant>,
}

impl<'a, P: Post> Paced<'a, P> {
    /// A post that gives so many mails a second, shared with the other parts of the report, so many in all.
    #[must_use]
    pub fn new(post: &'a P, mails_per_second: u32, parts: u32) -> Self {
        let gap = Duration::from_secs(1) * parts.max(1) / mails_per_second.max(1);
        Self { post, gap, next: Mutex::new(Instant::now()) }
    }
}

impl<P: Post> Post for Paced<'_, P> {
    async fn turn(&self, channel: Channel) {
        if channel == Channel::Email {
            let mut next = self.next.lock().await;
            sleep_until(*next).await;
            // What was not used is not made up for: no burst follows a pause.
            *next = Instant::now() + self.gap;
        }
    }

    async fn send(
        &self,
        channel: Channel,
        delivery_id: &str,
        to: &str,
        letter: &Letter,
    ) -> Result<String, SendError> {
        self.post.send(channel, delivery_id, to, letter).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Post for Nobody {
        async fn send(&self, _: Channel, _: &str, _: &str, _: &Letter) -> Result<String, SendError> {
            Ok(String::new())
        }
    }

    /// How long so many turns take, in milliseconds.
    async fn turns(paced: &Paced<'_, Nobody>, channel: Channel, number: u32) -> u128 {
        let begun = Instant::now();
        for _ in 0..number {
            paced.turn(channel).await;
        }
        begun.elapsed().as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn mails_keep_the_pace_of_the_account_whatever_was_not_used_of_it() {
        let paced = Paced::new(&Nobody, 10, 1);
        assert_eq!(turns(&paced, Channel::Email, 21).await, 2_000);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(turns(&paced, Channel::Email, 21).await, 2_000);
        assert_eq!(turns(&paced, Channel::Sms, 100).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn parts_side_by_side_share_the_pace() {
        let parts = [(); 5].map(|()| Paced::new(&Nobody, 10, 5));
        let begun = Instant::now();
        futures_util::future::join_all(parts.iter().map(|part| turns(part, Channel::Email, 21))).await;
        assert_eq!(begun.elapsed().as_millis(), 10_000, "105 mails, of which five go at once");
    }
}
