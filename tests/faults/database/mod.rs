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
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::Stage;

/// A load whose sessions with PostgreSQL pass by a proxy.
fn watched_load(stack: &Stack) -> (Stage, Proxy) {
    let proxy = Proxy::before(stack.postgres_port()).unwrap();
    let secret = stack.database_secret_at(proxy.port());
    (Stage::start(stack, "load", &[("DATABASE_SECRET_ARN", &secret)]), proxy)
}
