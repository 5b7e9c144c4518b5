//! The workbook of rejects: a person mends the rows in it and drops it again.

use std::io::Seek as _;
use std::sync::Arc;

use rounds_shared::catalog::{Column, Dataset};
use rounds_shared::manifest::MEND_COLUMNS;
use rounds_shared::rule::Rule;
use rounds_shared::stretch::Stretch;
use rounds_shared::tabular::serial::EPOCHS_APART;
use rounds_shared::tabular::{Cell, Epoch};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::error::Error;
use crate::heading::Heading;
use crate::parquet::Finished;
use crate::rejects::{Rejected, RejectedRow};

/// Rows that are listed; nobody mends more by hand.
pub(crate) const ROWS: u32 = 100_000;

/// Columns of a sheet.
const COLUMNS: usize = 16_384;

/// Characters of a cell, in UTF-16.
const CHARACTERS: usize = 32_767;

/// Level of its compression: a workbook of the next ones is little smaller, and takes far longer.
const COMPRESSION: u8 = 2;

/// Characters of a sentence that says why a row is rejected.
const SENTENCE: usize = 2_000;

/// What the sheet is made from.
pub(crate) struct Source<'s> {
    /// The contract.
    pub dataset: &'s Dataset,
    /// The header of the file.
    pub heading: &'s Heading,
    /// The batch.
    pub batch: &'s str,
    /// The part's position.
    pub part: u32,
}

/// Writes rejected rows, with [`MEND_COLUMNS`] before the file's own columns: cells as they were read, those that break
/// a rule filled with a colour. Rows beyond [`ROWS`], and those with a text that no cell of a workbook holds, are left
/// out; `left_out` is called with their numbers.
///
/// # Errors
/// [`Error::Disk`], [`Error::Spill`] or [`Error::Workbook`].
pub(crate) fn write(
    rejected: &mut Rejected,
    source: &Source<'_>,
    mut left_out: impl FnMut(u64),
) -> Result<Option<Finished>, Error> {
    let mut workbook = Workbook::new();
    workbook.set_zip_compression_level(COMPRESSION);
    // Without it the workbook would hold the moment of its making.
    let made = ExcelDateTime::from_ymd(2025, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = workbook.add_worksheet_with_constant_memory()?.set_name("rejects")?;
    let width = header(sheet, source.heading)?;
    let looks = Looks::new();
    let mut rows = 0;
    rejected.each(|row| {
        if rows >= ROWS || !fits(row) {
            left_out(row.number);
            return Ok(());
        }
        rows += 1;
        Ok(Line { sheet, line: rows, looks: &looks }.write(row, source)?)
    })?;
    if rows == 0 {
        return Ok(None);
    }
    sheet.set_freeze_panes(1, 0)?.autofilter(0, 0, rows, width)?;
    let mut file = tempfile::tempfile()?;
    workbook.save_to_writer(&file)?;
    let bytes = file.stream_position()?;
    Ok(Some(Finished { content: Stretch::new(Arc::new(file), 0..bytes), rows: rows.into() }))
}

/// Writes the first row, and answers the position of its last cell.
fn header(sheet: &mut Worksheet, heading: &Heading) -> Result<u16, XlsxError> {
    let bold = Format::new().set_bold();
    let own = (0..COLUMNS - MEND_COLUMNS.len()).map_while(|place| heading.header.names.get(place));
    let widths = [34.0, 6.0, 8.0, 60.0].into_iter().chain(std::iter::repeat(18.0));
    let mut last = 0;
    for ((column, name), width) in (0..).zip(MEND_COLUMNS.into_iter().chain(own)).zip(widths) {
        let name: String = name.chars().take(CHARACTERS / 2).collect();
        sheet.set_column_width(column, width)?.write_string_with_format(0, column, name, &bold)?;
        last = column;
    }
    Ok(last)
}

/// Whether a workbook can hold the row's texts.
fn fits(row: &RejectedRow<'_>) -> bool {
    row.cells.iter().all(|cell| match cell {
        Cell::Text(text) => text.len() <= CHARACTERS || text.encode_utf16().count() <= CHARACTERS,
        _ => true,
    })
}

/// How cells look: each kind plain, and with the colour of one that breaks a rule. Text is kept as text when it is
/// edited, so that no identifier becomes a number and no date a guess.
struct Looks {
    text: Look,
    number: Look,
    day: Look,
    moment: Look,
    time: Look,
}

/// How cells of a kind look.
struct Look {
    plain: Format,
    offending: Format,
}

impl Look {
    fn new(number_format: &str) -> Self {
        let plain = Format::new().set_num_format(number_format);
        Self { offending: plain.clone().set_background_color("#FFE699"), plain }
    }

    fn pick(&self, is_offending: bool) -> &Format {
        if is_offending { &self.offending } else { &self.plain }
    }
}

impl Looks {
    fn new() -> Self {
        Self {
            text: Look::new("@"),
            number: Look::new("General"),
            day: Look::new("yyyy-mm-dd"),
            moment: Look::new("yyyy-mm-dd hh:mm:ss"),
            time: Look::new("hh:mm:ss"),
        }
    }

    fn dated(&self, serial: f64) -> &Look {
        if serial.fract() == 0.0 {
            &self.day
        } else if serial < 1.0 {
            &self.time
        } else {
            &self.moment
        }
    }
}

/// A row of the sheet.
struct Line<'l> {
    sheet: &'l mut Worksheet,
    line: u32,
    looks: &'l Looks,
}

