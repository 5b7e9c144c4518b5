//! Parts of which some is plain and some is not, by chance.

use proptest::prelude::*;

use crate::tabular::workbook::ooxml::xlsx;
use crate::tabular::workbook::texts::{NextText, Texts};
use crate::tabular::workbook::xml::Xml;

use super::{LIMITS, Sight, read, strange};

/// Of a cell, besides its place.
const ATTRIBUTES: [&str; 25] = [
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
    r#" t="s" s="1""#,
    r#" s="7""#,
    r#" s="0000000001""#,
    r#" s="" t="s""#,
    r#" s="1"t="s""#,
    r#" t="s" r="D{}""#,
    r#" t="b" t="s""#,
    " t='s'",
    r#"  t="s""#,
    r#" x:t="s""#,
    " t",
    r#" t="&#115;""#,
];

/// Of a cell; `{}` is its row.
const PLACES: [&str; 12] = [
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
];

/// Pieces of sheets, as programs write them and as no program should.
fn piece() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<f64>().prop_map(|number| number.to_string()),
        "-?[0-9]{0,17}\\.?[0-9]{0,17}",
        "[0-9]{1,3}",
        "-?[0-9]{1,5}\\.[0-9]{1,20}",
        "0{0,45}[0-9.]{1,9}",
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
        1 => "[-+ ]?0{0,9}[0-5][ a.]?".prop_map(|index| format!("<v>{index}</v>")),
        2 => text.clone().prop_map(|text| format!("<v>{text}</v>")),
        2 => text.clone().prop_map(|text| format!("<is><t>{text}</t></is>")),
        1 => text.clone().prop_map(|text| format!("<is><r><t>{text}</t></r></is>")),
        1 => text.prop_map(|text| format!("<f>{text}</f><v>1</v>")),
        1 => prop::sample::select(vec!["", "<v/>", "<f/>", "<f/><v></v>", "<v>1</v><v>2</v>", " <v>1</v>\n", "<x/>", "<!-- -->", "x", "<v><y/>3</v>", "<is/>", "<v>1"])
            .prop_map(str::to_owned),
    ];
    let (place, attributes) = (prop::sample::select(&PLACES[..]), prop::sample::select(&ATTRIBUTES[..]));
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
        r#"<row r="{}" spans="1:3">"#,
        r#"<row r="{}" spans="1:3" r="9">"#,
        r#"<row r="" r="{}">"#,
        r#"<row r="0">"#,
        r#"<row r="{}x">"#,
        r#"<row spans="1:3" r="x">"#,
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
    let mut next: NextText<'_> = xlsx::texts(Xml::new(Sight::new(sst, 1, step), LIMITS.text_bytes), &LIMITS);
    let fault = loop {
        match next(&mut texts) {
            Ok(true) => {}
            Ok(false) => break None,
            Err(fault) => break Some(fault.to_string()),
        }
    };
    ((0..).map_while(|number| texts.get(number).ok().map(str::to_owned)).collect(), fault)
}
