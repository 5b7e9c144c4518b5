//! The rows that stand, as Parquet: a file for each partition.

use std::fs::File;
use std::sync::Arc;

use polars::prelude::{Column, DataFrame};
use rounds_shared::catalog::Dataset;

use crate::columns::Columns;
use crate::error::Error;
use crate::kept::{Decided, Month};
use crate::parquet::{Finished, Lineage, Parquet, ROW_GROUP, ROW_GROUP_BYTES};
use crate::record::Reader;
use crate::spill::Records;

/// Writes a Parquet file for each partition to the end of `file`, in the order of their months. Memory holds a row group.
///
/// # Errors
/// [`Error::Disk`], [`Error::Spill`] or [`Error::Parquet`]; none is the file's fault.
pub(crate) fn write(
    decided: Decided,
    dataset: &Dataset,
    lineage: &Lineage,
    file: &Arc<File>,
) -> Result<Vec<(Option<Month>, Finished)>, Error> {
    let Decided { spill, numbers, standing, .. } = decided;
    let mut records = spill.records()?;
    let mut files = Vec::with_capacity(standing.len());
    for (month, rows) in standing {
        let mut parquet = Parquet::new(file)?;
        let rows = rows.into_iter().filter_map(|row| Some((row, *numbers.get(row)?)));
        write_rows(&mut records, rows, dataset, lineage, &mut parquet)?;
        files.extend(parquet.finish()?.map(|finished| (month, finished)));
    }
    Ok(files)
}

/// Writes rows of the spill, given by position and number in the file.
fn write_rows(
    records: &mut Records,
    rows: impl Iterator<Item = (usize, u64)>,
    dataset: &Dataset,
    lineage: &Lineage,
    parquet: &mut Parquet,
) -> Result<(), Error> {
    let mut columns = Columns::new(&dataset.columns);
    let mut bytes = 0;
    for (row, number) in rows {
        let record = records.get(row)?;
        bytes += record.len();
        let mut reader = Reader(record);
        let values: Result<Vec<_>, Error> = dataset.columns.iter().map(|_| reader.value()).collect();
        columns.push(number, values?);
        if columns.height() == ROW_GROUP || bytes >= ROW_GROUP_BYTES {
            let full = std::mem::replace(&mut columns, Columns::new(&dataset.columns));
            parquet.write(&frame(full, lineage)?)?;
            bytes = 0;
        }
    }
    if columns.height() > 0 {
        parquet.write(&frame(columns, lineage)?)?;
    }
    Ok(())
}

/// The contract's columns, then the lineage.
fn frame(columns: Columns, lineage: &Lineage) -> Result<DataFrame, Error> {
    let (series, rows) = columns.finish()?;
    let height = rows.len();
    let mut columns: Vec<Column> = series.into_iter().map(Column::from).collect();
    columns.extend(lineage.columns(rows));
    Ok(DataFrame::new(height, columns)?)
}
