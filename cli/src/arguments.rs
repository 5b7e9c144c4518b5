//! What arguments of several commands have in common.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// The year from which on days are asked for: an earlier one is a slip of the pen.
const FIRST: i16 = 1970;

/// A day as people write it, in one way, that has begun somewhere on Earth: what is asked for a later one is a slip of the
/// pen. By which clock the clinic's day begins the functions alone know: reports and collections ask them before anything is
/// started; a clean-up is refused by its own run, as the function that plans it is none that commands call.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    by(text, Timestamp::now())
}

fn by(text: &str, now: Timestamp) -> Result<Date, String> {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"0000-00-00") {
        return Err("a day is written like 2026-11-21".to_owned());
    }
    let day: Date = text.parse().map_err(|_| format!("there is no day {text}"))?;
    if day.year() < FIRST {
        return Err(format!("{day} is too early: give a day from {FIRST} on"));
    }
    let latest = now.saturating_add(14.hours()).unwrap_or(now).to_zoned(TimeZone::UTC).date();
    if day > latest {
        return Err(format!("{day} has not come: give today or an earlier day"));
    }
    Ok(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn noon() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(by("2026-11-21", noon()), Ok(date(2026, 11, 21)));
        for wrong in ["21.11.2026", "26-11-21", "2026-1-5", "2026-11-21T06:30", "today", ""] {
            assert!(by(wrong, noon()).unwrap_err().contains("like 2026-11-21"), "{wrong}");
        }
    }

    #[test]
    fn a_day_that_is_in_no_calendar_or_long_gone_is_refused() {
        for wrong in ["2026-02-30", "2026-13-01", "2025-02-29"] {
            assert_eq!(by(wrong, noon()), Err(format!("there is no day {wrong}")));
        }
        let told = by("0001-01-01", noon()).unwrap_err();
        assert_eq!(told, "0001-01-01 is too early: give a day from 1970 on");
        assert_eq!(by("1970-01-01", noon()), Ok(date(1970, 1, 1)));
    }

    #[test]
    fn a_day_that_has_begun_nowhere_is_refused() {
        assert_eq!(by("2026-11-22", noon()), Ok(date(2026, 11, 22)), "it has begun in Kiribati");
        for wrong in ["2026-11-23", "2099-01-01"] {
            assert_eq!(by(wrong, noon()), Err(format!("{wrong} has not come: give today or an earlier day")));
        }
    }
}
