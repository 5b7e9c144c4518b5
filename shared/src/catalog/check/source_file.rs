//! The shape of a source's file and the checks within it.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::{Examined, is_identifier, suggestion};
use crate::catalog::{Cadence, Dataset, Source, VendorReport};

/// A source and the datasets that only the whole catalog can check.
pub(super) struct Read {
    pub(super) path: String,
    pub(super) source: Source,
    datasets: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    url: Spanned<String>,
    reports: IndexMap<Spanned<String>, ReportFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportFile {
    cadence: Spanned<Cadence>,
    dataset: Spanned<String>,
    report: Option<Spanned<String>>,
    filter: Option<Spanned<String>>,
}

pub(super) fn read(file: &mut Examined<'_>) -> Option<Read> {
    let written: SourceFile = file.read()?;
    if !Source::is_address(written.url.get_ref()) {
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
        if matches!(report.cadence.get_ref(), Cadence::AfterLoad | Cadence::OnRequest) {
            file.mistake(
                report.cadence.span(),
                "the clock collects reports: `daily`, `weekly`, `monthly` or `quarterly`",
            );
        }
        for number in [&report.report, &report.filter].into_iter().flatten() {
            if !VendorReport::is_number(number.get_ref()) {
                file.mistake(
                    number.span(),
                    "the vendor's numbers are digits in quotes, such as `\"10078378\"`",
                );
            }
        }
        reports.push(VendorReport {
            name: name.into_inner(),
            cadence: report.cadence.into_inner(),
            dataset: report.dataset.get_ref().clone(),
            report: report.report.map(Spanned::into_inner),
            filter: report.filter.map(Spanned::into_inner),
        });
        datasets.push(report.dataset);
    }
    let source = Source { url: written.url.into_inner(), reports };
    Some(Read { path: file.path.to_owned(), source, datasets })
}

/// What is collected has to have a place to go: a dataset that is replaced per account.
pub(super) fn resolve(file: &mut Examined<'_>, read: &Read, datasets: &[&Dataset], names: &[String]) {
    for (place, name) in read.datasets.iter().enumerate() {
        if read.datasets.iter().take(place).any(|earlier| earlier.get_ref() == name.get_ref()) {
            let message =
                format!("another report goes to `{}`, and would replace this one's rows", name.get_ref());
            file.mistake(name.span(), message);
        }
        if !names.contains(name.get_ref()) {
            let known = suggestion(name.get_ref(), names.iter().map(String::as_str));
            file.mistake(name.span(), format!("no dataset is named `{}`{known}", name.get_ref()));
        }
        let dataset = datasets.iter().find(|dataset| dataset.name == *name.get_ref());
        if dataset.is_some_and(|dataset| dataset.scope_column().is_none()) {
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

#[cfg(test)]
#[path = "source_file_tests.rs"]
mod tests;
