//! From texts to a checked catalog, or every mistake with its file and line.

use std::fmt;

use super::files::Files;
use super::{Bound, Catalog, Dataset, Function, Query, Report, View};

mod clean_up_file;
mod column_file;
mod dashboard_file;
mod dataset_file;
mod index_file;
mod load_file;
mod mart_file;
mod message_file;
mod range_file;
mod reference;
mod report_file;
mod request_file;
mod source_file;

/// One mistake in a catalog file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Path within the catalog's folder.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Every mistake of a catalog; displayed one to a line as `file:line: message`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{}:{}: {}", mistake.file, mistake.line, mistake.message)?;
        }
        Ok(())
    }
}

/// A catalog file under examination: collects mistakes by position.
struct Examined<'a> {
    path: &'a str,
    text: &'a str,
    mistakes: &'a mut Vec<Mistake>,
}

impl Examined<'_> {
    fn mistake(&mut self, at: std::ops::Range<usize>, message: impl Into<String>) {
        let line = line_of(self.text, at.start);
        self.mistakes.push(Mistake { file: self.path.to_owned(), line, message: message.into() });
    }

    /// Reads the file as TOML of the shape `T`; a mistake of shape is noted and answers `None`.
    fn read<T: serde::de::DeserializeOwned>(&mut self) -> Option<T> {
        match toml::from_str(self.text) {
            Ok(read) => Some(read),
            Err(error) => {
                self.mistake(error.span().unwrap_or(0..0), in_words(error.message().trim_end()));
                None
            }
        }
    }
}

/// The line, from 1, of the byte at `offset`.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

/// What the reader of TOML says, as the rest of the check says it.
fn in_words(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (written, known) = (quoted.next().unwrap_or_default(), quoted);
    if message.starts_with("unknown field") {
        return format!("no key is named `{written}`{}", suggestion(written, known));
    }
    if message.starts_with("unknown variant") {
        return format!("`{written}` has no meaning here{}", suggestion(written, known));
    }
    message.replace("a sequence", "a list in brackets, `[…]`")
}

/// `; did you mean `x`?` for the nearest of `known`, or the whole list.
pub fn suggestion<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(written, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, candidate)) => format!("; did you mean `{candidate}`?"),
        None => format!("; known are: {}", known.join(", ")),
    }
}

/// Whether `name` can stand unquoted in SQL: lower-case letters, digits, `_`, no digit first, 63 bytes at the most.
fn is_identifier(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What the files of a catalog say, each by itself.
#[derive(Default)]
struct Written {
    datasets: Vec<dataset_file::Read>,
    views: Vec<View>,
    functions: Vec<Function>,
    reports: Vec<report_file::Read>,
    dashboards: Vec<dashboard_file::Read>,
    sources: Vec<source_file::Read>,
}

fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Written {
    let mut written = Written::default();
    for (path, text) in &files.0 {
        let mut file = Examined { path, text, mistakes: &mut *mistakes };
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            [domain, name] if name.ends_with(".toml") => {
                let dataset = dataset_file::read(&mut file, domain, name.trim_end_matches(".toml"));
                written.datasets.extend(dataset);
            }
            [domain, "views", name] if name.ends_with(".sql") => {
                written.views.push(view(domain, name.trim_end_matches(".sql"), text));
            }
            [domain, "functions", name] if name.ends_with(".sql") => {
                let name = name.trim_end_matches(".sql");
                if !is_identifier(name) {
                    file.mistake(0..0, "a function's file name is lower-case letters, digits and `_`");
                }
                written.functions.push(function(domain, name, text));
            }
            [domain, "reports", name] if name.ends_with(".toml") => {
                let report = report_file::read(&mut file, files, domain, name.trim_end_matches(".toml"));
                written.reports.extend(report);
            }
            [_, "reports", _] => {}
            [domain, "dashboards", name] if name.ends_with(".toml") => {
                let stem = name.trim_end_matches(".toml");
                written.dashboards.extend(dashboard_file::read(&mut file, files, domain, stem));
            }
            [_, "dashboards", _] => {}
            [_, "sources", name] if name.ends_with(".toml") => {
                if let Some(first) = written.sources.first() {
                    let first = &first.path;
                    file.mistake(0..0, format!("one vendor is collected from, and that is `{first}`"));
                }
                written.sources.extend(source_file::read(&mut file));
            }
            _ => file.mistake(
                0..0,
                "this file has no meaning here; datasets are <domain>/<table>.toml, views <domain>/views/<name>.sql, \
                 functions <domain>/functions/<name>.sql, reports <domain>/reports/<name>.toml and dashboards \
                 <domain>/dashboards/<name>.toml with their .sql, a source <domain>/sources/<name>.toml",
            ),
        }
    }
    written
}

