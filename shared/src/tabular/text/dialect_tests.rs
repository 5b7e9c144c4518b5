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
