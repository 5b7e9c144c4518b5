//! Typed columns, filled row by row and taken as a frame's columns.

use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder as _, DataType, Int32Type, Int64Type, Int128Type, IntoSeries as _,
    PolarsResult, PrimitiveChunkedBuilder, Series, StringChunkedBuilder, TimeUnit,
};
use rounds_shared::catalog::{Column, ColumnType};

use crate::coerce::Value;
use crate::{dates, times};

/// Rows of a table, column by column.
pub(crate) struct Columns {
    columns: Vec<(ColumnType, Values)>,
    rows: Vec<i64>,
}

/// Values as Parquet keeps them.
enum Values {
    /// Integers; dates as days since 1970-01-01.
    Small(PrimitiveChunkedBuilder<Int32Type>),
    /// Bigints; times as nanoseconds since midnight, timestamps as microseconds since 1970-01-01.
    Large(PrimitiveChunkedBuilder<Int64Type>),
    /// Decimals, in units of their last digit.
    Huge(PrimitiveChunkedBuilder<Int128Type>),
    Truth(BooleanChunkedBuilder),
    Text(StringChunkedBuilder),
}

impl Columns {
    /// Empty columns, as the contract lists them.
    #[must_use]
    pub(crate) fn new(contract: &[Column]) -> Self {
        let columns = contract.iter().map(|column| (column.kind, Values::new(column)));
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    /// How many rows there are.
    #[must_use]
    pub(crate) fn height(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row: its number in the file, and a value for each column in the contract's order.
    pub(crate) fn push<'v>(&mut self, row: u64, values: impl IntoIterator<Item = Value<'v>>) {
        self.rows.push(i64::try_from(row).unwrap_or(i64::MAX));
        for ((_, column), value) in self.columns.iter_mut().zip(values) {
            column.push(&value);
        }
    }

    /// The columns as series, and the numbers of their rows in the file.
    ///
    /// # Errors
    /// Those of the library; none is expected.
    pub(crate) fn finish(self) -> PolarsResult<(Vec<Series>, Vec<i64>)> {
        let series = self.columns.into_iter().map(|(kind, values)| values.finish(kind));
        Ok((series.collect::<PolarsResult<_>>()?, self.rows))
    }
}

impl Values {
    fn new(column: &Column) -> Self {
        let name = column.name.as_str().into();
        match column.kind {
            ColumnType::Integer | ColumnType::Date => Self::Small(PrimitiveChunkedBuilder::new(name, 0)),
            ColumnType::Bigint | ColumnType::Time | ColumnType::Timestamp => {
                Self::Large(PrimitiveChunkedBuilder::new(name, 0))
            }
            ColumnType::Decimal { .. } => Self::Huge(PrimitiveChunkedBuilder::new(name, 0)),
            ColumnType::Boolean => Self::Truth(BooleanChunkedBuilder::new(name, 0)),
            ColumnType::Text | ColumnType::Json => Self::Text(StringChunkedBuilder::new(name, 0)),
        }
    }

    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Small(column), Value::Integer(value)) => column.append_value(*value),
            (Self::Small(column), Value::Date(day)) => column.append_value(dates::days(*day)),
            (Self::Large(column), Value::Bigint(value)) => column.append_value(*value),
            (Self::Large(column), Value::Time(time)) => column.append_value(times::nanoseconds(*time)),
            (Self::Large(column), Value::Timestamp(moment)) => {
                column.append_value(times::microseconds(*moment));
            }
            (Self::Huge(column), Value::Decimal(units)) => column.append_value(*units),
            (Self::Truth(column), Value::Boolean(value)) => column.append_value(*value),
            (Self::Text(column), Value::Text(text)) => column.append_value(text),
            // A value is of its column's type or null.
            (Self::Small(column), _) => column.append_null(),
            (Self::Large(column), _) => column.append_null(),
            (Self::Huge(column), _) => column.append_null(),
            (Self::Truth(column), _) => column.append_null(),
            (Self::Text(column), _) => column.append_null(),
        }
    }

    fn finish(self, kind: ColumnType) -> PolarsResult<Series> {
        let series = match self {
            Self::Small(column) => column.finish().into_series(),
            Self::Large(column) => column.finish().into_series(),
            Self::Huge(column) => match kind {
                // A cast would take the units for whole numbers.
                ColumnType::Decimal { precision, scale } => {
                    column.finish().into_decimal(precision.into(), scale.into())?.into_series()
                }
                _ => column.finish().into_series(),
            },
            Self::Truth(column) => column.finish().into_series(),
            Self::Text(column) => column.finish().into_series(),
        };
        match kind {
            ColumnType::Date => series.cast(&DataType::Date),
            ColumnType::Time => series.cast(&DataType::Time),
            ColumnType::Timestamp => series.cast(&DataType::Datetime(TimeUnit::Microseconds, None)),
            _ => Ok(series),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime, time};
    use rounds_shared::catalog::Catalog;

    use super::*;

    /// A row of each value, read back as the library shows it, from a column of this type.
    fn shown(kind: ColumnType, values: Vec<Value<'_>>) -> (DataType, Vec<String>) {
        let catalog = Catalog::open(None).unwrap();
        let column = catalog.dataset("healthtech.doctors").unwrap().column("specialty").unwrap();
        let mut columns = Columns::new(&[Column { kind, ..column.clone() }]);
        for (row, value) in (2..).zip(values) {
            columns.push(row, [value]);
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
            (Kind::Date, Value::Date(date(2355, 3, 1)), DataType::Date, "2355-03-01"),
            (Kind::Time, Value::Time(time(13, 45, 0, 250_000_000)), DataType::Time, "13:45:00.250"),
            (
                Kind::Timestamp,
                Value::Timestamp(datetime(1969, 12, 31, 23, 59, 59, 999_999_000)),
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
        columns.push(2, [Value::Integer(7), Value::Text("Ada".into()), Value::Null]);
        columns.push(5, [Value::Integer(5), Value::Text(String::new().into()), Value::Text("X".into())]);
        assert_eq!(columns.height(), 2);
        let (series, rows) = columns.finish().unwrap();
        assert_eq!(rows, [2, 5]);
        assert_eq!(series[0].i32().unwrap().iter().collect::<Vec<_>>(), [Some(7), Some(5)]);
        assert_eq!(series[1].str().unwrap().iter().collect::<Vec<_>>(), [Some("Ada"), Some("")]);
        assert_eq!(series[2].str().unwrap().iter().collect::<Vec<_>>(), [None, Some("X")]);
    }
}
