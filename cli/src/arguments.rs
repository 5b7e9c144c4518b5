//! What arguments of several commands have in common.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// A day as people write it, in one way, that has begun somewhere on Earth: what is asked for a later one is a slip of the
/// pen. By which clock the clinic's day begins the functions alone know: reports and collections ask them before anything is
/// started; a clean-up is refused by its own run, as the function that plans it is none that commands call.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    by(text, Timestamp::now())
}

fn by(text: &str, now: Timestamp) -> Result<Date, String> {
    let day = text.parse().ok().filter(|day: &Date| day.to_string() == text);
    let day = day.ok_or("a day is written like 2026-11-21")?;
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
        for wrong in ["21.11.2026", "26-11-21", "2026-1-5", "2026-13-01", "2026-11-21T06:30", "today"] {
            assert!(by(wrong, noon()).unwrap_err().contains("like 2026-11-21"), "{wrong}");
        }
    }

    #[test]
    fn a_day_that_has_begun_nowhere_is_refused() {
        assert_eq!(by("2026-11-22", noon()), Ok(date(2026, 11, 22)), "it has begun in Kiribati");
        for wrong in ["2026-11-23", "2099-01-01"] {
            assert_eq!(by(wrong, noon()), Err(format!("{wrong} has not come: give today or an earlier day")));
        }
    }
}
