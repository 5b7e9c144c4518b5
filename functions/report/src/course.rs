//! How far one call comes with a report's letters: which are its part, in what order they are served, and when it stops.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rounds_shared::catalog::{Channel, Each, OfDay, Report};
use rounds_shared::failure::{Class, Failure as _};
use rounds_shared::payload::Ready;
use tokio_postgres::Client;

use crate::delivery::{self, Letters, Occasion, Post, Sessions, Tally};
use crate::due::DueReport;
use crate::error::Reason;
use crate::letters::share::Share;
use crate::letters::{Lake, Remaining, Same, Writer};
use crate::post::recipient::Recipient;

/// How long before Lambda ends a call no letter is begun: one may wait a minute for its lock, half a minute for each of four
/// answers of its service, and some seconds for its turn and between these. If one takes longer after all, the call is
/// killed over it, and that letter alone is uncertain.
const LAST_LETTER: SignedDuration = SignedDuration::from_secs(200);

/// After so many letters of a channel without an answer in one call no more of it are handed over: a service that has
/// broken down should not make thousands of them uncertain.
const MOST_UNANSWERED: u32 = 10;

/// What one call is to deliver of a report.
pub struct Call<'a> {
    /// Which letters.
    pub letters: &'a Ready,
    /// Where the call before stopped; none for the first.
    pub after: Option<&'a str>,
    /// When Lambda ends the call.
    pub ends: Timestamp,
    /// Whether letters go out at any hour, whatever the report's file says.
    pub at_any_hour: bool,
}

/// When no further letter of a call is begun.
///
/// # Errors
/// [`Reason::OutsideHours`] where none may be begun at all.
pub fn stops(report: &Report, call: &Call<'_>, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, Reason> {
    let stops = call.ends.checked_sub(LAST_LETTER).unwrap_or(call.ends);
    let Some(hours) = report.hours.filter(|_| !call.at_any_hour) else { return Ok(stops) };
    match hours.at(now, zone) {
        OfDay::Within(closes) => Ok(stops.min(closes)),
        OfDay::Before(_) | OfDay::After => Err(Reason::OutsideHours { hours }),
    }
}

/// How far a call has come.
#[derive(Default)]
pub struct Course {
    /// How the letters ended, those that a call before had begun among them.
    pub tally: Tally,
    /// How those ended that this call has begun.
    pub begun: Tally,
    /// Rows in these.
    pub rows: usize,
    /// The first letter that could not be made.
    pub failure: Option<Reason>,
    /// The last one that was begun, where some were left.
    pub after: Option<String>,
    /// Letters that were not begun.
    pub left: u32,
    /// Letters without an answer, by the channel.
    unanswered: BTreeMap<Channel, u32>,
    /// Channels whose service takes nothing for now.
    stopped: Vec<(Channel, Reason)>,
}

impl Course {
    /// Takes over how a letter of a call before ended; whether it has.
    fn remember(&mut self, ended: Option<Tally>) -> bool {
        let has_ended = ended.is_some();
        self.tally += ended.unwrap_or_default();
        has_ended
    }

    /// Begins a letter, unless it is time to stop. One is always begun, so that each call gets on.
    fn begin(&mut self, share: &Share, is_time: impl FnOnce() -> bool) -> bool {
        if self.after.is_some() && is_time() {
            self.left += 1;
            return false;
        }
        self.after = Some(place(&share.item).to_owned());
        self.rows += share.sections.first().map_or(0, |own| own.rows.len());
        true
    }

    fn is_stopped(&self, channel: Option<Channel>) -> bool {
        self.stopped.iter().any(|(stopped, _)| Some(*stopped) == channel)
    }

    /// Writes down how a share's letters ended.
    fn count(
        &mut self,
        served: Result<Tally, Reason>,
        channel: Option<Channel>,
        is_tried: bool,
    ) -> Result<(), Reason> {
        match (served, channel) {
            (Ok(tally), _) => {
                if let Some(channel) = channel {
                    self.listen(channel, tally.unanswered);
                }
                if !is_tried {
                    self.begun += tally.clone();
                }
                self.tally += tally;
            }
            (Err(Reason::Mail(error)), Some(channel)) => self.stopped.push((channel, error.into())),
            (Err(reason), _) if reason.name().class() == Class::Retryable => return Err(reason),
            (Err(reason), _) => self.failure = self.failure.take().or(Some(reason)),
        }
        Ok(())
    }

