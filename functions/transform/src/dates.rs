//! Dates as spreadsheets and people write them.

use jiff::Unit;
use jiff::civil::{Date, date};
use jiff::fmt::strtime::BrokenDownTime;
use rounds_shared::tabular::Epoch;

/// Last day of a spreadsheet's calendar, 9999-12-31, as a serial of each epoch.
const LAST_1900: i32 = 2_958_465;
const LAST_1904: i32 = 2_957_003;

/// What may stand behind a date: times of day, with or without an offset from UTC.
const TIMES: [&str; 6] = ["%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%H:%M%:z", "%H:%M:%S%.f%:z"];

/// The day of a serial. None outside the calendar, for a time of day without a date, and for serial 60 of the 1900
/// epoch: its 1900-02-29 was taken over from a predecessor's mistake and never was.
#[must_use]
pub fn from_serial(serial: f64, epoch: Epoch) -> Option<Date> {
    let (first, last, day_zero) = match epoch {
        Epoch::Y1900 if serial < 60.0 => (1, 59, date(1899, 12, 31)),
        Epoch::Y1900 => (61, LAST_1900, date(1899, 12, 30)),
        Epoch::Y1904 => (0, LAST_1904, date(1904, 1, 1)),
    };
    let whole = serial.floor();
    if !(f64::from(first)..=f64::from(last)).contains(&whole) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within the calendar")]
    let days = whole as i32;
    day_zero.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// A serial as it is written down among the rejects: the day, and the time of day where there is one.
#[must_use]
pub fn written(serial: f64, epoch: Epoch) -> Option<String> {
    let day = from_serial(serial, epoch)?;
    let seconds = ((serial - serial.floor()) * 86_400.0).round();
    if seconds == 0.0 {
        return Some(day.to_string());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number up to 86,400")]
    let time =
        day.to_datetime(jiff::civil::Time::midnight()).checked_add(jiff::Span::new().seconds(seconds as i64));
    time.ok().map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// Reads a date in the first format (strftime) that it is written in, with or without a time behind it; ISO 8601 where
/// no format is given. Years have four digits.
#[must_use]
pub fn from_text(text: &str, formats: &[String]) -> Option<Date> {
    if formats.is_empty() {
        return in_format(text, "%Y-%m-%d");
    }
    formats.iter().find_map(|format| in_format(text, format))
}

fn in_format(text: &str, format: &str) -> Option<Date> {
    let (parts, length) = BrokenDownTime::parse_prefix(format, text).ok()?;
    let day = parts.to_date().ok()?;
    let behind = text.get(length..)?;
    // %Y takes fewer digits as well: without this, 01/02/25 would be a day in the year 25.
    (day.year() >= 1000 && is_time(behind)).then_some(day)
}

fn is_time(behind: &str) -> bool {
    let Some(time) = behind.strip_prefix(|first: char| first == 'T' || first.is_whitespace()) else {
        return behind.is_empty();
    };
    let time = time.trim();
    let time = time.strip_suffix('Z').unwrap_or(time);
    TIMES.iter().any(|format| BrokenDownTime::parse(format, time).is_ok())
}

/// Days since 1970-01-01, as Parquet counts.
#[must_use]
pub fn days(day: Date) -> i32 {
    // A span between two dates in days always fits: the calendar has 7.3 million of them.
    day.since((Unit::Day, date(1970, 1, 1))).map_or(0, |span| span.get_days())
}

/// Year and month of days since 1970-01-01.
#[must_use]
pub fn month(days: i32) -> Option<(i16, i8)> {
    let day = date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some((day.year(), day.month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serial(serial: f64, epoch: Epoch) -> Option<String> {
        from_serial(serial, epoch).map(|day| day.to_string())
    }

    fn text(text: &str) -> Option<String> {
        let formats = ["%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d"].map(str::to_owned);
        from_text(text, &formats).map(|day| day.to_string())
    }

    #[test]
    fn serials_count_from_their_epoch() {
        assert_eq!(serial(45_935.0, Epoch::Y1900).as_deref(), Some("2025-10-05"));
        assert_eq!(serial(44_473.0, Epoch::Y1904).as_deref(), Some("2025-10-05"));
        assert_eq!(
            serial(45_935.999_99, Epoch::Y1900).as_deref(),
            Some("2025-10-05"),
            "the time of day does not count"
        );
        assert_eq!(serial(0.0, Epoch::Y1904).as_deref(), Some("1904-01-01"));
    }

    #[test]
    fn the_day_that_never_was_is_no_date() {
        assert_eq!(serial(59.0, Epoch::Y1900).as_deref(), Some("1900-02-28"));
        assert_eq!(serial(60.0, Epoch::Y1900), None);
        assert_eq!(serial(60.5, Epoch::Y1900), None);
        assert_eq!(serial(61.0, Epoch::Y1900).as_deref(), Some("1900-03-01"));
        assert_eq!(serial(1.0, Epoch::Y1900).as_deref(), Some("1900-01-01"));
    }

    #[test]
    fn serials_outside_the_calendar_are_no_dates() {
        assert_eq!(serial(2_958_465.5, Epoch::Y1900).as_deref(), Some("9999-12-31"));
        for outside in [2_958_466.0, 0.75, 0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(serial(outside, Epoch::Y1900), None);
        }
        assert_eq!(serial(2_957_003.0, Epoch::Y1904).as_deref(), Some("9999-12-31"));
        assert_eq!(serial(2_957_004.0, Epoch::Y1904), None);
    }

    #[test]
    fn text_is_read_in_every_format_of_the_contract() {
        for written in ["2025-10-05", "10/05/2025", "2025/10/05", "10/5/2025", "2025-10-05T00:00:00"] {
            assert_eq!(text(written).as_deref(), Some("2025-10-05"), "{written}");
        }
        assert_eq!(text("2355-03-01").as_deref(), Some("2355-03-01"), "beyond what counts in nanoseconds");
    }

    #[test]
    fn a_time_may_stand_behind_the_date() {
        for time in
            [" 13:45", " 13:45:10", "T13:45:10.250", " 1:45 PM", " 01:45:10pm", "T13:45Z", "T13:45:10+02:00"]
        {
            assert_eq!(text(&format!("2025-10-05{time}")).as_deref(), Some("2025-10-05"), "{time}");
        }
        for rest in ["x", " x", "-1", " 25:00", "T", "5"] {
            assert_eq!(text(&format!("2025-10-05{rest}")), None, "{rest}");
        }
    }

    #[test]
    fn what_is_no_day_is_no_date() {
        for wrong in [
            "",
            "soon",
            "13/05/2025",
            "02/30/2025",
            "10/05/25",
            "2025-10",
            "20251005",
            "-2025-10-05",
            "45935",
        ] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
        assert_eq!(from_text("2025-10-05", &[]), Some(date(2025, 10, 5)));
        assert_eq!(from_text("10/05/2025", &[]), None);
    }

    #[test]
    fn a_serial_is_written_down_with_its_time() {
        assert_eq!(written(45_935.0, Epoch::Y1900).as_deref(), Some("2025-10-05"));
        assert_eq!(written(45_935.5, Epoch::Y1900).as_deref(), Some("2025-10-05 12:00:00"));
        assert_eq!(written(45_935.999_999_9, Epoch::Y1900).as_deref(), Some("2025-10-06 00:00:00"));
    }

    #[test]
    fn parquet_counts_days_from_1970() {
        assert_eq!(days(date(1970, 1, 2)), 1);
        assert_eq!(days(date(1969, 12, 31)), -1);
        assert_eq!(month(days(date(2355, 3, 1))), Some((2355, 3)));
    }
}
