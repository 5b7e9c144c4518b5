//! Typed columns, filled row by row; taken as bytes for the temp disk, or as a frame's columns.

use std::ops::Range;

use polars::prelude::{
    BooleanChunked, ChunkedArray, DataType, Int32Type, Int64Type, Int128Type, IntoSeries as _,
    NewChunkedArray as _, PlSmallStr, PolarsNumericType, PolarsResult, Series, StringChunked, TimeUnit,
};
use rounds_shared::catalog::{Column, ColumnType};

use crate::error::Error;
use crate::value::Value;
use crate::values::{Texts, Values, extend, put, split, take};

/// Rows of a table, column by column.
pub(crate) struct Columns {
    numbers: Vec<i64>,
    columns: Vec<Typed>,
    /// Bytes of a row but for its texts.
    width: usize,
    text_bytes: usize,
}

/// A column.
struct Typed {
    name: PlSmallStr,
    kind: ColumnType,
    /// Whether there is a value in each row. Where there is none, something else stands among the values.
    present: Vec<bool>,
    values: Values,
}

impl Columns {
    /// Empty columns, as the contract lists them.
    #[must_use]
    pub(crate) fn new(contract: &[Column]) -> Self {
        let columns: Vec<Typed> = contract.iter().map(Typed::new).collect();
        let width = columns.iter().map(Typed::width).sum::<usize>() + size_of::<i64>();
        Self { numbers: Vec::new(), columns, width, text_bytes: 0 }
    }

    /// How many rows there are.
    #[must_use]
    pub(crate) fn height(&self) -> usize {
        self.numbers.len()
    }

    /// How many bytes they take: a row whose columns are all empty takes many where these are.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        self.height() * self.width + self.text_bytes
    }

    /// Adds a row: its number in the file, and a value for each column in the contract's order.
    pub(crate) fn push(&mut self, row: u64, values: &[Value<'_>]) {
        self.numbers.push(i64::try_from(row).unwrap_or(i64::MAX));
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
            self.text_bytes += if let Value::Text(text) = value { text.len() } else { 0 };
        }
    }

    /// Takes all rows out.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.text_bytes = 0;
        for Typed { present, values, .. } in &mut self.columns {
            present.clear();
            values.clear();
        }
    }

    /// Adds the rows in these runs of others by the same contract.
    pub(crate) fn extend(&mut self, from: &Self, runs: &[Range<usize>]) {
        extend(&mut self.numbers, &from.numbers, runs);
        for (column, from) in self.columns.iter_mut().zip(&from.columns) {
            extend(&mut column.present, &from.present, runs);
            self.text_bytes += column.values.extend(&from.values, runs);
        }
    }

    /// Adds all rows to `bytes`.
    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        let all = vec![true; self.height()];
        put(&self.numbers, &all, i64::to_le_bytes, bytes);
        for Typed { present, values, .. } in &self.columns {
            let has_all = *present == all;
            bytes.push(u8::from(has_all));
            if !has_all {
                put(present, &all, |is_present| [u8::from(is_present)], bytes);
            }
            values.put(present, bytes);
        }
    }

    /// Takes `height` rows out of the bytes into which they were [put](Self::put), in the place of those before.
    ///
    /// # Errors
    /// [`Error::Spill`] where the bytes are not what was put.
    pub(crate) fn take(&mut self, mut bytes: &[u8], height: usize) -> Result<(), Error> {
        self.clear();
        let all = vec![true; height];
        take(&mut self.numbers, &all, i64::from_le_bytes, &mut bytes)?;
        for Typed { present, values, .. } in &mut self.columns {
            match split(&mut bytes, 1)? {
                [1] => present.extend(&all),
                _ => take(present, &all, |[byte]| byte != 0, &mut bytes)?,
            }
            values.take(present, &mut bytes)?;
        }
        Ok(())
    }

    /// The columns as series, and the numbers of their rows in the file.
    ///
    /// # Errors
    /// Those of the library; none is expected.
    pub(crate) fn finish(self) -> PolarsResult<(Vec<Series>, Vec<i64>)> {
        let series = self.columns.into_iter().map(Typed::finish);
        Ok((series.collect::<PolarsResult<_>>()?, self.numbers))
    }
}

impl Typed {
    fn new(column: &Column) -> Self {
        let values = match column.kind {
            ColumnType::Integer | ColumnType::Date => Values::Small(Vec::new()),
            ColumnType::Bigint | ColumnType::Time | ColumnType::Timestamp => Values::Large(Vec::new()),
            ColumnType::Decimal { .. } => Values::Huge(Vec::new()),
            ColumnType::Boolean => Values::Truth(Vec::new()),
            ColumnType::Text | ColumnType::Json => Values::Text(Texts::default()),
        };
        Self { name: column.name.as_str().into(), kind: column.kind, present: Vec::new(), values }
    }

    /// Bytes of a value, but for its text.
    fn width(&self) -> usize {
        size_of::<bool>() + self.values.width()
    }

    fn push(&mut self, value: &Value<'_>) {
        self.present.push(*value != Value::Null);
        match (&mut self.values, value) {
            (Values::Small(values), Value::Integer(value)) => values.push(*value),
            (Values::Small(values), Value::Date(day)) => values.push(*day),
            (Values::Large(values), Value::Bigint(value)) => values.push(*value),
            (Values::Large(values), Value::Time(time)) => values.push(*time),
            (Values::Large(values), Value::Timestamp(moment)) => values.push(*moment),
            (Values::Huge(values), Value::Decimal(units)) => values.push(*units),
            (Values::Truth(values), Value::Boolean(value)) => values.push(*value),
            (Values::Text(texts), Value::Text(text)) => texts.push(text),
            // A value is of its column's type or null.
            (Values::Small(values), _) => values.push(0),
            (Values::Large(values), _) => values.push(0),
            (Values::Huge(values), _) => values.push(0),
            (Values::Truth(values), _) => values.push(false),
            (Values::Text(texts), _) => texts.push(""),
        }
    }

