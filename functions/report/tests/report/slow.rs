//! Slow queries are told by name.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::date;
use rounds_report::due::DueReport;
use rounds_report::query::settings::Settings;
use rounds_report::query::{self, Question};
use rounds_shared::payload::Parameters;

use crate::snapshot::healthtech;

/// The lines of a log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

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
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    assert!(query::snapshot(&mut client, &question).await.is_ok());
    drop(guard);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
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
