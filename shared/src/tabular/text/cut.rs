//! Large delimited text, cut at the boundaries of records into pieces that are read in parallel.

use std::fs::File;

use super::Form;
use crate::payload::Cut;
use crate::tabular::limits::size;
use crate::tabular::{Limits, Unreadable};

/// How large a piece may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// Bytes of a piece; a record that is longer is a piece of its own. Default 128 MiB.
    pub bytes: u64,
    /// Records of a piece. Default 1,000,000.
    pub records: u64,
    /// Pieces of a file: what passes between the stages names each. Default 500.
    pub count: usize,
}

impl Default for Pieces {
    fn default() -> Self {
        Self { bytes: 128 << 20, records: 1_000_000, count: 500 }
    }
}

/// Cuts delimited text in one pass. What stands up to row `header` is the head that every piece is read with. `etag` is
/// the file's.
///
/// # Errors
/// See [`Unreadable`]: all of the text has been read, and what is wrong with it is known.
pub fn cut(
    file: &mut File,
    etag: &str,
    header: u64,
    pieces: Pieces,
    limits: &Limits,
) -> Result<Vec<Cut>, Unreadable> {
    let form = Form::of(file)?;
    let mut scanner = form.scan(file, limits)?;
    let mut cuts = Vec::new();
    let mut piece = Cut {
        etag: etag.to_owned(),
        encoding: form.encoding.name().to_owned(),
        delimiter: char::from(form.dialect.delimiter),
        quoting: form.dialect.quoting,
        head: 0,
        from: 0,
        to: 0,
        row: 1,
    };
    let mut records = 0;
    loop {
        let (start, row) = (scanner.offset(), scanner.row());
        let Some(number) = scanner.next()?.map(|record| record.number) else { break };
        let end = scanner.offset();
        if number <= header {
            piece = Cut { head: end, from: end, to: end, row: scanner.row(), ..piece };
            continue;
        }
        if records > 0 && (end - piece.from > pieces.bytes || records == pieces.records) {
            cuts.push(piece.clone());
            if cuts.len() == pieces.count {
                return Err(Unreadable::TooLarge {
                    what: "pieces of 128 MiB or a million rows",
                    limit: size(pieces.count),
                });
            }
            piece = Cut { from: start, row, ..piece };
            records = 0;
        }
        records += 1;
        piece.to = end;
    }
    cuts.push(piece);
    Ok(cuts)
}

#[cfg(test)]
#[path = "cut_tests.rs"]
mod tests;
