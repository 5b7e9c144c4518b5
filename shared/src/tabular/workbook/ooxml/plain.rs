//! Rows and texts that are written plainly, taken from the bytes of their part without a look at XML in general.
//!
//! Programs write nearly all of a workbook in a few shapes. What has them is read here. Whatever else there is, such as
//! prefixes, comments, runs of rich text, or a fault, is left to the reader of events from the start of its row or text
//! on, so that nothing is read twice, and nothing differently.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use super::Context;
use super::cell::{CellTag, Content, Held, Type, unescaped};
use super::numbers::DECIMAL;
use super::row_tag::RowTag;
use super::tags::{Bytes, Left, Plain};
use crate::tabular::blocks::Window;
use crate::tabular::container::zip_error;
use crate::tabular::workbook::sheet::Grid;
use crate::tabular::workbook::texts::{Finds, Texts};
use crate::tabular::{Cell, Limits, Unreadable};

/// How deep elements of a row are nested, and those of a text.
pub(super) const ROW_DEPTH: usize = 4;
pub(super) const TEXT_DEPTH: usize = 2;

/// Takes the shared text that comes next, if it is plain.
pub(super) fn text(
    content: &mut impl Window,
    texts: &mut Texts,
    limits: &Limits,
) -> Result<bool, Unreadable> {
    loop {
        let shown = content.fill_buf().map_err(broken)?;
        let mut bytes = Bytes(shown);
        let left = match bytes.shared_text(limits.text_bytes) {
            Ok(text) => {
                texts.push(&unescaped(&text), limits)?;
                let taken = shown.len() - bytes.0.len();
                content.consume(taken);
                return Ok(true);
            }
            Err(left) => left,
        };
        if left == Left::Strange || !content.more().map_err(broken)? {
            return Ok(false);
        }
    }
}

fn broken(error: io::Error) -> Unreadable {
    zip_error(error.into())
}

/// Cells after which no further row is read before they are put in their places.
const LOT: usize = 256;

/// Plain rows of a sheet.
pub(super) struct PlainRows<'p, 'w, 'c, 'e> {
    context: &'w Context<'c>,
    grid: &'p mut Grid<'w, 'e>,
    text_bytes: usize,
    /// Row and column, from 1, of the cell before.
    place: (u32, u32),
    tag: RowTag,
    lot: Lot<'w>,
}

/// Some rows that were read one after the other.
#[derive(Default)]
struct Lot<'w> {
    /// The number of each, from 1, how many cells it has, and how many bytes it takes.
    rows: Vec<(u32, usize, usize)>,
    /// Cells of all, each with its column, from 1. Behind them may be some of a row that is left.
    cells: Vec<(u32, Held)>,
    /// Texts of theirs that cells share.
    finds: Finds<'w>,
}

impl<'p, 'w, 'c, 'e> PlainRows<'p, 'w, 'c, 'e> {
    /// Rows behind a cell at this row and column, from 1.
    pub(super) fn new(
        context: &'w Context<'c>,
        grid: &'p mut Grid<'w, 'e>,
        text_bytes: usize,
        place: (u32, u32),
    ) -> Self {
        Self { context, grid, text_bytes, place, tag: RowTag::default(), lot: Lot::default() }
    }

    /// Row and column, from 1, of the last cell.
    pub(super) fn place(&self) -> (u32, u32) {
        self.place
    }

