//! Values and cells as bytes, for the temp disk and for hashing.

use std::borrow::Cow;

use rounds_shared::tabular::Cell;

use crate::error::Error;
use crate::value::Value;

/// Adds a value, so that no two rows of different values make the same bytes.
pub(crate) fn put_value(value: &Value<'_>, into: &mut Vec<u8>) {
    into.push(match value {
        Value::Null => 0,
        Value::Integer(_) => 1,
        Value::Bigint(_) => 2,
        Value::Decimal(_) => 3,
        Value::Date(_) => 4,
        Value::Time(_) => 5,
        Value::Timestamp(_) => 6,
        Value::Boolean(_) => 7,
        Value::Text(_) => 8,
    });
    if let Value::Text(text) = value {
        into.extend_from_slice(&length(text.len()).to_be_bytes());
    }
    put_ordered(value, into);
}

/// Adds what orders values of one type as their bytes are ordered; nothing for a null.
pub(crate) fn put_ordered(value: &Value<'_>, into: &mut Vec<u8>) {
    match value {
        Value::Null => {}
        // With the sign bit turned over, negative numbers come first.
        Value::Integer(value) => into.extend_from_slice(&(value ^ i32::MIN).to_be_bytes()),
        Value::Bigint(value) => into.extend_from_slice(&(value ^ i64::MIN).to_be_bytes()),
        Value::Decimal(units) => into.extend_from_slice(&(units ^ i128::MIN).to_be_bytes()),
        Value::Date(day) => into.extend_from_slice(&(day ^ i32::MIN).to_be_bytes()),
        Value::Time(count) | Value::Timestamp(count) => {
            into.extend_from_slice(&(count ^ i64::MIN).to_be_bytes());
        }
        Value::Boolean(value) => into.push(u8::from(*value)),
        Value::Text(text) => into.extend_from_slice(text.as_bytes()),
    }
}

/// Adds a row of cells. What a failed formula shows comes back as text.
pub(crate) fn put_cells(cells: &[Cell<'_>], into: &mut Vec<u8>) {
    into.extend_from_slice(&length(cells.len()).to_be_bytes());
    for cell in cells {
        match cell {
            Cell::Empty => into.push(0),
            Cell::Text(text) => put_text(1, text, into),
            Cell::Number(number) => put_float(2, *number, into),
            Cell::Date(serial) => put_float(3, *serial, into),
            Cell::Bool(value) => into.extend_from_slice(&[4, u8::from(*value)]),
            Cell::Error(shown) => put_text(1, shown, into),
            Cell::Uncalculated => into.push(5),
        }
    }
}

fn put_text(tag: u8, text: &str, into: &mut Vec<u8>) {
    into.push(tag);
    into.extend_from_slice(&length(text.len()).to_be_bytes());
    into.extend_from_slice(text.as_bytes());
}

fn put_float(tag: u8, number: f64, into: &mut Vec<u8>) {
    into.push(tag);
    into.extend_from_slice(&number.to_be_bytes());
}

/// A length as it is written; a cell's text is bounded far below 4 GiB.
pub(crate) fn length(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// Takes out of bytes what was put into them, in the same order.
pub(crate) struct Reader<'r>(pub &'r [u8]);

impl<'r> Reader<'r> {
    /// A row of cells.
    ///
    /// # Errors
    /// [`Error::Spill`], for this and the other methods: the bytes are not what was put.
    pub(crate) fn cells(&mut self) -> Result<Vec<Cell<'r>>, Error> {
        let count = self.number()?;
        (0..count).map(|_| self.cell()).collect()
    }

    fn cell(&mut self) -> Result<Cell<'r>, Error> {
        Ok(match self.byte()? {
            0 => Cell::Empty,
            1 => Cell::Text(Cow::Borrowed(self.text()?)),
            2 => Cell::Number(f64::from_be_bytes(self.array()?)),
            3 => Cell::Date(f64::from_be_bytes(self.array()?)),
            4 => Cell::Bool(self.byte()? != 0),
            5 => Cell::Uncalculated,
            _ => return Err(Error::Spill),
        })
    }

    /// A number that was put with its four bytes.
    pub(crate) fn number(&mut self) -> Result<u32, Error> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A byte.
    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Error::Spill)?;
        self.0 = rest;
        Ok(*array)
    }

    fn text(&mut self) -> Result<&'r str, Error> {
        let length = usize::try_from(self.number()?).map_err(|_| Error::Spill)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Error::Spill)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Error::Spill)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value<'static>> {
        prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::Integer),
            any::<i64>().prop_map(Value::Bigint),
            any::<i128>().prop_map(Value::Decimal),
            any::<i32>().prop_map(Value::Date),
            any::<i64>().prop_map(Value::Time),
            any::<i64>().prop_map(Value::Timestamp),
            any::<bool>().prop_map(Value::Boolean),
            ".{0,9}".prop_map(|text| Value::Text(text.into())),
        ]
    }

    fn bytes(values: &[Value<'_>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        values.iter().for_each(|value| put_value(value, &mut bytes));
        bytes
    }

    fn ordered(value: &Value<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_ordered(value, &mut bytes);
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn different_rows_make_different_bytes(a in prop::collection::vec(value(), 0..4), b in prop::collection::vec(value(), 0..4)) {
            prop_assert_eq!(a == b, bytes(&a) == bytes(&b));
        }

        #[test]
        fn numbers_are_ordered_as_their_bytes_are(a in any::<(i32, i64, i128)>(), b in any::<(i32, i64, i128)>()) {
            prop_assert_eq!(a.0.cmp(&b.0), ordered(&Value::Integer(a.0)).cmp(&ordered(&Value::Integer(b.0))));
            prop_assert_eq!(a.1.cmp(&b.1), ordered(&Value::Bigint(a.1)).cmp(&ordered(&Value::Bigint(b.1))));
            prop_assert_eq!(a.2.cmp(&b.2), ordered(&Value::Decimal(a.2)).cmp(&ordered(&Value::Decimal(b.2))));
        }

        #[test]
        fn moments_are_ordered_as_their_bytes_are(a in any::<(i32, i64)>(), b in any::<(i32, i64)>()) {
            prop_assert_eq!(a.0.cmp(&b.0), ordered(&Value::Date(a.0)).cmp(&ordered(&Value::Date(b.0))));
            prop_assert_eq!(a.1.cmp(&b.1), ordered(&Value::Timestamp(a.1)).cmp(&ordered(&Value::Timestamp(b.1))));
        }
    }

    #[test]
    fn cells_come_back() {
        let cells = [
            Cell::Empty,
            Cell::Text("ä".into()),
            Cell::Number(-0.5),
            Cell::Date(60.0),
            Cell::Bool(true),
            Cell::Error("#N/A"),
            Cell::Uncalculated,
        ];
        let mut bytes = Vec::new();
        put_cells(&cells, &mut bytes);
        let mut read = Reader(&bytes).cells().unwrap();
        assert_eq!(std::mem::replace(&mut read[5], Cell::Error("#N/A")), Cell::Text("#N/A".into()));
        assert_eq!(read, cells);
    }
}
