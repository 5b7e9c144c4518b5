//! Which dataset each sheet of a file is of. Pure: names and first rows in, tables out.

use rounds_shared::catalog::{Catalog, Column, Dataset, Origin};
use rounds_shared::header::{self, Found, Nearest, ROWS_SEARCHED};
use rounds_shared::payload::{IgnoredBecause, IgnoredSheet, file_name};
use rounds_shared::tabular::Unreadable;

use crate::error::Error;
use crate::look::Look;

/// A sheet that is of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The sheet.
    pub look: &'a Look,
    /// Number of the last row of its header.
    pub header: u64,
}

/// What the sheets of a file are.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised<'a> {
    /// Those that are read, at least one.
    pub tables: Vec<Table<'a>>,
    /// The others.
    pub ignored: Vec<IgnoredSheet>,
}

/// Matches each sheet to the dataset whose header it has, or else to the one that accepts anything under this key. Other
/// sheets are ignored, unless they have all but one column of a header: such a sheet is a table that somebody means to
/// load, and leaving it alone would lose it in silence. So would a text of an archive that has the name of a dataset's
/// files, whatever it lacks: an archive is not read by half. Where that header is of a dataset that the file is named for, no
/// other dataset is asked: what is left of one report's columns may be all of another's.
///
/// # Errors
/// [`Error::MissingColumns`] or [`Error::UnknownDataset`] where no sheet has one; [`Error::Unreadable`] where the only
/// ones that do have no row below it, and their datasets do not load that; [`Error::MissingFolder`].
pub fn recognise<'a>(catalog: &'a Catalog, key: &str, looks: &'a [Look]) -> Result<Recognised<'a>, Error> {
    let groups = catalog.candidates(key);
    let anything = catalog.accepting_anything(key);
    let mut recognised = Recognised { tables: Vec::new(), ignored: Vec::new() };
    for look in looks {
        let known = known(&groups, key, look)?;
        let known = known.filter(|(dataset, _)| dataset.hidden_sheets || !look.is_hidden);
        let reading = anything.filter(|dataset| dataset.hidden_sheets || !look.is_hidden);
        let known = known.or_else(|| complete(reading.as_slice(), look));
        let is_later =
            known.as_ref().is_some_and(|(dataset, _)| dataset.first_sheet) && !is_first(look, looks);
        match known.filter(|_| !is_later) {
            Some((dataset, header)) if dataset.loads_empty || has_rows_below(&header, look) => {
                require_folders(key, dataset)?;
                let header = header.rows.last().copied().unwrap_or_default();
                recognised.tables.push(Table { dataset, look, header });
            }
            known => recognised.ignored.push(IgnoredSheet {
                name: look.place().unwrap_or_else(|| file_name(key).to_owned()),
                reason: match known {
                    // An empty table would take the place of a full one.
                    Some(_) => IgnoredBecause::EmptySheet,
                    None if is_later => IgnoredBecause::LaterSheet,
                    None if look.is_hidden => IgnoredBecause::HiddenSheet,
                    None if look.rows.is_empty() => IgnoredBecause::EmptySheet,
                    None => IgnoredBecause::UnknownSheet,
                },
            }),
        }
    }
    if !recognised.tables.is_empty() {
        return Ok(recognised);
    }
    let has_header_only = |group: &Vec<&Dataset>, look: &Look| {
        complete(group, look).is_some_and(|(_, header)| !has_rows_below(&header, look))
    };
    let is_empty = |look: &Look| !look.is_hidden && groups.iter().any(|group| has_header_only(group, look));
    if looks.iter().any(is_empty) || anything.is_some() {
        return Err(Error::Unreadable { source_name: file_name(key).to_owned(), reason: Unreadable::Empty });
    }
    Err(refusal(key, groups.last().map_or(&[], Vec::as_slice), looks))
}

/// The dataset whose header the sheet has, of the first group with such a one.
fn known<'a>(
    groups: &[Vec<&'a Dataset>],
    key: &str,
    look: &Look,
) -> Result<Option<(&'a Dataset, Found)>, Error> {
    for group in groups {
        let complete = complete(group, look);
        if complete.is_some() {
            return Ok(complete);
        }
        if !look.is_hidden && is_near_miss(group, look) {
            return Err(refusal(key, group, std::slice::from_ref(look)));
        }
    }
    match &look.member {
        Some(member) if look.sheet.is_none() => {
            let possible = groups.last().into_iter().flatten().copied();
            let meant: Vec<&Dataset> = possible.filter(|dataset| dataset.is_meant_by(member)).collect();
            if meant.is_empty() { Ok(None) } else { Err(unread(key, &meant, look)) }
        }
        _ => Ok(None),
    }
}

