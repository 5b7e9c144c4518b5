//! The search for a header.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Found, Line, NamedBy, Names, Nearest, ROWS_SEARCHED};
use crate::catalog::{Column, ColumnType, Dataset, Origin, UnknownNames, normalise_header};

/// The search for a header, row by row. It ends with the first row in which every column that it has to name is named,
/// alone or together with the row above it; of a contract that requires none, with the first that names two, and of one
/// without columns with the first. Columns that a drop tells are none that a header has to name; where it names one that
/// the key tells, that is found too.
pub struct Finder<'d> {
    dataset: &'d Dataset,
    /// Columns by normalised name and alias.
    known: BTreeMap<String, (usize, NamedBy)>,
    /// Columns matched by the row of the header, while the row below it may still belong to it.
    open: Option<Match>,
    is_found: bool,
    looked: usize,
    nearest: Option<(Match, Near)>,
}

/// For each column of the contract what it is called, and where.
type Match = Vec<Option<(NamedBy, usize)>>;

/// Rows that are nearly a header: their numbers, and the normalised head of each position.
type Near = (Vec<u64>, Vec<String>);

impl<'d> Finder<'d> {
    /// A search for the header of `dataset`.
    #[must_use]
    pub fn new(dataset: &'d Dataset) -> Self {
        let mut known = BTreeMap::new();
        let is_headed = |column: &Column| column.kind != ColumnType::Json && column.origin != Origin::Drop;
        let columns = || dataset.columns.iter().enumerate().filter(|(_, column)| is_headed(column));
        for (index, column) in columns() {
            known.entry(normalise_header(&column.name)).or_insert((index, NamedBy::Name));
        }
        for (index, column) in columns() {
            for alias in &column.aliases {
                known.entry(normalise_header(alias)).or_insert((index, NamedBy::Alias));
            }
        }
        known.remove("");
        Self { dataset, known, open: None, is_found: false, looked: 0, nearest: None }
    }

    /// Looks at the next row, with the one looked at before it, and answers the header if it ends here. It may do so
    /// twice: one row that names every required column is a header, and a longer one with the row below it where that
    /// leaves those positions blank and names more columns, or the cells of a group.
    pub fn look(&mut self, above: Option<&Line>, line: &Line) -> Option<Found> {
        self.looked += 1;
        let found = if self.is_found {
            self.below(above, line)
        } else {
            self.here(None, line).or_else(|| self.here(Some(above?), line))
        };
        self.is_found |= found.is_some();
        found
    }

    /// Whether no further row can change the answer.
    #[must_use]
    pub fn is_over(&self) -> bool {
        if self.is_found { self.open.is_none() } else { self.looked >= ROWS_SEARCHED }
    }

    /// What comes nearest to a header among the rows looked at.
    #[must_use]
    pub fn nearest(&self) -> Nearest {
        let nothing = (vec![None; self.dataset.columns.len()], Near::default());
        let (columns, (rows, heads)) = self.nearest.as_ref().unwrap_or(&nothing);
        Nearest::new(
            rows.clone(),
            self.count(columns),
            &self.missing(columns),
            &self.strangers(columns, heads),
        )
    }

