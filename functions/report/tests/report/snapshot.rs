//! A report's queries, on a real PostgreSQL.

use std::time::Duration;

use jiff::civil::{Date, date};
use rounds_report::due::DueReport;
use rounds_report::error::Reason;
use rounds_report::query::pseudonym::Pseudonyms;
use rounds_report::query::settings::Settings;
use rounds_report::query::table::{Kind, Value};
use rounds_report::query::{self, Question, Snapshot};
use rounds_shared::catalog::{Catalog, Chart, ChartKind, Headline, Measure, Query, Report};
use rounds_shared::payload::Parameters;
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

use crate::clinic::{self, asking, catalog_with, column, decimal, due, snapshot};

const AS_OF: Date = date(2026, 11, 21);

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
        VALUES ('healthtech.appointments', 'b0', 'landing', 'healthtech/a.xlsx', '', '2026-11-20 07:00Z', '', now()),
               ('healthtech.appointments', 'b1', 'landing', 'healthtech/a.xlsx', '', '2026-11-21 07:41Z', '', now());
";

pub(crate) async fn healthtech() -> (Postgres, Client, Catalog) {
    let catalog = Catalog::open(None).unwrap();
    let postgres = crate::ledger().await;
    let client = postgres.connect("report").await;
    client.batch_execute(ROWS).await.unwrap();
    for view in catalog.views.iter().filter(|view| view.name.starts_with("healthtech.")) {
        client.batch_execute(&format!("CREATE VIEW {} AS {}", view.name, view.query)).await.unwrap();
    }
    (postgres, client, catalog)
}

async fn asked(
    client: &mut Client,
    catalog: &Catalog,
    report: &Report,
    max_rows: usize,
) -> Result<Snapshot, Reason> {
    let due = DueReport::after(report, AS_OF, 12);
    let settings = Settings::default();
    let question = Question {
        catalog,
        due: &due,
        settings: &settings,
        parameters: &Parameters::default(),
        pseudonyms: None,
        max_rows,
        slow: Duration::MAX,
    };
    query::snapshot(client, &question).await
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[tokio::test]
async fn the_summary_answers_the_clinics_questions() {
    let (_postgres, mut client, catalog) = healthtech().await;
    let summary = catalog.report("healthtech.summary").unwrap();
    let snapshot = asked(&mut client, &catalog, summary, 100).await.ok().unwrap();

    let headline = snapshot.headline.unwrap();
    let names: Vec<&str> = headline.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["Confirmed", "Cancelled", "Confirmation rate", "Most confirmed"]);
    let figures = [Value::Integer(4), Value::Integer(2), decimal("0.6667"), text("Amira Haddad (2)")];
    assert!(headline.rows[0][..] == figures);

    let [by_doctor, by_day, by_patient] = snapshot.sections.try_into().ok().unwrap();
    let first = [
        text("Amira Haddad"),
        text("Cardiology"),
        Value::Integer(1),
        Value::Integer(2),
        Value::Integer(1),
        decimal("0.6667"),
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
    assert_eq!(
        sources[0].dropped_at().unwrap().to_string(),
        "2026-11-21T07:41:00Z",
        "the latest drop of what stands"
    );
    assert_eq!(sources[0].rejected, 3);
    assert_eq!(sources[1].dropped_at(), None, "doctors were never loaded");
}

#[tokio::test]
async fn a_report_cannot_write_and_knows_its_bounds() {
    let (_postgres, mut client, catalog) = healthtech().await;
    let mut report = catalog.report("healthtech.summary").unwrap().clone();
    let error = asked(&mut client, &catalog, &report, 2).await.err().unwrap().to_string();
    assert!(error.contains("“By doctor” has more than 2 rows"), "{error}");

    let wrong = [
        ("SELECT nextval('pg_catalog.nothing') AS rows", "42P01"),
        ("WITH gone AS (DELETE FROM healthtech.doctors RETURNING 1) SELECT 1 AS rows", "25006"),
        ("SELECT 1 AS rows; COMMIT; DELETE FROM healthtech.doctors", "42601"),
    ];
    for (sql, code) in wrong {
        let query = Query { file: "healthtech/reports/wrong.sql".to_owned(), sql: sql.to_owned() };
        report.headline = Headline::Query(query);
        let error = asked(&mut client, &catalog, &report, 100).await.err().unwrap().to_string();
        assert!(error.contains("wrong.sql") && error.contains(code), "{error}");
    }
    let doctors = client.query_one("SELECT count(*) FROM healthtech.doctors", &[]).await.unwrap();
    assert_eq!(doctors.get::<_, i64>(0), 4);
}

#[tokio::test]
async fn queries_see_the_day_the_period_and_the_settings() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let report = asking(
        catalog.report("demo.by_doctor").unwrap(),
        "SELECT current_setting('rounds.as_of')::date AS visit_id, current_setting('rounds.period_first')::date AS doctor, \
         current_setting('rounds.period_last')::date AS doctor_email",
    );
    let due = DueReport::on(&report, AS_OF).unwrap();
    let seen = snapshot(&mut client, &catalog, &due).await.ok().unwrap();
    let days = [AS_OF, date(2026, 11, 9), date(2026, 11, 15)].map(Value::Date);
    assert!(seen.sections[0].rows[0][..] == days);
}

