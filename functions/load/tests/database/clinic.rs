//! A clinic with a database and a lake, whose files are dropped and loaded.

use jiff::Timestamp;
use rounds_load::curated::Objects;
use rounds_load::error::Error;
use rounds_load::load;
use rounds_shared::catalog::{Catalog, Files, HoldBack};
use rounds_shared::digest::sha256_hex;
use rounds_shared::payload::{Drop, FileFacts, Format, LoadOutcome, LoadRequest, LoadResponse};
use tokio_postgres::Client;

use super::lake::{Lake, Rows};
use rounds_testkit::postgres::Postgres;

pub(crate) const DOCTORS: &str = "healthtech.doctors";
pub(crate) const APPOINTMENTS: &str = "healthtech.appointments";

/// A dataset that is replaced per account, which the drop's key names.
pub(crate) const CLAIMS: &str = r#"
title = "Claims"
table = "demo.claims"
match = { prefix = "demo/" }
load  = "replace per account"
empty = "load"

[columns]
account = { type = "text", from = "key", required = true }
claim   = { type = "bigint", required = true }
amount  = { type = "bigint" }
"#;

pub(crate) struct Clinic {
    pub(crate) postgres: Postgres,
    pub(crate) catalog: Catalog,
    pub(crate) lake: Lake,
    /// Looks on.
    pub(crate) reader: Client,
}

impl Clinic {
    /// The embedded catalog's healthtech domain, with files of any size loaded at once.
    pub(crate) async fn new() -> Self {
        Self::with(relaxed(&healthtech())).await
    }

    /// A catalog of these datasets: file and text.
    pub(crate) async fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self::with(relaxed(&Files(files.collect()))).await
    }

    /// The same, changed in one place.
    pub(crate) async fn changed(path: &str, from: &str, to: &str) -> Self {
        Self::with(relaxed(&changed(path, from, to))).await
    }

    pub(crate) async fn with(catalog: Catalog) -> Self {
        let postgres = Postgres::start();
        let reader = postgres.connect("reader").await;
        Self { postgres, catalog, lake: Lake::default(), reader }
    }

    /// A drop of some content at some second: the request that the transforms' answers make.
    pub(crate) fn drop(&self, second: i64, contents: &[(&str, &Rows)]) -> LoadRequest {
        self.dropped(drop_at(second), contents)
    }

    /// The same of a drop whose key says something.
    pub(crate) fn dropped(&self, drop: Drop, contents: &[(&str, &Rows)]) -> LoadRequest {
        let sha256 = sha256_hex(format!("{contents:?}").as_bytes());
        let mut parts = Vec::new();
        for (dataset, rows) in contents {
            let batch = self.catalog.dataset(dataset).unwrap().batch(&sha256, &drop.key);
            let index = parts.iter().filter(|part: &&_| part_of(part, dataset)).count();
            parts.push(self.lake.part(dataset, &batch, u32::try_from(index).unwrap(), rows, 10_000, 0));
        }
        LoadRequest {
            drop,
            as_of: jiff::civil::date(2026, 11, 21),
            file: FileFacts {
                bytes: 1,
                sha256,
                format: Format::Xlsx,
                ignored: Vec::new(),
                mends: Vec::new(),
            },
            parts,
            decision: None,
        }
    }

    pub(crate) async fn load(&self, request: &LoadRequest) -> LoadResponse {
        self.try_load(request, &self.lake).await.unwrap()
    }

    pub(crate) async fn try_load<S: Objects>(
        &self,
        request: &LoadRequest,
        source: &S,
    ) -> Result<LoadResponse, Error> {
        let mut client = self.postgres.connect("load").await;
        load::load(&mut client, &self.catalog, request, source).await
    }

    /// Drops and loads content of one dataset, and answers the counts besides the rows read: loaded, rejected,
    /// superseded, held.
    pub(crate) async fn counts(&self, second: i64, dataset: &str, rows: &Rows) -> [u64; 4] {
        let response = self.load(&self.drop(second, &[(dataset, rows)])).await;
        let counts = response.loads[0].counts;
        [counts.loaded, counts.rejected, counts.superseded, counts.held]
    }

    /// Drops and loads content of one dataset.
    pub(crate) async fn bring(&self, second: i64, dataset: &str, rows: &Rows) -> LoadOutcome {
        self.load(&self.drop(second, &[(dataset, rows)])).await.outcome
    }

    /// Rows of a query, each as PostgreSQL writes a row as text.
    pub(crate) async fn rows(&self, query: &str) -> Vec<String> {
        let rows = self.reader.query(&format!("SELECT q::text FROM ({query}) q"), &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Both tables without lineage.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let mut rows =
            self.rows("SELECT doctor_id, name, specialty FROM healthtech.doctors ORDER BY 1").await;
        rows.push("--".to_owned());
        let appointments = "
            SELECT booking_id, patient_id, doctor_id, booking_date, status FROM healthtech.appointments ORDER BY 1";
        rows.extend(self.rows(appointments).await);
        rows
    }

    /// Tables with lineage, the ledger and the lake, all of it, times included.
    pub(crate) async fn everything(&self) -> Vec<String> {
        let mut all = Vec::new();
        let tables = "
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'pg_temp')
              AND schemaname NOT LIKE 'pg\\_%' AND (schemaname, tablename) <> ('ops', 'drop') ORDER BY 1";
        let tables: Vec<String> =
            self.reader.query(tables, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        for table in tables {
            all.push(table.clone());
            let rows = self.rows(&format!("SELECT * FROM {table}")).await;
            all.extend(rows.into_iter().collect::<std::collections::BTreeSet<_>>());
        }
        all.extend(self.rows("SELECT key, version, status, error FROM ops.drop ORDER BY 1, 2").await);
        all.extend(self.lake.loaded().iter().map(|(key, bytes)| format!("{key} {}", sha256_hex(bytes))));
        all
    }

    /// The lake has as many rows of each batch as the ledger counts as loaded.
    pub(crate) async fn assert_lake(&self) {
        for row in self.reader.query("SELECT batch, loaded FROM ops.batch", &[]).await.unwrap() {
            let (batch, loaded): (String, i64) = (row.get(0), row.get(1));
            assert_eq!(
                i64::try_from(self.lake.rows(&batch).len()),
                Ok(loaded),
                "rows of {batch} in the lake"
            );
        }
    }

    /// Status and counts of the batches: read, loaded, rejected, superseded, held.
    pub(crate) async fn batches(&self) -> Vec<String> {
        self.rows(
            "SELECT status, read, loaded, rejected, superseded, held FROM ops.batch ORDER BY dataset, settled_at",
        )
        .await
    }
}

