//! Workbooks that are not what a spreadsheet program writes.

use std::io::{Cursor, Write as _};

use super::{Hostile, HostileError, file};
use crate::sheet;

const SHEETS: &str =
    r#"<workbook xmlns:r="x"><sheets><sheet name="Doctors" sheetId="1" r:id="a"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="b" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const ODS_TYPE: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

/// An old workbook of a sheet without a cell: the records BOF, the sheet's name and EOF, and those of the sheet.
const OLD: &[u8] = include_bytes!("../../../fuzz/seeds/xls/workbook.bin");

pub(super) fn files() -> Result<Vec<Hostile>, HostileError> {
    let mut files = too_large()?;
    files.extend(corrupt()?);
    files.extend(others()?);
    Ok(files)
}

fn too_large() -> Result<Vec<Hostile>, HostileError> {
    let deep = "<a>".repeat(100_000);
    let beyond = r#"<row r="1048577"><c><v>1</v></c></row>"#;
    let aside = r#"<row r="2"><c r="ZZZZZ2"><v>1</v></c></row>"#;
    let string = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(9 << 20));
    // The record of a sheet, of 256 MB by its own account.
    let record = sheet::archive(&[
        ("_rels/.rels", relation("xl/workbook.bin").as_bytes()),
        ("xl/workbook.bin", b"\x9c\x01\xff\xff\xff\x7fA"),
    ]);
    let large = |name, content: Vec<u8>| file(name, content, "Rejected.TooLarge");
    Ok(vec![
        large("deep.xlsx", of_sheet(&sheet_of(&deep))?),
        large("deep-below.xlsx", of_sheet(&sheet_of(&(many_rows() + &deep)))?),
        large("row-beyond.xlsx", of_sheet(&sheet_of(beyond))?),
        large("column-beyond.xlsx", of_sheet(&sheet_of(aside))?),
        large("long-cell.xlsx", of_sheet(&sheet_of(&row(2, "1", &"x".repeat(2 << 20))))?),
        large("long-string.xlsx", of_strings(&string)?),
        large("long-record.xlsb", record?),
        large("repeated.ods", spreadsheet("1048576", "16384")?),
        large("repeated-beyond.ods", spreadsheet("9000000", "1")?),
    ])
}

fn corrupt() -> Result<Vec<Hostile>, HostileError> {
    let laughs: String = (1..10)
        .map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)))
        .collect();
    let entities = format!("<!DOCTYPE worksheet [<!ENTITY l0 \"lol\">{laughs}]>");
    let torn =
        row(3, "1", "CANARY-PERSON") + &row(2, "2", "B") + r#"<row r="3"><c r="D3"><v>4</v></c></row>"#;
    let old = compound("/Workbook", OLD)?;
    let corrupt = |name, content: Vec<u8>| file(name, content, "Rejected.CorruptFile");
    Ok(vec![
        corrupt("entities.xlsx", of_sheet(&(entities + &sheet_of(&row(2, "1", "&l9;"))))?),
        corrupt("breaks-off.xlsx", of_sheet(&(open_sheet() + &many_rows() + "<row r=\"400\"><c><v>1"))?),
        corrupt("torn-row.xlsx", of_sheet(&sheet_of(&torn))?),
        corrupt("no-such-string.xlsx", of_strings("<sst/>")?),
        corrupt("breaks-off.xls", compound("/Workbook", OLD.get(..21).unwrap_or_default())?),
        corrupt("no-container.xls", old.into_iter().take(600).collect()),
    ])
}

