//! Typed columns, filled row by row: values side by side, not cells in boxes.

use std::cmp::Ordering;

use polars::prelude::{
    DataType, Int32Chunked, Int64Chunked, IntoSeries as _, NewChunkedArray as _, PolarsResult, Series,
    StringChunked,
};
use rounds_shared::catalog::{Column, ColumnType};

use crate::coerce::Value;
use crate::dates;

/// The valid rows of a table, column by column, in the order of the file.
#[derive(Debug)]
pub struct Columns {
    names: Vec<String>,
    values: Vec<Values>,
    rows: Vec<i64>,
}

#[derive(Debug)]
enum Values {
    Integer(Nullable<i32>),
    Bigint(Nullable<i64>),
    /// Days since 1970-01-01.
    Date(Nullable<i32>),
    Text(Texts),
}

impl Columns {
    /// Empty columns, as the contract lists them.
    #[must_use]
    pub fn new(contract: &[Column]) -> Self {
        let empty = |column: &Column| match column.kind {
            ColumnType::Integer => Values::Integer(Nullable::default()),
            ColumnType::Bigint => Values::Bigint(Nullable::default()),
            ColumnType::Date => Values::Date(Nullable::default()),
            ColumnType::Text => Values::Text(Texts::default()),
        };
        Self {
            names: contract.iter().map(|column| column.name.clone()).collect(),
            values: contract.iter().map(empty).collect(),
            rows: Vec::new(),
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn height(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row: its number in the file, and a value for each column in the contract's order.
    pub fn push<'v>(&mut self, row: u64, values: impl IntoIterator<Item = Value<'v>>) {
        self.rows.push(i64::try_from(row).unwrap_or(i64::MAX));
        for (column, value) in self.values.iter_mut().zip(values) {
            match (column, value) {
                (Values::Integer(column), Value::Integer(value)) => column.push(Some(value)),
                (Values::Bigint(column), Value::Bigint(value)) => column.push(Some(value)),
                (Values::Date(column), Value::Date(value)) => column.push(Some(dates::days(value))),
                (Values::Text(column), Value::Text(value)) => column.push(Some(&value)),
                // A value is of its column's type or null.
                (Values::Integer(column) | Values::Date(column), _) => column.push(None),
                (Values::Bigint(column), _) => column.push(None),
                (Values::Text(column), _) => column.push(None),
            }
        }
    }

    /// Number in the file of the row at `index`.
    #[must_use]
    pub fn row(&self, index: usize) -> u64 {
        self.rows.get(index).and_then(|row| u64::try_from(*row).ok()).unwrap_or_default()
    }

    /// Position of a column.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Compares two rows by one column; a null comes last.
    #[must_use]
    pub fn compare(&self, column: usize, a: usize, b: usize) -> Ordering {
        match self.values.get(column) {
            Some(Values::Integer(values) | Values::Date(values)) => nulls_last(values.get(a), values.get(b)),
            Some(Values::Bigint(values)) => nulls_last(values.get(a), values.get(b)),
            Some(Values::Text(values)) => nulls_last(values.get(a), values.get(b)),
            None => Ordering::Equal,
        }
    }

    /// Whether the row has a value in the column.
    #[must_use]
    pub fn is_null(&self, column: usize, index: usize) -> bool {
        match self.values.get(column) {
            Some(Values::Integer(values) | Values::Date(values)) => values.get(index).is_none(),
            Some(Values::Bigint(values)) => values.get(index).is_none(),
            Some(Values::Text(values)) => values.get(index).is_none(),
            None => true,
        }
    }

    /// Year and month in a date column.
    #[must_use]
    pub fn month(&self, column: usize, index: usize) -> Option<(i16, i8)> {
        match self.values.get(column) {
            Some(Values::Date(values)) => values.get(index).and_then(dates::month),
            _ => None,
        }
    }

    /// The columns of the chosen rows as series.
    ///
    /// # Errors
    /// Those of the library; none is expected.
    pub fn series(&self, chosen: &[usize]) -> PolarsResult<Vec<Series>> {
        self.names.iter().zip(&self.values).map(|(name, values)| values.series(name, chosen)).collect()
    }

    /// Numbers in the file of the chosen rows.
    #[must_use]
    pub fn rows(&self, chosen: &[usize]) -> Vec<i64> {
        chosen.iter().filter_map(|index| self.rows.get(*index).copied()).collect()
    }
}

impl Values {
    fn series(&self, name: &str, chosen: &[usize]) -> PolarsResult<Series> {
        let name = name.into();
        Ok(match self {
            Self::Integer(values) => {
                Int32Chunked::from_iter_options(name, values.chosen(chosen)).into_series()
            }
            Self::Bigint(values) => {
                Int64Chunked::from_iter_options(name, values.chosen(chosen)).into_series()
            }
            Self::Date(values) => Int32Chunked::from_iter_options(name, values.chosen(chosen))
                .into_series()
                .cast(&DataType::Date)?,
            Self::Text(values) => {
                StringChunked::from_iter_options(name, chosen.iter().map(|index| values.get(*index)))
                    .into_series()
            }
        })
    }
}

fn nulls_last<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

#[derive(Debug, Default)]
struct Nullable<T> {
    values: Vec<T>,
    present: Vec<bool>,
}

impl<T: Copy + Default> Nullable<T> {
    fn push(&mut self, value: Option<T>) {
        self.values.push(value.unwrap_or_default());
        self.present.push(value.is_some());
    }

    fn get(&self, index: usize) -> Option<T> {
        self.values.get(index).copied().filter(|_| self.present.get(index) == Some(&true))
    }

    fn chosen(&self, rows: &[usize]) -> impl Iterator<Item = Option<T>> {
        rows.iter().map(|index| self.get(*index))
    }
}

/// Texts end to end in one buffer.
#[derive(Debug, Default)]
struct Texts {
    buffer: String,
    ends: Vec<usize>,
    present: Vec<bool>,
}

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        self.buffer.push_str(text.unwrap_or_default());
        self.ends.push(self.buffer.len());
        self.present.push(text.is_some());
    }

