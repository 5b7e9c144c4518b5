use std::io::Write as _;

use super::*;

fn read(text: &[u8], limits: &Limits) -> Result<Vec<(u64, Vec<String>)>, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text).unwrap();
    let mut rows_read = Vec::new();
    rows(&mut file, limits, &mut |row| {
        rows_read.push((row.number, row.texts()));
        ControlFlow::Continue(())
    })
    .map_err(|error| error.to_string())?;
    Ok(rows_read)
}

fn fields(text: &str) -> Vec<Vec<String>> {
    read(text.as_bytes(), &Limits::default()).unwrap().into_iter().map(|(_, fields)| fields).collect()
}

#[test]
fn an_open_quotation_mark_does_not_swallow_the_rows_behind_it() {
    let limits = Limits::default();
    for open in [
        "a,b\n\n1,\"oops\n2,x\n3,y\n",
        // The next mark closes it, in the middle of another row's text.
        "a,b\n\n1,\"oops\n2,x\n3,\"fine\"\n",
        "a,b\n\n1,\"oops\n",
    ] {
        let message = read(open.as_bytes(), &limits).unwrap_err();
        assert!(message.starts_with("a quotation mark that opens in its row 3 is not closed"), "{message}");
    }
    let endless = format!("a,b\n1,\"oops\n{}", "2,x\n".repeat(400_000));
    assert!(read(endless.as_bytes(), &limits).unwrap_err().contains("opens in its row 2"));
    for closed in [
        "a,b\n1,\"x\ny\"\n",
        "a,b\n1,\"say \"\"x\"\"\"",
        "a,b\n5\",x\n",
        "a,b\n1,\"x\"y\n",
        "a,b\n1,\"x\ny\" \n",
    ] {
        assert_eq!(read(closed.as_bytes(), &limits).unwrap().len(), 2, "{closed}");
    }
}

#[test]
fn marks_in_the_middle_of_a_text_are_text() {
    assert_eq!(fields("a,b\n5\" pipe,\"x\"y\"z\n")[1], ["5\" pipe", "xy\"z"]);
    assert_eq!(fields("a,b\n\"say \"\"hi\"\", then\",\"\"\n")[1], ["say \"hi\", then"]);
}

#[test]
fn every_line_end_ends_a_record() {
    for text in ["a,b\r1,2\r", "a,b\r\n1,2", "a,b\n1,2\r", "a,b\r1,2\r\n", "a,b\n\r1,2\n\r"] {
        assert_eq!(fields(text), [["a", "b"], ["1", "2"]], "{text:?}");
    }
}

#[test]
fn nothing_of_a_ragged_record_is_lost() {
    assert_eq!(
        fields("a,b,c\n1\n1,2,3,4,5\n1,2,,\n"),
        [vec!["a", "b", "c"], vec!["1"], vec!["1", "2", "3", "4", "5"], vec!["1", "2"]]
    );
}

#[test]
fn a_row_tells_how_many_fields_its_record_has() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"a,b,\n1\n\n1,2,3,,\n,,\n\"x\ny\",\"\"").unwrap();
    let mut widths = Vec::new();
    rows(&mut file, &Limits::default(), &mut |row| {
        widths.push(row.fields);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(widths, [3, 1, 5, 2].map(Some), "a row without any value is left out");
}

#[test]
fn rows_have_the_numbers_that_a_spreadsheet_shows() {
    for text in ["Title\n\na,b\n\n\n1,\"x\ny\"\n2,z\n", "Title\r\n\r\na,b\r\n\r\n\r\n1,\"x\r\ny\"\r\n2,z\r\n"]
    {
        let rows = read(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3, 6, 7], "{text:?}");
    }
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
    assert_eq!(rows_read[0], (1, vec!["id".to_owned(), "note".to_owned()]), "the byte order mark is no text");
    assert_eq!(rows_read[1], (2, vec!["1".to_owned(), "two\r\nlines".to_owned()]));
    assert_eq!(rows_read[2].0, 3);
}

#[test]
fn records_may_differ_in_length_and_blank_ones_are_left_out() {
    let rows_read = read(b"a,b,c\n1\n , ,\n1,2,3,4\n", &Limits::default()).unwrap();
    let shape: Vec<(u64, usize)> = rows_read.iter().map(|(number, fields)| (*number, fields.len())).collect();
    assert_eq!(shape, [(1, 3), (2, 1), (4, 4)]);
}

#[test]
fn a_record_of_endless_delimiters_or_text_takes_no_memory() {
    let limits = Limits { columns: 10, ..Limits::default() };
    let rows_read = read(format!("a,b\n1,2{}\n", ",".repeat(1000)).as_bytes(), &limits).unwrap();
    assert_eq!(rows_read[1].1, ["1", "2"]);
    let long = format!("a,b\n{}", vec!["x".repeat(1 << 20); 17].join(","));
    let message = read(long.as_bytes(), &Limits::default()).unwrap_err();
    assert!(message.contains("bytes of text in one row"), "{message}");
}

#[test]
fn bounds_on_cells_columns_and_text_hold() {
    let refused = |limits: &Limits| read(b"aaaa,b\nc,d\n", limits).unwrap_err();
    assert!(refused(&Limits { cells: 3, ..Limits::default() }).contains("more than 3 cells"));
    assert!(refused(&Limits { columns: 1, ..Limits::default() }).contains("more than 1 columns"));
    assert!(refused(&Limits { text_bytes: 3, ..Limits::default() }).contains("more than 3 bytes of text"));
}
