//! What a drop says of every row of its file: the columns whose values come from its key or from its time.

use jiff::civil::DateTime;
use rounds_shared::catalog::{Column, Dataset, Origin};
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Epoch};

use crate::coerce::{Read, Reading, Value};

/// A column's value in the key, which does not keep the contract.
#[derive(Debug, PartialEq)]
pub(crate) struct Unusable<'d> {
    /// The column.
    pub column: &'d Column,
    /// The rule that the value breaks.
    pub rule: Rule,
}

/// What the key says of each column of the contract, as cells; nothing of columns that do not come from it.
#[must_use]
pub(crate) fn in_key<'k>(dataset: &Dataset, key: &'k str) -> Vec<Cell<'k>> {
    let cell = |column: &Column| match (column.origin, column.in_key(key)) {
        (Origin::Key, Some(value)) => Cell::Text(value.into()),
        _ => Cell::Empty,
    };
    dataset.columns.iter().map(cell).collect()
}

/// The values that all rows have, read once: for each column that of its cell of [`in_key`], or the time of the drop as
/// the clinic's clocks showed it; none for a column that the file brings.
///
/// # Errors
/// The first value in the key that its column's contract refuses, or lacks.
pub(crate) fn given<'d, 'k>(
    readings: &[Reading<'d>],
    in_key: &'k [Cell<'_>],
    dropped_at: DateTime,
) -> Result<Vec<Option<Read<'k>>>, Unusable<'d>> {
    let read = |(reading, cell): (&Reading<'d>, &'k Cell<'_>)| match reading.column.origin {
        Origin::File => Ok(None),
        Origin::Drop => Ok(Some(Value::Timestamp(dropped_at).into())),
        Origin::Key => {
            let read = reading.value(cell, Epoch::default());
            read.map(Some).map_err(|rule| Unusable { column: reading.column, rule })
        }
    };
    readings.iter().zip(in_key).map(read).collect()
}

/// The given value, if the file's own cell says the same.
///
/// # Errors
/// [`Rule::OtherThanKey`], or the rule that the cell breaks.
pub(crate) fn confirmed<'k>(given: &Read<'k>, own: Result<Read<'_>, Rule>) -> Result<Read<'k>, Rule> {
    if own?.value == given.value { Ok(given.clone()) } else { Err(Rule::OtherThanKey) }
}
