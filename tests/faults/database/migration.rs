//! Tables and ledger are made by whoever comes first.

use rounds_testkit::faults::postgres::Moment;
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Answer, Line, Stage};
use rounds_tests::{APPOINTMENTS, DOCTORS, assert_nothing_leaked, assert_tables, clinic};
use serde_json::Value;
use tokio_postgres::Client;

use super::watched_load;
use crate::wait_for_waiting;

/// Loads of a clinic's two files that are asked for in a database that holds nothing, not even the ledger.
async fn orders(stack: &Stack, seed: u64) -> [Value; 2] {
    let mut line = Line::start(stack).await;
    let clinic = clinic(seed);
    let mut orders = [Value::Null, Value::Null];
    for (place, (key, rows)) in
        [(DOCTORS, &clinic.doctors.rows), (APPOINTMENTS, &clinic.appointments.rows)].into_iter().enumerate()
    {
        let event = line.drop_file(key, sheet::workbook(rows).unwrap()).await;
        orders[place] = line.up_to_load(&event).unwrap();
    }
    stack.database().await.batch_execute("DROP SCHEMA ops CASCADE").await.unwrap();
    orders
}

/// What was migrated, each once.
async fn assert_migrated_once(database: &Client) {
    let changes = "SELECT string_agg(subject, ',' ORDER BY subject) FROM ops.schema_change";
    let changes: String = database.query_one(changes, &[]).await.unwrap().get(0);
    assert_eq!(changes, "catalog,ledger");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_cold_starts_that_race_to_make_the_tables_make_them_once_and_both_load() {
    let stack = Stack::shared().await;
    let [doctors, appointments] = orders(&stack, 231).await;
    let database = stack.database().await;
    let (mut first, proxy) = watched_load(&stack);
    let mut second = Stage::start(&stack, "load", &[]);
    // While one makes the ledger the other comes; then they go for the tables at once.
    let ledger = proxy.hold(1, Moment::Statement("COMMIT"));
    first.begin(&doctors);
    ledger.reached();
    second.begin(&appointments);
    wait_for_waiting(&database, "rounds-load");
    ledger.release();
    assert_eq!(first.finish().done()["outcome"], "loaded");
    assert_eq!(second.finish().done()["outcome"], "loaded");
    assert_migrated_once(&database).await;
    assert_tables(&database, &clinic(231)).await;
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cold_start_that_dies_while_it_makes_the_tables_leaves_them_to_the_next() {
    let stack = Stack::shared().await;
    let [doctors, appointments] = orders(&stack, 233).await;
    let database = stack.database().await;
    let (mut first, proxy) = watched_load(&stack);
    let mut second = Stage::start(&stack, "load", &[]);
    let tables = proxy.hold(2, Moment::Statement("COMMIT"));
    first.begin(&doctors);
    tables.reached();
    second.begin(&appointments);
    wait_for_waiting(&database, "rounds-load");
    first.kill();
    drop(tables);
    assert_eq!(first.finish(), Answer::Died);
    assert_eq!(second.finish().done()["outcome"], "loaded");
    assert_eq!(first.invoke(&doctors).done()["outcome"], "loaded");
    assert_migrated_once(&database).await;
    assert_tables(&database, &clinic(233)).await;
    assert_nothing_leaked(&stack);
}
