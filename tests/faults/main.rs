//! What production does to a pipeline, done to this one on purpose. docs/RELIABILITY.md says what is promised.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod crash;
mod database;
mod delivery;
mod input;
mod limits;
mod mail;
mod matrix;
mod rotation;
mod storage;

use rounds_testkit::faults::http::Proxy;
use rounds_testkit::stack::{Run, Stack, until};
use rounds_testkit::stage::Stage;
use tokio_postgres::Client;

/// How many invocations of a function failed in a run.
fn failures(stack: &Stack, run: &Run) -> usize {
    let history = stack.history(&run.arn);
    let failed = ["LambdaFunctionFailed", "TaskFailed"];
    history.iter().filter(|event| failed.iter().any(|kind| event["type"] == *kind)).count()
}

/// Somebody who keeps others from writing to a table, until `ROLLBACK`.
async fn holder(stack: &Stack, table: &str) -> Client {
    let holder = stack.database().await;
    holder.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN SHARE MODE")).await.unwrap();
    holder
}

/// Waits until a session of this name waits for a lock.
fn wait_for_waiting(database: &Client, application: &str) {
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    let runtime = tokio::runtime::Handle::current();
    let count = || runtime.block_on(database.query_one(waiting, &[&application])).unwrap().get::<_, i64>(0);
    tokio::task::block_in_place(|| until("a session waits for a lock", || (count() > 0).then_some(())));
}

/// A stage that reaches S3 through a proxy.
fn through(stack: &Stack, stage: &str, s3: &Proxy) -> Stage {
    Stage::start(stack, stage, &[("AWS_ENDPOINT_URL_S3", &s3.url())])
}
