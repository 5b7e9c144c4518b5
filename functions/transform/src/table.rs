//! A table while it is read: rows in, typed columns, rejects and findings out.

use jiff::civil::Date;
use rounds_shared::catalog::Dataset;
use rounds_shared::payload::Severity;
use rounds_shared::tabular::{Cell, Row};

use crate::coerce::{Reading, Value, as_text};
use crate::columns::Columns;
use crate::error::Error;
use crate::findings::Findings;
use crate::heading::{Heading, Search};
use crate::parquet::Lineage;
use crate::rejects::{Reason, Rejects};
use crate::rule::Rule;

/// A table of one dataset.
pub struct Table<'d> {
    readings: Vec<Reading<'d>>,
    /// The search for the header, until it is found.
    pub search: Search<'d>,
    /// The header, once it is found.
    pub heading: Option<Heading>,
    /// Rows that keep the contract.
    pub columns: Columns,
    /// Rows that break it.
    pub rejects: Rejects,
    /// What was noticed, but for [`Table::warnings`].
    pub findings: Findings,
    /// Implausible values among the rows that keep the contract: row in [`Table::columns`], column. They count only if
    /// their row stands.
    pub warnings: Vec<(usize, usize)>,
    /// Rows below the header, without blank rows and repeated headers.
    pub read: u64,
    /// Rows among the rejects.
    pub rejected: u64,
}

impl<'d> Table<'d> {
    /// An empty table, its rules about dates counted from `as_of`.
    #[must_use]
    pub fn new(dataset: &'d Dataset, as_of: Date, lineage: Lineage) -> Self {
        Self {
            readings: dataset.columns.iter().map(|column| Reading::new(column, as_of)).collect(),
            search: Search::new(dataset),
            heading: None,
            columns: Columns::new(&dataset.columns),
            rejects: Rejects::new(lineage),
            findings: Findings::default(),
            warnings: Vec::new(),
            read: 0,
            rejected: 0,
        }
    }

    /// Takes the next row of the sheet.
    ///
    /// # Errors
    /// See [`Rejects::keep`].
    pub fn take(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let Some(heading) = &self.heading else {
            self.heading = self.search.look(row);
            if self.heading.is_none() {
                self.findings.note(Severity::Info, Rule::TitleRow, None, Some(row.number));
            }
            return Ok(());
        };
        if heading.is_repeated_by(row.cells) {
            self.findings.note(Severity::Info, Rule::RepeatedHeader, None, Some(row.number));
            return Ok(());
        }
        self.read += 1;
        let mut values = Vec::with_capacity(self.readings.len());
        let mut broken = Vec::new();
        for (position, (reading, place)) in self.readings.iter().zip(&heading.header.positions).enumerate() {
            match reading.value(cell_at(row, *place), row.epoch) {
                Ok(value) => values.push(value),
                Err(rule) => broken.push((position, rule)),
            }
        }
        if broken.is_empty() {
            self.keep(row.number, values);
            Ok(())
        } else {
            self.reject(row, &broken)
        }
    }

    /// Whether there is no use in reading on: a header would have stood above.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        self.heading.is_none() && self.search.is_over()
    }

    fn keep(&mut self, number: u64, values: Vec<Value<'_>>) {
        let index = self.columns.height();
        let cells = self.readings.iter().zip(&values).enumerate();
        self.warnings.extend(
            cells.filter(|(_, (reading, value))| reading.warns(value)).map(|(column, _)| (index, column)),
        );
        self.columns.push(number, values);
    }

    fn reject(&mut self, row: &Row<'_>, broken: &[(usize, Rule)]) -> Result<(), Error> {
        let Some(heading) = &self.heading else { return Ok(()) };
        let mut texts = Vec::with_capacity(broken.len());
        for (position, rule) in broken {
            let place = heading.header.positions.get(*position).copied().flatten();
            let column = self.readings.get(*position).map_or("", |reading| reading.column.name.as_str());
            texts.push((column, rule.as_str(), as_text(cell_at(row, place), row.epoch)));
        }
        let reasons: Vec<Reason<'_>> =
            texts.iter().map(|(column, rule, value)| Reason { column, rule, value }).collect();
        if let (Some(first), Some((position, rule))) = (reasons.first(), broken.first()) {
            self.rejects.keep(row, heading, first, &reasons)?;
            self.rejected += 1;
            self.findings.note(Severity::Reject, *rule, Some(*position), Some(row.number));
        }
        Ok(())
    }
}

fn cell_at<'r>(row: &Row<'r>, place: Option<usize>) -> &'r Cell<'r> {
    const NOTHING: &Cell<'_> = &Cell::Empty;
    place.and_then(|place| row.cells.get(place)).unwrap_or(NOTHING)
}
