//! A dashboard: figures and charts of facts, in tabs.

use indexmap::IndexMap;
use jiff::SignedDuration;

use super::file;
use super::report::Query;

/// A dashboard of the catalog, from `<domain>/dashboards/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    /// `domain.name`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Datasets that it reads: each load of one of them publishes it anew.
    pub needs: Vec<String>,
    /// After this long without a load its page says that it is out of date.
    pub fresh_for: SignedDuration,
    /// Its tabs, in order.
    pub tabs: Vec<Tab>,
}

impl Dashboard {
    /// Its file within the catalog's folder.
    #[must_use]
    pub fn file(&self) -> String {
        file(&self.name, "dashboards", "toml")
    }

    /// The key of its page in the lake bucket.
    #[must_use]
    pub fn page(&self) -> String {
        format!("dashboards/{}.html", self.name.replace('.', "/"))
    }
}

/// Facts, and what is shown of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Its heading.
    pub title: String,
    /// The facts, a row each.
    pub query: Query,
    /// The column that names the person whom a fact is about. One without counts as a fact, and as nobody.
    pub person: String,
    /// What is measured, by name.
    pub measures: IndexMap<String, Measure>,
    /// Columns by which the reader may narrow the tab, by title.
    pub filters: IndexMap<String, String>,
    /// Its pictures, in order.
    pub charts: Vec<Chart>,
}

/// A number made from facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// How many facts there are.
    Count,
    /// How many people they are about.
    People,
    /// How many values a column has.
    Distinct(String),
    /// The share of facts for which a column is true, among those for which it is true or false.
    Share(String),
}

/// A picture of a tab's measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How it is drawn.
    pub kind: Kind,
    /// The column of the categories, or of the days.
    pub x: String,
    /// The measure, by name; none of a table, which shows all.
    pub y: Option<String>,
    /// The column that tells series apart.
    pub series: Option<String>,
    /// Of a table, columns that follow from `x`.
    pub details: Vec<String>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Horizontal bars, the longest first.
    Bar,
    /// Columns in the order of `x`; those of several series stand side by side, as people of two do not add up.
    Column,
    /// Lines in the order of `x`, one per series.
    Line,
    /// Bars of 100 % in the order of `x`, divided by series.
    Share,
    /// A row for each `x`, with all measures.
    Table,
}
