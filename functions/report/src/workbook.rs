//! A report as an Excel workbook: one sheet per section, ready to filter, sort and print.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use rounds_shared::catalog::{Report, Section};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

use crate::query::Snapshot;
use crate::table::{Kind, Table, Value, looks_like_formula};

/// Most characters that a cell can hold.
const CELL_LIMIT: usize = 32_767;
/// Most characters in a sheet's name.
const SHEET_NAME_LIMIT: usize = 31;
/// Digits that Excel keeps of a number; longer ones are written as text, so that nothing is lost.
const DIGITS_KEPT: usize = 15;

/// Writes the workbook; the same snapshot makes the same bytes.
///
/// # Errors
/// What the format does not hold, such as more than 1,048,575 rows below the header.
pub fn write(report: &Report, as_of: Date, snapshot: &Snapshot) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let latest =
        snapshot.sources.iter().filter_map(|source| source.loaded_at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let created = excel_time(latest.to_zoned(TimeZone::UTC).datetime())?;
    let title = format!("{}, {as_of}", report.title);
    workbook.set_properties(&DocProperties::new().set_title(&title).set_creation_datetime(&created));
    let mut names = Vec::new();
    for (section, table) in report.sections.iter().zip(&snapshot.sections) {
        let name = sheet_name(&section.title, &names);
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        write_sheet(sheet, section, table)?;
        set_up_printing(sheet, &title)?;
        names.push(name);
    }
    workbook.save_to_buffer()
}

fn write_sheet(sheet: &mut Worksheet, section: &Section, table: &Table) -> Result<(), XlsxError> {
    let styles = Styles::new();
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_row_height(0, 22)?;
    for (place, column) in numbered(&table.columns) {
        let style = if column.kind.is_numeric() { &styles.numeric_header } else { &styles.header };
        sheet.write_string_with_format(0, place, column.title(), style)?;
        let kind = column.kind;
        let values = table.rows.iter().filter_map(|row| row.get(usize::from(place)));
        let longest = values.map(|value| width(kind, value)).max().unwrap_or(0);
        // The filter's button and the indents take the room of about four letters.
        let letters = longest.max(column.title().chars().count() + 4).clamp(8, 60);
        sheet.set_column_width(place, f64::from(u8::try_from(letters).unwrap_or(60)) + 2.0)?;
    }
    let mut row_number = 0_u32;
    for row in &table.rows {
        row_number += 1;
        for ((place, column), value) in numbered(&table.columns).zip(row) {
            write_value(sheet, row_number, place, value, column.kind, &styles)?;
        }
    }
    if row_number > 0 {
        let last_column = u16::try_from(table.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, row_number, last_column)?;
        write_totals(sheet, row_number, table, &styles)?;
    } else {
        sheet.write_string(1, 0, format!("{}: nothing to show", section.title))?;
    }
    Ok(())
}

/// Sums below the counts that follow the filter: what is filtered out is not added up.
fn write_totals(
    sheet: &mut Worksheet,
    last_row: u32,
    table: &Table,
    styles: &Styles,
) -> Result<(), XlsxError> {
    if !table.columns.iter().any(|column| column.kind == Kind::Count) {
        return Ok(());
    }
    for (place, column) in numbered(&table.columns) {
        if column.kind == Kind::Count {
            let letters = rust_xlsxwriter::utility::column_number_to_name(place);
            let formula = Formula::new(format!("=SUBTOTAL(109,{letters}2:{letters}{})", last_row + 1));
            let sum = formula.set_result(table.total(usize::from(place)).to_string());
            sheet.write_formula_with_format(last_row + 1, place, sum, &styles.total)?;
        } else {
            let label = if place == 0 { "Total" } else { "" };
            sheet.write_string_with_format(last_row + 1, place, label, &styles.total_label)?;
        }
    }
    Ok(())
}

