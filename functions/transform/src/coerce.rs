//! From a cell to a value by contract, or to the rule that it breaks.

use std::borrow::Cow;

use jiff::civil::Date;
use rounds_shared::catalog::{Column, ColumnType};
use rounds_shared::tabular::{Cell, Epoch, trimmed};

use crate::dates;
use crate::rule::Rule;

/// Floats hold every whole number below this one, which may already stand for the next.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// None; allowed where the column is not required.
    Null,
    /// Of a column of type integer.
    Integer(i32),
    /// Of a column of type bigint.
    Bigint(i64),
    /// Of a column of type date.
    Date(Date),
    /// Of a column of type text.
    Text(Cow<'a, str>),
}

/// How cells of one column are read on a given day.
#[derive(Debug, Clone)]
pub struct Reading<'d> {
    /// The contract.
    pub column: &'d Column,
    after: Option<Date>,
    before: Option<Date>,
}

impl<'d> Reading<'d> {
    /// Reads `column`, its window counted from `as_of`.
    #[must_use]
    pub fn new(column: &'d Column, as_of: Date) -> Self {
        let window = column.plausible.as_ref();
        Self {
            column,
            after: window.and_then(|window| window.after.as_ref()).map(|bound| bound.on(as_of)),
            before: window.and_then(|window| window.before.as_ref()).map(|bound| bound.on(as_of)),
        }
    }

    /// The value of a cell.
    ///
    /// # Errors
    /// The first rule that the cell breaks.
    pub fn value<'c>(&self, cell: &'c Cell<'_>, epoch: Epoch) -> Result<Value<'c>, Rule> {
        if let Cell::Error(_) = cell {
            return Err(Rule::ExcelError);
        }
        if cell.is_blank() {
            return if self.column.required { Err(Rule::Missing) } else { Ok(Value::Null) };
        }
        match self.column.kind {
            ColumnType::Integer => integer(cell)
                .and_then(|whole| i32::try_from(whole).map_err(|_| Rule::OutOfRange))
                .map(Value::Integer),
            ColumnType::Bigint => integer(cell).map(Value::Bigint),
            ColumnType::Date => {
                let day = date(cell, epoch, &self.column.formats)?;
                let rejects = self.column.plausible.as_ref().is_some_and(|window| window.rejects);
                if rejects && self.is_implausible(day) {
                    Err(Rule::ImplausibleDate)
                } else {
                    Ok(Value::Date(day))
                }
            }
            ColumnType::Text => self.text(cell, epoch).map(Value::Text),
        }
    }

    /// Whether a value that was kept lies outside the contract's window.
    #[must_use]
    pub fn warns(&self, value: &Value<'_>) -> bool {
        matches!(value, Value::Date(day) if self.is_implausible(*day))
    }

    fn is_implausible(&self, day: Date) -> bool {
        self.after.is_some_and(|after| day < after) || self.before.is_some_and(|before| day > before)
    }

    fn text<'c>(&self, cell: &'c Cell<'_>, epoch: Epoch) -> Result<Cow<'c, str>, Rule> {
        let text = as_text(cell, epoch);
        if text.contains('\0') {
            return Err(Rule::NulCharacter);
        }
        if self.column.values.is_empty() {
            return Ok(text);
        }
        let spelling = spelling(&text);
        let word = self.column.values.iter().find(|word| word.spellings.contains(&spelling));
        word.map(|word| Cow::Owned(word.stored.clone())).ok_or(Rule::UnknownWord)
    }
}

/// A cell as a person would write it: trimmed text, whole numbers without a fraction, dates in ISO 8601.
#[must_use]
pub fn as_text<'c>(cell: &'c Cell<'_>, epoch: Epoch) -> Cow<'c, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => Cow::Borrowed(trimmed(text)),
        // Display of a float never uses an exponent, and leaves out a fraction of zero.
        Cell::Number(number) => Cow::Owned(number.to_string()),
        Cell::Date(serial) => {
            Cow::Owned(dates::written(*serial, epoch).unwrap_or_else(|| serial.to_string()))
        }
        Cell::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Cell::Error(shown) => Cow::Borrowed(shown),
    }
}

/// A word as the contract lists it: lower-case, without space around it and punctuation behind it.
fn spelling(text: &str) -> String {
    let is_noise =
        |character: char| character.is_ascii_punctuation() || matches!(character, '…' | '。' | '·');
    let mut word = trimmed(text);
    while let Some(shorter) = word.strip_suffix(is_noise) {
        word = trimmed(shorter);
    }
    word.to_lowercase()
}

fn date(cell: &Cell<'_>, epoch: Epoch, formats: &[String]) -> Result<Date, Rule> {
    let day = match cell {
        Cell::Text(text) => dates::from_text(trimmed(text), formats),
        // A date whose cell lost its format is still the serial.
        Cell::Date(serial) | Cell::Number(serial) => dates::from_serial(*serial, epoch),
        Cell::Empty | Cell::Bool(_) | Cell::Error(_) => None,
    };
    day.ok_or(Rule::NotADate)
}

fn integer(cell: &Cell<'_>) -> Result<i64, Rule> {
    match cell {
        Cell::Text(text) => integer_in_text(trimmed(text)),
        Cell::Number(number) if number.is_finite() && number.abs() >= EXACT => Err(Rule::DamagedIdentifier),
        Cell::Number(number) => whole(*number).ok_or(Rule::NotAnInteger),
        Cell::Date(_) | Cell::Empty | Cell::Bool(_) | Cell::Error(_) => Err(Rule::NotAnInteger),
    }
}

/// The whole number that a float is, if it is one and holds it exactly.
#[must_use]
pub fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within what a float holds exactly")]
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

/// Reads `34`, `34.0` and, where the digits are all there, `1.25E+2`.
fn integer_in_text(text: &str) -> Result<i64, Rule> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<u16>().map_err(|_| Rule::NotAnInteger)?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return Err(Rule::NotAnInteger);
    }
    // The exponent moves the point behind digits that are not there: what they were, nobody knows.
    let Some((moved, left)) = fraction.split_at_checked(usize::from(exponent)) else {
        return Err(Rule::DamagedIdentifier);
    };
    if left.bytes().any(|digit| digit != b'0') {
        return Err(Rule::NotAnInteger);
    }
    format!("{sign}{whole}{moved}").parse().map_err(|_| Rule::OutOfRange)
}

#[cfg(test)]
#[path = "coerce_tests.rs"]
mod tests;