    /// Stops a channel whose service leaves too many letters without an answer.
    fn listen(&mut self, channel: Channel, unanswered: u32) {
        let letters = self.unanswered.entry(channel).or_default();
        *letters += unanswered;
        if *letters >= MOST_UNANSWERED {
            self.stopped.push((channel, Reason::Unanswered { letters: *letters }));
        }
    }

    fn ended(mut self) -> Result<Self, Reason> {
        // What is not to be tried again by itself comes last, and is told.
        self.stopped.sort_by_key(|(_, reason)| reason.name().class() != Class::Retryable);
        if let Some((_, reason)) = self.stopped.pop() {
            return Err(reason);
        }
        self.after = self.after.filter(|_| self.left > 0);
        Ok(self)
    }
}

/// What serves a report's shares.
pub struct Desk<'a, S, P, L> {
    /// Where sessions with the ledger come from.
    pub sessions: &'a S,
    /// Makes the letters.
    pub writer: &'a Writer<'a, L>,
    /// Takes them.
    pub post: &'a P,
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// Who gets a share whose rows name nobody.
    pub audience: Vec<Recipient>,
}

impl<S: Sessions, P: Post, L: Lake> Desk<'_, S, P, L> {
    /// Serves one share after another, those first whose digest is first, until it is time to stop: one at least. What a
    /// call before has begun and the ledger has settled is passed over, so that each call gets on, and what was refused is
    /// offered once in a round; what could not be made is tried once more, so that the last call tells of it.
    ///
    /// # Errors
    /// What can be tried again, at once; where it is a channel's service, after the other channels were served.
    pub async fn serve(
        &self,
        client: &mut Client,
        shares: Vec<Share>,
        after: Option<&str>,
        stops: Timestamp,
    ) -> Result<Course, Reason> {
        let DueReport { report, period, .. } = self.writer.due;
        let mut settled = match after {
            Some(_) => delivery::settled(client, &report.name, &period.label).await?,
            None => HashMap::new(),
        };
        let mut course = Course::default();
        for share in shares {
            let mut recipients =
                share.recipient.clone().map_or_else(|| self.audience.clone(), |named| vec![named]);
            let is_tried = after.is_some_and(|after| place(&share.item) <= after);
            let is_over = if is_tried {
                let delivery = |to: &Recipient| (share.item.clone(), to.address.clone());
                recipients.retain(|to| !course.remember(settled.remove(&delivery(to))));
                recipients.is_empty()
            } else {
                !course.begin(&share, || (self.clock)() >= stops)
            };
            let channel = share.recipient.as_ref().map(|named| named.channel);
            if !is_over && !course.is_stopped(channel) {
                course.count(self.serve_one(client, share, &recipients).await, channel, is_tried)?;
            }
        }
        course.ended()
    }

    /// Makes a share's letters and delivers them.
    async fn serve_one(
        &self,
        client: &mut Client,
        share: Share,
        recipients: &[Recipient],
    ) -> Result<Tally, Reason> {
        let Self { writer, .. } = self;
        let report = writer.due.report;
        let is_kept = recipients.is_empty() || report.deliver.iter().any(|channel| !channel.is_sent());
        if report.once_per.is_empty() {
            let same = Same::new(writer, &share);
            if is_kept {
                same.letter(client).await?;
            }
            return self.deliver(client, &share.item, recipients, &same).await;
        }
        // What is kept for everybody leaves nothing out.
        if is_kept {
            writer.write(client, share.clone(), Some(0), recipients.is_empty()).await?;
        }
        self.deliver(client, &share.item, recipients, &Remaining::new(writer, &share, None)).await
    }

    /// Delivers the letters of an item.
    ///
    /// # Errors
    /// See [`delivery::deliver`].
    pub async fn deliver(
        &self,
        client: &mut Client,
        item: &str,
        recipients: &[Recipient],
        letters: &impl Letters,
    ) -> Result<Tally, Reason> {
        let Self { sessions, writer, post, .. } = self;
        let DueReport { report, as_of, period } = writer.due;
        let occasion = Occasion {
            report: &report.name,
            period: &period.label,
            as_of: *as_of,
            item,
            is_for_one: matches!(report.each, Each::Row { .. }),
            copy: writer.copy,
        };
        // Boxed, because the compiler gives up on a future nested as deep as all stages of a report in one.
        Box::pin(delivery::deliver(client, *sessions, *post, &occasion, recipients, letters)).await
    }
}

/// Where a letter stands among those of its report: the beginning of the digest of what it is about.
fn place(item: &str) -> &str {
    item.get(..16).unwrap_or(item)
}
