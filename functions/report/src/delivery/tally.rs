//! What became of a report's letters, in numbers.

use std::ops::AddAssign;

use rounds_shared::failure::{Failure, Name};

use super::Outcome;

/// Most letters that are named in an answer, because it travels in the state machine's payloads.
pub(crate) const LISTED: usize = 20;

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
    /// How many of these went without an answer now.
    pub unanswered: u32,
    /// Refused, each for a reason of its own; the next run tries again.
    pub refused: Vec<Refusal>,
}

/// A letter that a service would not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its id in the ledger.
    pub delivery_id: String,
    /// Who refused it, and why.
    pub error: String,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.already_sent += other.already_sent;
        self.suppressed += other.suppressed;
        self.nothing_new += other.nothing_new;
        self.uncertain.extend(other.uncertain);
        self.unanswered += other.unanswered;
        self.refused.extend(other.refused);
    }
}

impl Tally {
    /// Whether all is well, once all letters of a report were tried.
    ///
    /// # Errors
    /// Letters were refused.
    pub fn checked(&self) -> Result<(), Refusals> {
        let Some(first) = self.refused.first() else { return Ok(()) };
        let others = self.sent + self.already_sent + self.suppressed + self.nothing_new;
        let others = usize::try_from(others).unwrap_or(usize::MAX).saturating_add(self.uncertain.len());
        let mut listed: Vec<String> =
            self.refused.iter().take(LISTED).map(|refusal| refusal.delivery_id.clone()).collect();
        if self.refused.len() > LISTED {
            listed.push(format!("{} more", self.refused.len() - LISTED));
        }
        Err(Refusals {
            refused: self.refused.len(),
            letters: others.saturating_add(self.refused.len()),
            first: first.error.clone(),
            listed: listed.join(", "),
        })
    }

    pub(super) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Sent => self.sent += 1,
            Outcome::AlreadySent => self.already_sent += 1,
            Outcome::Suppressed => self.suppressed += 1,
            Outcome::NothingNew => self.nothing_new += 1,
            Outcome::Uncertain(delivery_id) => self.uncertain.push(delivery_id),
            Outcome::Unanswered(delivery_id) => {
                self.unanswered += 1;
                self.uncertain.push(delivery_id);
            }
            Outcome::Failed { delivery_id, error } => {
                self.refused.push(Refusal { delivery_id, error: error.to_string() });
            }
        }
    }
}

/// Letters that a service would not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{refused} of {letters} letters were not taken; of the first: {first}; `rounds deliveries --failed` names the \
     recipients of {listed}"
)]
pub struct Refusals {
    /// How many.
    pub refused: usize,
    /// Of how many.
    pub letters: usize,
    /// The first refusal.
    pub first: String,
    /// The first twenty, by their ids in the ledger.
    pub listed: String,
}

impl Failure for Refusals {
    fn name(&self) -> Name {
        Name::Mail
    }
}
