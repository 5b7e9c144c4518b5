//! The header of a table: found below titles, known again where it is repeated, and what there is to say of it.

use rounds_shared::catalog::Dataset;
use rounds_shared::header::{Finder, Found, Line, NamedBy, Nearest};
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Row};

/// A header that was found.
pub(crate) struct Heading {
    /// Where the contract's columns are.
    pub header: Found,
    /// Rows above it.
    titles: Vec<u64>,
    /// By position, whether a column of the contract is there.
    own: Vec<bool>,
    /// By position, whether a column that the contract does not name is there: it has a head, or a value in a row seen.
    unknown: Vec<bool>,
    /// How many fields it has in delimited text, if the contract has every record be as long.
    fields: Option<usize>,
}

impl Heading {
    fn new(header: Found, searched: &[Line], fields: Option<usize>) -> Self {
        let mut own = Vec::new();
        let mut unknown = Vec::new();
        header.positions.iter().flatten().for_each(|place| mark(&mut own, *place));
        header.unknown.iter().for_each(|place| mark(&mut unknown, *place));
        let titles =
            searched.iter().map(|line| line.number).filter(|row| !header.rows.contains(row)).collect();
        // Of two rows, the upper may be the longer one.
        let fields = fields.map(|fields| fields.max(header.names.count()));
        Self { titles, own, unknown, fields, header }
    }

    /// Whether a row is the header again.
    #[must_use]
    pub(crate) fn is_repeated_by(&self, row: &Row<'_>) -> bool {
        self.header.is_repeated_by(row)
    }

    /// Whether a record has fewer fields than the header or a value behind it, where the contract rejects such.
    #[must_use]
    pub(crate) fn is_ragged(&self, row: &Row<'_>) -> bool {
        self.fields.is_some_and(|header| {
            let is_short = row.fields.is_some_and(|fields| fields < header);
            is_short || row.cells.iter().skip(header).any(|cell| !cell.is_blank())
        })
    }

    /// Where in the file a column of the contract is.
    #[must_use]
    pub(crate) fn place(&self, position: Option<usize>) -> Option<usize> {
        self.header.positions.get(position?).copied().flatten()
    }

    /// Takes note of the columns in which a row has a value: one without a head is an unknown column too, unless the row
    /// is ragged.
    pub(crate) fn see(&mut self, row: &Row<'_>) {
        self.header.names.widen(row.cells.len());
        if !self.is_ragged(row) {
            strangers(&self.own, row).for_each(|(place, _)| mark(&mut self.unknown, place));
        }
    }

    /// The cells of a row in columns that the contract does not name, with their positions from 0; blank ones are left
    /// out.
    pub(crate) fn strangers<'r>(&self, row: &Row<'r>) -> impl Iterator<Item = (usize, &'r Cell<'r>)> {
        strangers(&self.own, row)
    }

    /// Positions, from 1, of columns that the contract does not name, once all rows are seen.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = u64> {
        let places = self.unknown.iter().enumerate().filter(|(_, unknown)| **unknown);
        places.map(|(place, _)| position(place))
    }

    /// What is to be noted of the header, once all rows are seen: a rule, the position of the contract's column that it
    /// is about, and a row or, from 1, a position in the file.
    #[must_use]
    pub(crate) fn findings(&self, dataset: &Dataset) -> Vec<(Rule, Option<usize>, Option<u64>)> {
        let mut findings: Vec<_> = self.titles.iter().map(|row| (Rule::TitleRow, None, Some(*row))).collect();
        findings.extend(self.header.rows.iter().map(|row| (Rule::Header, None, Some(*row))));
        let placed = self.header.positions.iter().zip(&self.header.named_by);
        for (index, (column, (place, named_by))) in dataset.columns.iter().zip(placed).enumerate() {
            let rule = match named_by {
                Some(NamedBy::Name) => Rule::MatchedByName,
                Some(NamedBy::Alias) => Rule::MatchedByAlias,
                None if !column.is_in_file() => continue,
                None => Rule::AbsentColumn,
            };
            findings.push((rule, Some(index), place.map(position)));
        }
        findings.extend(self.unknown().map(|position| (Rule::UnknownColumn, None, Some(position))));
        findings
    }
}

fn strangers<'r>(own: &[bool], row: &Row<'r>) -> impl Iterator<Item = (usize, &'r Cell<'r>)> {
    let cells = row.cells.iter().enumerate();
    cells.filter(|(place, cell)| own.get(*place) != Some(&true) && !cell.is_blank())
}

fn mark(places: &mut Vec<bool>, place: usize) {
    if places.len() <= place {
        places.resize(place + 1, false);
    }
    if let Some(marked) = places.get_mut(place) {
        *marked = true;
    }
}

fn position(place: usize) -> u64 {
    u64::try_from(place + 1).unwrap_or(u64::MAX)
}

/// The search for a header in the first rows.
pub(crate) struct Search<'d> {
    finder: Finder<'d>,
    searched: Vec<Line>,
    rejects_ragged: bool,
}

impl<'d> Search<'d> {
    /// A search for the header of `dataset`.
    #[must_use]
    pub(crate) fn new(dataset: &'d Dataset) -> Self {
        let rejects_ragged = dataset.rejects_ragged;
        Self { finder: Finder::new(dataset), searched: Vec::new(), rejects_ragged }
    }

    /// Looks at the next row and answers the header if it ends here; see [`Finder::look`] for when it does so twice.
    pub(crate) fn look(&mut self, row: &Row<'_>) -> Option<Heading> {
        if self.is_over() {
            return None;
        }
        let line = Line::of(row);
        let found = self.finder.look(self.searched.last(), &line);
        self.searched.push(line);
        let fields = row.fields.filter(|_| self.rejects_ragged);
        found.map(|header| Heading::new(header, &self.searched, fields))
    }

    /// Whether the rows in which a header may stand are all looked at.
    #[must_use]
    pub(crate) fn is_over(&self) -> bool {
        self.finder.is_over()
    }

    /// Rows looked at.
    #[must_use]
    pub(crate) fn searched(&self) -> usize {
        self.searched.len()
    }

    /// What comes nearest to a header.
    #[must_use]
    pub(crate) fn nearest(&self) -> Nearest {
        self.finder.nearest()
    }
}

#[cfg(test)]
#[path = "heading_tests.rs"]
mod tests;
