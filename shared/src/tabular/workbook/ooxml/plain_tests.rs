use std::io::{BufRead, Read};

use proptest::prelude::*;

use crate::tabular::workbook::number_format::Formats;
use crate::tabular::workbook::ooxml::xlsx;
use crate::tabular::workbook::texts::{NextText, Shared};
use crate::tabular::workbook::xml::Xml;
use crate::tabular::{Epoch, Row};

use super::*;

/// Content of which at first one byte is shown, and then a few more at a time.
struct Sight<'c> {
    content: &'c [u8],
    shown: usize,
    step: usize,
}

impl<'c> Sight<'c> {
    fn new(content: &'c str, step: usize) -> Self {
        Self { content: content.as_bytes(), shown: 1, step }
    }
}

impl Read for Sight<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("it is read through its window")
    }
}

impl BufRead for Sight<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.shown = self.shown.max(1).min(self.content.len());
        Ok(&self.content[..self.shown])
    }

    fn consume(&mut self, count: usize) {
        self.content = &self.content[count..];
        self.shown -= count;
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
    let (context, mut rows) = (context(), Rows::new());
    let mut each = |row: Row<'_>| {
        rows.push((row.number, format!("{:?}", row.cells)));
        if rows.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let grid = Grid::new(&LIMITS, Epoch::Y1900, &mut each);
    let fault = xlsx::rows(Xml::new(Sight::new(sheet, step), LIMITS.text_bytes), &context, grid).err();
    (rows, fault.map(|fault| fault.to_string()))
}

/// What means the same and is nowhere plain: a blank in the tag that ends a row or a text.
fn strange(xml: &str) -> String {
    xml.replace("</row>", "</row >").replace("</si>", "</si >")
}

/// What is left of some rows once the plain ones are taken.
fn left(rows: &str) -> String {
    let content = format!("{rows}</sheetData>");
    let (context, mut each) = (context(), |_: Row<'_>| ControlFlow::Continue(()));
    let mut grid = Grid::new(&LIMITS, Epoch::Y1900, &mut each);
    let mut plain = PlainRows { context: &context, grid: &mut grid, text_bytes: 40, place: (0, 0) };
    let mut sight = Sight::new(&content, 7);
    assert!(plain.read(&mut sight).unwrap().is_continue());
    String::from_utf8(sight.content.to_vec()).unwrap()
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
        r#"<row r="1"><c r="B1"><v>1</v></c></row>"#,
        r#"<row r="2"><c r="A2"><v>1</v></c>"#,
        "<rowx/>",
    ] {
        assert_eq!(left(&format!("{plain}{row}")), format!("{row}</sheetData>"));
    }
}

/// Pieces of sheets, as programs write them and as no program should.
fn piece() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<f64>().prop_map(|number| number.to_string()),
        "-?[0-9]{0,17}\\.?[0-9]{0,17}",
        "[0-9]{1,3}",
        Just("1E3".to_owned()),
        Just(" 7\n".to_owned()),
    ];
    let text = prop_oneof![
        "[ -%'-;=-~äあ]{0,12}",
        "[a-c]{38,42}",
        Just("a&amp;b&#10;c&#xe4;".to_owned()),
        Just("_x000D_b\rc".to_owned()),
        Just("&nope;".to_owned()),
        Just("a & b".to_owned()),
    ];
    let content = prop_oneof![
        4 => number.prop_map(|number| format!("<v>{number}</v>")),
        4 => "[0-5]".prop_map(|index| format!("<v>{index}</v>")),
        2 => text.clone().prop_map(|text| format!("<v>{text}</v>")),
        2 => text.clone().prop_map(|text| format!("<is><t>{text}</t></is>")),
        1 => text.clone().prop_map(|text| format!("<is><r><t>{text}</t></r></is>")),
        1 => text.prop_map(|text| format!("<f>{text}</f><v>1</v>")),
        1 => prop::sample::select(vec!["", "<v/>", "<f/>", "<f/><v></v>", "<v>1</v><v>2</v>", " <v>1</v>\n", "<x/>", "<!-- -->", "x", "<v><y/>3</v>", "<is/>", "<v>1"])
            .prop_map(str::to_owned),
    ];
    let attributes = prop::sample::select(vec![
        "",
        r#" t="s""#,
        r#" t="s""#,
        r#" t="str""#,
        r#" t="inlineStr""#,
        r#" t="b""#,
        r#" t="e""#,
        r#" t="d""#,
        r#" s="1""#,
        r#" s="1" t="n""#,
        r#" t="n" s="x""#,
        r#" cm="1" s="1""#,
        r#" s="1" s="0""#,
        " t='s'",
        r#"  t="s""#,
        r#" x:t="s""#,
        " t",
        r#" t="&#115;""#,
    ]);
    let place = prop::sample::select(vec![
        "",
        r#" r="A{}""#,
        r#" r="B{}""#,
        r#" r="C{}""#,
        r#" r="AA{}""#,
        r#" r="AE{}""#,
        r#" r="a{}""#,
        r#" r="$D${}""#,
        r#" r="A0{}""#,
        r#" r="A9""#,
        r#" r="A""#,
        r#" r="{}""#,
    ]);
    (place, attributes, content).prop_map(|(place, attributes, content)| {
        if content.is_empty() {
            format!("<c{place}{attributes}/>")
        } else {
            format!("<c{place}{attributes}>{content}</c>")
        }
    })
}

