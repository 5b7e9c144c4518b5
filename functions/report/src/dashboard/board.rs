//! What a dashboard's page shows: figures, charts, and which groups are left out. Its JSON is embedded in the page.

use jiff::Timestamp;
use jiff::civil::Date;
use rounds_shared::catalog::dashboard::Kind;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

/// A dashboard, ready to be drawn.
#[derive(Serialize)]
pub struct Board {
    /// What people call it.
    pub title: String,
    /// The day that it speaks of.
    pub as_of: Date,
    /// The moment at which everything was read.
    pub published_at: Timestamp,
    /// When it is out of date, unless another one has taken its place.
    pub expires_at: Timestamp,
    /// IANA name of the clinic's time zone.
    pub time_zone: String,
    /// A group of fewer people is left out.
    pub minimum: u64,
    /// Of when the data are.
    pub sources: Vec<Source>,
    /// Its tabs, in order.
    pub tabs: Vec<Tab>,
}

/// A dataset that the dashboard reads.
#[derive(Serialize)]
pub struct Source {
    /// What people call it.
    pub title: String,
    /// When the oldest of its files was dropped; none before the first load.
    pub dropped_at: Option<Timestamp>,
}

/// A tab.
#[derive(Serialize)]
pub struct Tab {
    /// Its heading.
    pub title: String,
    /// What is measured; a cell has one value for each, in this order.
    pub measures: Vec<Measure>,
    /// By what the reader may narrow the tab.
    pub filters: Vec<Dimension>,
    /// The measures of everything, by filters: a cell for each choice of them.
    pub figures: Vec<Cell>,
    /// Whether some of the figures are withheld. A choice without a cell has nobody then, or is withheld; else it has nobody.
    pub withheld: bool,
    /// Its pictures, in order.
    pub charts: Vec<Chart>,
}

/// What is measured.
#[derive(Serialize)]
pub struct Measure {
    /// What people call it.
    pub name: String,
    /// What its values are.
    pub unit: Unit,
}

/// What a measure's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A whole number.
    Count,
    /// From 0 to 1.
    Share,
}

/// Values that groups are told apart by.
#[derive(Serialize)]
pub struct Dimension {
    /// The name of the column, as people write it.
    pub title: String,
    /// The values in their order; none where there is none, and `Others` for all that are beyond the bounds.
    pub values: Vec<Option<String>>,
    /// What follows from each value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Dimension>,
}

/// A chart.
#[derive(Serialize)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How it is drawn.
    pub kind: Kind,
    /// The place of the measure that is drawn; none of a table, which shows all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<usize>,
    /// Its categories.
    pub x: Dimension,
    /// What tells its series apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Dimension>,
    /// What it draws. A chart of shares has the whole of each `x` as well, as a cell of all series together.
    pub cells: Vec<Cell>,
    /// The choices of the filters in which something is withheld. What has no cell has nobody in the others, and in these it
    /// has nobody or is withheld: to know which would be to know a number from below.
    #[serde(serialize_with = "choices")]
    pub withheld: Vec<Vec<Option<u16>>>,
}

/// A group: the place of its value in each dimension (the filters', then `x`, then the series), and what was measured.
pub struct Cell {
    /// Places, from 0; none for all values together.
    pub places: Vec<Option<u16>>,
    /// One value per measure; none of a share that is withheld, or that there is none of.
    pub values: Vec<Option<Value>>,
}

/// A measured value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// From 0 to 1, with four decimals.
    Share(f64),
}

/// One flat list: places, -1 for all, and values.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.places.len() + self.values.len()))?;
        for place in &self.places {
            list.serialize_element(&number(*place))?;
        }
        for value in &self.values {
            list.serialize_element(value)?;
        }
        list.end()
    }
}

fn number(place: Option<u16>) -> i32 {
    place.map_or(-1, i32::from)
}

fn choices<S: Serializer>(choices: &[Vec<Option<u16>>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer
        .collect_seq(choices.iter().map(|choice| choice.iter().copied().map(number).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_list_of_places_and_values() {
        let cell = Cell {
            places: vec![None, Some(0), Some(31)],
            values: vec![Some(Value::Count(120)), Some(Value::Share(0.3125)), None],
        };
        assert_eq!(serde_json::to_string(&cell).unwrap(), "[-1,0,31,120,0.3125,null]");
    }
}
