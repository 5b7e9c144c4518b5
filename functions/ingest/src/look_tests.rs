use std::io::{Cursor, Write as _};

use rounds_shared::failure::{Failure as _, Name};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

pub(crate) fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

pub(crate) fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn seen(content: &[u8]) -> Result<Seen, Error> {
    look_at(&mut file_of(content), 1, "drop.zip", &Limits::default())
}

#[test]
fn each_member_of_an_archive_is_looked_at_like_a_file() {
    let archive = zipped(&[
        ("in/january.csv", b"a,b\n1,2\n"),
        ("february.xls", b"a;b\n1;2\n3;4\n"),
        ("scan.pdf", b"%PDF-1.7\n1 0 obj\n"),
        ("nothing.csv", b""),
    ]);
    let seen = seen(&archive).unwrap();
    assert_eq!(seen.format, Format::Zip);
    let looks: Vec<_> =
        seen.looks.iter().map(|look| (look.place().unwrap(), look.format, look.rows.len())).collect();
    assert_eq!(
        looks,
        [("in/january.csv".to_owned(), Format::Csv, 2), ("february.xls".to_owned(), Format::Csv, 3)]
    );
    let ignored: Vec<_> = seen.ignored.iter().map(|sheet| (sheet.name.as_str(), sheet.reason)).collect();
    assert_eq!(
        ignored,
        [("scan.pdf", IgnoredBecause::UnreadMember), ("nothing.csv", IgnoredBecause::EmptySheet)]
    );
}

#[test]
fn a_name_that_no_payload_can_tell_is_refused_without_being_told() {
    let long = format!("{}.csv", "x".repeat(60_000));
    let error = seen(&zipped(&[(&long, b"a,b\n1,2\n")])).unwrap_err();
    assert_eq!(error.name(), Name::CorruptFile);
    assert!(error.to_string().len() < 300, "{error}");
}

#[test]
fn a_broken_member_refuses_the_archive_by_its_name() {
    let good: (&str, &[u8]) = ("good.csv", b"a,b\n1,2\n");
    let error = seen(&zipped(&[good, ("bad.csv", b"a,b\n1,\"2\n")])).unwrap_err();
    assert_eq!(error.name(), Name::CorruptFile);
    assert!(error.to_string().starts_with("drop.zip, member “bad.csv”: a quotation mark"), "{error}");
    let error = seen(&zipped(&[good, ("inner.zip", &zipped(&[good]))])).unwrap_err();
    assert!(
        error.to_string().starts_with("drop.zip, member “inner.zip”: it is a zip archive within"),
        "{error}"
    );
}

#[test]
fn an_archive_of_nothing_is_empty() {
    assert_eq!(seen(&zipped(&[("a.csv", b"\n\n")])).unwrap_err().name(), Name::EmptyFile);
}

#[test]
fn only_delimited_text_may_be_larger_than_a_transform_can_spool() {
    let look = |content: &[u8]| look_at(&mut file_of(content), WHOLE_BYTES + 1, "x", &Limits::default());
    assert!(look(b"a,b\n1,2\n").is_ok());
    assert_eq!(look(&zipped(&[("a.csv", b"a,b\n1,2\n")])).unwrap_err().name(), Name::TooLarge);
}

#[test]
fn the_first_rows_of_all_sheets_are_bounded_in_memory() {
    let limits = Limits { held_bytes: 10_000, ..Limits::default() };
    let look = |content: &str| look_at(&mut file_of(content.as_bytes()), 1, "x.csv", &limits);
    assert!(look("a,b\n1,2\n").is_ok());
    let error = look(&format!("a,b\n{},2\n", "x".repeat(5_000))).unwrap_err();
    assert_eq!(error.name(), Name::TooLarge);
}
