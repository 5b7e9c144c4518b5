//! A report's charts: pictures of queries' rows, and the same in words.

use rounds_shared::catalog::{Chart, ChartKind, Section};
use rust_decimal::Decimal;

use crate::error::Reason;
use crate::query::table::{Kind, Table, Value};
use crate::rendering::content::{Content, Picture};
use crate::rendering::drawing;
use crate::rendering::points::{Points, Series};
use crate::rendering::wording::written;

/// Values that the words name one by one.
const MOST_NAMED: usize = 10;

/// Draws the charts of a report's sections; an empty chart is no picture. The same content makes the same bytes.
///
/// # Errors
/// [`Reason::Column`], [`Reason::Picture`].
pub fn draw(content: &Content<'_>) -> Result<Vec<Picture>, Reason> {
    let sections = content.report.sections.iter().zip(&content.tables).enumerate();
    let pictures = sections.map(|(number, (section, rows))| {
        picture(section, number, content.charts.get(&number).unwrap_or(rows))
    });
    pictures.filter_map(Result::transpose).collect()
}

fn picture(section: &Section, number: usize, rows: &Table) -> Result<Option<Picture>, Reason> {
    let Some(chart) = &section.chart else { return Ok(None) };
    let Some(points) = Points::of(chart, rows)? else { return Ok(None) };
    let (width, height) = drawing::size(chart.kind, &points);
    let png = drawing::png(chart.kind, &points).ok_or(Reason::Picture)?;
    Ok(Some(Picture { section: number, png, width, height, alt: in_words(chart, &points) }))
}

/// The main values, for those who cannot see the picture.
fn in_words(chart: &Chart, points: &Points) -> String {
    let value = |number: Decimal| written(points.kind, &Value::Decimal(number.to_string().into()));
    let totals = (0..points.categories.len()).map(|place| points.total(place));
    let mut by_category: Vec<_> = points.categories.iter().zip(totals).collect();
    let range = match points.categories.as_slice() {
        [first, .., last] => format!("{first} to {last}"),
        single => single.concat(),
    };
    let said = match (chart.kind, points.series.as_slice()) {
        (ChartKind::Bar, _) => {
            let more = by_category.len().saturating_sub(MOST_NAMED);
            by_category.truncate(MOST_NAMED);
            let named: Vec<String> =
                by_category.iter().map(|(name, number)| format!("{name} {}", value(*number))).collect();
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            named.join(", ") + &more
        }
        (_, [_]) => {
            let last = by_category.last().map(|(name, number)| format!("{} on {name}", value(*number)));
            // The first of several days that are as high.
            let highest = by_category.iter().rev().max_by_key(|(_, number)| *number);
            let highest = highest.map(|(name, number)| format!("{} on {name}", value(*number)));
            format!("{range}; highest {}, last {}", highest.unwrap_or_default(), last.unwrap_or_default())
        }
        (_, series) => {
            // Parts of different wholes do not add up.
            let (which, number): (_, fn(&Series) -> Decimal) = match points.kind {
                Kind::Share => ("last", Series::last),
                _ => ("in all", Series::total),
            };
            let named = series.iter().map(|series| format!("{} {}", series.name, value(number(series))));
            format!("{range}, {which}: {}", named.collect::<Vec<_>>().join(", "))
        }
    };
    format!("{}. {said}.", chart.title)
}
