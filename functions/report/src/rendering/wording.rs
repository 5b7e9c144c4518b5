//! Values, changes and times as people write them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::query::table::{Currency, Kind, Value};

/// A space at which a line is not broken.
pub(super) const NO_BREAK: &str = "\u{a0}";
/// The sign of a number below zero; a hyphen would be lost between words.
const MINUS: &str = "−";
/// The difference of what has not changed.
const UNCHANGED: &str = "±0";

/// A value as people write it.
#[must_use]
pub(super) fn written(kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => "–".to_owned(),
        (Kind::Number, Value::Integer(number)) => number.to_string(),
        (Kind::Share, Value::Decimal(digits)) => match value.as_decimal() {
            Some(share) => format!("{} %", places(share * Decimal::ONE_HUNDRED, 1)),
            None => digits.to_string(),
        },
        (Kind::Money(currency), Value::Decimal(_) | Value::Integer(_)) => match value.as_decimal() {
            Some(amount) => money(currency, amount, 2),
            None => value.plain(),
        },
        (_, Value::Integer(_) | Value::Decimal(_)) => grouped(&value.plain()),
        (_, Value::Date(day)) => {
            let day = strtime::format("%a %-d %b %Y", *day).unwrap_or_else(|_| day.to_string());
            day.replace(' ', NO_BREAK)
        }
        (_, Value::Timestamp(time)) => clock(*time),
        (_, Value::Instant(moment)) => clock(moment.to_zoned(TimeZone::UTC).datetime()),
        (_, Value::Boolean(true)) => "yes".to_owned(),
        (_, Value::Boolean(false)) => "no".to_owned(),
        (_, Value::Text(text)) => text.to_string(),
    }
}

/// A value as people write it where there is little room: money without its cents.
#[must_use]
pub(super) fn in_whole(kind: Kind, value: &Value) -> String {
    match (kind, value.as_decimal()) {
        (Kind::Money(currency), Some(amount)) => money(currency, amount, 0),
        _ => written(kind, value),
    }
}

fn clock(time: jiff::civil::DateTime) -> String {
    strtime::format("%-d %b %Y %H:%M", time).unwrap_or_else(|_| time.to_string())
}

fn money(currency: Currency, amount: Decimal, decimals: u32) -> String {
    let digits = places(amount.abs(), decimals);
    let sign = if digits.contains(|digit| matches!(digit, '1'..='9')) && amount < Decimal::ZERO {
        MINUS
    } else {
        ""
    };
    format!("{sign}{}{digits}", currency.sign())
}

/// A number rounded to so many decimals, which are all written.
fn places(number: Decimal, decimals: u32) -> String {
    let mut rounded = number.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(decimals);
    grouped(&rounded.to_string())
}

/// Digits with a comma before each group of three, decimals untouched; what is not made of digits stays as it is.
#[must_use]
pub(super) fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| (MINUS, rest));
    let (whole, decimals) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    if !whole.bytes().all(|digit| digit.is_ascii_digit()) {
        return format!("{sign}{digits}");
    }
    let mut grouped = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(decimals) = decimals {
        grouped.push('.');
        grouped.push_str(decimals);
    }
    grouped
}

/// By how much a figure has changed: `+3`, `−₹4,500.00`, `±0`; none where the figure is no number.
#[must_use]
pub(super) fn difference(kind: Kind, now: &Value, before: &Value) -> Option<String> {
    let difference = now.as_decimal()?.checked_sub(before.as_decimal()?)?;
    let size = difference.abs();
    let size = match kind {
        Kind::Money(currency) => money(currency, size, 2),
        Kind::Share => format!("{} points", places(size * Decimal::ONE_HUNDRED, 1)),
        _ => grouped(&size.normalize().to_string()),
    };
    let sign = if difference > Decimal::ZERO { "+" } else { MINUS };
    let is_seen = size.contains(|digit| matches!(digit, '1'..='9'));
    Some(if is_seen { format!("{sign}{size}") } else { UNCHANGED.to_owned() })
}

/// The change of a figure in words: `+3 since 20 Nov`, `as many as on 20 Nov`.
#[must_use]
pub(super) fn change(kind: Kind, difference: &str, day: &str) -> String {
    match (difference, kind) {
        (UNCHANGED, Kind::Count) => format!("as many as on {day}"),
        (UNCHANGED, _) => format!("the same as on {day}"),
        _ => format!("{difference} since {day}"),
    }
}

/// Another day as seen from `as_of`: without the year where it is the same.
///
/// # Errors
/// None for a day of the calendar.
pub(super) fn day(as_of: Date, other: Date) -> Result<String, jiff::Error> {
    let format = if as_of.year() == other.year() { "%-d %b" } else { "%-d %b %Y" };
    Ok(strtime::format(format, other)?.replace(' ', NO_BREAK))
}

