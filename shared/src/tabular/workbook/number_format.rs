//! What a number stands for, by the format in which it is shown (ECMA-376, part 1, 18.8.30 and 18.8.31).

use std::collections::HashMap;

use crate::tabular::limits::size;
use crate::tabular::{Cell, Unreadable};

/// Formats of a workbook; spreadsheets have up to 65,490.
const FORMATS: usize = 1_000_000;

/// What numbers stand for, by the formats of cells.
#[derive(Default)]
pub(crate) struct Formats {
    /// Number formats that have a code, by their number.
    custom: HashMap<u32, Shown>,
    /// Formats of cells, in order.
    cells: Vec<Shown>,
}

impl Formats {
    /// Takes a number format with its code.
    pub(crate) fn define(&mut self, number: u32, code: &str) -> Result<(), Unreadable> {
        self.custom.insert(number, Shown::by_code(code));
        bounded(self.custom.len())
    }

    /// Takes the next format of cells, which shows numbers in this number format.
    pub(crate) fn push(&mut self, number: u32) -> Result<(), Unreadable> {
        let custom = self.custom.get(&number).copied();
        self.cells.push(custom.unwrap_or_else(|| Shown::by_number(number)));
        bounded(self.cells.len())
    }

    /// A cell of this format, from 0, that holds a number. In a format that is not there it is no date.
    pub(crate) fn cell(&self, format: Option<usize>, number: f64) -> Cell<'static> {
        match self.cells.get(format.unwrap_or(0)) {
            Some(Shown::Date) => Cell::Date(number),
            Some(Shown::Number) | None => Cell::Number(number),
        }
    }
}

fn bounded(formats: usize) -> Result<(), Unreadable> {
    if formats > FORMATS {
        return Err(Unreadable::TooLarge { what: "cell formats", limit: size(FORMATS) });
    }
    Ok(())
}

/// What a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// A number, or a length of time (`[h]:mm`) as a number of days.
    Number,
    /// A date, a time of day, or both.
    Date,
}

impl Shown {
    /// By the number of a format that spreadsheets know without its code.
    fn by_number(number: u32) -> Self {
        match number {
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Self::Date,
            _ => Self::Number,
        }
    }

    /// By a format's code. The section for positive numbers decides.
    fn by_code(code: &str) -> Self {
        if code.eq_ignore_ascii_case("standard") || code.to_ascii_lowercase().starts_with("general") {
            return Self::Number;
        }
        let mut characters = code.chars();
        while let Some(character) = characters.next() {
            match character {
                ';' => break,
                '"' => _ = characters.by_ref().find(|closing| *closing == '"'),
                '\\' | '_' | '*' => _ = characters.next(),
                '[' => {
                    let bracket: String = characters.by_ref().take_while(|closing| *closing != ']').collect();
                    let is_elapsed = |letter: char| matches!(letter, 'h' | 'H' | 'm' | 'M' | 's' | 'S');
                    if !bracket.is_empty() && bracket.chars().all(is_elapsed) {
                        return Self::Number;
                    }
                }
                'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Self::Date,
                _ => {}
            }
        }
        Self::Number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_told_from_numbers_by_their_format() {
        for code in ["dd/mm/yyyy", "h:mm AM/PM", "[$-409]d\\-mmm;@", "yyyy\"年\"m\"月\"", "*-yyyy", "mm:ss.0"]
        {
            assert_eq!(Shown::by_code(code), Shown::Date, "{code}");
        }
        for code in
            ["General", "0.00%", "#,##0\" days\"", "[Red]0", "_-* #,##0_m", "[h]:mm:ss", "0;dd", "Standard"]
        {
            assert_eq!(Shown::by_code(code), Shown::Number, "{code}");
        }
        assert_eq!((Shown::by_number(14), Shown::by_number(46)), (Shown::Date, Shown::Number));
    }
}
