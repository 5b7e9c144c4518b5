//! Headline and rows as JSON, for a program that shows them: a page of the clinic's own, or a screen at the front desk.

use serde_json::{Map, Value as Json, json};

use crate::query::table::{Column, Table, Value};
use crate::rendering::content::Content;

/// Writes the headline and the first section: `report`, `title`, `as_of`; `sources`, each with the moment when the oldest of
/// its files was dropped; `figures`, each with name and value; `columns`, each with name and title; and `rows`, objects
/// with a value per column.
///
/// Days and times are texts in ISO 8601. A number of more digits than a JSON reader keeps is text too, so that nothing is
/// lost.
#[must_use]
pub fn write(content: &Content<'_>) -> Vec<u8> {
    let Content { report, as_of, figures, tables, sources, .. } = content;
    let empty = Table::default();
    let Table { columns, rows } = tables.first().unwrap_or(&empty);
    let source = sources.iter().map(|source| {
        let dropped_at = source.dropped_at().map(|moment| moment.to_string());
        json!({"dataset": source.dataset, "dropped_at": dropped_at})
    });
    let figure = figures.iter().map(|figure| json!({"name": figure.name, "value": value(&figure.value)}));
    let column = columns.iter().map(|column| json!({"name": column.name, "title": column.title()}));
    let document = json!({
        "report": report.name,
        "title": report.title,
        "as_of": as_of.to_string(),
        "sources": source.collect::<Json>(),
        "figures": figure.collect::<Json>(),
        "columns": column.collect::<Json>(),
        "rows": rows.iter().map(|values| row(columns, values)).collect::<Json>(),
    });
    document.to_string().into_bytes()
}

fn row(columns: &[Column], values: &[Value]) -> Json {
    let named = columns.iter().zip(values).map(|(column, held)| (column.name.clone(), value(held)));
    Json::Object(named.collect::<Map<_, _>>())
}

fn value(held: &Value) -> Json {
    match held {
        Value::Null => Json::Null,
        Value::Boolean(truth) => Json::Bool(*truth),
        Value::Integer(number) if held.is_kept_by_doubles() => (*number).into(),
        Value::Decimal(_) if held.is_kept_by_doubles() => held.as_f64().into(),
        other => Json::String(other.plain()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_is_and_loses_no_digit() {
        let decimal = |digits: &str| value(&Value::Decimal(digits.into()));
        assert_eq!(decimal("0.10"), json!(0.1));
        assert_eq!(decimal("-4500.00"), json!(-4500.0));
        assert_eq!(decimal("0.12345678901234567"), json!("0.12345678901234567"));
        assert_eq!(decimal("NaN"), json!("NaN"));
        assert_eq!(value(&Value::Integer(-3)), json!(-3));
        assert_eq!(value(&Value::Integer(9_007_199_254_740_993)), json!("9007199254740993"));
        assert_eq!(value(&Value::Boolean(true)), json!(true));
        assert_eq!(value(&Value::Null), Json::Null);
        assert_eq!(value(&Value::Date(jiff::civil::date(2028, 2, 29))), json!("2028-02-29"));
        assert_eq!(value(&Value::Text("=1+1".into())), json!("=1+1"), "no spreadsheet program reads it");
    }
}
