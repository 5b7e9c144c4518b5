use std::ops::ControlFlow;

use crate::payload::Format;
use crate::tabular::tests::{first_sheet, read, refused, zipped};
use crate::tabular::{Cell, Limits, survey};

const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
    <Relationship Id="a" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="/XL/Sheets/One.xml"/>
    <Relationship Id="b" Type="http://x/relationships/chartsheet" Target="chart.xml"/>
    <Relationship Id="c" Type="http://x/relationships/sharedStrings" Target="../xl/strings.xml"/>
    <Relationship Id="d" Type="http://x/relationships/styles" Target="styles.xml"/></Relationships>"#;

const WORKBOOK: &str = r#"<x:workbook xmlns:x="main" xmlns:q="relations"><x:sheets>
    <x:sheet name="Chart" sheetId="1" q:id="b"/><x:sheet name="A &amp; B" sheetId="2" q:id="a" state="veryHidden"/>
    <x:sheet name="A &amp; B" sheetId="3" q:id="a"/></x:sheets></x:workbook>"#;

const STRINGS: &str = r#"<sst uniqueCount="99999999999"><si><t>plain</t></si>
    <si><r><t>rich </t></r><r><rPr><b/></rPr><t>text_x000A_</t></r><rPh><t>hint</t></rPh></si></sst>"#;

const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;"/></numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="9"/></cellXfs></styleSheet>"#;

fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><dimension ref=\"A1:B2\"/><sheetData>{rows}</sheetData></worksheet>");
    zipped(&[
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/strings.xml", STRINGS),
        ("xl/styles.xml", STYLES),
        ("xl/sheets/one.xml", &sheet),
    ])
}

fn cells(cells: &str) -> Vec<Cell<'static>> {
    first_sheet(&workbook(&format!("<row>{cells}</row>"))).into_iter().next().unwrap_or_default().1
}