    /// Takes rows up to the first that is not plain.
    pub(super) fn read(&mut self, content: &mut impl Window) -> Result<ControlFlow<()>, Unreadable> {
        loop {
            let left = self.lot(content.fill_buf().map_err(broken)?);
            if self.put(content)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let goes_on = match left {
                None => true,
                Some(Left::Open) => content.more().map_err(broken)?,
                Some(Left::Strange) => false,
            };
            if !goes_on {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    /// Reads a lot of rows, and says why if it does not go on.
    fn lot(&mut self, shown: &[u8]) -> Option<Left> {
        self.lot.rows.clear();
        self.lot.cells.clear();
        let mut bytes = Bytes(shown);
        while self.lot.cells.len() < LOT {
            let (place, before, cells) = (self.place, bytes.0.len(), self.lot.cells.len());
            if let Err(left) = self.row(&mut bytes) {
                self.place = place;
                return Some(left);
            }
            let row = (self.place.0, self.lot.cells.len() - cells, before - bytes.0.len());
            self.lot.rows.push(row);
        }
        None
    }

    /// Puts the cells of a lot in their places, row by row, and consumes these.
    fn put(&mut self, content: &mut impl Window) -> Result<ControlFlow<()>, Unreadable> {
        let Lot { rows, cells, finds } = &mut self.lot;
        finds.numbers.clear();
        finds.numbers.extend(cells.iter().filter_map(|(_, held)| held.shared()));
        self.context.texts.find(finds);
        let (mut cells, mut found) = (cells.drain(..), finds.texts.iter());
        for (row, width, bytes) in rows.drain(..) {
            // It may be that enough has been unpacked.
            content.fill_buf().map_err(broken)?;
            for (column, held) in cells.by_ref().take(width) {
                let cell = match held {
                    Held::Own(cell) => cell,
                    Held::Shared(number) => Cell::Text(match found.next() {
                        Some(Some(text)) => Cow::Borrowed(*text),
                        _ => self.context.texts.get(number)?,
                    }),
                };
                if self.grid.put(row - 1, column - 1, cell)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            content.consume(bytes);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes a row.
    fn row(&mut self, bytes: &mut Bytes<'_>) -> Plain<()> {
        bytes.space();
        let is_empty = bytes.row_tag(&mut self.tag)?;
        let number = self.tag.number.filter(|number| *number > 0);
        self.place = (number.unwrap_or(self.place.0.saturating_add(1)), 0);
        if is_empty {
            return Ok(());
        }
        loop {
            bytes.space();
            if bytes.is(b"</row>")? {
                return Ok(());
            }
            let held = self.cell(bytes)?;
            self.lot.cells.push((self.place.1, held));
        }
    }

    fn cell(&mut self, bytes: &mut Bytes<'_>) -> Plain<Held> {
        let tag = bytes.cell_tag(&self.tag)?;
        match tag.place {
            Some((row, column)) if row == self.place.0 => self.place.1 = column,
            Some(_) => return Err(Left::Strange),
            None => self.place.1 = self.place.1.saturating_add(1),
        }
        if let Some(held) = self.short(&tag, bytes) { Ok(held) } else { self.content(&tag, bytes) }
    }

    /// Takes the content of a cell that is a few digits, as that of most is.
    fn short(&self, tag: &CellTag, bytes: &mut Bytes<'_>) -> Option<Held> {
        match tag.typ {
            _ if self.text_bytes < DECIMAL => None,
            Type::Shared => bytes.few_digits().map(|number| Held::Shared(number as usize)),
            Type::Number => {
                bytes.decimal().map(|number| Held::Own(self.context.formats.cell(tag.style, number)))
            }
            Type::Truth => bytes.truth().map(|truth| Held::Own(Cell::Bool(truth))),
            _ => None,
        }
    }

    /// Takes the content of a cell.
    fn content(&self, tag: &CellTag, bytes: &mut Bytes<'_>) -> Plain<Held> {
        let (mut has_formula, mut value, mut inline) = (false, None, None);
        let mut has_ended = bytes.ends_empty()?;
        while !has_ended {
            bytes.space();
            if bytes.is(b"</c>")? {
                has_ended = true;
            } else if value.is_none() && bytes.is(b"<v>")? {
                value = Some(bytes.text(b"</v>", self.text_bytes)?);
            } else if value.is_none() && bytes.is(b"<v/>")? {
                value = Some(Cow::Borrowed(""));
            } else if bytes.is(b"<f")? {
                bytes.formula()?;
                has_formula = true;
            } else if inline.is_none() {
                inline = Some(bytes.inline(self.text_bytes)?);
            } else {
                return Err(Left::Strange);
            }
        }
        let inline = inline.as_ref().map(|text| unescaped(text));
        let content = Content { has_formula, value: value.as_deref(), inline: inline.as_deref() };
        Ok(content.held(tag, self.context))
    }
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
