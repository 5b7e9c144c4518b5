//! The shape of a dataset's file and the checks within it.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::clean_up_file::{CleanUpFile, read_clean_up};
use super::column_file::{ColumnFile, read_column};
use super::index_file::read_indexes;
use super::load_file::{Empty, check_scope, read_empty, read_load};
use super::{Examined, is_identifier, suggestion};
use crate::catalog::{
    Column, ColumnType, Dataset, HoldBack, Keep, LoadMode, Partition, UnknownColumns, UnknownNames,
    normalise_header,
};
use crate::payload::Severity;

/// A dataset and the references that only the whole catalog can check, by column.
pub(super) struct Read {
    pub(super) path: String,
    pub(super) dataset: Dataset,
    pub(super) references: Vec<(String, Spanned<String>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatasetFile {
    title: String,
    table: Spanned<String>,
    r#match: Match,
    #[serde(default)]
    key: Vec<Spanned<String>>,
    keep: Option<Spanned<String>>,
    load: Spanned<String>,
    #[serde(default)]
    unknown_columns: Unknown,
    #[serde(default)]
    unknown_names: Names,
    empty: Option<Spanned<Empty>>,
    #[serde(default)]
    ragged_rows: RaggedRows,
    #[serde(default)]
    sheets: Sheets,
    #[serde(default)]
    hidden_sheets: HiddenSheets,
    hold_back: Option<HoldBackFile>,
    clean_up: Option<CleanUpFile>,
    /// Words for "no value" in every column.
    #[serde(default)]
    nulls: Vec<String>,
    #[serde(default)]
    indexes: Vec<Spanned<Vec<Spanned<String>>>>,
    partition: Option<Spanned<String>>,
    #[serde(default)]
    columns: IndexMap<Spanned<String>, ColumnFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Match {
    prefix: String,
    name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    Evolve,
    #[default]
    Ignore,
    Reject,
}

impl From<Unknown> for UnknownColumns {
    fn from(written: Unknown) -> Self {
        match written {
            Unknown::Evolve => Self::Evolve,
            Unknown::Ignore => Self::Ignore,
            Unknown::Reject => Self::Reject,
        }
    }
}

#[derive(Deserialize, Default, PartialEq)]
enum Names {
    #[default]
    #[serde(rename = "as written")]
    AsWritten,
    #[serde(rename = "snake_case")]
    SnakeCase,
}

impl From<Names> for UnknownNames {
    fn from(written: Names) -> Self {
        match written {
            Names::AsWritten => Self::AsWritten,
            Names::SnakeCase => Self::SnakeCase,
        }
    }
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum RaggedRows {
    #[default]
    Accept,
    Reject,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Sheets {
    First,
    #[default]
    All,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum HiddenSheets {
    Read,
    #[default]
    Ignore,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldBackFile {
    smaller_by: Option<Spanned<String>>,
    rejects_over: Option<Spanned<String>>,
}

/// A file that replaces a table and has this many per cent fewer rows than the last one is held back, unless the
/// contract says otherwise.
const SMALLER_BY: u8 = 40;

pub(super) fn read(file: &mut Examined<'_>, domain: &str, stem: &str) -> Option<Read> {
    let written: DatasetFile = file.read()?;
    let name = format!("{domain}.{stem}");
    check_name(file, &written, &name, is_identifier(domain) && is_identifier(stem));
    let (mut columns, references) = read_columns(file, written.columns, &written.nulls);
    let key = read_key(file, written.key, &mut columns);
    let load = read_load(file, &written.load, &columns);
    if key.is_empty() && load == LoadMode::Merge {
        file.mistake(written.load.span(), "`merge` finds rows again by their `key`: name its columns");
    }
    if let (true, Some(keep)) = (key.is_empty(), &written.keep) {
        file.mistake(keep.span(), "`keep` decides between rows of one `key`: name its columns");
    }
    check_scope(file, written.load.span(), &load, &key, &columns);
    let loads_empty = read_empty(file, written.empty.as_ref(), &load, &columns);
    let keep = written.keep.map_or(Keep::First(None), |keep| read_keep(file, &keep, &columns));
    let clean_up = written.clean_up.and_then(|clean_up| read_clean_up(file, clean_up, &load, &columns));
    let indexes = read_indexes(file, written.indexes, &key, &columns);
    let partition = written.partition.and_then(|partition| read_partition(file, &partition, &columns));
    // Files that nobody has described, and files that do not replace a table, may be of any size.
    let usual = (load == LoadMode::Replace && !columns.is_empty()).then_some(SMALLER_BY);
    let hold_back = read_hold_back(file, written.hold_back, usual);
    if matches!(written.unknown_columns, Unknown::Evolve) {
        columns.push(Column::unknown());
    }
    let dataset = Dataset {
        name,
        title: written.title,
        prefix: written.r#match.prefix,
        file_name: written.r#match.name,
        key,
        keep,
        load,
        unknown_columns: written.unknown_columns.into(),
        unknown_names: written.unknown_names.into(),
        loads_empty,
        rejects_ragged: written.ragged_rows == RaggedRows::Reject,
        first_sheet: written.sheets == Sheets::First,
        hidden_sheets: written.hidden_sheets == HiddenSheets::Read,
        hold_back,
        clean_up,
        indexes,
        partition,
        columns,
        version: crate::digest::sha256_hex(file.text.as_bytes()).chars().take(12).collect(),
    };
    Some(Read { path: file.path.to_owned(), dataset, references })
}

/// The table is called as its file, and has columns or takes any.
fn check_name(file: &mut Examined<'_>, written: &DatasetFile, name: &str, is_usable: bool) {
    if written.table.get_ref() != name || !is_usable {
        file.mistake(
            written.table.span(),
            format!(
                "the table of this file is `{name}`: folder and file name give schema and table, lower-case"
            ),
        );
    }
    if written.columns.is_empty() && !matches!(written.unknown_columns, Unknown::Evolve) {
        file.mistake(
            written.table.span(),
            "a dataset without `[columns]` accepts any: say so with `unknown_columns = \"evolve\"`",
        );
    }
}

/// The columns, and the references among them.
fn read_columns(
    file: &mut Examined<'_>,
    written: IndexMap<Spanned<String>, ColumnFile>,
    nulls: &[String],
) -> (Vec<Column>, Vec<(String, Spanned<String>)>) {
    let (mut columns, mut references, mut headers) = (Vec::new(), Vec::new(), HashMap::new());
    for (name, column) in written {
        if let Some(target) = &column.references {
            references.push((name.get_ref().clone(), target.clone()));
        }
        let span = name.span();
        if let Some(column) = read_column(file, name, column, nulls) {
            check_headers(file, span, &column, &mut headers);
            columns.push(column);
        }
    }
    (columns, references)
}

/// No header may name two columns: the file's author would not know which. `headers` are those of earlier columns, as they
/// are compared, with the column that each names.
fn check_headers(
    file: &mut Examined<'_>,
    at: std::ops::Range<usize>,
    column: &Column,
    headers: &mut HashMap<String, String>,
) {
    for header in std::iter::once(&column.name).chain(&column.aliases) {
        let normal = normalise_header(header);
        // A header without a letter or digit names nothing.
        if normal.is_empty() {
            continue;
        }
        let named = headers.entry(normal).or_insert_with(|| column.name.clone());
        if *named != column.name {
            file.mistake(at.clone(), format!("the header `{header}` names the column `{named}` already"));
        }
    }
}

/// Whether a column has this name; a mistake if not.
pub(super) fn check_known(file: &mut Examined<'_>, name: &Spanned<String>, columns: &[Column]) {
    if !columns.iter().any(|column| column.name == *name.get_ref()) {
        let near = suggestion(name.get_ref(), columns.iter().map(|column| column.name.as_str()));
        file.mistake(name.span(), format!("no column is named `{}`{near}", name.get_ref()));
    }
}

fn read_key(file: &mut Examined<'_>, written: Vec<Spanned<String>>, columns: &mut [Column]) -> Vec<String> {
    for name in &written {
        check_known(file, name, columns);
        let Some(column) = columns.iter_mut().find(|column| column.name == *name.get_ref()) else { continue };
        if column.severity == Severity::Warn {
            file.mistake(
                name.span(),
                "a row cannot stay without its key: take away that column's `severity`",
            );
        }
        // A key without a value identifies nothing.
        column.required = true;
    }
    written.into_iter().map(Spanned::into_inner).collect()
}

fn read_keep(file: &mut Examined<'_>, written: &Spanned<String>, columns: &[Column]) -> Keep {
    let words: Vec<&str> = written.get_ref().split_whitespace().collect();
    let by = match words.as_slice() {
        ["first" | "last"] => None,
        ["first" | "last", "by", column] => {
            check_known(file, &Spanned::new(written.span(), (*column).to_owned()), columns);
            Some((*column).to_owned())
        }
        _ => {
            file.mistake(written.span(), "`keep` is `first`, `last`, `first by COLUMN` or `last by COLUMN`");
            None
        }
    };
    if words.first() == Some(&"last") { Keep::Last(by) } else { Keep::First(by) }
}

fn read_partition(
    file: &mut Examined<'_>,
    written: &Spanned<String>,
    columns: &[Column],
) -> Option<Partition> {
    let named = written.get_ref().strip_prefix("month(").and_then(|rest| rest.strip_suffix(')'));
    let column = named.and_then(|name| columns.iter().find(|column| column.name == name.trim()));
    match column {
        Some(column) if column.kind == ColumnType::Date && column.required => {
            Some(Partition::Month(column.name.clone()))
        }
        _ => {
            file.mistake(
                written.span(),
                "`partition` is `month(COLUMN)` of a required column of type `date`",
            );
            None
        }
    }
}

fn read_hold_back(file: &mut Examined<'_>, written: Option<HoldBackFile>, usual: Option<u8>) -> HoldBack {
    let mut share = |written: Option<Spanned<String>>| {
        let written = written?;
        let share = written.get_ref().strip_suffix('%').and_then(|number| number.trim().parse().ok());
        if share.is_none_or(|share: u8| share > 100) {
            file.mistake(
                written.span(),
                "a share is written as whole per cent, `\"40%\"`; `\"100%\"` never holds back",
            );
        }
        share
    };
    let (smaller_by, rejects_over) = match written {
        Some(written) => (share(written.smaller_by), share(written.rejects_over)),
        None => (None, None),
    };
    HoldBack { smaller_by: smaller_by.or(usual), rejects_over }
}

#[cfg(test)]
#[path = "dataset_file_tests.rs"]
mod tests;
