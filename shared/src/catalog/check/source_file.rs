//! The shape of a source's file and the checks within it.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::{Examined, is_identifier, suggestion};
use crate::catalog::{Cadence, Collected, Column, Dataset, LoadMode, Origin, Source};

/// A source and the datasets that only the whole catalog can check.
pub(super) struct Read {
    pub(super) path: String,
    pub(super) source: Source,
    datasets: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    title: String,
    url: Spanned<String>,
    reports: IndexMap<Spanned<String>, CollectedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectedFile {
    cadence: Spanned<Cadence>,
    dataset: Spanned<String>,
    report: Option<Spanned<String>>,
    filter: Option<Spanned<String>>,
}

pub(super) fn read(file: &mut Examined<'_>, domain: &str, stem: &str) -> Option<Read> {
    let written: SourceFile = file.read()?;
    if !written.url.get_ref().starts_with("https://") || written.url.get_ref().ends_with('/') {
        file.mistake(
            written.url.span(),
            "`url` is where the Web API is: `https://host`, without a slash at its end",
        );
    }
    let (mut reports, mut datasets) = (Vec::new(), Vec::new());
    for (name, report) in written.reports {
        if !is_identifier(name.get_ref()) {
            file.mistake(
                name.span(),
                "a report's name is lower-case letters, digits and `_`, a letter first",
            );
        }
        if *report.cadence.get_ref() == Cadence::AfterLoad {
            file.mistake(
                report.cadence.span(),
                "the clock collects reports: `daily`, `weekly`, `monthly` or `quarterly`",
            );
        }
        for number in [&report.report, &report.filter].into_iter().flatten() {
            if !is_number(number.get_ref()) {
                file.mistake(
                    number.span(),
                    "the vendor's numbers are digits in quotes, such as `\"10078378\"`",
                );
            }
        }
        reports.push(Collected {
            name: name.into_inner(),
            cadence: report.cadence.into_inner(),
            dataset: report.dataset.get_ref().clone(),
            report: report.report.map(Spanned::into_inner),
            filter: report.filter.map(Spanned::into_inner),
        });
        datasets.push(report.dataset);
    }
    let (title, url) = (written.title, written.url.into_inner());
    let source = Source { name: format!("{domain}.{stem}"), title, url, reports };
    Some(Read { path: file.path.to_owned(), source, datasets })
}

/// Whether a text is one of the vendor's numbers: it becomes part of an address.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is collected has to have a place to go: a dataset that is replaced per account.
pub(super) fn resolve(file: &mut Examined<'_>, read: &Read, datasets: &[&Dataset], names: &[String]) {
    for name in &read.datasets {
        if !names.contains(name.get_ref()) {
            let known = suggestion(name.get_ref(), names.iter().map(String::as_str));
            file.mistake(name.span(), format!("no dataset is named `{}`{known}", name.get_ref()));
        }
        let dataset = datasets.iter().find(|dataset| dataset.name == *name.get_ref());
        if dataset.is_some_and(|dataset| account(dataset).is_none()) {
            file.mistake(
                name.span(),
                format!(
                    "`{}` must be replaced per account: `load = \"replace per COLUMN\"` of a column with `from = \"key\"`",
                    name.get_ref()
                ),
            );
        }
    }
}

fn account(dataset: &Dataset) -> Option<&Column> {
    match &dataset.load {
        LoadMode::ReplacePer(column) => dataset.column(column).filter(|column| column.origin == Origin::Key),
        LoadMode::Replace | LoadMode::Merge => None,
    }
}

#[cfg(test)]
#[path = "source_file_tests.rs"]
mod tests;
