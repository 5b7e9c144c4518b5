//! An export: its rows as written, and the fate of each.

use std::collections::BTreeMap;

use crate::sheet::{Cell, Row, text};

/// What must become of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate<T> {
    /// It stands in the table, with these values.
    Loaded(T),
    /// It breaks a rule.
    Rejected(Breach),
    /// Another row of the same key stands.
    Superseded,
}

/// A rule that a row breaks, and the column where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Name of the rule.
    pub rule: &'static str,
    /// Name of the column.
    pub column: &'static str,
}

/// A row below the header that is neither blank nor a header again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// Its number in the spreadsheet, from 1.
    pub row: u64,
    /// What must become of it.
    pub fate: Fate<T>,
}

/// A sheet as it arrives.
#[derive(Debug, Clone)]
pub struct Export<T> {
    /// Every row: titles, header, blank ones and all.
    pub rows: Vec<Row>,
    /// The rows that count.
    pub entries: Vec<Entry<T>>,
    /// Headers repeated below the header.
    pub repeated_headers: usize,
    /// Loaded rows with a date so far in the future that it deserves a warning.
    pub implausible: usize,
}

/// A record that can have rivals of the same key.
pub(super) trait Record {
    type Key: Ord + Copy;
    type Rank: Ord + Copy;

    fn key(&self) -> Self::Key;

    /// The smallest of a key stands; the first row, of several.
    fn rank(&self) -> Self::Rank;
}

/// A line of the data, before it is known whether it has rivals.
pub(super) struct Line<T> {
    pub(super) cells: Row,
    pub(super) meaning: Result<T, Breach>,
}

#[expect(private_bounds, reason = "only exports of this module are laid out")]
impl<T: Record> Export<T> {
    /// Lays the lines out below a title and a header, with blank rows and the header again between them.
    pub(super) fn lay_out(title: &str, header: &Row, lines: Vec<Line<T>>) -> Self {
        let mut rows = vec![vec![text(title)], Vec::new(), header.clone()];
        let mut entries = Vec::with_capacity(lines.len());
        let mut repeated_headers = 0;
        let breaks = [lines.len() / 3, lines.len() * 2 / 3];
        for (index, line) in lines.into_iter().enumerate() {
            if breaks.contains(&index) && index > 0 {
                rows.extend([vec![Cell::Blank; header.len()], header.clone()]);
                repeated_headers += 1;
            }
            rows.push(line.cells);
            entries.push((rows.len() as u64, line.meaning));
        }
        Self { rows, entries: settle(entries), repeated_headers, implausible: 0 }
    }
}

impl<T> Export<T> {
    /// The records that stand.
    pub fn loaded(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().filter_map(|entry| match &entry.fate {
            Fate::Loaded(record) => Some(record),
            _ => None,
        })
    }

    /// How many rows break which rule.
    #[must_use]
    pub fn rejections(&self) -> BTreeMap<Breach, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            if let Fate::Rejected(breach) = entry.fate {
                *counts.entry(breach).or_default() += 1;
            }
        }
        counts
    }

    /// How many rows lost to a rival.
    #[must_use]
    pub fn superseded(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.fate, Fate::Superseded)).count()
    }
}

/// Decides between rivals.
fn settle<T: Record>(read: Vec<(u64, Result<T, Breach>)>) -> Vec<Entry<T>> {
    let mut standing = BTreeMap::new();
    for (row, record) in &read {
        if let Ok(record) = record {
            let claim = (record.rank(), *row);
            let best = standing.entry(record.key()).or_insert(claim);
            *best = claim.min(*best);
        }
    }
    let fate = |row, record: Result<T, Breach>| match record {
        Err(breach) => Fate::Rejected(breach),
        Ok(record) if standing.get(&record.key()).is_some_and(|(_, winner)| *winner == row) => {
            Fate::Loaded(record)
        }
        Ok(_) => Fate::Superseded,
    };
    read.into_iter().map(|(row, record)| Entry { row, fate: fate(row, record) }).collect()
}
