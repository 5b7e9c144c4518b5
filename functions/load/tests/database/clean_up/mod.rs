//! Rows that go to the archive, and then from their table.

mod broken;
mod concurrent;
mod rows;

use std::collections::BTreeSet;

use jiff::civil::date;
use rounds_load::clean_up::{self, Limits};
use rounds_load::curated::Objects;
use rounds_load::error::Error;
use rounds_shared::payload::{CleanUpReceipt, CleanUpTask};
use rounds_shared::{ledger, schema};

use crate::clinic::Clinic;

const APPOINTMENTS: &str = r#"
title = "Appointments"
table = "demo.appointments"
match = { prefix = "demo/" }
key   = ["id", "part"]
keep  = "last"
load  = "merge"
unknown_columns = "evolve"

[clean_up]
rows  = "status IN ('cancelled', 'no_show') -- these only"
by    = "day"
after = "365 days"

[columns]
id     = { type = "bigint" }
part   = { type = "text" }
day    = { type = "date" }
status = { type = "text" }
at     = { type = "time" }
fee    = { type = "decimal(12,2)" }
noted  = { type = "timestamp" }
paid   = { type = "boolean" }
floor  = { type = "integer" }
"#;

/// A clinic with these datasets, whose tables are there.
async fn clinic(files: &[(&str, &str)]) -> Clinic {
    let clinic = Clinic::of(files).await;
    let mut client = clinic.postgres.connect("setup").await;
    ledger::ensure(&mut client).await.unwrap();
    schema::apply(&mut client, &clinic.catalog).await.unwrap();
    clinic
}

/// A clinic with this many old cancelled appointments, numbered from 1.
async fn with_old(appointments: i64) -> Clinic {
    let clinic = clinic(&[("demo/appointments.toml", APPOINTMENTS)]).await;
    insert(&clinic, 1, appointments).await;
    clinic
}

async fn insert(clinic: &Clinic, from: i64, to: i64) {
    let rows = "
        INSERT INTO demo.appointments (id, part, day, status, floor, _batch, _file, _row)
        SELECT n, 'a', date '2025-01-01' - (n % 300)::int, 'cancelled', n, 'batch', 'file.csv', n
        FROM generate_series($1::bigint, $2) n";
    clinic.reader.execute(rows, &[&from, &to]).await.unwrap();
}

/// Cleans a table up as of 2026-11-22, in objects of so many rows.
async fn clean_table<S: Objects>(
    clinic: &Clinic,
    table: &str,
    rows: u32,
    store: &S,
) -> Result<CleanUpReceipt, Error> {
    let mut client = clinic.postgres.connect("clean-up").await;
    let task = CleanUpTask { dataset: table.to_owned(), as_of: date(2026, 11, 22) };
    let limits = Limits { rows, ..Limits::default() };
    clean_up::clean_up(&mut client, &clinic.catalog, &task, limits, store).await
}

async fn clean(clinic: &Clinic, rows: u32) -> CleanUpReceipt {
    clean_table(clinic, "demo.appointments", rows, &clinic.lake).await.unwrap()
}

/// Numbers of the appointments in the table.
async fn standing(clinic: &Clinic) -> BTreeSet<i64> {
    let rows = clinic.reader.query("SELECT id FROM demo.appointments", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Numbers of the appointments in the archive, as often as they are there.
fn archived(clinic: &Clinic) -> Vec<i64> {
    let frames = clinic.lake.archived().into_values();
    let mut ids: Vec<i64> = frames
        .flat_map(|frame| frame.column("id").unwrap().i64().unwrap().iter().flatten().collect::<Vec<_>>())
        .collect();
    ids.sort_unstable();
    ids
}

/// What the ledger says: objects, rows, deleted, referenced.
async fn told(clinic: &Clinic) -> Vec<String> {
    clinic
        .rows("SELECT dataset, as_of, before, objects, archived, deleted, referenced FROM ops.clean_up")
        .await
}
