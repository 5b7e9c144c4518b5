use std::path::Path;

use rounds_shared::catalog::Mistakes;
use rounds_testkit::postgres::Postgres;

use super::*;

const VISITS: &str = r#"
title = "Visits"
table = "demo.visits"
match = { prefix = "demo/" }
load  = "merge"
key   = ["visit_id"]

[columns]
visit_id = { type = "bigint" }
patient  = { type = "text", phi = true }
mobile   = { type = "text", phi = true }
hospital = { type = "text" }
seen_on  = { type = "date" }
fee      = { type = "decimal(9,2)" }
"#;

/// What the trial says of a catalog: the visits, and these files.
async fn told(files: &[(&str, &str)]) -> String {
    let files = [("demo/visits.toml", VISITS)].into_iter().chain(files.iter().copied());
    let files = Files(files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect());
    let catalog = Catalog::from_files(&files).unwrap();
    let postgres = Postgres::start();
    Mistakes(mistakes(&mut postgres.connect("trial").await, &files, &catalog).await.unwrap()).to_string()
}

/// A report's file, with these keys besides those that every one has.
fn report(keys: &str) -> String {
    format!(
        "title = \"Visits\"\ncadence = \"daily\"\nneeds = [\"demo.visits\"]\ndeliver = [\"file\"]\nempty = \"send\"\n{keys}"
    )
}

