//! What a drop says of every row of its file: the columns whose values come from its key or from its time.

use rounds_shared::catalog::Origin;
use rounds_shared::rule::Rule;
use rounds_shared::tabular::{Cell, Epoch};

use crate::coerce::{Reading, Remarks};
use crate::curate::Order;
use crate::error::Error;
use crate::times;
use crate::value::Value;

/// A value that all rows have.
pub(crate) struct Given {
    value: Value<'static>,
    remarks: Remarks,
}

impl Given {
    /// Adds it to a row's values.
    pub(crate) fn put(&self, values: &mut Vec<Value<'_>>) -> Remarks {
        values.push(self.value.clone());
        self.remarks
    }

    /// Adds it to a row's values, if the file's own cell, which was the last to be read, says the same.
    ///
    /// # Errors
    /// [`Rule::OtherThanKey`], or the rule that the cell breaks.
    pub(crate) fn confirmed(
        &self,
        own: Result<Remarks, Rule>,
        values: &[Value<'_>],
    ) -> Result<Remarks, Rule> {
        own?;
        if values.last() == Some(&self.value) { Ok(self.remarks) } else { Err(Rule::OtherThanKey) }
    }
}

/// The values that all rows have, read once: for each column what the drop's key says of it, or the time of the drop as
/// the clinic's clocks showed it; none for a column that the file brings.
///
/// # Errors
/// [`Error::UnusableKey`] for the first value in the key that its column's contract refuses, or lacks.
pub(crate) fn given(readings: &[Reading<'_>], order: &Order<'_>) -> Result<Vec<Option<Given>>, Error> {
    let read = |reading: &Reading<'_>| match reading.column.origin {
        Origin::File => Ok(None),
        Origin::Drop => {
            let value = Value::Timestamp(times::microseconds(order.dropped_at));
            Ok(Some(Given { value, remarks: Remarks::default() }))
        }
        Origin::Key => in_key(reading, order).map(Some),
    };
    readings.iter().map(read).collect()
}

fn in_key(reading: &Reading<'_>, order: &Order<'_>) -> Result<Given, Error> {
    let column = reading.column;
    let cell = column.in_key(order.key).map_or(Cell::Empty, |value| Cell::Text(value.into()));
    let mut values = Vec::new();
    let read = reading.value(&cell, Epoch::default(), &mut values);
    let remarks = read.map_err(|rule| Error::UnusableKey {
        file: order.file_name().to_owned(),
        dataset: order.dataset.name.clone(),
        column: column.name.clone(),
        rule: rule.describe(),
    })?;
    let value = values.pop().map_or(Value::Null, Value::into_owned);
    Ok(Given { value, remarks })
}
