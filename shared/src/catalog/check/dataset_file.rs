//! The shape of a dataset's file and the checks within it.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::{Examined, bound, is_identifier, suggestion};
use crate::catalog::dataset::{
    Column, ColumnType, Dataset, Keep, LoadMode, Partition, Plausible, Reference, UnknownColumns, Word,
};

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
    key: Vec<Spanned<String>>,
    keep: Option<Spanned<String>>,
    load: Load,
    #[serde(default)]
    unknown_columns: Unknown,
    partition: Option<Spanned<String>>,
    columns: IndexMap<Spanned<String>, ColumnFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Match {
    prefix: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Load {
    Replace,
    Merge,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    #[default]
    Ignore,
    Reject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    r#type: Spanned<String>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    phi: bool,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    formats: Vec<Spanned<String>>,
    #[serde(default)]
    values: IndexMap<String, Vec<String>>,
    references: Option<Spanned<String>>,
    missing: Option<Missing>,
    plausible: Option<PlausibleFile>,
    placeholder: Option<String>,
    #[serde(default)]
    description: String,
}

/// What an unknown reference does; said in the file so that a reader need not know the default.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Missing {
    Placeholder,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlausibleFile {
    after: Option<Spanned<String>>,
    before: Option<Spanned<String>>,
    r#else: OutOfWindow,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum OutOfWindow {
    Warn,
    Reject,
}

const TYPES: [(&str, ColumnType); 4] = [
    ("text", ColumnType::Text),
    ("integer", ColumnType::Integer),
    ("bigint", ColumnType::Bigint),
    ("date", ColumnType::Date),
];

pub(super) fn read(file: &mut Examined<'_>, domain: &str, stem: &str) -> Option<Read> {
    let written: DatasetFile = file.read()?;
    let name = format!("{domain}.{stem}");
    if *written.table.get_ref() != name || !is_identifier(domain) || !is_identifier(stem) {
        file.mistake(
            written.table.span(),
            format!(
                "the table of this file is `{name}`: folder and file name give schema and table, lower-case"
            ),
        );
    }
    let mut references = Vec::new();
    let mut columns = Vec::new();
    for (column_name, column) in written.columns {
        if let Some(target) = &column.references {
            references.push((column_name.get_ref().clone(), target.clone()));
        }
        columns.extend(read_column(file, column_name, column));
    }
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let mut known = |file: &mut Examined<'_>, column: &Spanned<String>| {
        if !names.contains(column.get_ref()) {
            let near = suggestion(column.get_ref(), names.iter().map(String::as_str));
            file.mistake(column.span(), format!("no column is named `{}`{near}", column.get_ref()));
        }
    };
    for key in &written.key {
        known(file, key);
    }
    if written.key.is_empty() {
        file.mistake(written.table.span(), "`key` needs at least one column: rows are told apart by it");
    }
    let key: Vec<String> = written.key.into_iter().map(Spanned::into_inner).collect();
    for column in &mut columns {
        // A key without a value identifies nothing.
        column.required |= key.contains(&column.name);
    }
    let keep = written.keep.map_or(Keep::First(None), |keep| read_keep(file, &keep, &mut known));
    let partition = written.partition.and_then(|partition| read_partition(file, &partition, &columns));
    let dataset = Dataset {
        name,
        title: written.title,
        prefix: written.r#match.prefix,
        file_name: written.r#match.name,
        key,
        keep,
        load: match written.load {
            Load::Replace => LoadMode::Replace,
            Load::Merge => LoadMode::Merge,
        },
        unknown_columns: match written.unknown_columns {
            Unknown::Ignore => UnknownColumns::Ignore,
            Unknown::Reject => UnknownColumns::Reject,
        },
        partition,
        columns,
        version: crate::digest::sha256_hex(file.text.as_bytes()).chars().take(12).collect(),
    };
    Some(Read { path: file.path.to_owned(), dataset, references })
}

fn read_column(file: &mut Examined<'_>, name: Spanned<String>, column: ColumnFile) -> Option<Column> {
    if !is_identifier(name.get_ref()) {
        file.mistake(
            name.span(),
            "a column's name is lower-case letters, digits and `_`; put the header into `aliases`",
        );
    }
    let type_name = column.r#type.get_ref();
    let Some((_, kind)) = TYPES.iter().find(|(known, _)| known == type_name) else {
        let near = suggestion(type_name, TYPES.iter().map(|(known, _)| *known));
        file.mistake(column.r#type.span(), format!("no type is named `{type_name}`{near}"));
        return None;
    };
    for format in &column.formats {
        if jiff::civil::date(2000, 1, 2).strftime(format.get_ref().as_str()).to_string() == *format.get_ref()
        {
            file.mistake(format.span(), "a date format names its parts by %Y, %m and %d");
        }
    }
    if *kind != ColumnType::Date && (!column.formats.is_empty() || column.plausible.is_some()) {
        file.mistake(column.r#type.span(), "`formats` and `plausible` belong to columns of type `date`");
    }
    if *kind != ColumnType::Text && !column.values.is_empty() {
        file.mistake(column.r#type.span(), "`values` belongs to columns of type `text`");
    }
    if column.references.is_some() != column.missing.is_some() {
        file.mistake(
            name.span(),
            "`references` needs `missing = \"placeholder\"` beside it, and the other way round",
        );
    }
    let plausible = column.plausible.map(|window| Plausible {
        after: window.after.as_ref().and_then(|written| bound(file, written)),
        before: window.before.as_ref().and_then(|written| bound(file, written)),
        rejects: window.r#else == OutOfWindow::Reject,
    });
    Some(Column {
        name: name.into_inner(),
        kind: *kind,
        required: column.required,
        phi: column.phi,
        aliases: column.aliases,
        formats: column.formats.into_iter().map(Spanned::into_inner).collect(),
        values: column.values.into_iter().map(|(stored, spellings)| Word { stored, spellings }).collect(),
        references: column.references.map(|target| Reference { dataset: target.into_inner() }),
        plausible,
        placeholder: column.placeholder,
        description: column.description,
    })
}

fn read_keep(
    file: &mut Examined<'_>,
    written: &Spanned<String>,
    known: &mut impl FnMut(&mut Examined<'_>, &Spanned<String>),
) -> Keep {
    let words: Vec<&str> = written.get_ref().split_whitespace().collect();
    let by = match words.as_slice() {
        ["first" | "last"] => None,
        ["first" | "last", "by", column] => {
            known(file, &Spanned::new(written.span(), (*column).to_owned()));
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
