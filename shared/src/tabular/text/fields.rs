//! Fields of delimited text, as Python's `csv` and pandas tell them apart.
//!
//! Only a mark at the beginning of a field opens quotes. `\n`, `\r\n` and `\r` end a record. What follows closed quotes is
//! text of the same field.

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::dialect::Dialect;
use crate::payload::Quoting;
use crate::tabular::limits::size;
use crate::tabular::{Limits, Unreadable};

/// Bytes of text in one record, so that memory is bounded however many long fields stand in it.
const RECORD_BYTES: usize = 16 << 20;

/// One record, its quotes undone.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// Number of its first line as a spreadsheet counts, which gives a row to each blank line and none to a quoted one.
    pub(crate) number: u64,
    text: Vec<u8>,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Field {
    /// Where in the record's text it starts.
    start: usize,
    /// Where in it it ends.
    end: usize,
    is_quoted: bool,
    is_broken: bool,
}

impl Record {
    /// How many fields it has.
    pub(crate) fn width(&self) -> usize {
        self.fields.len()
    }

    /// The fields' texts, and whether they stood within quotes that end with their field.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, bool)> {
        // The text is UTF-8 cut at ASCII characters, and so is every field of it.
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        self.fields.iter().map(|field| {
            (text.get(field.start..field.end).unwrap_or_default(), field.is_quoted && !field.is_broken)
        })
    }

    /// How many lines it takes, those of a field that has not ended with them.
    pub(crate) fn lines(&self) -> usize {
        let breaks = |mark| memchr_iter(mark, &self.text).count();
        1 + breaks(b'\n').max(breaks(b'\r'))
    }

    /// Whether some quotes end within their field.
    pub(crate) fn is_broken(&self) -> bool {
        self.fields.iter().any(|field| field.is_broken)
    }

    /// Whether there was nothing in its line.
    pub(crate) fn is_blank_line(&self) -> bool {
        self.text.is_empty() && matches!(self.fields.as_slice(), [field] if !field.is_quoted)
    }
}

/// Where in a field the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Bare,
    Quoted,
    /// Behind a mark within quotes: another one stands for a mark, anything else ends the quotes.
    Mark,
    /// Behind the quotes: only blanks belong here.
    Closed,
    /// Behind a backslash within quotes.
    Escape,
}

/// Takes text apart, in pieces of any size.
pub(crate) struct Fields<'l> {
    dialect: Dialect,
    limits: &'l Limits,
    state: State,
    field: Field,
    /// Whether the field's quotes hold a line break.
    is_broad: bool,
    record: Record,
}

/// How a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Feed,
    /// A line feed behind it belongs to it.
    Return,
}

impl<'l> Fields<'l> {
    pub(crate) fn new(dialect: Dialect, limits: &'l Limits) -> Self {
        let (field, record) = (Field::default(), Record::default());
        Self { dialect, limits, state: State::Start, field, is_broad: false, record }
    }

    /// The record that was taken last.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Begins the record that is row `number`.
    pub(crate) fn begin(&mut self, number: u64) {
        self.record.number = number;
        self.record.text.clear();
        self.record.fields.clear();
    }

    /// Takes a record that begins and ends in this text and has no mark in it, with its end, whole: how much that is. Takes
    /// nothing of any other.
    pub(crate) fn take_plain(&mut self, text: &[u8]) -> Option<usize> {
        if self.state != State::Start || !self.record.text.is_empty() || !self.record.fields.is_empty() {
            return None;
        }
        let end = memchr3(b'"', b'\n', b'\r', text)?;
        let (record, behind) = text.split_at_checked(end)?;
        let bytes = match behind {
            [b'\n', ..] => end + 1,
            [b'\r', b'\n', ..] => end + 2,
            [b'\r', _, ..] => end + 1,
            _ => return None,
        };
        // So short a record has no field that is too long, and not too many of them.
        if record.len() > self.limits.text_bytes || record.len() >= self.limits.columns {
            return None;
        }
        let stops = memchr_iter(self.dialect.delimiter, record).chain(std::iter::once(record.len()));
        let mut start = 0;
        self.record.fields.extend(stops.map(|end| {
            let field = Field { start, end, ..Field::default() };
            start = end + 1;
            field
        }));
        self.record.text.extend_from_slice(record);
        Some(bytes)
    }

