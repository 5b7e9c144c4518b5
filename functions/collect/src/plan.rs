//! What has not been collected.

use jiff::civil::Date;
use rounds_shared::catalog::Collected;
use rounds_shared::payload::{CollectStatus, Order, Request};

use crate::task::{Misrequest, known_account, known_wish, unknown_report};

/// What is to be collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Requests: those that were begun first, so that no other waits for them; then report by report.
    pub requests: Vec<Request>,
    /// Reports that were called for and that nobody has told the vendor's numbers of.
    pub unnumbered: Vec<String>,
}

/// Plans an order: the accounts' reports that are due on the day, or named, without those that ended. Where no report is
/// named, what was begun before and not brought to its end belongs to it as well.
///
/// # Errors
/// [`Misrequest`] for accounts and reports that there are not.
pub fn plan(
    order: &Order,
    as_of: Date,
    accounts: &[String],
    reports: &[Collected],
    begun: &[(Request, CollectStatus)],
) -> Result<Plan, Misrequest> {
    known_wish(&order.again)?;
    order.accounts.iter().try_for_each(|account| known_account(accounts, account))?;
    if let Some(unknown) = order.reports.iter().find(|name| !reports.iter().any(|known| known.name == **name))
    {
        return Err(unknown_report(reports, unknown));
    }
    let is_called = |report: &&Collected| match order.reports.as_slice() {
        [] => report.cadence.is_due_on(as_of),
        named => named.contains(&report.name),
    };
    let (numbered, unnumbered): (Vec<&Collected>, Vec<&Collected>) =
        reports.iter().filter(is_called).partition(|report| is_numbered(report));
    let is_meant = |account: &String| order.accounts.is_empty() || order.accounts.contains(account);
    let accounts: Vec<&String> = accounts.iter().filter(|account| is_meant(account)).collect();
    let is_ours = |request: &Request| {
        let is_named = order.reports.is_empty() || order.reports.contains(&request.report);
        let is_known = reports.iter().any(|report| report.name == request.report && is_numbered(report));
        is_named && is_known && accounts.contains(&&request.account)
    };
    let open = begun.iter().filter(|(_, status)| !has_ended(*status)).map(|(request, _)| request);
    let mut requests: Vec<Request> = open.filter(|request| is_ours(request)).cloned().collect();
    let called = numbered.iter().flat_map(|report| {
        accounts.iter().map(|account| Request {
            account: (*account).clone(),
            report: report.name.clone(),
            as_of,
            again: order.again.clone(),
        })
    });
    requests.extend(called.filter(|request| !begun.iter().any(|(known, _)| known == request)));
    let unnumbered = unnumbered.into_iter().map(|report| report.name.clone()).collect();
    Ok(Plan { requests, unnumbered })
}

fn is_numbered(report: &Collected) -> bool {
    report.report.is_some() && report.filter.is_some()
}

fn has_ended(status: CollectStatus) -> bool {
    !matches!(status, CollectStatus::Requested | CollectStatus::Running | CollectStatus::Ready)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
