//! The same table in every format. The fixtures are `shared/tests/fixtures/table.fods`, converted by LibreOffice 7.4:
//! `soffice --headless --convert-to xlsx|xls|ods table.fods`.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;

const XLSX: &[u8] = include_bytes!("../../tests/fixtures/table.xlsx");
const XLS: &[u8] = include_bytes!("../../tests/fixtures/table.xls");
const ODS: &[u8] = include_bytes!("../../tests/fixtures/table.ods");

pub(super) type Table = Vec<(u64, Vec<Cell<'static>>, Epoch)>;

fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

/// Everything that is read of a file, sheet by sheet.
pub(super) fn read(content: &[u8], limits: &Limits) -> Result<Vec<(Sheet, Table)>, Unreadable> {
    let mut file = file_of(content);
    let format = detect(&mut file)?;
    let mut tables = Vec::new();
    for sheet in sheets(&mut file, format, limits)? {
        let mut table = Table::new();
        rows(&mut file, format, sheet.name.as_deref(), limits, &mut |row| {
            table.push((row.number, row.cells.iter().map(owned).collect(), row.epoch));
            ControlFlow::Continue(())
        })?;
        tables.push((sheet, table));
    }
    Ok(tables)
}

fn owned(cell: &Cell<'_>) -> Cell<'static> {
    match cell.with_text(|text| text.to_owned().into()) {
        // Spreadsheets round times differently, far below a second.
        Cell::Date(serial) => Cell::Date((serial * 1e6).round() / 1e6),
        cell => cell,
    }
}

pub(super) fn refused(content: &[u8], limits: &Limits) -> String {
    read(content, limits).unwrap_err().to_string()
}

/// A container with one member rewritten.
pub(super) fn tampered(content: &[u8], member: &str, rewrite: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(content)).unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(&if name == member { rewrite(bytes) } else { bytes }).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same for XML.
fn rewritten(content: &[u8], member: &str, rewrite: impl Fn(String) -> String) -> Vec<u8> {
    tampered(content, member, |xml| rewrite(String::from_utf8(xml).unwrap()).into_bytes())
}

/// A zip container of these members.
pub(super) fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The rows of the first sheet: their numbers and cells.
pub(super) fn first_sheet(content: &[u8]) -> Vec<(u64, Vec<Cell<'static>>)> {
    let (_, table) = read(content, &Limits::default()).unwrap().into_iter().next().unwrap();
    table.into_iter().map(|(number, cells, _)| (number, cells)).collect()
}

/// A workbook stream of these records in a compound file, as Excel 97 writes it.
fn compound(stream: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/Workbook").unwrap().write_all(stream).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn stream_of(xls: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut file = cfb::CompoundFile::open(Cursor::new(xls)).unwrap();
    file.open_stream("/Workbook").unwrap().read_to_end(&mut stream).unwrap();
    stream
}

/// Rewrites the contents of all records of a type.
fn patched(mut stream: Vec<u8>, typ: u16, patch: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut at = 0;
    while at + 4 <= stream.len() {
        let length = usize::from(u16::from_le_bytes([stream[at + 2], stream[at + 3]]));
        if stream[at..at + 2] == typ.to_le_bytes() {
            patch(&mut stream[at + 4..at + 4 + length]);
        }
        at += 4 + length;
    }
    stream
}

#[test]
fn a_table_is_the_same_in_every_format() {
    let limits = Limits::default();
    let tables = read(XLSX, &limits).unwrap();
    let [(sheet, table), (hidden, _)] = tables.as_slice() else { panic!("{}", tables.len()) };
    assert_eq!((sheet.name.as_deref(), sheet.is_hidden, hidden.is_hidden), (Some("Doctors"), false, true));
    let first = [
        Cell::Empty,
        Cell::Number(34.0),
        Cell::Text("José “Größe” €".into()),
        Cell::Date(45935.0),
        Cell::Date(45_935.520_833),
        Cell::Bool(true),
        Cell::Number(12.5),
    ];
    assert_eq!((table[1].0, table[1].1.as_slice()), (4, first.as_slice()));
    assert_eq!((table[3].0, &table[3].1[2]), (9, &Cell::Text("two\nlines".into())));
    assert_eq!(table[3].1[6], Cell::Error("#N/A"));
    assert_eq!(read(XLS, &limits).unwrap(), tables, "xls");
    assert_eq!(read(ODS, &limits).unwrap(), tables, "ods");
}

#[test]
fn the_epoch_of_an_old_workbook_is_its_own() {
    let apple = patched(stream_of(XLS), 0x0022, |mode| mode[0] = 1);
    let tables = read(&compound(&apple), &Limits::default()).unwrap();
    assert!(tables[0].1.iter().all(|(.., epoch)| *epoch == Epoch::Y1904));
}

#[test]
fn passwords_have_their_own_reason() {
    let mut encrypted = stream_of(XLS);
    // After the first record, of 16 bytes and a head of 4.
    encrypted.splice(20..20, [0x2f, 0, 6, 0, 1, 0, 1, 0, 1, 0]);
    let manifest =
        |xml: String| xml.replace("</manifest:manifest>", "<manifest:encryption-data/></manifest:manifest>");
    for content in [compound(&encrypted), rewritten(ODS, "META-INF/manifest.xml", manifest)] {
        assert!(refused(&content, &Limits::default()).contains("protected by a password"));
    }
}

#[test]
fn texts_of_an_old_workbook_are_bounded() {
    let small = Limits { held_bytes: 1000, ..Limits::default() };
    assert!(refused(XLS, &small).contains("more than 1000 bytes"));
}

#[test]
fn the_size_that_an_old_sheet_claims_is_not_believed() {
    let boast = patched(stream_of(XLS), 0x0200, |size| {
        let length = size.len();
        size[..length - 2].fill(0xff);
    });
    assert_eq!(read(&compound(&boast), &Limits::default()).unwrap(), read(XLS, &Limits::default()).unwrap());
}

#[test]
fn sheets_of_an_old_workbook_do_not_overlap() {
    let stream = stream_of(XLS);
    let mut sheet = vec![0x85, 0, 9, 0];
    sheet.extend_from_slice(&[0, 0, 0, 0, 0, 0, 1, 0, b'A']);
    let mut overlapping = stream[..20].to_vec();
    overlapping.extend(sheet.repeat(1000));
    overlapping.extend_from_slice(&stream[20..]);
    let mut file = file_of(&compound(&overlapping));
    let fault = survey(&mut file, Format::Xls, &Limits::default(), &mut |_, _| ControlFlow::Continue(()));
    assert!(fault.unwrap_err().to_string().contains("its sheets overlap"));
}

#[test]
fn a_broken_old_workbook_is_damaged() {
    let stream = stream_of(XLS);
    for length in [3, 21, 600, stream.len() / 2] {
        let message = refused(&compound(&stream[..length]), &Limits::default());
        assert!(message.starts_with("it is damaged ("), "{length}: {message}");
    }
}

#[test]
fn repetition_in_a_spreadsheet_is_bounded() {
    let row = |attributes: &str, cell: &str| {
        rewritten(ODS, "content.xml", |xml| {
            let (before, after) = xml.split_once("</table:table>").unwrap();
            let cell = format!("<table:table-cell office:value-type=\"float\" office:value=\"1\" {cell}/>");
            format!("{before}<table:table-row {attributes}>{cell}</table:table-row></table:table>{after}")
        })
    };
    let many = |kind: &str, times: &str| format!("table:number-{kind}-repeated=\"{times}\"");
    assert_eq!(read(&row("", ""), &Limits::default()).unwrap()[0].1.len(), 5);
    let small = Limits { cells: 100_000, ..Limits::default() };
    assert!(refused(&row(&many("rows", "900000"), &many("columns", "900")), &small).contains("100000 cells"));
    assert!(refused(&row("", &many("columns", "9000000")), &small).contains("16384 columns"));
    assert!(refused(&row(&many("rows", "9000000"), ""), &small).contains("1048576 rows"));
    // Rows that are there only to look nice cost nothing.
    let styled = rewritten(ODS, "content.xml", |xml| {
        let (before, after) = xml.split_once("</table:table>").unwrap();
        let many = many("rows", "1048000");
        format!("{before}<table:table-row {many}><table:table-cell/></table:table-row></table:table>{after}")
    });
    assert_eq!(read(&styled, &Limits::default()).unwrap(), read(ODS, &Limits::default()).unwrap());
}

#[test]
fn a_spreadsheet_without_an_end_is_damaged() {
    for end in ["</table:table>", "</table:table-row>", "</table:table-cell>", "</office:spreadsheet>"] {
        for broken in [
            rewritten(ODS, "content.xml", |xml| xml.replace(end, "")),
            rewritten(ODS, "content.xml", |xml| xml[..xml.find(end).unwrap()].to_owned()),
        ] {
            assert!(refused(&broken, &Limits::default()).starts_with("it is damaged ("), "{end}");
        }
    }
}
