//! Where a table begins: the row whose cells name a dataset's columns.

use crate::catalog::Dataset;

/// A dataset's header, found in a row of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// For each column of the contract, in its order, the position of its cell; none where the file lacks it.
    pub positions: Vec<Option<usize>>,
    /// Positions of cells that name no column of the contract.
    pub unknown: Vec<usize>,
}

/// Rows in which a header is looked for; titles and letterheads stand above it.
pub const ROWS_SEARCHED: usize = 50;

impl Header {
    /// Reads a row as a header of `dataset`: the first cell that names a column stands for it.
    #[must_use]
    pub fn read(dataset: &Dataset, cells: &[String]) -> Self {
        let mut positions = vec![None; dataset.columns.len()];
        let mut unknown = Vec::new();
        for (place, cell) in cells.iter().enumerate() {
            let named = dataset.columns.iter().position(|column| column.is_named(cell));
            match named.and_then(|index| positions.get_mut(index)) {
                Some(position @ None) => *position = Some(place),
                _ if cell.trim().is_empty() => {}
                _ => unknown.push(place),
            }
        }
        Self { positions, unknown }
    }

    /// How many of the contract's columns are in the row.
    #[must_use]
    pub fn matched(&self) -> usize {
        self.positions.iter().flatten().count()
    }

    /// Names of required columns that the row lacks.
    #[must_use]
    pub fn missing<'a>(&self, dataset: &'a Dataset) -> Vec<&'a str> {
        let columns = dataset.columns.iter().zip(&self.positions);
        columns
            .filter(|(column, position)| column.required && position.is_none())
            .map(|(column, _)| column.name.as_str())
            .collect()
    }
}
