//! A clinic whose appointments come after older ones, and what must hold whatever dies on the way.

use rounds_testkit::faults::http::Proxy;
use rounds_testkit::healthtech::Clinic;
use rounds_testkit::sheet;
use rounds_testkit::stack::{Stack, until};
use rounds_testkit::stage::{Answer, Line, Stage, Stopped};
use rounds_tests::{
    APPOINTMENTS, DOCTORS, appointments, assert_nothing_leaked, assert_same, assert_tables, clinic,
};
use serde_json::Value;
use tokio_postgres::Client;

use crate::through;

/// Four stages, a database with an older clinic in it, and a newer one whose appointments are dropped.
pub(crate) struct Bench {
    pub(crate) stack: Stack,
    pub(crate) database: Client,
    pub(crate) line: Line,
    older: Clinic,
    newer: Clinic,
    /// The drop of the newer appointments.
    pub(crate) event: Value,
    mails: usize,
}

impl Bench {
    pub(crate) async fn new(seed: u64) -> Self {
        let stack = Stack::shared().await;
        let mut line = Line::start(&stack).await;
        let (older, newer) = (clinic(seed), clinic(seed + 1));
        for (key, rows) in [(DOCTORS, &newer.doctors.rows), (APPOINTMENTS, &older.appointments.rows)] {
            let event = line.drop_file(key, sheet::workbook(rows).unwrap()).await;
            assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");
        }
        let event = line.drop_file(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
        let (database, mails) = (stack.database().await, stack.mails().len());
        Self { stack, database, line, older, newer, event, mails }
    }

    /// Takes the drop up to a stage that dies.
    pub(crate) fn dies_at(&mut self, stage: &str) {
        let stopped = self.line.run(&self.event).unwrap_err();
        assert_eq!((stopped.at, &stopped.answer), (stage, &Answer::Died));
    }

    /// Takes the drop through all stages.
    pub(crate) fn run(&mut self) -> Result<Value, Stopped> {
        self.line.run(&self.event)
    }

    /// Mails since the newer appointments were dropped.
    pub(crate) fn mails(&self) -> usize {
        self.stack.mails().len() - self.mails
    }

    /// Readers see the older appointments, whole, and nothing of a load that broke off is left.
    pub(crate) async fn assert_older(&self) {
        assert_same("appointments", &appointments(&self.database).await, &self.older.appointments_table());
        self.assert_nothing_left();
    }

    /// The newer appointments stand, by one load more.
    pub(crate) async fn assert_newer(&self) {
        let loads = "SELECT count(*) FROM ops.load WHERE dataset = 'healthtech.appointments'";
        let loads: i64 = self.database.query_one(loads, &[]).await.unwrap().get(0);
        assert_eq!(loads, 2, "one for each drop");
        self.assert_rows().await;
    }

    /// The newer appointments stand, nothing else is left, and nothing was told.
    pub(crate) async fn assert_rows(&self) {
        assert_tables(&self.database, &self.newer).await;
        self.assert_nothing_left();
        assert_nothing_leaked(&self.stack);
    }

    /// The run comes to its end now, with one mail and the newer appointments, and once more changes nothing.
    pub(crate) async fn assert_ends(&mut self, outcome: &str) {
        assert_eq!(self.run().unwrap()["outcome"], outcome);
        assert_eq!(self.mails(), 1);
        self.assert_ended().await;
    }

    /// The run again, as a second delivery of the event, changes nothing and mails nobody.
    pub(crate) async fn assert_ended(&mut self) {
        let mails = self.mails();
        assert_eq!(self.run().unwrap()["outcome"], "duplicate");
        assert_eq!(self.mails(), mails);
        self.assert_newer().await;
    }

    /// No session of a stage that died holds a lock, and no staging table is there.
    fn assert_nothing_left(&self) {
        let left = "SELECT count(*) FROM (
                        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
                        UNION ALL SELECT 1 FROM pg_class WHERE relname LIKE 'staged%'
                    ) AS left_over";
        let runtime = tokio::runtime::Handle::current();
        let count = || runtime.block_on(self.database.query_one(left, &[])).unwrap().get::<_, i64>(0);
        // The server notices that a client has died a moment after it did.
        tokio::task::block_in_place(|| until("locks and staging tables go", || (count() == 0).then_some(())));
    }
}

/// A stage whose requests to S3 pass by a proxy.
pub(super) fn watched(stack: &Stack, name: &str) -> (Stage, Proxy) {
    let proxy = stack.aws_proxy();
    (through(stack, name, &proxy), proxy)
}