impl Line<'_> {
    fn write(&mut self, row: &RejectedRow<'_>, source: &Source<'_>) -> Result<(), XlsxError> {
        let Source { dataset, heading, batch, part } = *source;
        let column = |position: &Option<usize>| position.and_then(|position| dataset.columns.get(position));
        let reasons = row.broken.iter().map(|(position, rule)| sentence(column(position), *rule));
        let reasons = reasons.collect::<Vec<_>>().join("; ").chars().take(SENTENCE).collect::<String>();
        self.sheet.write_string(self.line, 0, batch)?;
        self.sheet.write_number(self.line, 1, part)?;
        #[expect(clippy::cast_precision_loss, reason = "rows are far fewer than a float can count")]
        self.sheet.write_number(self.line, 2, row.number as f64)?;
        self.sheet.write_string(self.line, 3, reasons)?;
        let offending: Vec<usize> =
            row.broken.iter().filter_map(|(position, _)| heading.place(*position)).collect();
        let width = row.cells.len().max(offending.iter().map(|place| place + 1).max().unwrap_or_default());
        for (place, column) in (0..width.min(COLUMNS - MEND_COLUMNS.len())).zip(4..) {
            let cell = row.cells.get(place).unwrap_or(&Cell::Empty);
            self.cell(column, cell, row.epoch, offending.contains(&place))?;
        }
        Ok(())
    }

    /// Writes a cell, plain or with the colour of one that breaks a rule.
    fn cell(
        &mut self,
        column: u16,
        cell: &Cell<'_>,
        epoch: Epoch,
        is_offending: bool,
    ) -> Result<(), XlsxError> {
        let Self { sheet, line, looks } = self;
        match cell {
            Cell::Text(text) if !text.is_empty() => {
                sheet.write_string_with_format(*line, column, text.as_ref(), looks.text.pick(is_offending))?
            }
            Cell::Number(number) => {
                sheet.write_number_with_format(*line, column, *number, looks.number.pick(is_offending))?
            }
            Cell::Date(serial) => {
                let shift = if epoch == Epoch::Y1904 { EPOCHS_APART } else { 0.0 };
                sheet.write_number_with_format(
                    *line,
                    column,
                    serial + shift,
                    looks.dated(*serial).pick(is_offending),
                )?
            }
            Cell::Bool(value) => {
                sheet.write_boolean_with_format(*line, column, *value, looks.number.pick(is_offending))?
            }
            Cell::Error(shown) => {
                sheet.write_string_with_format(*line, column, *shown, looks.text.pick(is_offending))?
            }
            Cell::Empty | Cell::Text(_) | Cell::Uncalculated if is_offending => {
                sheet.write_blank(*line, column, looks.text.pick(is_offending))?
            }
            Cell::Empty | Cell::Text(_) | Cell::Uncalculated => return Ok(()),
        };
        Ok(())
    }
}

/// Why a cell, or a row, is not accepted, for whoever has to mend it: `booking_date is not a date in any of the contract's
/// formats (%Y-%m-%d, %m/%d/%Y)`. Of a word its first spelling is told: what is stored for it is not always read.
fn sentence(column: Option<&Column>, rule: Rule) -> String {
    let Some(column) = column else { return format!("the row {}", rule.describe()) };
    let allowed: Vec<&str> = match rule {
        Rule::NotADate | Rule::NotATime | Rule::NotATimestamp => {
            column.formats.iter().map(String::as_str).collect()
        }
        Rule::UnknownWord => {
            column.values.iter().filter_map(|word| word.spellings.first()).map(String::as_str).collect()
        }
        _ => Vec::new(),
    };
    let allowed = if allowed.is_empty() { String::new() } else { format!(" ({})", allowed.join(", ")) };
    format!("{} {}{allowed}", column.name, rule.describe())
}
