//! Workbooks of all kinds.

use std::fs::File;
use std::ops::ControlFlow;

use super::container::Container;
use super::fault::unpanicking;
use super::sheet::{Each, Wanted};
use super::xlsx::NO_SHEET;
use super::{Limits, Row, Sheet, Unreadable, biff, opendocument, xlsb, xlsx};
use crate::payload::Format;

/// The worksheets.
pub(super) fn sheets(file: &mut File, format: Format, limits: &Limits) -> Result<Vec<Sheet>, Unreadable> {
    listed(file, format, limits, Wanted::None, &mut |_, _| ControlFlow::Continue(()))
}

/// Reads all worksheets row by row.
pub(super) fn survey(
    file: &mut File,
    format: Format,
    limits: &Limits,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    listed(file, format, limits, Wanted::All, each)
}

/// Reads a sheet row by row.
pub(super) fn rows(
    file: &mut File,
    format: Format,
    sheet: &str,
    limits: &Limits,
    each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let sheets = listed(file, format, limits, Wanted::Named(sheet), &mut |_, row| each(row))?;
    let is_there = sheets.iter().any(|listed| listed.name.as_deref() == Some(sheet));
    if is_there { Ok(()) } else { Err(NO_SHEET) }
}

fn listed(
    file: &mut File,
    format: Format,
    limits: &Limits,
    wanted: Wanted<'_>,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    let sheets = unpanicking(|| match format {
        Format::Xlsx => xlsx::read(&mut Container::open(file, limits)?, limits, wanted, each),
        Format::Xlsb => xlsb::read(&mut Container::open(file, limits)?, limits, wanted, each),
        Format::Ods => opendocument::read(&mut Container::open(file, limits)?, limits, wanted, each),
        Format::Xls => biff::read(file, limits, wanted, each),
        Format::Zip | Format::Csv => Ok(Vec::new()),
    })?;
    if sheets.is_empty() { Err(Unreadable::Empty) } else { Ok(sheets) }
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
