//! What a page says besides figures and rows: that there is nothing, what was sent before, and how far the data can be
//! trusted.

use jiff::Timestamp;
use rounds_shared::catalog::{Cadence, Catalog};

use crate::query::Source;
use crate::rendering::content::Content;
use crate::rendering::days;
use crate::rendering::wording::{self, grouped};

/// That the report has no rows of its own. A letter that is made without its tables tells of none.
#[must_use]
pub(super) fn nothing(content: &Content<'_>) -> Option<String> {
    let is_empty = content.tables.first().is_some_and(|table| table.rows.is_empty());
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
        notes.extend(left_out(title, source, content));
        // What is reported after a load speaks of that load, and not of a day that others have to reach.
        if content.report.cadence != Cadence::AfterLoad {
            notes.extend(older(title, source, content)?);
        }
    }
    Ok(notes)
}

/// That rows are missing, because they break a rule or wait for others.
fn left_out(title: &str, source: &Source, content: &Content<'_>) -> impl Iterator<Item = String> {
    let is_asked_for = content.report.cadence == Cadence::OnRequest;
    let rejected = (source.rejected, "row breaks a rule", "rows break a rule");
    let waiting = (
        source.waiting,
        "row waits for one that no file has brought",
        "rows wait for others that no file has brought",
    );
    [rejected, waiting].into_iter().filter(|(number, ..)| *number > 0).map(move |(number, one, many)| {
        let rows = if number == 1 { one } else { many };
        let missing = match (is_asked_for, number) {
            (true, 1) => "is in no file, whosever it is",
            (true, _) => "are in no file, whosever they are",
            (false, 1) => "is not in these figures",
            (false, _) => "are not in these figures",
        };
        format!("{title}: {} {rows} and {missing}.", grouped(&number.to_string()))
    })
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
