//! Which reports of a round can go out, and what the others wait for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use rounds_shared::catalog::{Cadence, Catalog, Each, OfDay, Report, UnknownReport};
use rounds_shared::database::DatabaseError;
use rounds_shared::day;
use rounds_shared::payload::{Missing, Plan, Ready, ReportResponse, Round, Waiting};
use tokio_postgres::Client;

use crate::delivery;
use crate::due::DueReport;
use crate::error::Reason;
use crate::query;
use crate::query::settings::Settings;

/// When the file was dropped that each dataset's table holds; of a dataset that is kept per account, those of the account
/// that came first and of the one that came last.
pub type Dropped = BTreeMap<String, [Timestamp; 2]>;

/// Letters of one part of a report: what a call can send at the rate that its part has of the account's.
const LETTERS: u64 = 1_250;
/// Most parts of a report.
const PARTS: u64 = 8;

/// What a plan is made with.
pub struct Clinic<'a> {
    /// The reports.
    pub catalog: &'a Catalog,
    /// In which a day begins, and hours are told.
    pub zone: &'a TimeZone,
    /// Lists of reports that the deployment has set.
    pub settings: &'a Settings,
    /// What time it is.
    pub now: Timestamp,
}

/// Plans a round: what is ready, in parts where it is many letters, what waits, and every delivery of which nobody knows.
///
/// # Errors
/// [`Reason::Unknown`] for a report that the catalog does not have; [`Reason::NotYet`] for a day that has not come;
/// [`Reason::Database`].
pub async fn plan(client: &mut Client, clinic: &Clinic<'_>, plan: &Plan) -> Result<ReportResponse, Reason> {
    let Clinic { catalog, zone, now, .. } = *clinic;
    let as_of = day::as_of(plan.as_of, plan.at, zone)?;
    let reports = called(catalog, plan)?;
    let dropped = if plan.wait { dropped(client).await? } else { Dropped::new() };
    let is_fresh = |dataset: &str, fresh_from| {
        let drops = dropped.get(dataset).map(|[first, last]| *if plan.last { last } else { first });
        drops.is_some_and(|dropped_at| is_of(dropped_at, as_of, fresh_from, zone))
    };
    let (mut ready, mut waiting) = (Vec::new(), Vec::new());
    for report in reports {
        let missing = if plan.wait { missing(catalog, report, is_fresh) } else { Vec::new() };
        let until =
            opening(report, now, zone).filter(|_| plan.wait && !plan.at_any_hour && missing.is_empty());
        if missing.is_empty() && until.is_none() {
            ready.extend(parts(client, clinic, report, as_of).await);
        } else {
            waiting.push(Waiting { report: report.name.clone(), missing, until });
        }
    }
    let mut uncertain = delivery::sweep(client).await?;
    let uncertain_count = uncertain.len();
    uncertain.truncate(delivery::LISTED);
    Ok(ReportResponse::Planned { as_of, ready, waiting, uncertain, uncertain_count })
}

/// When a report's hours begin, if they have not on the clinic's day of `now`. Hours that are over are for the delivery to
/// refuse: the next day it would be another day's report.
fn opening(report: &Report, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    match report.hours?.at(now, zone) {
        OfDay::Before(opens) => Some(opens),
        OfDay::Within(_) | OfDay::After => None,
    }
}

/// The parts of a report. One whose letters cannot be counted is one part, whose delivery tells why.
async fn parts(client: &mut Client, clinic: &Clinic<'_>, report: &Report, as_of: Date) -> Vec<Ready> {
    let whole = vec![Ready::whole(&report.name)];
    let (Some(due), true) = (DueReport::on(report, as_of), report.each != Each::Report) else { return whole };
    match query::number::letters(client, &due, clinic.settings).await {
        Ok(letters) => {
            let parts = u32::try_from(letters.div_ceil(LETTERS).clamp(1, PARTS)).unwrap_or(1);
            (1..=parts).map(|part| Ready { report: report.name.clone(), part, parts }).collect()
        }
        Err(reason) => {
            tracing::warn!(report = report.name, "its letters cannot be counted: {reason}");
            whole
        }
    }
}