fn write_value(
    sheet: &mut Worksheet,
    row: u32,
    place: u16,
    value: &Value,
    kind: Kind,
    styles: &Styles,
) -> Result<(), XlsxError> {
    match value {
        Value::Null => return Ok(()),
        Value::Text(text) => write_text(sheet, row, place, text, styles)?,
        Value::Integer(_) | Value::Decimal(_) => write_number(sheet, row, place, value, kind, styles)?,
        Value::Boolean(truth) => sheet.write_boolean_with_format(row, place, *truth, &styles.text)?,
        Value::Date(day) => match excel_day(*day) {
            Ok(written) => sheet.write_datetime_with_format(row, place, written, &styles.day)?,
            // Excel's calendar begins in 1900.
            Err(_) => sheet.write_string_with_format(row, place, day.to_string(), &styles.text)?,
        },
        Value::Timestamp(time) => match excel_time(*time) {
            Ok(written) => sheet.write_datetime_with_format(row, place, written, &styles.time)?,
            Err(_) => sheet.write_string_with_format(row, place, time.to_string(), &styles.text)?,
        },
    };
    Ok(())
}

/// Text is always written as text. What looks like a formula is marked as quoted as well, so that it stays text when
/// somebody edits the cell.
fn write_text<'a>(
    sheet: &'a mut Worksheet,
    row: u32,
    place: u16,
    text: &str,
    styles: &Styles,
) -> Result<&'a mut Worksheet, XlsxError> {
    let fitting = match text.char_indices().nth(CELL_LIMIT) {
        None => text.to_owned(),
        Some(_) => text.chars().take(CELL_LIMIT - 1).chain(['…']).collect(),
    };
    let style = if looks_like_formula(text) { &styles.quoted } else { &styles.text };
    sheet.write_string_with_format(row, place, fitting, style)
}

fn write_number<'a>(
    sheet: &'a mut Worksheet,
    row: u32,
    place: u16,
    value: &Value,
    kind: Kind,
    styles: &Styles,
) -> Result<&'a mut Worksheet, XlsxError> {
    let style = match kind {
        Kind::Count => &styles.count,
        Kind::Share => &styles.share,
        Kind::Decimal => &styles.decimal,
        _ => &styles.number,
    };
    let text = digits(value);
    let significant = text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    match value.as_f64() {
        Some(number) if significant <= DIGITS_KEPT => {
            sheet.write_number_with_format(row, place, number, style)
        }
        _ => sheet.write_string_with_format(row, place, text, &styles.text),
    }
}

fn digits(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Decimal(digits) => digits.to_string(),
        _ => String::new(),
    }
}

/// About how many letters wide a value is drawn.
fn width(kind: Kind, value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Text(text) => text.chars().count(),
        Value::Decimal(_) if kind == Kind::Share => 7,
        Value::Integer(_) | Value::Decimal(_) => {
            let letters = digits(value).len();
            letters + letters / 3
        }
        Value::Date(_) => 11,
        Value::Timestamp(_) => 17,
        Value::Boolean(_) => 6,
    }
}

struct Styles {
    header: Format,
    numeric_header: Format,
    number: Format,
    count: Format,
    decimal: Format,
    share: Format,
    day: Format,
    time: Format,
    text: Format,
    quoted: Format,
    total: Format,
    total_label: Format,
}

impl Styles {
    fn new() -> Self {
        let header = Format::new()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(Color::RGB(0x0B_766B))
            .set_align(FormatAlign::VerticalCenter);
        // A small indent keeps a number from touching the text to its right.
        let left = Format::new().set_align(FormatAlign::Left).set_indent(1);
        let right = Format::new().set_align(FormatAlign::Right).set_indent(1);
        Self {
            // To the left of the filter's button.
            numeric_header: header.clone().set_align(FormatAlign::Right).set_indent(2),
            header: header.set_align(FormatAlign::Left).set_indent(1),
            number: right.clone().set_num_format("0"),
            count: right.clone().set_num_format("#,##0"),
            decimal: right.clone().set_num_format("#,##0.00"),
            share: right.clone().set_num_format("0.0%"),
            day: left.clone().set_num_format("yyyy-mm-dd"),
            time: left.clone().set_num_format("yyyy-mm-dd hh:mm"),
            quoted: left.clone().set_quote_prefix(),
            total_label: left.clone().set_bold().set_border_top(FormatBorder::Thin),
            total: right.set_bold().set_num_format("#,##0").set_border_top(FormatBorder::Thin),
            text: left,
        }
    }
}

fn set_up_printing(sheet: &mut Worksheet, title: &str) -> Result<(), XlsxError> {
    sheet.set_repeat_rows(0, 0)?;
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
