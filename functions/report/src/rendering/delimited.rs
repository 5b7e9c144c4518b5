//! A table as CSV: UTF-8, RFC 4180 quoting, column names as the query gave them, days in ISO 8601.

use crate::query::table::{Table, Value, looks_like_formula};

/// By which a spreadsheet program knows UTF-8.
const MARK: &str = "\u{feff}";

/// Writes the whole table; where it `is_marked`, behind a byte order mark.
///
/// Text that a spreadsheet program would take for a formula gets an apostrophe before it; numbers stay as they are.
///
/// # Errors
/// Only if memory cannot be written to.
pub fn write(table: &Table, is_marked: bool) -> Result<Vec<u8>, csv::Error> {
    let mark = if is_marked { MARK } else { "" };
    let mut writer = csv::Writer::from_writer(mark.as_bytes().to_vec());
    writer.write_record(table.columns.iter().map(|column| column.name.as_str()))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(field))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn field(value: &Value) -> String {
    match value {
        Value::Text(text) if looks_like_formula(text) => format!("'{text}"),
        _ => value.plain(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::query::table::{Column, Kind};

    fn csv_of(values: Vec<Value>) -> String {
        let column = Column { name: "c".to_owned(), kind: Kind::Text };
        let columns = vec![column; values.len()];
        let table = Table { columns, rows: vec![values.into()] };
        String::from_utf8(write(&table, false).unwrap())
            .unwrap()
            .lines()
            .skip(1)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn values_are_written_so_that_a_machine_reads_them_back() {
        let row = vec![
            Value::Integer(-5),
            Value::Decimal("-0.10".into()),
            Value::Date(date(2355, 1, 2)),
            Value::Timestamp(date(2026, 11, 21).at(7, 41, 0, 0)),
            Value::Instant("2026-11-21T07:41:00Z".parse().unwrap()),
            Value::Boolean(true),
            Value::Null,
        ];
        assert_eq!(csv_of(row), "-5,-0.10,2355-01-02,2026-11-21T07:41:00,2026-11-21T07:41:00Z,true,");
    }

    #[test]
    fn a_mark_stands_before_the_names_of_columns() {
        let columns = vec![Column { name: "Patient".to_owned(), kind: Kind::Text }];
        let table = Table { columns, rows: Vec::new() };
        assert_eq!(write(&table, true).unwrap(), "\u{feff}Patient\n".as_bytes());
        assert_eq!(write(&table, false).unwrap(), b"Patient\n");
    }

    #[test]
    fn text_is_quoted_where_it_must_be_and_never_a_formula() {
        let text = |text: &str| csv_of(vec![Value::Text(text.into())]);
        assert_eq!(text("Núñez, \"Ana\""), "\"Núñez, \"\"Ana\"\"\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        assert_eq!(text("=A1,\"x\""), "\"'=A1,\"\"x\"\"\"");
    }
}
