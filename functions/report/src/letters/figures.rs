//! The headline: the numbers that a reader wants first.

use rounds_shared::catalog::{Headline, Measure, Report};

use crate::error::Reason;
use crate::query::table::{Kind, Table, Value};
use crate::rendering::content::Figure;

/// Makes a report's figures: from `asked`, the row that its headline's query answered, or else from its own `rows`.
///
/// # Errors
/// [`Reason::Headline`] where the query did not answer one row, or where a figure adds up a column that is not there, or
/// that holds no numbers.
pub fn figures(report: &Report, asked: Option<&Table>, rows: &Table) -> Result<Vec<Figure>, Reason> {
    match (&report.headline, asked) {
        (Headline::Figures(figures), _) => figures
            .iter()
            .map(|(name, measure)| {
                let (kind, value) = measured(measure, rows).ok_or(Reason::Headline)?;
                Ok(Figure { name: name.clone(), kind, value, before: None })
            })
            .collect(),
        (Headline::Query(_), Some(Table { columns, rows })) => {
            let [row] = rows.as_slice() else { return Err(Reason::Headline) };
            let figures = columns.iter().zip(row).map(|(column, value)| Figure {
                name: column.name.clone(),
                kind: column.kind,
                value: value.clone(),
                before: None,
            });
            Ok(figures.collect())
        }
        (Headline::Query(_), None) => Err(Reason::Headline),
    }
}

/// A measure of the rows; none where the column is not there or holds no numbers.
fn measured(measure: &Measure, rows: &Table) -> Option<(Kind, Value)> {
    match measure {
        Measure::Count => Some((Kind::Count, Value::Integer(i64::try_from(rows.rows.len()).ok()?))),
        Measure::Sum(name) => {
            let place = rows.place(name)?;
            let sum = rows.total(place)?;
            Some(match rows.columns.get(place)?.kind {
                Kind::Number | Kind::Count => (Kind::Count, Value::Integer(sum.try_into().ok()?)),
                kind => (kind, Value::Decimal(sum.to_string().into())),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Catalog;

    use super::*;
    use crate::query::table::{Column, Currency};

    const INR: Kind = Kind::Money(Currency::Inr);

    fn report(headline: Headline) -> Report {
        let catalog = Catalog::open(None).unwrap();
        Report { headline, ..catalog.report("healthtech.summary").unwrap().clone() }
    }

    fn table(columns: &[(&str, Kind)], rows: Vec<Vec<Value>>) -> Table {
        let column = |(name, kind): &(&str, Kind)| Column { name: (*name).to_owned(), kind: *kind };
        let columns = columns.iter().map(column).collect();
        Table { columns, rows: rows.into_iter().map(Into::into).collect() }
    }

    fn amount(digits: &str) -> Value {
        Value::Decimal(digits.into())
    }

    #[test]
    fn rows_are_counted_and_added_up_to_the_last_digit() {
        let sum = |column: &str| Measure::Sum(column.to_owned());
        let asked =
            [("Cancelled", Measure::Count), ("At risk", sum("amount_inr")), ("Minutes", sum("minutes"))];
        let report =
            report(Headline::Figures(asked.map(|(name, measure)| (name.to_owned(), measure)).into()));
        let rows = vec![
            vec![amount("0.10"), Value::Integer(30)],
            vec![Value::Null, Value::Integer(45)],
            vec![amount("1000000000.20"), Value::Null],
        ];
        let rows = table(&[("amount_inr", INR), ("minutes", Kind::Number)], rows);
        let figures = figures(&report, None, &rows).unwrap();
        let shown: Vec<_> = figures.into_iter().map(|figure| (figure.kind, figure.value)).collect();
        let expected = [
            (Kind::Count, Value::Integer(3)),
            (INR, amount("1000000000.30")),
            (Kind::Count, Value::Integer(75)),
        ];
        assert!(shown == expected);
    }

    #[test]
    fn a_headlines_query_answers_one_row_and_each_column_is_a_figure() {
        let query = rounds_shared::catalog::Query { file: "q.sql".to_owned(), sql: "SELECT".to_owned() };
        let report = report(Headline::Query(query));
        let row = || vec![Value::Integer(4), amount("0.75")];
        let asked = |rows| table(&[("Confirmed", Kind::Count), ("Rate", Kind::Share)], rows);
        let made = figures(&report, Some(&asked(vec![row()])), &Table::default()).unwrap();
        assert_eq!(made.iter().map(|figure| figure.name.as_str()).collect::<Vec<_>>(), ["Confirmed", "Rate"]);
        assert!(made[1].kind == Kind::Share && made[1].value == amount("0.75"));
        for rows in [vec![], vec![row(), row()]] {
            assert!(matches!(figures(&report, Some(&asked(rows)), &Table::default()), Err(Reason::Headline)));
        }
    }
}
