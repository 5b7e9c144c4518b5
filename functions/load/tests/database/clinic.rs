//! A clinic with a database and a lake, whose files are dropped and loaded.

use jiff::Timestamp;
use rounds_load::curated::Source;
use rounds_load::error::Error;
use rounds_load::load;
use rounds_shared::catalog::{Catalog, Files};
use rounds_shared::digest::sha256_hex;
use rounds_shared::payload::{Drop, FileFacts, Format, LoadOutcome, LoadRequest, LoadResponse};
use tokio_postgres::Client;

use super::lake::{Lake, Rows};
use rounds_testkit::postgres::Postgres;

pub(crate) const DOCTORS: &str = "healthtech.doctors";
pub(crate) const APPOINTMENTS: &str = "healthtech.appointments";

pub(crate) struct Clinic {
    pub(crate) postgres: Postgres,
    pub(crate) catalog: Catalog,
    pub(crate) lake: Lake,
    /// Looks on.
    pub(crate) reader: Client,
}

impl Clinic {
    pub(crate) async fn new() -> Self {
        Self::with(Catalog::from_files(&Files::embedded()).unwrap()).await
    }

    pub(crate) async fn with(catalog: Catalog) -> Self {
        let postgres = Postgres::start();
        let reader = postgres.connect("reader").await;
        Self { postgres, catalog, lake: Lake::default(), reader }
    }

    /// A drop of some content at some second: the request that the transforms' answers make.
    pub(crate) fn drop(&self, second: i64, contents: &[(&str, &Rows)]) -> LoadRequest {
        let sha256 = sha256_hex(format!("{contents:?}").as_bytes());
        let mut parts = Vec::new();
        for (dataset, rows) in contents {
            let batch = self.catalog.dataset(dataset).unwrap().batch(&sha256);
            let index = parts.iter().filter(|part: &&_| part_of(part, dataset)).count();
            parts.push(self.lake.put(dataset, &batch, u32::try_from(index).unwrap(), rows, 10_000, 0));
        }
        LoadRequest {
            drop: drop_at(second),
            as_of: jiff::civil::date(2026, 11, 21),
            file: FileFacts { bytes: 1, sha256, format: Format::Xlsx },
            parts,
        }
    }

    pub(crate) async fn load(&self, request: &LoadRequest) -> LoadResponse {
        self.try_load(request, &self.lake).await.unwrap()
    }

    pub(crate) async fn try_load<S: Source>(
        &self,
        request: &LoadRequest,
        source: &S,
    ) -> Result<LoadResponse, Error> {
        let mut client = self.postgres.connect("load").await;
        load::load(&mut client, &self.catalog, request, source).await
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

    /// Tables with lineage and the ledger, all of it, times included.
    pub(crate) async fn everything(&self) -> Vec<String> {
        let mut all = Vec::new();
        for table in [
            "healthtech.doctors",
            "healthtech.appointments",
            "ops.schema_change",
            "ops.batch",
            "ops.load",
            "ops.finding",
        ] {
            all.push(table.to_owned());
            all.extend(self.rows(&format!("SELECT * FROM {table} ORDER BY 1, 2")).await);
        }
        all.extend(self.rows("SELECT key, version, status, error FROM ops.drop ORDER BY 1, 2").await);
        all
    }
}

fn part_of(part: &rounds_shared::payload::TransformResponse, dataset: &str) -> bool {
    part.dataset == dataset
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