/// A moment as the clinic's clocks show it, and by which clock: `21 November 2026, 13:11 IST`.
///
/// # Errors
/// None for a moment of the calendar.
pub(super) fn moment(moment: Timestamp, zone: &TimeZone) -> Result<String, jiff::Error> {
    strtime::format("%-d %B %Y, %H:%M %Z", &moment.to_zoned(zone.clone()))
}

/// How much a file holds: `24 KB`, `1.2 MB`.
#[must_use]
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// `1 row`, `1,204 rows`.
#[must_use]
pub(super) fn rows(number: usize) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(&number.to_string())) }
}

/// At most so many letters of a text, in one line, an ellipsis standing for the rest.
#[must_use]
pub(super) fn shortened(text: &str, letters: usize) -> String {
    // The last two are no characters, and no XML holds them.
    let is_gap = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    let line = text.split(is_gap).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(letters) {
        None => line,
        Some(_) => {
            let kept: String = line.chars().take(letters.saturating_sub(1)).collect();
            kept.trim_end().to_owned() + "…"
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const RUPEES: Kind = Kind::Money(Currency::Inr);

    fn decimal(digits: &str) -> Value {
        Value::Decimal(digits.into())
    }

    #[test]
    fn thousands_are_grouped() {
        let cases = [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.891", "−1,234,567.891"),
            ("Infinity", "Infinity"),
        ];
        for (digits, expected) in cases {
            assert_eq!(grouped(digits), expected);
        }
    }

    #[test]
    fn values_are_written_for_people() {
        assert_eq!(written(Kind::Share, &decimal("0.9163")), "91.6 %");
        assert_eq!(written(Kind::Number, &Value::Integer(4711)), "4711");
        assert_eq!(written(Kind::Date, &Value::Date(date(2026, 11, 21))), "Sat\u{a0}21\u{a0}Nov\u{a0}2026");
    }

    #[test]
    fn money_has_its_currency_and_two_decimals() {
        assert_eq!(written(RUPEES, &decimal("1234.5")), "₹1,234.50");
        assert_eq!(written(RUPEES, &decimal("-4500")), "−₹4,500.00");
        assert_eq!(written(RUPEES, &decimal("-0.001")), "₹0.00");
        assert_eq!(written(RUPEES, &decimal("0.005")), "₹0.01");
        assert_eq!(written(Kind::Money(Currency::Gbp), &Value::Integer(12)), "£12.00");
        assert_eq!(written(RUPEES, &decimal("NaN")), "NaN");
        assert_eq!(in_whole(RUPEES, &decimal("-1234567.5")), "−₹1,234,568");
        assert_eq!(in_whole(Kind::Share, &decimal("0.9163")), "91.6 %");
    }

    #[test]
    fn a_change_is_told_in_words() {
        let told = |kind, now: &str, before: &str| {
            difference(kind, &decimal(now), &decimal(before))
                .map(|difference| change(kind, &difference, "20 Nov"))
        };
        assert_eq!(told(Kind::Count, "15", "12").unwrap(), "+3 since 20 Nov");
        assert_eq!(told(RUPEES, "1000.00", "5500").unwrap(), "−₹4,500.00 since 20 Nov");
        assert_eq!(told(Kind::Share, "0.761", "0.749").unwrap(), "+1.2 points since 20 Nov");
        assert_eq!(told(Kind::Count, "12", "12").unwrap(), "as many as on 20 Nov");
        assert_eq!(told(RUPEES, "1.001", "1.000").unwrap(), "the same as on 20 Nov");
        assert_eq!(difference(Kind::Text, &Value::Text("Amira".into()), &decimal("1")), None);
    }

    #[test]
    fn times_are_those_of_the_clinics_clocks() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        let evening = "2026-11-21T18:45:00Z".parse().unwrap();
        assert_eq!(moment(evening, &zone).unwrap(), "22 November 2026, 00:15 IST");
        assert_eq!(day(date(2026, 1, 2), date(2025, 12, 31)).unwrap(), "31\u{a0}Dec\u{a0}2025");
    }

    #[test]
    fn sizes_and_long_texts_are_told_shortly() {
        assert_eq!([999, 1_001, 1_249_000].map(size), ["999 bytes", "2 KB", "1.2 MB"]);
        assert_eq!(shortened("Apollo\n Hospitals,  Greams Road", 15), "Apollo Hospita…");
        assert_eq!(shortened("MIOT", 4), "MIOT");
    }
}