/// What a member lacks that by its name is of one of these datasets.
fn unread(key: &str, meant: &[&Dataset], look: &Look) -> Error {
    let source_name = look.source(file_name(key));
    if look.rows.is_empty() {
        return Error::Unreadable { source_name, reason: Unreadable::Empty };
    }
    let misses = meant.iter().filter_map(|dataset| Some((dataset, header::find(dataset, &look.rows).err()?)));
    match misses.max_by_key(|(_, header)| header.matched).filter(|(_, header)| header.matched > 0) {
        Some((dataset, header)) => {
            Error::MissingColumns { source_name, dataset: dataset.name.clone(), nearest: header.to_string() }
        }
        None => unknown(source_name, meant),
    }
}

/// The dataset of the group whose header the sheet has; of several, the one with the most columns.
fn complete<'a>(group: &[&'a Dataset], look: &Look) -> Option<(&'a Dataset, Found)> {
    let whole = group.iter().filter_map(|dataset| Some((*dataset, header::find(dataset, &look.rows).ok()?)));
    whole.reduce(|best, next| if next.1.matched > best.1.matched { next } else { best })
}

/// A key has to name what the dataset requires of it.
fn require_folders(key: &str, dataset: &Dataset) -> Result<(), Error> {
    let required: Vec<&Column> =
        dataset.columns.iter().filter(|column| column.required && column.origin == Origin::Key).collect();
    let lacking = required.iter().filter(|column| column.in_key(key).is_none());
    let lacking: Vec<&str> = lacking.map(|column| column.name.as_str()).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let folder = dataset.prefix.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let below: String = required.iter().map(|column| format!("{}=…/", column.name)).collect();
    Err(Error::MissingFolder {
        file: file_name(key).to_owned(),
        dataset: dataset.name.clone(),
        columns: lacking.join(", "),
        folder: folder + &below,
    })
}

/// Whether a sheet is the first of its workbook that people see.
fn is_first(look: &Look, looks: &[Look]) -> bool {
    let seen = looks.iter().find(|other| other.member == look.member && !other.is_hidden);
    seen.is_none_or(|first| std::ptr::eq(first, look))
}

fn has_rows_below(header: &Found, look: &Look) -> bool {
    header.rows.last() != look.rows.last().map(|line| &line.number) || look.rows.len() == ROWS_SEARCHED
}

fn is_near_miss(group: &[&Dataset], look: &Look) -> bool {
    nearest(group, std::slice::from_ref(look))
        .is_some_and(|near| near.header.matched >= 3 && near.header.missing.len() == 1)
}

/// A sheet that nearly has a dataset's header.
struct NearMiss<'a> {
    dataset: &'a Dataset,
    look: &'a Look,
    header: Nearest,
}

/// The row with the most columns of a dataset, if it has at least half of those required.
fn nearest<'a>(group: &[&'a Dataset], looks: &'a [Look]) -> Option<NearMiss<'a>> {
    let mut nearest: Option<NearMiss<'a>> = None;
    for look in looks {
        for dataset in group {
            let required = dataset.columns.iter().filter(|column| column.heads_a_file()).count();
            if let Err(header) = header::find(dataset, &look.rows)
                && header.matched > 0
                && header.missing.len() * 2 <= required
                && nearest.as_ref().is_none_or(|best| header.matched > best.header.matched)
            {
                nearest = Some(NearMiss { dataset, look, header });
            }
        }
    }
    nearest
}

/// What the nearest miss lacks; else that nothing is known.
fn refusal(key: &str, group: &[&Dataset], looks: &[Look]) -> Error {
    let file = file_name(key).to_owned();
    match nearest(group, looks) {
        Some(near) => Error::MissingColumns {
            source_name: near.look.source(&file),
            dataset: near.dataset.name.clone(),
            nearest: near.header.to_string(),
        },
        None => unknown(file, group),
    }
}

fn unknown(file: String, group: &[&Dataset]) -> Error {
    let known = group.iter().map(|dataset| dataset.name.as_str()).collect::<Vec<_>>().join(", ");
    Error::UnknownDataset { file, searched: ROWS_SEARCHED, known }
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
