//! Slow queries are told by name.

use std::time::Duration;

use jiff::civil::date;
use rounds_report::due::DueReport;
use rounds_report::query::settings::Settings;
use rounds_report::query::{self, Question};
use rounds_shared::payload::Parameters;

use crate::log::Log;
use crate::snapshot::healthtech;

/// What the summary's queries log, where those of this duration are slow.
async fn logged(slow: Duration) -> String {
    let (_postgres, mut client, catalog) = healthtech().await;
    let due = DueReport::after(catalog.report("healthtech.summary").unwrap(), date(2026, 11, 21), 12);
    let (settings, parameters) = (Settings::default(), Parameters::default());
    let question = Question {
        catalog: &catalog,
        due: &due,
        settings: &settings,
        parameters: &parameters,
        pseudonyms: None,
        max_rows: 100,
        slow,
    };
    let (log, guard) = Log::kept();
    assert!(query::snapshot(&mut client, &question).await.is_ok());
    drop(guard);
    log.text()
}

#[tokio::test]
async fn a_slow_query_is_logged_by_its_file_and_duration_and_nothing_that_it_read() {
    let log = logged(Duration::ZERO).await;
    let files: Vec<&str> =
        log.lines().filter_map(|line| line.split("query=\"").nth(1)?.split('"').next()).collect();
    assert_eq!(files.len(), log.lines().count(), "{log}");
    for file in ["summary_headline.sql", "summary_by_doctor.sql"] {
        assert!(files.iter().any(|logged| logged.ends_with(file)), "{file}: {log}");
    }
    assert!(log.lines().all(|line| line.contains("a slow query") && line.contains("milliseconds=")), "{log}");
    assert!(!log.contains("Haddad"));
}

#[tokio::test]
async fn a_query_that_is_quick_enough_is_not_logged() {
    assert_eq!(logged(Duration::from_secs(3600)).await, "");
}