    /// Takes text up to the end of a record; answers how much that was, and how the record ended if it did.
    pub(crate) fn take(&mut self, text: &[u8]) -> Result<(usize, Option<End>), Unreadable> {
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            match self.state {
                State::Start if byte == b'"' => {
                    // Blanks before it, where the dialect has such, are not the field's.
                    self.record.text.truncate(self.start());
                    self.field.is_quoted = true;
                    self.state = State::Quoted;
                    rest = after;
                }
                State::Start if byte == b' ' && self.dialect.quoting == Quoting::Spaced => {
                    self.push(b" ")?;
                    rest = after;
                }
                State::Start => self.state = State::Bare,
                State::Bare => {
                    let stop = memchr3(self.dialect.delimiter, b'\n', b'\r', rest);
                    let (bare, stopped) = rest.split_at(stop.unwrap_or(rest.len()));
                    self.push(bare)?;
                    rest = stopped;
                    if let Some((&stop, after)) = stopped.split_first() {
                        self.end_field()?;
                        rest = after;
                        if let Some(end) = ends_record(stop) {
                            return Ok((text.len() - rest.len(), Some(end)));
                        }
                    }
                }
                State::Quoted => rest = self.take_quoted(rest)?,
                State::Mark if byte == b'"' => {
                    self.push(b"\"")?;
                    self.state = State::Quoted;
                    rest = after;
                }
                State::Mark => self.state = State::Closed,
                State::Closed if self.is_stop(byte) => self.state = State::Bare,
                State::Closed if byte == b' ' || byte == b'\t' => {
                    self.push(&[byte])?;
                    rest = after;
                }
                State::Closed if self.is_broad => return Err(self.open_quotes()),
                State::Closed => {
                    self.field.is_broken = true;
                    self.state = State::Bare;
                }
                State::Escape => {
                    self.push(if byte == b'"' || byte == b'\\' { &[] } else { b"\\" })?;
                    self.push(&[byte])?;
                    self.state = State::Quoted;
                    rest = after;
                }
            }
        }
        Ok((text.len(), None))
    }

    fn take_quoted<'t>(&mut self, text: &'t [u8]) -> Result<&'t [u8], Unreadable> {
        let stop = match self.dialect.quoting {
            Quoting::Escaped => memchr2(b'"', b'\\', text),
            Quoting::Doubled | Quoting::Spaced => memchr(b'"', text),
        };
        let (quoted, stopped) = text.split_at(stop.unwrap_or(text.len()));
        self.is_broad = self.is_broad || memchr2(b'\n', b'\r', quoted).is_some();
        self.push(quoted)?;
        let Some((&mark, after)) = stopped.split_first() else { return Ok(stopped) };
        self.state = if mark == b'"' { State::Mark } else { State::Escape };
        Ok(after)
    }

    fn push(&mut self, text: &[u8]) -> Result<(), Unreadable> {
        let bytes = self.record.text.len() - self.start() + text.len();
        if bytes > self.limits.text_bytes && self.is_broad {
            return Err(self.open_quotes());
        }
        if bytes > self.limits.text_bytes {
            let limit = size(self.limits.text_bytes);
            return Err(Unreadable::TooLarge { what: "bytes of text in one cell", limit });
        }
        if self.record.text.len() + text.len() > RECORD_BYTES {
            return Err(Unreadable::TooLarge { what: "bytes of text in one row", limit: size(RECORD_BYTES) });
        }
        self.record.text.extend_from_slice(text);
        Ok(())
    }

    fn end_field(&mut self) -> Result<(), Unreadable> {
        let is_empty = self.record.text.len() == self.start();
        if self.record.fields.len() < self.limits.columns {
            self.field.start = self.start();
            self.field.end = self.record.text.len();
            self.record.fields.push(self.field);
        } else if !is_empty {
            return Err(Unreadable::TooLarge { what: "columns", limit: size(self.limits.columns) });
        }
        self.field = Field::default();
        self.is_broad = false;
        self.state = State::Start;
        Ok(())
    }

    /// Ends the text: whether there is a record left.
    pub(crate) fn finish(&mut self) -> Result<bool, Unreadable> {
        match self.state {
            State::Quoted | State::Escape => return Err(self.open_quotes()),
            State::Start if self.record.fields.is_empty() && self.record.text.is_empty() => return Ok(false),
            _ => self.end_field()?,
        }
        Ok(true)
    }

    /// Where in the record's text the field starts.
    fn start(&self) -> usize {
        self.record.fields.last().map_or(0, |field| field.end)
    }

    fn is_stop(&self, byte: u8) -> bool {
        byte == self.dialect.delimiter || ends_record(byte).is_some()
    }

    /// All rows behind the mark would be one cell, and lost in silence.
    fn open_quotes(&self) -> Unreadable {
        Unreadable::OpenQuotes { row: self.record.number }
    }
}

fn ends_record(byte: u8) -> Option<End> {
    match byte {
        b'\n' => Some(End::Feed),
        b'\r' => Some(End::Return),
        _ => None,
    }
}
