//! What has not been collected.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rounds_shared::catalog::{Cadence, VendorReport};
use rounds_shared::day;
use rounds_shared::payload::{CollectStatus, Order, Request};

use crate::task::{Misrequest, known_wish, unknown_account, unknown_report};

/// Requests of one plan. The history of an execution has at most 25,000 events, and a report takes about 40, more where
/// it is waited for.
const MOST: usize = 300;

/// What is to be collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Requests: those that were begun first, so that no other waits for them; then report by report.
    pub requests: Vec<Request>,
    /// Reports that were called for and that nobody has told the vendor's numbers of.
    pub unnumbered: Vec<String>,
    /// How many requests there are beyond those that one plan takes.
    pub left_out: u32,
    /// Accounts' reports that failed that day and are not requested.
    pub failed: u32,
}

/// What was asked for before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Requests of the day, and those of earlier days that have not ended; the oldest first.
    pub requests: Vec<(Request, CollectStatus)>,
    /// The last day for which each account's report was asked for, by account and report.
    pub asked: BTreeMap<(String, String), Date>,
}

impl History {
    /// Whether the last request of the day failed.
    fn has_failed(&self, account: &str, report: &str, as_of: Date) -> bool {
        let is_it =
            |known: &Request| known.as_of == as_of && known.account == account && known.report == report;
        let last = self.requests.iter().rev().find(|(known, _)| is_it(known));
        last.is_some_and(|(_, status)| *status == CollectStatus::Failed)
    }

    /// Whether the calendar makes a report due on the day, or did on one since it was last asked for.
    fn is_due(&self, cadence: Cadence, account: &str, report: &str, as_of: Date) -> bool {
        let asked = self.asked.get(&(account.to_owned(), report.to_owned())).copied().unwrap_or(as_of);
        let since = asked.series(1.day()).skip(1).take_while(|day| *day < as_of);
        since.chain([as_of]).any(|day| cadence.is_due_on(day))
    }
}

/// The day that an order is about: the one that it names, or the clinic's at which it was called.
///
/// # Errors
/// [`Misrequest::NoDay`] without either, and [`Misrequest::NotYet`] for a day that has not come: what is collected for it
/// would outrank every day until then.
pub fn day(order: &Order, time_zone: &TimeZone) -> Result<Date, Misrequest> {
    match order.scheduled_at {
        Some(called_at) => Ok(day::as_of(order.as_of, called_at, time_zone)?),
        None => order.as_of.ok_or(Misrequest::NoDay),
    }
}

/// Plans an order: the accounts' reports that are named, or else due, without those that were asked for that day; where
/// an operator asks again and names no report, those that failed that day. What was begun and not brought to its end
/// belongs to it as well: of the accounts and reports that are named, or, where no report is, of all that have numbers,
/// due on the day or not.
///
/// # Errors
/// [`Misrequest`] for accounts and reports that there are not.
pub fn plan(
    order: &Order,
    as_of: Date,
    accounts: &[String],
    reports: &[VendorReport],
    history: &History,
) -> Result<Plan, Misrequest> {
    known_names(order, accounts, reports)?;
    let is_meant = |names: &[String], name: &String| names.is_empty() || names.contains(name);
    let accounts: Vec<&String> =
        accounts.iter().filter(|account| is_meant(&order.accounts, account)).collect();
    let (numbered, unnumbered): (Vec<&VendorReport>, Vec<&VendorReport>) = reports
        .iter()
        .filter(|report| is_meant(&order.reports, &report.name))
        .partition(|report| report.report.is_some() && report.filter.is_some());
    let is_called = |report: &VendorReport, account: &str| match order.reports.as_slice() {
        [] if order.again.is_empty() => history.is_due(report.cadence, account, &report.name, as_of),
        [] => history.has_failed(account, &report.name, as_of),
        _ => true,
    };
    let is_ours = |request: &Request| {
        let is_open = request.as_of < as_of || request.again == order.again;
        is_open
            && accounts.contains(&&request.account)
            && numbered.iter().any(|report| report.name == request.report)
    };
    let open = history.requests.iter().filter(|(known, status)| !has_ended(*status) && is_ours(known));
    let mut requests: Vec<Request> = open.map(|(request, _)| request.clone()).collect();
    let mut failed = 0;
    for report in &numbered {
        for account in &accounts {
            let (account, name, again) = ((*account).clone(), report.name.clone(), order.again.clone());
            let request = Request { account, report: name, as_of, again };
            if is_called(report, &request.account)
                && !history.requests.iter().any(|(known, _)| *known == request)
            {
                requests.push(request);
            } else if history.has_failed(&request.account, &request.report, as_of) {
                failed += 1;
            }
        }
    }
    let unnumbered =
        unnumbered.into_iter().filter(|report| accounts.iter().any(|account| is_called(report, account)));
    let unnumbered = unnumbered.map(|report| report.name.clone()).collect();
    let left_out = u32::try_from(requests.len().saturating_sub(MOST)).unwrap_or(u32::MAX);
    requests.truncate(MOST);
    Ok(Plan { requests, unnumbered, left_out, failed })
}

/// Refuses slips of the pen.
fn known_names(order: &Order, accounts: &[String], reports: &[VendorReport]) -> Result<(), Misrequest> {
    known_wish(&order.again)?;
    if let Some(unknown) = order.accounts.iter().find(|account| !accounts.contains(account)) {
        return Err(unknown_account(accounts, unknown));
    }
    let is_known = |name: &String| reports.iter().any(|known| known.name == *name);
    match order.reports.iter().find(|name| !is_known(name)) {
        Some(unknown) => Err(unknown_report(reports, unknown)),
        None => Ok(()),
    }
}

fn has_ended(status: CollectStatus) -> bool {
    !matches!(status, CollectStatus::Requested | CollectStatus::Running | CollectStatus::Ready)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
