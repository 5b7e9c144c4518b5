//! Rows that break a rule, kept whole: every reason, and every cell as it was read.

use std::sync::Arc;

use polars::prelude::{Column, DataFrame};
use rounds_shared::catalog::Dataset;
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Epoch, Row};
use serde::Serialize;

use crate::cells::Named;
use crate::error::Error;
use crate::heading::Heading;
use crate::parquet::{Finished, Lineage, Parquet, ROW_GROUP, ROW_GROUP_BYTES};
use crate::record::{self, Reader};
use crate::spill::{Records, Spill};

/// A rule that a row breaks, and the position of the contract's column that does; none where it is the row as such.
pub(crate) type Broken = (Option<usize>, Rule);

/// Rejected rows on the temp disk, while they are collected. They may come in any order.
pub(crate) struct Rejects {
    spill: Spill,
    numbers: Vec<u64>,
    record: Vec<u8>,
}

/// Rejected rows, in the order of the file.
pub(crate) struct Rejected {
    records: Records,
    /// Numbers in the file, each with its place in the spill.
    rows: Vec<(u64, usize)>,
}

/// A rejected row.
pub(crate) struct RejectedRow<'r> {
    /// The row as it was read; what a failed formula shows is text.
    pub number: u64,
    /// See [`Row::epoch`].
    pub epoch: Epoch,
    /// Its cells.
    pub cells: Vec<Cell<'r>>,
    /// Rules that it breaks, in the order of the contract's columns.
    pub broken: Vec<Broken>,
}

impl Rejects {
    /// No rejects yet.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self { spill: Spill::new()?, numbers: Vec::new(), record: Vec::new() })
    }

    /// Keeps a row, with the rules that it breaks, in the order of the contract's columns.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn push(&mut self, row: &Row<'_>, broken: &[Broken]) -> Result<(), Error> {
        let record = &mut self.record;
        record.clear();
        record.push(u8::from(row.epoch == Epoch::Y1904));
        record.extend_from_slice(&record::length(broken.len()).to_be_bytes());
        for (position, rule) in broken {
            record.extend_from_slice(
                &record::length(position.map_or(0, |position| position + 1)).to_be_bytes(),
            );
            let rule = Rule::ALL.iter().position(|known| known == rule).unwrap_or_default();
            record.extend_from_slice(&record::length(rule).to_be_bytes());
        }
        record::put_cells(row.cells, record);
        self.numbers.push(row.number);
        self.spill.push(&self.record)
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.numbers.len()).unwrap_or(u64::MAX)
    }

    /// Bytes that they take on disk.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.spill.bytes()
    }

    /// Ends the collecting.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn finish(self) -> Result<Rejected, Error> {
        let mut rows: Vec<(u64, usize)> = self.numbers.into_iter().zip(0..).collect();
        rows.sort_unstable();
        Ok(Rejected { records: self.spill.records()?, rows })
    }
}

impl Rejected {
    /// Calls `each` for every row, in the order of the file.
    ///
    /// # Errors
    /// [`Error::Disk`], [`Error::Spill`], and those of `each`.
    pub(crate) fn each(
        &mut self,
        mut each: impl FnMut(&RejectedRow<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (number, place) in &self.rows {
            each(&read(*number, self.records.get(*place)?)?)?;
        }
        Ok(())
    }

    /// Writes all as Parquet: lineage, then `column, rule, value` of the first reason, then `reasons` (JSON array of
    /// `{column, rule, value}`) and `cells` (JSON object from header to cell).
    ///
    /// # Errors
    /// [`Error::Disk`], [`Error::Spill`], [`Error::Parquet`] or [`Error::Json`].
    pub(crate) fn write_parquet(
        &mut self,
        dataset: &Dataset,
        heading: &Heading,
        lineage: &Lineage,
    ) -> Result<Option<Finished>, Error> {
        let file = Arc::new(tempfile::tempfile()?);
        let mut parquet = Parquet::new(&file)?;
        let mut told = Told::default();
        self.each(|row| {
            told.push(row, dataset, heading)?;
            if told.rows.len() == ROW_GROUP || told.bytes >= ROW_GROUP_BYTES {
                parquet.write(&std::mem::take(&mut told).frame(lineage)?)?;
            }
            Ok(())
        })?;
        if !told.rows.is_empty() {
            parquet.write(&told.frame(lineage)?)?;
        }
        parquet.finish()
    }
}

fn read(number: u64, record: &[u8]) -> Result<RejectedRow<'_>, Error> {
    let mut reader = Reader(record);
    let epoch = if reader.byte()? == 0 { Epoch::Y1900 } else { Epoch::Y1904 };
    let mut broken = Vec::new();
    for _ in 0..reader.number()? {
        let position = usize::try_from(reader.number()?).map_err(|_| Error::Spill)?;
        let rule = usize::try_from(reader.number()?).ok().and_then(|rule| Rule::ALL.get(rule));
        broken.push((position.checked_sub(1), *rule.ok_or(Error::Spill)?));
    }
    Ok(RejectedRow { number, epoch, cells: reader.cells()?, broken })
}

/// One reason why a row was rejected.
#[derive(Serialize)]
struct Reason<'r> {
    /// The contract's column; empty where it is the row as such.
    column: &'r str,
    rule: &'static str,
    /// The offending cell as text; empty where there is none.
    value: String,
}

/// A row group of rejects.
#[derive(Default)]
struct Told {
    rows: Vec<i64>,
    columns: Vec<String>,
    rules: Vec<&'static str>,
    values: Vec<String>,
    reasons: Vec<String>,
    cells: Vec<String>,
    bytes: usize,
}

impl Told {
    fn push(&mut self, row: &RejectedRow<'_>, dataset: &Dataset, heading: &Heading) -> Result<(), Error> {
        let reason = |(position, rule): &Broken| {
            let cell = heading.place(*position).and_then(|place| row.cells.get(place));
            let column = position.and_then(|position| dataset.columns.get(position));
            Reason {
                column: column.map_or("", |column| &column.name),
                rule: rule.as_str(),
                value: cell.map(|cell| cell.as_text(row.epoch).into_owned()).unwrap_or_default(),
            }
        };
        let reasons: Vec<Reason<'_>> = row.broken.iter().map(reason).collect();
        let filled = row.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::Empty);
        let cells = Named { names: &heading.header.names, cells: filled, epoch: row.epoch };
        let all = serde_json::to_string(&reasons).map_err(|_| Error::Json)?;
        let cells = serde_json::to_string(&cells).map_err(|_| Error::Json)?;
        let first = reasons.into_iter().next().ok_or(Error::Spill)?;
        self.bytes += first.value.len() + all.len() + cells.len();
        self.rows.push(i64::try_from(row.number).unwrap_or(i64::MAX));
        self.columns.push(first.column.to_owned());
        self.rules.push(first.rule);
        self.values.push(first.value);
        self.reasons.push(all);
        self.cells.push(cells);
        Ok(())
    }

    fn frame(self, lineage: &Lineage) -> Result<DataFrame, Error> {
        let height = self.rows.len();
        let mut columns = lineage.columns(self.rows);
        columns.extend([
            Column::new("column".into(), self.columns),
            Column::new("rule".into(), self.rules),
            Column::new("value".into(), self.values),
            Column::new("reasons".into(), self.reasons),
            Column::new("cells".into(), self.cells),
        ]);
        Ok(DataFrame::new(height, columns)?)
    }
}
