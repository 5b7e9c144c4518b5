//! The header of a table: found below titles, known again where it is repeated.

use std::borrow::Cow;

use rounds_shared::catalog::{Dataset, normalise_header};
use rounds_shared::header::{Header, ROWS_SEARCHED};
use rounds_shared::tabular::{Cell, Row};

/// A header that was found.
#[derive(Debug)]
pub struct Heading {
    /// The row in which it stands, from 1.
    pub row: u64,
    /// Where the contract's columns are.
    pub header: Header,
    names: Vec<String>,
    /// Normalised names of the contract's columns as this header spells them, by position.
    signature: Vec<(usize, String)>,
}

impl Heading {
    fn new(row: u64, header: Header, names: Vec<String>) -> Self {
        let named = |place: usize| names.get(place).map(|name| (place, normalise_header(name)));
        let signature = header.positions.iter().flatten().filter_map(|place| named(*place)).collect();
        Self { row, header, names: unique(&names), signature }
    }

    /// What the column at a position, from 0, is called among the rejects: as the header spells it, or `column 7`.
    #[must_use]
    pub fn name(&self, place: usize) -> Cow<'_, str> {
        self.names.get(place).map_or_else(|| unnamed(place).into(), |name| name.as_str().into())
    }

    /// Whether a row is the header again.
    #[must_use]
    pub fn is_repeated_by(&self, cells: &[Cell<'_>]) -> bool {
        self.signature.iter().all(|(place, name)| match cells.get(*place) {
            Some(Cell::Text(text)) => normalise_header(text) == *name,
            _ => false,
        })
    }
}

/// Names for all positions, each different: blank ones get a number, repeated ones a count.
fn unique(names: &[String]) -> Vec<String> {
    let mut taken: Vec<String> = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        let plain = if name.is_empty() { unnamed(place) } else { name.clone() };
        let counted = (2..).map(|count: usize| format!("{plain} ({count})"));
        let free = std::iter::once(plain.clone()).chain(counted).find(|candidate| !taken.contains(candidate));
        taken.push(free.unwrap_or(plain));
    }
    taken
}

fn unnamed(place: usize) -> String {
    format!("column {}", place + 1)
}

/// The search for a header in the first rows.
#[derive(Debug)]
pub struct Search<'d> {
    dataset: &'d Dataset,
    /// Rows looked at.
    pub searched: usize,
    nearest: Option<Header>,
}

impl<'d> Search<'d> {
    /// A search for the header of `dataset`.
    #[must_use]
    pub fn new(dataset: &'d Dataset) -> Self {
        Self { dataset, searched: 0, nearest: None }
    }

    /// Looks at the next row: the first in which every required column is named is the header.
    pub fn look(&mut self, row: &Row<'_>) -> Option<Heading> {
        self.searched += 1;
        let names: Vec<String> = row.cells.iter().map(Cell::as_header).collect();
        let header = Header::read(self.dataset, &names);
        if header.missing(self.dataset).is_empty() {
            return Some(Heading::new(row.number, header, names));
        }
        if self.nearest.as_ref().is_none_or(|nearest| nearest.matched() < header.matched()) {
            self.nearest = Some(header);
        }
        None
    }

    /// Whether the rows in which a header may stand are all looked at.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.searched >= ROWS_SEARCHED
    }

    /// Required columns that the nearest row lacks.
    #[must_use]
    pub fn missing(&self) -> Vec<&'d str> {
        self.nearest.as_ref().map(|header| header.missing(self.dataset)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Catalog;
    use rounds_shared::tabular::Epoch;

    use super::*;

    fn cells(texts: &'static str) -> Vec<Cell<'static>> {
        texts.split(',').map(|text| Cell::Text(text.into())).collect()
    }

    fn found(rows: &[&'static str]) -> Result<Heading, String> {
        let catalog = Catalog::open(None).unwrap();
        let mut search = Search::new(catalog.dataset("healthtech.doctors").unwrap());
        for (number, row) in (1..).zip(rows) {
            let cells = cells(row);
            if let Some(heading) = search.look(&Row { number, cells: &cells, epoch: Epoch::Y1900 }) {
                return Ok(heading);
            }
        }
        Err(search.missing().join(", "))
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let heading =
            found(&["Doctors of the group", ",,as of October", "Specialty,Doctor ID,NAME"]).unwrap();
        assert_eq!((heading.row, heading.header.positions), (3, vec![Some(1), Some(2), Some(0)]));
    }

    #[test]
    fn the_nearest_row_says_what_is_missing() {
        assert_eq!(found(&["Report", "doctor_id,title", "other"]).unwrap_err(), "name");
        assert_eq!(found(&["Report"]).unwrap_err(), "doctor_id, name");
    }

    #[test]
    fn a_header_is_known_again_however_it_is_spelt() {
        let heading = found(&["doctor_id,name,specialty,notes"]).unwrap();
        assert!(heading.is_repeated_by(&cells("Doctor Id, NAME ,specialty")));
        assert!(!heading.is_repeated_by(&cells("doctor_id,name")));
        assert!(!heading.is_repeated_by(&cells("7,name,specialty")));
    }

    #[test]
    fn every_position_has_a_name_of_its_own() {
        let heading = found(&["doctor_id,name,,name,name (2)"]).unwrap();
        let names: Vec<_> = (0..6).map(|place| heading.name(place).into_owned()).collect();
        assert_eq!(names, ["doctor_id", "name", "column 3", "name (2)", "name (2) (2)", "column 6"]);
    }
}
