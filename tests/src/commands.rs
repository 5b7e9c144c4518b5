//! What an operator types, and what it says.

use std::path::{Path, PathBuf};
use std::process::Output;

use calamine::Reader as _;
use rounds_testkit::sheet::{self, Row, text};
use rounds_testkit::stack::{Stack, checkout};
use serde_json::Value;

use crate::assert_no_canary;

/// What a `rounds` command said, and how it ended.
#[must_use]
pub fn rounds(stack: &Stack, arguments: &[&str]) -> (String, Option<i32>) {
    let Output { status, stdout, stderr } = stack.rounds().args(arguments).output().unwrap();
    let said = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert_no_canary(&format!("rounds {arguments:?}"), &said);
    (said, status.code())
}

/// What a `rounds` command said to a program.
#[must_use]
pub fn rounds_json(stack: &Stack, arguments: &[&str]) -> Value {
    let output = stack.rounds().args(arguments).arg("--json").output().unwrap();
    assert_no_canary(&format!("rounds {arguments:?}"), &String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("rounds {arguments:?}: {error}: {said}"))
}

/// A fresh folder for a test's files.
#[must_use]
pub fn folder(name: &str) -> PathBuf {
    let folder = checkout().join("target/local/test-drops").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            std::fs::copy(&path, &copy).unwrap();
        }
    }
}

/// Writes the workbook of rejects anew, as a person would: the cells below these headers mended, in the rows (by their
/// numbers in the first file) that are named, and without the others.
pub fn mend(rejects: &Path, mended: &Path, numbers: &[&str], cells: &[(&str, &str)]) {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(rejects).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let lines: Vec<Vec<String>> =
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(lines[0][..4], ["_batch", "_part", "_row", "_reason"]);
    let mended_cell = |place: usize, cell: &String| {
        let mended = cells.iter().find(|(header, _)| place > 3 && lines[0].get(place).unwrap() == header);
        text(mended.map_or(cell.as_str(), |(_, cell)| cell))
    };
    let rows: Vec<Row> = lines
        .iter()
        .filter(|line| line[2] == "_row" || numbers.contains(&line[2].as_str()))
        .enumerate()
        .map(|(index, line)| match index {
            0 => line.iter().map(|cell| text(cell)).collect(),
            _ => line.iter().enumerate().map(|(place, cell)| mended_cell(place, cell)).collect(),
        })
        .collect();
    std::fs::write(mended, sheet::workbook(&rows).unwrap()).unwrap();
}
