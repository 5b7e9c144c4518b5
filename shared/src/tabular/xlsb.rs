//! Binary workbooks ([MS-XLSB]): .xlsb, sheet by sheet, row by row. The package is that of .xlsx; its parts hold records.

use std::collections::HashMap;
use std::io::{BufRead, Read as _};

use super::bytes::{f64_at, rk, u8_at, u16_at, u32_at, utf16};
use super::cell::size;
use super::container::Container;
use super::detect::zip_error;
use super::number_format::Shown;
use super::package::{self, Relation};
use super::sheet::{Each, Grid, Listed, Names, Wanted};
use super::texts::Texts;
use super::xlsx::{NO_SHEET, NO_WORKBOOK, target};
use super::xlsx_cell::{Context, shown};
use super::{Cell, Epoch, Limits, Sheet, Unreadable};

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

/// Reads the sheets that are wanted and answers all.
pub(super) fn read(
    container: &mut Container,
    limits: &Limits,
    wanted: Wanted<'_>,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    let path = package::main_part(container, limits)?.ok_or(NO_WORKBOOK)?;
    let relations = package::relations(container, &path, limits)?;
    let (listed, epoch) = listed(container, &path, &relations, limits)?;
    if listed.iter().any(|listed| wanted.has(&listed.sheet)) {
        let context = Context {
            texts: texts(container, target(&relations, "sharedStrings"), limits)?,
            formats: formats(container, target(&relations, "styles"), limits)?,
            epoch,
        };
        for (position, listed) in listed.iter().enumerate().filter(|(_, listed)| wanted.has(&listed.sheet)) {
            let records = Records::new(container.member(&listed.path)?.ok_or(NO_SHEET)?, limits);
            rows(records, &context, Grid::new(limits, epoch, &mut |row| each(position, row)))?;
        }
    }
    Ok(listed.into_iter().map(|listed| listed.sheet).collect())
}

fn listed(
    container: &mut Container,
    path: &str,
    relations: &[Relation],
    limits: &Limits,
) -> Result<(Vec<Listed>, Epoch), Unreadable> {
    let mut records = Records::new(container.member(path)?.ok_or(NO_WORKBOOK)?, limits);
    let (mut sheets, mut names, mut epoch) = (Vec::new(), Names::default(), Epoch::Y1900);
    while let Some((typ, data)) = records.next()? {
        match typ {
            WORKBOOK_PROPERTIES if u32_at(data, 0).is_some_and(|flags| flags & 1 == 1) => {
                epoch = Epoch::Y1904
            }
            SHEET => {
                let state = u32_at(data, 0).ok_or(BROKEN)?;
                let (id, end) = text(data, 8)?;
                let (name, _) = text(data, end)?;
                sheets.extend(Listed::related(name, state != 0, &id, relations, &mut names)?);
                if sheets.len() > limits.entries {
                    return Err(Unreadable::TooLarge { what: "sheets", limit: size(limits.entries) });
                }
            }
            _ => {}
        }
    }
    Ok((sheets, epoch))
}

fn texts(container: &mut Container, path: Option<&str>, limits: &Limits) -> Result<Texts, Unreadable> {
    let mut texts = Texts::default();
    let Some(content) = path.map(|path| container.member(path)).transpose()?.flatten() else {
        return Ok(texts);
    };
    let mut records = Records::new(content, limits);
    while let Some((typ, data)) = records.next()? {
        if typ == SHARED_TEXT {
            texts.push(&text(data, 1)?.0, limits)?;
        }
    }
    Ok(texts)
}

fn formats(container: &mut Container, path: Option<&str>, limits: &Limits) -> Result<Vec<Shown>, Unreadable> {
    let (mut formats, mut custom, mut is_within) = (Vec::new(), HashMap::new(), false);
    let Some(content) = path.map(|path| container.member(path)).transpose()?.flatten() else {
        return Ok(formats);
    };
    let mut records = Records::new(content, limits);
    while let Some((typ, data)) = records.next()? {
        match typ {
            NUMBER_FORMAT => {
                let number = u16_at(data, 0).ok_or(BROKEN)?;
                custom.insert(number, Shown::by_code(&text(data, 2)?.0));
            }
            BEGIN_CELL_FORMATS => is_within = true,
            END_CELL_FORMATS => is_within = false,
            CELL_FORMAT if is_within => {
                let number = u16_at(data, 2).ok_or(BROKEN)?;
                formats.push(custom.get(&number).copied().unwrap_or_else(|| Shown::by_number(number.into())));
            }
            _ => {}
        }
    }
    Ok(formats)
}

fn rows<'w>(
    mut records: Records<impl BufRead>,
    context: &'w Context,
    mut grid: Grid<'w, '_>,
) -> Result<(), Unreadable> {
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

/// A cell's value stands behind its column and format, of four bytes each.
fn cell<'w>(typ: u16, data: &[u8], context: &'w Context) -> Result<Cell<'w>, Unreadable> {
    let number = |number: f64| {
        let style = u32_at(data, 4).and_then(|style| usize::try_from(style & 0x00ff_ffff).ok());
        if shown(style, &context.formats) == Shown::Date { Cell::Date(number) } else { Cell::Number(number) }
    };
    Ok(match typ {
        0x0002 => number(rk(u32_at(data, 8).ok_or(BROKEN)?)),
        0x0005 | 0x0009 => number(f64_at(data, 8).ok_or(BROKEN)?),
        0x0003 | 0x000b => Cell::Error(error(u8_at(data, 8).ok_or(BROKEN)?)),
        0x0004 | 0x000a => Cell::Bool(u8_at(data, 8).ok_or(BROKEN)? != 0),
        0x0006 | 0x0008 => Cell::Text(text(data, 8)?.0.into()),
        // Rich text has flags before it, and its runs behind.
        0x003e => Cell::Text(text(data, 9)?.0.into()),
        0x0007 => {
            let index = u32_at(data, 8).and_then(|index| usize::try_from(index).ok()).ok_or(BROKEN)?;
            Cell::Text(context.texts.get(index)?.into())
        }
        _ => Cell::Empty,
    })
}

/// What an error's number shows ([MS-XLS], 2.5.10, and [MS-XLSB], 2.5.98.2).
pub(super) fn error(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        0x2a => "#N/A",
        0x2b => "#GETTING_DATA",
        _ => "#UNKNOWN!",
    }
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
struct Records<R> {
    content: R,
    data: Vec<u8>,
    most: u64,
}

impl<R: BufRead> Records<R> {
    fn new(content: R, limits: &Limits) -> Self {
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
