//! The report stage against a real PostgreSQL, and what people see of it.
// Helpers stand outside of the test functions that clippy.toml exempts.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod chat;
mod clinic;
mod dashboard;
mod delivery;
mod event;
mod export;
mod handler;
mod hospital;
mod letters;
mod log;
mod operator;
mod plan;
mod post;
mod reminders;
mod rendered;
mod revenue_cycle;
mod sample;
mod service;
mod ses;
mod slow;
mod sms;
mod snapshot;

/// A database of a test's own, with the ledger in it.
async fn ledger() -> rounds_testkit::postgres::Postgres {
    let postgres = rounds_testkit::postgres::Postgres::start();
    rounds_shared::ledger::ensure(&mut postgres.connect("report").await).await.unwrap();
    postgres
}
