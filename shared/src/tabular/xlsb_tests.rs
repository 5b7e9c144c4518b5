//! Binary workbooks.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::tests::{read, refused, tampered};
use super::*;

/// A record of a binary workbook.
fn record(typ: u16, content: &[u8]) -> Vec<u8> {
    let mut record = match typ {
        0..0x80 => vec![u8::try_from(typ).unwrap()],
        _ => vec![u8::try_from(typ & 0x7f).unwrap() | 0x80, u8::try_from(typ >> 7).unwrap()],
    };
    record.push(u8::try_from(content.len()).unwrap());
    assert!(content.len() < 0x80);
    record.extend_from_slice(content);
    record
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u32::try_from(units.len()).unwrap().to_le_bytes();
    length.into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}

/// No tool at hand writes .xlsb: this is the fixture's second row as [MS-XLSB] has it, with a hidden sheet.
fn xlsb() -> Vec<u8> {
    let sheet = |state: u8, name: &str| {
        let head = [state, 0, 0, 0, 1, 0, 0, 0].to_vec();
        record(0x9c, &[head, wide("rId1"), wide(name)].concat())
    };
    let workbook = [
        record(0x99, &[1, 0, 0, 0]),
        sheet(1, "Old"),
        sheet(0, "Doctors"),
        record(0x90, &[]),
        record(0x9d, &[]),
    ];
    let format = |code: u8| record(0x2f, &[0, 0, code, 0, 0, 0]);
    let styles = [record(0x269, &[2, 0, 0, 0]), format(0), format(14)];
    let cell = |typ: u16, column: u8, style: u8, value: &[u8]| {
        record(typ, &[&[column, 0, 0, 0, style, 0, 0, 0], value].concat())
    };
    let sheet = [
        record(0x94, &[0; 16]),
        record(0x91, &[]),
        record(0, &[3, 0, 0, 0]),
        cell(5, 1, 0, &34_f64.to_le_bytes()),
        cell(7, 2, 0, &[0; 4]),
        cell(5, 3, 1, &45_935_f64.to_le_bytes()),
        cell(6, 4, 0, &wide("inline")),
        cell(4, 5, 0, &[1]),
        cell(3, 6, 0, &[0x2a]),
        record(0x92, &[]),
    ];
    let text = [vec![0], wide("José “Größe” €")].concat();
    let texts = [record(0x9f, &[1, 0, 0, 0, 1, 0, 0, 0]), record(0x13, &text)];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let relation =
        br#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin"/></Relationships>"#;
    for (name, content) in [
        ("xl/workbook.bin", workbook.concat()),
        ("xl/_rels/workbook.bin.rels", relation.to_vec()),
        ("xl/styles.bin", styles.concat()),
        ("xl/sharedStrings.bin", texts.concat()),
        ("xl/worksheets/sheet1.bin", sheet.concat()),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_binary_workbook_is_read_as_any_other() {
    let tables = read(&xlsb(), &Limits::default()).unwrap();
    let row = vec![
        Cell::Empty,
        Cell::Number(34.0),
        Cell::Text("José “Größe” €".into()),
        Cell::Date(45935.0),
        Cell::Text("inline".into()),
        Cell::Bool(true),
        Cell::Error("#N/A"),
    ];
    assert_eq!(tables, [(Some("Doctors".to_owned()), vec![(4, row, Epoch::Y1904)])]);
}

#[test]
fn a_broken_binary_workbook_is_damaged() {
    for member in ["xl/workbook.bin", "xl/styles.bin", "xl/sharedStrings.bin", "xl/worksheets/sheet1.bin"] {
        let broken = tampered(&xlsb(), member, |content| content[..content.len() / 2].to_vec());
        let message = refused(&broken, &Limits::default());
        assert!(message.starts_with("it is damaged ("), "{member}: {message}");
    }
}
