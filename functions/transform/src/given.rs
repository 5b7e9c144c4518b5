//! What a drop says of every row of its file: the columns whose values come from its key or from its time.

use rounds_shared::catalog::Origin;
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Epoch};

use crate::coerce::{Read, Reading, Value};
use crate::curate::Order;
use crate::error::Error;

/// The values that all rows have, read once: for each column what the drop's key says of it, or the time of the drop as
/// the clinic's clocks showed it; none for a column that the file brings.
///
/// # Errors
/// [`Error::UnusableKey`] for the first value in the key that its column's contract refuses, or lacks.
pub(crate) fn given(
    readings: &[Reading<'_>],
    order: &Order<'_>,
) -> Result<Vec<Option<Read<'static>>>, Error> {
    let read = |reading: &Reading<'_>| match reading.column.origin {
        Origin::File => Ok(None),
        Origin::Drop => Ok(Some(Value::Timestamp(order.dropped_at).into())),
        Origin::Key => in_key(reading, order).map(Some),
    };
    readings.iter().map(read).collect()
}

fn in_key(reading: &Reading<'_>, order: &Order<'_>) -> Result<Read<'static>, Error> {
    let column = reading.column;
    let cell = column.in_key(order.key).map_or(Cell::Empty, |value| Cell::Text(value.into()));
    reading.value(&cell, Epoch::default()).map(Read::into_owned).map_err(|rule| Error::UnusableKey {
        file: order.file_name().to_owned(),
        dataset: order.dataset.name.clone(),
        column: column.name.clone(),
        rule: rule.describe(),
    })
}

/// The given value, if the file's own cell says the same.
///
/// # Errors
/// [`Rule::OtherThanKey`], or the rule that the cell breaks.
pub(crate) fn confirmed<'k>(given: &Read<'k>, own: Result<Read<'_>, Rule>) -> Result<Read<'k>, Rule> {
    if own?.value == given.value { Ok(given.clone()) } else { Err(Rule::OtherThanKey) }
}
