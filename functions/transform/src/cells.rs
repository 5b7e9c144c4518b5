//! Cells as JSON, as they were read.

use rounds_shared::header::Names;
use rounds_shared::tabular::{Cell, Epoch};
use serde::{Serialize, Serializer};

use crate::numbers::whole;

/// Cells by the name of their position, in the order of the sheet.
pub(crate) struct Named<'c, I> {
    /// What positions are called.
    pub names: &'c Names,
    /// Cells with their positions, from 0.
    pub cells: I,
    /// What serials in them count from.
    pub epoch: Epoch,
}

impl<'c, 'v: 'c, I: Iterator<Item = (usize, &'c Cell<'v>)> + Clone> Serialize for Named<'c, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.cells
                .clone()
                .filter_map(|(place, cell)| Some((self.names.get(place)?, AsRead(cell, self.epoch)))),
        )
    }
}

/// A cell as it was read: text untrimmed, numbers and truth values as themselves, dates in ISO 8601.
struct AsRead<'c, 'v>(&'c Cell<'v>, Epoch);

impl Serialize for AsRead<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Number(number) => match whole(*number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(*number),
            },
            Cell::Bool(value) => serializer.serialize_bool(*value),
            Cell::Empty | Cell::Date(_) | Cell::Error(_) | Cell::Uncalculated => {
                serializer.serialize_str(&self.0.as_text(self.1))
            }
        }
    }
}
