//! What became of a report's letters, in numbers.

use std::ops::AddAssign;

use rounds_shared::failure::{Failure, Name};

use super::Outcome;
use crate::post::SendError;

/// How many letters ended how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sent now.
    pub sent: u32,
    /// Sent by another run.
    pub already_sent: u32,
    /// Not sent, because the address takes none (`ops.suppression`).
    pub suppressed: u32,
    /// Not sent, because there was nothing that the recipient had not been sent.
    pub nothing_new: u32,
    /// Nobody knows; their ids in the ledger.
    pub uncertain: Vec<String>,
    /// Refused, each for a reason of its own; the next run tries again.
    pub refused: u32,
    /// The first refusal.
    pub refusal: Option<SendError>,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.already_sent += other.already_sent;
        self.suppressed += other.suppressed;
        self.nothing_new += other.nothing_new;
        self.uncertain.extend(other.uncertain);
        self.refused += other.refused;
        self.refusal = self.refusal.take().or(other.refusal);
    }
}

impl Tally {
    /// The tally, once all letters of a report were tried.
    ///
    /// # Errors
    /// Letters were refused.
    pub fn checked(self) -> Result<Self, Refusals> {
        let Some(first) = self.refusal else { return Ok(self) };
        let others = self.sent + self.already_sent + self.suppressed + self.nothing_new;
        let uncertain = u32::try_from(self.uncertain.len()).unwrap_or(u32::MAX);
        Err(Refusals {
            refused: self.refused,
            letters: others.saturating_add(uncertain).saturating_add(self.refused),
            first,
        })
    }

    pub(super) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Sent => self.sent += 1,
            Outcome::AlreadySent => self.already_sent += 1,
            Outcome::Suppressed => self.suppressed += 1,
            Outcome::NothingNew => self.nothing_new += 1,
            Outcome::Uncertain(delivery_id) => self.uncertain.push(delivery_id),
            Outcome::Failed(error) => {
                self.refused += 1;
                self.refusal = self.refusal.take().or(Some(error));
            }
        }
    }
}

/// Letters that a service would not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{refused} of {letters} letters were not taken; of the first: {first}; `rounds deliveries` names the recipients"
)]
pub struct Refusals {
    /// How many.
    pub refused: u32,
    /// Of how many.
    pub letters: u32,
    /// The first refusal.
    pub first: SendError,
}

impl Failure for Refusals {
    fn name(&self) -> Name {
        self.first.name()
    }
}
