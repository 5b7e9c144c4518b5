//! Patients.

use fastrand::Rng;

use super::charge::{mixed, word};
use super::lists::{FAMILY, GIVEN};

/// A person whom charges are for.
#[derive(Debug, Clone)]
pub(super) struct Patient {
    pub(super) number: u32,
    pub(super) id: String,
    /// As reports have it.
    pub(super) name: String,
    /// The insurance's number of the person, and of the group that is insured.
    pub(super) member: String,
    pub(super) group: String,
}

impl Patient {
    /// The patient of this number in an account.
    pub(super) fn of(account: &str, seed: u64, number: u32) -> Self {
        let mut chance = Rng::with_seed(mixed(seed, account).wrapping_add(u64::from(number) << 32));
        let id = format!("{:08}", 4_400_000 + number * 7);
        let (given, family) = (word(&GIVEN, chance.u32(..)), word(&FAMILY, chance.u32(..)));
        let name = match number % 8 {
            0 | 1 => format!("{family}, {given} ({id})"),
            2 => format!("{family},\n{given}"),
            3 => format!("{} {}", given.to_uppercase(), family.to_uppercase()),
            _ => format!("{given} {family}"),
        };
        Self {
            number,
            id,
            name,
            member: format!("W{:09}", chance.u32(0..1_000_000_000)),
            group: format!("G-{:07}", chance.u32(0..100_000)),
        }
    }
}
