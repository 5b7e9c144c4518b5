//! What must hold for any bytes: the bodies of the fuzz targets in `tests/fuzz`, which a test runs over seeds as well.
//!
//! A reader may refuse what it is given, with a reason; it never panics, never reads a row in two pieces, and reads the
//! same twice.

#![expect(clippy::expect_used, reason = "what cannot be set up has failed")]

use std::collections::HashSet;
use std::fs::File;
use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;

use rounds_shared::catalog::{Catalog, Files};
use rounds_shared::failure::Failure as _;
use rounds_shared::payload::Format;
use rounds_shared::tabular::{self, Archive, Limits, Pieces};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Small bounds: what is wrong at large sizes is tested elsewhere, and here only costs time.
const LIMITS: Limits = Limits {
    expanded_bytes: 64 << 20,
    held_bytes: 16 << 20,
    ratio: 250,
    entries: 1_000,
    cells: 1_000_000,
    columns: 16_384,
    text_bytes: 1 << 20,
};

/// A file of any kind.
pub fn file(bytes: &[u8]) {
    let mut file = spooled(bytes);
    match tabular::detect(&mut file) {
        Ok(Format::Zip) => {
            let Ok(mut archive) = Archive::open(&mut file, &LIMITS) else { return };
            for name in archive.members().unwrap_or_default() {
                let Ok(mut member) = archive.member(&name) else { continue };
                if let Ok(format) = tabular::detect(&mut member) {
                    all_sheets(&mut member, format);
                }
            }
        }
        Ok(format) => all_sheets(&mut file, format),
        Err(_) => {}
    }
}

/// Delimited text. Cut into pieces it has the records that it has as a whole.
pub fn delimited(bytes: &[u8]) {
    let mut file = spooled(bytes);
    let rows = rows(&mut file, Format::Csv, None);
    let pieces = Pieces { bytes: 64, records: 3, count: 100_000 };
    if let (Ok(rows), Ok(cuts)) = (rows, tabular::cut(&mut file, "", 1, pieces, &LIMITS)) {
        let last = cuts.last().map_or(0, |cut| cut.to);
        assert!(last <= bytes.len() as u64, "no piece ends behind the file");
        assert!(
            cuts.windows(2).all(|pair| matches!(pair, [one, next] if one.to == next.from)),
            "pieces follow each other"
        );
        assert!(rows < 2 || !cuts.is_empty(), "no record is left out");
    }
}

/// The sheet of a workbook of Office Open XML. How plainly it is written makes no difference.
pub fn xlsx(sheet: &[u8]) {
    let sheets = [sheet.to_vec(), unplain(sheet, b"</row>")];
    let workbooks = sheets.map(|sheet| workbook(&sheet, SHARED_STRINGS));
    file(&workbooks[0]);
    alike(&workbooks, sheet);
}

/// The texts that cells of a workbook of Office Open XML share. How plainly they are written makes no difference.
pub fn texts(texts: &[u8]) {
    const SHEET: &[u8] = br#"<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>
        <row><c t="s"><v>2</v></c><c t="s"><v>3</v></c></row><row><c t="s"><v>9</v></c></row></sheetData></worksheet>"#;
    alike(&[texts.to_vec(), unplain(texts, b"</si>")].map(|texts| workbook(SHEET, &texts)), texts);
}