pub(super) fn build(files: &Files) -> Result<Catalog, Mistakes> {
    let mut mistakes = Vec::new();
    let Written { datasets, views, functions, reports, dashboards, mut sources } = read(files, &mut mistakes);
    // By file and not by what could be read, so that one mistake does not make others.
    let names: Vec<String> = files.0.keys().filter_map(|path| dataset_name(path)).collect();
    for read in &datasets {
        reference::resolve(read, &datasets, &names, files, &mut mistakes);
    }
    let of_reports = reports.iter().map(|read| (&read.path, &read.needs));
    for (path, needs) in of_reports.chain(dashboards.iter().map(|read| (&read.path, &read.needs))) {
        for need in needs {
            if !names.contains(need.get_ref()) {
                let text = files.0.get(path).map_or("", String::as_str);
                let mut file = Examined { path, text, mistakes: &mut mistakes };
                let known = suggestion(need.get_ref(), names.iter().map(String::as_str));
                file.mistake(need.span(), format!("no dataset is named `{}`{known}", need.get_ref()));
            }
        }
    }
    let known: Vec<&Dataset> = datasets.iter().map(|read| &read.dataset).collect();
    for read in &sources {
        let text = files.0.get(&read.path).map_or("", String::as_str);
        let mut file = Examined { path: &read.path, text, mistakes: &mut mistakes };
        source_file::resolve(&mut file, read, &known, &names);
    }
    if !mistakes.is_empty() {
        return Err(Mistakes(mistakes));
    }
    Ok(Catalog {
        datasets: reference::in_order_of_reference(datasets.into_iter().map(|read| read.dataset).collect()),
        views,
        functions,
        reports: reports.into_iter().map(|read| read.report).collect::<Vec<Report>>(),
        dashboards: dashboards.into_iter().map(|read| read.dashboard).collect(),
        source: sources.pop().map(|read| read.source),
        version: version(files),
    })
}

/// The dataset that a path is the file of.
fn dataset_name(path: &str) -> Option<String> {
    let (domain, file) = path.split_once('/')?;
    let table = file.strip_suffix(".toml").filter(|table| !table.contains('/'))?;
    Some(format!("{domain}.{table}"))
}

fn view(domain: &str, name: &str, text: &str) -> View {
    let (mut description, mut columns) = (String::new(), Vec::<(String, String)>::new());
    for line in text.lines().take_while(|line| line.starts_with("--")) {
        let words = match View::column_in(line) {
            Some((column, words)) => {
                columns.push((column.to_owned(), String::new()));
                words
            }
            None => line.strip_prefix("--").unwrap_or_default(),
        };
        let about = columns.last_mut().map_or(&mut description, |(_, about)| about);
        *about = format!("{about} {}", words.trim()).trim().to_owned();
    }
    View { name: format!("{domain}.{name}"), description, columns, query: one_select(text) }
}

fn function(domain: &str, name: &str, text: &str) -> Function {
    let about: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("--")).map(str::trim).collect();
    Function { name: format!("{domain}.{name}"), description: about.join(" "), definition: one_select(text) }
}

/// The text of a query file that stands beside the file under examination, which names it at `at`.
fn query(file: &mut Examined<'_>, files: &Files, path: String, at: std::ops::Range<usize>) -> Query {
    let text = files.0.get(&path);
    if text.is_none() {
        file.mistake(at, format!("there is no file `{path}`; write the query there"));
    }
    let sql = text.map(|text| one_select(text)).unwrap_or_default();
    Query { file: path, sql }
}

/// A query as PostgreSQL is given it within another.
fn one_select(written: &str) -> String {
    written.trim().trim_end_matches(';').to_owned()
}

fn version(files: &Files) -> String {
    let mut all = String::new();
    for (path, text) in &files.0 {
        all.push_str(path);
        all.push('\0');
        all.push_str(text);
        all.push('\0');
    }
    crate::digest::sha256_hex(all.as_bytes())
}

fn bound(file: &mut Examined<'_>, written: &toml::Spanned<String>) -> Option<Bound> {
    let bound = Bound::parse(written.get_ref());
    if bound.is_none() {
        file.mistake(
            written.span(),
            format!("`{}` is no bound; write `2020-01-31`, `as_of` or `as_of + 2 years`", written.get_ref()),
        );
    }
    bound
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
