//! A report as an Excel workbook: one sheet per section, ready to filter, sort and print.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

use crate::query::Source;
use crate::query::table::{Currency, Kind, Table, Value, looks_like_formula};
use crate::rendering::content::Content;

/// Most characters that a cell can hold.
const CELL_LIMIT: usize = 32_767;
/// Most characters in a sheet's name.
const SHEET_NAME_LIMIT: usize = 31;
/// Columns that fit on an upright page.
const UPRIGHT: usize = 6;
/// Excel's number of the paper.
const A4: u8 = 9;

/// Writes the workbook; the same content makes the same bytes.
///
/// # Errors
/// What the format does not hold, such as more than 1,048,575 rows below the header.
pub fn write(content: &Content<'_>) -> Result<Vec<u8>, XlsxError> {
    let Content { report, as_of, .. } = content;
    let mut workbook = Workbook::new();
    let latest = content.sources.iter().filter_map(Source::dropped_at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let created = excel_time(latest.to_zoned(TimeZone::UTC).datetime())?;
    let title = format!("{}, {as_of}", report.title);
    workbook.set_properties(&DocProperties::new().set_title(&title).set_creation_datetime(&created));
    let styles = Styles::new();
    let mut names = Vec::new();
    for (section, table) in report.sections.iter().zip(&content.tables) {
        let name = sheet_name(&section.title, &names);
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        write_sheet(sheet, table, &styles)?;
        set_up_printing(sheet, &title, table.columns.len())?;
        names.push(name);
    }
    workbook.save_to_buffer()
}

fn write_sheet(sheet: &mut Worksheet, table: &Table, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_row_height(0, 22)?;
    for (place, column) in numbered(&table.columns) {
        let style = if column.kind.is_numeric() { &styles.numeric_header } else { &styles.header };
        sheet.write_string_with_format(0, place, column.title(), style)?;
        // The filter's button and the indents take the room of about four letters.
        let letters = widest(table, place, column.kind).max(column.title().chars().count() + 4).clamp(8, 60);
        sheet.set_column_width(place, f64::from(u8::try_from(letters).unwrap_or(60)) + 2.0)?;
    }
    let cells: Vec<Format> = table.columns.iter().map(|column| styles.cell(column.kind)).collect();
    let mut row_number = 0_u32;
    for row in &table.rows {
        row_number += 1;
        for ((place, style), value) in numbered(&cells).zip(row) {
            write_value(sheet, (row_number, place), value, style, styles)?;
        }
    }
    if row_number > 0 {
        let last_column = u16::try_from(table.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, row_number, last_column)?;
        write_totals(sheet, row_number, table, styles)?;
    } else {
        sheet.write_string(1, 0, "Nothing to report.")?;
    }
    Ok(())
}

/// Sums below the counts and the amounts that follow the filter: what is filtered out is not added up. The exact sum
/// stands beside the formula, for whoever shows the workbook without computing it.
fn write_totals(
    sheet: &mut Worksheet,
    last_row: u32,
    table: &Table,
    styles: &Styles,
) -> Result<(), XlsxError> {
    if !table.columns.iter().any(|column| column.kind.is_totalled()) {
        return Ok(());
    }
    for (place, column) in numbered(&table.columns) {
        if let Some(total) = total(table, place, column.kind) {
            let letters = rust_xlsxwriter::utility::column_number_to_name(place);
            let formula = Formula::new(format!("=SUBTOTAL(109,{letters}2:{letters}{})", last_row + 1));
            let sum = formula.set_result(total.normalize().to_string());
            let style = styles.cell(column.kind).set_bold().set_border_top(FormatBorder::Thin);
            sheet.write_formula_with_format(last_row + 1, place, sum, &style)?;
        } else {
            let label = if place == 0 { "Total" } else { "" };
            sheet.write_string_with_format(last_row + 1, place, label, &styles.total_label)?;
        }
    }
    Ok(())
}

fn total(table: &Table, place: u16, kind: Kind) -> Option<Decimal> {
    table.total(usize::from(place)).filter(|_| kind.is_totalled())
}

/// Writes a value in the style of its column; what no cell of that kind can hold stays text.
fn write_value(
    sheet: &mut Worksheet,
    (row, place): (u32, u16),
    value: &Value,
    style: &Format,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let time = match value {
        Value::Null => return Ok(()),
        Value::Text(text) => return write_text(sheet, (row, place), text, styles),
        Value::Boolean(truth) => {
            sheet.write_boolean_with_format(row, place, *truth, style)?;
            return Ok(());
        }
        Value::Integer(_) | Value::Decimal(_) => {
            // A longer one is text, so that nothing is lost.
            return match value.as_f64().filter(|_| value.is_kept_by_doubles()) {
                Some(number) => sheet.write_number_with_format(row, place, number, style).map(|_| ()),
                None => write_text(sheet, (row, place), &value.plain(), styles),
            };
        }
        // Excel's calendar begins in 1900, and knows no time zones.
        Value::Date(day) => excel_day(*day),
        Value::Timestamp(time) => excel_time(*time),
        Value::Instant(moment) => excel_time(moment.to_zoned(TimeZone::UTC).datetime()),
    };
    match time {
        Ok(time) => sheet.write_datetime_with_format(row, place, time, style).map(|_| ()),
        Err(_) => write_text(sheet, (row, place), &value.plain(), styles),
    }
}

/// Text is always written as text. What looks like a formula is marked as quoted as well, so that it stays text when
/// somebody edits the cell.
fn write_text(
    sheet: &mut Worksheet,
    (row, place): (u32, u16),
    text: &str,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let fitting = match text.char_indices().nth(CELL_LIMIT) {
        None => text.to_owned(),
        Some(_) => text.chars().take(CELL_LIMIT - 1).chain(['…']).collect(),
    };
    let style = if looks_like_formula(text) { &styles.quoted } else { &styles.text };
    sheet.write_string_with_format(row, place, fitting, style)?;
    Ok(())
}

/// About how many letters wide the widest value of a column is drawn, its total included.
fn widest(table: &Table, place: u16, kind: Kind) -> usize {
    let total = total(table, place, kind).map(|total| Value::Decimal(total.to_string().into()));
    let values = table.rows.iter().filter_map(|row| row.get(usize::from(place)));
    values.chain(&total).map(|value| width(kind, value)).max().unwrap_or(0)
}

fn width(kind: Kind, value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Text(text) => text.chars().count(),
        Value::Decimal(_) if kind == Kind::Share => 7,
        Value::Integer(_) | Value::Decimal(_) => {
            let letters = value.plain().len();
            // Money has its sign and two decimals, whatever was stored.
            letters + letters / 3 + if matches!(kind, Kind::Money(_)) { 4 } else { 0 }
        }
        Value::Date(_) => 11,
        Value::Timestamp(_) | Value::Instant(_) => 17,
        Value::Boolean(_) => 6,
    }
}

