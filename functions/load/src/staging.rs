//! Staging: a temporary table per batch, filled by COPY in PostgreSQL's binary format.

use std::pin::pin;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use polars::frame::DataFrame;
use polars::prelude::{Int32Chunked, Int64Chunked, StringChunked};
use rounds_shared::catalog::{Column, ColumnType, Dataset, Keep};
use rounds_shared::manifest::{LINEAGE, PartManifest};
use tokio_postgres::Transaction;

use crate::curated::{self, Source};
use crate::error::Error;
use crate::sql::{identifier, list};

/// What a COPY in binary format begins with: signature, flags, length of the header's extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with: a row of -1 fields.
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// Days from 1970-01-01, from which Parquet counts dates, to 2000-01-01, from which PostgreSQL does.
const EPOCH_DAYS: i32 = 10_957;

/// A temporary table of the contract's columns, the lineage, and `_part`, which orders rows across parts. It ends with
/// the transaction.
#[must_use]
pub fn create(dataset: &Dataset, staged: &str) -> String {
    let columns: Vec<String> =
        columns(dataset).iter().map(|(name, kind)| format!("{} {kind}", identifier(name))).collect();
    format!("CREATE TEMPORARY TABLE {staged} ({}) ON COMMIT DROP", columns.join(", "))
}

/// Deletes the rows that lose to another with the same key, as the contract's `keep` says, and selects how many they
/// were and where the first of them stood (`bigint[]`). Within a part the transform has done the same; this is for keys
/// that several parts have.
#[must_use]
pub fn supersede(dataset: &Dataset, staged: &str, places: usize) -> String {
    let (by, direction) = match &dataset.keep {
        Keep::First(by) => (by, "ASC"),
        Keep::Last(by) => (by, "DESC"),
    };
    let by = by
        .as_ref()
        .map_or(String::new(), |column| format!("{} {direction} NULLS LAST, ", identifier(column)));
    format!(
        "WITH ranked AS (SELECT ctid AS place, row_number() OVER (\
         PARTITION BY {key} ORDER BY {by}_part {direction}, _row {direction}) AS n FROM {staged}), \
         superseded AS (DELETE FROM {staged} s USING ranked \
         WHERE s.ctid = ranked.place AND ranked.n > 1 RETURNING s._part, s._row) \
         SELECT count(*), coalesce((array_agg(_row ORDER BY _part, _row))[1:{places}], '{{}}') FROM superseded",
        key = list("", dataset.key.iter().map(String::as_str)),
    )
}

/// Copies the parts' rows into `staged`. Memory is bounded by a few objects and one slice of decoded rows.
///
/// # Errors
/// [`Error::Disagreement`] where an object holds other rows or columns than its manifest says.
pub async fn copy<S: Source>(
    transaction: &Transaction<'_>,
    source: &S,
    dataset: &Dataset,
    parts: &[PartManifest],
    staged: &str,
) -> Result<u64, Error> {
    let names = columns(dataset);
    let names = list("", names.iter().map(|(name, _)| *name));
    let statement = format!("COPY {staged} ({names}) FROM STDIN (FORMAT binary)");
    let mut sink = pin!(transaction.copy_in::<_, Bytes>(&statement).await?);
    let mut objects = pin!(curated::objects(source, parts));
    sink.feed(Bytes::from_static(HEADER)).await?;
    while let Some(fetched) = objects.next().await {
        let fetched = fetched?;
        let wrong = |reason| Error::disagreement(&fetched.object.key, reason);
        let rows = curated::rows(fetched.bytes.clone()).map_err(wrong)?;
        if u64::try_from(rows) != Ok(fetched.object.rows) {
            return Err(wrong("it has another number of rows"));
        }
        for slice in curated::slices(rows) {
            let (bytes, part, columns) = (fetched.bytes.clone(), fetched.part, dataset.columns.clone());
            let encode = move || encode(&mut curated::decode(bytes, slice)?, &columns, part);
            let rows = tokio::task::spawn_blocking(encode).await.map_err(|_| Error::Interrupted)?;
            sink.feed(Bytes::from(rows.map_err(wrong)?)).await?;
        }
    }
    sink.feed(Bytes::from_static(TRAILER)).await?;
    Ok(sink.finish().await?)
}

