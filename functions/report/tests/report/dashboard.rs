//! Dashboards of a made-up clinic: counted by a real PostgreSQL, published through a server that stands in for S3.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use rounds_report::dashboard::board::Board;
use rounds_report::dashboard::{self, page};
use rounds_report::error::{Error, Reason};
use rounds_report::handler::handle;
use rounds_shared::catalog::{Catalog, Files};
use rounds_shared::digest::sha256_hex;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::payload::{Due, LoadRef, ReportReceipt, ReportRequest, ReportResponse};
use rounds_shared::schema;
use serde_json::{Value, json};

use crate::handler::Stage;
use crate::plan;

const AS_OF: Date = date(2026, 11, 21);

const VISITS: &str = r#"
title = "Visits"
table = "demo.visits"
load  = "replace"
match = { prefix = "demo/" }

[columns]
patient  = { type = "text", phi = true }
doctor   = { type = "text" }
hospital = { type = "text" }
reason   = { type = "text" }
seen_on  = { type = "date" }
is_late  = { type = "boolean" }
"#;

const BOARD: &str = r#"
title     = "The clinic"
needs     = ["demo.visits"]
fresh_for = "36 hours"

[[tabs]]
title    = "Visits"
query    = "visits.sql"
person   = "patient"
measures = { Visits = "count", Patients = "people", Doctors = "distinct(doctor)", Late = "share(is_late)" }
filters  = { Hospital = "hospital", Year = "year" }

[[tabs.charts]]
title  = "By day"
kind   = "line"
x      = "seen_on"
y      = "Visits"
series = "hospital"

[[tabs.charts]]
title = "Reasons"
kind  = "bar"
x     = "reason"
y     = "Visits"

[[tabs]]
title    = "Doctors"
query    = "visits.sql"
person   = "patient"
measures = { Patients = "people", Late = "share(is_late)" }

[[tabs.charts]]
title   = "All doctors"
kind    = "table"
x       = "doctor"
details = ["hospital_of_doctor"]
"#;

const QUERY: &str = "
SELECT patient, doctor, hospital, reason, seen_on, extract(year FROM seen_on) AS year, is_late,
       upper(doctor) AS hospital_of_doctor
FROM demo.visits -- every one";

/// 4,000 visits of 500 patients: three hospitals, one of few people, and none; more reasons than there are bars, one of one
/// person; 150 days.
const ROWS: &str = "
INSERT INTO demo.visits (patient, doctor, hospital, reason, seen_on, is_late)
SELECT 'p' || n % 500,
       CASE WHEN n % 500 = 7 THEN 'Li' WHEN n % 2 = 0 THEN 'Haddad' ELSE 'Rao' END,
       CASE WHEN n % 500 < 3 THEN 'Small' WHEN n % 10 = 9 THEN NULL WHEN n % 3 = 0 THEN 'North' ELSE 'South' END,
       CASE WHEN n = 11 THEN 'Ana''s own reason' WHEN n % 3 = 1 THEN 'Fever' ELSE 'Reason ' || n % 50 END,
       date '2026-11-20' - n % 150,
       CASE WHEN n % 4 <> 0 THEN n % 3 = 0 END
FROM generate_series(1, 4000) AS n";

async fn stage(board: &str, query: &str) -> Stage {
    let files = [
        ("demo/visits.toml", VISITS),
        ("demo/dashboards/clinic.toml", board),
        ("demo/dashboards/visits.sql", query),
    ];
    let files: BTreeMap<String, String> =
        files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let catalog = Catalog::from_files(&Files(files)).unwrap();
    let postgres = crate::ledger().await;
    let mut client = postgres.connect("report").await;
    schema::apply(&mut client, &catalog).await.unwrap();
    client.batch_execute(ROWS).await.unwrap();
    Stage::of(postgres, client, catalog).await
}

/// The board of the only dashboard, as the page reads it.
async fn board(stage: &mut Stage) -> Result<Value, Reason> {
    let (board, facts) = read(stage).await?;
    assert_eq!(facts, 4_000);
    Ok(serde_json::to_value(board).unwrap())
}