fn others() -> Result<Vec<Hostile>, HostileError> {
    let (password, unsupported) = ("Rejected.PasswordProtected", "Rejected.UnsupportedFormat");
    // A password's record stands behind the first one, of 16 bytes and a head of 4.
    let (first, rest) = OLD.split_at_checked(20).unwrap_or_default();
    let encrypted = [first, &[0x2f, 0, 6, 0, 1, 0, 1, 0, 1, 0], rest].concat();
    let manifest = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry>\
                    </manifest:manifest>";
    let ods = sheet::archive(&[
        ("mimetype", ODS_TYPE),
        ("content.xml", b"\x8f\x01"),
        ("META-INF/manifest.xml", manifest.as_bytes()),
    ]);
    let letter = sheet::archive(&[
        ("_rels/.rels", relation("word/document.xml").as_bytes()),
        ("word/document.xml", b"<w:document/>"),
    ]);
    let bare = sheet::archive(&[("xl/workbook.xml", b"<workbook><sheets/></workbook>")]);
    Ok(vec![
        file("password.ods", ods?, password),
        file("password.xls", compound("/Workbook", &encrypted)?, password),
        file("no-sheet.xlsx", bare?, "Rejected.EmptyFile"),
        file("letter.docx", letter?, unsupported),
        file("letter.doc", compound("/WordDocument", b"dear")?, unsupported),
        file("excel-4.xls", b"\x09\x04\x06\0\0\0\x10\0\0\0", unsupported),
    ])
}

/// What a package says of its main part.
fn relation(target: &str) -> String {
    let kind = "Type=\"x/officeDocument\"";
    format!("<Relationships><Relationship Id=\"r\" {kind} Target=\"{target}\"/></Relationships>")
}

pub(super) fn row(number: u32, id: &str, name: &str) -> String {
    format!(
        "<row r=\"{number}\"><c><v>{id}</v></c><c t=\"str\"><v>{name}</v></c><c t=\"str\"><v>Surgery</v></c></row>"
    )
}

/// More than are looked at to recognise a dataset.
fn many_rows() -> String {
    (2..300).map(|number| row(number, &number.to_string(), "CANARY-PERSON")).collect()
}

fn open_sheet() -> String {
    let header: String =
        ["doctor_id", "name", "specialty"].map(|name| format!("<c t=\"str\"><v>{name}</v></c>")).concat();
    format!("<worksheet><sheetData><row r=\"1\">{header}</row>")
}

/// A sheet of doctors with these rows below the header.
pub(super) fn sheet_of(rows: &str) -> String {
    open_sheet() + rows + "</sheetData></worksheet>"
}

/// A workbook of this sheet.
pub(super) fn of_sheet(sheet: &str) -> Result<Vec<u8>, HostileError> {
    of_parts(sheet, "<sst/>")
}

/// A workbook of a sheet that asks for the fourth of these strings.
fn of_strings(strings: &str) -> Result<Vec<u8>, HostileError> {
    of_parts(&sheet_of(r#"<row r="2"><c><v>1</v></c><c t="s"><v>3</v></c></row>"#), strings)
}

fn of_parts(sheet: &str, strings: &str) -> Result<Vec<u8>, HostileError> {
    Ok(sheet::archive(&[
        ("xl/workbook.xml", SHEETS.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])?)
}

/// A spreadsheet of doctors whose last row is repeated, and its cell.
fn spreadsheet(rows: &str, columns: &str) -> Result<Vec<u8>, HostileError> {
    let header = ["doctor_id", "name"].map(|name| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{name}</text:p></table:table-cell>")
    });
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"Doctors\">\
         <table:table-row>{}</table:table-row><table:table-row table:number-rows-repeated=\"{rows}\">\
         <table:table-cell office:value-type=\"float\" office:value=\"1\" \
         table:number-columns-repeated=\"{columns}\"/></table:table-row></table:table>\
         </office:spreadsheet></office:body></office:document-content>",
        header.concat()
    );
    Ok(sheet::archive(&[("mimetype", ODS_TYPE), ("content.xml", content.as_bytes())])?)
}

fn compound(stream: &str, content: &[u8]) -> Result<Vec<u8>, HostileError> {
    let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new()))?;
    container.create_stream(stream)?.write_all(content)?;
    container.flush()?;
    Ok(container.into_inner().into_inner())
}
