//! Any table that is written comes back equal, in every format that can be written here.

use proptest::prelude::*;
use rust_xlsxwriter::{Format as CellFormat, Workbook};

use super::tests::{first_sheet, zipped};
use super::*;

type Written = Vec<Vec<Cell<'static>>>;

/// Cells that all formats can hold. Blank texts are no cells.
fn cell() -> impl Strategy<Value = Cell<'static>> {
    let text =
        "[ -~äß€あ\u{1f600}]{0,12}".prop_map(|text| Cell::Text(format!("x{text}").trim().to_owned().into()));
    prop_oneof![
        Just(Cell::Empty),
        text,
        any::<i32>().prop_map(|number| Cell::Number(f64::from(number) / 100.0)),
        (1.0e-9..1.0e9_f64).prop_map(Cell::Number),
        (61..80_000_i32).prop_map(|day| Cell::Date(f64::from(day))),
        any::<bool>().prop_map(Cell::Bool),
    ]
}

fn table() -> impl Strategy<Value = Written> {
    prop::collection::vec(prop::collection::vec(cell(), 0..8), 1..12)
}

/// The rows with a value, by number, up to the last cell with one.
fn expected(table: &Written) -> Vec<(u64, Vec<Cell<'static>>)> {
    let rows = (1..).zip(table).map(|(number, row)| {
        let width = row.iter().rposition(|cell| *cell != Cell::Empty).map_or(0, |last| last + 1);
        (number, row[..width].to_vec())
    });
    rows.filter(|(_, cells)| !cells.is_empty()).collect()
}

fn as_xlsx(table: &Written) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let date = CellFormat::new().set_num_format("dd/mm/yyyy");
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(table) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string(row, column, &**text).unwrap(),
                Cell::Number(number) => sheet.write_number(row, column, *number).unwrap(),
                Cell::Date(serial) => sheet.write_number_with_format(row, column, *serial, &date).unwrap(),
                Cell::Bool(value) => sheet.write_boolean(row, column, *value).unwrap(),
                _ => continue,
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn as_ods(table: &Written) -> Vec<u8> {
    let mut rows = String::new();
    for row in table {
        let cells: Vec<String> = row.iter().map(ods_cell).collect();
        rows += &format!("<table:table-row>{}<table:table-cell/></table:table-row>", cells.concat());
    }
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"A\">{rows}</table:table>\
         </office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

fn ods_cell(cell: &Cell<'_>) -> String {
    let value = match cell {
        Cell::Text(text) => {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace(' ', "<text:s/>");
            return format!(
                "<table:table-cell office:value-type=\"string\"><text:p>{escaped}</text:p></table:table-cell>"
            );
        }
        Cell::Number(number) => format!("office:value-type=\"float\" office:value=\"{number}\""),
        Cell::Date(serial) => {
            let days = jiff::SignedDuration::from_secs_f64(serial * 86_400.0);
            let day = jiff::civil::date(1899, 12, 30).saturating_add(days);
            format!("office:value-type=\"date\" office:date-value=\"{day}\"")
        }
        Cell::Bool(value) => format!("office:value-type=\"boolean\" office:boolean-value=\"{value}\""),
        _ => String::new(),
    };
    format!("<table:table-cell {value}/>")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_comes_back_as_it_was_written(table in table()) {
        prop_assert_eq!(first_sheet(&as_xlsx(&table)), expected(&table));
        prop_assert_eq!(first_sheet(&as_ods(&table)), expected(&table));
    }
}
