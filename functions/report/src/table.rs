//! A report's table: columns and typed values, as they came out of one query.
//!
//! Nothing here implements `Debug`: values are patients' data.

use jiff::civil::{Date, DateTime};

/// What a column's values are, and so how they are aligned, written and added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, and whatever has no better kind.
    Text,
    /// A whole number that names something, such as an id: never grouped, never added up.
    Number,
    /// A whole number that counts something: grouped by thousands, added up.
    Count,
    /// A decimal number.
    Decimal,
    /// A share from 0 to 1, shown as a percentage.
    Share,
    /// A day.
    Date,
    /// A point in time, in UTC.
    Timestamp,
    /// True or false.
    Boolean,
}

impl Kind {
    /// Whether values stand to the right, digit below digit.
    #[must_use]
    pub const fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::Count | Self::Decimal | Self::Share)
    }

    /// Whether values measure the thing that the other columns describe.
    #[must_use]
    pub const fn is_measure(self) -> bool {
        matches!(self, Self::Count | Self::Decimal | Self::Share)
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name that the query gave it.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
}

impl Column {
    /// The name as people write it: `doctor_id` is `Doctor ID`.
    #[must_use]
    pub fn title(&self) -> String {
        let words: Vec<&str> =
            self.name.split('_').map(|word| if word == "id" { "ID" } else { word }).collect();
        let title = words.join(" ");
        let mut letters = title.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => title,
        }
    }
}

/// One value.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// Text.
    Text(Box<str>),
    /// A whole number.
    Integer(i64),
    /// A decimal number in PostgreSQL's notation, all digits kept.
    Decimal(Box<str>),
    /// A day.
    Date(Date),
    /// A point in time, in UTC.
    Timestamp(DateTime),
    /// True or false.
    Boolean(bool),
}

impl Value {
    /// The value as a finite floating-point number, for drawing and for spreadsheets, which know no other; none where
    /// it is none.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        let number: Option<f64> = match self {
            Self::Integer(number) => number.to_string().parse().ok(),
            Self::Decimal(digits) => digits.parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }
}

/// Columns and rows; every row has one value per column.
#[derive(Clone, PartialEq, Default)]
pub struct Table {
    /// Columns in the query's order.
    pub columns: Vec<Column>,
    /// Rows in the query's order.
    pub rows: Vec<Box<[Value]>>,
}

impl Table {
    /// The sum of a column's whole numbers.
    #[must_use]
    pub fn total(&self, column: usize) -> i128 {
        let values = self.rows.iter().filter_map(|row| match row.get(column) {
            Some(Value::Integer(number)) => Some(i128::from(*number)),
            _ => None,
        });
        values.sum()
    }
}

/// Whether a spreadsheet program may take `text` for a formula.
///
/// The characters are those that OWASP names for CSV injection.
#[must_use]
pub fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_made_of_the_name() {
        let title = |name: &str| Column { name: name.to_owned(), kind: Kind::Text }.title();
        assert_eq!(title("doctor_id"), "Doctor ID");
        assert_eq!(title("confirmation_rate"), "Confirmation rate");
        assert_eq!(title("Fee (net)"), "Fee (net)");
        assert_eq!(title(""), "");
    }

    #[test]
    fn a_total_passes_over_gaps_and_does_not_overflow() {
        let column = Column { name: "confirmed".to_owned(), kind: Kind::Count };
        let rows = [Value::Integer(i64::MAX), Value::Null, Value::Integer(i64::MAX)];
        let table = Table { columns: vec![column], rows: rows.map(|value| Box::from([value])).into() };
        assert_eq!(table.total(0), 2 * i128::from(i64::MAX));
        assert_eq!(table.total(1), 0);
    }
}
