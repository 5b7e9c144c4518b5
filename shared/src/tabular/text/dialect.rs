//! How a delimited text is written: found out from its beginning.

use encoding_rs::UTF_8;

use super::fields::Record;
use super::scan::Scanner;
use crate::payload::Quoting;
use crate::tabular::Limits;
use crate::tabular::limits::size;

/// Delimiters told apart; of equals the first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Ways of quoting told apart; of equals the first.
const QUOTINGS: [Quoting; 3] = [Quoting::Doubled, Quoting::Escaped, Quoting::Spaced];

/// Delimits nothing: the "unit separator", which no text holds that is not delimited by it.
const NONE: u8 = 0x1f;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How fields are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Stands between fields.
    pub(crate) delimiter: u8,
    /// How fields hold delimiters, line breaks and marks.
    pub(crate) quoting: Quoting,
}

/// What stands before the first row, in bytes: a byte order mark, and the line `sep=;` by which spreadsheet programs are
/// told the delimiter, and which they do not show.
pub(crate) fn preamble(text: &[u8]) -> (usize, Option<u8>) {
    let unmarked = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let declared = match unmarked.split_first_chunk::<4>() {
        Some((word, [delimiter, rest @ ..])) if word.eq_ignore_ascii_case(b"sep=") => {
            let line_break = [&b"\r\n"[..], b"\n", b"\r"].into_iter().find(|end| rest.starts_with(end));
            line_break.map(|line_break| (5 + line_break.len(), *delimiter))
        }
        _ => None,
    };
    // A letter or a mark delimits nothing, whatever is said.
    let declared = declared
        .filter(|(_, byte)| byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n\\".contains(byte));
    let marked = text.len() - unmarked.len();
    declared.map_or((marked, None), |(bytes, delimiter)| (marked + bytes, Some(delimiter)))
}

/// The dialect of a text, of which this is the beginning, or all of it if `is_whole`.
///
/// It is the one in which most records have as many fields as the record beside them, with the most fields, and with
/// the fewest fields that look as if they should have been taken apart or put together. Text in which records mostly
/// disagree is one column.
pub(crate) fn of(beginning: &[u8], is_whole: bool) -> Dialect {
    let (start, declared) = preamble(beginning);
    let text = beginning.get(start..).unwrap_or_default();
    let delimiters = declared.as_ref().map_or(&DELIMITERS[..], std::slice::from_ref);
    let dialects = QUOTINGS.iter().flat_map(|quoting| {
        delimiters.iter().map(|delimiter| Dialect { delimiter: *delimiter, quoting: *quoting })
    });
    let trials: Vec<Trial> = dialects.map(|dialect| Trial::of(text, is_whole, dialect)).collect();
    let steadiest = best(&trials, |trial| if trial.is_steady() { trial.score() } else { 0 });
    let fullest = || best(&trials, |trial| if trial.is_full() { trial.delimited() } else { 0 });
    match steadiest.or_else(fullest) {
        Some(trial) => trial.dialect,
        None => Dialect { delimiter: declared.unwrap_or(NONE), quoting: Quoting::Doubled },
    }
}

/// The first of those with the highest value, if that is above zero.
fn best(trials: &[Trial], value: impl Fn(&Trial) -> usize) -> Option<&Trial> {
    let mut best: Option<(&Trial, usize)> = None;
    for trial in trials {
        let value = value(trial);
        if value > best.map_or(0, |(_, value)| value) {
            best = Some((trial, value));
        }
    }
    best.map(|(trial, _)| trial)
}

/// A text as it would be read by a dialect.
#[derive(Debug)]
struct Trial {
    dialect: Dialect,
    records: Vec<Shape>,
}

#[derive(Debug, Clone, Copy)]
struct Shape {
    width: usize,
    /// Fields that look like fields.
    clean: usize,
    /// Lines that it takes.
    lines: usize,
}

impl Shape {
    fn of(record: &Record, dialect: Dialect) -> Self {
        Self { width: record.width(), clean: clean(record, dialect), lines: record.lines() }
    }
}

impl Trial {
    fn of(text: &[u8], is_whole: bool, dialect: Dialect) -> Self {
        let limits = Limits::default();
        let mut scanner = Scanner::resumed(text, UTF_8, dialect, &limits, 1);
        let mut records = Vec::new();
        let is_understood = loop {
            match scanner.next() {
                Ok(Some(record)) => records.push(Shape::of(record, dialect)),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        // The last record of a beginning is cut off, maybe within quotes.
        let cut = match scanner.record() {
            _ if is_whole => None,
            open if !is_understood && scanner.offset() == size(text.len()) => {
                let shape = Shape::of(open, dialect);
                Some(Shape { width: shape.width + 1, ..shape })
            }
            _ if records.len() > 1 => records.pop(),
            _ => None,
        };
        let mut trial = Self { dialect, records };
        // Where no others stand beside each other, it may be the first one below the header.
        if trial.steady().next().is_none()
            && let (Some(before), Some(cut)) = (trial.records.last(), cut)
            && cut.width <= before.width
        {
            trial.records.push(Shape { lines: cut.lines, ..*before });
        }
        trial
    }

    /// Records that are as wide as one beside them, and wider than one field; with the position of each.
    fn steady(&self) -> impl Iterator<Item = (usize, &Shape)> {
        let width =
            |index: Option<usize>| index.and_then(|index| self.records.get(index)).map(|shape| shape.width);
        self.records.iter().enumerate().filter(move |(index, shape)| {
            let beside = [width(index.checked_sub(1)), width(index.checked_add(1))];
            shape.width > 1 && beside.contains(&Some(shape.width))
        })
    }

    /// Whether from the first steady record on, below titles, at least half of them are.
    fn is_steady(&self) -> bool {
        let first = self.steady().next().map_or(0, |(index, _)| index);
        self.steady().count() * 2 >= self.records.len() - first
    }

    /// Steady records weigh more the more fields they have, and less the fewer of those are clean. One that takes several
    /// lines weighs as much as the records that a dialect without its quotes would make of them.
    fn score(&self) -> usize {
        let weight =
            |&Shape { width, clean, lines }: &Shape| 1000 * lines * (width - 1) * clean / (width * width);
        self.steady().map(|(_, shape)| weight(shape)).sum()
    }

    /// Records of more than one field.
    fn delimited(&self) -> usize {
        self.records.iter().filter(|shape| shape.width > 1).count()
    }

    fn is_full(&self) -> bool {
        self.delimited() * 2 >= self.records.len()
    }
}

/// How many fields look as if they were one field, and all of one. A bare field with another delimiter in it does not,
/// unless it is prose or a number; nor does one with a mark behind blanks, or behind which quotes went on.
fn clean(record: &Record, dialect: Dialect) -> usize {
    let is_clean = |(text, is_quoted): &(&str, bool)| {
        *is_quoted
            || is_number(text)
            || !(text.trim_start().starts_with('"')
                || DELIMITERS.iter().any(|other| stands_in(text, *other, dialect)))
    };
    if record.is_broken() { 0 } else { record.fields().filter(is_clean).count() }
}

/// Whether a delimiter other than the dialect's stands in a text as if it delimited: with no blank behind it.
fn stands_in(text: &str, other: u8, dialect: Dialect) -> bool {
    let mut behind = text.split(char::from(other)).skip(1);
    other != dialect.delimiter && behind.any(|rest| !rest.starts_with(' '))
}

/// Digits, with what stands between them in amounts, dates and times.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b" .,:-+/%".contains(&byte))
}

#[cfg(test)]
#[path = "dialect_tests.rs"]
mod tests;