async fn read(stage: &mut Stage) -> Result<(Board, u64), Reason> {
    let dashboard = stage.context.catalog.dashboards.first().unwrap();
    dashboard::read(&stage.context, &mut stage.client, dashboard, AS_OF, 0).await
}

async fn loaded(stage: &Stage, dataset: &str, load: i64) -> Result<Vec<ReportReceipt>, Error> {
    let load = LoadRef { dataset: dataset.to_owned(), batch: "0".repeat(32), load };
    let due = ReportRequest::Due(Due::AfterLoad { as_of: AS_OF, loads: vec![load] });
    match handle(&stage.context, due, Timestamp::MAX).await? {
        ReportResponse::Delivered { reports } => Ok(reports),
        _ => panic!("dashboards were published"),
    }
}

/// Whether a fact is of a group: the condition for a value of a column.
fn is(column: &str, dimension: &Value, place: &Value) -> String {
    match place.as_i64().unwrap() {
        -1 => "true".to_owned(),
        place => match &dimension["values"][usize::try_from(place).unwrap()] {
            Value::String(value) => format!("{column}::text = '{}'", value.replace('\'', "''")),
            _ => format!("{column} IS NULL"),
        },
    }
}

/// The measures of the first tab where this holds, by a query of their own.
async fn measured(stage: &Stage, holds: &str) -> Vec<Value> {
    let query = format!(
        "SELECT count(*), count(DISTINCT patient), count(DISTINCT doctor),
                round(avg(is_late::int), 4)::float8
         FROM ({QUERY}\n) AS facts WHERE {holds}"
    );
    let row = stage.client.query_one(&query, &[]).await.unwrap();
    let counts = (0..3).map(|place| json!(row.get::<_, i64>(place)));
    counts.chain([json!(row.get::<_, Option<f64>>(3))]).collect()
}

