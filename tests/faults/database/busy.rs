//! PostgreSQL gives a load neither a lock nor a connection.

use rounds_testkit::faults::postgres::Moment;
use rounds_testkit::stack::until;
use tokio_postgres::error::SqlState;

use super::watched_load;
use crate::crash::bench::Bench;
use crate::{holder, wait_for_waiting};

const BUSY: Option<&str> = Some("Retryable.DatabaseBusy");

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_a_deadlock_ends_leaves_the_older_rows_and_loads_when_it_is_run_again() {
    let mut bench = Bench::new(211).await;
    let (load, proxy) = watched_load(&bench.stack);
    bench.line.load = load;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    // Somebody takes the table while the load has its dataset's lock, and then waits for that lock. PostgreSQL ends the
    // one who finds the circle, which this one does not look for.
    let held = proxy.hold(1, Moment::Statement("MERGE INTO"));
    bench.line.load.begin(&order);
    held.reached();
    let somebody = bench.stack.database().await;
    let table = "SET application_name = 'somebody'; SET deadlock_timeout = '1h'; BEGIN;
                 LOCK TABLE healthtech.appointments IN SHARE MODE";
    somebody.batch_execute(table).await.unwrap();
    let lock =
        "SELECT pg_advisory_xact_lock(hashtextextended('rounds healthtech.appointments', 0)); ROLLBACK";
    let waiting = tokio::spawn(async move { somebody.batch_execute(lock).await });
    wait_for_waiting(&bench.database, "somebody");
    held.release();
    let answer = bench.line.load.finish();
    assert_eq!(answer.error(), BUSY, "{answer:?}");
    assert!(format!("{answer:?}").contains("40P01"), "{answer:?}");
    waiting.await.unwrap().unwrap();
    bench.assert_older().await;
    bench.assert_ends("loaded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_does_not_wait_for_ever_for_a_lock_and_loads_when_it_is_let_go() {
    let mut bench = Bench::new(213).await;
    // The time-out of a stage's session, a minute, made short at its first statement that writes.
    let shorten = "
        CREATE FUNCTION ops.shorten() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_setting('lock_timeout') = '1min' THEN PERFORM set_config('lock_timeout', '200ms', false); END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER shorten AFTER INSERT OR UPDATE ON ops.drop FOR EACH ROW EXECUTE FUNCTION ops.shorten()";
    bench.database.batch_execute(shorten).await.unwrap();
    let order = bench.line.up_to_load(&bench.event).unwrap();
    let holder = holder(&bench.stack, "healthtech.appointments").await;
    bench.line.load.begin(&order);
    wait_for_waiting(&bench.database, "rounds-load");
    let answer = bench.line.load.finish();
    assert_eq!(answer.error(), BUSY, "{answer:?}");
    assert!(format!("{answer:?}").contains("55P03"), "{answer:?}");
    bench.assert_older().await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    bench.assert_ends("loaded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_gets_no_connection_says_so_and_loads_when_there_is_one() {
    let mut bench = Bench::new(215).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    let mut all = Vec::new();
    let full = loop {
        match bench.stack.try_database().await {
            Ok(client) => all.push(client),
            Err(error) => break error,
        }
    };
    assert_eq!(full.code(), Some(&SqlState::TOO_MANY_CONNECTIONS));
    let answer = bench.line.load.invoke(&order);
    assert_eq!(answer.error(), BUSY, "{answer:?}");
    assert!(format!("{answer:?}").contains("53300"), "{answer:?}");
    drop(all);
    let free = || async { bench.stack.try_database().await.ok() };
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| until("connections end", || runtime.block_on(free())));
    bench.assert_older().await;
    bench.assert_ends("loaded").await;
}
