//! A table while it is read: rows in, kept or rejected.

use std::borrow::Cow;

use rounds_shared::catalog::{ColumnType, Dataset};
use rounds_shared::payload::Severity;
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Epoch, Row};

use crate::cells::Named;
use crate::coerce::{Reading, Remarks};
use crate::curate::Order;
use crate::day_order::DayOrders;
use crate::error::Error;
use crate::findings::Findings;
use crate::given::{Given, given};
use crate::heading::{Heading, Search};
use crate::kept::Kept;
use crate::mends::Mends;
use crate::rejects::{Broken, Rejects};
use crate::value::Value;

/// Notes that may stand below a table. More rows of one cell are no notes.
const NOTES: usize = 20;

/// Columns of a table below which a row of one cell may be a note: in a narrower one it may be half of a row.
const NOTES_BELOW: usize = 3;

/// A table of one dataset.
pub(crate) struct Table<'d> {
    dataset: &'d Dataset,
    readings: Vec<Reading<'d>>,
    /// For each column that the drop tells the value that all rows have.
    given: Vec<Option<Given>>,
    mends: Mends,
    /// The search for the header, until it is found.
    pub search: Search<'d>,
    /// The header, once it is found.
    pub heading: Option<Heading>,
    /// Rows that keep the contract.
    pub kept: Kept<'d>,
    /// Rows that break it.
    pub rejects: Rejects,
    /// What was noticed.
    pub findings: Findings,
    /// Rows below the header, without blank rows, repeated headers and notes.
    pub read: u64,
    day_orders: Vec<DayOrders>,
    /// Rows of one cell that break the contract: notes, if no other row follows.
    notes: Vec<Note>,
    /// How many rows of one cell have come one after the other.
    lonely: usize,
}

/// A row that may be a note.
struct Note {
    number: u64,
    cells: Vec<Cell<'static>>,
    epoch: Epoch,
    broken: Vec<Broken>,
}

impl<'d> Table<'d> {
    /// An empty table; rows wait on the temp disk.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] or [`Error::Disk`].
    pub(crate) fn new(order: &Order<'d>, mends: Mends) -> Result<Self, Error> {
        let dataset = order.dataset;
        let readings: Vec<Reading<'_>> =
            dataset.columns.iter().map(|column| Reading::new(column, order.as_of)).collect();
        Ok(Self {
            dataset,
            given: given(&readings, order)?,
            readings,
            mends,
            search: Search::new(dataset),
            heading: None,
            kept: Kept::new(dataset)?,
            rejects: Rejects::new()?,
            findings: Findings::default(),
            read: 0,
            day_orders: vec![DayOrders::default(); dataset.columns.len()],
            notes: Vec::new(),
            lonely: 0,
        })
    }

    /// Takes the next row of the sheet.
    ///
    /// # Errors
    /// [`Error::Disk`] or [`Error::Json`].
    pub(crate) fn take(&mut self, row: &Row<'_>) -> Result<(), Error> {
        if let Some(heading) = self.search.look(row) {
            self.heading = Some(heading);
            return Ok(());
        }
        let Some(heading) = &mut self.heading else { return Ok(()) };
        if heading.is_repeated_by(row) {
            self.findings.note(Severity::Info, Rule::RepeatedHeader, None, Some(row.number));
            return Ok(());
        }
        heading.see(row);
        match self.mends.mended(row, heading) {
            Some(cells) => {
                // A person has put its cells where they belong, unless all are where they were.
                let fields = row.fields.filter(|_| is_same(&cells, row.cells));
                self.check(&Row { cells: &cells, fields, ..*row }, false)
            }
            None => self.check(row, true),
        }
    }

    /// Keeps a row or rejects it. A mended row cannot be a note: it was rejected as a row of the table.
    fn check(&mut self, row: &Row<'_>, may_be_note: bool) -> Result<(), Error> {
        let Some(heading) = &self.heading else { return Ok(()) };
        if heading.is_ragged(row) {
            if may_be_note && self.is_lonely(row) {
                return self.put_aside(row, vec![(None, Rule::RaggedRow)]);
            }
            self.lonely = 0;
            self.flush_notes()?;
            return self.reject(row, &[(None, Rule::RaggedRow)]);
        }
        let mut values = Vec::with_capacity(self.readings.len());
        let mut warnings = Vec::new();
        let mut broken = Vec::new();
        let columns = self.readings.iter().zip(&self.given).zip(&heading.header.positions);
        for (position, ((reading, given), place)) in columns.enumerate() {
            let cell = cell_at(row, *place);
            let read = match given {
                None if reading.column.kind == ColumnType::Json => unknown(row, heading, &mut values)?,
                None => reading.value(cell, row.epoch, &mut values),
                Some(given) if place.is_some() => {
                    let own = reading.value(cell, row.epoch, &mut values);
                    given.confirmed(own, &values)
                }
                Some(given) => Ok(given.put(&mut values)),
            };
            match read {
                Ok(Remarks { warning, has_offset, order }) => {
                    warnings.extend(warning.map(|rule| (position, rule)));
                    warnings.extend(has_offset.then_some((position, Rule::OffsetIgnored)));
                    if let (Some(order), Some(orders)) = (order, self.day_orders.get_mut(position)) {
                        orders.note(order, row.number);
                    }
                }
                Err(rule) => broken.push((Some(position), rule)),
            }
        }
        if !broken.is_empty() && may_be_note && self.is_lonely(row) {
            return self.put_aside(row, broken);
        }
        self.lonely = 0;
        self.flush_notes()?;
        if broken.is_empty() {
            self.read += 1;
            self.kept.push(row.number, &values, &warnings)
        } else {
            self.reject(row, &broken)
        }
    }

