//! Delimited text record by record, with the number and the place of each.

use std::io::BufRead;

use encoding_rs::Encoding;

use super::dialect::{self, Dialect};
use super::encoding;
use super::fields::{End, Fields, Record};
use super::undecodable;
use crate::tabular::{Limits, Unreadable};

/// Reads text record by record.
pub(crate) struct Scanner<'l, R> {
    text: R,
    encoding: &'static Encoding,
    fields: Fields<'l>,
    /// Number of the next line.
    row: u64,
    /// Bytes read so far, as they lie in the file.
    offset: u64,
}

impl<'l, R: BufRead> Scanner<'l, R> {
    /// From the start of a text, behind what stands before its first row: see [`dialect::preamble`].
    pub(crate) fn new(
        text: R,
        encoding: &'static Encoding,
        dialect: Dialect,
        limits: &'l Limits,
    ) -> Result<Self, Unreadable> {
        let mut scanner = Self::resumed(text, encoding, dialect, limits, 1);
        let beginning = scanner.text.fill_buf().map_err(undecodable)?;
        let (bytes, _) = dialect::preamble(beginning);
        scanner.offset = encoding::length(encoding, beginning.get(..bytes).unwrap_or_default());
        scanner.text.consume(bytes);
        Ok(scanner)
    }

    /// From the beginning of a record in the middle of a text, which is row `row`.
    pub(crate) fn resumed(
        text: R,
        encoding: &'static Encoding,
        dialect: Dialect,
        limits: &'l Limits,
        row: u64,
    ) -> Self {
        Self { text, encoding, fields: Fields::new(dialect, limits), row, offset: 0 }
    }

    /// Number of the line behind the last record.
    pub(crate) fn row(&self) -> u64 {
        self.row
    }

    /// Where in the file the last record ends, in bytes from where reading began.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The last record, or the one within which the text ended or was not understood: what there is of it.
    pub(crate) fn record(&self) -> &Record {
        self.fields.record()
    }

    /// The next record that is no blank line.
    pub(crate) fn next(&mut self) -> Result<Option<&Record>, Unreadable> {
        loop {
            self.fields.begin(self.row);
            if !self.read()? {
                return Ok(None);
            }
            self.row += 1;
            if !self.fields.record().is_blank_line() {
                return Ok(Some(self.fields.record()));
            }
        }
    }

    fn read(&mut self) -> Result<bool, Unreadable> {
        loop {
            let text = self.text.fill_buf().map_err(undecodable)?;
            if text.is_empty() {
                return self.fields.finish();
            }
            let (bytes, end) = self.fields.take(text)?;
            self.consume(bytes)?;
            match end {
                None => {}
                Some(End::Feed) => return Ok(true),
                Some(End::Return) => {
                    let follows = self.text.fill_buf().map_err(undecodable)?.first() == Some(&b'\n');
                    return self.consume(usize::from(follows)).map(|()| true);
                }
            }
        }
    }

    fn consume(&mut self, bytes: usize) -> Result<(), Unreadable> {
        let text = self.text.fill_buf().map_err(undecodable)?;
        self.offset += encoding::length(self.encoding, text.get(..bytes).unwrap_or_default());
        self.text.consume(bytes);
        Ok(())
    }
}
