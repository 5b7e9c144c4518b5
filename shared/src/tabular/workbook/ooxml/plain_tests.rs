use std::io::{BufRead, Read};

use crate::tabular::workbook::number_format::Formats;
use crate::tabular::workbook::ooxml::xlsx;
use crate::tabular::workbook::texts::Shared;
use crate::tabular::workbook::xml::Xml;
use crate::tabular::{Epoch, Row};

use super::*;

/// Content of which at first a few bytes are shown, and then a few more at a time.
struct Sight<'c> {
    content: &'c [u8],
    shown: usize,
    step: usize,
    /// Bytes that may be consumed.
    most: usize,
}

impl<'c> Sight<'c> {
    fn new(content: &'c str, shown: usize, step: usize) -> Self {
        Self { content: content.as_bytes(), shown, step, most: usize::MAX }
    }
}

impl Read for Sight<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("it is read through its window")
    }
}

impl BufRead for Sight<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.most == 0 {
            return Err(io::ErrorKind::Other.into());
        }
        self.shown = self.shown.max(1).min(self.content.len());
        Ok(&self.content[..self.shown])
    }

    fn consume(&mut self, count: usize) {
        self.content = &self.content[count..];
        self.shown -= count;
        self.most = self.most.saturating_sub(count);
    }
}

impl Window for Sight<'_> {
    fn more(&mut self) -> io::Result<bool> {
        let before = self.shown;
        self.shown = (self.shown + self.step).min(self.content.len());
        Ok(self.shown > before)
    }
}

const LIMITS: Limits = Limits {
    expanded_bytes: 1 << 20,
    held_bytes: 300,
    ratio: 250,
    entries: 10,
    cells: 60,
    columns: 30,
    text_bytes: 40,
};

type Rows = Vec<(u64, String)>;

fn context() -> Context<'static> {
    let (mut texts, mut formats) = (Texts::default(), Formats::default());
    for text in ["one", "", " ", "two_x0041_"] {
        texts.push(text, &LIMITS).unwrap();
    }
    for number in [0, 14] {
        formats.push(number).unwrap();
    }
    Context { texts: Shared::Read(texts), formats, epoch: Epoch::Y1900 }
}

/// The rows that were passed on, and the fault if there was one; at most `most` of them.
fn read(sheet: &str, step: usize, most: usize) -> (Rows, Option<String>) {
    read_of(Sight::new(sheet, 1, step), &LIMITS, most)
}

fn read_of(sheet: Sight<'_>, limits: &Limits, most: usize) -> (Rows, Option<String>) {
    let (context, mut rows) = (context(), Rows::new());
    let mut each = |row: Row<'_>| {
        rows.push((row.number, format!("{:?}", row.cells)));
        if rows.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let grid = Grid::new(limits, Epoch::Y1900, &mut each);
    let fault = xlsx::rows(Xml::new(sheet, limits.text_bytes), &context, grid).err();
    (rows, fault.map(|fault| fault.to_string()))
}

/// What means the same and is nowhere plain: a blank in the tag that ends a row or a text.
fn strange(xml: &str) -> String {
    xml.replace("</row>", "</row >").replace("</si>", "</si >")
}

