//! Rows and texts that are written plainly, taken from the bytes of their part without a look at XML in general.
//!
//! Programs write nearly all of a workbook in a few shapes. What has them is read here. Whatever else there is, such as
//! prefixes, comments, runs of rich text, or a fault, is left to the reader of events from the start of its row or text
//! on, so that nothing is read twice, and nothing differently.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use super::Context;
use super::cell::{Content, unescaped};
use super::tags::{Bytes, Left, whole};
use crate::tabular::blocks::Window;
use crate::tabular::container::zip_error;
use crate::tabular::workbook::sheet::Grid;
use crate::tabular::workbook::texts::Texts;
use crate::tabular::{Cell, Limits, Unreadable};

/// How deep elements of a row are nested, and those of a text.
pub(super) const ROW_DEPTH: usize = 4;
pub(super) const TEXT_DEPTH: usize = 2;

/// Why no row is taken.
enum Stop {
    Left(Left),
    /// What the row says breaks a limit, or cannot be.
    Fault(Unreadable),
}

impl From<Left> for Stop {
    fn from(left: Left) -> Self {
        Self::Left(left)
    }
}

impl From<Unreadable> for Stop {
    fn from(fault: Unreadable) -> Self {
        Self::Fault(fault)
    }
}

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

/// Plain rows of a sheet.
pub(super) struct PlainRows<'p, 'w, 'c, 'e> {
    pub(super) context: &'w Context<'c>,
    pub(super) grid: &'p mut Grid<'w, 'e>,
    pub(super) text_bytes: usize,
    /// Row and column, from 1, of the cell before.
    pub(super) place: (u32, u32),
}

impl<'w> PlainRows<'_, 'w, '_, '_> {
    /// Takes rows up to the first that is not plain.
    pub(super) fn read(&mut self, content: &mut impl Window) -> Result<ControlFlow<()>, Unreadable> {
        loop {
            let shown = content.fill_buf().map_err(broken)?;
            let mut bytes = Bytes(shown);
            let place = self.place;
            let left = match self.row(&mut bytes) {
                Ok(ControlFlow::Continue(())) => {
                    let taken = shown.len() - bytes.0.len();
                    content.consume(taken);
                    continue;
                }
                Ok(flow) => return Ok(flow),
                Err(Stop::Fault(fault)) => return Err(fault),
                Err(Stop::Left(left)) => left,
            };
            self.place = place;
            if left == Left::Strange || !content.more().map_err(broken)? {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    fn row(&mut self, bytes: &mut Bytes<'_>) -> Result<ControlFlow<()>, Stop> {
        bytes.space();
        bytes.expect(b"<row")?;
        let mut number = None;
        while let Some((name, value)) = bytes.attribute()? {
            match name {
                b"r" if number.is_none() && value.iter().all(u8::is_ascii_digit) => {
                    number = Some(whole(value)?)
                }
                // It counts under any prefix.
                b"r" | [.., b':', b'r'] => return Err(Left::Strange.into()),
                _ => {}
            }
        }
        let row = number.filter(|row| *row > 0).unwrap_or(self.place.0.saturating_add(1));
        // What follows belongs to a row that stands before it in another piece.
        if self.grid.has_begun(row - 1) {
            return Err(Left::Strange.into());
        }
        self.place = (row, 0);
        if bytes.ends_empty()? {
            return Ok(ControlFlow::Continue(()));
        }
        let taken = self.cells(bytes);
        if let Err(Stop::Left(_)) = taken {
            self.grid.take_back(row - 1);
        }
        taken
    }

    /// Takes cells up to the end of their row.
    fn cells(&mut self, bytes: &mut Bytes<'_>) -> Result<ControlFlow<()>, Stop> {
        loop {
            bytes.space();
            if bytes.is(b"</row>")? {
                return Ok(ControlFlow::Continue(()));
            }
            let cell = self.cell(bytes)?;
            let (row, column) = self.place;
            if self.grid.put(row - 1, column - 1, cell)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    fn cell(&mut self, bytes: &mut Bytes<'_>) -> Result<Cell<'w>, Stop> {
        let tag = bytes.cell_tag()?;
        match tag.place {
            Some((row, column)) if row == self.place.0 => self.place.1 = column,
            Some(_) => return Err(Left::Strange.into()),
            None => self.place.1 = self.place.1.saturating_add(1),
        }
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
                return Err(Left::Strange.into());
            }
        }
        let inline = inline.as_ref().map(|text| unescaped(text));
        let content = Content { has_formula, value: value.as_deref(), inline: inline.as_deref() };
        Ok(content.cell(&tag, self.context)?)
    }
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
