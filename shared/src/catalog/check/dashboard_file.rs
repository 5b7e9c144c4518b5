//! The shape of a dashboard's file and the checks within it.

use std::collections::HashSet;

use indexmap::IndexMap;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::Deserialize;
use toml::Spanned;

use super::{Examined, is_identifier, query, suggestion};
use crate::catalog::dashboard::{Chart, Dashboard, Kind, Measure, Tab};
use crate::catalog::files::Files;

/// Most filters of a tab: each doubles what the page holds, and more.
const FILTERS: usize = 3;

/// A dashboard and the needs that only the whole catalog can check.
pub(super) struct Read {
    pub(super) path: String,
    pub(super) dashboard: Dashboard,
    pub(super) needs: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DashboardFile {
    title: Spanned<String>,
    needs: Vec<Spanned<String>>,
    fresh_for: Spanned<String>,
    tabs: Vec<TabFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TabFile {
    title: Spanned<String>,
    query: Spanned<String>,
    person: String,
    measures: IndexMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    filters: IndexMap<Spanned<String>, String>,
    #[serde(default)]
    charts: Vec<ChartFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChartFile {
    title: Spanned<String>,
    kind: Kind,
    x: String,
    y: Option<Spanned<String>>,
    series: Option<Spanned<String>>,
    details: Option<Spanned<Vec<String>>>,
}

pub(super) fn read(file: &mut Examined<'_>, files: &Files, domain: &str, stem: &str) -> Option<Read> {
    let written: DashboardFile = file.read()?;
    if !is_identifier(stem) {
        file.mistake(0..0, "a dashboard's file name is lower-case letters, digits and `_`");
    }
    if written.needs.is_empty() || written.tabs.is_empty() {
        file.mistake(written.title.span(), "a dashboard has at least one of `needs` and of `[[tabs]]`");
    }
    let fresh_for = duration(written.fresh_for.get_ref());
    if fresh_for.is_none() {
        file.mistake(
            written.fresh_for.span(),
            "`fresh_for` is hours or days, such as `\"36 hours\"` or `\"2 days\"`",
        );
    }
    told_apart(file, written.tabs.iter().map(|tab| &tab.title));
    let mut tabs: Vec<Tab> = Vec::new();
    for written in written.tabs {
        let at = written.title.span();
        let tab = tab(file, files, domain, written);
        if tabs.iter().any(|earlier| earlier.query == tab.query && earlier.person != tab.person) {
            let message = "another tab of the same query has another `person`: name the same one";
            file.mistake(at, message);
        }
        tabs.push(tab);
    }
    let dashboard = Dashboard {
        name: format!("{domain}.{stem}"),
        title: written.title.into_inner(),
        needs: written.needs.iter().map(|need| need.get_ref().clone()).collect(),
        fresh_for: fresh_for?,
        tabs,
    };
    Some(Read { path: file.path.to_owned(), dashboard, needs: written.needs })
}

/// The page makes ids and its address of the letters and digits of titles.
fn told_apart<'a>(file: &mut Examined<'_>, titles: impl Iterator<Item = &'a Spanned<String>>) {
    let mut known = HashSet::new();
    for title in titles {
        let lower = title.get_ref().to_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        if !known.insert(words.map(str::to_owned).collect::<Vec<_>>()) {
            let message = "another one has this title: a title's letters and digits tell it from the others";
            file.mistake(title.span(), message);
        }
    }
}

/// Hours or days; a day is 24 hours.
fn duration(written: &str) -> Option<SignedDuration> {
    let span: Span = written.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.is_positive().then_some(duration)
}

fn tab(file: &mut Examined<'_>, files: &Files, domain: &str, written: TabFile) -> Tab {
    let TabFile { title, query: name, person, measures: figures, filters, charts } = written;
    if figures.is_empty() {
        file.mistake(title.span(), "a tab has at least one of `measures`");
    }
    if filters.len() > FILTERS {
        let message = format!("a tab has {FILTERS} `filters` at the most; a chart shows a column as well");
        file.mistake(title.span(), message);
    }
    let query = query(file, files, format!("{domain}/dashboards/{}", name.get_ref()), name.span());
    let mut measures = IndexMap::new();
    for (name, of) in figures {
        match measure(of.get_ref()) {
            Some(measure) => {
                measures.insert(name.into_inner(), measure);
            }
            None => file
                .mistake(of.span(), "a measure is `count`, `people`, `distinct(COLUMN)` or `share(COLUMN)`"),
        }
    }
    told_apart(file, charts.iter().map(|chart| &chart.title));
    let charts = charts.into_iter().map(|written| chart(file, &measures, written)).collect();
    let filters = filters.into_iter().map(|(name, column)| (name.into_inner(), column)).collect();
    Tab { title: title.into_inner(), query, person, measures, filters, charts }
}

fn measure(written: &str) -> Option<Measure> {
    let column = |function: &str| {
        let column = written.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')?.trim();
        (!column.is_empty()).then(|| column.to_owned())
    };
    match written {
        "count" => Some(Measure::Count),
        "people" => Some(Measure::People),
        _ => column("distinct").map(Measure::Distinct).or_else(|| column("share").map(Measure::Share)),
    }
}

fn chart(file: &mut Examined<'_>, measures: &IndexMap<String, Measure>, written: ChartFile) -> Chart {
    let ChartFile { title, kind, x, y, series, details } = written;
    match (&y, kind) {
        (None, Kind::Table) => {}
        (Some(y), Kind::Table) => file.mistake(y.span(), "a table shows all measures: leave `y` out"),
        (None, _) => file.mistake(title.span(), "name the measure that is drawn: `y = \"…\"`"),
        (Some(y), _) if !measures.contains_key(y.get_ref()) => {
            let known = suggestion(y.get_ref(), measures.keys().map(String::as_str));
            file.mistake(y.span(), format!("no measure is named `{}`{known}", y.get_ref()));
        }
        (Some(y), Kind::Share)
            if !matches!(measures.get(y.get_ref()), Some(Measure::Count | Measure::People)) =>
        {
            file.mistake(y.span(), "parts of 100 % are of a `count`, or of `people`");
        }
        (Some(_), _) => {}
    }
    match &series {
        None if kind == Kind::Share => {
            file.mistake(title.span(), "name the column that divides each bar: `series = \"…\"`");
        }
        Some(series) if matches!(kind, Kind::Table | Kind::Bar) => {
            file.mistake(series.span(), "`series` belongs to `column`, `line` and `share`");
        }
        Some(series) if *series.get_ref() == x => {
            file.mistake(series.span(), "`series` is another column than `x`");
        }
        _ => {}
    }
    if let Some(details) = details.as_ref().filter(|_| kind != Kind::Table) {
        file.mistake(details.span(), "`details` belong to a `table`");
    }
    Chart {
        title: title.into_inner(),
        kind,
        x,
        y: y.map(Spanned::into_inner),
        series: series.map(Spanned::into_inner),
        details: details.map(Spanned::into_inner).unwrap_or_default(),
    }
}

#[cfg(test)]
#[path = "dashboard_file_tests.rs"]
mod tests;
