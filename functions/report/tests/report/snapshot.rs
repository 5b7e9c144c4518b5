//! The queries of the catalog's own reports, on a real PostgreSQL.

use jiff::civil::date;
use rounds_report::query;
use rounds_report::table::{Kind, Value};
use rounds_shared::catalog::Catalog;
use tokio_postgres::Client;

use crate::sample::{self, AS_OF, text};
use rounds_testkit::postgres::Postgres;

const ROWS: &str = "
    CREATE SCHEMA healthtech;
    CREATE TABLE healthtech.doctors (doctor_id integer PRIMARY KEY, name text NOT NULL, specialty text);
    CREATE TABLE healthtech.appointments (booking_id bigint PRIMARY KEY, patient_id bigint NOT NULL,
        doctor_id integer NOT NULL, booking_date date NOT NULL, status text NOT NULL);
    INSERT INTO healthtech.doctors VALUES
        (1, 'Amira Haddad', 'Cardiology'), (2, 'Li Wei', NULL), (9, 'Unknown', 'Unknown'), (10, 'Noor Rahman', NULL);
    INSERT INTO healthtech.appointments VALUES
        (1, 70, 1, '2026-11-20', 'confirmed'), (2, 70, 1, '2026-11-19', 'confirmed'),
        (3, 71, 1, '2026-11-20', 'cancelled'), (4, 72, 2, '2355-01-02', 'confirmed'),
        (5, 73, 9, '2026-11-22', 'cancelled'), (6, 70, 9, '2026-11-21', 'confirmed');
    INSERT INTO ops.drop (bucket, key, version, dropped_at, sequencer, status)
        VALUES ('landing', 'healthtech/a.xlsx', '', now(), '', 'loaded');
    INSERT INTO ops.batch (batch, dataset, contract, read, loaded, rejected, superseded, held, status)
        VALUES ('b1', 'healthtech.appointments', 'c', 9, 6, 3, 0, 0, 'loaded'),
               ('b0', 'healthtech.appointments', 'c', 9, 2, 7, 0, 0, 'loaded');
    INSERT INTO ops.load (dataset, batch, bucket, key, version, dropped_at, sequencer, loaded_at)
        VALUES ('healthtech.appointments', 'b0', 'landing', 'healthtech/a.xlsx', '', now(), '', '2026-11-20 07:00Z'),
               ('healthtech.appointments', 'b1', 'landing', 'healthtech/a.xlsx', '', now(), '', '2026-11-21 07:41Z');
";

async fn clinic(catalog: &Catalog) -> (Postgres, Client) {
    let postgres = crate::ledger().await;
    let client = postgres.connect("report").await;
    client.batch_execute(ROWS).await.unwrap();
    for view in &catalog.views {
        client.batch_execute(&format!("CREATE VIEW {} AS {}", view.name, view.query)).await.unwrap();
    }
    (postgres, client)
}

#[tokio::test]
async fn the_summary_answers_the_clinics_questions() {
    let catalog = sample::catalog();
    let (_postgres, mut client) = clinic(&catalog).await;
    let snapshot = query::snapshot(&mut client, sample::summary(&catalog), AS_OF, 100).await.unwrap();

    let headline: Vec<String> =
        snapshot.headline.iter().map(|f| format!("{}: {}", f.name, f.value)).collect();
    assert_eq!(
        headline,
        ["Confirmed: 4", "Cancelled: 2", "Confirmation rate: 66.7 %", "Most confirmed: Amira Haddad (2)"]
    );

    let [by_doctor, by_day, by_patient] = snapshot.sections.try_into().ok().unwrap();
    let first = [
        text("Amira Haddad"),
        text("Cardiology"),
        Value::Integer(1),
        Value::Integer(2),
        Value::Integer(1),
        Value::Decimal("0.6667".into()),
    ];
    assert!(by_doctor.rows[0][..] == first);
    assert!(by_doctor.rows[2][1] == Value::Null, "a placeholder has no specialty to show");
    assert_eq!(by_doctor.rows.len(), 3, "a doctor without appointments is not in the way");
    assert_eq!(by_doctor.columns[5].kind, Kind::Share);

    let days = by_day.rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let expected =
        [date(2026, 11, 21), date(2026, 11, 20), date(2026, 11, 19), date(2026, 11, 22), date(2355, 1, 2)];
    assert!(days == expected.map(Value::Date), "the report's day leads, days to come follow");
    assert!(by_patient.rows[0][0] == Value::Integer(70));

    let sources = snapshot.sources;
    assert_eq!(sources[0].loaded_at.unwrap().to_string(), "2026-11-21T07:41:00Z", "the latest load");
    assert_eq!(sources[0].rejected, 3);
    assert_eq!(sources[1].loaded_at, None, "doctors were never loaded");
}

#[tokio::test]
async fn a_report_cannot_write_and_knows_its_bounds() {
    let catalog = sample::catalog();
    let (_postgres, mut client) = clinic(&catalog).await;
    let mut report = sample::summary(&catalog).clone();

    let error = query::snapshot(&mut client, &report, AS_OF, 2).await.err().unwrap();
    assert!(error.to_string().contains("more than 2 rows"), "{error}");

    report.headline = "SELECT 'Rows' AS figure, nextval('pg_catalog.nothing')::text AS value".to_owned();
    assert!(query::snapshot(&mut client, &report, AS_OF, 100).await.is_err());
    report.headline = "WITH gone AS (DELETE FROM healthtech.doctors RETURNING 1) SELECT 'a', 'b'".to_owned();
    let error = query::snapshot(&mut client, &report, AS_OF, 100).await.err().unwrap();
    assert!(error.to_string().contains("25006"), "read-only transaction: {error}");
    report.headline = "SELECT 'a', 'b'; COMMIT; DELETE FROM healthtech.doctors".to_owned();
    let error = query::snapshot(&mut client, &report, AS_OF, 100).await.err().unwrap();
    assert!(error.to_string().contains("42601"), "one statement only: {error}");
    report.headline = "SELECT 'a' AS figure, NULL AS value".to_owned();
    let error = query::snapshot(&mut client, &report, AS_OF, 100).await.err().unwrap();
    assert!(error.to_string().contains("headline"), "{error}");

    let doctors = client.query_one("SELECT count(*) FROM healthtech.doctors", &[]).await.unwrap();
    assert_eq!(doctors.get::<_, i64>(0), 4);
}