#[tokio::test]
async fn every_mistake_in_sql_is_told_with_its_line() {
    let fine = report("headline = { Visits = \"count\" }\n");
    let told = told(&[
        (
            "demo/views/by_day.sql",
            "-- Visits by day\nSELECT seen_on,\n       count(*) AS visits\nFROM demo.vists\n",
        ),
        ("demo/views/twice.sql", "SELECT fee, fee FROM demo.visits"),
        ("demo/views/week.sql", "SELECT * FROM demo.by_day"),
        ("demo/reports/column.toml", &fine),
        ("demo/reports/column.sql", "\n\n-- ₹\nSELECT hospitl FROM demo.visits"),
        ("demo/reports/stranger.toml", &fine),
        ("demo/reports/stranger.sql", "SELECT visit_id,\n       ward\nFROM demo.visits;"),
        ("demo/reports/syntax.toml", &fine),
        ("demo/reports/syntax.sql", "SELECT fee\nFORM demo.visits\n"),
        ("demo/reports/types.toml", &fine),
        ("demo/reports/types.sql", "SELECT hospital + fee AS sum FROM demo.visits"),
        ("demo/reports/two.toml", &fine),
        ("demo/reports/two.sql", "SELECT 1; SELECT 2"),
        ("demo/reports/day.toml", &fine),
        ("demo/reports/day.sql", "SELECT fee FROM demo.visits WHERE seen_on = $1"),
        (
            "demo/reports/within.toml",
            &format!("{fine}sql = '''\nSELECT fee, -- ₹\n       ward\nFROM demo.visits\n'''\n"),
        ),
        ("demo/reports/none.toml", &fine),
        ("demo/reports/none.sql", "DELETE FROM demo.visits"),
        ("demo/reports/of_view.toml", &fine),
        ("demo/reports/of_view.sql", "SELECT visitors FROM demo.by_day"),
    ])
    .await;
    insta::assert_snapshot!(told, @r#"
    demo/reports/column.sql:4: column "hospitl" does not exist. Perhaps you meant to reference the column "visits.hospital"
    demo/reports/day.sql:1: nobody gives `$1` a value: the day is current_setting('rounds.as_of')::date
    demo/reports/none.sql:1: it gives no columns: write one SELECT here
    demo/reports/stranger.sql:2: column "ward" does not exist; a table has the columns of its dataset's file, a view those of its query
    demo/reports/syntax.sql:2: syntax error at or near "demo"; look there, and at what stands before it
    demo/reports/two.sql:1: cannot insert multiple commands into a prepared statement; write one SELECT here
    demo/reports/types.sql:1: operator does not exist: text + numeric. No operator matches the given name and argument types. You might need to add explicit type casts
    demo/reports/within.toml:9: column "ward" does not exist; a table has the columns of its dataset's file, a view those of its query
    demo/views/by_day.sql:4: relation "demo.vists" does not exist; did you mean `demo.visits`?
    demo/views/twice.sql:1: column "fee" specified more than once; give one of them another name with AS
    "#);
}

#[tokio::test]
async fn a_report_names_columns_that_its_queries_give() {
    let told = told(&[
        (
            "demo/reports/revenue.toml",
            &report(
                "headline = { \"At risk\" = \"sum(hospital)\" }\nbar = \"fees\"\n\
                 [chart]\ntitle = \"By day\"\nkind = \"line\"\nquery = \"by_day.sql\"\nx = \"day\"\ny = \"count\"\n",
            ),
        ),
        ("demo/reports/revenue.sql", "SELECT hospital, sum(fee) AS fee FROM demo.visits GROUP BY hospital"),
        ("demo/reports/by_day.sql", "SELECT seen_on FROM demo.visits"),
    ])
    .await;
    insta::assert_snapshot!(told, @r#"
    demo/reports/revenue.toml:6: `headline`: `hospital` is no number in demo/reports/revenue.sql; name a column that is one, or make it one there
    demo/reports/revenue.toml:7: `bar`: demo/reports/revenue.sql gives no column `fees`; did you mean `fee`?
    demo/reports/revenue.toml:12: `x`: demo/reports/by_day.sql gives no column `day`; known are: seen_on
    "#);
}

#[tokio::test]
async fn patient_data_stays_out_of_a_sanitized_report_also_where_it_passes_through_views() {
    let sanitized =
        report("headline = { Visits = \"count\" }\nsanitized = true\npseudonyms = [\"patient\"]\n");
    let told = told(&[
        ("demo/views/first.sql", "SELECT hospital, mobile AS telephone FROM demo.visits"),
        ("demo/views/second.sql", "SELECT telephone AS number, hospital FROM demo.first"),
        ("demo/reports/open.toml", &report("headline = { Visits = \"count\" }\n")),
        ("demo/reports/open.sql", "SELECT patient, mobile FROM demo.visits"),
        ("demo/reports/plain.toml", &sanitized),
        ("demo/reports/plain.sql", "SELECT patient, hospital, fee FROM demo.visits"),
        ("demo/reports/row.toml", &sanitized),
        ("demo/reports/row.sql", "SELECT patient, v AS visit, mobile FROM demo.visits v"),
        ("demo/reports/through.toml", &sanitized),
        (
            "demo/reports/through.sql",
            "WITH calls AS (SELECT number AS line FROM demo.second) \
             SELECT patient, c.line FROM calls c JOIN demo.visits v ON v.mobile = c.line",
        ),
    ])
    .await;
    insta::assert_snapshot!(told, @r#"
    demo/reports/row.toml:7: `sanitized`: `visit` in demo/reports/row.sql is patient data (demo.visits.patient); leave it out, or name it in `pseudonyms`
    demo/reports/row.toml:7: `sanitized`: `mobile` in demo/reports/row.sql is patient data (demo.visits.mobile); leave it out, or name it in `pseudonyms`
    demo/reports/through.toml:7: `sanitized`: `line` in demo/reports/through.sql is patient data (demo.visits.mobile); leave it out, or name it in `pseudonyms`
    "#);
}

#[tokio::test]
async fn a_comment_is_of_a_column_that_the_view_gives() {
    let told = told(&[
        (
            "demo/views/by_day.sql",
            "-- Visits by day\n-- @seen_on Day of the visit\n-- @visit How many,\n-- all hospitals\n\
             SELECT seen_on, count(*) AS visits FROM demo.visits GROUP BY seen_on",
        ),
        ("demo/views/week.sql", "-- @ward Where\nSELECT sum(visits) AS visits FROM demo.by_day"),
    ])
    .await;
    insta::assert_snapshot!(told, @r"
    demo/views/by_day.sql:3: the view gives no column `visit`; did you mean `visits`?
    demo/views/week.sql:1: the view gives no column `ward`; known are: visits
    ");
}

#[tokio::test]
async fn views_may_read_the_ledger_and_stand_in_a_domain_without_tables() {
    let told = told(&[
        ("other/views/collected.sql", "SELECT account, ops.as_of() - as_of AS days FROM ops.collected"),
        ("other/views/loads.sql", "SELECT dataset, dropped_at FROM ops.freshness"),
        ("other/views/late.sql", "SELECT account, dayz FROM other.collected"),
    ])
    .await;
    insta::assert_snapshot!(
        told,
        @r#"other/views/late.sql:1: column "dayz" does not exist. Perhaps you meant to reference the column "collected.days""#
    );
}

#[tokio::test]
async fn functions_are_made_and_called_and_their_mistakes_told_with_their_line() {
    let table = "-- Visits of a hospital.\n(hospital text)\nRETURNS TABLE (visit_id bigint, seen_on date)\n";
    let body = |select: &str| format!("{table}AS $$\n    {select}\n$$\n");
    let fine = "SELECT v.visit_id, v.seen_on\n    FROM demo.by_hospital v WHERE v.hospital = fine.hospital";
    let told = told(&[
        ("demo/views/by_hospital.sql", "SELECT visit_id, seen_on, hospital FROM demo.visits"),
        ("demo/views/wrong.sql", "SELECT ward FROM demo.visits"),
        ("demo/functions/fine.sql", &body(fine)),
        ("demo/functions/column.sql", &body("SELECT visit_id,\n ward FROM demo.visits")),
        ("demo/functions/kinds.sql", &body("SELECT seen_on, visit_id FROM demo.visits")),
        ("demo/functions/of_wrong.sql", &body("SELECT ward FROM demo.wrong")),
        ("demo/functions/writes.sql", &body("DELETE FROM demo.visits RETURNING visit_id, seen_on")),
        ("demo/functions/volatile.sql", &format!("{table}VOLATILE {}", &body("SELECT 1")[table.len()..])),
        ("demo/functions/two.sql", &format!("{}; SELECT 1", body(fine).trim_end())),
        ("demo/functions/rows.sql", "() RETURNS SETOF demo.visits AS $$ SELECT * FROM demo.visits $$"),
    ])
    .await;
    insta::assert_snapshot!(told, @r#"
    demo/functions/column.sql:6: column "ward" does not exist; a table has the columns of its dataset's file, a view those of its query
    demo/functions/kinds.sql:4: return type mismatch in function declared to return record: Final statement returns date instead of bigint at column 1.
    demo/functions/rows.sql:1: it would stand in the way of changes to a table or view: name each column in RETURNS TABLE (…), and write the body between $$ and $$
    demo/functions/two.sql:7: syntax error at or near "sql"; look there, and at what stands before it
    demo/functions/volatile.sql:6: conflicting or redundant options; look there, and at what stands before it
    demo/functions/writes.sql:4: DELETE is not allowed in a non-volatile function
    demo/views/wrong.sql:1: column "ward" does not exist; a table has the columns of its dataset's file, a view those of its query
    "#);
}

#[tokio::test]
async fn the_condition_of_a_clean_up_is_read_as_postgresql_reads_it() {
    let told_of = async |rule: &str| told(&[("demo/visits.toml", &VISITS.replace("[columns]", rule))]).await;
    let told = async |condition: &str| {
        let rule =
            format!("[clean_up]\nrows = \"{condition}\"\nby = \"seen_on\"\nafter = \"1 year\"\n\n[columns]");
        told_of(&rule).await
    };
    assert_eq!(told("hospital = 'North' -- closed").await, "");
    insta::assert_snapshot!(
        told("hospitl = 'North'").await,
        @r#"demo/visits.toml:9: `rows`: column "hospitl" does not exist. Perhaps you meant to reference the column "visits.hospital""#
    );
    insta::assert_snapshot!(
        told("fee").await,
        @"demo/visits.toml:9: `rows`: argument of AND must be type boolean, not type numeric"
    );
    insta::assert_snapshot!(
        told("hospital = $1").await,
        @"demo/visits.toml:9: `rows`: nobody gives `$1` a value: write the condition out"
    );
    let elsewhere = "clean_up = { by = \"seen_on\", after = \"1 year\", rows = \"hospital\" }\n\n[columns]";
    insta::assert_snapshot!(
        told_of(elsewhere).await,
        @"demo/visits.toml:8: `rows`: argument of AND must be type boolean, not type text"
    );
}

#[tokio::test]
async fn the_checkouts_own_catalog_is_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    let files = Files::read(&folder).unwrap();
    let catalog = Catalog::from_files(&files).unwrap();
    let postgres = Postgres::start();
    let mistakes = mistakes(&mut postgres.connect("trial").await, &files, &catalog).await.unwrap();
    assert_eq!(Mistakes(mistakes).to_string(), "");
}

#[tokio::test]
async fn a_dashboard_shows_what_its_queries_give_and_no_patients_data() {
    let board = r#"title = "Visits"
needs = ["demo.visits"]
fresh_for = "2 days"

[[tabs]]
title = "Visits"
query = "visits.sql"
person = "patient"
measures = { Visits = "count", Late = "share(fee)" }
filters = { Hospital = "hospitl" }

[[tabs.charts]]
title = "Whom we call"
kind = "table"
x = "number"
details = ["fees"]
"#;
    let query = "SELECT patient, hospital, fee, mobile AS number, ARRAY[fee] AS fees FROM demo.visits";
    let told = told(&[("demo/dashboards/visits.toml", board), ("demo/dashboards/visits.sql", query)]).await;
    insta::assert_snapshot!(told, @r"
    demo/dashboards/visits.toml:9: `measures`: `fee` is not true or false in demo/dashboards/visits.sql; compare it with something there
    demo/dashboards/visits.toml:10: `filters`: demo/dashboards/visits.sql gives no column `hospitl`; did you mean `hospital`?
    demo/dashboards/visits.toml:15: `x`: `number` in demo/dashboards/visits.sql is patient data (demo.visits.mobile); show something that many patients share
    demo/dashboards/visits.toml:16: `details`: `fees` is no text, number, day or truth in demo/dashboards/visits.sql; make it one there
    ");
}
