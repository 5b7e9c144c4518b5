//! Serials: days since a workbook's [`Epoch`], with the time of day as their fraction.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time, date};

use super::Epoch;

/// Last day of a spreadsheet's calendar, 9999-12-31, as a serial of each epoch.
const LAST_1900: i64 = 2_958_465;
const LAST_1904: i64 = 2_957_003;

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;

/// Days between the epochs.
pub const EPOCHS_APART: f64 = 1462.0;

/// The moment of a serial, to the millisecond: what lies behind that is noise of binary fractions. None outside the
/// calendar, for a time of day without a date, and for serial 60 of the 1900 epoch: its 1900-02-29 was taken over from
/// a predecessor's mistake and never was.
#[must_use]
pub fn moment(serial: f64, epoch: Epoch) -> Option<DateTime> {
    let (days, milliseconds) = since_1970(serial, epoch)?;
    let day = date(1970, 1, 1).checked_add(SignedDuration::from_hours(days * 24)).ok()?;
    Some(day.to_datetime(time(milliseconds)?))
}

/// [`moment`], counted in microseconds from 1970-01-01.
#[must_use]
pub fn microseconds(serial: f64, epoch: Epoch) -> Option<i64> {
    let (days, milliseconds) = since_1970(serial, epoch)?;
    Some((days * DAY + milliseconds) * 1_000)
}

/// Days from 1970-01-01, and milliseconds of the day.
fn since_1970(serial: f64, epoch: Epoch) -> Option<(i64, i64)> {
    let (days, milliseconds) = split(serial)?;
    let (first, last, before) = match epoch {
        Epoch::Y1900 if days < 60 => (1, 59, 25_568),
        Epoch::Y1900 => (61, LAST_1900, 25_569),
        Epoch::Y1904 => (0, LAST_1904, 24_107),
    };
    (first..=last).contains(&days).then_some((days - before, milliseconds))
}

/// The time of day of a serial: of a fraction alone, or behind a date. None behind a few days only, which are a number
/// of hours and no time of day.
#[must_use]
pub fn time_of_day(serial: f64) -> Option<Time> {
    let (_, milliseconds) = split(serial).filter(|(days, _)| *days == 0 || *days > 366)?;
    time(milliseconds)
}

/// Whole days, and milliseconds of the day.
fn split(serial: f64) -> Option<(i64, i64)> {
    let milliseconds = rounded(serial * 86_400_000.0)?;
    Some((milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY)))
}

fn time(milliseconds: i64) -> Option<Time> {
    Time::midnight().checked_add(SignedDuration::from_millis(milliseconds)).ok()
}

/// The nearest whole number, of two the one away from zero; none below zero and from 10^15 on.
fn rounded(number: f64) -> Option<i64> {
    if !(number > -0.5 && number < 1e15) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within what an integer holds; the fraction follows")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "a float holds every whole number that small")]
    let fraction = number - whole as f64;
    Some(whole + i64::from(fraction >= 0.5)).filter(|whole| *whole < 1_000_000_000_000_000)
}

/// A serial as it is written down in text: the day, the time of day, or both where there are both.
#[must_use]
pub fn written(serial: f64, epoch: Epoch) -> Option<String> {
    match moment(serial, epoch) {
        Some(moment) if moment.time() == Time::midnight() => Some(moment.date().to_string()),
        Some(moment) => Some(format!("{} {}", moment.date(), moment.time())),
        None => {
            let (_, milliseconds) = split(serial).filter(|(days, _)| *days == 0)?;
            time(milliseconds).map(|time| time.to_string())
        }
    }
}

