//! A section as the mail shows it: its picture and its first rows, the columns that describe a row in one cell, and a
//! column of its own for each of the first measures, so that a row fits on a phone.

use rounds_shared::catalog::{RowsInMail, Section};

use crate::error::Reason;
use crate::query::table::{Column, Table, Value};
use crate::rendering::content::Picture;
use crate::rendering::wording::{NO_BREAK, grouped, shortened, written};

/// Measures that have a column; three fit on a phone.
const MOST_MEASURES: usize = 3;
/// Letters of a text, unless the section is shown whole.
const LETTERS: usize = 120;
/// Letters that a phone shows in one line of the cell that describes a row.
const IN_ONE_LINE: usize = 20;

/// A section's picture and its first rows.
pub(super) struct Block<'a> {
    /// Its heading.
    pub title: &'a str,
    /// Its picture, if it has one.
    pub drawn: Option<Drawn<'a>>,
    /// Heading of the cell that describes a row.
    pub label: String,
    /// The columns of numbers.
    pub measures: Vec<Measure>,
    /// The rows.
    pub lines: Vec<Line>,
    /// How many rows are not shown; none if all are.
    pub more: Option<String>,
}

/// A picture and its heading.
#[derive(Clone, Copy)]
pub(super) struct Drawn<'a> {
    /// What it shows.
    pub title: &'a str,
    /// The picture.
    pub picture: &'a Picture,
}

impl<'a> Drawn<'a> {
    /// The picture of a section, if it is among these.
    pub(super) fn of(section: &'a Section, number: usize, pictures: &'a [Picture]) -> Option<Self> {
        let picture = pictures.iter().find(|picture| picture.section == number)?;
        Some(Self { title: &section.chart.as_ref()?.title, picture })
    }
}

/// A column of numbers.
pub(super) struct Measure {
    /// Its heading.
    pub title: String,
    /// What it is in a sentence.
    pub words: String,
    /// Whether bars are drawn below the numbers.
    pub is_bar: bool,
}

/// A row.
pub(super) struct Line {
    /// What it is about.
    pub label: String,
    /// What else describes it.
    pub details: String,
    /// Its numbers.
    pub cells: Vec<Cell>,
}

/// A number.
pub(super) struct Cell {
    /// As people write it.
    pub text: String,
    /// Length of the bar in percent, 0 to 100, for the column that is drawn as one.
    pub bar: Option<String>,
}

/// Shows a section's rows below its picture, at most so many unless it is shown whole.
///
/// # Errors
/// [`Reason::Column`] where the section shows a column that its query does not select.
pub(super) fn block<'a>(
    section: &'a Section,
    drawn: Option<Drawn<'a>>,
    table: &Table,
    most_rows: usize,
) -> Result<Block<'a>, Reason> {
    let missing = |column: &String| Reason::Column { section: section.title.clone(), column: column.clone() };
    let place = |column: &String| table.place(column).ok_or_else(|| missing(column));
    let bar = section.bar.as_ref().map(place).transpose()?;
    let mut places: Vec<usize> = (0..table.columns.len()).collect();
    if !section.columns_in_mail.is_empty() {
        places = section.columns_in_mail.iter().map(place).collect::<Result<_, _>>()?;
    }
    let columns = places.iter().filter_map(|place| Some((*place, table.columns.get(*place)?)));
    // Whatever its place and kind of number, the column with the bars has one of the columns.
    let (mut measures, mut describing): (Vec<_>, Vec<_>) =
        columns.partition(|(place, column)| column.kind.is_measure() || bar == Some(*place));
    measures.sort_by_key(|(place, _)| bar != Some(*place));
    describing.extend(measures.split_off(measures.len().min(MOST_MEASURES)));

    let (rows, letters) = match section.rows_in_mail {
        RowsInMail::All => (usize::MAX, usize::MAX),
        RowsInMail::First(rows) => (rows.min(most_rows), LETTERS),
    };
    let shown = table.rows.get(..rows).unwrap_or(&table.rows);
    let longest =
        bar.map_or(0.0, |bar| shown.iter().filter_map(|row| row.get(bar)?.as_f64()).fold(0.0, f64::max));
    // Without numbers beside them, the describing columns are the table, each in its place.
    let is_alone = measures.is_empty();
    let lines = shown.iter().map(|row| {
        let (label, details) = label(&describing, row, letters, is_alone);
        let cells = measures.iter().filter_map(|(place, column)| {
            let value = row.get(*place)?;
            let bar = (bar == Some(*place)).then(|| percent_of(value, longest));
            Some(Cell { text: written(column.kind, value), bar })
        });
        Line { label, details, cells: cells.collect() }
    });
    let hidden = table.rows.len() - shown.len();
    Ok(Block {
        title: &section.title,
        drawn,
        label: heading(&describing, is_alone),
        lines: lines.collect(),
        measures: measures
            .iter()
            .map(|(place, column)| Measure {
                title: column.title(),
                words: column.words().to_lowercase(),
                is_bar: bar == Some(*place),
            })
            .collect(),
        more: (hidden > 0 && section.rows_in_mail != RowsInMail::First(0))
            .then(|| grouped(&hidden.to_string())),
    })
}

