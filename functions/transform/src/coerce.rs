//! From a cell to a value by contract, or to the rule that it breaks.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time};
use rounds_shared::catalog::{Column, ColumnType};
use rounds_shared::payload::Severity;
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Epoch, serial, trimmed};

use crate::dates::{Formats, Moment};
use crate::day_order::DayOrder;
use crate::numbers::{self, Scaled};
use crate::times::{self, Clock};
use crate::words::{self, Nulls, Words};

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// None; allowed where the column is not required.
    Null,
    /// Of a column of type integer.
    Integer(i32),
    /// Of a column of type bigint.
    Bigint(i64),
    /// Of a column of type decimal, in units of its last digit.
    Decimal(i128),
    /// Of a column of type date.
    Date(Date),
    /// Of a column of type time, to the microsecond.
    Time(Time),
    /// Of a column of type timestamp, to the microsecond.
    Timestamp(DateTime),
    /// Of a column of type boolean.
    Boolean(bool),
    /// Of a column of type text; the JSON object of [`Column::UNKNOWN`].
    Text(Cow<'a, str>),
}

/// What a cell was read as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read<'a> {
    /// The value.
    pub value: Value<'a>,
    /// A rule that the cell breaks and that does not reject its row: to be counted, if the row stands.
    pub warning: Option<Rule>,
    /// An offset from UTC stood behind the time and was passed over: [`Rule::OffsetIgnored`].
    pub has_offset: bool,
    /// The order of day and month, for the column's [`DayOrders`](crate::day_order::DayOrders).
    pub order: Option<DayOrder>,
}

impl Read<'_> {
    /// The same apart from the cell that it was read of.
    pub(crate) fn into_owned(self) -> Read<'static> {
        let value = match self.value {
            Value::Null => Value::Null,
            Value::Integer(whole) => Value::Integer(whole),
            Value::Bigint(whole) => Value::Bigint(whole),
            Value::Decimal(units) => Value::Decimal(units),
            Value::Date(day) => Value::Date(day),
            Value::Time(time) => Value::Time(time),
            Value::Timestamp(moment) => Value::Timestamp(moment),
            Value::Boolean(truth) => Value::Boolean(truth),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        };
        Read { value, warning: self.warning, has_offset: self.has_offset, order: self.order }
    }
}

impl<'a> From<Value<'a>> for Read<'a> {
    fn from(value: Value<'a>) -> Self {
        Self { value, warning: None, has_offset: false, order: None }
    }
}

/// How cells of one column are read on a given day.
#[derive(Debug, Clone)]
pub(crate) struct Reading<'d> {
    /// The contract.
    pub column: &'d Column,
    nulls: Nulls<'d>,
    words: Words<'d>,
    formats: Formats,
    after: Option<Date>,
    before: Option<Date>,
}

impl<'d> Reading<'d> {
    /// Reads `column`, its window counted from `as_of`.
    #[must_use]
    pub(crate) fn new(column: &'d Column, as_of: Date) -> Self {
        let window = column.plausible.as_ref();
        Self {
            column,
            nulls: Nulls::new(&column.nulls),
            words: Words::new(&column.values),
            formats: Formats::new(&column.formats),
            after: window.and_then(|window| window.after.as_ref()).map(|bound| bound.on(as_of)),
            before: window.and_then(|window| window.before.as_ref()).map(|bound| bound.on(as_of)),
        }
    }

    /// The value of a cell. Where the contract only warns of a broken rule, the value is kept if it is of the column's
    /// type, a decimal with too many digits rounded; otherwise it is null.
    ///
    /// # Errors
    /// The first rule that the cell breaks.
    pub(crate) fn value<'c>(&self, cell: &'c Cell<'_>, epoch: Epoch) -> Result<Read<'c>, Rule>
    where
        'd: 'c,
    {
        let cell = cell.with_text(|text| Cow::Borrowed(trimmed(text)));
        if self.nulls.are_in(&cell, epoch) {
            return if self.column.required { Err(Rule::Missing) } else { Ok(Value::Null.into()) };
        }
        let read = match self.typed(cell, epoch) {
            Ok(read) => Read { warning: read.warning.or_else(|| self.broken(&read.value)), ..read },
            Err(rule) => Read { warning: Some(rule), ..Value::Null.into() },
        };
        match read.warning {
            Some(rule) if self.rejects(rule) => Err(rule),
            _ => Ok(read),
        }
    }

