//! The shape of a column in a dataset's file and the checks within it.

use indexmap::IndexMap;
use jiff::fmt::strtime::{self, BrokenDownTime};
use serde::Deserialize;
use toml::Spanned;

use super::range_file::{RangeFile, read_range};
use super::{Examined, bound, is_identifier, suggestion};
use crate::catalog::{Column, ColumnType, Missing, Origin, Pattern, Plausible, Reference, Word, spelling};
use crate::payload::Severity;
use crate::tabular::trimmed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a column such as { type = \"text\" }")]
pub(super) struct ColumnFile {
    r#type: Spanned<String>,
    from: Option<Spanned<OriginFile>>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    expected: bool,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    phi: bool,
    #[serde(default)]
    severity: Outcome,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    formats: Vec<Spanned<String>>,
    #[serde(default)]
    nulls: Vec<String>,
    #[serde(default)]
    values: IndexMap<String, Vec<String>>,
    pattern: Option<Spanned<String>>,
    range: Option<Spanned<RangeFile>>,
    pub(super) references: Option<Spanned<String>>,
    missing: Option<MissingFile>,
    plausible: Option<PlausibleFile>,
    placeholder: Option<String>,
    #[serde(default)]
    description: String,
}

/// Where values come from that are not in the file.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum OriginFile {
    Key,
    Drop,
}

/// What an unknown reference does; said in the file so that a reader need not know a default.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum MissingFile {
    Placeholder,
    Hold,
    Reject,
    Allow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlausibleFile {
    after: Option<Spanned<String>>,
    before: Option<Spanned<String>>,
    r#else: Outcome,
}

/// What breaking a rule leads to.
#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    #[default]
    Reject,
    Warn,
}

const TYPES: [(&str, ColumnType); 7] = [
    ("text", ColumnType::Text),
    ("integer", ColumnType::Integer),
    ("bigint", ColumnType::Bigint),
    ("date", ColumnType::Date),
    ("time", ColumnType::Time),
    ("timestamp", ColumnType::Timestamp),
    ("boolean", ColumnType::Boolean),
];

