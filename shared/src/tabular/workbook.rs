//! Workbooks of all kinds, cell by cell.

use std::fs::File;
use std::io::{BufReader, Cursor, Read as _, Seek as _, Write as _};
use std::ops::ControlFlow;

use calamine::{CellErrorType, Data, DataRef, Ods, Reader, SheetType, SheetVisible, Xls, Xlsx};

use super::cell::{Meter, size};
use super::detect::WORKBOOK_STREAMS;
use super::fault::unpanicking;
use super::{Cell, Epoch, Limits, Row, Unreadable, biff, guard, opendocument};
use crate::payload::Format;

/// What passes on a row.
type Each<'e> = &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>;

/// Names of the visible worksheets.
pub(super) fn sheets(file: &mut File, format: Format, limits: &Limits) -> Result<Vec<String>, Unreadable> {
    let names = match format {
        Format::Xlsx => visible(&xlsx(file, limits)?),
        Format::Xls => visible(&xls(file, limits)?),
        Format::Ods => visible(&ods(file, limits)?),
        Format::Csv => Vec::new(),
    };
    if names.is_empty() { Err(Unreadable::Empty) } else { Ok(names) }
}

fn visible<R: std::io::Read + std::io::Seek>(workbook: &impl Reader<R>) -> Vec<String> {
    let sheets = workbook.sheets_metadata().iter();
    let visible =
        sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    visible.map(|sheet| sheet.name.clone()).collect()
}

/// Reads a sheet row by row.
pub(super) fn rows(
    file: &mut File,
    format: Format,
    sheet: &str,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Unreadable> {
    match format {
        Format::Xlsx => {
            let mut workbook = xlsx(file, limits)?;
            let epoch = epoch(workbook.has_1904_epoch());
            let mut reader = unpanicking(|| workbook.worksheet_cells_reader(sheet))?;
            stream(epoch, limits, each, || {
                let next = unpanicking(|| reader.next_cell())?;
                Ok(next.map(|next| (next.get_position(), streamed(next.get_value()))))
            })
        }
        Format::Xls => {
            let mut workbook = xls(file, limits)?;
            let epoch = epoch(workbook.has_1904_epoch());
            let range = unpanicking(|| workbook.worksheet_range(sheet))?;
            drop(workbook);
            loaded(&range, loaded_cell, epoch, limits, each)
        }
        Format::Ods => {
            let mut workbook = ods(file, limits)?;
            let range = unpanicking(|| workbook.worksheet_range(sheet))?;
            drop(workbook);
            loaded(&range, opendocument_cell, Epoch::Y1900, limits, each)
        }
        Format::Csv => Err(Unreadable::Corrupt { what: "it holds no sheets" }),
    }
}

fn epoch(is_1904: bool) -> Epoch {
    if is_1904 { Epoch::Y1904 } else { Epoch::Y1900 }
}

/// Rows out of a sheet that is in memory.
fn loaded(
    range: &calamine::Range<Data>,
    cell: fn(&Data) -> Cell<'_>,
    epoch: Epoch,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Unreadable> {
    let (top, left) = range.start().unwrap_or_default();
    let mut cells = range.used_cells();
    let position =
        |first: u32, offset: usize| first.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
    stream(epoch, limits, each, || {
        let next = cells.next();
        Ok(next.map(|(row, column, value)| ((position(top, row), position(left, column)), cell(value))))
    })
}

/// Rows out of cells, which come with row and column from 0, row by row.
fn stream<'w>(
    epoch: Epoch,
    limits: &Limits,
    each: Each<'_>,
    mut next: impl FnMut() -> Result<Option<((u32, u32), Cell<'w>)>, Unreadable>,
) -> Result<(), Unreadable> {
    let mut meter = Meter::new(limits);
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut row = 0;
    while let Some(((at, column), cell)) = next()? {
        if cell.is_blank() {
            continue;
        }
        if at != row && !cells.is_empty() {
            meter.row(cells.len())?;
            if each(Row { number: u64::from(row) + 1, cells: &cells, epoch }).is_break() {
                return Ok(());
            }
            cells.clear();
        }
        row = at;
        place(&mut cells, column, cell, &meter)?;
    }
    if !cells.is_empty() {
        meter.row(cells.len())?;
        // Nothing follows that could be broken off.
        let _ = each(Row { number: u64::from(row) + 1, cells: &cells, epoch });
    }
    Ok(())
}

fn place<'w>(
    cells: &mut Vec<Cell<'w>>,
    column: u32,
    cell: Cell<'w>,
    meter: &Meter<'_>,
) -> Result<(), Unreadable> {
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    meter.cell(column, &cell)?;
    if cells.len() <= column {
        cells.resize(column + 1, Cell::Empty);
    }
    if let Some(target) = cells.get_mut(column) {
        *target = cell;
    }
    Ok(())
}

fn xlsx<'f>(file: &'f mut File, limits: &Limits) -> Result<Xlsx<BufReader<&'f mut File>>, Unreadable> {
    guard::check(file, limits)?;
    unpanicking(|| Xlsx::new(BufReader::new(file)))
}