fn text(text: &'static str) -> Cell<'static> {
    Cell::Text(text.into())
}

#[test]
fn worksheets_are_found_wherever_they_are_and_have_names_of_their_own() {
    let tables = read(&workbook("<row><c><v>1</v></c></row>"), &Limits::default()).unwrap();
    let sheets: Vec<_> =
        tables.iter().map(|(sheet, _)| (sheet.name.as_deref().unwrap(), sheet.is_hidden)).collect();
    assert_eq!(sheets, [("A & B", true), ("A & B (2)", false)]);
    assert_eq!(tables[0].1, tables[1].1);
}

#[test]
fn texts_are_what_a_spreadsheet_shows() {
    let shared = r#"<c t="s"><v>0</v></c><c t="s"><v>1</v></c>"#;
    assert_eq!(cells(shared), [text("plain"), text("rich text\n")]);
    let inline =
        r#"<c t="inlineStr"><is><t>a &lt; b</t></is></c><c t="str"><f>"x"</f><v>x_x005F_x0041_</v></c>"#;
    assert_eq!(cells(inline), [text("a < b"), text("x_x0041_")]);
    assert!(
        refused(&workbook(r#"<row><c t="s"><v>7</v></c></row>"#), &Limits::default())
            .contains("a text that is not there")
    );
}

#[test]
fn numbers_are_dates_where_their_format_says_so() {
    let row = r#"<c s="1"><v>60</v></c><c s="2"><v>0.5</v></c><c s="9"><v>-3E2</v></c><c t="d"><v>2025-10-05T12:00:00Z</v></c>"#;
    assert_eq!(cells(row), [Cell::Date(60.0), Cell::Number(0.5), Cell::Number(-300.0), Cell::Date(45935.5)]);
}

#[test]
fn a_number_that_a_cell_cannot_hold_stays_text() {
    let row =
        "<c><v>9007199254740993</v></c><c><v>9007199254740992</v></c><c><v>NaN</v></c><c><v>1E999</v></c>";
    let exact = Cell::Number(9_007_199_254_740_992.0);
    assert_eq!(cells(row), [text("9007199254740993"), exact, text("NaN"), text("1E999")]);
}

#[test]
fn a_formula_without_a_value_is_no_empty_cell() {
    let row = r#"<c><f>A1</f></c><c><f t="shared" si="0"/><v/></c><c t="str"><f>""</f><v></v></c><c><f>1</f><v>2</v></c><c/>"#;
    assert_eq!(cells(row), [Cell::Uncalculated, Cell::Uncalculated, Cell::Empty, Cell::Number(2.0)]);
}

#[test]
fn truths_and_errors_are_told_apart() {
    let row = r##"<c t="b"><v>1</v></c><c t="b"><v>false</v></c><c t="e"><v>#SPILL!</v></c><c t="e"><v>#NEW!</v></c>"##;
    assert_eq!(
        cells(row),
        [Cell::Bool(true), Cell::Bool(false), Cell::Error("#SPILL!"), Cell::Error("#UNKNOWN!")]
    );
}

#[test]
fn rows_and_cells_without_a_place_follow_the_ones_before() {
    let rows = r#"<row r="3"><c r="B3"><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"#;
    let numbers = |cells: &[f64]| cells.iter().map(|number| Cell::Number(*number)).collect::<Vec<_>>();
    let first = [vec![Cell::Empty], numbers(&[1.0, 2.0])].concat();
    assert_eq!(first_sheet(&workbook(rows)), [(3, first), (5, numbers(&[3.0]))]);
}

#[test]
fn rows_out_of_order_keep_their_numbers_and_one_in_two_pieces_is_refused() {
    let row = |number: u32, column: char| {
        format!("<row r=\"{number}\"><c r=\"{column}{number}\"><v>1</v></c></row>")
    };
    let numbers: Vec<u64> =
        first_sheet(&workbook(&(row(9, 'A') + &row(2, 'A')))).iter().map(|row| row.0).collect();
    assert_eq!(numbers, [9, 2]);
    let torn = workbook(&(row(9, 'A') + &row(2, 'A') + &row(9, 'B')));
    assert!(refused(&torn, &Limits::default()).contains("a row of it stands in two places"));
}

#[test]
fn depth_rows_and_columns_are_bounded() {
    let refused = |rows: &str| refused(&workbook(rows), &Limits::default());
    assert!(refused(&"<a>".repeat(1000)).contains("more than 256 XML elements within each other"));
    assert!(refused(r#"<row r="1048577"><c><v>1</v></c></row>"#).contains("more than 1048576 rows"));
    assert!(refused(r#"<row><c r="ZZZZ1"><v>1</v></c></row>"#).contains("more than 16384 columns"));
    assert!(refused(r#"<row><c r="A1"><v>1</v>"#).contains("its XML breaks off"));
}

#[test]
fn the_beginnings_of_sheets_need_no_texts_but_their_own() {
    let with = |sheet: &str, strings: &str| {
        let sheet = format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>");
        zipped(&[
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/strings.xml", strings),
            ("xl/sheets/one.xml", &sheet),
        ])
    };
    let row = |text: u32| format!("<row><c t=\"s\"><v>{text}</v></c></row>");
    let survey = |content: &[u8]| {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, content).unwrap();
        let mut texts = Vec::new();
        let sheets = survey(&mut file, Format::Xlsx, &Limits::default(), &mut |sheet, row| {
            texts.push((sheet, row.texts().concat()));
            if texts.len() % 2 == 1 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        sheets.map(|sheets| (sheets.len(), texts)).map_err(|fault| fault.to_string())
    };
    let strings = "<sst><si><t>one</t></si><si><t>two</t></si><si><t>cut";
    let sheet = [row(1), row(0), "<row><c><v>3</v></c></row>".to_owned(), row(7)].concat();
    let found =
        [(0, "two"), (0, "one"), (1, "two"), (1, "one")].map(|(sheet, text)| (sheet, text.to_owned()));
    assert_eq!(survey(&with(&sheet, strings)), Ok((2, found.to_vec())));
    assert!(survey(&with(&[row(0), row(2)].concat(), strings)).unwrap_err().contains("its XML breaks off"));
    let complete = strings.replace("<si><t>cut", "</sst>");
    assert!(
        survey(&with(&[row(0), row(2)].concat(), &complete))
            .unwrap_err()
            .contains("a text that is not there")
    );
    assert!(
        refused(&with(&row(0), strings), &Limits::default()).contains("its XML breaks off"),
        "all of them are read with a sheet"
    );
}
