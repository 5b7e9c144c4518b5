//! What a page says besides figures and rows: that there is nothing, what was sent before, and how far the data can be
//! trusted.

use jiff::Timestamp;
use rounds_shared::catalog::{Cadence, Catalog};

use crate::query::Source;
use crate::rendering::content::Content;
use crate::rendering::days;
use crate::rendering::wording::{self, grouped};

/// That the report has no rows of its own.
#[must_use]
pub(super) fn nothing(content: &Content<'_>) -> Option<String> {
    let is_empty = content.tables.first().is_none_or(|table| table.rows.is_empty());
    let nothing = match content.sent_before {
        None | Some(0) => "Nothing to report",
        Some(_) => "Nothing new to report",
    };
    is_empty.then(|| format!("{nothing} for this {}.", days::noun(content.report.cadence)))
}

/// That rows were sent before.
#[must_use]
pub(super) fn sent_before(content: &Content<'_>) -> Option<String> {
    match content.sent_before? {
        0 => None,
        1 => Some("1 more row of these days was sent before and is not repeated.".to_owned()),
        number => Some(format!(
            "{} more rows of these days were sent before and are not repeated.",
            grouped(&number.to_string())
        )),
    }
}

/// What a reader has to know of the data before he trusts the figures.
///
/// # Errors
/// None for a moment of the calendar.
pub(super) fn notes(catalog: &Catalog, content: &Content<'_>) -> Result<Vec<String>, jiff::Error> {
    let mut notes = Vec::new();
    for source in content.sources {
        let title = title(catalog, source);
        if source.rejected > 0 {
            let number = grouped(&source.rejected.to_string());
            let (rows, are) = if source.rejected == 1 { ("row breaks", "is") } else { ("rows break", "are") };
            notes.push(format!("{title}: {number} {rows} a rule and {are} not in these figures."));
        }
        // What is reported after a load speaks of that load, and not of a day that others have to reach.
        if content.report.cadence != Cadence::AfterLoad {
            notes.extend(older(title, source, content)?);
        }
    }
    Ok(notes)
}

/// That data are older than the report's day; of several accounts, clinics, …, how many of their files.
fn older(title: &str, source: &Source, content: &Content<'_>) -> Result<Option<String>, jiff::Error> {
    let is_older = |moment: &&Timestamp| moment.to_zoned(content.zone.clone()).date() < content.as_of;
    let number = source.drops.iter().filter(is_older).count();
    let data = match (source.drops.as_slice(), number) {
        (_, 0) => return Ok(None),
        ([moment], _) => format!("the data are of {},", wording::moment(*moment, content.zone)?),
        (files, 1) => format!("1 of {} files is", files.len()),
        (files, number) => format!("{number} of {} files are", files.len()),
    };
    Ok(Some(format!("{title}: {data} older than this report’s day. Figures may change.")))
}

/// Of when the data are.
///
/// # Errors
/// None for a moment of the calendar.
pub(super) fn data_as_of(
    catalog: &Catalog,
    source: &Source,
    content: &Content<'_>,
) -> Result<String, jiff::Error> {
    let title = title(catalog, source);
    Ok(match source.dropped_at() {
        Some(moment) => format!("{title}: data as of {}", wording::moment(moment, content.zone)?),
        None => format!("{title}: no data yet"),
    })
}

fn title<'a>(catalog: &'a Catalog, source: &'a Source) -> &'a str {
    catalog.dataset(&source.dataset).map_or(&source.dataset, |dataset| &dataset.title)
}