    fn finish(self) -> PolarsResult<Series> {
        let Self { name, kind, present, values } = self;
        let series = match values {
            Values::Small(values) => numeric::<Int32Type>(name, values, &present).into_series(),
            Values::Large(values) => numeric::<Int64Type>(name, values, &present).into_series(),
            Values::Huge(values) => {
                let units = numeric::<Int128Type>(name, values, &present);
                match kind {
                    // A cast would take the units for whole numbers.
                    ColumnType::Decimal { precision, scale } => {
                        units.into_decimal(precision.into(), scale.into())?.into_series()
                    }
                    _ => units.into_series(),
                }
            }
            Values::Truth(values) => {
                let values = values.into_iter().zip(present);
                let values = values.map(|(value, is_present)| is_present.then_some(value));
                BooleanChunked::from_iter_options(name, values).into_series()
            }
            Values::Text(texts) if present.iter().all(|is_present| *is_present) => {
                StringChunked::from_iter_values(name, texts.iter()).into_series()
            }
            Values::Text(texts) => {
                let texts = texts.iter().zip(present);
                let texts = texts.map(|(text, is_present)| is_present.then_some(text));
                StringChunked::from_iter_options(name, texts).into_series()
            }
        };
        match kind {
            ColumnType::Date => series.cast(&DataType::Date),
            ColumnType::Time => series.cast(&DataType::Time),
            ColumnType::Timestamp => series.cast(&DataType::Datetime(TimeUnit::Microseconds, None)),
            _ => Ok(series),
        }
    }
}

/// Numbers as a column; those that are not present as null.
fn numeric<T: PolarsNumericType>(
    name: PlSmallStr,
    values: Vec<T::Native>,
    present: &[bool],
) -> ChunkedArray<T> {
    if present.iter().all(|is_present| *is_present) {
        return ChunkedArray::from_vec(name, values);
    }
    let values = values.into_iter().zip(present).map(|(value, is_present)| is_present.then_some(value));
    ChunkedArray::from_iter_options(name, values)
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Catalog;

    use super::*;

    /// A row of each value, read back as the library shows it, from a column of this type.
    fn shown(kind: ColumnType, values: Vec<Value<'_>>) -> (DataType, Vec<String>) {
        let catalog = Catalog::open(None).unwrap();
        let column = catalog.dataset("healthtech.doctors").unwrap().column("specialty").unwrap();
        let mut columns = Columns::new(&[Column { kind, ..column.clone() }]);
        for (row, value) in (2..).zip(values) {
            columns.push(row, &[value]);
        }
        let (series, _) = columns.finish().unwrap();
        (series[0].dtype().clone(), series[0].iter().map(|value| value.str_value().into_owned()).collect())
    }

    #[test]
    fn values_of_every_type_come_back() {
        use ColumnType as Kind;
        let scaled = Kind::Decimal { precision: 38, scale: 2 };
        let largest = 10_i128.pow(38) - 1;
        for (kind, value, dtype, text) in [
            (Kind::Integer, Value::Integer(i32::MIN), DataType::Int32, "-2147483648"),
            (Kind::Bigint, Value::Bigint(i64::MAX), DataType::Int64, "9223372036854775807"),
            (scaled, Value::Decimal(-5), DataType::Decimal(38, 2), "-0.05"),
            (
                scaled,
                Value::Decimal(largest),
                DataType::Decimal(38, 2),
                "999999999999999999999999999999999999.99",
            ),
            (Kind::Date, Value::Date(140_677), DataType::Date, "2355-03-01"),
            (Kind::Time, Value::Time(49_500_250_000_000), DataType::Time, "13:45:00.250"),
            (
                Kind::Timestamp,
                Value::Timestamp(-1),
                DataType::Datetime(TimeUnit::Microseconds, None),
                "1969-12-31 23:59:59.999999",
            ),
            (Kind::Boolean, Value::Boolean(true), DataType::Boolean, "true"),
            (Kind::Text, Value::Text("Ada".into()), DataType::String, "Ada"),
            (Kind::Json, Value::Text("{}".into()), DataType::String, "{}"),
        ] {
            assert_eq!(shown(kind, vec![value, Value::Null]), (dtype, vec![text.into(), "null".into()]));
        }
    }

    #[test]
    fn rows_keep_their_numbers_and_their_order() {
        let catalog = Catalog::open(None).unwrap();
        let mut columns = Columns::new(&catalog.dataset("healthtech.doctors").unwrap().columns);
        columns.push(2, &[Value::Integer(7), Value::Text("Ada".into()), Value::Null]);
        columns.push(5, &[Value::Integer(5), Value::Text(String::new().into()), Value::Text("X".into())]);
        assert_eq!(columns.height(), 2);
        let (series, rows) = columns.finish().unwrap();
        assert_eq!(rows, [2, 5]);
        assert_eq!(series[0].i32().unwrap().iter().collect::<Vec<_>>(), [Some(7), Some(5)]);
        assert_eq!(series[1].str().unwrap().iter().collect::<Vec<_>>(), [Some("Ada"), Some("")]);
        assert_eq!(series[2].str().unwrap().iter().collect::<Vec<_>>(), [None, Some("X")]);
    }
}