/// The heading of the cell that describes a row: its first column; without measures, all of them in their order.
fn heading(describing: &[(usize, &Column)], is_alone: bool) -> String {
    let columns = describing.iter().take(if is_alone { describing.len() } else { 1 });
    columns.map(|(_, column)| column.title()).collect::<Vec<_>>().join(" · ")
}

/// What a row is about: its first describing value, and the others in one line. A number says what it is. No text has
/// more than so many letters; a gap is passed over, or keeps its place.
fn label(
    describing: &[(usize, &Column)],
    row: &[Value],
    letters: usize,
    with_gaps: bool,
) -> (String, String) {
    let mut values =
        describing.iter().map(|(place, column)| (column, row.get(*place).unwrap_or(&Value::Null)));
    let label = values.next().map(|(column, value)| match value {
        Value::Text(text) => shortened(text, letters),
        _ => written(column.kind, value),
    });
    let details: Vec<String> = values
        .filter(|(_, value)| with_gaps || **value != Value::Null)
        .map(|(column, value)| match value {
            Value::Text(text) => shortened(text, letters),
            Value::Null => written(column.kind, value),
            _ => said(&column.words(), &written(column.kind, value)),
        })
        .collect();
    (label.unwrap_or_default(), details.join(&format!("{NO_BREAK}· ")))
}

/// A value behind what it says, in one line where a phone has room for both, and otherwise each in one.
fn said(words: &str, value: &str) -> String {
    let said = format!("{words} {}", value.replace(' ', NO_BREAK));
    if said.chars().count() <= IN_ONE_LINE { said.replace(' ', NO_BREAK) } else { said }
}

/// The length of a bar as a whole number of percent of the longest; a value that is not nothing shows at least 1.
fn percent_of(value: &Value, longest: f64) -> String {
    match value.as_f64() {
        Some(number) if number > 0.0 && longest > 0.0 => {
            format!("{:.0}", (100.0 * number / longest).clamp(1.0, 100.0))
        }
        _ => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Query;

    use super::*;
    use crate::query::table::Kind;

    #[test]
    fn without_measures_every_column_is_named_and_keeps_its_place() {
        let columns =
            ["date", "patient", "visit_type"].map(|name| Column { name: name.to_owned(), kind: Kind::Text });
        let describing: Vec<(usize, &Column)> = columns.iter().enumerate().collect();
        assert_eq!(heading(&describing, true), "Date · Patient · Visit type");
        assert_eq!(heading(&describing, false), "Date");
        let text = |text: &str| Value::Text(text.into());
        let row = [text("5 Oct"), Value::Null, text("Follow-up of a long time ago")];
        let told = |letters, with_gaps| label(&describing, &row, letters, with_gaps).1;
        assert_eq!(told(usize::MAX, true), "–\u{a0}· Follow-up of a long time ago");
        assert_eq!(told(10, false), "Follow-up…");
    }

    #[test]
    fn no_line_of_a_phone_is_broken_within_a_day() {
        let columns = [("device", Kind::Text), ("due_on", Kind::Date), ("days_overdue", Kind::Number)]
            .map(|(name, kind)| Column { name: name.to_owned(), kind });
        let describing: Vec<(usize, &Column)> = columns.iter().enumerate().collect();
        let due = Value::Date(jiff::civil::date(2026, 6, 18));
        let row = [Value::Text("crutches".into()), due, Value::Integer(157)];
        let (_, details) = label(&describing, &row, LETTERS, false);
        assert_eq!(details, "Due on Thu\u{a0}18\u{a0}Jun\u{a0}2026\u{a0}· Days\u{a0}overdue\u{a0}157");
    }

    #[test]
    fn a_column_with_bars_is_drawn_whatever_kind_of_number_it_is() {
        let columns = [("device", Kind::Text), ("fee", Kind::Decimal), ("days_overdue", Kind::Number)]
            .map(|(name, kind)| Column { name: name.to_owned(), kind });
        let row = |days| [Value::Text("x".into()), Value::Decimal("1.5".into()), Value::Integer(days)];
        let table = Table { columns: columns.into(), rows: [40, 10].map(|days| row(days).into()).into() };
        let section = Section {
            title: "Loans".to_owned(),
            query: Query { file: String::new(), sql: String::new() },
            rows_in_mail: RowsInMail::First(10),
            columns_in_mail: Vec::new(),
            bar: Some("days_overdue".to_owned()),
            chart: None,
        };
        let block = block(&section, None, &table, 10).unwrap();
        let titles: Vec<&str> = block.measures.iter().map(|measure| measure.title.as_str()).collect();
        assert_eq!(titles, ["Days overdue", "Fee"]);
        let drawn =
            block.lines.iter().map(|line| (line.cells[0].text.as_str(), line.cells[0].bar.as_deref()));
        assert_eq!(drawn.collect::<Vec<_>>(), [("40", Some("100")), ("10", Some("25"))]);
    }

    #[test]
    fn a_bar_is_a_share_of_the_longest_and_never_negative() {
        assert_eq!(percent_of(&Value::Integer(50), 200.0), "25");
        assert_eq!(percent_of(&Value::Integer(1), 100_000.0), "1");
        assert_eq!(percent_of(&Value::Integer(-3), 200.0), "0");
        assert_eq!(percent_of(&Value::Decimal("200.0".into()), 200.0), "100");
        assert_eq!(percent_of(&Value::Null, 200.0), "0");
        assert_eq!(percent_of(&Value::Integer(0), 0.0), "0");
    }
}
