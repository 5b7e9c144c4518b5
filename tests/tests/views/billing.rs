//! The tables and views of billing in a PostgreSQL of the test's own.

use rounds_shared::catalog::Catalog;
use rounds_shared::{ledger, schema};
use rounds_testkit::postgres::Postgres;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The account that rows are of, unless they say otherwise.
const ACCOUNT: &str = "10028395";

/// Empty tables, on the day 2026-11-21.
pub(crate) struct Billing {
    pub(crate) catalog: Catalog,
    pub(crate) client: Client,
    _postgres: Postgres,
}

impl Billing {
    pub(crate) async fn new() -> Self {
        let postgres = Postgres::start();
        let mut client = postgres.connect("views").await;
        let catalog = Catalog::open(None).unwrap();
        ledger::ensure(&mut client).await.unwrap();
        schema::apply(&mut client, &catalog).await.unwrap();
        let billing = Self { catalog, client, _postgres: postgres };
        billing.run("SET rounds.as_of = '2026-11-21'").await;
        billing
    }

    /// Adds a row; columns that are not named are null, or [`ACCOUNT`] where they are required.
    pub(crate) async fn add(&self, table: &str, cells: &[(&str, &str)]) {
        let dataset = self.catalog.dataset(&format!("billing.{table}")).unwrap();
        let is_named = |name: &str| cells.iter().any(|(column, _)| *column == name);
        let required = dataset.columns.iter().filter(|column| column.required && !is_named(&column.name));
        let required: Vec<(&str, &str)> = required.map(|column| (column.name.as_str(), ACCOUNT)).collect();
        let cells = || required.iter().chain(cells);
        let columns: Vec<&str> = cells().map(|(column, _)| *column).collect();
        let values: Vec<String> = cells().map(|(_, value)| format!("'{value}'")).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        self.run(&format!("INSERT INTO billing.{table} ({columns}) VALUES ({values})")).await;
    }

    pub(crate) async fn run(&self, statement: &str) {
        self.client.batch_execute(statement).await.unwrap();
    }

    /// The rows of a query: values side by side, `-` where there is none.
    pub(crate) async fn told(&self, query: &str) -> Vec<String> {
        let messages = self.client.simple_query(query).await.unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| {
            let values = (0..row.len()).map(|place| row.get(place).unwrap_or("-"));
            values.collect::<Vec<_>>().join(" | ")
        })
        .collect()
    }
}
