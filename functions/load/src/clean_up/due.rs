//! The rows that are due, as a frame of typed columns.

use std::pin::pin;
use std::str::FromStr;

use futures_util::TryStreamExt as _;
use polars::prelude::{
    BooleanChunked, ChunkedArray, Column, DataFrame, DataType, Int32Type, Int64Type, Int128Type,
    IntoSeries as _, NewChunkedArray as _, PolarsNumericType, Series, StringChunked, TimeUnit,
};
use rounds_shared::catalog::{ColumnType, Dataset};
use rounds_shared::manifest::LINEAGE;
use rounds_shared::schema::sql::{identifier, list, qualified};
use rounds_shared::schema::{clean_up, links_to};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Transaction};

use super::{Cleaning, Limits};
use crate::error::Error;
use crate::placeholder;

/// A column of the table as the archive keeps it.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) kind: ColumnType,
    /// Its value in a row `t`, of this type.
    pub(super) value: String,
}

/// Rows for one object.
pub(super) struct Chunk {
    pub(super) frame: DataFrame,
    /// The key of its last row, as PostgreSQL writes it.
    pub(super) last: Vec<String>,
}

/// Every column that the table has, in order: those of the contract, the lineage, and as text those that have left the
/// contract.
pub(super) async fn columns(transaction: &Transaction<'_>, dataset: &Dataset) -> Result<Vec<Kept>, Error> {
    let names = "
        SELECT attname FROM pg_attribute
        WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
    let names = transaction.query(names, &[&qualified(&dataset.name)]).await?;
    Ok(names.iter().map(|row| kept(dataset, row.get(0))).collect())
}

fn kept(dataset: &Dataset, name: String) -> Kept {
    let value = format!("t.{}", identifier(&name));
    let (kind, value) = match dataset.column(&name) {
        Some(column) => (column.kind, value),
        None if name == "_row" => (ColumnType::Bigint, value),
        None if LINEAGE.contains(&name.as_str()) => (ColumnType::Text, value),
        None if name == "_loaded_at" => (ColumnType::Timestamp, format!("({value} AT TIME ZONE 'UTC')")),
        None => (ColumnType::Text, format!("{value}::text")),
    };
    Kept { name, kind, value }
}

impl Kept {
    /// What Parquet keeps of the value, in digits: days and microseconds since 1970-01-01, nanoseconds since midnight,
    /// units of a decimal's last digit.
    fn in_digits(&self) -> String {
        let value = &self.value;
        match self.kind {
            ColumnType::Date => format!("({value} - date '1970-01-01')::text"),
            ColumnType::Time => format!("((extract(epoch FROM {value}) * 1000000)::bigint * 1000)::text"),
            ColumnType::Timestamp => format!("(extract(epoch FROM {value}) * 1000000)::bigint::text"),
            ColumnType::Decimal { scale, .. } => format!("trunc({value} * 1e{scale})::text"),
            _ => format!("{value}::text"),
        }
    }

    /// The column of these values; none where one is not of the column's type.
    fn series(&self, cells: &[Option<String>]) -> Option<Series> {
        let series = match self.kind {
            ColumnType::Integer | ColumnType::Date => self.numbers::<Int32Type>(cells)?.into_series(),
            ColumnType::Bigint | ColumnType::Time | ColumnType::Timestamp => {
                self.numbers::<Int64Type>(cells)?.into_series()
            }
            ColumnType::Decimal { precision, scale } => {
                // A cast would take the units for whole numbers.
                let units = self.numbers::<Int128Type>(cells)?;
                units.into_decimal(precision.into(), scale.into()).ok()?.into_series()
            }
            ColumnType::Boolean => {
                let truths = parsed::<bool>(cells)?;
                BooleanChunked::from_iter_options(self.name.as_str().into(), truths.into_iter()).into_series()
            }
            ColumnType::Text | ColumnType::Json => {
                let texts = cells.iter().map(Option::as_deref);
                StringChunked::from_iter_options(self.name.as_str().into(), texts).into_series()
            }
        };
        match self.kind {
            ColumnType::Date => series.cast(&DataType::Date).ok(),
            ColumnType::Time => series.cast(&DataType::Time).ok(),
            ColumnType::Timestamp => series.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).ok(),
            _ => Some(series),
        }
    }

    fn numbers<T>(&self, cells: &[Option<String>]) -> Option<ChunkedArray<T>>
    where
        T: PolarsNumericType,
        T::Native: FromStr,
    {
        let numbers = parsed::<T::Native>(cells)?;
        Some(ChunkedArray::from_iter_options(self.name.as_str().into(), numbers.into_iter()))
    }
}

