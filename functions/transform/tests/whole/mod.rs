//! A file of one table, read in one piece.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::fs::File;

use jiff::civil::DateTime;
use rounds_shared::catalog::Dataset;
use rounds_shared::payload::{Format, Part};
use rounds_shared::tabular::Limits;
use rounds_transform::curate::{Curated, Order, curate};

/// What a sheet of a workbook becomes, or else a CSV, dropped under `key` at that time.
pub(crate) fn curated(
    file: &mut File,
    sheet: Option<&str>,
    dataset: &Dataset,
    key: &str,
    dropped_at: DateTime,
) -> Curated {
    let part = Part {
        batch: "0".repeat(32),
        dataset: dataset.name.clone(),
        index: 0,
        format: if sheet.is_some() { Format::Xlsx } else { Format::Csv },
        member: None,
        sheet: sheet.map(str::to_owned),
        cut: None,
    };
    let (as_of, limits) = (dropped_at.date(), Limits::default());
    curate(file, &mut [], &Order { part: &part, dataset, key, dropped_at, as_of, limits: &limits }).unwrap()
}
