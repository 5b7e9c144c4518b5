//! The billing vendor's reports: asked for once, fetched, and loaded account by account, whatever the vendor does.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod accounts;
mod files;
mod limits;
mod local;
#[cfg(target_os = "linux")]
mod restart;

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use rounds_testkit::billing::{self, Books, Load};
use rounds_testkit::stack::{Stack, until};
use rounds_testkit::vendor::{Behaviour, Vendor};
use serde_json::json;
use tokio_postgres::Client;

/// The day that reports are collected for, a Friday: the daily ones are due alone.
const DAY: Date = date(2026, 11, 20);

/// A vendor that the stack collects from, and the books of the day.
struct Billing {
    vendor: Vendor,
    books: Books,
}

impl Billing {
    /// A vendor whose reports are collected of these accounts.
    fn open(stack: &Stack, as_of: Date, accounts: &[&str]) -> Self {
        let books = Books { seed: Books::SEED, as_of };
        let vendor = Vendor::start(books).unwrap();
        let function = &stack.deployment().collect_function;
        stack.configure(function, "COLLECT_URL", &json!(vendor.url()));
        stack.configure(function, "COLLECT_ACCOUNTS", &json!(accounts));
        Self { vendor, books }
    }

    /// Every report of an account, as it is told.
    fn behave(&self, account: &str, behaviour: Behaviour) {
        self.vendor.behave(account, "*", behaviour);
    }

    /// What a correct load makes of a report.
    fn load(&self, account: &str, report: &str) -> Load {
        self.books.sheet(account, billing::report(report).unwrap()).load
    }

    /// The runs that the vendor started: how often for an account and report.
    fn runs(&self) -> BTreeMap<(String, String), usize> {
        let mut runs = BTreeMap::new();
        for run in self.vendor.runs() {
            *runs.entry((run.account, run.report.to_owned())).or_default() += 1;
        }
        runs
    }
}

/// The table of a report holds what a correct load makes of it: rows, and each column of money to the cent.
async fn assert_loaded(database: &Client, account: &str, report: &str, wanted: &Load) {
    let sums: Vec<String> =
        wanted.sums.keys().map(|column| format!("coalesce(sum({column}) * 100, 0)::bigint")).collect();
    let columns = [vec!["count(*)".to_owned()], sums].concat().join(", ");
    let asked = format!("SELECT {columns} FROM billing.{report} WHERE customer_account = $1");
    let row = database.query_one(&asked, &[&account]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), i64::try_from(wanted.rows).unwrap(), "rows of {report} of {account}");
    for (place, (column, cents)) in wanted.sums.iter().enumerate() {
        assert_eq!(row.get::<_, i64>(place + 1), *cents, "{column} of {report} of {account}");
    }
}

/// What the ledger says of each account's report on [`DAY`], once every dropped file has gone its way.
async fn collected(stack: &Stack) -> BTreeMap<(String, String), Collected> {
    let database = stack.database().await;
    settle(&database);
    let asked =
        "SELECT account, report, status, rows, error, key FROM ops.collected WHERE as_of = $1::text::date";
    let rows = database.query(asked, &[&DAY.to_string()]).await.unwrap();
    let collected = rows.iter().map(|row| {
        let [rows, error, key] = [
            row.get::<_, Option<i64>>(3).map(|rows| rows.to_string()),
            row.get::<_, Option<String>>(4),
            row.get::<_, Option<String>>(5),
        ]
        .map(Option::unwrap_or_default);
        ((row.get(0), row.get(1)), Collected { status: row.get(2), rows, error, key })
    });
    collected.collect()
}

/// What became of a request; what is not known is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Collected {
    status: String,
    rows: String,
    error: String,
    key: String,
}

/// Waits until the pipeline is through with every dropped file.
fn settle(database: &Client) {
    let under_way = "SELECT count(*) FROM ops.collection c WHERE c.status IN ('fetched', 'empty') AND NOT EXISTS
                     (SELECT FROM ops.drop d WHERE d.bucket = c.bucket AND d.key = c.key AND d.status <> 'seen')";
    let runtime = tokio::runtime::Handle::current();
    let count = || runtime.block_on(database.query_one(under_way, &[])).unwrap().get::<_, i64>(0);
    tokio::task::block_in_place(|| until("dropped files are through", || (count() == 0).then_some(())));
}

/// How a request stands, in one word.
fn status(collected: &BTreeMap<(String, String), Collected>, account: &str, report: &str) -> Collected {
    let known = collected.get(&(account.to_owned(), report.to_owned()));
    known.unwrap_or_else(|| panic!("{report} of {account} was not asked for")).clone()
}
