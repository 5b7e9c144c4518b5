//! The hospital system's nightly exports: whatever the order of the files, the tables are what an independent reading of the
//! CSVs says; rows that wait are seen, and are loaded by themselves.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod drops;

use rounds_testkit::hospital::{Files, Options};
use rounds_testkit::reading::{self, Line};
use rounds_tests::today;
use tokio_postgres::Client;

/// A file's name and content.
type Csv = (&'static str, Vec<u8>);

/// A small hospital: patients, doctors, appointments, treatments; of the next night patients and appointments.
fn csvs(seed: u64) -> [Csv; 6] {
    Files::synthesize(&Options { seed, ..Options::small(today()) }).csvs().unwrap()
}

/// The rows of a query, in its order.
async fn lines(database: &Client, query: &str) -> Vec<Line> {
    reading::lines(database, query).await.unwrap()
}
