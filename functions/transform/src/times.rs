//! Times of day as spreadsheets and people write them.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::civil::{DateTime, Time, date};
use rounds_shared::tabular::trimmed;

/// Zones that are written by name behind a time.
const ZONES: [&str; 15] =
    ["Z", "UTC", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "IST", "BST", "CET", "CEST"];

/// A time of day that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// What the clock on the wall shows.
    pub time: Time,
    /// Whether an offset from UTC stands behind it.
    pub has_offset: bool,
}

/// Reads `13:45`, `13:45:10.250`, `1:45 pm`, `12:00 a.m.` and `1 PM`, with or without an offset or zone behind.
#[must_use]
pub(crate) fn from_text(text: &str) -> Option<Clock> {
    let (hour, rest) = number(trimmed(text), 1..=2)?;
    let minutes = sixtieth(rest);
    let (minute, rest) = minutes.unwrap_or((0, rest));
    let seconds = minutes.and_then(|_| sixtieth(rest));
    let (second, rest) = seconds.unwrap_or((0, rest));
    let (nanosecond, rest) = if seconds.is_some() { fraction(rest) } else { (0, rest) };
    let (half, rest) = half_of_day(rest);
    // Five is no time; five o'clock is.
    if minutes.is_none() && half.is_none() {
        return None;
    }
    let hour = match (hour, half) {
        (hour, None) => hour,
        (12, Some(Half::Am)) => 0,
        (0..=11, Some(Half::Am)) | (12..=23, Some(Half::Pm)) => hour,
        (1..=11, Some(Half::Pm)) => hour + 12,
        _ => return None,
    };
    let time = Time::new(hour, minute, second, nanosecond).ok()?;
    Some(Clock { time, has_offset: has_offset(rest)? })
}

/// What stands behind a date: nothing, a time of day, or the offset of the day. None where it is something else.
#[must_use]
pub(crate) fn behind_date(text: &str) -> Option<(Option<Time>, bool)> {
    if text.is_empty() {
        return Some((None, false));
    }
    let clock = text.strip_prefix(|first: char| matches!(first, 'T' | 't' | ',') || first.is_whitespace());
    if let Some(Clock { time, has_offset }) = clock.and_then(from_text) {
        return Some((Some(time), has_offset));
    }
    // Without a time, `-05` may be anything; `-05:00` is an offset.
    let offset = trimmed(text);
    ((offset == "Z" || offset.contains(':')) && has_offset(offset)?).then_some((None, true))
}

/// Whether an offset from UTC stands behind a time, or nothing. None where it is something else.
#[must_use]
pub(crate) fn has_offset(text: &str) -> Option<bool> {
    let text = trimmed(text);
    // The zone's name in brackets, as RFC 9557 has it.
    let text =
        text.strip_suffix(']').and_then(|text| text.rsplit_once('[')).map_or(text, |(before, _)| before);
    if text.is_empty() {
        return Some(false);
    }
    let is_zone = ZONES.iter().any(|zone| zone.eq_ignore_ascii_case(text));
    let digits = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    let is_offset = digits.strip_prefix(['+', '-', '\u{2212}']).is_some_and(|digits| {
        let (hours, rest) = number(digits, 1..=2).unwrap_or((99, ""));
        let minutes = if rest.starts_with(':') { sixtieth(rest) } else { number(rest, 2..=2) };
        let (minutes, rest) = minutes.unwrap_or((0, rest));
        let (seconds, rest) = sixtieth(rest).unwrap_or((0, rest));
        hours <= 23 && minutes <= 59 && seconds <= 59 && rest.is_empty()
    });
    (is_zone || is_offset).then_some(true)
}

/// The time of day of a moment that is written as `1:45 p.m.`, with the dots that strftime's `%p` does not know.
#[must_use]
pub(crate) fn without_dots(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    for (dotted, half) in [("a.m.", "am"), ("p.m.", "pm")] {
        while let Some(at) =
            plain.as_bytes().windows(4).position(|part| part.eq_ignore_ascii_case(dotted.as_bytes()))
        {
            plain.to_mut().replace_range(at..at + dotted.len(), half);
        }
    }
    plain
}

/// Nanoseconds since midnight, as Parquet counts: whole microseconds of them, as the table has no others.
#[must_use]
pub(crate) fn nanoseconds(of: Time) -> i64 {
    let since = of.duration_since(Time::midnight());
    since.as_secs() * 1_000_000_000 + i64::from(since.subsec_micros()) * 1_000
}

/// Microseconds since 1970-01-01, as Parquet counts.
#[must_use]
pub(crate) fn microseconds(moment: DateTime) -> i64 {
    let since = moment.duration_since(date(1970, 1, 1).to_datetime(Time::midnight()));
    // Before 1970 both are negative: cut towards zero, the last moment of a day would be on the next.
    since.as_secs() * 1_000_000 + i64::from(since.subsec_nanos().div_euclid(1_000))
}

#[derive(Debug, Clone, Copy)]
enum Half {
    Am,
    Pm,
}

