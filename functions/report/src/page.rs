//! A report as people read it: the mail's subject, its HTML and its plain-text twin.
//!
//! The HTML is made of nested tables with inlined styles, because that is what Outlook and Gmail draw; one `style`
//! element serves dark mode where a client knows it. It holds down to a width of 360 px without it: the columns that
//! describe a row stand below one another in its first cell, and only measures have columns of their own.

use askama::Template;
use jiff::civil::Date;
use jiff::fmt::strtime;
use rounds_shared::catalog::{Attachment, Catalog, Report, Section};

use crate::error::Reason;
use crate::query::{Figure, Snapshot};
use crate::table::{Column, Table, Value};
use crate::wording::{NO_BREAK, grouped, written};

/// A report, rendered for people.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// One line: the report, its first figure, and the day.
    pub subject: String,
    /// The whole document.
    pub html: String,
    /// The same without markup.
    pub text: String,
}

/// Renders a report of the day `as_of`.
///
/// # Errors
/// [`Reason::Bar`] where a section's `bar` is no column of its query.
pub fn render(
    catalog: &Catalog,
    report: &Report,
    period: &str,
    as_of: Date,
    snapshot: &Snapshot,
) -> Result<Page, Reason> {
    let has_workbook = report.attach.contains(&Attachment::Xlsx);
    let mut blocks = Vec::new();
    let mut elsewhere = Vec::new();
    for (section, table) in report.sections.iter().zip(&snapshot.sections) {
        if section.rows_in_mail > 0 {
            blocks.push(block(section, table)?);
        } else if has_workbook {
            elsewhere.push(Elsewhere { title: &section.title, rows: grouped(&table.rows.len().to_string()) });
        }
    }
    let domain = report.name.split('.').next().unwrap_or_default();
    let parts = Parts {
        title: &report.title,
        domain,
        day: strtime::format("%A, %-d %B %Y", as_of)?,
        preheader: preheader(&snapshot.headline),
        headline: &snapshot.headline,
        blocks,
        elsewhere,
        sources: sources(catalog, snapshot)?,
        has_workbook,
        period,
        report: &report.name,
    };
    Ok(Page {
        subject: subject(report, as_of, &snapshot.headline)?,
        html: Html { page: &parts }.render()?,
        text: Text { page: &parts }.render()?,
    })
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    page: &'a Parts<'a>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    page: &'a Parts<'a>,
}

/// What both templates show.
struct Parts<'a> {
    title: &'a str,
    domain: &'a str,
    day: String,
    preheader: String,
    headline: &'a [Figure],
    blocks: Vec<Block<'a>>,
    elsewhere: Vec<Elsewhere<'a>>,
    sources: Vec<SourceLine<'a>>,
    has_workbook: bool,
    period: &'a str,
    report: &'a str,
}

/// A section's first rows.
struct Block<'a> {
    title: &'a str,
    /// Heading of the cell that describes a row.
    label: String,
    measures: Vec<Measure>,
    rows: Vec<Line>,
    /// How many rows are not shown; none if all are.
    more: Option<String>,
}

struct Measure {
    title: String,
    is_bar: bool,
}

struct Line {
    label: String,
    details: String,
    cells: Vec<Cell>,
}

struct Cell {
    text: String,
    /// Length of the bar in percent, 0 to 100, for the column that is drawn as one.
    bar: Option<String>,
}

/// A section that only the workbook holds.
struct Elsewhere<'a> {
    title: &'a str,
    rows: String,
}

struct SourceLine<'a> {
    title: &'a str,
    loaded_at: Option<String>,
    /// How many rows are missing because they break a rule; none if none.
    rejected: Option<String>,
}

fn subject(report: &Report, as_of: Date, headline: &[Figure]) -> Result<String, jiff::Error> {
    let day = strtime::format("%-d %B %Y", as_of)?;
    Ok(match headline.first() {
        Some(first) => format!("{}: {} {}, {day}", report.title, first.value, first.name.to_lowercase()),
        None => format!("{}, {day}", report.title),
    })
}

/// What a mail program shows beside the subject before the mail is opened.
fn preheader(headline: &[Figure]) -> String {
    let figures: Vec<String> =
        headline.iter().skip(1).map(|figure| format!("{} {}", figure.name, figure.value)).collect();
    figures.join(" · ")
}

fn sources<'a>(catalog: &'a Catalog, snapshot: &'a Snapshot) -> Result<Vec<SourceLine<'a>>, jiff::Error> {
    let lines = snapshot.sources.iter().map(|source| {
        let loaded_at =
            source.loaded_at.map(|time| strtime::format("%-d %B %Y, %H:%M UTC", time)).transpose()?;
        Ok(SourceLine {
            title: catalog.dataset(&source.dataset).map_or(&source.dataset, |dataset| &dataset.title),
            loaded_at,
            rejected: (source.rejected > 0).then(|| grouped(&source.rejected.to_string())),
        })
    });
    lines.collect()
}

fn block<'a>(section: &'a Section, table: &Table) -> Result<Block<'a>, Reason> {
    let bar = match &section.bar {
        None => None,
        Some(name) => Some(
            table
                .columns
                .iter()
                .position(|column| column.name == *name)
                .ok_or_else(|| Reason::Bar { section: section.title.clone(), column: name.clone() })?,
        ),
    };
    let shown = table.rows.get(..section.rows_in_mail).unwrap_or(&table.rows);
    let longest =
        bar.map_or(0.0, |bar| shown.iter().filter_map(|row| row.get(bar)?.as_f64()).fold(0.0, f64::max));
    let measured = |(_, column): &(usize, &Column)| column.kind.is_measure();
    let measures: Vec<(usize, &Column)> = table.columns.iter().enumerate().filter(measured).collect();
    let describing: Vec<(usize, &Column)> =
        table.columns.iter().enumerate().filter(|column| !measured(column)).collect();
    let rows = shown.iter().map(|row| {
        let (label, details) = label(&describing, row);
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
        label: describing.first().map(|(_, column)| column.title()).unwrap_or_default(),
        measures: measures
            .iter()
            .map(|(place, column)| Measure { title: column.title(), is_bar: bar == Some(*place) })
            .collect(),
        rows: rows.collect(),
        more: (hidden > 0).then(|| grouped(&hidden.to_string())),
    })
}

/// What a row is about: its first describing value, and the others in one line. A number says what it is.
fn label(describing: &[(usize, &Column)], row: &[Value]) -> (String, String) {
    let mut values = describing.iter().map(|(place, column)| {
        let value = row.get(*place).unwrap_or(&Value::Null);
        (column, value)
    });
    let label = values.next().map(|(column, value)| written(column.kind, value)).unwrap_or_default();
    let details: Vec<String> = values
        .filter(|(_, value)| **value != Value::Null)
        .map(|(column, value)| match value {
            Value::Text(text) => text.to_string(),
            _ => format!("{} {}", column.title(), written(column.kind, value)).replace(' ', NO_BREAK),
        })
        .collect();
    (label, details.join(&format!("{NO_BREAK}· ")))
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
    use super::*;

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
