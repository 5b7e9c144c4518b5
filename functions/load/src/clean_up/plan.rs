//! Which tables are cleaned up, and for which day.

use jiff::tz::TimeZone;
use rounds_shared::catalog::Catalog;
use rounds_shared::day;
use rounds_shared::payload::{CleanUpOrder, CleanUpPlan};

use crate::error::Error;

/// The tables that have a `[clean_up]`, those that refer to others before these, so that what they free goes in the same
/// clean-up.
///
/// # Errors
/// [`Error::NotYet`] for a day that has not come: ages that are counted from there would be none.
pub fn plan(catalog: &Catalog, time_zone: &TimeZone, order: &CleanUpOrder) -> Result<CleanUpPlan, Error> {
    let as_of = day::as_of(order.as_of, order.scheduled_at, time_zone)?;
    let tables = catalog.datasets.iter().rev().filter(|dataset| dataset.clean_up.is_some());
    Ok(CleanUpPlan { as_of, tables: tables.map(|dataset| dataset.name.clone()).collect() })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rounds_shared::catalog::Files;
    use rounds_shared::failure::Failure as _;

    use super::*;

    fn catalog() -> Catalog {
        let table = |name: &str, column: &str| {
            format!(
                "title = \"T\"\ntable = \"demo.{name}\"\nmatch = {{ prefix = \"demo/\" }}\nload = \"merge\"\nkey = [\"id\"]\n\
                 [clean_up]\nrows = \"true\"\nby = \"seen\"\nafter = \"1 year\"\n\
                 [columns]\nid = {{ type = \"bigint\" }}\nseen = {{ type = \"date\" }}\n{column}"
            )
        };
        let child = "visit = { type = \"bigint\", references = \"demo.visits\", missing = \"hold\" }\n";
        let files = [("demo/bills.toml", table("bills", child)), ("demo/visits.toml", table("visits", ""))];
        let files = files.map(|(path, text)| (path.to_owned(), text));
        Catalog::from_files(&Files(files.into_iter().collect())).unwrap()
    }

    fn planned(scheduled_at: &str, as_of: Option<&str>) -> Result<CleanUpPlan, Error> {
        let order = CleanUpOrder {
            as_of: as_of.map(|day| day.parse().unwrap()),
            scheduled_at: scheduled_at.parse().unwrap(),
        };
        plan(&catalog(), &TimeZone::get("America/New_York").unwrap(), &order)
    }

    #[test]
    fn the_clinics_day_counts_and_what_refers_comes_first() {
        let plan = planned("2026-11-22T03:00:00Z", None).unwrap();
        assert_eq!(
            (plan.as_of, plan.tables),
            (date(2026, 11, 21), vec!["demo.bills".into(), "demo.visits".into()])
        );
        let asked = planned("2026-11-22T03:00:00Z", Some("2026-10-01")).unwrap();
        assert_eq!(asked.as_of, date(2026, 10, 1));
    }

    #[test]
    fn a_day_that_has_not_come_is_refused() {
        let error = planned("2026-11-22T03:00:00Z", Some("2026-11-22")).unwrap_err();
        assert_eq!(error.name().as_str(), "Defect.Payload");
        assert!(error.to_string().contains("2026-11-22 has not come"), "{error}");
    }
}
