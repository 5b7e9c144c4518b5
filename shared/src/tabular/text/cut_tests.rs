use std::io::Write as _;
use std::ops::ControlFlow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::payload::Quoting;
use crate::tabular::text::encoding;
use crate::tabular::text::{piece, rows};
use crate::tabular::{Cell, Row};

type Rows = Vec<(u64, Vec<String>)>;

fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

fn read(reader: impl FnOnce(&mut dyn FnMut(Row<'_>) -> ControlFlow<()>) -> Result<(), Unreadable>) -> Rows {
    let mut read = Rows::new();
    reader(&mut |row| {
        read.push((row.number, row.cells.iter().map(text).collect()));
        ControlFlow::Continue(())
    })
    .unwrap();
    read
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => text.to_string(),
        _ => String::new(),
    }
}

fn whole(content: &[u8]) -> Rows {
    read(|each| rows(&mut file_of(content), &Limits::default(), each))
}

/// The head once, then what each piece adds to it.
fn pieced(content: &[u8], header: u64, pieces: Pieces) -> (usize, Rows) {
    let limits = Limits::default();
    let mut file = file_of(content);
    let cuts = cut(&mut file, "tag", header, pieces, &limits).unwrap();
    let mut all = Rows::new();
    for cut in &cuts {
        let rows = read(|each| piece(&mut file, cut, &limits, each));
        let (head, body) = rows.split_at(rows.iter().take_while(|(number, _)| *number <= header).count());
        if all.is_empty() {
            all.extend_from_slice(head);
        }
        all.extend_from_slice(body);
    }
    (cuts.len(), all)
}

#[test]
fn a_small_text_is_one_piece_behind_its_head() {
    let mut file = file_of(b"Title\n\na,b\n1,2\n3,4\n");
    let cuts = cut(&mut file, "tag", 3, Pieces::default(), &Limits::default()).unwrap();
    let expected = Cut {
        etag: "tag".to_owned(),
        encoding: "UTF-8".to_owned(),
        delimiter: ',',
        quoting: Quoting::Doubled,
        head: 11,
        from: 11,
        to: 19,
        row: 4,
    };
    assert_eq!(cuts, [expected]);
}

#[test]
fn quoted_line_breaks_are_never_cut_and_rows_keep_their_numbers() {
    let text = "sep=;\r\na;b\r\n1;\"x\r\ny;\"\r\n\r\n2;z\r\n3;\"\"\"\"\r\n";
    let whole = whole(text.as_bytes());
    assert_eq!(whole.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 4, 5]);
    for bytes in 1..40 {
        let (_, pieced) = pieced(text.as_bytes(), 1, Pieces { bytes, ..Pieces::default() });
        assert_eq!(pieced, whole, "{bytes}");
    }
}

#[test]
fn a_file_of_too_many_pieces_is_too_large() {
    let pieces = Pieces { records: 1, count: 2, ..Pieces::default() };
    let error = cut(&mut file_of(b"a,b\n1,2\n1,2\n1,2\n"), "", 1, pieces, &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("it has more than 2 pieces of 128 MiB"), "{error}");
}

/// Cells with everything in them that delimits, quotes or ends something.
fn cell() -> impl Strategy<Value = String> {
    prop::collection::vec(
        select(vec!["a", "Z", "7", "é", "ß", " ", ",", ";", "\t", "|", "\"", "\n", "\r\n"]),
        0..6,
    )
    .prop_map(|characters| characters.concat())
}

/// Tables of a width that is two at least, with a first cell that no blank line can be taken for.
fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (2..5_usize).prop_flat_map(|width| {
        let row = prop::collection::vec(cell(), width - 1);
        prop::collection::vec(row, 1..20).prop_map(move |rows| {
            let header = (0..width).map(|column| format!("column{column}")).collect();
            let numbered = (1..).zip(rows).map(|(number, mut row): (u32, Vec<String>)| {
                row.insert(0, format!("row{number}"));
                row
            });
            std::iter::once(header).chain(numbered).collect()
        })
    })
}

fn written(table: &[Vec<String>], delimiter: u8, quotes: csv::QuoteStyle, end: csv::Terminator) -> String {
    let mut builder = csv::WriterBuilder::new();
    let mut writer = builder.delimiter(delimiter).quote_style(quotes).terminator(end).from_writer(Vec::new());
    for row in table {
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn encoded(text: &str, encoding: &'static Encoding, mark: &str) -> Vec<u8> {
    let marked = format!("{mark}{text}");
    let units = || marked.encode_utf16();
    match encoding {
        encoding if encoding == UTF_16LE => units().flat_map(u16::to_le_bytes).collect(),
        encoding if encoding == UTF_16BE => units().flat_map(u16::to_be_bytes).collect(),
        encoding if encoding == WINDOWS_1252 => {
            text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
        }
        _ => marked.into_bytes(),
    }
}

proptest! {
    #[test]
    fn any_table_comes_back_whole_or_in_pieces_of_any_size(
        table in table(),
        delimiter in select(vec![b',', b';', b'\t', b'|']),
        quotes in select(vec![csv::QuoteStyle::Necessary, csv::QuoteStyle::Always, csv::QuoteStyle::NonNumeric]),
        end in select(vec![csv::Terminator::CRLF, csv::Terminator::Any(b'\n'), csv::Terminator::Any(b'\r')]),
        (encoding, mark) in select(vec![
            (UTF_8, ""), (UTF_8, "\u{feff}"), (UTF_16LE, "\u{feff}"), (UTF_16BE, "\u{feff}"), (WINDOWS_1252, "")
        ]),
        bytes in 1..400_u64,
        records in 1..20_u64,
    ) {
        // The delimiter is declared: of some tables nobody could tell it.
        let text = written(&table, delimiter, quotes, end);
        let content = encoded(&format!("sep={}\r\n{text}", char::from(delimiter)), encoding, mark);
        let mut expected = table;
        for row in &mut expected {
            while row.pop_if(|cell| cell.is_empty()).is_some() {}
        }
        let cells = |rows: &Rows| rows.iter().map(|(_, cells)| cells.clone()).collect::<Vec<_>>();
        let is_refused = encoding::of(&mut file_of(&content)).is_err();
        prop_assume!(!is_refused);
        let whole = whole(&content);
        prop_assert_eq!(cells(&whole), expected);
        let pieces = Pieces { bytes, records, ..Pieces::default() };
        prop_assert_eq!(pieced(&content, 1, pieces).1, whole);
    }
}
