//! A value of a row.

use std::borrow::Cow;

/// A typed value, as Parquet keeps it. Digits behind the microsecond are not kept and decide nothing: moments that
/// differ in them alone are one key, and neither is the later.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// None; allowed where the column is not required.
    Null,
    /// Of a column of type integer.
    Integer(i32),
    /// Of a column of type bigint.
    Bigint(i64),
    /// Of a column of type decimal, in units of its last digit.
    Decimal(i128),
    /// Of a column of type date: days since 1970-01-01.
    Date(i32),
    /// Of a column of type time: nanoseconds since midnight, whole microseconds of them.
    Time(i64),
    /// Of a column of type timestamp: microseconds since 1970-01-01.
    Timestamp(i64),
    /// Of a column of type boolean.
    Boolean(bool),
    /// Of a column of type text; the JSON object of [`Column::UNKNOWN`](rounds_shared::catalog::Column::UNKNOWN).
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// A number, day, moment or truth value of a column as a whole number of the same order.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Integer(whole) => Some(i64::from(*whole)),
            Self::Date(day) => Some(i64::from(*day)),
            Self::Bigint(count) | Self::Time(count) | Self::Timestamp(count) => Some(*count),
            Self::Boolean(truth) => Some(i64::from(*truth)),
            Self::Null | Self::Decimal(_) | Self::Text(_) => None,
        }
    }

    /// The same apart from the cell that it was read of.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(whole) => Value::Integer(whole),
            Self::Bigint(whole) => Value::Bigint(whole),
            Self::Decimal(units) => Value::Decimal(units),
            Self::Date(day) => Value::Date(day),
            Self::Time(time) => Value::Time(time),
            Self::Timestamp(moment) => Value::Timestamp(moment),
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        }
    }
}
