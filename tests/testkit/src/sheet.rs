//! Cells as people type them, written as a workbook or as CSV; and archives of such files.

use std::io::{Cursor, Write as _};

use jiff::civil::{Date, DateTime, Time, date};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Blank,
    /// A string, also where it looks like a number, a date or a formula.
    Text(String),
    /// A number; a spreadsheet knows no integers.
    Number(f64),
    /// A number that is formatted as a date, with a time of day unless that is midnight.
    Date(DateTime),
    /// A date whose cell lost its format: a bare serial number.
    Serial(Date),
}

/// A row of cells.
pub type Row = Vec<Cell>;

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The workbook.
    #[error("the workbook could not be made: {0}")]
    Workbook(#[from] XlsxError),
    /// The CSV.
    #[error("the CSV could not be made: {0}")]
    Csv(#[from] csv::Error),
    /// The archive.
    #[error("the archive could not be made: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// A member of the archive.
    #[error("the archive's member could not be written: {0}")]
    Member(#[from] std::io::Error),
    /// A sheet has more rows or columns than Excel knows.
    #[error("a sheet holds at most 1,048,576 rows and 16,384 columns")]
    TooLarge,
}

/// A string cell.
#[must_use]
pub fn text(words: &str) -> Cell {
    Cell::Text(words.to_owned())
}

/// A workbook of one sheet, `Sheet1`. The same rows give the same bytes.
///
/// # Errors
/// See [`SheetError`].
pub fn workbook(rows: &[Row]) -> Result<Vec<u8>, SheetError> {
    workbook_of(&[("Sheet1", rows)])
}

/// A workbook of named sheets.
///
/// # Errors
/// See [`SheetError`].
pub fn workbook_of(sheets: &[(&str, &[Row])]) -> Result<Vec<u8>, SheetError> {
    workbook_hiding(sheets, &[])
}

/// A workbook of named sheets with these columns hidden in each, counted from 0, as people leave what they do not need.
///
/// # Errors
/// See [`SheetError`].
pub fn workbook_hiding(sheets: &[(&str, &[Row])], hidden: &[u16]) -> Result<Vec<u8>, SheetError> {
    let mut workbook = Workbook::new();
    // Without it the workbook would hold the moment of its making.
    let properties = DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2025, 1, 1)?);
    workbook.set_properties(&properties);
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name)?;
        for column in hidden {
            sheet.set_column_hidden(*column)?;
        }
        fill(sheet, rows)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn fill(sheet: &mut Worksheet, rows: &[Row]) -> Result<(), SheetError> {
    let days = Format::new().set_num_format("yyyy-mm-dd");
    let times = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (index, row) in rows.iter().enumerate() {
        let line = u32::try_from(index).map_err(|_| SheetError::TooLarge)?;
        for (place, cell) in row.iter().enumerate() {
            let column = u16::try_from(place).map_err(|_| SheetError::TooLarge)?;
            match cell {
                Cell::Blank => continue,
                Cell::Text(words) => sheet.write_string(line, column, words)?,
                Cell::Number(number) => sheet.write_number(line, column, *number)?,
                Cell::Serial(day) => {
                    sheet.write_number(line, column, serial(day.to_datetime(Time::midnight())))?
                }
                Cell::Date(moment) => {
                    let format = if moment.time() == Time::midnight() { &days } else { &times };
                    sheet.write_number_with_format(line, column, serial(*moment), format)?
                }
            };
        }
    }
    Ok(())
}

/// The same rows as CSV in UTF-8: numbers without needless decimals, dates in ISO 8601.
///
/// # Errors
/// See [`SheetError`].
pub fn csv(rows: &[Row]) -> Result<Vec<u8>, SheetError> {
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let padding = std::iter::repeat_n(&Cell::Blank, width - row.len());
        writer.write_record(row.iter().chain(padding).map(field))?;
    }
    writer.into_inner().map_err(|error| SheetError::Csv(error.into_error().into()))
}

/// A zip archive of files by name. The same files give the same bytes.
///
/// # Errors
/// See [`SheetError`].
pub fn archive(files: &[(&str, &[u8])]) -> Result<Vec<u8>, SheetError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Blank => String::new(),
        Cell::Text(words) => words.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Serial(day) => day.to_string(),
        Cell::Date(moment) if moment.time() == Time::midnight() => moment.date().to_string(),
        Cell::Date(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// Days since the eve of 1900 as Excel counts them, with the time of day as the fraction. For days from March 1900 on.
fn serial(moment: DateTime) -> f64 {
    let days = (moment.date() - date(1899, 12, 30)).get_days();
    let time = moment.time();
    let seconds = i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second());
    f64::from(days) + f64::from(seconds) / 86_400.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_counts_days_as_excel_does() {
        assert_eq!(serial(date(2025, 10, 3).at(12, 0, 0, 0)), 45_933.5);
        assert_eq!(serial(date(2355, 12, 31).at(0, 0, 0, 0)), 166_551.0);
    }
}
