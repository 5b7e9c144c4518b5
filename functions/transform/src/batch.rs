//! Rows on their way from the thread that reads them to the one that checks them.

use std::borrow::Cow;
use std::ops::ControlFlow;

use rounds_shared::tabular::{Cell, Epoch, Row};

use crate::error::Error;
use crate::table::owned;

/// Cells of a batch: enough that handing it over costs nothing beside them, few enough to stay in the processor's cache.
const CELLS: usize = 4 * 1024;

/// Bytes of text after which a batch ends with fewer cells.
const TEXT_BYTES: usize = 256 << 10;

/// Rows one after the other, their texts in one piece. It may be filled again and again.
#[derive(Default)]
pub(crate) struct Batch {
    lines: Vec<Line>,
    cells: Vec<Packed>,
    texts: String,
}

/// A [`Row`] but for its cells.
struct Line {
    number: u64,
    cells: usize,
    fields: Option<usize>,
    epoch: Epoch,
}

/// A [`Cell`] whose text, of so many bytes, stands in [`Batch::texts`] behind those of the cells before it.
enum Packed {
    Text(usize),
    Other(Cell<'static>),
}

impl Batch {
    /// Adds a row.
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        let Row { number, cells, fields, epoch } = *row;
        let texts: usize =
            cells.iter().map(|cell| if let Cell::Text(text) = cell { text.len() } else { 0 }).sum();
        if texts > TEXT_BYTES {
            // Growing bit by bit, it would take up to twice as much.
            self.texts.reserve_exact(texts);
        }
        for cell in cells {
            self.cells.push(match cell {
                Cell::Text(text) => {
                    self.texts.push_str(text);
                    Packed::Text(text.len())
                }
                other => Packed::Other(owned(other)),
            });
        }
        self.lines.push(Line { number, cells: cells.len(), fields, epoch });
    }

    /// Whether it is time to hand it over.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.cells.len() >= CELLS || self.texts.len() >= TEXT_BYTES
    }

    /// Takes all rows out. What a row of unusual length made it grow by is given back.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.cells.clear();
        self.cells.shrink_to(2 * CELLS);
        self.texts.clear();
        self.texts.shrink_to(2 * TEXT_BYTES);
    }

    /// Calls `each` for every row, in their order, until it breaks off.
    ///
    /// # Errors
    /// Those of `each`.
    pub(crate) fn each(
        &self,
        mut each: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<ControlFlow<()>, Error> {
        let (mut packed, mut texts) = (self.cells.as_slice(), self.texts.as_str());
        let mut cells = Vec::new();
        for &Line { number, cells: width, fields, epoch } in &self.lines {
            cells.clear();
            let (row, behind) = packed.split_at_checked(width).unwrap_or_default();
            packed = behind;
            cells.extend(row.iter().map(|cell| match cell {
                Packed::Text(bytes) => {
                    let (text, rest) = texts.split_at_checked(*bytes).unwrap_or_default();
                    texts = rest;
                    Cell::Text(Cow::Borrowed(text))
                }
                Packed::Other(cell) => cell.clone(),
            }));
            if each(&Row { number, cells: &cells, fields, epoch })?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_pushed_also_in_a_batch_that_was_used_before() {
        let cells = [
            Cell::Text("ä".into()),
            Cell::Empty,
            Cell::Text("".into()),
            Cell::Number(-0.5),
            Cell::Date(60.0),
            Cell::Bool(true),
            Cell::Error("#N/A"),
            Cell::Uncalculated,
            Cell::Text("last".into()),
        ];
        let rows = [
            Row { number: 7, cells: &cells, fields: Some(12), epoch: Epoch::Y1904 },
            Row { number: 9, cells: &[], fields: None, epoch: Epoch::Y1900 },
            Row { number: 10, cells: &cells[..1], fields: Some(1), epoch: Epoch::Y1900 },
        ];
        let mut batch = Batch::default();
        for _ in 0..2 {
            batch.clear();
            rows.iter().for_each(|row| batch.push(row));
            let mut expected = rows.iter();
            let ended = batch.each(|row| {
                let same = expected.next().unwrap();
                assert_eq!((row.number, row.fields, row.epoch), (same.number, same.fields, same.epoch));
                assert_eq!(row.cells, same.cells);
                Ok(ControlFlow::Continue(()))
            });
            assert!(ended.unwrap().is_continue() && expected.next().is_none());
        }
        let mut read = 0;
        let ended = batch.each(|_| {
            read += 1;
            Ok(ControlFlow::Break(()))
        });
        assert!(ended.unwrap().is_break());
        assert_eq!(read, 1);
    }

    #[test]
    fn a_batch_is_full_by_its_cells_or_by_its_texts() {
        let mut batch = Batch::default();
        fn row<'r>(cells: &'r [Cell<'r>]) -> Row<'r> {
            Row { number: 1, cells, fields: None, epoch: Epoch::Y1900 }
        }
        batch.push(&row(&[Cell::Empty]));
        assert!(!batch.is_full());
        batch.push(&row(&[Cell::Text("x".repeat(TEXT_BYTES).into())]));
        assert!(batch.is_full());
        batch.clear();
        assert!(!batch.is_full());
        batch.push(&row(&vec![Cell::Empty; CELLS]));
        assert!(batch.is_full());
    }
}
