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
            if let Some(bytes) = self.fields.take_plain(text) {
                return self.consume(bytes).map(|()| true);
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

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use encoding_rs::UTF_8;
    use proptest::prelude::*;

    use super::*;
    use crate::payload::Quoting;

    const LIMITS: Limits = Limits {
        expanded_bytes: 1 << 20,
        held_bytes: 1 << 20,
        ratio: 250,
        entries: 10,
        cells: 1_000,
        columns: 1_000,
        text_bytes: 400,
    };

    /// All records of a text that comes in pieces of this size: number, fields, and where it ends; and the fault if
    /// there is one.
    fn records(text: &str, size: usize, dialect: Dialect) -> (Vec<String>, Option<String>) {
        let text = BufReader::with_capacity(size, text.as_bytes());
        let mut scanner = Scanner::resumed(text, UTF_8, dialect, &LIMITS, 1);
        let mut records = Vec::new();
        let fault = loop {
            match scanner.next() {
                Ok(Some(record)) => {
                    let fields: Vec<_> = record.fields().collect();
                    records.push(format!("{} {} {fields:?}", record.number, record.is_broken()));
                }
                Ok(None) => break None,
                Err(fault) => break Some(fault.to_string()),
            }
            records.push(format!("{} {}", scanner.row(), scanner.offset()));
        };
        (records, fault)
    }

    #[test]
    fn a_text_is_too_long_in_whatever_pieces_it_comes() {
        let text = |bytes| format!("b\na,{}\nc\n", "x".repeat(bytes));
        for (bytes, is_fault) in [(400, false), (401, true)] {
            for size in [1, 10_000] {
                let (_, fault) =
                    records(&text(bytes), size, Dialect { delimiter: b',', quoting: Quoting::Doubled });
                assert_eq!(fault.is_some(), is_fault, "{bytes} in pieces of {size}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn records_are_the_same_in_whatever_pieces_their_text_comes(
            text in "([a-cä ]{0,3}[,;\\\\ ]|[a-c,]{0,10}(\n|\r\n|\r)|\"[a,\"]{0,3}|\"\"|\n|\r){0,24}",
            quoting in prop::sample::select(vec![Quoting::Doubled, Quoting::Escaped, Quoting::Spaced]),
            size in 2..200_usize,
        ) {
            let dialect = Dialect { delimiter: b',', quoting };
            prop_assert_eq!(records(&text, size, dialect), records(&text, 1, dialect));
        }
    }
}