pub(super) fn read_column(
    file: &mut Examined<'_>,
    name: Spanned<String>,
    column: ColumnFile,
    nulls: &[String],
) -> Option<Column> {
    if !is_identifier(name.get_ref()) || name.get_ref().starts_with('_') {
        file.mistake(
            name.span(),
            "a column's name is lower-case letters, digits and `_`, a letter first; put the header into `aliases`",
        );
    }
    let kind = read_type(file, &column.r#type)?;
    check_attributes(file, &name, &column, kind);
    let range = column.range.as_ref().map(|range| read_range(file, range, kind));
    let values = read_values(file, &name, column.values);
    let pattern = column.pattern.as_ref().and_then(|written| {
        let pattern = Pattern::new(written.get_ref());
        if pattern.is_none() {
            file.mistake(written.span(), "`pattern` is no regular expression that can be read");
        }
        pattern
    });
    let plausible = column.plausible.map(|window| Plausible {
        after: window.after.as_ref().and_then(|written| bound(file, written)),
        before: window.before.as_ref().and_then(|written| bound(file, written)),
        rejects: window.r#else == Outcome::Reject,
    });
    let missing = match column.missing {
        Some(MissingFile::Hold) => Missing::Hold,
        Some(MissingFile::Reject) => Missing::Reject,
        Some(MissingFile::Allow) => Missing::Allow,
        Some(MissingFile::Placeholder) | None => Missing::Placeholder,
    };
    Some(Column {
        name: name.into_inner(),
        kind,
        origin: match column.from.map(Spanned::into_inner) {
            None => Origin::File,
            Some(OriginFile::Key) => Origin::Key,
            Some(OriginFile::Drop) => Origin::Drop,
        },
        required: column.required,
        expected: column.expected,
        unique: column.unique,
        phi: column.phi,
        severity: if column.severity == Outcome::Warn { Severity::Warn } else { Severity::Reject },
        aliases: column.aliases,
        formats: column.formats.into_iter().map(Spanned::into_inner).collect(),
        nulls: nulls.iter().chain(&column.nulls).map(|word| trimmed(word).to_lowercase()).collect(),
        values,
        pattern,
        range,
        references: column.references.map(|target| Reference { dataset: target.into_inner(), missing }),
        plausible,
        placeholder: column.placeholder,
        description: column.description,
    })
}

/// One of [`TYPES`], or `decimal(12,2)`.
fn read_type(file: &mut Examined<'_>, written: &Spanned<String>) -> Option<ColumnType> {
    let name = written.get_ref();
    if let Some((_, kind)) = TYPES.iter().find(|(known, _)| known == name) {
        return Some(*kind);
    }
    if let Some(digits) = name.strip_prefix("decimal") {
        let digits = digits.trim().strip_prefix('(').and_then(|digits| digits.strip_suffix(')'));
        let digits = digits.and_then(|digits| digits.split_once(','));
        let number = |digits: &str| digits.trim().parse::<u8>().ok();
        if let Some((Some(precision), Some(scale))) = digits.map(|(p, s)| (number(p), number(s)))
            && (1..=38).contains(&precision)
            && scale <= precision
        {
            return Some(ColumnType::Decimal { precision, scale });
        }
        file.mistake(
            written.span(),
            "a decimal says its digits in all, up to 38, and those behind the point: `decimal(12,2)`",
        );
        return None;
    }
    let near = suggestion(name, TYPES.iter().map(|(known, _)| *known).chain(["decimal(12,2)"]));
    file.mistake(written.span(), format!("no type is named `{name}`{near}"));
    None
}

/// Attributes that do not belong to the column's type, or not beside each other.
fn check_attributes(file: &mut Examined<'_>, name: &Spanned<String>, column: &ColumnFile, kind: ColumnType) {
    let is_moment = matches!(kind, ColumnType::Date | ColumnType::Time | ColumnType::Timestamp);
    for format in &column.formats {
        if is_moment && !can_read(format.get_ref(), kind) {
            file.mistake(
                format.span(),
                "a format names the parts of a date by %Y, %m and %d, of a time by %H and %M",
            );
        }
    }
    let type_span = || column.r#type.span();
    if !is_moment && !column.formats.is_empty() {
        file.mistake(type_span(), "`formats` belongs to columns of type `date`, `time` and `timestamp`");
    }
    if !matches!(kind, ColumnType::Date | ColumnType::Timestamp) && column.plausible.is_some() {
        file.mistake(type_span(), "`plausible` belongs to columns of type `date` and `timestamp`");
    }
    if kind != ColumnType::Text && !(column.values.is_empty() && column.pattern.is_none()) {
        file.mistake(type_span(), "`values` and `pattern` belong to columns of type `text`");
    }
    if let Some(from) = &column.from {
        if *from.get_ref() == OriginFile::Drop && kind != ColumnType::Timestamp {
            file.mistake(from.span(), "`from = \"drop\"` is a moment: give the column the type `timestamp`");
        }
        if column.expected || column.unique || !column.aliases.is_empty() {
            file.mistake(
                from.span(),
                "no header names a column with `from`, and it is the same in every row: take away `expected`, \
                 `unique` and `aliases`",
            );
        }
    }
    if column.references.is_some() != column.missing.is_some() {
        file.mistake(
            name.span(),
            "`references` needs `missing = \"placeholder\"`, `\"hold\"`, `\"reject\"` or `\"allow\"` beside it, \
             and the other way round",
        );
    }
    if column.required && column.severity == Outcome::Warn {
        file.mistake(
            name.span(),
            "a required column rejects rows: take away `required` or `severity = \"warn\"`",
        );
    }
}

/// Whether a moment that is written in a format can be read from it again.
fn can_read(format: &str, kind: ColumnType) -> bool {
    let sample = jiff::civil::datetime(2000, 1, 2, 13, 4, 5, 0).to_zoned(jiff::tz::TimeZone::UTC);
    let written = sample.ok().and_then(|sample| strtime::format(format, &sample).ok());
    let parts = written.and_then(|written| BrokenDownTime::parse(format, written).ok());
    parts.is_some_and(|parts| match kind {
        ColumnType::Time => parts.hour().is_some() && parts.to_time().is_ok(),
        _ => parts.to_date().is_ok(),
    })
}

/// The words of an enumeration, their spellings as they are compared.
fn read_values(
    file: &mut Examined<'_>,
    name: &Spanned<String>,
    written: IndexMap<String, Vec<String>>,
) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::with_capacity(written.len());
    for (stored, spellings) in written {
        let spellings: Vec<String> = spellings.iter().map(|written| spelling(written)).collect();
        for other in &words {
            if let Some(shared) = spellings.iter().find(|spelling| other.spellings.contains(spelling)) {
                file.mistake(
                    name.span(),
                    format!("`{shared}` means `{}` and `{stored}`: one of them", other.stored),
                );
            }
        }
        words.push(Word { stored, spellings });
    }
    words
}
