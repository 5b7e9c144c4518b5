//! The parts of an .xlsb ([MS-XLSB]): records.

use std::io::Read as _;

use super::{Context, Listing, Notation};
use crate::tabular::container::{Member, zip_error};
use crate::tabular::limits::size;
use crate::tabular::workbook::bytes::{f64_at, rk, u8_at, u16_at, u32_at, utf16};
use crate::tabular::workbook::error;
use crate::tabular::workbook::number_format::Formats;
use crate::tabular::workbook::sheet::Grid;
use crate::tabular::workbook::texts::NextText;
use crate::tabular::{Cell, Epoch, Limits, Unreadable};

const BROKEN: Unreadable = Unreadable::Corrupt { what: "its records cannot be told apart" };

// Types of records ([MS-XLSB], 2.3.2).
const ROW: u16 = 0;
const END_SHEET_DATA: u16 = 0x0092;
const WORKBOOK_PROPERTIES: u16 = 0x0099;
const SHEET: u16 = 0x009c;
const SHARED_TEXT: u16 = 0x0013;
const NUMBER_FORMAT: u16 = 0x002c;
const CELL_FORMAT: u16 = 0x002f;
const BEGIN_CELL_FORMATS: u16 = 0x0269;
const END_CELL_FORMATS: u16 = 0x026a;

/// Parts that are records.
pub(crate) struct Xlsb;

impl Notation for Xlsb {
    fn list(content: Member<'_>, limits: &Limits, listing: &mut Listing<'_>) -> Result<(), Unreadable> {
        let mut records = Records::new(content, limits);
        while let Some((typ, data)) = records.next()? {
            match typ {
                WORKBOOK_PROPERTIES if u32_at(data, 0).is_some_and(|flags| flags & 1 == 1) => {
                    listing.epoch = Epoch::Y1904
                }
                SHEET => {
                    let state = u32_at(data, 0).ok_or(BROKEN)?;
                    let (id, end) = text(data, 8)?;
                    let (name, _) = text(data, end)?;
                    listing.add(&name, state != 0, &id)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn texts<'c>(content: Member<'c>, limits: &'c Limits) -> NextText<'c> {
        let mut records = Records::new(content, limits);
        Box::new(move |texts| {
            while let Some((typ, data)) = records.next()? {
                if typ == SHARED_TEXT {
                    return texts.push(&text(data, 1)?.0, limits).map(|()| true);
                }
            }
            Ok(false)
        })
    }

    fn formats(content: Member<'_>, limits: &Limits) -> Result<Formats, Unreadable> {
        let mut records = Records::new(content, limits);
        let (mut formats, mut is_within) = (Formats::default(), false);
        while let Some((typ, data)) = records.next()? {
            match typ {
                NUMBER_FORMAT => {
                    formats.define(u16_at(data, 0).ok_or(BROKEN)?.into(), &text(data, 2)?.0)?;
                }
                BEGIN_CELL_FORMATS => is_within = true,
                END_CELL_FORMATS => is_within = false,
                CELL_FORMAT if is_within => formats.push(u16_at(data, 2).ok_or(BROKEN)?.into())?,
                _ => {}
            }
        }
        Ok(formats)
    }

    fn rows<'w>(
        content: Member<'_>,
        limits: &Limits,
        context: &'w Context<'_>,
        mut grid: Grid<'w, '_>,
    ) -> Result<(), Unreadable> {
        let mut records = Records::new(content, limits);
        let mut row = 0;
        while let Some((typ, data)) = records.next()? {
            match typ {
                ROW => row = u32_at(data, 0).ok_or(BROKEN)?,
                END_SHEET_DATA => break,
                0x0001..=0x000b | 0x003e => {
                    let column = u32_at(data, 0).ok_or(BROKEN)?;
                    if grid.put(row, column, cell(typ, data, context)?)?.is_break() {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        grid.finish()
    }
}

/// A cell's value stands behind its column and format, of four bytes each.
fn cell<'w>(typ: u16, data: &[u8], context: &'w Context<'_>) -> Result<Cell<'w>, Unreadable> {
    let number = |number: f64| {
        let format = u32_at(data, 4).and_then(|style| usize::try_from(style & 0x00ff_ffff).ok());
        context.formats.cell(format, number)
    };
    Ok(match typ {
        0x0002 => number(rk(u32_at(data, 8).ok_or(BROKEN)?)),
        0x0005 | 0x0009 => number(f64_at(data, 8).ok_or(BROKEN)?),
        0x0003 | 0x000b => Cell::Error(error::by_number(u8_at(data, 8).ok_or(BROKEN)?)),
        0x0004 | 0x000a => Cell::Bool(u8_at(data, 8).ok_or(BROKEN)? != 0),
        0x0006 | 0x0008 => Cell::Text(text(data, 8)?.0.into()),
        // Rich text has flags before it, and its runs behind.
        0x003e => Cell::Text(text(data, 9)?.0.into()),
        0x0007 => {
            let index = u32_at(data, 8).and_then(|index| usize::try_from(index).ok()).ok_or(BROKEN)?;
            Cell::Text(context.texts.get(index)?)
        }
        _ => Cell::Empty,
    })
}

/// A text with its length before it, and where it ends. A length of all ones stands for no text.
fn text(data: &[u8], at: usize) -> Result<(String, usize), Unreadable> {
    match u32_at(data, at).ok_or(BROKEN)? {
        u32::MAX => Ok((String::new(), at + 4)),
        length => {
            let end =
                usize::try_from(length).ok().and_then(|length| length.checked_mul(2)?.checked_add(at + 4));
            let end = end.ok_or(BROKEN)?;
            Ok((utf16(data.get(at + 4..end).ok_or(BROKEN)?), end))
        }
    }
}

/// A part, record by record.
struct Records<'c> {
    content: Member<'c>,
    data: Vec<u8>,
    most: u64,
}

impl<'c> Records<'c> {
    fn new(content: Member<'c>, limits: &Limits) -> Self {
        Self { content, data: Vec::new(), most: size(limits.text_bytes) * 4 }
    }

    /// Type and content of the next record; none at the end.
    fn next(&mut self) -> Result<Option<(u16, &[u8])>, Unreadable> {
        let Some(first) = self.byte()? else { return Ok(None) };
        let mut typ = u16::from(first & 0x7f);
        if first & 0x80 != 0 {
            typ |= u16::from(self.byte()?.ok_or(BROKEN)? & 0x7f) << 7;
        }
        let mut length = 0_u64;
        for place in 0..4 {
            let byte = self.byte()?.ok_or(BROKEN)?;
            length |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        if length > self.most {
            return Err(Unreadable::TooLarge { what: "bytes in one record", limit: self.most });
        }
        self.data.clear();
        let read = (&mut self.content).take(length).read_to_end(&mut self.data);
        let read = read.map_err(|error| zip_error(error.into()))?;
        if size(read) < length { Err(BROKEN) } else { Ok(Some((typ, &self.data))) }
    }

    fn byte(&mut self) -> Result<Option<u8>, Unreadable> {
        let mut byte = [0];
        match self.content.read(&mut byte).map_err(|error| zip_error(error.into()))? {
            0 => Ok(None),
            _ => Ok(Some(byte[0])),
        }
    }
}

#[cfg(test)]
#[path = "xlsb_tests.rs"]
mod tests;
