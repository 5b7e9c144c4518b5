//! docs/RELIABILITY.md names the test of each cell, and each test of faults has a cell.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rounds_testkit::stack::checkout;

#[test]
fn every_cell_of_the_matrix_names_a_test_and_every_test_of_faults_has_a_cell() {
    let checkout = checkout();
    let named = named(&fs::read_to_string(checkout.join("docs/RELIABILITY.md")).unwrap());
    let mut all = BTreeSet::new();
    for folder in ["cli", "functions", "shared", "tests"] {
        tests_in(&checkout.join(folder), &mut all);
    }
    let mut of_faults = BTreeSet::new();
    tests_in(&checkout.join("tests/faults"), &mut of_faults);

    let missing: Vec<_> = named.difference(&all).collect();
    assert!(missing.is_empty(), "the matrix names tests that are not there: {missing:#?}");
    let unnamed: Vec<_> = of_faults.difference(&named).collect();
    assert!(unnamed.is_empty(), "the matrix has no cell for {unnamed:#?}");
}

#[test]
fn every_row_of_the_matrix_is_whole() {
    let text = fs::read_to_string(checkout().join("docs/RELIABILITY.md")).unwrap();
    for row in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() == 4 && cells.iter().all(|cell| !cell.is_empty()), "{row}");
    }
}

/// What stands in the last column of the tables as code.
fn named(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let tests = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    tests.flat_map(|tests| tests.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Names of the tests in a folder's sources.
fn tests_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(tests_of(&fs::read_to_string(&path).unwrap()));
        }
    }
}

fn tests_of(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
            names.extend(name.split_once('(').map(|(name, _)| name.to_owned()));
            is_test = false;
        }
    }
    names
}
