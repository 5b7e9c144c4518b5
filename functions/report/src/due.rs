//! Which reports an occasion makes due, and for which period.

use jiff::civil::Date;
use rounds_shared::catalog::{Cadence, Catalog, Period, Report};
use rounds_shared::payload::Due;

/// A report that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReport<'a> {
    /// The report.
    pub report: &'a Report,
    /// The day that it speaks of.
    pub as_of: Date,
    /// The period: a report goes out once for it.
    pub period: Period,
}

impl<'a> DueReport<'a> {
    /// A report that the clock makes due; none after a load, and beyond the calendar.
    #[must_use]
    pub fn on(report: &'a Report, as_of: Date) -> Option<Self> {
        Some(Self { report, as_of, period: Period::of(report.cadence, as_of)? })
    }

    /// A report that this load, the latest of those that it needs, makes due: the same load again is the same period.
    #[must_use]
    pub fn after(report: &'a Report, as_of: Date, load: i64) -> Self {
        Self::for_period(report, as_of, format!("load-{load}"))
    }

    /// A report of a period that is a day, whatever it is called.
    #[must_use]
    pub fn for_period(report: &'a Report, as_of: Date, label: String) -> Self {
        Self { report, as_of, period: Period { label, first: as_of, last: as_of } }
    }
}

/// The reports of the catalog that `due` calls for, in the catalog's order.
#[must_use]
pub fn reports<'a>(catalog: &'a Catalog, due: &Due) -> Vec<DueReport<'a>> {
    let Due::AfterLoad { as_of, loads } = due;
    let after_load = catalog.reports.iter().filter(|report| report.cadence == Cadence::AfterLoad);
    after_load
        .filter_map(|report| {
            let needed = loads.iter().filter(|load| report.needs.contains(&load.dataset));
            let latest = needed.map(|load| load.load).max()?;
            Some(DueReport::after(report, *as_of, latest))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rounds_shared::payload::LoadRef;

    use super::*;

    fn due_after(loads: &[(&str, i64)]) -> Vec<(String, String)> {
        let loads = loads.iter().map(|(dataset, load)| LoadRef {
            dataset: (*dataset).to_owned(),
            batch: "0".repeat(32),
            load: *load,
        });
        let due = Due::AfterLoad { as_of: date(2026, 11, 21), loads: loads.collect() };
        let catalog = Catalog::open(None).unwrap();
        let reports = reports(&catalog, &due).into_iter();
        reports.map(|due| (due.report.name.clone(), due.period.label)).collect()
    }

    #[test]
    fn a_load_makes_the_reports_due_that_need_its_dataset() {
        let summary = ("healthtech.summary".to_owned(), "load-7".to_owned());
        let names: Vec<String> =
            due_after(&[("healthtech.doctors", 7)]).into_iter().map(|due| due.0).collect();
        assert_eq!(names, ["healthtech.final_doctors", "healthtech.summary"]);
        assert!(due_after(&[("healthtech.appointments", 7)]).contains(&summary));
        assert!(due_after(&[("billing.claims", 7)]).is_empty());
    }

    #[test]
    fn a_workbook_of_two_datasets_makes_one_report_due_for_the_later_load() {
        let due = due_after(&[("healthtech.appointments", 12), ("healthtech.doctors", 11)]);
        assert!(due.contains(&("healthtech.summary".to_owned(), "load-12".to_owned())));
        assert_eq!(due.iter().filter(|(name, _)| name == "healthtech.summary").count(), 1);
    }
}