#[tokio::test]
async fn each_cell_is_what_a_query_of_its_own_counts_or_left_out() {
    let mut stage = stage(BOARD, QUERY).await;
    let board = board(&mut stage).await.unwrap();
    let tab = &board["tabs"][0];
    assert_eq!(tab["filters"][0]["values"], json!(["North", "South", null, "Others"]));
    let columns = ["hospital", "year", "seen_on", "hospital"];
    let (line, filters) = (&tab["charts"][0], &tab["filters"]);
    let dimensions = [&filters[0], &filters[1], &line["x"], &line["series"]];
    let mut compared = 0;
    let cells = tab["figures"].as_array().unwrap().iter().chain(line["cells"].as_array().unwrap());
    for cell in cells.step_by(7) {
        let cell = cell.as_array().unwrap();
        let (places, values) = cell.split_at(cell.len() - 4);
        let of_others = places.iter().zip(dimensions).any(|(place, dimension)| {
            place
                .as_u64()
                .is_some_and(|place| dimension["values"][usize::try_from(place).unwrap()] == "Others")
        });
        if of_others {
            continue;
        }
        let holds = places.iter().zip(dimensions).zip(columns);
        let holds: Vec<String> =
            holds.map(|((place, dimension), column)| is(column, dimension, place)).collect();
        let expected = measured(&stage, &holds.join(" AND ")).await;
        for (value, expected) in values.iter().zip(&expected) {
            if !value.is_null() {
                assert_eq!(value, expected, "{holds:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared} compared");
    assert!(line["withheld"].as_array().unwrap().contains(&json!([-1, -1])), "days of few people");
}

#[tokio::test]
async fn dimensions_are_bounded_and_what_few_people_have_is_among_the_others() {
    let mut stage = stage(BOARD, QUERY).await;
    let board = board(&mut stage).await.unwrap();
    let [line, bar] = [&board["tabs"][0]["charts"][0], &board["tabs"][0]["charts"][1]];
    let days = line["x"]["values"].as_array().unwrap();
    assert_eq!((days.len(), &days[0], &days[119]), (120, &json!("2026-07-24"), &json!("2026-11-20")));
    let reasons = bar["x"]["values"].as_array().unwrap();
    assert_eq!(
        (reasons.len(), &reasons[0], reasons.last().unwrap()),
        (41, &json!("Fever"), &json!("Others"))
    );
    let table = &board["tabs"][1]["charts"][0];
    assert_eq!(table["x"]["values"], json!(["Haddad", "Rao", "Others"]));
    assert_eq!(
        table["x"]["details"][0],
        json!({"title": "Hospital of doctor", "values": ["HADDAD", "RAO", ""]})
    );
    assert!(table["cells"].as_array().unwrap().iter().all(|cell| cell[0] != 2), "Li has one patient");
    assert_eq!(table["withheld"], json!([[]]), "in the one choice of no filters");
    let told = board.to_string();
    for hidden in ["Ana's own reason", "Small", "\"Li\"", "p7"] {
        assert!(!told.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn with_too_many_groups_fewer_values_stand_by_themselves() {
    let filtered = BOARD.replace("Year = \"year\"", "Reason = \"reason\"");
    let mut stage = stage(&filtered, QUERY).await;
    let many = "DELETE FROM demo.visits;
                INSERT INTO demo.visits (patient, doctor, hospital, reason, seen_on, is_late)
                SELECT 'p' || n % 3000, 'Rao', 'Hospital ' || n % 28, 'Reason ' || n / 7 % 39,
                       date '2026-11-20' - n / 3 % 110, n % 5 = 0
                FROM generate_series(1, 60000) AS n";
    stage.client.batch_execute(many).await.unwrap();
    let (board, _) = read(&mut stage).await.ok().unwrap();
    let board = serde_json::to_value(board).unwrap();
    let tab = &board["tabs"][0];
    let number = |values: &Value| values.as_array().unwrap().len();
    assert_eq!(number(&tab["filters"][0]["values"]), 16, "half of 30, and the others");
    assert_eq!(number(&tab["charts"][0]["x"]["values"]), 60);
    let cells = number(&tab["charts"][0]["cells"]);
    assert!((1_000..40_000).contains(&cells), "{cells} cells");
}

#[tokio::test]
async fn a_page_that_would_be_too_large_has_fewer_values() {
    // Texts that do not get shorter when they are packed: 1,000 doctors, each with twelve of them.
    let text = |number: usize| format!("md5(doctor || {number}) || md5(doctor || -{number}) AS d{number}");
    let texts: Vec<String> = (1..=12).map(text).collect();
    let query = format!("SELECT facts.*, {} FROM ({QUERY}\n) AS facts", texts.join(", "));
    let details: Vec<String> = (1..=12).map(|number| format!("\"d{number}\"")).collect();
    let board = BOARD.replace("\"hospital_of_doctor\"", &details.join(", "));
    let mut stage = stage(&board, &query).await;
    let many = "DELETE FROM demo.visits;
                INSERT INTO demo.visits (patient, doctor, hospital, reason, seen_on, is_late)
                SELECT 'p' || n, md5((n % 1000)::text), 'North', 'Fever', '2026-11-20', true
                FROM generate_series(1, 6000) AS n";
    stage.client.batch_execute(many).await.unwrap();
    let receipts = loaded(&stage, "demo.visits", 1).await.unwrap();
    assert_eq!((receipts.len(), receipts[0].rows), (1, 6_000));
    let (whole, _) = read(&mut stage).await.ok().unwrap();
    assert!(page::render(&whole).ok().unwrap().len() > 1_000_000);
    let pages = stage.requests("PUT /lake/dashboards/demo/clinic.html");
    let (_, page) = pages[0].split_once("\r\n\r\n").unwrap();
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

#[tokio::test]
async fn an_older_run_done_again_does_not_take_the_page_back_to_its_day() {
    let stage = stage(BOARD, QUERY).await;
    for (dropped_at, day) in [("2026-11-21T07:00:00Z", "2026-11-21"), ("2026-11-24T07:00:00Z", "2026-11-24")]
    {
        plan::load(&stage.client, "demo.visits", dropped_at).await;
        loaded(&stage, "demo.visits", 1).await.unwrap();
        let page = stage.requests("PUT /lake/dashboards/demo/clinic.html").pop().unwrap();
        assert!(page.contains(&format!("<time datetime=\"{day}\">")), "{day}");
    }
}

#[tokio::test]
async fn a_load_of_what_it_needs_publishes_the_page_over_the_one_before() {
    let stage = stage(BOARD, QUERY).await;
    assert!(loaded(&stage, "demo.others", 7).await.unwrap().is_empty());
    for load in [8, 8, 9] {
        let receipts = loaded(&stage, "demo.visits", load).await.unwrap();
        let [receipt] = receipts.as_slice() else { panic!("one dashboard") };
        assert_eq!(
            (receipt.report.as_str(), receipt.period.as_str(), receipt.rows),
            ("demo.clinic", &*format!("load-{load}"), 4_000)
        );
        assert_eq!(receipt.objects, ["dashboards/demo/clinic.html"]);
    }
    let pages = stage.requests("PUT /lake/dashboards/demo/clinic.html");
    assert_eq!(pages.len(), 3);
    let (head, page) = pages[0].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("cache-control: private, max-age=300"), "{head}");
    assert!(head.contains("content-type: text/html; charset=utf-8"), "{head}");
    assert!(page.contains("The clinic") && page.len() < dashboard::PAGE_BYTES);
}

#[tokio::test]
async fn of_two_runs_at_once_the_one_that_reads_later_writes_later() {
    let stage = stage(BOARD, QUERY).await;
    let lock = sha256_hex(b"delivery\0demo.clinic\0dashboards/demo/clinic.html");
    let key = u64::from_str_radix(&lock[..16], 16).unwrap().cast_signed();
    let other = stage.context.database.connect().await.unwrap();
    other.query_one("SELECT pg_advisory_lock($1)::text", &[&key]).await.unwrap();
    let run = loaded(&stage, "demo.visits", 2);
    let first_ends = async {
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        while other.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        stage.client.batch_execute("DELETE FROM demo.visits WHERE hospital = 'North'").await.unwrap();
        assert!(stage.requests("PUT ").is_empty());
        drop(other);
    };
    let (receipts, ()) = tokio::join!(run, first_ends);
    let left = stage.client.query_one("SELECT count(*) FROM demo.visits", &[]).await.unwrap();
    let left = u64::try_from(left.get::<_, i64>(0)).unwrap();
    assert!(left < 4_000);
    assert_eq!(receipts.unwrap()[0].rows, left, "it read after it had waited");
}

#[tokio::test]
async fn a_dashboard_of_patients_data_is_not_published() {
    let named = BOARD.replace("x     = \"reason\"", "x     = \"patient\"");
    let stage = stage(&named, QUERY).await;
    let refused = loaded(&stage, "demo.visits", 1).await.unwrap_err();
    assert_eq!(refused.name(), Name::Catalog);
    let told = refused.to_string();
    assert!(
        told.starts_with(
            "report demo.clinic: `x` of the tab “Visits”: `patient` in demo/dashboards/visits.sql"
        ),
        "{told}"
    );
    assert!(stage.requests("PUT ").is_empty());
}

#[tokio::test]
async fn a_dashboard_without_facts_is_empty_and_says_until_when_it_is_fresh() {
    let mut stage = stage(BOARD, QUERY).await;
    stage.client.batch_execute("DELETE FROM demo.visits").await.unwrap();
    let (board, facts) = read(&mut stage).await.ok().unwrap();
    assert_eq!((facts, board.expires_at.duration_since(board.published_at).as_hours()), (0, 36));
    let board = serde_json::to_value(board).unwrap();
    assert_eq!(board["sources"], json!([{"title": "Visits", "dropped_at": null}]));
    assert_eq!(
        (&board["tabs"][0]["figures"], &board["tabs"][0]["charts"][0]["cells"]),
        (&json!([]), &json!([]))
    );
}
