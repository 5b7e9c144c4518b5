//! The books of a billing service's accounts, and the reports on them as the vendor's people export them.
//!
//! The reports of an account tell of the same charges. A later day shows the same charges further on.
#![expect(
    clippy::indexing_slicing,
    reason = "indices are taken modulo the length of their list, or were found in it; labels are ASCII"
)]

mod cells;
mod charge;
mod label;
mod lists;
mod patient;
mod report;
mod sheet;

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use charge::Charge;
pub use report::{REPORTS, Report};
pub use sheet::{Load, Sheet};

/// Marks of patients' names, numbers, and numbers with their insurances, as [`crate::canary`] looks for them.
pub const CANARIES: [&str; 15] = [
    "quillfeather",
    "ødegaard-vann",
    "brambleworth",
    "sallowglass",
    "larkspurre",
    "wetherspindle",
    "ashgrovenne",
    "kowalczykiewicz",
    "thistlebaum",
    "mirabelloni",
    "tvrtkovićová",
    "zwaluwe",
    "|0440####|",
    "|w#########|",
    "|g-#######|",
];

/// Charges of so many days are in the books: a year, so that its turn is always among them.
const DAYS: i32 = 370;

/// The books of all accounts on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Books {
    /// The same seed makes the same charges.
    pub seed: u64,
    /// The last day that they know.
    pub as_of: Date,
}

impl Books {
    /// The seed where nobody names another.
    pub const SEED: u64 = 1;

    /// A report on an account, by the account's number.
    #[must_use]
    pub fn sheet(&self, account: &str, report: &Report) -> Sheet {
        Sheet::of(&self.charges(account), report, self.as_of)
    }

    fn charges(&self, account: &str) -> Vec<Charge> {
        let days = (0..DAYS).rev().map(|days| self.as_of.saturating_sub(days.days()));
        days.flat_map(|day| charge::of_day(account, self.seed, day, self.as_of)).collect()
    }
}

/// The report of this name.
#[must_use]
pub fn report(name: &str) -> Option<&'static Report> {
    REPORTS.iter().find(|report| report.name == name)
}

/// The vendor's numbers of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// Of the report.
    pub report: &'static str,
    /// Of the filter that it is run with.
    pub filter: &'static str,
}

/// The numbers of all reports, by name.
#[must_use]
pub fn numbers() -> BTreeMap<&'static str, Numbers> {
    let numbers = |report: &Report| Numbers { report: report.number, filter: report.filter };
    REPORTS.iter().map(|report| (report.name, numbers(report))).collect()
}

#[cfg(test)]
#[path = "billing_tests.rs"]
mod tests;