/// The embedded catalog's files of the healthtech domain.
pub(crate) fn healthtech() -> Files {
    let mut files = Files::embedded();
    files.0.retain(|path, _| path.starts_with("healthtech/"));
    files
}

/// The same, changed in one place.
pub(crate) fn changed(path: &str, from: &str, to: &str) -> Files {
    let mut files = healthtech();
    let text = files.0.get_mut(path).unwrap();
    assert!(text.contains(from), "the contract has `{from}`");
    *text = text.replace(from, to);
    files
}

/// A catalog in which no batch is held back.
pub(crate) fn relaxed(files: &Files) -> Catalog {
    let mut catalog = Catalog::from_files(files).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for dataset in &mut catalog.datasets {
        dataset.hold_back = HoldBack::default();
    }
    catalog
}

fn part_of(part: &rounds_shared::payload::TransformResponse, dataset: &str) -> bool {
    part.dataset == dataset
}

/// Twelve orders in which each of some drops arrives twice; the same in every run.
pub(crate) fn shuffled_twice(drops: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..drops).chain(0..drops).collect();
    let mut seed = 20_261_121_usize;
    let mut next = || {
        for last in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, (seed >> 33) % (last + 1));
        }
        order.clone()
    };
    (0..12).map(|_| next()).collect()
}

/// A drop of its own object at this second.
pub(crate) fn drop_at(second: i64) -> Drop {
    Drop {
        bucket: "landing".to_owned(),
        key: "healthtech/drop.xlsx".to_owned(),
        version: format!("v{second}"),
        dropped_at: Timestamp::from_second(second).unwrap(),
        sequencer: "0055AED6DCD90281E5".to_owned(),
    }
}
