//! Charges, and what had become of them by a day.

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, date};

use super::lists::{self, Payer, Service};
use super::patient::Patient;

/// A charge as it stands on a day.
#[derive(Debug)]
pub(super) struct Charge {
    pub(super) number: String,
    pub(super) claim: String,
    pub(super) patient: Patient,
    pub(super) practice: &'static str,
    pub(super) facility: &'static str,
    pub(super) office: &'static str,
    pub(super) user: &'static str,
    pub(super) payer: &'static Payer,
    pub(super) service: &'static Service,
    pub(super) units: i64,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) entered: Date,
    pub(super) billed: Option<Date>,
    /// In cents, as all amounts.
    pub(super) amount: i64,
    pub(super) allowed: i64,
    pub(super) stage: Stage,
    /// Remark code and reason code, where the insurance pays nothing.
    pub(super) denial: Option<(&'static str, &'static str)>,
    /// In the order of their days, none later than the day of the books.
    pub(super) payments: Vec<Payment>,
    pub(super) printed: i64,
    pub(super) electronic: i64,
}

/// How far a charge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Hold,
    AtInsurance,
    Denied,
    AtPatient,
    Collections,
    Settled,
}

/// Money that came for a charge, or was given up.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) kind: Kind,
    pub(super) paid: i64,
    pub(super) adjusted: i64,
    pub(super) unapplied: i64,
    pub(super) received: Date,
    pub(super) posted: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Insurance,
    Patient,
    /// Adjustment code and source.
    WriteOff(&'static str, &'static str),
}

/// The charges of a day, those that are entered by `as_of`: none to three, of one claim.
pub(super) fn of_day(account: &str, seed: u64, day: Date, as_of: Date) -> Vec<Charge> {
    let number = (day - date(2020, 1, 1)).get_days();
    let mut chance = Rng::with_seed(mixed(seed, account) ^ u64::from(number.unsigned_abs()));
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let how_many = if weekend { chance.u32(0..=1) } else { chance.u32(1..=2) };
    let tail = account.get(account.len().saturating_sub(3)..).unwrap_or_default();
    let claim = format!("{tail}{number:05}");
    let patient = Patient::of(account, seed, chance.u32(0..40));
    let payer = pick(&lists::PAYERS, patient.number);
    let places = (word(&lists::FACILITIES, chance.u32(..)), word(&lists::OFFICES, chance.u32(..)));
    let charge = |place: u32, mut chance: Rng| {
        let service = pick(&lists::SERVICES, chance.u32(..));
        let units = chance.i64(1..=service.days);
        let to = later(day, units - 1);
        let entered = later(to, chance.i64(0..=4));
        let amount = service.price * units;
        let mut charge = Charge {
            number: format!("{claim}{place}"),
            claim: claim.clone(),
            patient: patient.clone(),
            practice: word(&lists::PRACTICES, u32::try_from(mixed(0, account) % 97).unwrap_or_default()),
            facility: places.0,
            office: places.1,
            user: word(&lists::USERS, chance.u32(..)),
            payer,
            service,
            units,
            from: day,
            to,
            entered,
            billed: None,
            amount,
            allowed: amount * payer.allows / 100,
            stage: Stage::Hold,
            denial: None,
            payments: Vec::new(),
            printed: 0,
            electronic: 0,
        };
        charge.live(as_of, &mut chance);
        charge
    };
    let charges = (0..how_many).map(|place| charge(place, chance.fork()));
    charges.filter(|charge| charge.entered <= as_of).collect()
}

