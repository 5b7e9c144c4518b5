//! What the readers of workbooks have in common: sheets to choose from, and cells put together to rows.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::cell::Meter;
use super::package::Relation;
use super::{Cell, Epoch, Limits, Row, Sheet, Unreadable};

/// Rows of a sheet: as many as spreadsheets have.
pub(super) const ROWS: u32 = 1_048_576;

/// What passes on a row, with the position of its sheet.
pub(super) type Each<'e> = &'e mut dyn FnMut(usize, Row<'_>) -> ControlFlow<()>;

/// Sheets whose rows are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'w> {
    None,
    Named(&'w str),
    All,
}

impl Wanted<'_> {
    pub(super) fn has(self, sheet: &Sheet) -> bool {
        match self {
            Self::None => false,
            Self::Named(name) => sheet.name.as_deref() == Some(name),
            Self::All => true,
        }
    }
}

/// A worksheet and the path of the part that holds it.
pub(super) struct Listed {
    pub(super) sheet: Sheet,
    pub(super) path: String,
}

impl Listed {
    /// The sheet that a workbook refers to; none if it is a chart, a dialog or a list of macros.
    pub(super) fn related(
        name: String,
        is_hidden: bool,
        id: &str,
        relations: &[Relation],
        names: &mut Names,
    ) -> Result<Option<Self>, Unreadable> {
        let relation = relations.iter().find(|relation| relation.id == id).ok_or(super::xlsx::NO_SHEET)?;
        if relation.kind != "worksheet" {
            return Ok(None);
        }
        let sheet = Sheet { name: Some(names.claim(name)), is_hidden };
        Ok(Some(Self { sheet, path: relation.target.clone() }))
    }
}

/// Names that sheets have, with how often each was wanted.
#[derive(Default)]
pub(super) struct Names(HashMap<String, u64>);

impl Names {
    /// A name that no sheet before has: of sheets of the same name the second is `Sheet1 (2)`.
    pub(super) fn claim(&mut self, name: String) -> String {
        let mut unique = name.clone();
        while self.0.contains_key(&unique) {
            let number = self.0.entry(name.clone()).or_insert(1);
            *number += 1;
            unique = format!("{name} ({number})");
        }
        self.0.insert(unique.clone(), 1);
        unique
    }
}

/// Puts cells, which come row by row, together to rows, and passes those with a value on.
pub(super) struct Grid<'w, 'e> {
    epoch: Epoch,
    meter: Meter<'e>,
    each: &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    row: u32,
    cells: Vec<Cell<'w>>,
    passed: Passed,
}

impl<'w, 'e> Grid<'w, 'e> {
    pub(super) fn new(
        limits: &'e Limits,
        epoch: Epoch,
        each: &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Self {
        Self { epoch, meter: Meter::new(limits), each, row: 0, cells: Vec::new(), passed: Passed::default() }
    }

    /// Takes a cell at this row and column, from 0. Of two at one place the later is kept.
    pub(super) fn put(
        &mut self,
        row: u32,
        column: u32,
        cell: Cell<'w>,
    ) -> Result<ControlFlow<()>, Unreadable> {
        if cell.is_blank() {
            return Ok(ControlFlow::Continue(()));
        }
        if row != self.row && self.pass()?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.row = row;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        self.meter.cell(column, &cell)?;
        if self.cells.len() <= column {
            self.cells.resize(column + 1, Cell::Empty);
        }
        if let Some(target) = self.cells.get_mut(column) {
            *target = cell;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Passes on the last row.
    pub(super) fn finish(mut self) -> Result<(), Unreadable> {
        self.pass().map(|_| ())
    }

    fn pass(&mut self) -> Result<ControlFlow<()>, Unreadable> {
        if self.cells.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        self.passed.insert(self.row)?;
        self.meter.row(self.cells.len())?;
        let row = Row { number: u64::from(self.row) + 1, cells: &self.cells, epoch: self.epoch };
        let flow = (self.each)(row);
        self.cells.clear();
        Ok(flow)
    }
}

/// Rows that have been passed on: a row in two pieces would be read as two.
#[derive(Default)]
struct Passed(Vec<u64>);

impl Passed {
    fn insert(&mut self, row: u32) -> Result<(), Unreadable> {
        if row >= ROWS {
            return Err(Unreadable::TooLarge { what: "rows in one sheet", limit: u64::from(ROWS) });
        }
        let (word, bit) = (usize::try_from(row / 64).unwrap_or(usize::MAX), 1_u64 << (row % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        match self.0.get_mut(word) {
            Some(word) if *word & bit == 0 => *word |= bit,
            _ => return Err(Unreadable::Corrupt { what: "a row of it stands in two places" }),
        }
        Ok(())
    }
}