/// The reports that a round is about, without those that it has dealt with, in the catalog's order.
fn called<'a>(catalog: &'a Catalog, plan: &Plan) -> Result<Vec<&'a Report>, UnknownReport> {
    let called: Vec<&Report> = match &plan.reports {
        Round::Cadence(cadence) => {
            catalog.reports.iter().filter(|report| report.cadence == *cadence).collect()
        }
        Round::Reports(names) => {
            let named: BTreeSet<&str> =
                names.iter().map(|name| Ok(catalog.report(name)?.name.as_str())).collect::<Result<_, _>>()?;
            catalog.reports.iter().filter(|report| named.contains(report.name.as_str())).collect()
        }
    };
    Ok(called.into_iter().filter(|report| !plan.handled.contains(&report.name)).collect())
}

/// Whether a file was dropped on the day, or later, as the clinic's clocks show it; where there is such a time, from then on
/// on the day before.
fn is_of(dropped_at: Timestamp, day: Date, fresh_from: Option<Time>, zone: &TimeZone) -> bool {
    let begins = match fresh_from {
        Some(time) => day.yesterday().unwrap_or(day).to_datetime(time),
        None => day.to_datetime(Time::midnight()),
    };
    dropped_at.to_zoned(zone.clone()).datetime() >= begins
}

/// What a report needs that is not fresh.
fn missing(
    catalog: &Catalog,
    report: &Report,
    is_fresh: impl Fn(&str, Option<Time>) -> bool,
) -> Vec<Missing> {
    let title = |dataset: &str| {
        catalog.dataset(dataset).map_or_else(|| dataset.to_owned(), |known| known.title.clone())
    };
    let missing = report.needs.iter().filter(|dataset| !is_fresh(dataset, report.fresh_from));
    missing.map(|dataset| Missing { dataset: dataset.clone(), title: title(dataset) }).collect()
}

async fn dropped(client: &Client) -> Result<Dropped, DatabaseError> {
    let mut dropped = Dropped::new();
    let current = "SELECT dataset, min(dropped_at), max(dropped_at) FROM ops.freshness WHERE is_current GROUP BY dataset";
    for row in client.query(current, &[]).await? {
        dropped.insert(row.try_get(0)?, [row.try_get(1)?, row.try_get(2)?]);
    }
    Ok(dropped)
}