struct Styles {
    header: Format,
    numeric_header: Format,
    right: Format,
    text: Format,
    quoted: Format,
    total_label: Format,
}

impl Styles {
    fn new() -> Self {
        let header = Format::new()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(Color::RGB(0x0B_766B))
            .set_align(FormatAlign::VerticalCenter);
        // The small indent keeps a text from touching the number to its left; numbers have none, because LibreOffice
        // gives it to some of them only, and their last digits would not stand below one another.
        let left = Format::new().set_align(FormatAlign::Left).set_indent(1);
        Self {
            // To the left of the filter's button.
            numeric_header: header.clone().set_align(FormatAlign::Right).set_indent(2),
            header: header.set_align(FormatAlign::Left).set_indent(1),
            right: Format::new().set_align(FormatAlign::Right),
            quoted: left.clone().set_quote_prefix(),
            total_label: left.clone().set_bold().set_border_top(FormatBorder::Thin),
            text: left,
        }
    }

    /// How a column's cells are aligned and written.
    fn cell(&self, kind: Kind) -> Format {
        let (side, format) = match kind {
            Kind::Text | Kind::Boolean => return self.text.clone(),
            Kind::Number => (&self.right, "0"),
            Kind::Count => (&self.right, "#,##0"),
            Kind::Decimal => (&self.right, "#,##0.00"),
            // The currency's sign and the place that writes it so, which Excel and LibreOffice both know.
            Kind::Money(Currency::Inr) => (&self.right, "[$₹-4009]#,##0.00"),
            Kind::Money(Currency::Usd) => (&self.right, "[$$-409]#,##0.00"),
            Kind::Money(Currency::Eur) => (&self.right, "[$€-1809]#,##0.00"),
            Kind::Money(Currency::Gbp) => (&self.right, "[$£-809]#,##0.00"),
            Kind::Share => (&self.right, "0.0%"),
            Kind::Date => (&self.text, "yyyy-mm-dd"),
            Kind::Timestamp | Kind::Instant => (&self.text, "yyyy-mm-dd hh:mm"),
        };
        side.clone().set_num_format(format)
    }
}

