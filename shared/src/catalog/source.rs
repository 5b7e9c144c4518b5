//! A vendor whose reports are collected for each of a clinic group's accounts.

use super::Cadence;

/// A vendor's reports, from `<domain>/sources/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `domain.name`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Where its Web API is, `https://host`, without a slash at its end.
    pub url: String,
    /// Its reports, in the order in which they are asked for.
    pub reports: Vec<Collected>,
}

/// A report that is collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// What it is called in the ledger and in its files' names.
    pub name: String,
    /// When the clock makes it due.
    pub cadence: Cadence,
    /// The dataset that it becomes, which is replaced per account: per a column that is read from the drop's key.
    pub dataset: String,
    /// The vendor's number of the report; none where only a deployment knows it.
    pub report: Option<String>,
    /// The vendor's number of the filter that it is run with.
    pub filter: Option<String>,
}

impl Source {
    /// The report of this name.
    #[must_use]
    pub fn report(&self, name: &str) -> Option<&Collected> {
        self.reports.iter().find(|report| report.name == name)
    }
}
