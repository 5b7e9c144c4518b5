//! Where a table begins: the row, or the two rows, whose cells name a dataset's columns.
//!
//! The rule stands here once: ingest asks it which dataset a sheet is of, and transform where the columns are.

use std::fmt;

use crate::catalog::{Dataset, first_of_header, normalise_header};
use crate::tabular::{Cell, Epoch, Row};

mod finder;
mod names;
mod nearest;

pub use finder::Finder;
pub use names::Names;
pub use nearest::Nearest;

/// Rows with a value in which a header is looked for; titles and letterheads stand above it.
pub const ROWS_SEARCHED: usize = 50;

/// What a header calls a column. Where both stand in a header, the name counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedBy {
    /// Its name in the contract.
    Name,
    /// One of its aliases.
    Alias,
}

/// A dataset's header. Cells of a table without a header may have been taken for one, so it shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Number of its row; of both rows where names stand below the names of groups.
    pub rows: Vec<u64>,
    /// For each column of the contract, in its order, the position of its cell, from 0; none where the file lacks it.
    pub positions: Vec<Option<usize>>,
    /// For each of these, what it is called.
    pub named_by: Vec<Option<NamedBy>>,
    /// Positions that are headed by the name of no column of the contract, or by one that an earlier position has.
    pub unknown: Vec<usize>,
    /// What each position is called.
    pub names: Names,
    /// How many of the columns that a file brings are named.
    pub matched: usize,
    /// The cells of each row, normalised.
    lines: Vec<Vec<String>>,
}

impl Found {
    /// Whether a row is this header again, or one of its two rows.
    #[must_use]
    pub fn is_repeated_by(&self, row: &Row<'_>) -> bool {
        let is_line = |line: &Vec<String>| {
            self.positions.iter().flatten().all(|place| {
                let head = line.get(*place).map_or("", String::as_str);
                row.cells.get(*place).map_or(head.is_empty(), |cell| reads(cell, row.epoch, head))
            })
        };
        self.matched > 0 && self.lines.iter().any(is_line)
    }
}

/// Whether a cell is this head, normalised. Most cells below a header begin otherwise.
fn reads(cell: &Cell<'_>, epoch: Epoch, head: &str) -> bool {
    let may_be = match cell {
        Cell::Text(text) => first_of_header(text) == head.chars().next(),
        Cell::Number(number) if number.is_finite() => head.starts_with(|first: char| first.is_ascii_digit()),
        _ => true,
    };
    may_be && normalise_header(&cell.as_text(epoch)) == head
}

/// A row in which a header may be. What stands in it may be a patient's, so it shows no more than its number.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// As the sheet numbers it, from 1.
    pub number: u64,
    texts: Vec<String>,
    /// The texts as they are compared; normalised once, however many datasets are compared with them.
    normal: Vec<String>,
}

impl Line {
    /// A row, of a number and the texts of its cells.
    #[must_use]
    pub fn new(number: u64, texts: Vec<String>) -> Self {
        Self { number, normal: texts.iter().map(|text| normalise_header(text)).collect(), texts }
    }

    /// A row of a sheet.
    #[must_use]
    pub fn of(row: &Row<'_>) -> Self {
        Self::new(row.number, row.texts())
    }

    /// The texts of its cells.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Line").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Looks for the header of `dataset` in the first rows of a sheet that have a value.
///
/// # Errors
/// What comes nearest to a header.
pub fn find(dataset: &Dataset, lines: &[Line]) -> Result<Found, Nearest> {
    let mut finder = Finder::new(dataset);
    let mut found = None;
    let mut above = None;
    for line in lines {
        found = finder.look(above, line).or(found);
        if finder.is_over() {
            break;
        }
        above = Some(line);
    }
    found.ok_or_else(|| finder.nearest())
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
