//! Rows read apart from the product: those of CSVs, with what becomes of them, and those of a database.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// A row of a table or a result: values as PostgreSQL writes them, none for null.
pub type Line = Vec<Option<String>>;

/// What became of a file's rows, but for those that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows below the header.
    pub read: u64,
    /// Rows that break a rule.
    pub rejected: u64,
    /// Rows with the id of a later one.
    pub superseded: u64,
}

/// What became of the rows of all files that were read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    counts: BTreeMap<String, Counts>,
    /// The rules that rows break: `file column`.
    pub broken: BTreeSet<String>,
}

/// A row of a CSV: its cells under the header's names.
pub(crate) type Record = BTreeMap<String, String>;

/// A row by its id, or the column that breaks a rule.
pub(crate) type Judged<T> = Result<(String, T), &'static str>;

impl Reading {
    /// The rows of a CSV that stand against the others of it, by id: of each id the last.
    pub(crate) fn standing<T>(
        &mut self,
        name: &str,
        csv: &[u8],
        judge: impl Fn(&Record) -> Judged<T>,
    ) -> BTreeMap<String, T> {
        let (mut rows, mut counts) = (BTreeMap::new(), Counts::default());
        for record in csv::Reader::from_reader(csv).into_deserialize().flatten() {
            counts.read += 1;
            match judge(&record) {
                Ok((id, row)) => counts.superseded += u64::from(rows.insert(id, row).is_some()),
                Err(column) => {
                    counts.rejected += 1;
                    self.broken.insert(format!("{name} {column}"));
                }
            }
        }
        self.counts.insert(name.to_owned(), counts);
        rows
    }

    /// What became of a file's rows.
    #[must_use]
    pub fn counts(&self, name: &str) -> Counts {
        self.counts.get(name).copied().unwrap_or_default()
    }
}

/// A cell's text; none where it is blank.
pub(crate) fn cell(record: &Record, column: &str) -> Option<String> {
    record.get(column).map(|cell| cell.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The same of a column that must not be blank.
pub(crate) fn needed(record: &Record, column: &'static str) -> Result<String, &'static str> {
    cell(record, column).ok_or(column)
}

/// A day in the first of these notations that it has.
pub(crate) fn day(text: &str, notations: &[&str]) -> Option<Date> {
    notations.iter().find_map(|notation| Date::strptime(notation, text).ok())
}

/// The rows of a query, in its order.
///
/// # Errors
/// What PostgreSQL has against the query.
pub async fn lines(database: &Client, query: &str) -> Result<Vec<Line>, Error> {
    let messages = database.simple_query(query).await?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows.map(|row| (0..row.len()).map(|place| row.get(place).map(str::to_owned)).collect()).collect())
}
