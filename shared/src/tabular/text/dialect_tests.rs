use super::*;

fn dialect(text: &str) -> (char, Quoting) {
    let Dialect { delimiter, quoting } = of(text.as_bytes(), true);
    (char::from(delimiter), quoting)
}

fn delimiter(text: &str) -> char {
    dialect(text).0
}

const ONE_COLUMN: char = '\u{1f}';

#[test]
fn one_mark_of_another_kind_in_each_row_delimits_nothing() {
    assert_eq!(delimiter("id,codes,note\n1,a;b,x\n2,c;d,y\n3,e;f,z,more\n"), ',');
    assert_eq!(delimiter("id|codes\n1|a,b\n2|c,d\n"), '|');
    assert_eq!(delimiter("name;note\nDoe, Jane;one, two, three\nRoe, Max;four, five, six\n"), ';');
    assert_eq!(delimiter("at;amount;other\n1,5;2,5;1,0\n3,5;4,5;2,0\n"), ';');
}

#[test]
fn one_column_stays_one_column() {
    assert_eq!(delimiter("code\nA1\nB2\n"), ONE_COLUMN);
    assert_eq!(delimiter("note\nplain\nyes, really\nplain\nplain\nwell; no\nplain\n"), ONE_COLUMN);
    assert_eq!(delimiter("\n"), ONE_COLUMN);
}

#[test]
fn a_few_records_are_enough() {
    assert_eq!(delimiter("a,b,c"), ',');
    assert_eq!(delimiter("a;b\n1;2\n"), ';');
    assert_eq!(delimiter("1\n1,2\n1,2,3\n1,2,3,4\n"), ',', "also where no two are alike");
}

#[test]
fn titles_above_a_table_do_not_hide_its_delimiter() {
    assert_eq!(delimiter("Export\nfrom the ward, all\n\nby nobody\na;b;c\n1;2;3\n"), ';');
}

#[test]
fn a_declared_delimiter_is_believed_and_is_no_row() {
    assert_eq!(delimiter("sep=|\na,b|c,d\n1,2|3,4\n"), '|');
    assert_eq!(delimiter("SEP=^\r\na^b\r\n"), '^');
    assert_eq!(preamble(b"\xef\xbb\xbfsep=;\r\na;b"), (10, Some(b';')));
    for text in ["sep=a\n1", "sep=\n1", "sep=;1\n", "separate\n"] {
        assert_eq!(preamble(text.as_bytes()), (0, None), "{text}");
    }
}

#[test]
fn a_backslash_stands_before_marks_where_that_makes_the_quotes_whole() {
    let escaped = "a,b\n1,\"say \\\"hi\\\", then\"\n2,\"\\\\\"\n";
    assert_eq!(dialect(escaped), (',', Quoting::Escaped));
    assert_eq!(dialect("path,n\n\"C:\\data\\\",1\n\"D:\\\",2\n"), (',', Quoting::Doubled));
}

#[test]
fn blanks_before_quotes_are_passed_over_where_that_makes_the_records_alike() {
    assert_eq!(dialect("id, name\n1, \"Doe, Jane\"\n2, \"Roe, Max\"\n"), (',', Quoting::Spaced));
    assert_eq!(dialect("id, name\n1, Jane\n2, Max\n"), (',', Quoting::Doubled));
}

/// A table of so many columns whose last one holds prose of many lines, with marks of every kind.
fn prose(columns: usize, rows: usize, lines: usize) -> String {
    let header = (1..=columns).map(|number| format!("c{number}")).collect::<Vec<_>>().join(",");
    let text = "He said \"\"it hurts\"\", twice; and\nthen — not. ".repeat(lines);
    let row = format!("1,{}\"{text}\"\n", "x,".repeat(columns - 2));
    format!("{header}\n{}", row.repeat(rows))
}

#[test]
fn lines_within_quotes_do_not_outweigh_the_records_that_have_them() {
    for (columns, rows, lines) in [(2, 1, 5), (2, 3, 200), (3, 1, 40), (9, 1, 900), (9, 20, 5)] {
        let found = dialect(&prose(columns, rows, lines));
        assert_eq!(found, (',', Quoting::Doubled), "{columns} columns, {rows} rows, {lines} lines");
    }
}

#[test]
fn a_first_record_that_is_cut_off_is_evidence_where_there_is_no_other() {
    for columns in [2, 3, 9] {
        let text = prose(columns, 2, 2_000);
        let found = of(&text.as_bytes()[..64 * 1024], false);
        assert_eq!(found, Dialect { delimiter: b',', quoting: Quoting::Doubled }, "{columns} columns");
    }
    let long = format!("id;note\n1;{}", "words, and more words, ".repeat(4_000));
    assert_eq!(of(&long.as_bytes()[..64 * 1024], false).delimiter, b';', "without quotes");
}
