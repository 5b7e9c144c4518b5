//! Rows as text, from PostgreSQL and from the marts.

use std::io::Cursor;

use polars::prelude::{AnyValue, ParquetReader, SerReader as _};
use rounds_testkit::reading::{self, Line};
use rounds_testkit::stack::Stack;
use tokio_postgres::Client;

/// The rows of a query, in its order.
pub(crate) async fn lines(database: &Client, query: &str) -> Vec<Line> {
    reading::lines(database, query).await.unwrap()
}

/// The rows of a mart's Parquet file, sorted.
pub(crate) async fn mart_parquet(stack: &Stack, name: &str) -> Vec<Line> {
    let bytes = stack.lake_object(&format!("marts/records/{name}/parquet/{name}.parquet")).await;
    let frame = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
    let text = |value: &AnyValue<'_>| match value {
        AnyValue::Null => None,
        other => Some(other.get_str().map_or_else(|| other.to_string(), str::to_owned)),
    };
    let row = |place: usize| frame.get(place).unwrap().iter().map(text).collect();
    let mut lines: Vec<Line> = (0..frame.height()).map(row).collect();
    lines.sort();
    lines
}

/// The rows of a mart's CSV file, sorted; a formula without the apostrophe that makes it text.
pub(crate) async fn mart_csv(stack: &Stack, name: &str) -> Vec<Line> {
    let bytes = stack.lake_object(&format!("marts/records/{name}/csv/{name}.csv")).await;
    let value = |cell: &str| {
        let cell = cell.strip_prefix('\'').filter(|cell| cell.starts_with('=')).unwrap_or(cell);
        (!cell.is_empty()).then(|| cell.to_owned())
    };
    let records = csv::Reader::from_reader(bytes.as_slice()).into_records();
    let mut lines: Vec<Line> = records.map(|record| record.unwrap().iter().map(value).collect()).collect();
    lines.sort();
    lines
}
