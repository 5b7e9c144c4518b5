//! Workbooks of Excel 5 to 2003 ([MS-XLS]): .xls, sheet by sheet, row by row.

mod globals;
mod records;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};

use super::bytes::{f64_at, rk, u8_at, u16_at, u32_at};
use super::error;
use super::sheet::{Each, Grid, Wanted};
use crate::tabular::detect::{COMPOUND_FILE, WORKBOOK_STREAMS};
use crate::tabular::limits::size;
use crate::tabular::{Cell, Limits, Row, Sheet, Unreadable};
use globals::Globals;
use records::{BROKEN, Records};

// Types of records ([MS-XLS], 2.3.2).
pub(crate) const BEGIN: u16 = 0x0809;
pub(crate) const END: u16 = 0x000a;
const FORMULA: u16 = 0x0006;
const FORMULA_TEXT: u16 = 0x0207;
const ROW_OF_RK: u16 = 0x00bd;

/// Reads the sheets that are wanted and answers all.
pub(crate) fn read(
    file: &mut File,
    limits: &Limits,
    wanted: Wanted<'_>,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    let stream = stream(file, limits)?;
    let globals = Globals::read(&stream, limits)?;
    let mut walked = 0;
    for (position, (sheet, start)) in globals.sheets.iter().enumerate() {
        if wanted.has(sheet) {
            let mut each = |row: Row<'_>| each(position, row);
            let mut records = Records { stream: &stream, at: *start };
            rows(&mut records, &globals, limits, Grid::new(limits, globals.epoch, &mut each))?;
            walked += records.at - start;
        }
        // A stream in which each sheet begins a record later than the one before would be read for hours.
        if walked > stream.len() {
            return Err(Unreadable::Corrupt { what: "its sheets overlap" });
        }
    }
    Ok(globals.sheets.into_iter().map(|(sheet, _)| sheet).collect())
}

/// The workbook's records, out of the compound file that holds them if there is one.
fn stream(file: &mut File, limits: &Limits) -> Result<Vec<u8>, Unreadable> {
    const UNREADABLE: Unreadable = Unreadable::Corrupt { what: "its container cannot be read" };
    file.rewind()?;
    let mut stream = Vec::new();
    (&mut *file).take(limits.held_bytes + 1).read_to_end(&mut stream)?;
    if stream.starts_with(COMPOUND_FILE) {
        stream.clear();
        file.rewind()?;
        let mut container = cfb::CompoundFile::open(BufReader::new(file)).map_err(|_| UNREADABLE)?;
        let name = WORKBOOK_STREAMS.iter().find(|name| container.is_stream(name)).ok_or(UNREADABLE)?;
        let content = container.open_stream(name).map_err(|_| UNREADABLE)?;
        content.take(limits.held_bytes + 1).read_to_end(&mut stream).map_err(|_| UNREADABLE)?;
    }
    if size(stream.len()) > limits.held_bytes {
        return Err(Unreadable::TooLarge { what: "bytes", limit: limits.held_bytes });
    }
    Ok(stream)
}

/// Reads the cells of the sheet that begins with the next record. Charts in it have a beginning and an end of their own.
fn rows<'w>(
    records: &mut Records<'w>,
    globals: &'w Globals,
    limits: &Limits,
    mut grid: Grid<'w, '_>,
) -> Result<(), Unreadable> {
    let mut depth = 0_u32;
    // Where a formula stands whose text comes in a record of its own.
    let mut pending = None;
    while let Some((typ, data)) = records.next()? {
        match typ {
            BEGIN => depth += 1,
            END if depth <= 1 => break,
            END => depth -= 1,
            _ if depth > 1 => {}
            FORMULA_TEXT => {
                if let Some((row, column)) = pending.take() {
                    let text = globals.long_text(data, records, limits)?;
                    if grid.put(row, column, Cell::Text(text.into()))?.is_break() {
                        return Ok(());
                    }
                }
            }
            ROW_OF_RK => {
                let (row, first) = place(data)?;
                let (numbers, _) = data.get(4..).unwrap_or_default().as_chunks::<6>();
                for (column, number) in (first..).zip(numbers) {
                    let value = rk(u32_at(number, 2).ok_or(BROKEN)?);
                    if grid.put(row, column, numeric(value, number, 0, globals))?.is_break() {
                        return Ok(());
                    }
                }
            }
            _ => match cell(typ, data, globals, limits)? {
                None => {}
                Some(Value::TextFollows) => pending = Some(place(data)?),
                Some(Value::Cell(cell)) => {
                    let (row, column) = place(data)?;
                    if grid.put(row, column, cell)?.is_break() {
                        return Ok(());
                    }
                }
            },
        }
    }
    grid.finish()
}

/// Row and column, from 0.
fn place(data: &[u8]) -> Result<(u32, u32), Unreadable> {
    let place = u16_at(data, 0).zip(u16_at(data, 2)).ok_or(BROKEN)?;
    Ok((place.0.into(), place.1.into()))
}

enum Value<'w> {
    Cell(Cell<'w>),
    TextFollows,
}

/// What a record says of a cell, behind the cell's place and format, of two bytes each.
fn cell<'w>(
    typ: u16,
    data: &[u8],
    globals: &'w Globals,
    limits: &Limits,
) -> Result<Option<Value<'w>>, Unreadable> {
    let cell = match typ {
        0x0203 => numeric(f64_at(data, 6).ok_or(BROKEN)?, data, 4, globals),
        0x027e => numeric(rk(u32_at(data, 6).ok_or(BROKEN)?), data, 4, globals),
        0x0204 | 0x00d6 => Cell::Text(globals.text(data, 6, 2, limits)?.into()),
        0x00fd => {
            let number = u32_at(data, 6).and_then(|number| usize::try_from(number).ok()).ok_or(BROKEN)?;
            Cell::Text(globals.texts.get(number)?.into())
        }
        0x0205 => truth_or_error(u8_at(data, 6).ok_or(BROKEN)?, u8_at(data, 7) == Some(1)),
        FORMULA | 0x0206 | 0x0406 => {
            match (u16_at(data, 12).ok_or(BROKEN)?, u8_at(data, 6), u8_at(data, 8)) {
                (0xffff, Some(0), _) => return Ok(Some(Value::TextFollows)),
                (0xffff, Some(kind @ (1 | 2)), Some(value)) => truth_or_error(value, kind == 2),
                (0xffff, ..) => Cell::Empty,
                _ => numeric(f64_at(data, 6).ok_or(BROKEN)?, data, 4, globals),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::Cell(cell)))
}

fn truth_or_error(value: u8, is_error: bool) -> Cell<'static> {
    if is_error { Cell::Error(error::by_number(value)) } else { Cell::Bool(value != 0) }
}

/// A number in a cell whose format stands here.
fn numeric(number: f64, data: &[u8], format_at: usize, globals: &Globals) -> Cell<'static> {
    globals.formats.cell(u16_at(data, format_at).map(usize::from), number)
}
