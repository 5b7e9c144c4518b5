//! PostgreSQL goes away, breaks off, refuses, or is somebody else.

mod away;
mod busy;
mod cut;
#[cfg(target_os = "linux")]
mod full;
mod migration;
mod readers;
mod tls;

use rounds_testkit::faults::postgres::Proxy;
use rounds_testkit::stack::{Stack, until};
use rounds_testkit::stage::Stage;
use tokio_postgres::Client;

/// A load whose sessions with PostgreSQL pass by a proxy.
fn watched_load(stack: &Stack) -> (Stage, Proxy) {
    let proxy = Proxy::before(stack.postgres_port()).unwrap();
    let secret = stack.database_secret_at(proxy.port());
    (Stage::start(stack, "load", &[("DATABASE_SECRET_ARN", &secret)]), proxy)
}

/// Waits until so many sessions of this name wait for a lock.
fn wait_for_waiting(database: &Client, application: &str, sessions: i64) {
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    let runtime = tokio::runtime::Handle::current();
    let count = || runtime.block_on(database.query_one(waiting, &[&application])).unwrap().get::<_, i64>(0);
    tokio::task::block_in_place(|| {
        until("sessions wait for a lock", || (count() >= sessions).then_some(()));
    });
}
