//! Rows that break a rule, kept whole: every reason, and every cell as it was read.

use polars::prelude::{Column, DataFrame};
use rounds_shared::tabular::{Cell, Epoch, Row};
use serde::{Serialize, Serializer};

use crate::coerce::{as_text, whole};
use crate::error::Error;
use crate::heading::Heading;
use crate::parquet::{Lineage, Parquet};

/// Rows that are held in memory before they are written: a file may consist of rejects.
const BATCH: usize = 16 * 1024;

/// One reason why a row was rejected.
#[derive(Debug, Serialize)]
pub struct Reason<'r> {
    /// The contract's column.
    pub column: &'r str,
    /// The rule.
    pub rule: &'static str,
    /// The offending cell as text; empty where there is none.
    pub value: &'r str,
}

/// The rejects of a part. Columns of the file: lineage, then `column, rule, value` of the first reason, then `reasons`
/// (JSON array of `{column, rule, value}`) and `cells` (JSON object from header to cell).
pub struct Rejects {
    lineage: Lineage,
    waiting: Vec<Rejected>,
    parquet: Option<Parquet>,
}

struct Rejected {
    row: i64,
    column: String,
    rule: &'static str,
    value: String,
    reasons: String,
    cells: String,
}

impl Rejects {
    /// No rejects yet.
    #[must_use]
    pub fn new(lineage: Lineage) -> Self {
        Self { lineage, waiting: Vec::new(), parquet: None }
    }

    /// Keeps a row, with the first reason and all of them.
    ///
    /// # Errors
    /// [`Error::Parquet`] or [`Error::Json`]; none is expected.
    pub fn keep(
        &mut self,
        row: &Row<'_>,
        heading: &Heading,
        first: &Reason<'_>,
        all: &[Reason<'_>],
    ) -> Result<(), Error> {
        self.waiting.push(Rejected {
            row: i64::try_from(row.number).unwrap_or(i64::MAX),
            column: first.column.to_owned(),
            rule: first.rule,
            value: first.value.to_owned(),
            reasons: serde_json::to_string(all).map_err(|_| Error::Json)?,
            cells: serde_json::to_string(&Cells { row, heading }).map_err(|_| Error::Json)?,
        });
        if self.waiting.len() >= BATCH { self.write() } else { Ok(()) }
    }

    /// The Parquet file and its rows, if a row was rejected.
    ///
    /// # Errors
    /// [`Error::Parquet`]; none is expected.
    pub fn finish(mut self) -> Result<Option<(Vec<u8>, usize)>, Error> {
        if !self.waiting.is_empty() {
            self.write()?;
        }
        Ok(self.parquet.map(Parquet::finish).transpose()?)
    }

    fn write(&mut self) -> Result<(), Error> {
        let waiting = std::mem::take(&mut self.waiting);
        let text = |name: &str, of: fn(&Rejected) -> &str| {
            Column::new(name.into(), waiting.iter().map(of).collect::<Vec<&str>>())
        };
        let mut columns = self.lineage.columns(waiting.iter().map(|rejected| rejected.row).collect());
        columns.extend([
            text("column", |rejected| &rejected.column),
            text("rule", |rejected| rejected.rule),
            text("value", |rejected| &rejected.value),
            text("reasons", |rejected| &rejected.reasons),
            text("cells", |rejected| &rejected.cells),
        ]);
        let frame = DataFrame::new(waiting.len(), columns)?;
        match &mut self.parquet {
            Some(parquet) => parquet.write(&frame)?,
            None => self.parquet = Some(Parquet::begin(&frame)?),
        }
        Ok(())
    }
}

/// The cells of a row under their headers, in the order of the sheet; empty ones are left out.
struct Cells<'r> {
    row: &'r Row<'r>,
    heading: &'r Heading,
}

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let filled = self.row.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::Empty);
        serializer
            .collect_map(filled.map(|(place, cell)| (self.heading.name(place), AsRead(cell, self.row.epoch))))
    }
}

/// A cell as it was read: text untrimmed, numbers and truth values as themselves, dates in ISO 8601.
struct AsRead<'r>(&'r Cell<'r>, Epoch);

impl Serialize for AsRead<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Number(number) => match whole(*number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(*number),
            },
            Cell::Bool(value) => serializer.serialize_bool(*value),
            Cell::Empty | Cell::Date(_) | Cell::Error(_) => {
                serializer.serialize_str(&as_text(self.0, self.1))
            }
        }
    }
}