    /// Puts a row of one cell aside that breaks the contract, unless too many have come one after the other.
    fn put_aside(&mut self, row: &Row<'_>, broken: Vec<Broken>) -> Result<(), Error> {
        self.lonely += 1;
        if self.lonely > NOTES {
            self.flush_notes()?;
            return self.reject(row, &broken);
        }
        let cells = row.cells.iter().map(owned).collect();
        self.notes.push(Note { number: row.number, cells, epoch: row.epoch, broken });
        Ok(())
    }

    /// Whether a row has one cell only, in a table of several columns.
    fn is_lonely(&self, row: &Row<'_>) -> bool {
        let names = self.heading.as_ref().map(|heading| &heading.header.names);
        let is_table = names.is_some_and(|names| names.get(NOTES_BELOW - 1).is_some());
        is_table && row.cells.iter().filter(|cell| !cell.is_blank()).count() == 1
    }

    /// Rows that looked like notes are rows of the table after all.
    fn flush_notes(&mut self) -> Result<(), Error> {
        for Note { number, cells, epoch, broken } in std::mem::take(&mut self.notes) {
            self.reject(&Row { number, cells: &cells, fields: None, epoch }, &broken)?;
        }
        Ok(())
    }

    fn reject(&mut self, row: &Row<'_>, broken: &[Broken]) -> Result<(), Error> {
        self.read += 1;
        if let Some((position, rule)) = broken.first() {
            self.findings.note(Severity::Reject, *rule, *position, Some(row.number));
        }
        self.rejects.push(row, broken)
    }

    /// Notes what is known once all rows are read, of a whole table or of a piece of one, and answers the mended rows for
    /// another reading.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn finish(&mut self, is_whole: bool) -> Result<Mends, Error> {
        // A note stands below rows of the table: below a piece more of them may follow, and where an empty table is loaded,
        // nothing but a header is one.
        if !is_whole || (self.dataset.loads_empty && self.read == 0) {
            self.flush_notes()?;
        }
        for note in std::mem::take(&mut self.notes) {
            self.findings.note(Severity::Info, Rule::NoteRow, None, Some(note.number));
        }
        for (position, orders) in self.day_orders.iter().enumerate() {
            if let Some((count, at)) = orders.ambiguous() {
                self.findings.note_all(Severity::Warn, Rule::AmbiguousDayMonth, Some(position), count, at);
            }
        }
        let mends = std::mem::take(&mut self.mends);
        let (unused, strays) = mends.unused();
        for row in unused {
            self.findings.note(Severity::Info, Rule::UnknownMend, None, Some(row));
        }
        self.findings.note_all(Severity::Info, Rule::UnknownMend, None, strays, &[]);
        Ok(mends)
    }

    /// Whether there is no use in reading on: a header would have stood above.
    #[must_use]
    pub(crate) fn is_hopeless(&self) -> bool {
        self.heading.is_none() && self.search.is_over()
    }
}

/// Adds the cells of columns that the contract does not name, as the JSON object that keeps them; null where there are
/// none.
fn unknown(
    row: &Row<'_>,
    heading: &Heading,
    values: &mut Vec<Value<'_>>,
) -> Result<Result<Remarks, Rule>, Error> {
    let mut cells = heading.strangers(row).peekable();
    if cells.peek().is_none() {
        values.push(Value::Null);
        return Ok(Ok(Remarks::default()));
    }
    let cells: Vec<(usize, &Cell<'_>)> = cells.collect();
    if cells.iter().any(|(_, cell)| matches!(cell, Cell::Text(text) if text.contains('\0'))) {
        return Ok(Err(Rule::NulCharacter));
    }
    let named = Named { names: &heading.header.names, cells: cells.into_iter(), epoch: row.epoch };
    let json = serde_json::to_string(&named).map_err(|_| Error::Json)?;
    values.push(Value::Text(json.into()));
    Ok(Ok(Remarks::default()))
}

fn cell_at<'r>(row: &Row<'r>, place: Option<usize>) -> &'r Cell<'r> {
    const NOTHING: &Cell<'_> = &Cell::Empty;
    place.and_then(|place| row.cells.get(place)).unwrap_or(NOTHING)
}

/// Whether two rows have the same cells, up to the last that is not empty.
fn is_same(one: &[Cell<'_>], other: &[Cell<'_>]) -> bool {
    let nothing = std::iter::repeat(&Cell::Empty);
    let width = one.len().max(other.len());
    one.iter().chain(nothing.clone()).take(width).eq(other.iter().chain(nothing).take(width))
}

/// A cell that outlives its row.
pub(crate) fn owned(cell: &Cell<'_>) -> Cell<'static> {
    cell.with_text(|text| Cow::Owned(text.to_owned()))
}
