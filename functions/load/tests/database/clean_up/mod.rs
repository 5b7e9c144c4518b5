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

/// The beginning of a contract, up to its columns, whose rows go a year after the day in the column `by`.
fn contract(name: &str, key: &str, rows: &str, by: &str) -> String {
    format!(
        "
title = \"{name}\"
table = \"demo.{name}\"
match = {{ prefix = \"demo/\" }}
key   = [{key}]
load  = \"merge\"
clean_up = {{ rows = \"{rows}\", by = \"{by}\", after = \"365 days\" }}

[columns]
"
    )
}

/// Appointments, with a column of each type.
fn appointments() -> String {
    let rule = "status IN ('cancelled', 'no_show') -- these only";
    let columns = [
        ("id", "bigint"),
        ("part", "text"),
        ("day", "date"),
        ("status", "text"),
        ("at", "time"),
        ("fee", "decimal(12,2)"),
        ("noted", "timestamp"),
        ("paid", "boolean"),
        ("floor", "integer"),
    ];
    let columns = columns.map(|(name, kind)| format!("{name} = {{ type = \"{kind}\" }}\n"));
    let demo = contract("appointments", "\"id\", \"part\"", rule, "day") + &columns.concat();
    format!("unknown_columns = \"evolve\"\n{demo}")
}

/// A clinic with these datasets, whose tables are there.
async fn clinic(files: &[(&str, &str)]) -> Clinic {
    let clinic = Clinic::of(files).await;
    let mut client = clinic.postgres.connect("setup").await;
    ledger::ensure(&mut client).await.unwrap();
    schema::apply(&mut client, &clinic.catalog).await.unwrap();
    clinic
}

/// A clinic with this many old cancelled appointments, numbered from 1.
async fn with_old(count: i64) -> Clinic {
    let clinic = clinic(&[("demo/appointments.toml", &appointments())]).await;
    insert(&clinic, 1, count).await;
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
