//! What one letter is about: all of a report, or the rows of one person.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use rounds_shared::catalog::{Each, Place, Report};
use rounds_shared::digest::sha256_hex;
use rounds_shared::payload::Ready;

use crate::error::Reason;
use crate::post::recipient::Recipient;
use crate::query::table::{Table, Value};
use crate::query::{Snapshot, Source, title};

/// A report, divided into what each letter is about.
#[derive(Default)]
pub struct Shares {
    /// In the order of the rows.
    pub shares: Vec<Share>,
    /// Letters that nobody can be sent, because their rows name no address, or several: what each is about.
    pub unaddressed: Vec<String>,
    /// What each dataset that the report needs holds.
    pub sources: Vec<Source>,
}

/// What one letter is about.
#[derive(Clone, Default)]
pub struct Share {
    /// A digest of the row or group; empty for the whole report.
    pub item: String,
    /// Whom its rows name; none where the report has an audience.
    pub recipient: Option<Recipient>,
    /// The headline's query.
    pub headline: Option<Table>,
    /// One table per section.
    pub sections: Vec<Table>,
    /// The charts' queries, by the number of their section.
    pub charts: BTreeMap<usize, Table>,
    /// Digests that identify the rows of the first section, in their order; empty where the report has no `once_per`.
    pub row_keys: Vec<String>,
}

impl Shares {
    /// Divides a snapshot. Whoever is sent a row or group gets no row of another one: the column with the address is
    /// taken away, and of each further table only the group's rows are kept.
    ///
    /// # Errors
    /// [`Reason::Column`] where a table does not have the column of the groups, and [`Reason::Undivided`] where there is
    /// none to divide it by.
    pub fn of(report: &Report, snapshot: Snapshot) -> Result<Self, Reason> {
        let Snapshot { headline, sections, charts, sources } = snapshot;
        let (key, address) = match &report.each {
            Each::Report => {
                let row_keys =
                    sections.first().map(|rows| row_keys(report, rows)).transpose()?.unwrap_or_default();
                let share = Share { headline, sections, charts, row_keys, ..Share::default() };
                return Ok(Self { shares: vec![share], unaddressed: Vec::new(), sources });
            }
            Each::Row { .. } if sections.len() > 1 || !charts.is_empty() => return Err(Reason::Undivided),
            Each::Row { address } => (report.once_per.as_slice(), address),
            Each::Group { column, address } => (std::slice::from_ref(column), address),
        };
        let divide = |place, table| Division::of(table, key, title(report, place));
        let mut sections =
            sections.into_iter().enumerate().map(|(number, table)| divide(Place::Section(number), table));
        let own = sections.next().transpose()?.ok_or(Reason::Undivided)?;
        let mut others = sections.collect::<Result<Vec<_>, _>>()?;
        let charts =
            charts.into_iter().map(|(number, table)| Ok((number, divide(Place::Chart(number), table)?)));
        let mut charts = charts.collect::<Result<Vec<_>, Reason>>()?;
        let nobodys = own.has_nobodys.then(String::new).into_iter().collect();
        let mut shares = Self { shares: Vec::new(), unaddressed: nobodys, sources };
        for (item, rows) in own.parts {
            let Some(recipient) = addressee(report, &rows, address) else {
                shares.unaddressed.push(item);
                continue;
            };
            let row_keys = row_keys(report, &rows)?;
            let others = others.iter_mut().map(|division| division.take(&item));
            let charts =
                charts.iter_mut().map(|(number, chart)| (*number, without(chart.take(&item), address)));
            shares.shares.push(Share {
                recipient: Some(recipient),
                headline: headline.clone(),
                sections: std::iter::once(rows).chain(others).map(|table| without(table, address)).collect(),
                charts: charts.collect(),
                row_keys,
                item,
            });
        }
        Ok(shares)
    }

    /// The shares of one part, those first whose digest is first. A row that comes or goes moves none to another part.
    #[must_use]
    pub fn part(self, letters: &Ready) -> Self {
        let Self { mut shares, mut unaddressed, sources } = self;
        shares.retain(|share| part(&share.item, letters.parts) == letters.part);
        shares.sort_by(|one, other| one.item.cmp(&other.item));
        unaddressed.retain(|item| part(item, letters.parts) == letters.part);
        Self { shares, unaddressed, sources }
    }
}

