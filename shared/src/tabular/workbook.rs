//! Office Open XML workbooks, cell by cell.

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{CellErrorType, DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::cell::Meter;
use super::detect::zip_error;
use super::{Cell, Epoch, Limits, Row, Unreadable, guard};

type Workbook<'f> = Xlsx<BufReader<&'f mut File>>;

/// Names of the visible worksheets.
pub(super) fn sheets(file: &mut File, limits: &Limits) -> Result<Vec<String>, Unreadable> {
    let workbook = open(file, limits)?;
    let visible = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = visible.map(|sheet| sheet.name.clone()).collect();
    if names.is_empty() { Err(Unreadable::Empty) } else { Ok(names) }
}

/// Reads a sheet row by row.
pub(super) fn rows(
    file: &mut File,
    sheet: &str,
    limits: &Limits,
    each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut workbook = open(file, limits)?;
    let epoch = if workbook.has_1904_epoch() { Epoch::Y1904 } else { Epoch::Y1900 };
    let mut reader = unpanicking(|| workbook.worksheet_cells_reader(sheet))?;
    let mut meter = Meter::new(limits);
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut row = 0;
    while let Some(next) = unpanicking(|| reader.next_cell())? {
        let cell = cell(next.get_value());
        if cell.is_blank() {
            continue;
        }
        let (at, column) = next.get_position();
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

fn open<'f>(file: &'f mut File, limits: &Limits) -> Result<Workbook<'f>, Unreadable> {
    guard::check(file, limits)?;
    unpanicking(|| Xlsx::new(BufReader::new(file)))
}

/// Some broken workbooks make the reader panic; that is the workbook's fault and not ours.
fn unpanicking<T>(read: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, Unreadable> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(unreadable(error)),
        Err(_) => Err(Unreadable::Corrupt { what: "it is not built as a workbook is" }),
    }
}

/// The reader's errors in fixed words: its own quote what they stumble over.
fn unreadable(error: XlsxError) -> Unreadable {
    match error {
        XlsxError::Password => Unreadable::PasswordProtected,
        XlsxError::Io(error) => zip_error(error.into()),
        XlsxError::Zip(error) => zip_error(error),
        XlsxError::WorksheetNotFound(_) => Unreadable::Corrupt { what: "a sheet that it lists is not in it" },
        XlsxError::NotAWorksheet(_) => Unreadable::Corrupt { what: "a sheet of it holds no cells" },
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::XmlEof(_) => {
            Unreadable::Corrupt { what: "its XML breaks off or is not well-formed" }
        }
        _ => Unreadable::Corrupt { what: "it is not built as a workbook is" },
    }
}

fn cell<'w>(value: &DataRef<'w>) -> Cell<'w> {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::SharedString(text) => Cell::Text((*text).into()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::Text(text.clone().into())
        }
        DataRef::Float(number) => Cell::Number(*number),
        // Sheets hold floats only; the reader's type has room for the integers of other formats.
        #[expect(clippy::cast_precision_loss, reason = "a cell's number is a float in the file")]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::DateTime(serial) if serial.is_datetime() => Cell::Date(serial.as_f64()),
        DataRef::DateTime(duration) => Cell::Number(duration.as_f64()),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::Error(error) => Cell::Error(shown(error)),
    }
}

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
