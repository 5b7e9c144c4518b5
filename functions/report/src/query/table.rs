//! A report's table: columns and typed values, as they came out of one query.
//!
//! Nothing here implements `Debug`: values are patients' data.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

/// Significant digits of a decimal number that a 64-bit floating-point number always keeps.
const DIGITS_KEPT: usize = 15;

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
    /// An amount of money: written with its currency and two decimals, added up.
    Money(Currency),
    /// A share from 0 to 1, shown as a percentage.
    Share,
    /// A day.
    Date,
    /// A day and time as the clinic's clocks show them.
    Timestamp,
    /// A moment, whatever the clock.
    Instant,
    /// True or false.
    Boolean,
}

impl Kind {
    /// Whether values stand to the right, digit below digit.
    #[must_use]
    pub const fn is_numeric(self) -> bool {
        self.is_measure() || matches!(self, Self::Number)
    }

    /// Whether values measure the thing that the other columns describe.
    #[must_use]
    pub const fn is_measure(self) -> bool {
        matches!(self, Self::Count | Self::Decimal | Self::Money(_) | Self::Share)
    }

    /// Whether a column has a total that means something.
    #[must_use]
    pub const fn is_totalled(self) -> bool {
        matches!(self, Self::Count | Self::Money(_))
    }
}

/// The currency of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    /// Indian rupee.
    Inr,
    /// US dollar.
    Usd,
    /// Euro.
    Eur,
    /// Pound sterling.
    Gbp,
}

impl Currency {
    /// The currency that a column's name ends in: `amount_inr` is in rupees.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match last_word(name) {
            "inr" => Some(Self::Inr),
            "usd" => Some(Self::Usd),
            "eur" => Some(Self::Eur),
            "gbp" => Some(Self::Gbp),
            _ => None,
        }
    }

    /// The sign that is written before the amount.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Inr => "₹",
            Self::Usd => "$",
            Self::Eur => "€",
            Self::Gbp => "£",
        }
    }
}

/// The last word of a column's name, which may tell its kind.
#[must_use]
pub fn last_word(name: &str) -> &str {
    name.rsplit(['_', ' ']).next().unwrap_or_default()
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
    /// The name as people write it: `doctor_id` is `Doctor ID`, and `amount_inr` `Amount (₹)`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.kind {
            Kind::Money(currency) => format!("{} ({})", self.words(), currency.sign()),
            Kind::Instant => format!("{} (UTC)", self.words()),
            _ => self.words(),
        }
    }

    /// The title where the values themselves tell the currency: `amount_inr` is `Amount`.
    #[must_use]
    pub fn words(&self) -> String {
        let name = match (self.kind, Currency::of(&self.name)) {
            (Kind::Money(_), Some(_)) => {
                self.name.strip_suffix(last_word(&self.name)).unwrap_or_default().trim_end_matches(['_', ' '])
            }
            _ => &self.name,
        };
        title(name)
    }
}

/// A column's name as people write it: `doctor_id` is `Doctor ID`.
#[must_use]
pub fn title(name: &str) -> String {
    let words: Vec<&str> = name.split('_').map(|word| if word == "id" { "ID" } else { word }).collect();
    let words = words.join(" ").trim().to_owned();
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
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
    /// A day and time as the clinic's clocks show them.
    Timestamp(DateTime),
    /// A moment, whatever the clock; files tell it in UTC.
    Instant(Timestamp),
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

    /// Whether a program that knows numbers as 64-bit floating-point ones only, as Excel and readers of JSON do, keeps all
    /// digits of a number.
    #[must_use]
    pub fn is_kept_by_doubles(&self) -> bool {
        let digits = self.plain();
        let significant = digits.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0');
        self.as_f64().is_some() && significant.count() <= DIGITS_KEPT
    }

    /// The value as machines write it: digits as they are, days and times in ISO 8601; nothing for no value.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) | Self::Decimal(text) => text.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Timestamp(time) => time.to_string(),
            Self::Instant(moment) => moment.to_string(),
            Self::Boolean(truth) => truth.to_string(),
        }
    }

    /// The value as an exact number; none where it is none, or has more than 28 digits.
    #[must_use]
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Some(Decimal::from(*number)),
            Self::Decimal(digits) => {
                Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits)).ok()
            }
            _ => None,
        }
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
    /// The place of a column.
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|held| held.name == column)
    }

    /// The exact sum of a column, gaps counting as nothing; none where a value is no number, or where it would have
    /// more than 28 digits.
    #[must_use]
    pub fn total(&self, column: usize) -> Option<Decimal> {
        let mut values =
            self.rows.iter().filter_map(|row| row.get(column)).filter(|value| **value != Value::Null);
        values.try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value.as_decimal()?))
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
        let money = |name: &str| Column { name: name.to_owned(), kind: Kind::Money(Currency::Inr) };
        assert_eq!(money("refund_amount_inr").title(), "Refund amount (₹)");
        assert_eq!(money("refund_amount_inr").words(), "Refund amount");
        assert_eq!(money("At risk").title(), "At risk (₹)");
        assert_eq!(Column { name: "_loaded_at".to_owned(), kind: Kind::Instant }.title(), "Loaded at (UTC)");
        assert_eq!(title("doctor_id"), "Doctor ID");
        assert_eq!(title("confirmation_rate"), "Confirmation rate");
        assert_eq!(title("Fee (net)"), "Fee (net)");
        assert_eq!(title(""), "");
    }

    #[test]
    fn a_total_is_exact_and_passes_over_gaps() {
        let column = Column { name: "confirmed".to_owned(), kind: Kind::Count };
        let rows = |rows: Vec<Value>| rows.into_iter().map(|value| Box::from([value])).collect();
        let numbers = vec![Value::Integer(i64::MAX), Value::Null, Value::Integer(i64::MAX)];
        let table = Table { columns: vec![column.clone()], rows: rows(numbers) };
        assert_eq!(table.total(0), Some(Decimal::from(i64::MAX) * Decimal::TWO));
        let amounts = vec![Value::Decimal("0.10".into()), Value::Decimal("1E+2".into())];
        let table = Table { columns: vec![column.clone()], rows: rows(amounts) };
        assert_eq!(table.total(0).unwrap().to_string(), "100.10");
        let table = Table { columns: vec![column], rows: rows(vec![Value::Decimal("NaN".into())]) };
        assert_eq!(table.total(0), None);
    }
}