impl Share {
    /// The share with these rows of its first section alone.
    #[must_use]
    pub fn only(&self, rows: &[usize]) -> Self {
        let mut sections = self.sections.iter();
        let own = sections.next().map(|own| Table {
            columns: own.columns.clone(),
            rows: rows.iter().filter_map(|place| own.rows.get(*place).cloned()).collect(),
        });
        Self {
            item: self.item.clone(),
            recipient: self.recipient.clone(),
            headline: self.headline.clone(),
            sections: own.into_iter().chain(sections.cloned()).collect(),
            charts: self.charts.clone(),
            row_keys: rows.iter().filter_map(|place| self.row_keys.get(*place).cloned()).collect(),
        }
    }
}

/// The part, from 1, of a letter by the digest of what it is about; what has no digest is of the first.
fn part(item: &str, parts: u32) -> u32 {
    let bits = item.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
    bits % parts.max(1) + 1
}

/// A table, divided by the values of some of its columns.
struct Division {
    /// Its columns, without rows.
    empty: Table,
    /// By digest, in the order of the rows.
    parts: IndexMap<String, Table>,
    /// Whether there are rows without a value, which are nobody's.
    has_nobodys: bool,
}

impl Division {
    fn of(table: Table, columns: &[String], section: &str) -> Result<Self, Reason> {
        let places = places(&table, columns, section)?;
        let Table { columns, rows } = table;
        let empty = Table { columns, rows: Vec::new() };
        let mut division = Self { parts: IndexMap::new(), has_nobodys: false, empty };
        for row in rows {
            let Some(item) = digest(&row, &places) else {
                division.has_nobodys = true;
                continue;
            };
            division.parts.entry(item).or_insert_with(|| division.empty.clone()).rows.push(row);
        }
        Ok(division)
    }

    fn take(&mut self, item: &str) -> Table {
        self.parts.swap_remove(item).unwrap_or_else(|| self.empty.clone())
    }
}

/// Digests of the values that identify each row; none where the report has no `once_per`.
fn row_keys(report: &Report, table: &Table) -> Result<Vec<String>, Reason> {
    if report.once_per.is_empty() {
        return Ok(Vec::new());
    }
    let title = report.sections.first().map_or("", |section| section.title.as_str());
    let places = places(table, &report.once_per, title)?;
    Ok(table.rows.iter().map(|row| digest(row, &places).unwrap_or_else(|| sha256_hex(b""))).collect())
}

fn places(table: &Table, columns: &[String], section: &str) -> Result<Vec<usize>, Reason> {
    let missing = |column: &String| Reason::Column { section: section.to_owned(), column: column.clone() };
    columns.iter().map(|column| table.place(column).ok_or_else(|| missing(column))).collect()
}

/// The digest of a row's values at these places, as `ops.delivered_row` describes it; none where all are null.
fn digest(row: &[Value], places: &[usize]) -> Option<String> {
    let values: Vec<String> = places.iter().filter_map(|place| row.get(*place).and_then(text)).collect();
    (!values.is_empty()).then(|| sha256_hex(values.join("\u{1f}").as_bytes()))
}

/// A value as PostgreSQL writes it; none for null.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Boolean(truth) => Some(if *truth { "t" } else { "f" }.to_owned()),
        Value::Timestamp(_) => Some(value.plain().replacen('T', " ", 1)),
        Value::Instant(_) => Some(value.plain().replacen('T', " ", 1).replace('Z', "+00")),
        value => Some(value.plain()),
    }
}

/// The one address that rows name, if it is of a channel of the report.
fn addressee(report: &Report, rows: &Table, column: &str) -> Option<Recipient> {
    let place = rows.place(column)?;
    let named: BTreeSet<String> = rows.rows.iter().filter_map(|row| row.get(place).and_then(text)).collect();
    let mut named = named.iter().map(|address| Recipient::parse(address));
    let recipient = named.next()??;
    let is_one = named.all(|other| other.as_ref() == Some(&recipient));
    Some(recipient).filter(|recipient| is_one && report.deliver.contains(&recipient.channel))
}

/// A table without one of its columns.
fn without(mut table: Table, column: &str) -> Table {
    if let Some(place) = table.place(column) {
        table.columns.remove(place);
        for row in &mut table.rows {
            let kept = std::mem::take(row).into_iter().enumerate().filter(|(at, _)| *at != place);
            *row = kept.map(|(_, value)| value).collect();
        }
    }
    table
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
