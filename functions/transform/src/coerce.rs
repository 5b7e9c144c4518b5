//! From a cell to a value by contract, or to the rule that it breaks.

use std::borrow::Cow;

use jiff::civil::Date;
use rounds_shared::catalog::{Bound, Column, ColumnType};
use rounds_shared::payload::Severity;
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Epoch, serial, trimmed};

use crate::dates::{self, Formats, Moment};
use crate::day_order::DayOrder;
use crate::numbers::{self, Scaled};
use crate::times::{self, Clock};
use crate::value::Value;
use crate::words::{self, Nulls, Words};

/// What there is to say of a value that was read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Remarks {
    /// A rule that the cell breaks and that does not reject its row: to be counted, if the row stands.
    pub warning: Option<Rule>,
    /// An offset from UTC stood behind the time and was passed over: [`Rule::OffsetIgnored`].
    pub has_offset: bool,
    /// The order of day and month, for the column's [`DayOrders`](crate::day_order::DayOrders).
    pub order: Option<DayOrder>,
}

impl From<Option<Rule>> for Remarks {
    fn from(warning: Option<Rule>) -> Self {
        Self { warning, ..Self::default() }
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
    /// Days since 1970-01-01, as [`Value::Date`].
    after: Option<i32>,
    before: Option<i32>,
}

impl<'d> Reading<'d> {
    /// Reads `column`, its window counted from `as_of`.
    #[must_use]
    pub(crate) fn new(column: &'d Column, as_of: Date) -> Self {
        let window = column.plausible.as_ref();
        let day = |bound: &Bound| dates::days(bound.on(as_of));
        Self {
            column,
            nulls: Nulls::new(&column.nulls),
            words: Words::new(&column.values),
            formats: Formats::new(&column.formats),
            after: window.and_then(|window| window.after.as_ref()).map(day),
            before: window.and_then(|window| window.before.as_ref()).map(day),
        }
    }

    /// Adds the value of a cell to `values`. Where the contract only warns of a broken rule, the value is kept if it is of
    /// the column's type, a decimal with too many digits rounded; otherwise it is null.
    ///
    /// # Errors
    /// The first rule that the cell breaks; what was added then means nothing.
    pub(crate) fn value<'c>(
        &self,
        cell: &'c Cell<'_>,
        epoch: Epoch,
        values: &mut Vec<Value<'c>>,
    ) -> Result<Remarks, Rule>
    where
        'd: 'c,
    {
        if self.nulls.are_in(cell, epoch) {
            values.push(Value::Null);
            return if self.column.required { Err(Rule::Missing) } else { Ok(Remarks::default()) };
        }
        let remarks = self.typed(cell, epoch, values).unwrap_or_else(|rule| {
            values.push(Value::Null);
            Some(rule).into()
        });
        match remarks.warning {
            Some(rule) if self.rejects(rule) => Err(rule),
            _ => Ok(remarks),
        }
    }

    /// Adds a value, and says of a rule that it breaks nevertheless; adds none where there is none of the column's type.
    fn typed<'c>(
        &self,
        cell: &'c Cell<'_>,
        epoch: Epoch,
        values: &mut Vec<Value<'c>>,
    ) -> Result<Remarks, Rule>
    where
        'd: 'c,
    {
        match cell {
            Cell::Error(_) => return Err(Rule::ExcelError),
            Cell::Uncalculated => return Err(Rule::FormulaWithoutValue),
            _ => {}
        }
        // Each arm adds its own: a value that all of them hand on would be copied on its way.
        Ok(match self.column.kind {
            ColumnType::Integer => {
                let whole = i32::try_from(integer(cell)?).map_err(|_| Rule::OutOfRange)?;
                values.push(Value::Integer(whole));
                self.outside(whole.into()).into()
            }
            ColumnType::Bigint => {
                let whole = integer(cell)?;
                values.push(Value::Bigint(whole));
                self.outside(whole.into()).into()
            }
            ColumnType::Decimal { precision, scale } => {
                let Scaled { units, rounded } = decimal(cell, precision, scale)?;
                values.push(Value::Decimal(units));
                if rounded { Some(Rule::TooManyDigits) } else { self.outside(units) }.into()
            }
            ColumnType::Date => {
                let (moment, remarks) = self.moment(cell, epoch).ok_or(Rule::NotADate)?;
                let day = dates::day_of(moment);
                // The offset belongs to the time, which a date leaves out.
                values.push(Value::Date(day));
                Remarks { warning: self.implausible(day), has_offset: false, ..remarks }
            }
            ColumnType::Timestamp => {
                let (moment, remarks) = self.moment(cell, epoch).ok_or(Rule::NotATimestamp)?;
                values.push(Value::Timestamp(moment));
                Remarks { warning: self.implausible(dates::day_of(moment)), ..remarks }
            }
            ColumnType::Time => {
                let Clock { time, has_offset } = self.time(cell).ok_or(Rule::NotATime)?;
                values.push(Value::Time(times::nanoseconds(time)));
                Remarks { has_offset, ..Remarks::default() }
            }
            ColumnType::Boolean => {
                values.push(Value::Boolean(boolean(cell)?));
                Remarks::default()
            }
            ColumnType::Text | ColumnType::Json => {
                let text = self.text(cell, epoch)?;
                let matches = self.column.pattern.as_ref().is_none_or(|pattern| pattern.matches(&text));
                values.push(Value::Text(text));
                (!matches).then_some(Rule::Pattern).into()
            }
        })
    }

    /// Microseconds since 1970-01-01.
    fn moment(&self, cell: &Cell<'_>, epoch: Epoch) -> Option<(i64, Remarks)> {
        match cell {
            Cell::Text(text) => {
                let Moment { moment, has_offset, order } = self.formats.read(unmarked(text), epoch)?;
                Some((times::microseconds(moment), Remarks { warning: None, has_offset, order }))
            }
            // A date whose cell lost its format is still the serial.
            Cell::Date(serial) | Cell::Number(serial) => {
                Some((serial::microseconds(*serial, epoch)?, Remarks::default()))
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

    fn text<'c>(&self, cell: &'c Cell<'_>, epoch: Epoch) -> Result<Cow<'c, str>, Rule>
    where
        'd: 'c,
    {
        if matches!(cell, Cell::Number(number) if numbers::is_damaged(*number)) {
            return Err(Rule::DamagedIdentifier);
        }
        let text = cell.as_text(epoch);
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

    fn outside(&self, units: i128) -> Option<Rule> {
        let range = self.column.range?;
        let is_outside = range.min.is_some_and(|min| units < min) || range.max.is_some_and(|max| units > max);
        is_outside.then_some(Rule::OutsideRange)
    }

    fn implausible(&self, day: i32) -> Option<Rule> {
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

/// Text, trimmed, without the apostrophe by which a spreadsheet is told that it is text.
fn unmarked(text: &str) -> &str {
    let text = trimmed(text);
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
