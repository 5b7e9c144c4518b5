use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::tabular::tests::{first_sheet, read, refused};
use crate::tabular::{Cell, Epoch, Limits};

const RELATIONS: &str = r#"<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.bin"/>
    <Relationship Id="b" Type="x/sharedStrings" Target="sharedStrings.bin"/>
    <Relationship Id="c" Type="x/styles" Target="styles.bin"/></Relationships>"#;

/// A record: its type and its length of seven bits to a byte, and its content.
fn record(typ: u16, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut number in [usize::from(typ), content.len()] {
        while number > 0x7f {
            bytes.push(0x80 | u8::try_from(number & 0x7f).unwrap());
            number >>= 7;
        }
        bytes.push(u8::try_from(number).unwrap());
    }
    bytes.extend_from_slice(content);
    bytes
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u32::try_from(units.len()).unwrap().to_le_bytes();
    length.into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}

fn cell(typ: u16, column: u32, style: u32, value: &[u8]) -> Vec<u8> {
    record(typ, &[&column.to_le_bytes(), &style.to_le_bytes(), value].concat())
}

fn workbook(cells: &[Vec<u8>]) -> Vec<u8> {
    let sheet = [&0_u32.to_le_bytes()[..], &1_u32.to_le_bytes(), &wide("a"), &wide("Größe")].concat();
    let book = [record(0x99, &[1, 0, 0, 0]), record(0x9c, &sheet)].concat();
    let format = |number: u16| record(0x2f, &[[0, 0], number.to_le_bytes()].concat());
    let custom = record(0x2c, &[&170_u16.to_le_bytes()[..], &wide("dd.mm.yyyy")].concat());
    let styles =
        [custom, format(14), record(0x269, &[]), format(0), format(170), record(0x26a, &[])].concat();
    let texts = record(0x13, &[&[0][..], &wide("shared €")].concat());
    let row = record(0, &[&6_u32.to_le_bytes()[..], &[0; 8]].concat());
    let rows = [record(0x91, &[]), row, cells.concat(), record(0x92, &[])].concat();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("xl/workbook.bin", &book[..]),
        ("xl/_rels/workbook.bin.rels", RELATIONS.as_bytes()),
        ("xl/styles.bin", &styles),
        ("xl/sharedStrings.bin", &texts),
        ("xl/worksheets/sheet1.bin", &rows),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn cells_of_all_kinds_are_read() {
    let rich = [&[1][..], &wide("rich"), &[9, 9]].concat();
    let cells = [
        cell(0x02, 0, 0, &(34_u32 << 2 | 2).to_le_bytes()),
        cell(0x05, 1, 1, &45935.5_f64.to_le_bytes()),
        cell(0x03, 2, 0, &[0x2a]),
        cell(0x04, 3, 0, &[1]),
        cell(0x06, 4, 0, &wide("own")),
        cell(0x07, 5, 0, &0_u32.to_le_bytes()),
        cell(0x08, 6, 0, &wide("formula")),
        cell(0x09, 7, 0, &1.5_f64.to_le_bytes()),
        cell(0x0a, 8, 0, &[0]),
        cell(0x0b, 9, 0, &[0x07]),
        cell(0x3e, 10, 0, &rich),
        cell(0x01, 11, 1, &[]),
    ];
    let text = |text: &'static str| Cell::Text(text.into());
    let row = vec![
        Cell::Number(34.0),
        Cell::Date(45935.5),
        Cell::Error("#N/A"),
        Cell::Bool(true),
        text("own"),
        text("shared €"),
        text("formula"),
        Cell::Number(1.5),
        Cell::Bool(false),
        Cell::Error("#DIV/0!"),
        text("rich"),
    ];
    assert_eq!(first_sheet(&workbook(&cells)), [(7, row)]);
    let tables = read(&workbook(&cells), &Limits::default()).unwrap();
    assert_eq!((tables[0].0.name.as_deref(), tables[0].1[0].2), (Some("Größe"), Epoch::Y1904));
}

#[test]
fn a_record_that_breaks_off_or_claims_too_much_is_refused() {
    let refused = |cells: &[Vec<u8>]| refused(&workbook(cells), &Limits::default());
    assert!(refused(&[cell(0x05, 0, 0, &[0; 4])]).contains("its records cannot be told apart"));
    assert!(refused(&[cell(0x06, 0, 0, &[9, 0, 0, 0, 65, 0])]).contains("its records cannot be told apart"));
    assert!(refused(&[vec![0x06, 0xff, 0xff, 0xff, 0x7f]]).contains("bytes in one record"));
    assert!(refused(&[cell(0x07, 0, 0, &[7, 0, 0, 0])]).contains("a text that is not there"));
}
