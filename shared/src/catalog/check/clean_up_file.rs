//! What a dataset's file says of rows that need not stay for ever.

use serde::Deserialize;
use toml::Spanned;

use super::Examined;
use super::dataset_file::check_known;
use crate::catalog::{Age, CleanUp, Column, ColumnType, LoadMode};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CleanUpFile {
    rows: Spanned<String>,
    by: Spanned<String>,
    after: Spanned<String>,
}

pub(super) fn read_clean_up(
    file: &mut Examined<'_>,
    written: CleanUpFile,
    load: &LoadMode,
    columns: &[Column],
) -> Option<CleanUp> {
    let CleanUpFile { rows, by, after } = written;
    if *load != LoadMode::Merge {
        file.mistake(
            rows.span(),
            "the next file would bring the rows back: `[clean_up]` belongs to `load = \"merge\"`",
        );
    }
    if rows.get_ref().trim().is_empty() {
        file.mistake(rows.span(), "`rows` is a condition in SQL, such as `status = 'cancelled'`");
    }
    check_known(file, &by, columns);
    let kind = columns.iter().find(|column| column.name == *by.get_ref()).map(|column| column.kind);
    if kind.is_some_and(|kind| !matches!(kind, ColumnType::Date | ColumnType::Timestamp)) {
        file.mistake(by.span(), "`by` is a column of type `date` or `timestamp`: how old a row is");
    }
    let age = Age::parse(after.get_ref());
    if age.is_none() {
        file.mistake(after.span(), "`after` is an age such as `365 days`, `18 months` or `2 years`");
    }
    Some(CleanUp { rows: rows.into_inner(), by: by.into_inner(), age: age? })
}