/// The serial of a moment; none before the epoch.
pub(crate) fn of(moment: DateTime, epoch: Epoch) -> Option<f64> {
    let first = match epoch {
        Epoch::Y1900 => Date::constant(1899, 12, 30),
        Epoch::Y1904 => Date::constant(1904, 1, 1),
    };
    let days = moment.date().duration_since(first).as_hours() / 24;
    // The older calendar has a 29th of February 1900, and its first day is the day before its dates begin, on which
    // times of day stand.
    let days = match (epoch, days) {
        (Epoch::Y1900, 1) => return None,
        (Epoch::Y1900, 2..=60) => days - 1,
        _ => days,
    };
    let days = i32::try_from(days).ok().filter(|days| *days >= 0)?;
    let time = moment.time().duration_since(Time::midnight());
    Some(f64::from(days) + time.as_secs_f64() / 86_400.0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{datetime, time};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn day(serial: f64, epoch: Epoch) -> Option<String> {
        moment(serial, epoch).map(|moment| moment.date().to_string())
    }

    #[test]
    fn serials_count_from_their_epoch() {
        assert_eq!(day(45_935.0, Epoch::Y1900).as_deref(), Some("2025-10-05"));
        assert_eq!(day(44_473.0, Epoch::Y1904).as_deref(), Some("2025-10-05"));
        assert_eq!(
            day(45_935.999_99, Epoch::Y1900).as_deref(),
            Some("2025-10-05"),
            "the time of day does not count"
        );
        assert_eq!(day(0.0, Epoch::Y1904).as_deref(), Some("1904-01-01"));
    }

    #[test]
    fn the_day_that_never_was_is_no_date() {
        assert_eq!(day(59.0, Epoch::Y1900).as_deref(), Some("1900-02-28"));
        assert_eq!(day(60.0, Epoch::Y1900), None);
        assert_eq!(day(60.5, Epoch::Y1900), None);
        assert_eq!(day(61.0, Epoch::Y1900).as_deref(), Some("1900-03-01"));
        assert_eq!(day(1.0, Epoch::Y1900).as_deref(), Some("1900-01-01"));
    }

    #[test]
    fn serials_outside_the_calendar_are_no_dates() {
        assert_eq!(day(2_958_465.5, Epoch::Y1900).as_deref(), Some("9999-12-31"));
        for outside in [2_958_466.0, 0.75, 0.0, -1.0, -0.000_001, 1e300, 5e-324, f64::NAN, f64::INFINITY] {
            assert_eq!(day(outside, Epoch::Y1900), None);
        }
        assert_eq!(day(2_957_003.0, Epoch::Y1904).as_deref(), Some("9999-12-31"));
        assert_eq!(day(2_957_004.0, Epoch::Y1904), None);
    }

    #[test]
    fn the_fraction_of_a_serial_is_a_time_to_the_millisecond() {
        let at = |serial| moment(serial, Epoch::Y1900);
        assert_eq!(at(45_935.5), Some(datetime(2025, 10, 5, 12, 0, 0, 0)));
        assert_eq!(at(45_935.572_916_667), Some(datetime(2025, 10, 5, 13, 45, 0, 0)));
        assert_eq!(at(45_935.999_999_999_9), Some(datetime(2025, 10, 6, 0, 0, 0, 0)));
        assert_eq!(time_of_day(0.5), Some(time(12, 0, 0, 0)));
        assert_eq!(time_of_day(45_935.75), Some(time(18, 0, 0, 0)), "a moment that is shown as its time");
        for hours in [1.0, 1.062_5, 60.0, -0.5, f64::NAN] {
            assert_eq!(time_of_day(hours), None, "a number of hours is no time of day");
        }
    }

    #[test]
    fn a_serial_is_written_down_with_its_time() {
        let written = |serial| written(serial, Epoch::Y1900);
        assert_eq!(written(45_935.0).as_deref(), Some("2025-10-05"));
        assert_eq!(written(45_935.5).as_deref(), Some("2025-10-05 12:00:00"));
        assert_eq!(written(45_935.999_999_999_9).as_deref(), Some("2025-10-06"));
        assert_eq!(written(0.572_916_667).as_deref(), Some("13:45:00"));
        assert_eq!(written(60.0), None);
    }

    /// As the standard library rounds.
    fn rounded_by_library(number: f64) -> Option<i64> {
        let number = number.round();
        (0.0..1e15).contains(&number).then(|| format!("{number:.0}").parse().unwrap())
    }

    #[test]
    fn numbers_are_rounded_as_the_library_rounds_them() {
        for number in [0.0, -0.0, -0.5, -0.499_999, 0.499_999_999_999_999_94, 0.5, 1.5, 2.5, f64::NAN, 1e15] {
            for number in [number, 999_999_999_999_999.5, 999_999_999_999_999.4, -f64::MIN_POSITIVE] {
                assert_eq!(rounded(number), rounded_by_library(number), "{number:e}");
            }
            assert_eq!(rounded(number), rounded_by_library(number), "{number:e}");
        }
    }

    proptest! {
        #[test]
        fn any_number_is_rounded_as_the_library_rounds_it(number in proptest::num::f64::ANY, near in -3.0..1e15_f64) {
            for number in [number, near, near.floor() + 0.5] {
                prop_assert_eq!(rounded(number), rounded_by_library(number), "{}", number);
            }
        }

        #[test]
        fn a_day_is_counted_from_its_epoch(days in 61_i32..2_958_466, milliseconds in 0_i32..86_400_000) {
            let serial = f64::from(days) + f64::from(milliseconds) / 86_400_000.0;
            let day = date(1899, 12, 30) + jiff::Span::new().days(days);
            let expected = day.to_datetime(Time::midnight() + jiff::Span::new().milliseconds(milliseconds));
            prop_assert_eq!(moment(serial, Epoch::Y1900), Some(expected));
        }

        #[test]
        fn any_number_is_a_moment_in_both_forms_or_none(
            number in prop_oneof![proptest::num::f64::ANY, -1e5..3e6, (-2..70_i32).prop_map(f64::from)],
        ) {
            for epoch in [Epoch::Y1900, Epoch::Y1904] {
                let _ = (written(number, epoch), time_of_day(number));
                let utc = moment(number, epoch).map(|moment| moment.to_zoned(TimeZone::UTC).unwrap().timestamp());
                prop_assert_eq!(microseconds(number, epoch), utc.map(|moment| moment.as_microsecond()));
            }
        }
    }
}
