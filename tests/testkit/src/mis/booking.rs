//! An appointment and its life, from when it is booked to when nothing more happens to it.

use fastrand::Rng;
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, ToSpan};

use super::Bookings;
use super::people::DOCTORS;

/// How an appointment ends, in the words of the workbook; `""` is a blank.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) status: &'static str,
    pub(super) payment: &'static str,
    pub(super) consider: &'static str,
    pub(super) procedure: &'static str,
    pub(super) prescription: &'static str,
}

const fn case(words: [&'static str; 5]) -> Case {
    let [status, payment, consider, procedure, prescription] = words;
    Case { status, payment, consider, procedure, prescription }
}

/// Rows that reports are about, and beside each those that miss by one condition.
const CASES: [Case; 25] = [
    // Cancelled and paid.
    case(["cancelled", "paid", "yes", "consultation", "no"]),
    case(["cancelled", "cash", "yes", "consultation", "no"]),
    case(["cancelled", "paid", "no", "consultation", "no"]),
    case(["cancelled", "paid", "maybe", "instant", ""]),
    case(["cancelled", "paid", "", "instant", "no"]),
    case(["no-show", "paid", "yes", "consultation", "no"]),
    // Dropout.
    case(["cancelled", "", "yes", "video consultation", "no"]),
    case(["cancelled", "", "no", "instant", "no"]),
    case(["cancelled", "", "maybe", "consultation", ""]),
    case(["no-show", "", "yes", "instant", "no"]),
    case(["booked", "", "yes", "consultation", "no"]),
    // Missing prescription, and completed.
    case(["done", "paid", "yes", "instant", "no"]),
    case(["done", "cash", "yes", "instant", "no"]),
    case(["done", "", "yes", "instant", "no"]),
    case(["done", "paid", "yes", "instant", "yes"]),
    case(["done", "paid", "yes", "instant", ""]),
    case(["done", "paid", "yes", "consultation", "no"]),
    case(["done", "cash", "yes", "video consultation", "no"]),
    case(["done", "paid", "no", "instant", "no"]),
    case(["done", "paid", "maybe", "instant", "no"]),
    case(["done", "cash", "", "instant", "no"]),
    case(["no-show", "paid", "yes", "instant", "no"]),
    case(["checked-in", "cash", "yes", "instant", "no"]),
    case(["consulting", "paid", "yes", "instant", "no"]),
    case(["done", "paid", "yes", "video consultation", "yes"]),
];

/// One booking in so many is entered twice. Of one day's, one in so many has a cell that cannot be read, and the last.
const TWICE_EVERY: u64 = 41;
const SLIP_EVERY: usize = 53;

/// An appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Booking {
    /// No other has it.
    pub(super) number: u64,
    /// The seed of all that is made up for it.
    pub(super) seed: u64,
    pub(super) day: Date,
    pub(super) start: DateTime,
    pub(super) end: DateTime,
    pub(super) booked: DateTime,
    /// From when on it stands as it ends.
    pub(super) settled: DateTime,
    pub(super) case: &'static Case,
    pub(super) patient: u32,
    /// Place among [`DOCTORS`].
    pub(super) doctor: u8,
    /// Chooses among spellings, the same ones each morning.
    pub(super) style: usize,
    /// Chooses the cell that cannot be read.
    pub(super) slip: Option<usize>,
}

impl Booking {
    /// The bookings for a day, whenever they are made.
    pub(super) fn of_day(bookings: Bookings, day: Date) -> Vec<Self> {
        let ordinal = u64::try_from((day - date(1970, 1, 1)).get_days()).unwrap_or_default();
        let each = u64::from(bookings.each_day());
        let seed = bookings.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut chance = Rng::with_seed(seed ^ ordinal);
        let numbers = ordinal * each..(ordinal + 1) * each;
        let make = |(place, number)| Self::make(bookings, (seed, number), (day, place), &mut chance);
        let mut made: Vec<Self> = numbers.enumerate().map(make).collect();
        let slips = usize::try_from(ordinal).unwrap_or_default();
        let last = made.len() - 1;
        for (place, booking) in made.iter_mut().enumerate() {
            let has_slip = place == last || place % SLIP_EVERY == SLIP_EVERY - 1;
            booking.slip = has_slip.then_some(slips + place / SLIP_EVERY);
        }
        made
    }

    fn make(
        bookings: Bookings,
        (seed, number): (u64, u64),
        (day, place): (Date, usize),
        chance: &mut Rng,
    ) -> Self {
        let start = day.at(chance.i8(8..19), 15 * chance.i8(0..4), 0, 0);
        let end = start.saturating_add(15.minutes());
        // Most are booked shortly before.
        let hours = chance.i64(2..480).min(chance.i64(2..480));
        let booked = start.saturating_sub(SignedDuration::from_secs(hours * 3600 + chance.i64(0..3600)));
        let doctors = u8::try_from(DOCTORS.len()).unwrap_or(u8::MAX);
        let case = &CASES[place % CASES.len()];
        // Of those beyond one of each case, one in five is entered days late.
        let is_late = chance.u8(..5) == 0 && place >= CASES.len();
        let late = if is_late { chance.i64(20..72) } else { 0 };
        let settled = match case.status {
            "cancelled" if late == 0 => {
                booked.saturating_add(SignedDuration::from_secs(chance.i64(60..hours * 3600)))
            }
            _ => end.saturating_add(SignedDuration::from_hours(late)),
        };
        Self {
            number,
            seed,
            day,
            start,
            end,
            booked,
            settled,
            case,
            patient: chance.u32(0..bookings.rows / 3 + 1),
            // The lower of two dice, so that some doctors are busier than others.
            doctor: chance.u8(..doctors).min(chance.u8(..doctors)),
            style: chance.usize(..1 << 30),
            slip: None,
        }
    }

    /// The row that enters the same appointment once more, as another one that ends otherwise. The first row stands.
    pub(super) fn entered_again(&self) -> Option<Self> {
        let other = if self.case.status == "cancelled" { &CASES[11] } else { &CASES[0] };
        let again = Self { case: other, settled: self.booked, slip: None, ..self.clone() };
        (self.number % TWICE_EVERY == 11).then_some(again)
    }

    /// How it stands on a morning.
    pub(super) fn status(&self, morning: DateTime) -> &'static str {
        match morning {
            _ if morning >= self.settled => self.case.status,
            _ if morning < self.start => "booked",
            _ if self.style.is_multiple_of(2) => "checked-in",
            _ => "consulting",
        }
    }

    /// `paid` when it is booked, `cash` when the patient comes.
    pub(super) fn payment(&self, morning: DateTime) -> &'static str {
        if self.case.payment == "cash" && morning < self.start { "" } else { self.case.payment }
    }

    /// Of most of what was paid and cancelled, the money goes back two days later.
    pub(super) fn is_refunded(&self, morning: DateTime) -> bool {
        let refunded = self.settled.saturating_add(2.days());
        self.case.status == "cancelled"
            && self.case.payment == "paid"
            && !self.style.is_multiple_of(3)
            && morning >= refunded
    }
}