#[tokio::test]
async fn a_list_of_the_deployment_narrows_a_report_and_an_empty_one_means_all() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let due = due(&catalog, "demo.seen", AS_OF);
    for (set, expected) in [
        ("{}", &["1", "2", "3", "4"][..]),
        (r#"{"demo.seen": {"hospitals": ["NORTH "]}}"#, &["1", "4"]),
        (r#"{"demo.seen": {"hospitals": ["north", "South"]}}"#, &["1", "2", "3", "4"]),
        (r#"{"demo.seen": {"hospitals": ["none of these', '"]}}"#, &[]),
    ] {
        let settings = Settings::read(set, &catalog).unwrap();
        let question = Question {
            catalog: &catalog,
            due: &due,
            settings: &settings,
            parameters: &Parameters::default(),
            pseudonyms: None,
            max_rows: 100,
            slow: Duration::MAX,
        };
        let seen = query::snapshot(&mut client, &question).await.ok().unwrap();
        assert_eq!(column(&seen.sections[0], "visit_id"), expected, "{set}");
    }
}

#[tokio::test]
async fn pseudonyms_take_the_place_of_names_and_are_the_same_in_every_run() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let mut runs = Vec::new();
    for day in [AS_OF, date(2026, 12, 1)] {
        let due = due(&catalog, "demo.extract", day);
        let seen = snapshot(&mut client, &catalog, &due).await.ok().unwrap();
        assert_eq!(seen.sections[0].columns[1].kind, Kind::Text);
        runs.push(column(&seen.sections[0], "patient"));
    }
    assert_eq!(runs[0], runs[1]);
    let ana = Pseudonyms::with_key(&"0f".repeat(16)).unwrap().replace("p-ana");
    assert_eq!([&runs[0][0], &runs[0][2], &runs[0][3]], [&ana, &ana, ""], "nobody stays nobody");
    assert_ne!(runs[0][0], runs[0][1]);
}

#[tokio::test]
async fn without_a_key_no_row_of_a_report_with_pseudonyms_is_read() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let report = catalog.report("demo.extract").unwrap();
    let error = asked(&mut client, &catalog, report, 100).await.err().unwrap();
    assert!(matches!(error, Reason::NoPseudonyms), "{error}");
}

#[tokio::test]
async fn a_sanitized_report_shows_no_column_of_patients_data_also_through_views() {
    let leaks = [
        ("SELECT visit_id, patient, mobile AS note FROM demo.visits", "`note`", "demo.visits.mobile"),
        ("SELECT visit_id, patient, patient AS who FROM demo.visits", "`who`", "demo.visits.patient"),
        (
            "SELECT v.visit_id, v.patient, n.number FROM demo.visits v JOIN demo.numbers n USING (visit_id)",
            "`number`",
            "demo.visits.mobile",
        ),
        (
            "WITH calls AS (SELECT * FROM demo.visits) SELECT visit_id, patient, mobile FROM calls",
            "`mobile`",
            "demo.visits.mobile",
        ),
        ("SELECT v AS patient_row, patient FROM demo.visits v", "`patient_row`", "demo.visits."),
    ];
    for (query, shown, origin) in leaks {
        let catalog = catalog_with("demo/reports/extract.sql", query);
        let (_postgres, mut client) = clinic::postgres(&catalog).await;
        let error = snapshot(&mut client, &catalog, &due(&catalog, "demo.extract", AS_OF)).await;
        let error = error.err().unwrap().to_string();
        assert!(error.contains(shown) && error.contains(origin), "{error}");
    }
}

#[tokio::test]
async fn a_sanitized_report_draws_no_column_of_patients_data_either() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let mut report = catalog.report("demo.extract").unwrap().clone();
    let sql = "SELECT mobile AS caller, count(*) AS calls FROM demo.visits GROUP BY mobile".to_owned();
    report.sections[0].chart = Some(Chart {
        title: "Calls".to_owned(),
        kind: ChartKind::Bar,
        query: Some(Query { file: "demo/reports/calls.sql".to_owned(), sql }),
        x: "caller".to_owned(),
        y: Measure::Sum("calls".to_owned()),
        series: None,
    });
    let due = DueReport::on(&report, AS_OF).unwrap();
    let error = snapshot(&mut client, &catalog, &due).await.err().unwrap().to_string();
    assert!(error.contains("`caller`") && error.contains("demo.visits.mobile"), "{error}");
}

#[tokio::test]
async fn a_column_that_the_file_asks_for_and_the_query_does_not_give_is_named_before_rows_are_read() {
    let catalog =
        catalog_with("demo/reports/seen.sql", "SELECT visit_id AS visit, 1/0 AS fee_inr FROM demo.visits");
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let error = snapshot(&mut client, &catalog, &due(&catalog, "demo.seen", AS_OF)).await.err().unwrap();
    let error = error.to_string();
    assert!(error.contains("once_per") && error.contains("`visit_id`"), "{error}");
}