fn parsed<T: FromStr>(cells: &[Option<String>]) -> Option<Vec<Option<T>>> {
    cells.iter().map(|cell| cell.as_deref().map(str::parse).transpose().ok()).collect()
}

/// The rows that are due, but for those that others refer to, in the order of their keys from `behind` on: as many as an
/// object takes.
pub(super) async fn next(
    transaction: &Transaction<'_>,
    cleaning: &Cleaning<'_>,
    columns: &[Kept],
    behind: &[String],
    limits: Limits,
) -> Result<Option<Chunk>, Error> {
    let query = select(cleaning, columns, !behind.is_empty(), limits.rows);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&cleaning.before];
    parameters.extend(behind.iter().map(|value| value as &(dyn ToSql + Sync)));
    let mut rows = pin!(transaction.query_raw(&query, parameters).await?);
    let mut cells: Vec<Vec<Option<String>>> = columns.iter().map(|_| Vec::new()).collect();
    let (mut last, mut bytes) = (None, 0_usize);
    while bytes < limits.bytes
        && let Some(row) = rows.try_next().await?
    {
        for (place, cells) in cells.iter_mut().enumerate() {
            let cell: Option<String> = row.get(place);
            bytes += size_of_val(&cell) + cell.as_ref().map_or(0, String::len);
            cells.push(cell);
        }
        last = Some(row);
    }
    let Some(last) = last else { return Ok(None) };
    let wrong = || Error::disagreement(&cleaning.dataset.name, "it holds a value that Parquet does not");
    let series = columns.iter().zip(&cells).map(|(column, cells)| column.series(cells).map(Column::from));
    let series = series.collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    let frame = DataFrame::new_infer_height(series).map_err(|_| wrong())?;
    Ok(Some(Chunk { frame, last: key_of(&last, columns.len()) }))
}

/// The texts that stand behind the columns.
fn key_of(row: &Row, columns: usize) -> Vec<String> {
    (columns..row.len()).map(|place| row.get(place)).collect()
}

/// Parameters: the day before which rows are due, and with `behind` the key's columns as text.
fn select(cleaning: &Cleaning<'_>, columns: &[Kept], behind: bool, rows: u32) -> String {
    let dataset = cleaning.dataset;
    let key = || dataset.key.iter().map(String::as_str);
    let keys = list("t.", key());
    let texts = columns.iter().map(Kept::in_digits);
    let texts: Vec<String> = texts.chain(key().map(|name| format!("t.{}::text", identifier(name)))).collect();
    let free = referred_to(cleaning).map_or(String::new(), |condition| format!(" AND NOT {condition}"));
    let behind = if behind {
        let kind = |name| dataset.column(name).map_or(ColumnType::Text, |column| column.kind);
        let place = (2..).zip(key()).map(|(number, name)| format!("${number}::text::{}", kind(name)));
        format!(" AND ({keys}) > ({})", place.collect::<Vec<_>>().join(", "))
    } else {
        String::new()
    };
    format!(
        "SELECT {} FROM {}{free}{behind} ORDER BY {keys} LIMIT {rows}",
        texts.join(", "),
        old_enough(cleaning)
    )
}

/// How many rows are due and stay, as others refer to them.
pub(super) async fn referenced(client: &Client, cleaning: &Cleaning<'_>) -> Result<u64, Error> {
    let Some(condition) = referred_to(cleaning) else { return Ok(0) };
    let count = format!("SELECT count(*) FROM {} AND {condition}", old_enough(cleaning));
    Ok(client.query_one(&count, &[&cleaning.before]).await?.get::<_, i64>(0).unsigned_abs())
}

/// The rows `t` that are due. Parameter: the day before which they are.
fn old_enough(cleaning: &Cleaning<'_>) -> String {
    let rows = clean_up::rows(cleaning.dataset, cleaning.rule);
    format!("({rows}) t WHERE t.{} < $1::date", identifier(&cleaning.rule.by))
}

/// The condition that rows of some table refer to a row `t`; none where no table can.
pub(super) fn referred_to(cleaning: &Cleaning<'_>) -> Option<String> {
    placeholder::referred_to(&links_to(cleaning.catalog, cleaning.dataset), "t", None)
}
