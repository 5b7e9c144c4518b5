//! Delimited text: CSV and its relatives, record by record.

use std::fs::File;
use std::io::{ErrorKind as IoErrorKind, Read as _};
use std::ops::ControlFlow;

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::cell::Meter;
use super::encoding::{self, Decoded};
use super::{Cell, Epoch, Limits, Row, Unreadable};

/// Delimiters told apart; of equals the first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Bytes that are looked at to find the delimiter.
const SAMPLE: u64 = 64 * 1024;

/// Reads text in any encoding of [`encoding::of`] record by record. Quoted line breaks belong to their record, and records
/// may differ in length.
pub(super) fn rows(
    file: &mut File,
    limits: &Limits,
    each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let encoding = encoding::of(file)?;
    let mut sample = Vec::new();
    Decoded::new(file, encoding)?.take(SAMPLE).read_to_end(&mut sample).map_err(undecodable)?;
    let mut reader = reader(delimiter(&sample)).from_reader(Decoded::new(file, encoding)?);
    let mut record = StringRecord::new();
    let mut meter = Meter::new(limits);
    let mut number = 0;
    while reader.read_record(&mut record).map_err(unreadable)? {
        number += 1;
        let cells = cells(&record, &meter)?;
        meter.row(cells.len())?;
        if cells.iter().all(Cell::is_blank) {
            continue;
        }
        if each(Row { number, cells: &cells, epoch: Epoch::Y1900 }).is_break() {
            break;
        }
    }
    Ok(())
}

fn cells<'r>(record: &'r StringRecord, meter: &Meter<'_>) -> Result<Vec<Cell<'r>>, Unreadable> {
    let mut cells = Vec::with_capacity(record.len());
    for (position, field) in record.iter().enumerate() {
        let cell = if field.is_empty() { Cell::Empty } else { Cell::Text(field.into()) };
        if cell != Cell::Empty {
            meter.cell(position, &cell)?;
        }
        cells.push(cell);
    }
    Ok(cells)
}

fn reader(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true);
    builder
}

/// The delimiter by which most records of the text's beginning have the same number of fields, and the most fields.
fn delimiter(sample: &[u8]) -> u8 {
    let mut best = (b',', (0, 0));
    for delimiter in DELIMITERS {
        let agreement = agreement(sample, delimiter);
        if agreement > best.1 {
            best = (delimiter, agreement);
        }
    }
    best.0
}

/// How many records agree on a number of fields above one, and on how many.
fn agreement(sample: &[u8], delimiter: u8) -> (usize, usize) {
    let mut widths = std::collections::BTreeMap::<usize, usize>::new();
    for record in reader(delimiter).from_reader(sample).byte_records().map_while(Result::ok) {
        *widths.entry(record.len()).or_default() += 1;
    }
    widths
        .into_iter()
        .filter(|(width, _)| *width > 1)
        .map(|(width, records)| (records, width))
        .max()
        .unwrap_or_default()
}

/// The reader's errors in fixed words.
fn unreadable(error: csv::Error) -> Unreadable {
    match error.into_kind() {
        ErrorKind::Io(error) => undecodable(error),
        _ => Unreadable::Corrupt { what: "its records cannot be told apart" },
    }
}

/// Text that leaves its encoding on the way is the file's fault; other errors are the disk's.
fn undecodable(error: std::io::Error) -> Unreadable {
    match error.kind() {
        IoErrorKind::InvalidData => {
            Unreadable::Corrupt { what: "some of its text is not in the encoding of the rest" }
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(text: &[u8], limits: &Limits) -> Result<Vec<(u64, Vec<String>)>, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        let mut rows_read = Vec::new();
        rows(&mut file, limits, &mut |row| {
            rows_read.push((row.number, row.cells.iter().map(Cell::as_header).collect()));
            ControlFlow::Continue(())
        })
        .map_err(|error| error.to_string())?;
        Ok(rows_read)
    }

    fn fields(text: &str) -> Vec<Vec<String>> {
        read(text.as_bytes(), &Limits::default()).unwrap().into_iter().map(|(_, fields)| fields).collect()
    }

    #[test]
    fn the_delimiter_is_found_whatever_stands_in_the_texts() {
        assert_eq!(fields("a,b\n1,2\n")[1], ["1", "2"]);
        assert_eq!(fields("Export, all\na;b;c\n1,5;2,5;x, y\n2,5;1,5;z\n")[2], ["1,5", "2,5", "x, y"]);
        assert_eq!(fields("a\tb\n1, 2\t3\n")[1], ["1, 2", "3"]);
        assert_eq!(fields("a|b\n1|2\n")[1], ["1", "2"]);
        assert_eq!(fields("only\n1\n")[1], ["1"]);
    }

    #[test]
    fn a_quoted_line_break_belongs_to_its_record() {
        let rows_read =
            read(b"\xef\xbb\xbfid,note\r\n1,\"two\r\nlines\"\r\n2,x\r\n", &Limits::default()).unwrap();
        assert_eq!(
            rows_read[0],
            (1, vec!["id".to_owned(), "note".to_owned()]),
            "the byte order mark is no text"
        );
        assert_eq!(rows_read[1], (2, vec!["1".to_owned(), "two\r\nlines".to_owned()]));
        assert_eq!(rows_read[2].0, 3);
    }

    #[test]
    fn records_may_differ_in_length_and_blank_ones_are_left_out() {
        let rows_read = read(b"a,b,c\n1\n , ,\n1,2,3,4\n", &Limits::default()).unwrap();
        let shape: Vec<(u64, usize)> =
            rows_read.iter().map(|(number, fields)| (*number, fields.len())).collect();
        assert_eq!(shape, [(1, 3), (2, 1), (4, 4)]);
    }

    #[test]
    fn bounds_on_cells_columns_and_text_hold() {
        let refused = |limits: &Limits| read(b"aaaa,b\nc,d\n", limits).unwrap_err();
        assert!(refused(&Limits { cells: 3, ..Limits::default() }).contains("more than 3 cells"));
        assert!(refused(&Limits { columns: 1, ..Limits::default() }).contains("more than 1 columns"));
        assert!(
            refused(&Limits { text_bytes: 3, ..Limits::default() }).contains("more than 3 bytes of text")
        );
    }
}