/// `AM`, `p.m.`, `p` and the like, if one stands here; and what stands behind.
fn half_of_day(text: &str) -> (Option<Half>, &str) {
    let start = trimmed(text);
    let half = match start.chars().next() {
        Some('a' | 'A') => Half::Am,
        Some('p' | 'P') => Half::Pm,
        _ => return (None, text),
    };
    let rest = start.get(1..).unwrap_or_default();
    let rest = trimmed(rest.strip_prefix('.').unwrap_or(rest));
    match rest.strip_prefix(['m', 'M']) {
        Some(rest) => (Some(half), rest.strip_prefix('.').unwrap_or(rest)),
        None => (None, text),
    }
}

/// Two digits behind a colon.
fn sixtieth(text: &str) -> Option<(i8, &str)> {
    number(text.strip_prefix(':')?, 2..=2)
}

/// Digits behind a point or a comma in nanoseconds, whole microseconds of them.
fn fraction(text: &str) -> (i32, &str) {
    let Some(digits) = text.strip_prefix(['.', ',']) else { return (0, text) };
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end).unwrap_or_default();
    let micros = digits.get(..6).unwrap_or(digits);
    match format!("{micros:0<6}").parse::<i32>() {
        Ok(micros) if !digits.is_empty() => (micros * 1_000, rest),
        _ => (0, text),
    }
}

/// A number of so many digits, and what stands behind.
fn number<N: FromStr>(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<(N, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    if end < *digits.start() {
        return None;
    }
    let (number, rest) = text.split_at_checked(end.min(*digits.end()))?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{datetime, time};
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<(Time, bool)> {
        from_text(text).map(|clock| (clock.time, clock.has_offset))
    }

    #[test]
    fn a_time_is_read_however_the_clock_counts() {
        for (written, hour, minute) in [
            ("13:45", 13, 45),
            ("1:45 pm", 13, 45),
            ("01:45PM", 13, 45),
            ("1:45\u{202f}p.m.", 13, 45),
            ("13:45 PM", 13, 45),
            ("12:00 a.m.", 0, 0),
            ("12:30 A. M.", 0, 30),
            ("12:30 p.m.", 12, 30),
            ("00:15 AM", 0, 15),
            ("9 AM", 9, 0),
            ("9am", 9, 0),
            ("9 a", 9, 0),
            ("00:00", 0, 0),
        ] {
            let expected = (written != "9 a").then_some((time(hour, minute, 0, 0), false));
            assert_eq!(read(written), expected, "{written}");
        }
        assert_eq!(read("13:45:10.25"), Some((time(13, 45, 10, 250_000_000), false)));
        assert_eq!(read("13:45:10,123456789"), Some((time(13, 45, 10, 123_456_000), false)));
    }

    #[test]
    fn an_offset_is_passed_over_and_told() {
        for offset in [
            "Z",
            "z",
            "+02:00",
            "-0530",
            "+05",
            "+5:45",
            " UTC",
            "UTC+2",
            " GMT-03:30",
            "+05:30:15",
            " IST",
            " est",
            "\u{2212}02:00",
            "+01:00[Europe/Paris]",
        ] {
            assert_eq!(read(&format!("13:45{offset}")), Some((time(13, 45, 0, 0), true)), "{offset}");
        }
    }

    #[test]
    fn what_is_no_time_of_day_is_none() {
        for wrong in [
            "",
            "9",
            "24:00",
            "13:60",
            "13:45:60",
            "9:5",
            "13:455",
            "13h45",
            "5.30 pm",
            "13 AM",
            "0 PM",
            "13:45 XYZ",
            "13:45+24:00",
            "13:45+02:60",
            "13:45:",
            "13:45:10.",
            ":45",
            "-1:00",
            "13:45 +",
            "noon",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn parquet_counts_from_midnight_and_from_1970() {
        assert_eq!(nanoseconds(time(0, 0, 1, 5_000)), 1_000_005_000);
        assert_eq!(nanoseconds(time(0, 0, 1, 5_999)), 1_000_005_000);
        assert_eq!(microseconds(datetime(1970, 1, 1, 0, 0, 1, 5_000)), 1_000_005);
        assert_eq!(microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999_000)), -1);
        assert_eq!(microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999_999)), -1);
        assert_eq!(microseconds(datetime(1969, 12, 31, 23, 59, 58, 1)), -2_000_000);
        assert_eq!(microseconds(datetime(9999, 12, 31, 0, 0, 0, 0)), 253_402_214_400_000_000);
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_time_means_it(hour in 0_i8..24, minute in 0_i8..60, second in 0_i8..60, micros in 0_i32..1_000_000) {
            let exact = time(hour, minute, second, micros * 1_000);
            prop_assert_eq!(read(&exact.to_string()), Some((exact, false)));
            let whole = time(hour, minute, second, 0);
            for format in ["%H:%M:%S", "%I:%M:%S %p", "%-I:%M:%S%P"] {
                prop_assert_eq!(read(&whole.strftime(format).to_string()), Some((whole, false)), "{}", format);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text: String, behind in "[0-9]{1,3}:?[0-9:.]{0,6} ?[aApPmM.]{0,4} ?[-+0-9:A-Z]{0,8}") {
            let _ = (from_text(&text), behind_date(&text), has_offset(&text), without_dots(&text));
            let _ = (from_text(&behind), behind_date(&behind), has_offset(&behind));
        }
    }
}