fn sheet() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        "<row>",
        r#"<row r="{}">"#,
        r#"<row r="{}">"#,
        r#"<row r="{}" spans="1:3">"#,
        r#"<row spans="1:3" r="{}">"#,
        r#"<row x:r="{}">"#,
        r#"<row r="0{}">"#,
        r#"<row r="+{}">"#,
        r#"<row r="x">"#,
        r#"<row r="1" r="{}">"#,
        "<row >",
        "<row><c",
        "<row r={}>",
        "</sheetData><row>",
    ]);
    let end = prop::sample::select(vec![
        "</row>",
        "</row>",
        "</row>",
        "</row>",
        "</row>\r\n",
        "</row >",
        "</row><!-- -->",
        "<row/></row>",
        "",
    ]);
    let row = (start, prop::collection::vec(piece(), 0..4), end, 0..5_u32);
    prop::collection::vec(row, 1..7).prop_map(|rows| {
        let rows = (1_u32..).zip(rows).map(|(number, (start, cells, end, shift))| {
            // Now and then a row is out of order.
            let number = if shift == 0 { 3 } else { number };
            format!("{start}{}{end}", cells.concat()).replace("{}", &number.to_string())
        });
        format!("<worksheet><sheetData>{}</sheetData></worksheet>", rows.collect::<String>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn plain_rows_are_read_as_all_others_are(sheet in sheet(), step in 1..2000_usize, most in 1..9_usize) {
        prop_assert_eq!(read(&sheet, step, most), read(&strange(&sheet), step, most));
    }

    #[test]
    fn plain_texts_are_read_as_all_others_are(
        texts in prop::collection::vec(
            prop::sample::select(vec![
                "<si><t>one</t></si>", "<si><t xml:space=\"preserve\"> two </t></si>", "<si><t/></si>", "<si/>", "<si><t></t></si>\n",
                "<si><r><t>rich</t></r></si>", "<si><t>a&amp;b_x000D_</t></si>", "<si><t>a\r\nb</t></si>", "<si><t>a&b</t></si>",
                "<si><t>1234567890123456789012345678901234567890</t></si>", "<si><t>12345678901234567890123456789012345678901</t></si>",
                "<si><t><![CDATA[x]]></t></si>", "<x:si><x:t>x</x:t></x:si>", "<si>", "<si><t>ä</t><rPh><t>x</t></rPh></si>", "<!-- -->",
            ]), 0..9),
        step in 1..300_usize,
    ) {
        let sst = format!("<sst count=\"3\">{}</sst>", texts.concat());
        prop_assert_eq!(all(&sst, step), all(&strange(&sst), step));
    }
}

/// The texts, and the fault if there was one.
fn all(sst: &str, step: usize) -> (Vec<String>, Option<String>) {
    let mut texts = Texts::default();
    let mut next: NextText<'_> = xlsx::texts(Xml::new(Sight::new(sst, step), LIMITS.text_bytes), &LIMITS);
    let fault = loop {
        match next(&mut texts) {
            Ok(true) => {}
            Ok(false) => break None,
            Err(fault) => break Some(fault.to_string()),
        }
    };
    ((0..).map_while(|number| texts.get(number).ok().map(str::to_owned)).collect(), fault)
}