/// Columns of a staging table, in order, with their types.
fn columns(dataset: &Dataset) -> Vec<(&str, String)> {
    let own = dataset.columns.iter().map(|column| (column.name.as_str(), column.kind.to_string()));
    let lineage =
        LINEAGE.iter().map(|name| (*name, if *name == "_row" { "bigint" } else { "text" }.to_owned()));
    own.chain(lineage).chain([("_part", "bigint".to_owned())]).collect()
}

/// One column of a slice, typed.
enum Cells<'a> {
    Integer(&'a Int32Chunked),
    Bigint(&'a Int64Chunked),
    Text(&'a StringChunked),
    Date(&'a Int32Chunked),
}

/// Rows in PostgreSQL's binary format: per row the number of fields, per field its length (-1 for null) and its bytes.
fn encode(frame: &mut DataFrame, columns: &[Column], part: u32) -> Result<Vec<u8>, &'static str> {
    const ABSENT: &str = "it lacks a column, or has it in another type";
    frame.rechunk_mut();
    let mut cells = Vec::with_capacity(columns.len() + LINEAGE.len());
    let kinds = columns.iter().map(|column| (column.name.as_str(), column.kind));
    let lineage = LINEAGE
        .iter()
        .map(|name| (*name, if *name == "_row" { ColumnType::Bigint } else { ColumnType::Text }));
    for (name, kind) in kinds.chain(lineage) {
        let column = frame.column(name).map_err(|_| ABSENT)?;
        let typed = match kind {
            ColumnType::Integer => column.i32().map(Cells::Integer),
            ColumnType::Bigint => column.i64().map(Cells::Bigint),
            ColumnType::Text => column.str().map(Cells::Text),
            ColumnType::Date => column.date().map(|dates| Cells::Date(dates.physical())),
        };
        cells.push(typed.map_err(|_| ABSENT)?);
    }
    let fields = i16::try_from(cells.len() + 1).map_err(|_| "it has too many columns")?.to_be_bytes();
    let part = i64::from(part).to_be_bytes();
    let mut rows = Vec::with_capacity(frame.height() * cells.len() * 12);
    for row in 0..frame.height() {
        rows.extend_from_slice(&fields);
        for column in &cells {
            match column {
                Cells::Integer(values) => field(&mut rows, values.get(row).map(i32::to_be_bytes))?,
                Cells::Bigint(values) => field(&mut rows, values.get(row).map(i64::to_be_bytes))?,
                Cells::Text(values) => field(&mut rows, values.get(row))?,
                Cells::Date(values) => match values.get(row).map(|days| days.checked_sub(EPOCH_DAYS)) {
                    Some(None) => return Err("it has a date that PostgreSQL cannot hold"),
                    days => field(&mut rows, days.flatten().map(i32::to_be_bytes))?,
                },
            }
        }
        field(&mut rows, Some(part))?;
    }
    Ok(rows)
}

fn field(rows: &mut Vec<u8>, value: Option<impl AsRef<[u8]>>) -> Result<(), &'static str> {
    let Some(value) = value else {
        rows.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    };
    let value = value.as_ref();
    let length = i32::try_from(value.len()).map_err(|_| "it has a text of more than 2 GiB")?;
    rows.extend_from_slice(&length.to_be_bytes());
    rows.extend_from_slice(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::{Catalog, Files};

    use super::*;

    #[test]
    fn the_contracts_keep_decides_between_parts() {
        let catalog = Catalog::from_files(&Files::embedded()).unwrap();
        let mut appointments = catalog.dataset("healthtech.appointments").unwrap().clone();
        let first = supersede(&appointments, "staged_0", 5);
        assert!(first.contains("ORDER BY \"booking_date\" ASC NULLS LAST, _part ASC, _row ASC"), "{first}");
        appointments.keep = Keep::Last(None);
        let last = supersede(&appointments, "staged_0", 5);
        assert!(last.contains("ORDER BY _part DESC, _row DESC"), "{last}");
    }
}
