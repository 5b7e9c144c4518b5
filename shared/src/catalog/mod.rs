//! The catalog: what a clinic owns, as files.
//!
//! One folder per domain; in it a `.toml` per dataset, `views/*.sql`, `functions/*.sql`, `reports/*.toml` and
//! `dashboards/*.toml` with their queries beside them, and at most one vendor's `sources/*.toml`. The folder is embedded at
//! build time; `CATALOG_DIR` reads another one, for development.
//!
//! [`Catalog::from_files`] is pure: it takes texts by path and answers a whole, checked catalog or every mistake in it,
//! each with file, line and the way out.

mod bound;
mod check;
mod clean_up;
mod column;
pub mod dashboard;
mod dashboard_fit;
mod dataset;
mod files;
mod fit;
mod hours;
mod message;
mod pattern;
mod period;
mod recognise;
mod report;
mod source;
mod spelling;

pub use bound::Bound;
pub use check::{Mistake, Mistakes, suggestion};
pub use clean_up::{Age, CleanUp};
pub use column::{Column, ColumnType, Missing, Origin, Plausible, Range, Reference, Word};
pub use dashboard::Dashboard;
pub use dashboard_fit::TabMisfit;
pub use dataset::{Dataset, HoldBack, Keep, LoadMode, Partition, UnknownColumns, UnknownNames};
pub use files::{CatalogError, Files};
pub use fit::{Misfit, Place, Shape};
pub use hours::{Hours, OfDay};
pub use message::{Message, Wording};
pub use pattern::Pattern;
pub use period::Period;
pub use report::{
    Attachment, Cadence, Channel, Chart, ChartKind, Each, Headline, Measure, Query, Report, RowsInMail,
    Section, WhenEmpty,
};
pub use source::{Source, VendorReport};
pub use spelling::{bare_word, spelling};
pub(crate) use spelling::{first_of_header, normalise_header};

/// A view of a domain: `<domain>/views/<name>.sql`, the text of one SELECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Qualified name, `domain.name`.
    pub name: String,
    /// What the view answers: the leading `--` comment lines, kept as the view's comment in the database.
    pub description: String,
    /// What its columns mean, kept as their comments: name and text, from the lines `-- @name text` among them.
    pub columns: Vec<(String, String)>,
    /// The SELECT.
    pub query: String,
}

impl View {
    /// Its file within the catalog's folder.
    #[must_use]
    pub fn file(&self) -> String {
        file(&self.name, "views", "sql")
    }

    /// The folder of the catalog and schema of the view.
    #[must_use]
    pub fn domain(&self) -> &str {
        domain(&self.name)
    }

    /// The column whose comment a line of the file begins, and what the line says of it.
    #[must_use]
    pub fn column_in(line: &str) -> Option<(&str, &str)> {
        let comment = line.strip_prefix("--")?.trim().strip_prefix('@')?;
        Some(comment.split_once(char::is_whitespace).unwrap_or((comment, "")))
    }
}

/// A function of a domain: `<domain>/functions/<name>.sql`, what stands behind the name in CREATE FUNCTION.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Qualified name, `domain.name`.
    pub name: String,
    /// What the function answers: the leading `--` comment lines, kept as the function's comment in the database.
    pub description: String,
    /// Arguments, result and body.
    pub definition: String,
}

impl Function {
    /// Its file within the catalog's folder.
    #[must_use]
    pub fn file(&self) -> String {
        file(&self.name, "functions", "sql")
    }

    /// The folder of the catalog and schema of the function.
    #[must_use]
    pub fn domain(&self) -> &str {
        domain(&self.name)
    }
}

/// A checked catalog: every reference in it resolves.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Datasets in order of name; a dataset comes after those that it references where it can.
    pub datasets: Vec<Dataset>,
    /// Views in order of file name.
    pub views: Vec<View>,
    /// Functions in order of file name.
    pub functions: Vec<Function>,
    /// Reports in order of name.
    pub reports: Vec<Report>,
    /// Dashboards in order of name.
    pub dashboards: Vec<Dashboard>,
    /// The vendor whose reports are collected, if there is one.
    pub source: Option<Source>,
    /// SHA-256 over all files: two catalogs with the same version are the same.
    pub version: String,
}

impl Catalog {
    /// The catalog that was embedded at build time, or the one in `CATALOG_DIR` when `directory` names it.
    ///
    /// # Errors
    /// [`CatalogError`] where the folder cannot be read or the catalog has mistakes.
    pub fn open(directory: Option<&std::path::Path>) -> Result<Self, CatalogError> {
        let files = match directory {
            Some(path) => Files::read(path)?,
            None => Files::embedded(),
        };
        Ok(Self::from_files(&files)?)
    }

    /// Parses and checks a catalog given as texts.
    ///
    /// # Errors
    /// Every mistake found, not only the first.
    pub fn from_files(files: &Files) -> Result<Self, Mistakes> {
        check::build(files)
    }

    /// The dataset of this name (`domain.table`).
    #[must_use]
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|dataset| dataset.name == name)
    }

    /// The report of this name (`domain.name`).
    ///
    /// # Errors
    /// There is none; names that are like it.
    pub fn report(&self, name: &str) -> Result<&Report, UnknownReport> {
        let known = || self.reports.iter().map(|report| report.name.as_str());
        self.reports
            .iter()
            .find(|report| report.name == name)
            .ok_or_else(|| UnknownReport { name: name.to_owned(), suggestion: suggestion(name, known()) })
    }
}

/// The domain of a qualified name.
fn domain(name: &str) -> &str {
    name.split_once('.').map_or("", |(domain, _)| domain)
}

/// The file of a qualified name within the catalog's folder.
fn file(name: &str, folder: &str, extension: &str) -> String {
    let (domain, name) = name.split_once('.').unwrap_or_default();
    format!("{domain}/{folder}/{name}.{extension}")
}

/// The catalog has no report of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no report is named `{name}`{suggestion}")]
pub struct UnknownReport {
    /// The name.
    pub name: String,
    /// What was meant, or what there is.
    pub suggestion: String,
}
