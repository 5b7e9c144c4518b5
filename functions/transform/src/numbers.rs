//! Numbers as spreadsheets keep them and people write them, digit by digit: nothing passes through a float on its way
//! from text, and nothing is rounded in silence.

use rounds_shared::rule::Rule;

use crate::amount::{Bare, MINUS, bare};

/// Floats hold every whole number below this one, which may already stand for the next.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What sums of binary fractions are off by: this share of the number, or of 1 where it is smaller.
const NOISE: f64 = 1e-12;

/// A decimal number as it was written: so many units, each a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number {
    units: i128,
    /// Digits behind the point.
    scale: i32,
}

/// A number in units of a column's last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scaled {
    /// How many units.
    pub units: i128,
    /// Whether they were rounded, half a unit away from zero.
    pub rounded: bool,
}

/// Reads `34`, `34.0`, `1,234` and, where the digits are all there, `1.25E+2`.
///
/// # Errors
/// [`Rule::NotAnInteger`], [`Rule::DamagedIdentifier`], [`Rule::OutOfRange`].
pub(crate) fn integer_in_text(text: &str) -> Result<i64, Rule> {
    if let Ok(whole) = text.parse() {
        return Ok(whole);
    }
    let scaled = signed(text).and_then(|number| number.at_scale(0)).map_err(|rule| match rule {
        Rule::NotADecimal => Rule::NotAnInteger,
        rule => rule,
    })?;
    if scaled.rounded {
        return Err(Rule::NotAnInteger);
    }
    i64::try_from(scaled.units).map_err(|_| Rule::OutOfRange)
}

/// The whole number that a number cell holds.
///
/// # Errors
/// [`Rule::NotAnInteger`], [`Rule::DamagedIdentifier`].
pub(crate) fn integer_in_float(number: f64) -> Result<i64, Rule> {
    if is_damaged(number) { Err(Rule::DamagedIdentifier) } else { whole(number).ok_or(Rule::NotAnInteger) }
}

/// Whether a number cell may stand for a neighbouring whole number as well.
#[must_use]
pub(crate) fn is_damaged(number: f64) -> bool {
    number.is_finite() && number.abs() >= EXACT
}

/// Whether text is a number of twelve digits or more as a spreadsheet shows it where it has no room for them. The digits
/// that are missing, nobody knows.
#[must_use]
pub(crate) fn is_cut_short(text: &str) -> bool {
    // Most text begins otherwise.
    let [b'0'..=b'9', b'.' | b'e' | b'E', ..] = text.as_bytes() else { return false };
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let Some(exponent) = exponent.strip_prefix('+').filter(|digits| is_number(digits)) else { return false };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_cut = |exponent: usize| exponent >= 11 && exponent > fraction.len();
    whole.len() == 1 && is_number(whole) && is_number(fraction) && exponent.parse().is_ok_and(is_cut)
}

/// The whole number that a float is, if it is one and holds it exactly.
#[must_use]
pub(crate) fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "held against the number itself")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "so that one that is not held exactly differs")]
    (number.abs() < EXACT && whole as f64 == number).then_some(whole)
}

/// Reads `$1,234.50`, `(12.00)`, `12-`, `₹ 1,23,456.00`, `INR 12`, and `45%` as 0.45. The point is a point: a comma
/// groups digits, or makes the text no number.
///
/// # Errors
/// [`Rule::NotADecimal`], [`Rule::DamagedIdentifier`], [`Rule::OutOfRange`].
pub(crate) fn decimal_in_text(text: &str, precision: u8, scale: u8) -> Result<Scaled, Rule> {
    if let Some(number) = plain(text) {
        return number.at_scale(scale)?.within(precision);
    }
    let Bare { digits, is_negative, is_percent } = bare(text);
    let mut number = unsigned(digits)?;
    number.scale += if is_percent { 2 } else { 0 };
    number.units *= if is_negative { -1 } else { 1 };
    number.at_scale(scale)?.within(precision)
}

/// The decimal number that a number cell means: the shortest that is this float, without the noise of sums.
///
/// # Errors
/// [`Rule::NotADecimal`], [`Rule::DamagedIdentifier`], [`Rule::OutOfRange`].
pub(crate) fn decimal_in_float(number: f64, precision: u8, scale: u8) -> Result<Scaled, Rule> {
    if is_damaged(number) {
        return Err(Rule::DamagedIdentifier);
    }
    if let Some(units) = exact_units(number, scale) {
        return Scaled { units: units.into(), rounded: false }.within(precision);
    }
    let Scaled { units, rounded } = signed(&number.to_string())?.at_scale(scale)?;
    let rounded = rounded && !is_noise(number, scale);
    Scaled { units, rounded }.within(precision)
}

