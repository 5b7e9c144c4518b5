//! A made-up clinic: a dataset, reports of every kind, and rows in a real PostgreSQL.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::Date;
use rounds_report::due::DueReport;
use rounds_report::error::Reason;
use rounds_report::letters::Lake;
use rounds_report::query::pseudonym::Pseudonyms;
use rounds_report::query::settings::Settings;
use rounds_report::query::table::{Table, Value};
use rounds_report::query::{self, Question, Snapshot};
use rounds_report::rendering::content::File;
use rounds_shared::catalog::{Catalog, Files, Report};
use rounds_shared::payload::Parameters;
use rounds_shared::schema;
use rounds_shared::storage::StorageError;
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

const VISITS: &str = r#"
title = "Visits"
table = "demo.visits"
load  = "replace"
match = { prefix = "demo/" }
key   = ["visit_id"]

[columns]
visit_id     = { type = "bigint", required = true }
patient      = { type = "text", phi = true }
mobile       = { type = "text", phi = true }
doctor       = { type = "text" }
doctor_email = { type = "text" }
hospital     = { type = "text" }
seen_on      = { type = "date" }
fee_inr      = { type = "decimal(12,2)" }
"#;

const SEEN: &str = r#"
title    = "Seen"
cadence  = "daily"
needs    = ["demo.visits"]
audience = "care"
deliver  = ["email"]
attach   = ["csv"]
empty    = "send"
once_per = ["visit_id"]
headline = { Visits = "count", Fees = "sum(fee_inr)" }
settings = { hospitals = [] }
"#;

const SEEN_ROWS: &str = "
SELECT visit_id, hospital, fee_inr
FROM demo.visits
WHERE seen_on BETWEEN current_setting('rounds.as_of')::date - 15 AND current_setting('rounds.as_of')::date - 1
  AND (current_setting('rounds.hospitals')::jsonb = '[]'
       OR current_setting('rounds.hospitals')::jsonb ? lower(trim(hospital)))
ORDER BY visit_id";

const BY_DOCTOR: &str = r#"
title    = "Your visits"
cadence  = "weekly"
needs    = ["demo.visits"]
deliver  = ["email"]
attach   = ["csv"]
empty    = "skip"
each     = "group by doctor"
address  = "doctor_email"
headline = { Visits = "count" }
query    = "visits_of_doctors.sql"

[[sections]]
title = "By hospital"
query = "hospitals_of_doctors.sql"
"#;

const EXTRACT: &str = r#"
title      = "Extract"
cadence    = "daily"
needs      = ["demo.visits"]
deliver    = ["file"]
attach     = ["csv"]
empty      = "send"
headline   = { Visits = "count" }
pseudonyms = ["patient"]
sanitized  = true
"#;

const ROWS: &str = "
INSERT INTO demo.visits (visit_id, patient, mobile, doctor, doctor_email, hospital, seen_on, fee_inr) VALUES
    (1, 'p-ana',  '+351900000001', 'Haddad', 'haddad@clinic.example', ' North', '2026-11-18', 100.10),
    (2, 'p-ben',  '+351900000002', 'Li',     'li@clinic.example',     'South',  '2026-11-19', 200.20),
    (3, 'p-ana',  '+351900000001', 'Haddad', 'haddad@clinic.example', 'South',  '2026-11-20', 300.30),
    (4, NULL,     NULL,            'Nobody', NULL,                    'North',  '2026-11-20', NULL)";

/// The catalog's files, with the text of one query replaced.
pub(crate) fn catalog_with(path: &str, text: &str) -> Catalog {
    let extract = "SELECT visit_id, patient, hospital FROM demo.visits ORDER BY visit_id";
    let of_doctors = "SELECT visit_id, doctor, doctor_email, fee_inr FROM demo.visits ORDER BY visit_id";
    let hospitals =
        "SELECT doctor, hospital, count(*) AS visits FROM demo.visits GROUP BY doctor, hospital ORDER BY 2";
    let files = [
        ("demo/visits.toml", VISITS),
        ("demo/reports/seen.toml", SEEN),
        ("demo/reports/seen.sql", SEEN_ROWS),
        ("demo/reports/by_doctor.toml", BY_DOCTOR),
        ("demo/reports/visits_of_doctors.sql", of_doctors),
        ("demo/reports/hospitals_of_doctors.sql", hospitals),
        ("demo/reports/extract.toml", EXTRACT),
        ("demo/reports/extract.sql", extract),
        ("demo/views/numbers.sql", "-- Telephones.\nSELECT visit_id, mobile AS number FROM demo.visits"),
    ];
    let mut files: BTreeMap<String, String> =
        files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    files.insert(path.to_owned(), text.to_owned());
    Catalog::from_files(&Files(files)).unwrap()
}

pub(crate) fn catalog() -> Catalog {
    catalog_with("demo/reports/seen.sql", SEEN_ROWS)
}

/// A database with the catalog's tables and the clinic's rows.
pub(crate) async fn postgres(catalog: &Catalog) -> (Postgres, Client) {
    let postgres = crate::ledger().await;
    let mut client = postgres.connect("report").await;
    schema::apply(&mut client, catalog).await.unwrap();
    client.batch_execute(ROWS).await.unwrap();
    (postgres, client)
}

pub(crate) fn due<'a>(catalog: &'a Catalog, name: &str, as_of: Date) -> DueReport<'a> {
    DueReport::on(catalog.report(name).unwrap(), as_of).unwrap()
}

pub(crate) async fn snapshot(
    client: &mut Client,
    catalog: &Catalog,
    due: &DueReport<'_>,
) -> Result<Snapshot, Reason> {
    let pseudonyms = Pseudonyms::with_key(&"0f".repeat(16));
    let settings = Settings::default();
    let question = Question {
        catalog,
        due,
        settings: &settings,
        parameters: &Parameters::default(),
        pseudonyms: pseudonyms.as_ref(),
        max_rows: 100_000,
        slow: Duration::MAX,
    };
    query::snapshot(client, &question).await
}

/// A report of the clinic with another first query.
pub(crate) fn asking(report: &Report, sql: &str) -> Report {
    let mut report = report.clone();
    report.sections[0].query.sql = sql.to_owned();
    report
}

/// A column's values as machines write them.
pub(crate) fn column(table: &Table, name: &str) -> Vec<String> {
    let place = table.place(name).unwrap();
    table.rows.iter().map(|row| row[place].plain()).collect()
}

pub(crate) fn decimal(digits: &str) -> Value {
    Value::Decimal(digits.into())
}

/// Files in memory.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) Mutex<BTreeMap<String, Vec<u8>>>);

impl Memory {
    /// The only file with this extension.
    pub(crate) fn text(&self, extension: &str) -> Vec<String> {
        let files = self.0.lock().unwrap();
        let matching = files.iter().filter(|(key, _)| key.ends_with(extension));
        matching.map(|(_, content)| String::from_utf8(content.clone()).unwrap()).collect()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }
}

impl Lake for Memory {
    async fn keep(&self, file: &File, _: Option<SignedDuration>) -> Result<(), StorageError> {
        self.0.lock().unwrap().insert(file.key.clone(), file.content.clone());
        Ok(())
    }
}
