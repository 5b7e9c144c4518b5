//! PostgreSQL's disk is full: what a session spills there goes to a device that never has room.

use std::os::unix::fs::symlink;

use rounds_testkit::faults::postgres::Moment;
use rounds_testkit::healthtech::{Clinic, Options};
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::Line;
use rounds_tests::{APPOINTMENTS, DOCTORS, appointments, assert_nothing_leaked, assert_same, assert_tables};

use super::watched_load;

/// So many files a session of the server may make.
const FILES: u32 = 100;

/// A clinic with more appointments than the session may join in memory.
fn clinic(seed: u64) -> Clinic {
    Clinic::synthesize(Options { seed, doctors: 40, appointments: 4000, canary: true })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_finds_the_disk_full_leaves_the_older_rows_and_loads_when_there_is_room() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let [older, newer] = [221, 222].map(clinic);
    for (key, rows) in [(DOCTORS, &newer.doctors.rows), (APPOINTMENTS, &older.appointments.rows)] {
        let event = line.drop_file(key, sheet::workbook(rows).unwrap()).await;
        assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");
    }
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    let order = line.up_to_load(&event).unwrap();
    let proxy;
    (line.load, proxy) = watched_load(&stack);

    // With so little memory for a join, the rows of the file are spilled.
    let database = stack.database().await;
    database.batch_execute("ALTER ROLE rounds SET work_mem = '64kB'").await.unwrap();
    let held = proxy.hold(1, Moment::Statement("MERGE INTO"));
    line.load.begin(&order);
    held.reached();
    let session = "SELECT pid FROM pg_stat_activity WHERE application_name = 'rounds-load'";
    let session: i32 = database.query_one(session, &[]).await.unwrap().get(0);
    let folder = stack.postgres_folder().join("base/pgsql_tmp");
    let file = |number| folder.join(format!("pgsql_tmp{session}.{number}"));
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..FILES {
        symlink("/dev/full", file(number)).unwrap();
    }
    held.release();
    let answer = line.load.finish();
    database.batch_execute("ALTER ROLE rounds RESET work_mem").await.unwrap();
    assert_eq!(answer.error(), Some("Retryable.DatabaseBusy"), "{answer:?}");
    let told = format!("{answer:?}");
    assert!(told.contains("no room left on its disk (SQLSTATE 53100)"), "{told}");
    assert_same("appointments", &appointments(&database).await, &older.appointments_table());
    for number in 0..FILES {
        // The server has removed those that it used.
        let _ = std::fs::remove_file(file(number));
    }
    assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");
    assert_tables(&database, &newer).await;
    assert_nothing_leaked(&stack);
}
