//! Somebody reads all the while. What is read is one question about all tables of a domain, so that what a load does to
//! several of them shows as well.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::civil::{Date, date};
use rounds_testkit::billing::{self, Books};
use rounds_testkit::faults::postgres::{Moment, Proxy};
use rounds_testkit::mis::Bookings;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::Line;
use rounds_testkit::{hospital, records, sheet};
use rounds_tests::{APPOINTMENTS, DOCTORS, assert_nothing_leaked, clinic};
use tokio_postgres::Client;

use super::watched_load;

const DAY: Date = date(2026, 11, 20);

/// Statements before which a load has written all that a reader could see too early.
const WRITTEN: [&str; 2] = ["INSERT INTO ops.load", "COMMIT"];

/// The question: a digest of every row of the tables of a domain, those of waiting rows included.
async fn question(database: &Client, domain: &str) -> String {
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1";
    let tables = database.query(tables, &[&domain]).await.unwrap();
    let rows = tables.iter().map(|row| row.get::<_, &str>(0)).map(|table| {
        format!("SELECT '{table}' || to_jsonb(t)::text AS line FROM \"{domain}\".\"{table}\" t")
    });
    let rows = rows.collect::<Vec<_>>().join(" UNION ALL ");
    format!("SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM ({rows}) AS lines")
}

async fn ask(database: &Client, question: &str) -> Option<String> {
    database.query_one(question, &[]).await.unwrap().get(0)
}

/// Takes a file through the stages while somebody reads, among the rest when all is written and nothing committed: only
/// what was before is seen, or what is after.
async fn assert_old_or_new(stack: &Stack, line: &mut Line, proxy: &Proxy, key: &str, content: Vec<u8>) {
    let (domain, _) = key.split_once('/').unwrap();
    let (database, reader) = (stack.database().await, stack.database().await);
    let question = question(&database, domain).await;
    let before = ask(&database, &question).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let reading = tokio::spawn({
        let (question, is_over) = (question.clone(), Arc::clone(&is_over));
        async move {
            let mut seen = BTreeSet::new();
            while !is_over.load(Ordering::Relaxed) {
                seen.insert(ask(&reader, &question).await);
            }
            seen
        }
    });
    let event = line.drop_file(key, content).await;
    let order = line.up_to_load(&event).unwrap();
    let mut last = proxy.hold(1, Moment::Statement(WRITTEN[0]));
    line.load.begin(&order);
    for written in &WRITTEN[1..] {
        last.reached();
        assert_eq!(ask(&database, &question).await, before, "{key}: seen before it is committed");
        std::mem::replace(&mut last, proxy.hold(1, Moment::Statement(written))).release();
    }
    last.reached();
    assert_eq!(ask(&database, &question).await, before, "{key}: seen before it is committed");
    last.release();
    assert_eq!(line.load.finish().done()["outcome"], "loaded", "{key}");
    is_over.store(true, Ordering::Relaxed);
    let mut seen = reading.await.unwrap();
    let after = ask(&database, &question).await;
    assert_ne!(before, after, "{key} changes something");
    seen.extend([before.clone(), after.clone()]);
    assert_eq!(
        seen,
        BTreeSet::from([before, after]),
        "{key}: what a reader saw is neither the old nor the new"
    );
}

/// Files of each domain, so that every load mode takes the place of rows, and rows wait and are released.
fn files() -> Vec<(String, Vec<u8>)> {
    let (older, newer) = (clinic(241), clinic(242));
    let healthtech = [
        (APPOINTMENTS, older.appointments.rows),
        (DOCTORS, newer.doctors.rows),
        (APPOINTMENTS, newer.appointments.rows),
    ]
    .map(|(key, rows)| (key.to_owned(), sheet::workbook(&rows).unwrap()));
    let bookings = Bookings { seed: 243, rows: 300, canary: true };
    let mis = [DAY, DAY.tomorrow().unwrap()]
        .map(|day| (format!("mis/{}", Bookings::FILE), bookings.workbook(day).unwrap()));
    let billing = [("10000001", 1), ("10000002", 1), ("10000001", 2)].map(|(account, seed)| {
        let sheet = Books { seed, as_of: DAY }.sheet(account, billing::report("ar_aging").unwrap());
        (format!("billing/customer_account={account}/{DAY}/ar_aging-{seed}.csv"), sheet.csv().unwrap())
    });
    let records = records::Options { seed: 244, ..records::Options::small(DAY) };
    let mut records = records::Files::synthesize(&records).csvs().unwrap();
    // Visits come before the patients that they wait for.
    records.swap(0, 3);
    let records = records.map(|(name, csv)| (format!("records/{name}"), csv));
    let hospital = hospital::Options { seed: 245, ..hospital::Options::small(DAY) };
    let mut hospital = hospital::Files::synthesize(&hospital).csvs().unwrap();
    hospital.swap(0, 3);
    let hospital = hospital.map(|(name, csv)| (format!("hospital/{name}"), csv));
    [healthtech.to_vec(), mis.to_vec(), billing.to_vec(), records.to_vec(), hospital.to_vec()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_old_or_new_rows_through_a_load_of_every_domain_and_mode() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let (load, proxy) = watched_load(&stack);
    line.load = load;

    // The first load makes the tables.
    let event = line.drop_file(DOCTORS, sheet::workbook(&clinic(241).doctors.rows).unwrap()).await;
    let order = line.up_to_load(&event).unwrap();
    assert_eq!(line.load.invoke(&order).done()["outcome"], "loaded");
    for (key, content) in files() {
        assert_old_or_new(&stack, &mut line, &proxy, &key, content).await;
    }
    assert_nothing_leaked(&stack);
}
