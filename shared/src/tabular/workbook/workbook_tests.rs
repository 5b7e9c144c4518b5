use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Workbook as Writer};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use std::io::{Read as _, Seek as _, Write as _};

use super::*;
use crate::tabular::{Cell, Epoch, rows as rows_of, sheets as sheets_of};

fn rows(
    file: &mut File,
    sheet: &str,
    limits: &Limits,
    each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    rows_of(file, Format::Xlsx, Some(sheet), limits, each)
}

fn sheets(file: &mut File, limits: &Limits) -> Result<Vec<(String, bool)>, Unreadable> {
    let sheets = sheets_of(file, Format::Xlsx, limits)?.into_iter();
    Ok(sheets.map(|sheet| (sheet.name.unwrap(), sheet.is_hidden)).collect())
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read(bytes: &[u8], sheet: &str, limits: &Limits) -> Result<Vec<(u64, Vec<Cell<'static>>)>, String> {
    let mut rows_read = Vec::new();
    rows(&mut file_of(bytes), sheet, limits, &mut |row| {
        rows_read.push((
            row.number,
            row.cells.iter().map(|cell| cell.with_text(|text| text.to_owned().into())).collect(),
        ));
        ControlFlow::Continue(())
    })
    .map_err(|error| error.to_string())?;
    Ok(rows_read)
}

/// The workbook with one member rewritten.
fn tampered(bytes: &[u8], member: &str, rewrite: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        let content = if name == member { rewrite(content) } else { content };
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn workbook_with(texts: &[&str]) -> Vec<u8> {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    for (row, text) in (0..).zip(texts) {
        sheet.write_string(row, 0, *text).unwrap();
    }
    writer.save_to_buffer().unwrap()
}

#[test]
fn cells_keep_their_place_and_kind() {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    let date = CellFormat::new().set_num_format("yyyy-mm-dd");
    sheet.write_string(1, 0, "booking_id").unwrap();
    sheet.write_string(4, 1, "\u{a0}").unwrap();
    sheet.write_number(6, 1, 34.0).unwrap();
    sheet.write_boolean(6, 2, true).unwrap();
    sheet.write_datetime_with_format(6, 4, ExcelDateTime::from_ymd(2025, 10, 5).unwrap(), &date).unwrap();
    sheet.write_formula(6, 5, rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A")).unwrap();
    sheet.write_blank(7, 9, &date).unwrap();
    let bytes = writer.save_to_buffer().unwrap();
    let second = vec![Cell::Empty, Cell::Number(34.0), Cell::Bool(true), Cell::Empty, Cell::Date(45935.0)];
    let rows_read = read(&bytes, "Sheet1", &Limits::default()).unwrap();
    assert_eq!(rows_read[0], (2, vec![Cell::Text("booking_id".into())]));
    assert_eq!((rows_read[1].0, &rows_read[1].1[..5]), (7, second.as_slice()));
    assert_eq!(rows_read[1].1.len(), 6, "trailing formats without a value are no cells");
    assert_eq!(rows_read.len(), 2, "blank rows are left out");
}

#[test]
fn hidden_sheets_are_listed_as_such() {
    let mut writer = Writer::new();
    writer.add_worksheet().set_name("Doctors").unwrap();
    writer.add_worksheet().set_name("Old").unwrap().set_hidden(true);
    let bytes = writer.save_to_buffer().unwrap();
    let both = [("Doctors".to_owned(), false), ("Old".to_owned(), true)];
    assert_eq!(sheets(&mut file_of(&bytes), &Limits::default()).unwrap(), both);
}

#[test]
fn reading_stops_where_it_is_told_to() {
    let bytes = workbook_with(&["a", "b", "c"]);
    let mut count = 0;
    rows(&mut file_of(&bytes), "Sheet1", &Limits::default(), &mut |_| {
        count += 1;
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!(count, 1);
}

#[test]
fn bounds_on_cells_columns_and_text_hold() {
    let bytes = workbook_with(&["aaaa", "b", "c"]);
    let refused = |limits: &Limits| read(&bytes, "Sheet1", limits).unwrap_err();
    assert!(refused(&Limits { cells: 2, ..Limits::default() }).contains("more than 2 cells"));
    assert!(refused(&Limits { columns: 0, ..Limits::default() }).contains("more than 0 columns"));
    assert!(
        refused(&Limits { text_bytes: 3, ..Limits::default() })
            .contains("more than 3 bytes of text in one cell")
    );
}

#[test]
fn a_far_corner_costs_no_memory() {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    sheet.write_string(0, 0, "first").unwrap();
    sheet.write_string(1_048_575, 16_383, "last").unwrap();
    let bytes = writer.save_to_buffer().unwrap();
    let rows_read = read(&bytes, "Sheet1", &Limits::default()).unwrap();
    assert_eq!((rows_read[1].0, rows_read[1].1.len()), (1_048_576, 16_384));
}

#[test]
fn a_broken_workbook_is_damaged_and_not_quoted() {
    let bytes = workbook_with(&["CANARY-7731"]);
    for broken in [
        tampered(&bytes, "xl/worksheets/sheet1.xml", |xml| xml.replace("<v>0</v>", "<v>CANARY-7731</v>")),
        tampered(&bytes, "xl/sharedStrings.xml", |xml| xml.replace("</si>", "")),
        tampered(&bytes, "xl/worksheets/sheet1.xml", |xml| xml[..xml.find("</row>").unwrap()].to_owned()),
    ] {
        let message = read(&broken, "Sheet1", &Limits::default()).unwrap_err();
        assert!(message.starts_with("it is damaged ("), "{message}");
        assert!(!message.contains("CANARY"), "{message}");
    }
}

#[test]
fn a_workbook_cut_short_is_damaged() {
    let bytes = workbook_with(&["a"]);
    let mut file = file_of(&bytes[..bytes.len() / 2]);
    file.rewind().unwrap();
    assert!(sheets(&mut file, &Limits::default()).unwrap_err().to_string().contains("zip container"));
}

#[test]
fn the_epoch_is_the_workbooks_own() {
    let bytes = workbook_with(&["a"]);
    let epoch_of = |bytes: &[u8]| {
        let mut epoch = None;
        rows(&mut file_of(bytes), "Sheet1", &Limits::default(), &mut |row| {
            epoch = Some(row.epoch);
            ControlFlow::Continue(())
        })
        .unwrap();
        epoch
    };
    assert_eq!(epoch_of(&bytes), Some(Epoch::Y1900));
    let apple =
        tampered(&bytes, "xl/workbook.xml", |xml| xml.replace("<workbookPr", "<workbookPr date1904=\"1\""));
    assert_eq!(epoch_of(&apple), Some(Epoch::Y1904));
}
