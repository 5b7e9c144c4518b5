//! A file of one table, read in one piece.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Mutex;

use jiff::civil::DateTime;
use rounds_shared::catalog::Dataset;
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{Format, Part};
use rounds_shared::stretch::Stretch;
use rounds_shared::tabular::Limits;
use rounds_transform::curate::{Order, curate};

/// What a sheet of a workbook becomes, or else a CSV, dropped under `key` at that time: its files by key, and its
/// manifest.
pub(crate) fn curated(
    file: &mut File,
    sheet: Option<&str>,
    dataset: &Dataset,
    key: &str,
    dropped_at: DateTime,
) -> (BTreeMap<String, Stretch>, PartManifest) {
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
    let order = Order { part: &part, dataset, key, dropped_at, as_of, limits: &limits };
    let objects = Mutex::new(BTreeMap::new());
    let done = |key, file| {
        objects.lock().unwrap().insert(key, file);
        Ok(())
    };
    let manifest = curate(file, &mut [], &order, &done).unwrap();
    (objects.into_inner().unwrap(), manifest)
}