fn set_up_printing(sheet: &mut Worksheet, title: &str, columns: usize) -> Result<(), XlsxError> {
    if columns > UPRIGHT {
        sheet.set_landscape();
    }
    sheet.set_repeat_rows(0, 0)?.set_paper_size(A4);
    // In a header `&` begins a code; two of them are one.
    sheet.set_print_fit_to_pages(1, 0).set_header(format!("&L{}&R&A", title.replace('&', "&&")));
    sheet.set_footer("&RPage &P of &N");
    Ok(())
}

/// A name that Excel accepts and that no sheet has yet, as near to the title as can be.
fn sheet_name(title: &str, taken: &[String]) -> String {
    let allowed: String =
        title.chars().map(|c| if c.is_control() || "[]:*?/\\".contains(c) { ' ' } else { c }).collect();
    let trimmed = allowed.trim().trim_matches('\'').trim();
    // Excel keeps the name History for itself.
    let wanted =
        if trimmed.is_empty() || trimmed.eq_ignore_ascii_case("history") { "Table" } else { trimmed };
    let free = |name: &String| !taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let numbered = (2..).map(|number| {
        let suffix = format!(" {number}");
        shortened(wanted, SHEET_NAME_LIMIT - suffix.len()) + &suffix
    });
    std::iter::once(shortened(wanted, SHEET_NAME_LIMIT)).chain(numbered).find(free).unwrap_or_default()
}

fn shortened(name: &str, letters: usize) -> String {
    name.chars().take(letters).collect::<String>().trim_end_matches([' ', '\'']).to_owned()
}

fn numbered<T>(columns: &[T]) -> impl Iterator<Item = (u16, &T)> {
    (0_u16..).zip(columns)
}

fn excel_day(day: Date) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or_default(), part(day.month()), part(day.day()))
}

fn excel_time(time: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    excel_day(time.date())?.and_hms(u16::from(part(time.hour())), part(time.minute()), part(time.second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_name_is_one_that_excel_accepts() {
        assert_eq!(sheet_name("By doctor", &[]), "By doctor");
        assert_eq!(sheet_name("Paid [net] 1/2: all?", &[]), "Paid  net  1 2  all");
        assert_eq!(sheet_name("'quoted'", &[]), "quoted");
        assert_eq!(sheet_name("History", &[]), "Table");
        assert_eq!(sheet_name("  ", &["table".to_owned()]), "Table 2");
        let long = "Appointments that were cancelled and paid";
        assert_eq!(sheet_name(long, &[]), "Appointments that were cancelle");
        assert_eq!(sheet_name(long, &[sheet_name(long, &[])]), "Appointments that were cancel 2");
    }
}