fn workbook(sheet: &[u8], texts: &[u8]) -> Vec<u8> {
    packed(&[
        ("[Content_Types].xml", CONTENT_TYPES),
        ("_rels/.rels", ROOT_RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sharedStrings.xml", texts),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

/// XML with a blank in each tag of these that end an element: it means the same, and no program writes it.
fn unplain(xml: &[u8], end: &[u8]) -> Vec<u8> {
    let mut unplain = Vec::with_capacity(xml.len());
    for byte in xml {
        unplain.push(*byte);
        if unplain.ends_with(end) {
            unplain.insert(unplain.len() - 1, b' ');
        }
    }
    unplain
}

/// Both workbooks hold the same, or are refused for the same reason; but where a tag may be text, it may differ.
fn alike(workbooks: &[Vec<u8>; 2], xml: &[u8]) {
    if !xml.windows(9).any(|bytes| bytes == b"<![CDATA[") {
        let [one, other] = workbooks.each_ref().map(|workbook| content(&mut spooled(workbook)));
        assert!(one == other, "a row is read the same way however it is written");
    }
}

/// All rows of the first sheet, and the name of the reason why no more of it can be read.
fn content(file: &mut File) -> (Vec<String>, Option<&'static str>) {
    let mut rows = Vec::new();
    let read = tabular::rows(file, Format::Xlsx, Some("A"), &LIMITS, &mut |row| {
        rows.push(format!("{row:?}"));
        ControlFlow::Continue(())
    });
    (rows, read.err().map(|reason| reason.name().as_str()))
}

/// The parts of a binary workbook: the workbook and its sheet, which may be the same bytes.
pub fn xlsb(sheet: &[u8]) {
    file(&packed(&[
        ("_rels/.rels", ROOT_RELATIONS),
        ("xl/workbook.bin", XLSB_WORKBOOK),
        ("xl/_rels/workbook.bin.rels", RELATIONS_BINARY),
        ("xl/worksheets/sheet1.bin", sheet),
    ]));
}

/// The stream of a workbook of Excel before 2007.
pub fn xls(stream: &[u8]) {
    let Ok(mut container) = cfb::CompoundFile::create(Cursor::new(Vec::new())) else { return };
    let written = container.create_stream("/Workbook").and_then(|mut workbook| workbook.write_all(stream));
    if written.and_then(|()| container.flush()).is_ok() {
        file(&container.into_inner().into_inner());
    }
}

/// The content of an OpenDocument spreadsheet.
pub fn ods(content: &[u8]) {
    file(&packed(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content),
    ]));
}

/// The text of a dataset's contract.
pub fn contract(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut files = Files::embedded();
    files.0.insert("demo/fuzzed.toml".to_owned(), text);
    if let Err(mistakes) = Catalog::from_files(&files) {
        assert!(!mistakes.to_string().is_empty());
    }
}

/// Reads every sheet twice.
fn all_sheets(file: &mut File, format: Format) {
    let Ok(sheets) = tabular::sheets(file, format, &LIMITS) else { return };
    for sheet in sheets.iter().take(20) {
        let first = rows(file, format, sheet.name.as_deref());
        let again = rows(file, format, sheet.name.as_deref());
        assert_eq!(first, again, "a sheet is read the same way each time");
    }
}

/// How many rows a sheet has, or the name of the reason why it cannot be read.
fn rows(file: &mut File, format: Format, sheet: Option<&str>) -> Result<usize, &'static str> {
    let mut numbers = HashSet::new();
    let mut rows = 0;
    tabular::rows(file, format, sheet, &LIMITS, &mut |row| {
        numbers.insert(row.number);
        assert!(row.cells.iter().any(|cell| !cell.is_blank()), "a row has a value");
        rows += 1;
        ControlFlow::Continue(())
    })
    .map_err(|reason| reason.name().as_str())?;
    assert_eq!(numbers.len(), rows, "no row is read in two pieces");
    Ok(rows)
}

fn spooled(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

/// A zip container of these members, stored as they are.
fn packed(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in members {
        zip.start_file(*name, options).expect("a member");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("a container").into_inner()
}

const CONTENT_TYPES: &[u8] =
    br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const ROOT_RELATIONS: &[u8] = br#"<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &[u8] =
    br#"<workbook xmlns:r="x"><sheets><sheet name="A" sheetId="1" r:id="a"/></sheets></workbook>"#;
const RELATIONS: &[u8] =
    br#"<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="b" Type="x/sharedStrings" Target="sharedStrings.xml"/>
    <Relationship Id="c" Type="x/styles" Target="styles.xml"/></Relationships>"#;
const RELATIONS_BINARY: &[u8] = br#"<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>"#;
const SHARED_STRINGS: &[u8] =
    br#"<sst uniqueCount="2"><si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si></sst>"#;
const STYLES: &[u8] = br#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
/// A sheet `A` of the relation `a`: its record, of type 0x9c, alone.
const XLSB_WORKBOOK: &[u8] = b"\x9c\x01\x14\0\0\0\0\x01\0\0\0\x01\0\0\0a\0\x01\0\0\0A\0";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    type Target = fn(&[u8]);

    const TARGETS: [(&str, Target); 7] = [
        ("contract", contract),
        ("delimited", delimited),
        ("ods", ods),
        ("texts", texts),
        ("xls", xls),
        ("xlsb", xlsb),
        ("xlsx", xlsx),
    ];

    #[test]
    fn no_reader_panics_on_a_good_input_that_was_damaged() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
        let mut random = fastrand::Rng::with_seed(3);
        for (name, target) in TARGETS {
            for seed in fs::read_dir(seeds.join(name)).unwrap() {
                let seed = fs::read(seed.unwrap().path()).unwrap();
                target(&seed);
                for _ in 0..400 {
                    target(&damaged(&seed, &mut random));
                }
            }
        }
    }

    /// A few bytes changed, taken out, put in or doubled.
    fn damaged(seed: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..bytes.len().max(1)).min(bytes.len());
            let end = (at + random.usize(..16)).min(bytes.len());
            match random.u8(..4) {
                0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.u8(..)),
                1 => drop(bytes.drain(at..end)),
                2 => bytes.insert(at, random.u8(..)),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    }
}
