//! What the readers of workbooks have in common: sheets to choose from, and cells put together to rows.

use std::ops::ControlFlow;

use crate::tabular::limits::{Meter, size};
use crate::tabular::unique::Unique;
use crate::tabular::{Cell, Epoch, Limits, Row, Sheet, Unreadable};

/// Rows of a sheet: as many as spreadsheets have.
pub(crate) const ROWS: u32 = 1_048_576;

/// Bytes in the name of a sheet; spreadsheets end at 31 characters.
const NAME_BYTES: usize = 1024;

pub(crate) const NO_SHEET: Unreadable = Unreadable::Corrupt { what: "a sheet that it lists is not in it" };

/// What passes on a row, with the position of its sheet.
pub(crate) type Each<'e> = &'e mut dyn FnMut(usize, Row<'_>) -> ControlFlow<()>;

/// Sheets whose rows are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'w> {
    None,
    Named(&'w str),
    All,
}

impl Wanted<'_> {
    pub(crate) fn has(self, sheet: &Sheet) -> bool {
        match self {
            Self::None => false,
            Self::Named(name) => sheet.name.as_deref() == Some(name),
            Self::All => true,
        }
    }
}

/// Names that sheets have.
#[derive(Default)]
pub(crate) struct Names {
    taken: Unique,
    count: usize,
}

impl Names {
    /// A name for the next sheet that no sheet before has, without NUL, which no database keeps.
    pub(crate) fn claim(&mut self, name: &str, limits: &Limits) -> Result<String, Unreadable> {
        self.count += 1;
        if self.count > limits.entries {
            return Err(Unreadable::TooLarge { what: "sheets", limit: size(limits.entries) });
        }
        if name.len() > NAME_BYTES {
            return Err(Unreadable::TooLarge {
                what: "bytes in the name of a sheet",
                limit: size(NAME_BYTES),
            });
        }
        Ok(self.taken.claim(name.replace('\0', "")))
    }
}

/// Puts cells, which come row by row, together to rows, and passes those with a value on.
pub(crate) struct Grid<'w, 'e> {
    epoch: Epoch,
    meter: Meter<'e>,
    each: &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    row: u32,
    cells: Vec<Cell<'w>>,
    passed: Passed,
}

impl<'w, 'e> Grid<'w, 'e> {
    pub(crate) fn new(
        limits: &'e Limits,
        epoch: Epoch,
        each: &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Self {
        Self { epoch, meter: Meter::new(limits), each, row: 0, cells: Vec::new(), passed: Passed::default() }
    }

    /// Takes a cell at this row and column, from 0. Of two at one place the later is kept.
    pub(crate) fn put(
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
        if let Some(target) = self.cells.get_mut(column) {
            *target = cell;
        } else {
            self.cells.resize(column, Cell::Empty);
            self.cells.push(cell);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Passes on the last row.
    pub(crate) fn finish(mut self) -> Result<(), Unreadable> {
        self.pass().map(|_| ())
    }

    fn pass(&mut self) -> Result<ControlFlow<()>, Unreadable> {
        if self.cells.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        self.passed.insert(self.row)?;
        self.meter.row(self.cells.len())?;
        let row =
            Row { number: u64::from(self.row) + 1, cells: &self.cells, fields: None, epoch: self.epoch };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_of_their_own_without_nul() {
        let (mut names, limits) = (Names::default(), Limits { entries: 3, ..Limits::default() });
        let mut claim = |name: &str| names.claim(name, &limits).map_err(|error| error.to_string());
        assert_eq!([claim("May\0"), claim("May")], [Ok("May".to_owned()), Ok("May (2)".to_owned())]);
        assert!(claim(&"x".repeat(2_000)).unwrap_err().contains("bytes in the name of a sheet"));
        assert!(claim("June").unwrap_err().contains("more than 3 sheets"));
    }
}
