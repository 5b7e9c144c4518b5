//! A report as rows of text, and what a correct load makes of it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::cells::{Line, Value};
use super::charge::Charge;
use super::label::label;
use super::report::Report;
use crate::sheet::SheetError;

/// One line in so many stands twice; both are meant.
const TWICE_EVERY: usize = 60;
/// One line in so many writes its dates as ISO 8601; one in so many leaves zeros blank.
const ISO_EVERY: usize = 29;
const BLANK_EVERY: usize = 13;
/// A report of so many lines has two more that cannot be read.
const LINES_WITH_SLIPS: usize = 40;

/// A report on an account, as it is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Labels.
    pub header: Vec<String>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
    /// What a correct load makes of it.
    pub load: Load,
}

/// What a correct load of a report makes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Rows in the table.
    pub rows: usize,
    /// Rows that are rejected.
    pub rejected: usize,
    /// What each column of money adds up to in the table, in cents, by the column's name.
    pub sums: BTreeMap<&'static str, i64>,
}

impl Sheet {
    pub(super) fn of(charges: &[Charge], report: &Report, as_of: Date) -> Self {
        let columns: Vec<&'static str> = report.columns.split_whitespace().collect();
        let lines = (report.lines)(charges);
        let values = |line: &Line<'_>| -> Vec<Value> {
            let value = |column: &&str| line.value(column, as_of);
            // A column of no value would shift the others; a test holds that there is none.
            columns.iter().map(|column| value(column).unwrap_or(Value::Text(String::new()))).collect()
        };
        let mut lines: Vec<Vec<Value>> = lines.iter().map(values).collect();
        let twice: Vec<_> = lines.iter().skip(TWICE_EVERY / 2).step_by(TWICE_EVERY).cloned().collect();
        lines.extend(twice);

        let mut load = Load { rows: lines.len(), ..Load::default() };
        for (column, value) in lines.iter().flat_map(|line| columns.iter().zip(line)) {
            if let Value::Money(cents) = value {
                *load.sums.entry(column).or_default() += cents;
            }
        }
        let mut rows: Vec<Vec<String>> = lines
            .iter()
            .enumerate()
            .map(|(number, line)| line.iter().map(|value| write(value, number)).collect())
            .collect();
        if let Some(line) = lines.get(LINES_WITH_SLIPS) {
            let slips = slips(line);
            load.rejected = slips.len();
            rows.splice(LINES_WITH_SLIPS / 2..LINES_WITH_SLIPS / 2, slips);
        }
        Self { header: columns.iter().map(|column| label(report.name, column)).collect(), rows, load }
    }

    /// The sheet as CSV in UTF-8; rows may be of any width.
    ///
    /// # Errors
    /// See [`SheetError`].
    pub fn csv(&self) -> Result<Vec<u8>, SheetError> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(|error| SheetError::Csv(error.into_error().into()))
    }
}

/// The line with a word in place of an amount, and with a word in place of a date.
fn slips(line: &[Value]) -> Vec<Vec<String>> {
    let written: Vec<String> = line.iter().map(|value| write(value, 1)).collect();
    let spoilt = |place: usize, word: &str| {
        let mut row = written.clone();
        row[place] = word.to_owned();
        row
    };
    let money = line.iter().position(|value| matches!(value, Value::Money(_)));
    let day = line.iter().position(|value| matches!(value, Value::Day(_)));
    money
        .map(|place| spoilt(place, "see note"))
        .into_iter()
        .chain(day.map(|place| spoilt(place, "pending")))
        .collect()
}

/// The value as it is written in the line of this number.
fn write(value: &Value, number: usize) -> String {
    match value {
        Value::Text(words) => words.clone(),
        Value::Money(0) if number % BLANK_EVERY == 5 => String::new(),
        Value::Money(cents) => money(*cents),
        Value::Day(None) => String::new(),
        Value::Day(Some(day)) if number % ISO_EVERY == 11 => day.to_string(),
        Value::Day(Some(day)) => day.strftime("%m/%d/%Y").to_string(),
        Value::Count(count) => count.to_string(),
    }
}

/// `$1,234.56`, below zero `($1,234.56)`.
pub(super) fn money(cents: i64) -> String {
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let written = format!("${grouped}.{rest:02}");
    if cents < 0 { format!("({written})") } else { written }
}