/// The units of a float that is the nearest one to a number of so many digits behind the point, and of 15 digits at the
/// most in all. No two of these are nearest to the same float, so none that is written shorter is, either.
fn exact_units(number: f64, scale: u8) -> Option<i64> {
    // A float holds each of them exactly, so that the quotient is rounded once.
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let power = POWERS.get(usize::from(scale))?;
    let units = (number * power + 0.5_f64.copysign(number)).trunc();
    #[expect(clippy::cast_possible_truncation, reason = "whole, and of 15 digits")]
    (units.abs() < 1e15 && units / power == number).then_some(units as i64)
}

/// Whether a number is so near to one with `scale` digits behind the point that a sum of such is what it comes from.
fn is_noise(number: f64, scale: u8) -> bool {
    let nearest: f64 = format!("{number:.*}", usize::from(scale)).parse().unwrap_or(f64::NAN);
    let thousandth_of_unit = 10_f64.powi(-i32::from(scale) - 3);
    (number - nearest).abs() <= (number.abs().max(1.0) * NOISE).min(thousandth_of_unit)
}

impl Number {
    /// In units of the last of `scale` digits behind the point.
    fn at_scale(self, scale: u8) -> Result<Scaled, Rule> {
        let zeros = i32::from(scale) - self.scale;
        if zeros == 0 {
            return Ok(Scaled { units: self.units, rounded: false });
        }
        let power = 10_i128.checked_pow(zeros.unsigned_abs());
        if self.units == 0 {
            return Ok(Scaled { units: 0, rounded: false });
        }
        if zeros >= 0 {
            let units = power.and_then(|power| self.units.checked_mul(power)).ok_or(Rule::OutOfRange)?;
            return Ok(Scaled { units, rounded: false });
        }
        // A power that no number of so many digits reaches leaves nothing but the rounding.
        let Some(power) = power else { return Ok(Scaled { units: 0, rounded: true }) };
        let (units, rest) = (self.units / power, self.units % power);
        let up = if rest.unsigned_abs() >= power.unsigned_abs().div_ceil(2) { rest.signum() } else { 0 };
        Ok(Scaled { units: units + up, rounded: rest != 0 })
    }
}

impl Scaled {
    fn within(self, precision: u8) -> Result<Self, Rule> {
        let limit = 10_u128.checked_pow(precision.into());
        if limit.is_some_and(|limit| self.units.unsigned_abs() < limit) {
            Ok(self)
        } else {
            Err(Rule::OutOfRange)
        }
    }
}

/// Reads `-12` and `12.50`: digits of which 18 fit, with at most one sign before them and one point between or behind them.
/// None where there is more to it, which is not to say that it is no number.
fn plain(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits),
    };
    let is_short = matches!(digits.len(), 1..=19);
    if !is_short || !digits.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (mut units, mut point) = (0_i64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => units = units.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?,
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let behind = point.map_or(0, |point| digits.len() - point - 1);
    Some(Number { units: i128::from(units * sign), scale: i32::try_from(behind).ok()? })
}

/// Digits with a sign before them.
fn signed(text: &str) -> Result<Number, Rule> {
    match text.strip_prefix(MINUS) {
        Some(digits) => unsigned(digits).map(|number| Number { units: -number.units, ..number }),
        None => unsigned(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Digits, grouped or not, with or without a fraction and an exponent.
fn unsigned(text: &str) -> Result<Number, Rule> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().map_err(|_| Rule::NotADecimal)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if (whole.is_empty() && fraction.is_empty()) || !is_grouped(whole) {
        return Err(Rule::NotADecimal);
    }
    let behind = i32::try_from(fraction.len()).map_err(|_| Rule::NotADecimal)?;
    // The exponent moves the point behind digits that are not there: what they were, nobody knows.
    if behind < i32::from(exponent) && is_number(fraction) {
        return Err(Rule::DamagedIdentifier);
    }
    let significant = fraction.trim_end_matches('0');
    let mut units: i128 = 0;
    for digit in whole.chars().filter(char::is_ascii_digit).chain(significant.chars()) {
        let digit = digit.to_digit(10).ok_or(Rule::NotADecimal)?;
        units = units
            .checked_mul(10)
            .and_then(|units| units.checked_add(digit.into()))
            .ok_or(Rule::OutOfRange)?;
    }
    let scale = i32::try_from(significant.len()).map_err(|_| Rule::NotADecimal)?;
    Ok(Number { units, scale: scale - i32::from(exponent) })
}

/// Whether digits stand in one row, or in groups as `1,234,567`, `1 234 567` or `12,34,567`.
fn is_grouped(whole: &str) -> bool {
    let Some(sign) = whole.chars().find(|character| !character.is_ascii_digit()) else { return true };
    if !(matches!(sign, ',' | '\'' | '\u{2019}') || sign.is_whitespace()) || whole.starts_with('0') {
        return false;
    }
    let groups: Vec<&str> = whole.split(sign).collect();
    match groups.as_slice() {
        [first, middle @ .., last] => {
            let all = |length: usize| middle.iter().all(|group| group.len() == length);
            groups.iter().all(|group| is_number(group))
                && last.len() == 3
                && ((matches!(first.len(), 1..=3) && all(3)) || (matches!(first.len(), 1..=2) && all(2)))
        }
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
