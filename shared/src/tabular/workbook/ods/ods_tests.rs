use crate::tabular::tests::{first_sheet, read, refused, zipped};
use crate::tabular::{Cell, Limits};

fn spreadsheet(tables: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:automatic-styles><style:style style:name=\"ta2\" style:family=\"table\">\
         <style:table-properties table:display=\"false\"/></style:style></office:automatic-styles><office:body>\
         <office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

fn cells(cells: &str) -> Vec<Cell<'static>> {
    let table =
        format!("<table:table table:name=\"A\"><table:table-row>{cells}</table:table-row></table:table>");
    first_sheet(&spreadsheet(&table)).into_iter().next().unwrap_or_default().1
}

fn cell(attributes: &str, content: &str) -> String {
    format!("<table:table-cell {attributes}>{content}</table:table-cell>")
}

fn valued(kind: &str, attribute: &str) -> Vec<Cell<'static>> {
    cells(&cell(&format!("office:value-type=\"{kind}\" office:{attribute}"), "<text:p>as shown</text:p>"))
}

fn text(text: &'static str) -> Cell<'static> {
    Cell::Text(text.into())
}

#[test]
fn values_count_and_not_how_they_are_shown() {
    assert_eq!(valued("float", "value=\"34\""), [Cell::Number(34.0)]);
    assert_eq!(valued("percentage", "value=\"0.5\""), [Cell::Number(0.5)]);
    assert_eq!(valued("currency", "value=\"1.25\""), [Cell::Number(1.25)]);
    assert_eq!(valued("boolean", "boolean-value=\"true\""), [Cell::Bool(true)]);
    assert_eq!(valued("date", "date-value=\"2025-10-05\""), [Cell::Date(45935.0)]);
    assert_eq!(valued("date", "date-value=\"1850-10-05\""), [text("1850-10-05")]);
    assert_eq!(valued("time", "time-value=\"PT06H00M00S\""), [Cell::Date(0.25)]);
    assert_eq!(valued("string", "string-value=\"meant\""), [text("meant")]);
}

#[test]
fn paragraphs_are_lines_and_white_space_counts_once() {
    let pretty = "\n  <text:p>\n  two <text:span>wo<text:s text:c=\"3\"/>rds</text:span> \n</text:p>\n  <text:p>b<text:tab/>c<text:line-break/>d</text:p>\n";
    assert_eq!(cells(&cell("office:value-type=\"string\"", pretty)), [text("two wo   rds \nb\tc\nd")]);
    let noted = "<office:annotation><text:p>note</text:p></office:annotation><text:p>own</text:p><draw:frame><text:p>box</text:p></draw:frame>";
    assert_eq!(cells(&cell("office:value-type=\"string\"", noted)), [text("own")]);
}

#[test]
fn formulas_may_have_failed_or_never_been_calculated() {
    let failed = cell(
        "table:formula=\"of:=1/0\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"",
        "<text:p>#DIV/0!</text:p>",
    );
    let never = cell("table:formula=\"of:=[.A1]\"", "");
    let said = cell("office:value-type=\"string\"", "<text:p>#N/A</text:p>");
    assert_eq!(cells(&(failed + &never + &said)), [Cell::Error("#DIV/0!"), Cell::Uncalculated, text("#N/A")]);
}

#[test]
fn cells_and_rows_are_repeated_where_they_stand() {
    let one = "office:value-type=\"float\" office:value=\"1\"";
    let row = format!(
        "<table:table-row-group><table:table-row table:number-rows-repeated=\"2\"/>\
         <table:table-row table:number-rows-repeated=\"2\"><table:table-cell table:number-columns-repeated=\"2\"/>\
         <table:covered-table-cell {one} table:number-columns-repeated=\"2\"/><table:table-cell table:number-columns-repeated=\"16380\"/>\
         </table:table-row></table:table-row-group>"
    );
    let table = spreadsheet(&format!("<table:table table:name=\"A\">{row}</table:table>"));
    let cells = [Cell::Empty, Cell::Empty, Cell::Number(1.0), Cell::Number(1.0)];
    assert_eq!(first_sheet(&table), [(3, cells.to_vec()), (4, cells.to_vec())]);
}

#[test]
fn hidden_sheets_are_known_by_their_style_and_deleted_cells_are_no_sheet() {
    let row = "<table:table-row><table:table-cell office:value-type=\"float\" office:value=\"1\"/></table:table-row>";
    let deleted = format!("<table:tracked-changes><table:table>{row}</table:table></table:tracked-changes>");
    let tables = format!(
        "{deleted}<table:table table:name=\"A\">{row}</table:table>\
         <table:table table:name=\"B\" table:style-name=\"ta2\">{row}</table:table>"
    );
    let tables = read(&spreadsheet(&tables), &Limits::default()).unwrap();
    let sheets: Vec<_> =
        tables.iter().map(|(sheet, _)| (sheet.name.as_deref().unwrap(), sheet.is_hidden)).collect();
    assert_eq!(sheets, [("A", false), ("B", true)]);
}

#[test]
fn repeated_text_is_bounded_by_what_it_would_come_to() {
    let text = format!("<text:p>{}</text:p>", "x".repeat(1 << 16));
    let wide = cell("office:value-type=\"string\" table:number-columns-repeated=\"9000\"", &text);
    let once = cell("office:value-type=\"string\"", &text);
    let table = |row: &str, cells: &str| {
        spreadsheet(&format!(
            "<table:table table:name=\"A\"><table:table-row {row}>{cells}</table:table-row></table:table>"
        ))
    };
    assert!(refused(&table("", &wide), &Limits::default()).contains("bytes of text in one row"));
    let rows = table("table:number-rows-repeated=\"900000\"", &once);
    assert!(refused(&rows, &Limits::default()).contains("bytes of text in one sheet"));
}