    fn typed<'c>(&self, cell: Cell<'c>, epoch: Epoch) -> Result<Read<'c>, Rule>
    where
        'd: 'c,
    {
        match cell {
            Cell::Error(_) => return Err(Rule::ExcelError),
            Cell::Uncalculated => return Err(Rule::FormulaWithoutValue),
            _ => {}
        }
        match self.column.kind {
            ColumnType::Integer => integer(&cell)
                .and_then(|whole| i32::try_from(whole).map_err(|_| Rule::OutOfRange))
                .map(|whole| Value::Integer(whole).into()),
            ColumnType::Bigint => integer(&cell).map(|whole| Value::Bigint(whole).into()),
            ColumnType::Decimal { precision, scale } => {
                let Scaled { units, rounded } = decimal(&cell, precision, scale)?;
                let warning = rounded.then_some(Rule::TooManyDigits);
                Ok(Read { warning, ..Value::Decimal(units).into() })
            }
            ColumnType::Date => {
                let Moment { moment, order, .. } = self.moment(&cell, epoch).ok_or(Rule::NotADate)?;
                // The offset belongs to the time, which a date leaves out.
                Ok(Read { order, ..Value::Date(moment.date()).into() })
            }
            ColumnType::Timestamp => {
                let Moment { moment, has_offset, order } =
                    self.moment(&cell, epoch).ok_or(Rule::NotATimestamp)?;
                Ok(Read { has_offset, order, ..Value::Timestamp(moment).into() })
            }
            ColumnType::Time => {
                let Clock { time, has_offset } = self.time(&cell).ok_or(Rule::NotATime)?;
                Ok(Read { has_offset, ..Value::Time(time).into() })
            }
            ColumnType::Boolean => boolean(&cell).map(|value| Value::Boolean(value).into()),
            ColumnType::Text | ColumnType::Json => {
                self.text(cell, epoch).map(|text| Value::Text(text).into())
            }
        }
    }

    fn moment(&self, cell: &Cell<'_>, epoch: Epoch) -> Option<Moment> {
        match cell {
            Cell::Text(text) => self.formats.read(unmarked(text), epoch),
            // A date whose cell lost its format is still the serial.
            Cell::Date(serial) | Cell::Number(serial) => {
                serial::moment(*serial, epoch).map(|moment| Moment { moment, has_offset: false, order: None })
            }
            Cell::Empty | Cell::Bool(_) | Cell::Error(_) | Cell::Uncalculated => None,
        }
    }

    fn time(&self, cell: &Cell<'_>) -> Option<Clock> {
        let at = |time| Clock { time, has_offset: false };
        match cell {
            Cell::Text(text) if self.column.formats.is_empty() => times::from_text(unmarked(text)),
            Cell::Text(text) => self.formats.read_time(unmarked(text)),
            Cell::Date(serial) => serial::time_of_day(*serial).map(at),
            // A number is a time that lost its format if it is a part of a day: 9.5 may be meant as half past nine.
            Cell::Number(share) if *share < 1.0 => serial::time_of_day(*share).map(at),
            _ => None,
        }
    }

    fn text<'c>(&self, cell: Cell<'c>, epoch: Epoch) -> Result<Cow<'c, str>, Rule>
    where
        'd: 'c,
    {
        let text = match cell {
            Cell::Text(text) => text,
            Cell::Number(number) if numbers::is_damaged(number) => return Err(Rule::DamagedIdentifier),
            cell => Cow::Owned(cell.as_text(epoch).into_owned()),
        };
        if numbers::is_cut_short(&text) {
            return Err(Rule::DamagedIdentifier);
        }
        if text.as_bytes().contains(&0) {
            return Err(Rule::NulCharacter);
        }
        if self.column.values.is_empty() {
            return Ok(text);
        }
        self.words.find(&text).map(Cow::Borrowed).ok_or(Rule::UnknownWord)
    }

    /// The rule that a value of the column's type breaks.
    fn broken(&self, value: &Value<'_>) -> Option<Rule> {
        match value {
            Value::Integer(number) => self.outside((*number).into()),
            Value::Bigint(number) => self.outside((*number).into()),
            Value::Decimal(units) => self.outside(*units),
            Value::Date(day) => self.implausible(*day),
            Value::Timestamp(moment) => self.implausible(moment.date()),
            Value::Text(text) => {
                let matches = self.column.pattern.as_ref().is_none_or(|pattern| pattern.matches(text));
                (!matches).then_some(Rule::Pattern)
            }
            Value::Null | Value::Time(_) | Value::Boolean(_) => None,
        }
    }

    fn outside(&self, units: i128) -> Option<Rule> {
        let range = self.column.range?;
        let is_outside = range.min.is_some_and(|min| units < min) || range.max.is_some_and(|max| units > max);
        is_outside.then_some(Rule::OutsideRange)
    }

    fn implausible(&self, day: Date) -> Option<Rule> {
        let is_outside =
            self.after.is_some_and(|after| day < after) || self.before.is_some_and(|before| day > before);
        is_outside.then_some(Rule::ImplausibleDate)
    }

    fn rejects(&self, rule: Rule) -> bool {
        let window = self.column.plausible.as_ref();
        let is_believed = rule == Rule::ImplausibleDate && window.is_some_and(|window| !window.rejects);
        self.column.severity == Severity::Reject && !is_believed
    }
}

/// Trimmed text without the apostrophe by which a spreadsheet is told that it is text.
fn unmarked(text: &str) -> &str {
    text.strip_prefix(['\'', '\u{2019}']).map_or(text, trimmed)
}

fn integer(cell: &Cell<'_>) -> Result<i64, Rule> {
    match cell {
        Cell::Text(text) => numbers::integer_in_text(unmarked(text)),
        Cell::Number(number) => numbers::integer_in_float(*number),
        _ => Err(Rule::NotAnInteger),
    }
}

fn decimal(cell: &Cell<'_>, precision: u8, scale: u8) -> Result<Scaled, Rule> {
    match cell {
        Cell::Text(text) => numbers::decimal_in_text(unmarked(text), precision, scale),
        Cell::Number(number) => numbers::decimal_in_float(*number, precision, scale),
        _ => Err(Rule::NotADecimal),
    }
}

fn boolean(cell: &Cell<'_>) -> Result<bool, Rule> {
    let in_number = |whole| match whole {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    let value = match cell {
        Cell::Bool(value) => Some(*value),
        Cell::Number(number) => numbers::whole(*number).and_then(in_number),
        Cell::Text(text) => {
            let text = unmarked(text);
            // A column that was all numbers once: 1.0 and 0.0.
            words::truth(text).or_else(|| in_number(numbers::integer_in_text(text).ok()?))
        }
        _ => None,
    };
    value.ok_or(Rule::NotABoolean)
}

#[cfg(test)]
#[path = "coerce_tests.rs"]
mod tests;
