//! Delimited text: CSV and its relatives, record by record.

mod census;
pub(super) mod cut;
mod dialect;
pub(super) mod encoding;
mod fields;
mod scan;

use std::fs::File;
use std::io::{BufRead, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::ops::ControlFlow;

use encoding_rs::Encoding;

use super::limits::{Meter, size};
use super::{Cell, Epoch, Limits, Row, Unreadable};
use crate::payload::Cut;
use dialect::Dialect;
use encoding::Decoded;
use fields::Record;
use scan::Scanner;

/// Bytes of text that are looked at to find its dialect.
const SAMPLE: usize = 64 * 1024;

type Each<'e> = &'e mut dyn FnMut(Row<'_>) -> ControlFlow<()>;

/// How a file's text is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) encoding: &'static Encoding,
    pub(crate) dialect: Dialect,
}

impl Form {
    /// Finds out how a file is written.
    pub(crate) fn of(file: &mut File) -> Result<Self, Unreadable> {
        let encoding = encoding::of(file)?;
        let mut sample = Vec::new();
        let text = Decoded::new(&mut *file, encoding);
        text.take(size(SAMPLE)).read_to_end(&mut sample).map_err(undecodable)?;
        let dialect = dialect::of(&sample, sample.len() < SAMPLE);
        Ok(Self { encoding, dialect })
    }

    /// Reads a file from its start.
    pub(crate) fn scan<'f, 'l>(
        &self,
        file: &'f mut File,
        limits: &'l Limits,
    ) -> Result<Scanner<'l, Decoded<&'f mut File>>, Unreadable> {
        file.rewind()?;
        Scanner::new(Decoded::new(file, self.encoding), self.encoding, self.dialect, limits)
    }
}

/// Reads text in any encoding of [`encoding::of`] record by record. Quoted line breaks belong to their record, and records
/// may differ in length.
pub(crate) fn rows(file: &mut File, limits: &Limits, each: Each<'_>) -> Result<(), Unreadable> {
    let form = Form::of(file)?;
    pass(&mut form.scan(file, limits)?, &mut Meter::new(limits), each).map(|_| ())
}

/// Reads the head of a text that was cut, and then one piece of it, each where it stands in the whole text.
///
/// # Errors
/// See [`Unreadable`]; rows before the fault have been passed to `each`.
pub(crate) fn piece(file: &mut File, cut: &Cut, limits: &Limits, each: Each<'_>) -> Result<(), Unreadable> {
    let encoding = Encoding::for_label(cut.encoding.as_bytes());
    let (Some(encoding), Ok(delimiter)) = (encoding, u8::try_from(cut.delimiter)) else {
        return Err(Unreadable::Corrupt { what: "its pieces are described wrongly" });
    };
    let dialect = Dialect { delimiter, quoting: cut.quoting };
    let mut meter = Meter::new(limits);
    file.rewind()?;
    let head = Decoded::new((&mut *file).take(cut.head), encoding);
    if pass(&mut Scanner::new(head, encoding, dialect, limits)?, &mut meter, each)?.is_break() {
        return Ok(());
    }
    file.seek(SeekFrom::Start(cut.from))?;
    let piece = Decoded::new(file.take(cut.to.saturating_sub(cut.from)), encoding);
    pass(&mut Scanner::resumed(piece, encoding, dialect, limits, cut.row), &mut meter, each).map(|_| ())
}

fn pass<R: BufRead>(
    scanner: &mut Scanner<'_, R>,
    meter: &mut Meter<'_>,
    each: Each<'_>,
) -> Result<ControlFlow<()>, Unreadable> {
    let mut room = Vec::new();
    while let Some(record) = scanner.next()? {
        let cells = cells(record, room);
        meter.row(cells.len())?;
        let row =
            Row { number: record.number, cells: &cells, fields: Some(record.width()), epoch: Epoch::Y1900 };
        if !cells.iter().all(Cell::is_blank) && each(row).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        room = emptied(cells);
    }
    Ok(ControlFlow::Continue(()))
}

/// A record's cells, up to the last one that is not empty, in memory that is used again.
fn cells<'r>(record: &'r Record, room: Vec<Cell<'static>>) -> Vec<Cell<'r>> {
    let mut cells: Vec<Cell<'r>> = room;
    let texts = record.fields().map(|(text, _)| text);
    cells.extend(texts.map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text.into()) }));
    while cells.pop_if(|cell| *cell == Cell::Empty).is_some() {}
    cells
}

/// The memory of a row's cells, for those of the next, which borrow from another record.
fn emptied(mut cells: Vec<Cell<'_>>) -> Vec<Cell<'static>> {
    cells.clear();
    cells.into_iter().map(|_| Cell::Empty).collect()
}

/// Text that leaves its encoding on the way is the file's fault; other errors are the disk's.
pub(crate) fn undecodable(error: std::io::Error) -> Unreadable {
    match error.kind() {
        ErrorKind::InvalidData => {
            Unreadable::Corrupt { what: "some of its text is not in the encoding of the rest" }
        }
        _ => error.into(),
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