impl Charge {
    /// What happens to it up to `as_of`. Chance is asked the same questions whatever the day, so that a later day shows
    /// the same charge further on.
    fn live(&mut self, as_of: Date, chance: &mut Rng) {
        let wait = match chance.u32(0..40) {
            0 | 1 => 100_000,
            2..=6 => chance.i64(15..75),
            // Billed before it was entered.
            7 => -chance.i64(1..4),
            _ => chance.i64(1..10),
        };
        let billed = later(self.entered, wait);
        let answered = later(billed, chance.i64(10..45));
        let posted = later(answered, chance.i64(0..4) - i64::from(chance.u32(0..20) == 0) * 5);
        let is_denied = chance.u32(0..self.payer.denies_every) == 0;
        let denial = *pick(&lists::DENIALS, chance.u32(0..7).min(chance.u32(0..7)));
        let (given_up, write_off) = (chance.i64(50..160), *pick(&lists::WRITE_OFFS, chance.u32(..)));
        let patient_owes = self.allowed * chance.i64(0..5) * 5 / 100;
        let (patience, pays_too_much) = (chance.i64(10..260), chance.u32(0..25) == 0);
        if billed > as_of {
            return;
        }
        self.billed = Some(billed);
        self.stage = Stage::AtInsurance;
        let posts = |kind, paid, adjusted, received, posted| Payment {
            kind,
            paid,
            adjusted,
            unapplied: 0,
            received,
            posted,
        };
        let insured = !self.payer.id.is_empty();
        if insured && answered.max(posted) > as_of {
            return;
        }
        if insured && is_denied {
            self.stage = Stage::Denied;
            self.denial = Some(denial);
            self.payments.push(posts(Kind::Insurance, 0, 0, answered, posted));
            let day = later(answered, given_up);
            if day <= as_of {
                self.stage = Stage::Settled;
                self.payments.push(posts(Kind::WriteOff(write_off.0, write_off.1), 0, self.amount, day, day));
            }
            return;
        }
        let (owed, since) = if insured {
            let (paid, adjusted) = (self.allowed - patient_owes, self.amount - self.allowed);
            self.payments.push(posts(Kind::Insurance, paid, adjusted, answered, posted));
            (patient_owes, answered)
        } else {
            (self.amount, billed)
        };
        self.owe(owed, since, as_of, patience, pays_too_much);
    }

    /// The patient owes so much since a day, pays after so many days, and is written to every twenty.
    fn owe(&mut self, owed: i64, since: Date, as_of: Date, patience: i64, pays_too_much: bool) {
        let day = later(since, patience);
        let is_paid = day <= as_of;
        let waited = i64::from((as_of.min(day) - since).get_days());
        let statements = (waited / 20).clamp(0, 8) * i64::from(owed > 0);
        self.printed = statements / 2;
        self.electronic = statements - self.printed;
        self.stage = match waited {
            _ if owed == 0 || is_paid => Stage::Settled,
            180.. => Stage::Collections,
            _ => Stage::AtPatient,
        };
        if owed > 0 && is_paid {
            let unapplied = if pays_too_much { 2_500 } else { 0 };
            let paid = owed + unapplied;
            let payment =
                Payment { kind: Kind::Patient, paid, adjusted: 0, unapplied, received: day, posted: day };
            self.payments.push(payment);
        }
    }

    pub(super) fn paid_by(&self, kind: Kind) -> i64 {
        self.payments.iter().filter(|payment| payment.kind == kind).map(|payment| payment.paid).sum()
    }

    pub(super) fn adjusted(&self) -> i64 {
        self.payments.iter().map(|payment| payment.adjusted).sum()
    }

    pub(super) fn paid(&self) -> i64 {
        self.payments.iter().map(|payment| payment.paid).sum()
    }

    /// What is still due; below zero where more was paid than was due.
    pub(super) fn balance(&self) -> i64 {
        self.amount - self.paid() - self.adjusted()
    }
}

pub(super) fn later(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

/// Chance of an account's own.
pub(super) fn mixed(seed: u64, account: &str) -> u64 {
    let mix = |mixed: u64, byte: u8| (mixed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    account.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix)
}

pub(super) fn pick<T>(list: &'static [T], number: u32) -> &'static T {
    &list[number as usize % list.len()]
}

pub(super) fn word(list: &'static [&'static str], number: u32) -> &'static str {
    let word: &&str = pick(list, number);
    word
}
