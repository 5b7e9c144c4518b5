//! A vendor whose reports are collected for each of a clinic group's accounts.

use super::Cadence;
use crate::http;

/// A vendor's reports, from `<domain>/sources/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where its Web API is, `https://host`, without a slash at its end.
    pub url: String,
    /// Its reports, in the order in which they are asked for.
    pub reports: Vec<VendorReport>,
}

/// A report that is collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorReport {
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
    /// Whether a text is where a Web API is: `https://host` without a slash at its end; on this machine, plain HTTP will do.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        !text.ends_with('/') && http::post(text, &[], String::new()).is_some()
    }
}

impl VendorReport {
    /// Whether a text is one of the vendor's numbers: it becomes part of an address.
    #[must_use]
    pub fn is_number(text: &str) -> bool {
        (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    }
}