    /// Heads that name no column, with their positions.
    fn strangers<'h>(&self, columns: &Match, heads: &'h [String]) -> Vec<(usize, &'h str)> {
        let is_taken = |place: usize| columns.iter().flatten().any(|(_, taken)| *taken == place);
        let heads = heads.iter().enumerate().map(|(place, head)| (place, head.as_str()));
        heads.filter(|(place, head)| !head.is_empty() && !is_taken(*place)).collect()
    }

    /// The header that ends in this row, if one does.
    fn here(&mut self, above: Option<&Line>, line: &Line) -> Option<Found> {
        let columns = self.match_up(above, line);
        if self.missing(&columns).is_empty() {
            let found = self.found(&columns, above, line);
            self.open = above.is_none().then_some(columns);
            return Some(found);
        }
        if self.nearest.as_ref().is_none_or(|(nearest, _)| self.count(nearest) < self.count(&columns)) {
            let heads = heads(above.map(|above| &above.normal), &line.normal).map(|head| head.normal());
            self.nearest = Some((columns, (numbers(above, line), heads.collect())));
        }
        None
    }

    /// The header of the row above and this one, if this one goes on with it.
    fn below(&mut self, above: Option<&Line>, line: &Line) -> Option<Found> {
        let alone = self.open.take()?;
        let is_blank = |place: usize| line.normal.get(place).is_none_or(String::is_empty);
        if !alone.iter().flatten().all(|(_, place)| is_blank(*place)) {
            return None;
        }
        let columns = self.match_up(above, line);
        let goes_on = self.count(&columns) > self.count(&alone) || self.names_a_group(above, line);
        goes_on.then(|| self.found(&columns, above, line))
    }

    /// Whether this row, which has nothing below the columns that are matched, names the cells of a group of the row above:
    /// one below the group's own cell, and one below the next, which is merged into it. A row of the table would lack what
    /// is required.
    fn names_a_group(&self, above: Option<&Line>, line: &Line) -> bool {
        let above = above.map(|above| above.normal.as_slice()).unwrap_or_default();
        let is_blank = |place: usize| above.get(place).is_none_or(String::is_empty);
        let pairs = line.normal.windows(2).enumerate();
        let mut named = pairs.filter(|(_, pair)| pair.iter().all(|name| !name.is_empty()));
        self.dataset.columns.iter().any(Column::heads_a_file)
            && named.any(|(place, _)| !is_blank(place) && is_blank(place + 1))
    }

    /// Columns by the whole head of a position, else by its name alone.
    fn match_up(&self, above: Option<&Line>, line: &Line) -> Match {
        let mut columns: Match = vec![None; self.dataset.columns.len()];
        for (place, head) in heads(above.map(|above| &above.normal), &line.normal).enumerate() {
            let whole = if self.has_group(head.group) { self.known.get(&head.normal()) } else { None };
            if let Some((index, by)) = whole.or_else(|| self.known.get(head.name))
                && let Some(column) = columns.get_mut(*index)
            {
                let here = (*by, place);
                *column = Some(column.map_or(here, |before| before.min(here)));
            }
        }
        columns
    }

    /// Whether a column may be in this group. Most cells name none, and are not to be joined in vain.
    fn has_group(&self, group: &str) -> bool {
        let behind = (Bound::Included(group), Bound::Unbounded);
        let next = self.known.range::<str, _>(behind).next();
        !group.is_empty() && next.is_some_and(|(name, _)| name.starts_with(group))
    }

    /// Columns that a whole header would name.
    fn missing(&self, columns: &Match) -> Vec<&'d str> {
        let every = || self.brought(columns);
        let required = every().any(|(column, _)| column.heads_a_file());
        if !required && self.count(columns) >= every().count().min(2) {
            return Vec::new();
        }
        every()
            .filter(|(column, place)| place.is_none() && (column.heads_a_file() || !required))
            .map(|(column, _)| column.name.as_str())
            .collect()
    }

    /// How many of the columns that a file brings are named.
    fn count(&self, columns: &Match) -> usize {
        self.brought(columns).filter(|(_, named)| named.is_some()).count()
    }

    /// The columns that a file brings, and what each is called.
    fn brought<'m>(
        &self,
        columns: &'m Match,
    ) -> impl Iterator<Item = (&'d Column, &'m Option<(NamedBy, usize)>)> {
        let every = self.dataset.columns.iter().zip(columns);
        every.filter(|(column, _)| column.is_in_file())
    }

    fn found(&self, columns: &Match, above: Option<&Line>, line: &Line) -> Found {
        let spelled: Vec<String> =
            heads(above.map(|above| &above.texts), &line.texts).map(|head| head.whole()).collect();
        let mut own: Vec<Option<&str>> = vec![None; spelled.len()];
        for (column, named) in self.dataset.columns.iter().zip(columns) {
            if let Some(own) = named.and_then(|(_, place)| own.get_mut(place)) {
                *own = Some(&column.name);
            }
        }
        let places = spelled.iter().zip(&own).enumerate();
        Found {
            rows: numbers(above, line),
            matched: self.count(columns),
            positions: columns.iter().map(|named| named.map(|(_, place)| place)).collect(),
            named_by: columns.iter().map(|named| named.map(|(by, _)| by)).collect(),
            unknown: places
                .filter(|(_, (text, own))| own.is_none() && !text.is_empty())
                .map(|(place, _)| place)
                .collect(),
            names: match self.dataset.unknown_names {
                UnknownNames::AsWritten => Names::as_written(&spelled),
                UnknownNames::SnakeCase => {
                    let columns = self.dataset.columns.iter().map(|column| column.name.as_str());
                    Names::snake_case(&spelled, &own, columns)
                }
            },
            lines: above.into_iter().chain([line]).map(|line| line.normal.clone()).collect(),
        }
    }
}

fn numbers(above: Option<&Line>, line: &Line) -> Vec<u64> {
    above.into_iter().chain([line]).map(|line| line.number).collect()
}

/// What heads a position.
struct Head<'l> {
    /// The name of the group above it; empty where there is none.
    group: &'l str,
    /// Its own name.
    name: &'l str,
}

impl Head<'_> {
    /// As it is spelt.
    fn whole(&self) -> String {
        if self.group.is_empty() { self.name.to_owned() } else { format!("{} {}", self.group, self.name) }
    }

    fn normal(&self) -> String {
        normalise_header(&self.whole())
    }
}

/// The heads of all positions. The cells of a group are merged: its name stands in the first of them. So are those of a
/// name that has no group: it stands in the upper of two.
fn heads<'l>(above: Option<&'l Vec<String>>, line: &'l [String]) -> impl Iterator<Item = Head<'l>> {
    let above = above.map(Vec::as_slice).unwrap_or_default();
    let mut group = "";
    (0..above.len().max(line.len())).map(move |place| {
        let upper = above.get(place).map_or("", String::as_str);
        if !upper.is_empty() {
            group = upper;
        }
        match line.get(place).map_or("", String::as_str) {
            "" => Head { group: "", name: upper },
            name => Head { group, name },
        }
    })
}
