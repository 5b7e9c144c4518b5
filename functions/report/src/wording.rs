//! Values as people write them.

use jiff::fmt::strtime;

use crate::table::{Kind, Value};

/// A space at which a line is not broken.
pub const NO_BREAK: &str = "\u{a0}";

/// A value as people write it.
#[must_use]
pub fn written(kind: Kind, value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Text(text) => text.to_string(),
        Value::Integer(number) if kind == Kind::Count => grouped(&number.to_string()),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(digits) if kind == Kind::Share => match digits.parse::<f64>() {
            Ok(share) => format!("{:.1} %", share * 100.0),
            Err(_) => digits.to_string(),
        },
        Value::Decimal(digits) => grouped(digits),
        Value::Date(day) => {
            let day = strtime::format("%a %-d %b %Y", *day).unwrap_or_else(|_| day.to_string());
            day.replace(' ', NO_BREAK)
        }
        Value::Timestamp(time) => {
            strtime::format("%-d %b %Y %H:%M", *time).unwrap_or_else(|_| time.to_string())
        }
        Value::Boolean(true) => "yes".to_owned(),
        Value::Boolean(false) => "no".to_owned(),
    }
}

/// Digits with a comma before each group of three, decimals untouched; what is not made of digits stays as it is.
#[must_use]
pub fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let cases = [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.891", "-1,234,567.891"),
            ("-Infinity", "-Infinity"),
        ];
        for (digits, expected) in cases {
            assert_eq!(grouped(digits), expected);
        }
    }

    #[test]
    fn values_are_written_for_people() {
        assert_eq!(written(Kind::Share, &Value::Decimal("0.9163".into())), "91.6 %");
        assert_eq!(written(Kind::Number, &Value::Integer(4711)), "4711");
        assert_eq!(
            written(Kind::Date, &Value::Date(jiff::civil::date(2026, 11, 21))),
            "Sat\u{a0}21\u{a0}Nov\u{a0}2026"
        );
    }
}
