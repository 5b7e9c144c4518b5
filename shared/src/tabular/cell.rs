//! Cells and rows as they stand in a file, before any contract.

use std::borrow::Cow;

use super::serial;

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// Text as written, untrimmed.
    Text(Cow<'a, str>),
    /// A number. Spreadsheets keep all numbers, identifiers included, as binary floats.
    Number(f64),
    /// A number shown as a date or time: days since the row's [`Epoch`], the time of day as fraction.
    Date(f64),
    /// TRUE or FALSE.
    Bool(bool),
    /// What a formula that failed shows, such as `#N/A`.
    Error(&'static str),
    /// A formula whose value the file does not hold: whoever wrote it did not calculate.
    Uncalculated,
}

/// Where a workbook's date serials count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Epoch {
    /// Serial 1 is 1900-01-01, and serial 60 a 1900-02-29 that never was.
    #[default]
    Y1900,
    /// Serial 0 is 1904-01-01.
    Y1904,
}

/// A row with at least one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// As a spreadsheet numbers it, from 1: blank rows and blank lines count, lines within quotes do not.
    pub number: u64,
    /// From the first column to the last one with a value.
    pub cells: &'a [Cell<'a>],
    /// Of delimited text, how many fields its record has, empty ones too.
    pub fields: Option<usize>,
    /// What serials in it count from.
    pub epoch: Epoch,
}

impl Cell<'_> {
    /// Whether there is nothing to see in the cell.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => {
                !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && trimmed(text).is_empty()
            }
            Self::Number(_) | Self::Date(_) | Self::Bool(_) | Self::Error(_) | Self::Uncalculated => false,
        }
    }

    /// The same cell, but with what is made of its text.
    #[must_use]
    pub fn with_text<'s, 'b>(&'s self, make: impl FnOnce(&'s str) -> Cow<'b, str>) -> Cell<'b> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Text(text) => Cell::Text(make(text)),
            Self::Number(number) => Cell::Number(*number),
            Self::Date(serial) => Cell::Date(*serial),
            Self::Bool(value) => Cell::Bool(*value),
            Self::Error(shown) => Cell::Error(shown),
            Self::Uncalculated => Cell::Uncalculated,
        }
    }

    /// A cell as a person would write it: trimmed text, whole numbers without a fraction, others with the digits that a
    /// spreadsheet shows (15 at the most), dates and times in ISO 8601.
    #[must_use]
    pub fn as_text(&self, epoch: Epoch) -> Cow<'_, str> {
        match self {
            Self::Empty | Self::Uncalculated => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(trimmed(text)),
            Self::Number(number) => Cow::Owned(written(*number)),
            Self::Date(serial) => {
                Cow::Owned(serial::written(*serial, epoch).unwrap_or_else(|| written(*serial)))
            }
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Error(shown) => Cow::Borrowed(shown),
        }
    }
}

impl Row<'_> {
    /// Its cells as [`Cell::as_text`] has them.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.cells.iter().map(|cell| cell.as_text(self.epoch).into_owned()).collect()
    }
}

/// A number as a person would write it: without an exponent, without a fraction of zero, and with no more digits behind
/// the point than a spreadsheet shows of a float, which are 15 in all.
fn written(number: f64) -> String {
    // Most numbers are whole, and an integer is written at once.
    #[expect(clippy::cast_possible_truncation, reason = "held against the number itself")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "so that one that is not held exactly differs")]
    if whole.unsigned_abs() < 1 << 53 && whole as f64 == number {
        return whole.to_string();
    }
    let shown = if number.fract() == 0.0 { None } else { format!("{number:.14e}").parse::<f64>().ok() };
    // Adding zero takes the sign from a zero.
    (shown.unwrap_or(number) + 0.0).to_string()
}

/// Text without the space around it: blanks, no-break spaces, and characters of no width.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    // Most text has none.
    if let [first, .., last] = text.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return text;
    }
    text.trim_matches(|character: char| {
        character.is_whitespace()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn space_that_nobody_sees_is_trimmed() {
        assert_eq!(trimmed("\u{feff}\u{a0} 34\u{200b}\t\u{2007}"), "34");
        assert_eq!(trimmed("a\u{a0}b"), "a\u{a0}b", "inside a text it stays");
        assert!(Cell::Text("\u{a0}\u{200b}".into()).is_blank());
    }

    #[test]
    fn a_number_is_written_as_a_person_would() {
        for (number, text) in [
            (34.0, "34"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1_234.5, "1234.5"),
            (2.98725e13, "29872500000000"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (1e21, "1000000000000000000000"),
            (2_f64.powi(60), "1152921504606847000"),
            (-1e-7, "-0.0000001"),
        ] {
            assert_eq!(written(number), text);
        }
    }

    #[test]
    fn any_cell_is_text_as_a_person_would_write_it() {
        let row = [
            Cell::Text(" booking_id\u{a0}".into()),
            Cell::Date(45935.0),
            Cell::Bool(true),
            Cell::Error("#REF!"),
            Cell::Uncalculated,
        ];
        let row = |epoch| Row { number: 1, cells: &row, fields: None, epoch }.texts();
        assert_eq!(row(Epoch::Y1900), ["booking_id", "2025-10-05", "true", "#REF!", ""]);
        assert_eq!(row(Epoch::Y1904)[1], "2029-10-06");
    }

    proptest! {
        #[test]
        fn no_number_is_written_with_an_exponent(number in proptest::num::f64::ANY) {
            prop_assert!(!written(number).contains(['e', 'E']));
        }
    }
}