    fn get(&self, index: usize) -> Option<&str> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        let end = *self.ends.get(index)?;
        self.buffer.get(start..end).filter(|_| self.present.get(index) == Some(&true))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rounds_shared::catalog::Catalog;

    use super::*;

    #[test]
    fn values_come_back_by_row_and_column() {
        let catalog = Catalog::open(None).unwrap();
        let mut columns = Columns::new(&catalog.dataset("healthtech.doctors").unwrap().columns);
        columns.push(2, [Value::Integer(7), Value::Text("Ada".into()), Value::Null]);
        columns.push(3, [Value::Integer(5), Value::Text(String::new().into()), Value::Text("X".into())]);
        assert_eq!((columns.height(), columns.row(1)), (2, 3));
        assert_eq!(columns.compare(0, 0, 1), Ordering::Greater);
        assert_eq!(columns.compare(2, 0, 1), Ordering::Greater, "a null comes last");
        let series = columns.series(&[1, 0]).unwrap();
        let specialties: Vec<Option<&str>> = series[2].str().unwrap().iter().collect();
        assert_eq!(specialties, [Some("X"), None]);
        let ids: Vec<Option<i32>> = series[0].i32().unwrap().iter().collect();
        assert_eq!(ids, [Some(5), Some(7)]);
    }

    #[test]
    fn dates_know_their_month() {
        let catalog = Catalog::open(None).unwrap();
        let mut columns = Columns::new(&catalog.dataset("healthtech.appointments").unwrap().columns);
        let day = Value::Date(date(2355, 3, 1));
        columns.push(
            2,
            [Value::Bigint(1), Value::Bigint(1), Value::Integer(1), day, Value::Text("confirmed".into())],
        );
        let position = columns.position("booking_date").unwrap();
        assert_eq!(columns.month(position, 0), Some((2355, 3)));
        assert_eq!(columns.series(&[0]).unwrap()[position].dtype(), &DataType::Date);
    }
}
