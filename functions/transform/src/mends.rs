//! Rows that a person has mended in a workbook of rejects, taken in the place of the file's own.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::ops::ControlFlow;

use rounds_shared::manifest::MEND_COLUMNS;
use rounds_shared::tabular::serial::EPOCHS_APART;
use rounds_shared::tabular::{self, Cell, Epoch, Limits, Row, Unreadable};

use crate::heading::Heading;
use crate::numbers::whole;
use crate::table::owned;

/// Mended rows that are held; a workbook of rejects lists fewer.
const ROWS: u64 = 200_000;

/// What cells show that hold a formula that failed; in a workbook of rejects they are text.
const ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

/// Mended rows of a part, by their number in the file.
#[derive(Default)]
pub(crate) struct Mends {
    rows: BTreeMap<u64, Mended>,
    /// For each sheet of rejects, the positions of its columns by name.
    sheets: Vec<HashMap<String, usize>>,
    /// Mended rows that are of no part of the batch.
    strays: u64,
}

/// A mended row.
struct Mended {
    /// Position in [`Mends::sheets`].
    sheet: usize,
    cells: Vec<Cell<'static>>,
    epoch: Epoch,
    is_used: bool,
}

impl Mends {
    /// Reads the mended rows of part `part` out of the sheets of a workbook that begin with [`MEND_COLUMNS`]; they are all
    /// of one batch. What it says of a row counts for more than what an earlier one said.
    ///
    /// # Errors
    /// See [`Unreadable`]; [`Unreadable::Corrupt`] where it has no such sheet.
    pub(crate) fn read(&mut self, file: &mut File, part: u32, limits: &Limits) -> Result<(), Unreadable> {
        let format = tabular::detect(file)?;
        let (before, mut sheet) = (self.sheets.len(), Sheet::default());
        tabular::survey(file, format, limits, &mut |position, row| {
            if sheet.position != Some(position) {
                sheet = Sheet { position: Some(position), is_mended: self.take_header(&row) };
            } else if sheet.is_mended && !self.is_full() {
                self.take(&row, part);
            }
            if sheet.is_mended { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if self.is_full() {
            return Err(Unreadable::TooLarge { what: "mended rows", limit: ROWS });
        }
        if self.sheets.len() == before {
            return Err(Unreadable::Corrupt { what: "it is no workbook of rejects" });
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        u64::try_from(self.rows.len()).is_ok_and(|rows| rows > ROWS)
    }

    /// Whether a row is the first of a sheet of rejects; it then names the columns of the rows to come.
    fn take_header(&mut self, row: &Row<'_>) -> bool {
        let names: Vec<String> = row.texts();
        if !names.starts_with(&MEND_COLUMNS.map(str::to_owned)) {
            return false;
        }
        let mut places = HashMap::new();
        for (place, name) in names.into_iter().enumerate().skip(MEND_COLUMNS.len()) {
            places.entry(name).or_insert(place);
        }
        self.sheets.push(places);
        true
    }

    fn take(&mut self, row: &Row<'_>, part: u32) {
        match (counted(row, 1), counted(row, 2)) {
            (Some(of), Some(number)) if of == u64::from(part) => {
                let cells = row.cells.iter().map(mended).collect();
                let sheet = self.sheets.len().saturating_sub(1);
                self.rows.insert(number, Mended { sheet, cells, epoch: row.epoch, is_used: false });
            }
            // Another part takes it, and takes note of it if it has no such row.
            (Some(_), Some(_)) => {}
            // Somebody has to count it: the first part does.
            _ => self.strays += u64::from(part == 0),
        }
    }

    /// The mended cells of a row of the file, if it was mended: in every column that the workbook has, by its name, the
    /// workbook's cell, and the file's own in the others. Serials count from the row's own epoch.
    pub(crate) fn mended<'r>(&mut self, row: &Row<'r>, heading: &Heading) -> Option<Vec<Cell<'r>>> {
        let mended = self.rows.get_mut(&row.number)?;
        mended.is_used = true;
        let places = self.sheets.get(mended.sheet)?;
        let names = &heading.header.names;
        let width = names.count().max(row.cells.len());
        let cell = |place: usize| match names.get(place).and_then(|name| places.get(name)) {
            Some(column) => {
                counted_from(row.epoch, mended.epoch, mended.cells.get(*column).cloned().unwrap_or_default())
            }
            None => row.cells.get(place).cloned().unwrap_or_default(),
        };
        Some((0..width).map(cell).collect())
    }

    /// Mended rows that no row of the file is mended by: numbers of those that name one, and how many name none.
    #[must_use]
    pub(crate) fn unused(&self) -> (Vec<u64>, u64) {
        let unused = self.rows.iter().filter(|(_, row)| !row.is_used).map(|(number, _)| *number);
        (unused.collect(), self.strays)
    }
}

/// The sheet that is being read.
#[derive(Default)]
struct Sheet {
    position: Option<usize>,
    is_mended: bool,
}

/// A number of a part or row, which a spreadsheet program may have made a number or left as text.
fn counted(row: &Row<'_>, place: usize) -> Option<u64> {
    match row.cells.get(place)? {
        Cell::Number(number) => whole(*number).and_then(|number| u64::try_from(number).ok()),
        Cell::Text(text) => tabular::trimmed(text).parse().ok(),
        _ => None,
    }
}

/// A cell of a workbook of rejects, in which a formula that failed is the text that it shows.
fn mended(cell: &Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Text(text) => {
            ERRORS.iter().find(|shown| *shown == text).map_or_else(|| owned(cell), |shown| Cell::Error(shown))
        }
        _ => owned(cell),
    }
}

/// A cell whose serials count from another epoch.
fn counted_from(epoch: Epoch, was: Epoch, cell: Cell<'static>) -> Cell<'static> {
    match (cell, was, epoch) {
        (Cell::Date(serial), Epoch::Y1900, Epoch::Y1904) => Cell::Date(serial - EPOCHS_APART),
        (Cell::Date(serial), Epoch::Y1904, Epoch::Y1900) => Cell::Date(serial + EPOCHS_APART),
        (cell, ..) => cell,
    }
}
