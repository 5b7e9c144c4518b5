//! Workbooks of all kinds.

mod biff;
mod bytes;
mod error;
mod iso;
mod number_format;
mod ods;
pub(super) mod ooxml;
mod sheet;
mod texts;
pub(super) mod xml;

use std::fs::File;
use std::ops::ControlFlow;

use super::container::Container;
use super::unreadable::unpanicking;
use super::{Limits, Row, Sheet, Unreadable};
use crate::payload::Format;
use ooxml::{Xlsb, Xlsx};
use sheet::{Each, NO_SHEET, Wanted};

/// The worksheets.
pub(crate) fn sheets(file: &mut File, format: Format, limits: &Limits) -> Result<Vec<Sheet>, Unreadable> {
    listed(file, format, limits, Wanted::None, &mut |_, _| ControlFlow::Continue(()))
}

/// Reads all worksheets row by row.
pub(crate) fn survey(
    file: &mut File,
    format: Format,
    limits: &Limits,
    each: Each<'_>,
) -> Result<Vec<Sheet>, Unreadable> {
    listed(file, format, limits, Wanted::All, each)
}

/// Reads a sheet row by row.
pub(crate) fn rows(
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
        Format::Xlsx => ooxml::read::<Xlsx>(&mut Container::open(file, limits)?, limits, wanted, each),
        Format::Xlsb => ooxml::read::<Xlsb>(&mut Container::open(file, limits)?, limits, wanted, each),
        Format::Ods => ods::read(&mut Container::open(file, limits)?, limits, wanted, each),
        Format::Xls => biff::read(file, limits, wanted, each),
        Format::Zip | Format::Csv => Ok(Vec::new()),
    })?;
    if sheets.is_empty() { Err(Unreadable::Empty) } else { Ok(sheets) }
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
