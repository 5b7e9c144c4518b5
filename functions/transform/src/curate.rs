//! A part of a file into what the lake keeps of it. Pure: a file and a contract in, objects out.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;

use jiff::civil::Date;
use polars::prelude::{Column, DataFrame};
use rounds_shared::catalog::{Dataset, Partition, UnknownColumns};
use rounds_shared::manifest::{ParquetObject, PartManifest};
use rounds_shared::payload::{Part, PartCounts, Severity};
use rounds_shared::tabular::{self, Limits, Unreadable};

use crate::columns::Columns;
use crate::dedupe::{Deduped, dedupe};
use crate::error::Error;
use crate::heading::Heading;
use crate::parquet::{self, Lineage};
use crate::rule::Rule;
use crate::table::Table;

/// What a part is read by.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    /// The part.
    pub part: &'o Part,
    /// Its contract.
    pub dataset: &'o Dataset,
    /// The file's name.
    pub file_name: &'o str,
    /// The day that rules about dates count from.
    pub as_of: Date,
    /// Bounds on what is parsed.
    pub limits: &'o Limits,
}

/// What a part became.
#[derive(Debug, PartialEq)]
pub struct Curated {
    /// Parquet files by key: those that the manifest names, no others.
    pub objects: Vec<(String, Vec<u8>)>,
    /// The manifest, to be put last: once it is there, all of it is.
    pub manifest: PartManifest,
}

/// Reads a part. The same file, contract and day make the same objects, byte by byte.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::MissingColumns`] and [`Error::UnknownColumns`] are the file's fault.
pub fn curate(file: &mut File, order: &Order<'_>) -> Result<Curated, Error> {
    let Order { part, dataset, file_name, .. } = *order;
    let lineage =
        Lineage { batch: part.batch.clone(), file: file_name.to_owned(), sheet: part.sheet.clone() };
    let mut table = read(file, order, &lineage)?;
    let Some(heading) = table.heading.take() else { return Err(headless(&table, order)) };
    note_columns(&mut table, &heading, order)?;

    let Deduped { standing, superseded } = dedupe(&table.columns, dataset);
    for index in &superseded {
        table.findings.note(Severity::Info, Rule::Superseded, None, Some(table.columns.row(*index)));
    }
    for (index, column) in &table.warnings {
        if standing.binary_search(index).is_ok() {
            let row = table.columns.row(*index);
            table.findings.note(Severity::Warn, Rule::ImplausibleDate, Some(*column), Some(row));
        }
    }

    let (mut objects, kept) = lake(&table.columns, &standing, order, &lineage)?;
    let rejects = table.rejects.finish()?.map(|(bytes, rows)| {
        let key = key("rejects", order, "");
        let object = ParquetObject { key: key.clone(), rows: count(rows), bytes: count(bytes.len()) };
        objects.push((key, bytes));
        object
    });
    let manifest = PartManifest {
        batch: part.batch.clone(),
        dataset: dataset.name.clone(),
        index: part.index,
        sheet: part.sheet.clone(),
        header_row: heading.row,
        counts: PartCounts {
            read: table.read,
            kept: count(standing.len()),
            rejected: table.rejected,
            superseded: count(superseded.len()),
        },
        objects: kept,
        rejects,
        findings: table.findings.finish(dataset),
    };
    Ok(Curated { objects, manifest })
}

fn read<'o>(file: &mut File, order: &Order<'o>, lineage: &Lineage) -> Result<Table<'o>, Error> {
    let Part { format, sheet, .. } = order.part;
    let mut table = Table::new(order.dataset, order.as_of, lineage.clone());
    let mut failed = None;
    tabular::rows(file, *format, sheet.as_deref(), order.limits, &mut |row| match table.take(&row) {
        Ok(()) if table.is_hopeless() => ControlFlow::Break(()),
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })
    .map_err(|reason| Error::Unreadable { source_name: source_name(order), reason })?;
    failed.map_or(Ok(table), Err)
}

fn headless(table: &Table<'_>, order: &Order<'_>) -> Error {
    let source_name = source_name(order);
    if table.search.searched == 0 {
        return Error::Unreadable { source_name, reason: Unreadable::Empty };
    }
    Error::MissingColumns {
        source_name,
        dataset: order.dataset.name.clone(),
        searched: table.search.searched,
        missing: table.search.missing().join(", "),
    }
}

/// Columns that only the file has, and columns that only the contract has.
fn note_columns(table: &mut Table<'_>, heading: &Heading, order: &Order<'_>) -> Result<(), Error> {
    let unknown: Vec<u64> = heading.header.unknown.iter().map(|place| count(*place) + 1).collect();
    if order.dataset.unknown_columns == UnknownColumns::Reject && !unknown.is_empty() {
        return Err(Error::UnknownColumns {
            source_name: source_name(order),
            dataset: order.dataset.name.clone(),
            positions: unknown.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
        });
    }
    for position in unknown {
        table.findings.note(Severity::Info, Rule::UnknownColumn, None, Some(position));
    }
    for (column, place) in heading.header.positions.iter().enumerate() {
        if place.is_none() {
            table.findings.note(Severity::Info, Rule::AbsentColumn, Some(column), None);
        }
    }
    Ok(())
}

/// Files by key, and what the manifest says of them.
type Written = (Vec<(String, Vec<u8>)>, Vec<ParquetObject>);

/// The standing rows, a file for each partition.
fn lake(
    columns: &Columns,
    standing: &[usize],
    order: &Order<'_>,
    lineage: &Lineage,
) -> Result<Written, Error> {
    let mut partitions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    match &order.dataset.partition {
        Some(Partition::Month(column)) => {
            let position = columns.position(column);
            for &index in standing {
                let month = position.and_then(|position| columns.month(position, index));
                partitions.entry(month_folder(column, month)).or_default().push(index);
            }
        }
        None if standing.is_empty() => {}
        None => {
            partitions.insert(String::new(), standing.to_vec());
        }
    }
    let mut written = Written::default();
    for (folder, rows) in partitions {
        let mut series: Vec<Column> = columns.series(&rows)?.into_iter().map(Column::from).collect();
        series.extend(lineage.columns(columns.rows(&rows)));
        let bytes = parquet::file(DataFrame::new(rows.len(), series)?)?;
        let key = key("lake", order, &folder);
        written.1.push(ParquetObject {
            key: key.clone(),
            rows: count(rows.len()),
            bytes: count(bytes.len()),
        });
        written.0.push((key, bytes));
    }
    Ok(written)
}

/// `booking_date_month=2025-10/`; a row without a date stands under the name that Hive gives to nulls.
fn month_folder(column: &str, month: Option<(i16, i8)>) -> String {
    match month {
        Some((year, month)) => format!("{column}_month={year:04}-{month:02}/"),
        None => format!("{column}_month=__HIVE_DEFAULT_PARTITION__/"),
    }
}

fn key(area: &str, order: &Order<'_>, folder: &str) -> String {
    let Order { part, dataset, .. } = order;
    let (domain, table, batch, index) = (dataset.domain(), dataset.table(), &part.batch, part.index);
    format!("{area}/{domain}/{table}/batch={batch}/{folder}part-{index:05}.parquet")
}

/// `appointments.xlsx, sheet “Sheet1”`.
fn source_name(order: &Order<'_>) -> String {
    match &order.part.sheet {
        Some(sheet) => format!("{}, sheet “{sheet}”", order.file_name),
        None => order.file_name.to_owned(),
    }
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "curate_tests.rs"]
mod tests;
