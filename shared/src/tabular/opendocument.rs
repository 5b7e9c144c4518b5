//! OpenDocument spreadsheets: bounds, found out by walking their XML before the workbook reader loads all of it, and
//! dates, which they hold as text.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use super::biff::too_large;
use super::cell::size;
use super::detect::zip_error;
use super::{Cell, Limits, Unreadable};

const BROKEN: Unreadable = Unreadable::Corrupt { what: "its XML breaks off or is not well-formed" };

/// As many rows and columns the workbook reader makes of repetitions at most.
const ROWS: u64 = 1_048_576;
const COLUMNS: u64 = 16_384;

// Bytes that the workbook reader holds at most: of a cell as written, and of one repeated, with a copy of the sheet.
const CELL: u64 = 64;
const PLACE: u64 = 88;

/// Members looked into for signs of encryption are small.
const MANIFEST: u64 = 1 << 20;

/// Refuses a spreadsheet that is encrypted, or whose repeated cells and rows would not fit in memory.
pub(super) fn check(file: &mut File, limits: &Limits) -> Result<(), Unreadable> {
    file.rewind()?;
    let mut archive = ZipArchive::new(BufReader::new(&mut *file)).map_err(zip_error)?;
    let mut manifest = Vec::new();
    match archive.by_name("META-INF/manifest.xml") {
        Ok(member) => {
            _ = member.take(MANIFEST).read_to_end(&mut manifest).map_err(|e| zip_error(e.into()))?
        }
        Err(ZipError::FileNotFound) => {}
        Err(error) => return Err(zip_error(error)),
    }
    if String::from_utf8_lossy(&manifest).contains("manifest:encryption-data") {
        return Err(Unreadable::PasswordProtected);
    }
    let content = archive.by_name("content.xml").map_err(zip_error)?;
    let mut reader = Reader::from_reader(BufReader::new(content));
    reader.config_mut().expand_empty_elements = true;
    let mut estimate = Estimate::default();
    let mut buffer = Vec::new();
    // The workbook reader looks for the end of a table for ever where there is none.
    let mut depth = 0_u64;
    loop {
        match reader.read_event_into(&mut buffer).map_err(|_| BROKEN)? {
            Event::Start(element) => {
                depth += 1;
                estimate.start(&element)?;
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                estimate.end(element.name().0);
            }
            Event::Text(text) => estimate.text(text.len()),
            Event::Eof if depth > 0 => return Err(BROKEN),
            Event::Eof => break,
            _ => {}
        }
        if estimate.bytes() > limits.loaded_bytes {
            return Err(too_large(limits));
        }
        buffer.clear();
    }
    drop(reader);
    file.rewind()?;
    Ok(())
}

/// What the workbook reader would hold, growing with what is walked.
#[derive(Default)]
struct Estimate {
    /// Of the tables that are over.
    before: u64,
    /// Cells of the table as written, and the bytes of what they hold as often as it is repeated.
    cells: u64,
    held: u64,
    /// Rows from the first with a value to the last, repeated ones included, and the widest.
    rows: u64,
    width: u64,
    /// Rows without a value since the last one with any.
    pending_rows: u64,
    row: Row,
}

/// The row that is walked.
#[derive(Default)]
struct Row {
    repeated: u64,
    width: u64,
    pending: u64,
    held: u64,
    /// How often the cell that is walked is repeated, if it holds anything.
    cell: Option<u64>,
}

impl Estimate {
    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        match element.name().0 {
            "table:table-row" => {
                self.row = Row {
                    repeated: repeated(element, "table:number-rows-repeated", ROWS)?,
                    ..Row::default()
                };
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let times = repeated(element, "table:number-columns-repeated", COLUMNS)?;
                let row = &mut self.row;
                let has_value = element.attributes().flatten().any(|attribute| {
                    attribute.key.0.starts_with("office:") || attribute.key.0 == "table:formula"
                });
                if has_value {
                    let more = (row.pending + times).min(COLUMNS.saturating_sub(row.width));
                    row.width += more;
                    row.pending = 0;
                    row.held += times * size(element.len());
                    self.cells += more;
                    row.cell = Some(times);
                } else {
                    row.pending = (row.pending + times).min(COLUMNS);
                    row.cell = None;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, bytes: usize) {
        self.row.held = self.row.held.saturating_add(self.row.cell.unwrap_or(0) * size(bytes));
    }

    fn end(&mut self, name: &str) {
        match name {
            "table:table-cell" | "table:covered-table-cell" => self.row.cell = None,
            "table:table-row" => {
                let row = std::mem::take(&mut self.row);
                if row.width == 0 {
                    // Rows above the first one with a value take no room, and neither do those below the last.
                    let is_below = self.rows > 0;
                    self.pending_rows =
                        (self.pending_rows + if is_below { row.repeated } else { 0 }).min(ROWS);
                    return;
                }
                self.rows = (self.rows + self.pending_rows + row.repeated).min(ROWS);
                self.pending_rows = 0;
                self.width = self.width.max(row.width);
                self.held = self.held.saturating_add(row.held.saturating_mul(2 * row.repeated + 1));
            }
            "table:table" => *self = Self { before: self.bytes(), ..Self::default() },
            _ => {}
        }
    }

    fn bytes(&self) -> u64 {
        let written = self.cells.saturating_mul(CELL).saturating_add(self.held).saturating_add(self.row.held);
        let expanded = self.rows.saturating_mul(self.width).saturating_mul(PLACE);
        self.before.saturating_add(written).saturating_add(expanded)
    }
}

fn repeated(element: &BytesStart<'_>, attribute: &str, most: u64) -> Result<u64, Unreadable> {
    match element.try_get_attribute(attribute).map_err(|_| BROKEN)? {
        Some(times) => times.value.parse().map(|times: u64| times.min(most)).map_err(|_| BROKEN),
        None => Ok(1),
    }
}

/// A date and time as a serial of the 1900 calendar, as which other workbooks hold it; one that the calendar does not
/// reach stays text.
pub(super) fn date(text: &str) -> Cell<'_> {
    const SECOND: f64 = 1.0 / 86_400.0;
    let moment = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(DateTime::from));
    let epoch = Date::constant(1899, 12, 30);
    let Ok(moment) = moment else { return Cell::Text(text.into()) };
    let days = moment.date().duration_since(epoch).as_hours() / 24;
    // That calendar has a 29th of February too many.
    let serial = if days > 60 { days } else { days - 1 };
    let (Ok(serial), true) = (i32::try_from(serial), serial > 0) else { return Cell::Text(text.into()) };
    let midnight = moment.date().at(0, 0, 0, 0);
    Cell::Date(f64::from(serial) + moment.duration_since(midnight).as_secs_f64() * SECOND)
}

/// A time of day, or a longer time as a number of days.
pub(super) fn time(text: &str) -> Cell<'_> {
    match text.parse::<SignedDuration>().map(|time| time.as_secs_f64() / 86_400.0) {
        Ok(days) if (0.0..1.0).contains(&days) => Cell::Date(days),
        Ok(days) => Cell::Number(days),
        Err(_) => Cell::Text(text.into()),
    }
}