/// A report that is asked for on a day. Where its periods are loads, it is due for the latest one that it needs.
///
/// # Errors
/// [`Reason::NothingLoaded`], [`Reason::Calendar`], [`Reason::Database`].
pub async fn on_request<'a>(
    client: &Client,
    report: &'a Report,
    as_of: Date,
) -> Result<DueReport<'a>, Reason> {
    match report.cadence {
        Cadence::AfterLoad => {}
        Cadence::OnRequest => return Err(Reason::OnRequest),
        _ => return DueReport::on(report, as_of).ok_or(Reason::Calendar),
    }
    let latest = "SELECT max(load) FROM ops.load WHERE dataset = ANY($1)";
    let latest = client.query_one(latest, &[&report.needs]).await.map_err(DatabaseError::from)?;
    let latest: Option<i64> = latest.try_get(0).map_err(DatabaseError::from)?;
    Ok(DueReport::after(report, as_of, latest.ok_or(Reason::NothingLoaded)?))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rounds_shared::catalog::Hours;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn round(reports: Round, handled: &[&str]) -> Plan {
        let handled = handled.iter().map(|name| (*name).to_owned()).collect();
        Plan {
            reports,
            as_of: None,
            at: Timestamp::UNIX_EPOCH,
            handled,
            wait: true,
            last: false,
            at_any_hour: false,
        }
    }

    fn names(catalog: &Catalog, plan: &Plan) -> Result<Vec<String>, UnknownReport> {
        Ok(called(catalog, plan)?.into_iter().map(|report| report.name.clone()).collect())
    }

    /// Whether a file that was dropped then is not of the day.
    fn waits(zone_name: &str, dropped_at: &str, as_of: Date) -> bool {
        !is_of(dropped_at.parse().unwrap(), as_of, None, &zone(zone_name))
    }

    #[test]
    fn a_round_calls_the_reports_of_its_cadence_or_by_name_once_each() {
        let catalog = Catalog::open(None).unwrap();
        let after_load = names(&catalog, &round(Round::Cadence(Cadence::AfterLoad), &["healthtech.summary"]));
        let after_load = after_load.unwrap();
        assert!(after_load.contains(&"healthtech.final_doctors".to_owned()));
        assert!(!after_load.contains(&"healthtech.summary".to_owned()), "it was dealt with");
        let named = ["healthtech.summary", "healthtech.final_doctors", "healthtech.summary"];
        let named = Round::Reports(named.map(str::to_owned).into());
        let called = names(&catalog, &round(named, &[])).unwrap();
        assert_eq!(called, ["healthtech.final_doctors", "healthtech.summary"]);
    }

    #[test]
    fn a_name_that_no_report_has_is_refused_with_the_nearest_one() {
        let catalog = Catalog::open(None).unwrap();
        let wrong = Round::Reports(vec!["healthtech.sumary".to_owned()]);
        let error = names(&catalog, &round(wrong, &[])).unwrap_err().to_string();
        assert_eq!(error, "no report is named `healthtech.sumary`; did you mean `healthtech.summary`?");
    }

    #[test]
    fn a_dataset_is_fresh_if_its_file_was_dropped_on_the_clinics_day_or_later() {
        let day = date(2026, 11, 21);
        // Midnight in Kolkata is at half past six in the evening of the day before in UTC.
        assert!(waits("Asia/Kolkata", "2026-11-20T18:29:59Z", day));
        assert!(!waits("Asia/Kolkata", "2026-11-20T18:30:00Z", day));
        assert!(
            !waits("Asia/Kolkata", "2026-11-25T07:00:00Z", day),
            "a later file brings an earlier day as well"
        );
        assert!(waits("UTC", "2026-11-20T23:59:59Z", day));
    }

    #[test]
    fn what_is_dropped_in_the_evening_may_count_for_the_next_day() {
        let evening = Hours::parse("18:00-20:00").map(|hours| hours.from);
        let is_fresh = |zone_name: &str, dropped_at: &str| {
            is_of(dropped_at.parse().unwrap(), date(2026, 11, 21), evening, &zone(zone_name))
        };
        assert!(!is_fresh("Europe/Lisbon", "2026-11-20T17:59:59Z"));
        assert!(is_fresh("Europe/Lisbon", "2026-11-20T18:00:00Z"));
        assert!(!is_fresh("Asia/Kolkata", "2026-11-20T12:29:59Z"));
        assert!(is_fresh("Asia/Kolkata", "2026-11-20T12:30:00Z"));
    }

    #[test]
    fn days_at_which_clocks_change_begin_and_end_at_the_clinics_midnight() {
        // New York goes forward on 8 March 2026 and back on 1 November; Lisbon on 29 March and 25 October.
        let days = [
            ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z"),
            ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z"),
            ("Europe/Lisbon", date(2026, 3, 29), "2026-03-29T00:00:00Z", "2026-03-29T22:59:59Z"),
            ("Europe/Lisbon", date(2026, 10, 25), "2026-10-24T23:00:00Z", "2026-10-25T23:59:59Z"),
        ];
        for (name, day, first, last) in days {
            let clinics_day = |instant: Timestamp| instant.to_zoned(zone(name)).date();
            let [first, last]: [Timestamp; 2] = [first, last].map(|instant| instant.parse().unwrap());
            let second = jiff::SignedDuration::from_secs(1);
            assert_eq!([clinics_day(first), clinics_day(last)], [day, day], "{name}");
            assert_eq!(clinics_day(first - second), day.yesterday().unwrap(), "{name}");
            assert_eq!(clinics_day(last + second), day.tomorrow().unwrap(), "{name}");
            assert!(waits(name, &(first - second).to_string(), day), "{name}");
            assert!(!waits(name, &first.to_string(), day), "{name}");
        }
    }
}
