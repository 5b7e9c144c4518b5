//! What a dataset's file says of loading: what a newer file replaces, and whether an empty one may.

use serde::Deserialize;
use toml::Spanned;

use super::Examined;
use crate::catalog::{Column, ColumnType, LoadMode};

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Empty {
    Refuse,
    Load,
}

pub(super) fn read_load(file: &mut Examined<'_>, written: &Spanned<String>, columns: &[Column]) -> LoadMode {
    let words: Vec<&str> = written.get_ref().split_whitespace().collect();
    match words.as_slice() {
        ["replace"] => return LoadMode::Replace,
        ["merge"] => return LoadMode::Merge,
        ["replace", "per", name] => {
            if columns.iter().any(|column| column.name == *name && column.required) {
                return LoadMode::ReplacePer((*name).to_owned());
            }
            file.mistake(written.span(), "`replace per COLUMN` needs a required column of the dataset");
        }
        _ => file.mistake(written.span(), "`load` is `replace`, `merge` or `replace per COLUMN`"),
    }
    LoadMode::Replace
}

/// A drop's key says whose rows the file replaces: as they are written in the table, and without those of another.
pub(super) fn check_scope(
    file: &mut Examined<'_>,
    at: std::ops::Range<usize>,
    load: &LoadMode,
    key: &[String],
    columns: &[Column],
) {
    let Some(column) = load.scope_column(columns) else { return };
    let per = &column.name;
    if column.kind != ColumnType::Text || !column.values.is_empty() {
        file.mistake(
            at.clone(),
            format!(
                "`{per}` is compared with the drop's key letter by letter: make it a `text` without `values`"
            ),
        );
    }
    if !key.is_empty() && !key.contains(per) {
        file.mistake(at, format!("rows of one `{per}` would take the place of another's: name it in `key`"));
    }
}

/// A file without rows has to say what it replaces by its name alone.
pub(super) fn read_empty(
    file: &mut Examined<'_>,
    written: Option<&Spanned<Empty>>,
    load: &LoadMode,
    columns: &[Column],
) -> bool {
    let Some(written) = written.filter(|written| *written.get_ref() == Empty::Load) else { return false };
    if *load != LoadMode::Replace && load.scope_column(columns).is_none() {
        file.mistake(
            written.span(),
            "a file without rows replaces nothing here: `empty = \"load\"` belongs to `load = \"replace\"`, or to \
             `replace per` a column with `from = \"key\"`",
        );
    }
    true
}