/// What is left of some rows once the plain ones are taken, shown bit by bit or at once.
fn left(rows: &str) -> String {
    let content = format!("{rows}</sheetData>");
    let left = |shown| {
        let (context, mut each) = (context(), |_: Row<'_>| ControlFlow::Continue(()));
        let mut grid = Grid::new(&LIMITS, Epoch::Y1900, &mut each);
        let mut plain = PlainRows::new(&context, &mut grid, LIMITS.text_bytes, (0, 0));
        let mut sight = Sight::new(&content, shown, 7);
        assert!(plain.read(&mut sight).unwrap().is_continue());
        String::from_utf8(sight.content.to_vec()).unwrap()
    };
    let bit_by_bit = left(1);
    assert_eq!(bit_by_bit, left(content.len()));
    bit_by_bit
}

#[test]
fn what_programs_write_is_plain() {
    for row in [
        r#"<row r="2" spans="1:12" x14ac:dyDescent="0.25"><c r="A2"><v>5</v></c></row>"#,
        r#"<row r="2" ht="15" customHeight="1"><c r="A2" s="1" t="s"><v>0</v></c><c r="B2" t="n" s="0"/></row>"#,
        r#"<row><c t="str"><f>A1&amp;"x"</f><v>a &lt; &#228;</v></c><c cm="1"><f t="shared" si="0"/><v/></c></row>"#,
        "\r\n  <row r=\"2\">\n<c t=\"inlineStr\">\n<is><t xml:space=\"preserve\"> ä </t></is></c>\n</row>",
        r#"<row r="2"/><row r="3" ></row><row ><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row>"#,
    ] {
        assert_eq!(left(row), "</sheetData>", "{row}");
    }
}

#[test]
fn what_is_not_plain_is_left_whole() {
    let plain = r#"<row r="1"><c r="A1"><v>1</v></c></row>"#;
    for row in [
        r#"<x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row>"#,
        r#"<row r='2'><c r="A2"><v>1</v></c></row>"#,
        r#"<row x:r="2"><c><v>1</v></c></row>"#,
        r#"<row r="2"><c r="A2"><v>1</v></c><c r="B3"><v>2</v></c></row>"#,
        r#"<row r="2"><c r="A2"><v>1</v></c><!-- --><c r="B2"><v>2</v></c></row>"#,
        r#"<row r="2"><c r="A2"><v>1</v><v>2</v></c></row>"#,
        r#"<row r="2"><c r="A2"><v><![CDATA[1]]></v></c></row>"#,
        r#"<row r="2"><c r="A2" t="inlineStr"><is><r><t>1</t></r></is></c></row>"#,
        r#"<row r="2"><c r="A2" t="str"><v>&nbsp;</v></c></row>"#,
        "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>1\r\n2</v></c></row>",
        r#"<row r="2"><c r="A2" t="str"><v>12345678901234567890123456789012345678901</v></c></row>"#,
        r#"<row r="" r="2"><c><v>1</v></c></row>"#,
        r#"<row spans="1:3" r="x"><c><v>1</v></c></row>"#,
        r#"<row r="2x"><c><v>1</v></c></row>"#,
        r#"<row r="2x><c r="A2"><v>1</v></c></row>"#,
        r#"<row r="2"><c r="A2"><v>1</v></c>"#,
        "<rowx/>",
    ] {
        assert_eq!(left(&format!("{plain}{row}")), format!("{row}</sheetData>"));
    }
}

/// Rows as programs write them, of all shapes that are read in a way of their own.
const USUAL: &str = concat!(
    r#"<worksheet><sheetData><row r="1" spans="1:3"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>3</v></c></row>"#,
    r#"<row r="2" spans="1:3"><c r="A2" s="1"><v>44927.262511574074</v></c><c r="AB2" t="b"><v>1</v></c></row>"#,
    r#"<row r="9" spans="1:3"><c r="A9" s="7" t="n"><v>-39.42</v></c><c r="B9" t="s" s="1"><v>00000000</v></c></row>"#,
    r#"<row r="10" ht="15"><c r="A10"><v>202300000000</v></c><c r="B10" t="b"><v>0</v></c></row>"#,
    r#"<row r="11" ht="15"><c r="A11" t="str"><v>a</v></c><c r="B11" t="e"><v>#N/A</v></c><c r="C11"><v/></c></row>"#,
    r#"<row r="11"><c r="D11"><v>1</v></c></row><row r="12"><c r="A12"><v>9</v></c></row></sheetData></worksheet>"#,
);

#[test]
fn rows_are_the_same_wherever_a_block_ends() {
    let whole = read(&strange(USUAL), USUAL.len(), 9);
    assert_eq!((whole.0.len(), &whole.1), (6, &None));
    for shown in 0..USUAL.len() {
        for step in [1, 8, USUAL.len()] {
            assert_eq!(read_of(Sight::new(USUAL, shown, step), &LIMITS, 9), whole, "{shown} {step}");
        }
    }
}

#[test]
fn many_rows_are_read_and_end_as_one_after_the_other_does() {
    let limits = Limits { cells: 1600, ..LIMITS };
    let row = |number: u32, text: &str| {
        format!(
            r#"<row r="{number}"><c r="A{number}"><v>{number}.5</v></c><c r="B{number}" t="s"><v>{text}</v></c></row>"#
        )
    };
    let sheet = |count: u32, broken: &[(u32, &str)]| {
        let text = |number| broken.iter().find(|row| row.0 == number).map_or("3", |row| row.1);
        let rows: String = (1..=count).map(|number| row(number, text(number))).collect();
        format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
    };
    // All of them, too many, a text that is not there, one before what is not plain, and one behind it.
    let sheets = [
        sheet(700, &[]),
        sheet(900, &[]),
        sheet(700, &[(450, "4")]),
        sheet(700, &[(450, "9"), (451, "<!-- -->1")]),
        sheet(700, &[(449, "<!-- -->1"), (450, "9")]),
    ];
    let expected = [(700, None), (800, Some("cells in one sheet"))];
    let expected = expected.into_iter().chain([(449, Some("a text that is not there")); 3]);
    for (sheet, (count, fault)) in sheets.iter().zip(expected) {
        for most in [1, 127, 128, 129, 448, 449, 1000] {
            let one_by_one = read_of(Sight::new(&strange(sheet), 1, 100), &limits, most);
            for step in [100, 10_000, 1 << 20] {
                let read = read_of(Sight::new(sheet, 1, step), &limits, most);
                assert!(read == one_by_one, "{most} {step}");
            }
            assert_eq!(one_by_one.0.len(), count.min(most));
            let broke_off =
                fault.filter(|_| most > count).is_none_or(|fault| one_by_one.1.unwrap().contains(fault));
            assert!(broke_off, "{most}");
        }
    }
}

#[test]
fn no_row_is_put_behind_what_is_too_much() {
    let row =
        |number: u32| format!("<row r=\"{number}\"><c r=\"A{number}\"><v>1</v></c><c><v>2</v></c></row>");
    let start = "<worksheet><sheetData>";
    let sheet: String = std::iter::once(start.to_owned()).chain((1..300).map(row)).collect();
    let limits = Limits { cells: 1000, ..LIMITS };
    for last in [2, 100, 128, 129, 200] {
        let most = start.len() + (1..=last).map(|number| row(number).len()).sum::<usize>();
        let sight = Sight { most, ..Sight::new(&sheet, 1, sheet.len()) };
        let (rows, fault) = read_of(sight, &limits, 1000);
        assert_eq!((rows.last().map(|row| row.0), fault.is_some()), (Some(u64::from(last) - 1), true));
    }
}

#[test]
fn bounds_on_text_hold_for_short_values_too() {
    for text_bytes in 0..30 {
        let limits = Limits { text_bytes, ..LIMITS };
        let read = |sheet: &str| read_of(Sight::new(sheet, 1, 4000), &limits, 9);
        assert_eq!(read(USUAL), read(&strange(USUAL)), "{text_bytes}");
    }
}

#[path = "plain_or_not_tests.rs"]
mod plain_or_not;
