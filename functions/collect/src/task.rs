//! A request, with all that this deployment knows of it.

use rounds_shared::catalog::{Dataset, VendorReport, suggestion};
use rounds_shared::day::NotYet;
use rounds_shared::payload::Request;

use crate::context::Context;
use crate::vendor::Vendor;

/// A request that this deployment can make.
pub struct Task<'a> {
    /// Which.
    pub request: &'a Request,
    /// What the report becomes.
    pub dataset: &'a Dataset,
    /// The vendor's number of the report.
    pub report: &'a str,
    /// The vendor's number of the filter.
    pub filter: &'a str,
    /// The vendor.
    pub vendor: &'a Vendor,
}

/// A request that nobody can make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misrequest {
    /// There is no such report.
    #[error("no report of the vendor is named `{name}`{suggestion}")]
    Report {
        /// The name.
        name: String,
        /// What was meant, or what there is.
        suggestion: String,
    },
    /// There is no such account.
    #[error("COLLECT_ACCOUNTS has no account `{account}`{suggestion}")]
    Account {
        /// The number.
        account: String,
        /// What was meant, or what there is.
        suggestion: String,
    },
    /// Nobody has told the vendor's numbers.
    #[error("the vendor's numbers of {report} are not known; put its report and filter into COLLECT_NUMBERS")]
    Unnumbered {
        /// The report.
        report: String,
    },
    /// The wish is no part of a key.
    #[error("`again` is the id of a wish: up to 64 letters, digits and `-`")]
    Again,
    /// Neither a day nor a time.
    #[error("the order names neither a day (`as_of`) nor a time (`scheduled_at`)")]
    NoDay,
    /// A collection was called for a day in the future.
    #[error(transparent)]
    NotYet(#[from] NotYet),
}

impl<'a> Task<'a> {
    /// The task that a request is about.
    ///
    /// # Errors
    /// See [`Misrequest`].
    pub fn of(context: &'a Context, request: &'a Request) -> Result<Self, Misrequest> {
        let vendor = context.vendor.as_ref().filter(|vendor| vendor.accounts.contains(&request.account));
        let vendor = vendor.ok_or_else(|| unknown_account(context.accounts(), &request.account))?;
        known_wish(&request.again)?;
        let unknown = || unknown_report(&context.reports, &request.report);
        let collected = context.reports.iter().find(|report| report.name == request.report);
        let collected = collected.ok_or_else(unknown)?;
        let dataset = context.catalog.dataset(&collected.dataset).ok_or_else(unknown)?;
        let (Some(report), Some(filter)) = (&collected.report, &collected.filter) else {
            return Err(Misrequest::Unnumbered { report: request.report.clone() });
        };
        Ok(Self { request, dataset, report, filter, vendor })
    }
}

/// The error of a report that the vendor does not have.
pub(crate) fn unknown_report(reports: &[VendorReport], name: &str) -> Misrequest {
    let known = reports.iter().map(|report| report.name.as_str());
    Misrequest::Report { name: name.to_owned(), suggestion: suggestion(name, known) }
}

/// The error of an account that the deployment does not have.
pub(crate) fn unknown_account(accounts: &[String], account: &str) -> Misrequest {
    let known = accounts.iter().map(String::as_str);
    Misrequest::Account { account: account.to_owned(), suggestion: suggestion(account, known) }
}

/// Refuses a wish whose id cannot be part of a key.
pub(crate) fn known_wish(again: &str) -> Result<(), Misrequest> {
    let is_id = again.len() <= 64 && again.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id { Ok(()) } else { Err(Misrequest::Again) }
}