fn ods<'f>(file: &'f mut File, limits: &Limits) -> Result<Ods<BufReader<&'f mut File>>, Unreadable> {
    guard::check(file, limits)?;
    opendocument::check(file, limits)?;
    unpanicking(|| Ods::new(BufReader::new(file)))
}

/// The reader is given a container of our own making: it follows a broken one's chains of sectors without end.
fn xls(file: &mut File, limits: &Limits) -> Result<Xls<Cursor<Vec<u8>>>, Unreadable> {
    const UNREADABLE: Unreadable = Unreadable::Corrupt { what: "its container cannot be read" };
    file.rewind()?;
    let mut workbook = Vec::new();
    unpanicking(|| {
        let mut container = cfb::CompoundFile::open(BufReader::new(&mut *file)).map_err(|_| UNREADABLE)?;
        let name = WORKBOOK_STREAMS.iter().find(|name| container.is_stream(name)).ok_or(UNREADABLE)?;
        let stream = container.open_stream(name).map_err(|_| UNREADABLE)?;
        stream.take(limits.held_bytes + 1).read_to_end(&mut workbook).map_err(|_| UNREADABLE)
    })?;
    if size(workbook.len()) > limits.held_bytes {
        return Err(biff::too_large(limits));
    }
    biff::tame(&mut workbook, limits)?;
    let container = contained(&workbook).map_err(|_| UNREADABLE)?;
    drop(workbook);
    unpanicking(|| Xls::new(Cursor::new(container)))
}

fn contained(workbook: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut container = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
    container.create_stream("/Workbook")?.write_all(workbook)?;
    container.flush()?;
    Ok(container.into_inner().into_inner())
}

fn streamed<'w>(value: &DataRef<'w>) -> Cell<'w> {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::SharedString(text) => Cell::Text((*text).into()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::Text(text.clone().into())
        }
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::Int(number) => integer(*number),
        DataRef::DateTime(serial) => dated(*serial),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::Error(error) => Cell::Error(shown(error)),
    }
}

fn loaded_cell(value: &Data) -> Cell<'_> {
    match value {
        Data::Empty => Cell::Empty,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::Text(text.into()),
        Data::Float(number) => Cell::Number(*number),
        Data::Int(number) => integer(*number),
        Data::DateTime(serial) => dated(*serial),
        Data::Bool(value) => Cell::Bool(*value),
        Data::Error(error) => Cell::Error(shown(error)),
    }
}

/// OpenDocument has no cells of dates as numbers, and shows errors as text.
fn opendocument_cell(value: &Data) -> Cell<'_> {
    match value {
        Data::DateTimeIso(text) => opendocument::date(text),
        Data::DurationIso(text) => opendocument::time(text),
        Data::String(text) if text.starts_with('#') => {
            let error = ERRORS.iter().map(shown).find(|error| error == text);
            error.map_or_else(|| Cell::Text(text.into()), Cell::Error)
        }
        _ => loaded_cell(value),
    }
}

/// Workbooks hold floats only, but for the old formats' small integers.
#[expect(clippy::cast_precision_loss, reason = "a cell's number is a float in the file")]
fn integer(number: i64) -> Cell<'static> {
    Cell::Number(number as f64)
}

fn dated(serial: calamine::ExcelDateTime) -> Cell<'static> {
    if serial.is_datetime() { Cell::Date(serial.as_f64()) } else { Cell::Number(serial.as_f64()) }
}

const ERRORS: [CellErrorType; 7] = [
    CellErrorType::Div0,
    CellErrorType::NA,
    CellErrorType::Name,
    CellErrorType::Null,
    CellErrorType::Num,
    CellErrorType::Ref,
    CellErrorType::Value,
];

fn shown(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#GETTING_DATA",
    }
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
