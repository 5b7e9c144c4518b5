//! The pages about the catalog, run: each dataset of theirs is checked, each CSV of theirs is read, and what they say is what
//! comes out.
//!
//! A CSV is dropped at half past six. What the blocks are, [`papers::guide`] says.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod whole;

use std::io::{Cursor, Write as _};

use jiff::civil::{Date, DateTime, Time, date};
use polars::prelude::{Column, DataFrame, DataType, ParquetReader, SerReader as _};
use rounds_shared::catalog::{Catalog, Files};
use rounds_shared::manifest::LINEAGE;
use rounds_testkit::papers::{self, Block};

#[test]
fn what_the_guide_says_is_what_comes_out() {
    let blocks = papers::guide();
    let catalog = catalog(&blocks);
    let (mut dropped, mut checked) = (None, 0);
    for Block { title, text } in &blocks {
        match title.as_str() {
            name if name.ends_with(".csv") => dropped = Some(read(&catalog, name, text)),
            "table" | "rejects" => {
                let outcome = dropped.as_ref().unwrap();
                let told = if title == "table" { &outcome.table } else { &outcome.rejects };
                assert_eq!(told.as_str(), text.trim_end(), "{title} of {}", outcome.dataset);
                checked += 1;
            }
            "mistakes" | "mail" => {}
            _ => assert!(title.starts_with("catalog/"), "nobody knows what this block is: {title}\n{text}"),
        }
    }
    assert!(checked >= 8, "only {checked} blocks say what comes out");
}

/// The shipped catalog and the files of the guide; what is an excerpt of a shipped one has to stand there.
fn catalog(blocks: &[Block]) -> Catalog {
    let mut files = Files::embedded();
    for (path, text) in papers::catalog(blocks).0 {
        match files.0.get(&path) {
            Some(shipped) => assert_is_excerpt(&path, &text, shipped),
            None => _ = files.0.insert(path, text),
        }
    }
    Catalog::from_files(&files).unwrap()
}

/// Every line stands in the file, in this order.
fn assert_is_excerpt(path: &str, excerpt: &str, file: &str) {
    let mut lines = file.lines().map(str::trim);
    for line in excerpt.lines().map(str::trim) {
        assert!(lines.any(|shipped| shipped == line), "{path} does not say: {line}");
    }
}

/// What became of a drop, as the page shows it.
struct Outcome {
    dataset: String,
    table: String,
    rejects: String,
}

/// Reads a drop by the dataset of its own name, or by the one that accepts anything under its key. Folders such as
/// `account=A1` are no part of the name.
fn read(catalog: &Catalog, key: &str, text: &str) -> Outcome {
    let named: Vec<&str> =
        key.trim_end_matches(".csv").split('/').filter(|folder| !folder.contains('=')).collect();
    let named = named.join(".");
    let dataset = catalog.dataset(&named).or_else(|| catalog.accepting_anything(key)).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let dropped_at = date(2025, 11, 21).at(6, 30, 0, 0);
    let (objects, _) = whole::curated(&mut file, None, dataset, key, dropped_at);
    let frame = |area: &str| {
        let found = objects.iter().find(|(key, _)| key.starts_with(area) && key.ends_with(".parquet"));
        found.map(|(_, file)| ParquetReader::new(Cursor::new(file.clone().read().unwrap())).finish().unwrap())
    };
    Outcome {
        dataset: dataset.name.clone(),
        table: frame("curated/").map_or_else(String::new, |frame| table(&frame)),
        rejects: frame("rejects/").map_or_else(String::new, |frame| rejects(&frame)),
    }
}

/// The contract's columns side by side, a blank for a null.
fn table(frame: &DataFrame) -> String {
    let mut columns = Vec::new();
    for column in frame.columns().iter().filter(|column| !LINEAGE.contains(&column.name().as_str())) {
        let mut cells = vec![column.name().to_string()];
        cells.extend((0..frame.height()).map(|row| cell(column, row)));
        columns.push(cells);
    }
    let width = |cells: &[String]| cells.iter().map(|cell| cell.chars().count()).max().unwrap_or_default();
    let line = |row: usize| {
        let padded = columns.iter().map(|cells| format!("{:1$}", cells[row], width(cells)));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    (0..=frame.height()).map(line).collect::<Vec<_>>().join("\n")
}

fn cell(column: &Column, row: usize) -> String {
    let shown = match column.dtype() {
        DataType::Int32 => column.i32().unwrap().get(row).map(|number| number.to_string()),
        DataType::Int64 => column.i64().unwrap().get(row).map(|number| number.to_string()),
        DataType::Boolean => column.bool().unwrap().get(row).map(|truth| truth.to_string()),
        DataType::Date => column.date().unwrap().physical().get(row).map(|days| {
            let day: Date = date(1970, 1, 1) + jiff::Span::new().days(days);
            day.to_string()
        }),
        DataType::Time => {
            column.as_materialized_series().time().unwrap().physical().get(row).map(|nanoseconds| {
                (Time::midnight() + jiff::SignedDuration::from_nanos(nanoseconds)).to_string()
            })
        }
        DataType::Datetime(..) => column.datetime().unwrap().physical().get(row).map(|microseconds| {
            let moment: DateTime =
                date(1970, 1, 1).at(0, 0, 0, 0) + jiff::SignedDuration::from_micros(microseconds);
            moment.to_string()
        }),
        DataType::Decimal(_, scale) => {
            let units = column.decimal().unwrap().physical().get(row);
            units.map(|units| decimal(units, *scale))
        }
        _ => column.str().unwrap().get(row).map(str::to_owned),
    };
    shown.unwrap_or_default()
}

fn decimal(units: i128, scale: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", units.unsigned_abs(), scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

fn rejects(frame: &DataFrame) -> String {
    let (rows, columns, rules) =
        (frame.column("_row").unwrap(), frame.column("column").unwrap(), frame.column("rule").unwrap());
    let width = (0..frame.height()).map(|row| cell(columns, row).len()).max().unwrap_or_default();
    let line =
        |row: usize| format!("row {}  {:width$}  {}", cell(rows, row), cell(columns, row), cell(rules, row));
    (0..frame.height()).map(line).collect::<Vec<_>>().join("\n")
}
