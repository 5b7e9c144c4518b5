//! The stretch of days that a report speaks of.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

use super::Cadence;

/// The period of a report that the clock makes due: it goes out once for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// `2026-11-21`, `2026-W46`, `2026-10`, `2026-Q3`.
    pub label: String,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
}

impl Period {
    /// The period of `cadence` that a report of the day `as_of` speaks of: the day itself, or the week, month or quarter
    /// that ended before it. None after a load or on request, which are periods themselves, and beyond the calendar.
    #[must_use]
    pub fn of(cadence: Cadence, as_of: Date) -> Option<Self> {
        match cadence {
            Cadence::AfterLoad | Cadence::OnRequest => None,
            Cadence::Daily => Some(Self { label: as_of.to_string(), first: as_of, last: as_of }),
            Cadence::Weekly => {
                let monday = as_of.iso_week_date().first_of_week().ok()?.date().checked_sub(1.week()).ok()?;
                let week = monday.iso_week_date();
                Self::from(monday, 1.week(), format!("{}-W{:02}", week.year(), week.week()))
            }
            Cadence::Monthly => {
                let first = as_of.first_of_month().checked_sub(1.month()).ok()?;
                Self::from(first, 1.month(), format!("{}-{:02}", first.year(), first.month()))
            }
            Cadence::Quarterly => {
                let back = (as_of.month() - 1).rem_euclid(3) + 3;
                let first = as_of.first_of_month().checked_sub(i64::from(back).months()).ok()?;
                let quarter = (first.month() - 1) / 3 + 1;
                Self::from(first, 3.months(), format!("{}-Q{quarter}", first.year()))
            }
        }
    }

    fn from(first: Date, length: Span, label: String) -> Option<Self> {
        let last = first.checked_add(length).ok()?.yesterday().ok()?;
        Some(Self { label, first, last })
    }
}

impl Cadence {
    /// Whether the clock makes a report due on this day: each day, each Monday, the first of each month or quarter.
    #[must_use]
    pub fn is_due_on(self, day: Date) -> bool {
        match self {
            Self::AfterLoad | Self::OnRequest => false,
            Self::Daily => true,
            Self::Weekly => day.weekday() == Weekday::Monday,
            Self::Monthly => day.day() == 1,
            Self::Quarterly => day.day() == 1 && (day.month() - 1) % 3 == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn period(cadence: Cadence, year: i16, month: i8, day: i8) -> (String, String, String) {
        let period = Period::of(cadence, date(year, month, day)).unwrap();
        (period.label, period.first.to_string(), period.last.to_string())
    }

    fn expected(label: &str, first: &str, last: &str) -> (String, String, String) {
        (label.to_owned(), first.to_owned(), last.to_owned())
    }

    #[test]
    fn a_period_is_the_day_itself_or_what_ended_before_it() {
        use Cadence::{Daily, Monthly, Quarterly, Weekly};
        assert_eq!(period(Daily, 2026, 11, 21), expected("2026-11-21", "2026-11-21", "2026-11-21"));
        assert_eq!(period(Weekly, 2026, 11, 21), expected("2026-W46", "2026-11-09", "2026-11-15"));
        assert_eq!(period(Monthly, 2026, 11, 1), expected("2026-10", "2026-10-01", "2026-10-31"));
        assert_eq!(period(Quarterly, 2026, 10, 1), expected("2026-Q3", "2026-07-01", "2026-09-30"));
    }

    #[test]
    fn years_and_leap_days_are_crossed() {
        use Cadence::{Monthly, Quarterly, Weekly};
        assert_eq!(period(Monthly, 2027, 1, 1), expected("2026-12", "2026-12-01", "2026-12-31"));
        assert_eq!(period(Monthly, 2028, 3, 31), expected("2028-02", "2028-02-01", "2028-02-29"));
        assert_eq!(period(Quarterly, 2027, 3, 31), expected("2026-Q4", "2026-10-01", "2026-12-31"));
        assert_eq!(period(Weekly, 2027, 1, 4), expected("2026-W53", "2026-12-28", "2027-01-03"));
        assert_eq!(period(Weekly, 2025, 1, 6), expected("2025-W01", "2024-12-30", "2025-01-05"));
    }

    #[test]
    fn every_day_of_a_month_speaks_of_the_same_month_before() {
        for day in 1..=30 {
            assert_eq!(period(Cadence::Monthly, 2026, 11, day).0, "2026-10");
            assert_eq!(period(Cadence::Quarterly, 2026, 11, day).0, "2026-Q3");
        }
    }

    #[test]
    fn the_clock_makes_a_report_due_when_its_period_has_ended() {
        let due = |cadence: Cadence| {
            let days = date(2026, 9, 28).series(1.day()).take(9);
            days.filter(|&day| cadence.is_due_on(day)).map(|day| day.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(due(Cadence::Daily).len(), 9);
        assert_eq!(due(Cadence::Weekly), ["2026-09-28", "2026-10-05"]);
        assert_eq!(due(Cadence::Monthly), ["2026-10-01"]);
        assert_eq!(due(Cadence::Quarterly), ["2026-10-01"]);
        assert_eq!(due(Cadence::AfterLoad), [""; 0]);
    }

    #[test]
    fn a_load_has_no_days() {
        assert_eq!(Period::of(Cadence::AfterLoad, date(2026, 11, 21)), None);
    }
}
