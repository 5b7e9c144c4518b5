//! How PostgreSQL answers the hospital's jobs where there are a million appointments: by indexes.
// Helpers stand outside of the test functions that clippy.toml exempts.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod hospital;

use std::collections::BTreeMap;
use std::time::Duration;

use rounds_report::due::DueReport;
use rounds_report::query::settings::Settings;
use rounds_report::query::{self, Question};
use rounds_shared::catalog::{Cadence, Catalog, Each, Headline, Query, Report, Section};
use rounds_shared::payload::Parameters;
use rounds_shared::schema::clean_up;
use tokio_postgres::Client;

use crate::hospital::{AS_OF, PATIENT};

/// Tables that only a query about all of their rows may read from end to end.
const LARGE: [&str; 2] = ["appointments", "treatments"];

/// The plan of each query of a report, by its file, as the engine asks it.
async fn plans(client: &mut Client, catalog: &Catalog, report: &Report) -> BTreeMap<String, String> {
    let asked = explaining(report);
    let due = match report.cadence {
        Cadence::AfterLoad | Cadence::OnRequest => DueReport::after(&asked, AS_OF, 1),
        _ => DueReport::on(&asked, AS_OF).unwrap(),
    };
    let parameters = report.parameters.iter().map(|name| (name.clone(), PATIENT.to_owned()));
    let question = Question {
        catalog,
        due: &due,
        settings: &Settings::default(),
        parameters: &Parameters(parameters.collect()),
        pseudonyms: None,
        max_rows: 10_000,
        slow: Duration::MAX,
    };
    let snapshot = query::snapshot(client, &question).await.unwrap_or_else(|reason| panic!("{reason}"));
    let files = asked.sections.iter().map(|section| section.query.file.clone());
    let plan = |table: &query::table::Table| {
        let lines: Vec<String> = table.rows.iter().map(|row| row[0].plain()).collect();
        lines.join("\n")
    };
    files.zip(snapshot.sections.iter().map(plan)).collect()
}

/// The report with the explanations of its queries as its sections, and nothing that asks for columns.
fn explaining(report: &Report) -> Report {
    let section = |query: &Query| Section {
        query: Query { file: query.file.clone(), sql: format!("EXPLAIN {}", query.sql) },
        columns_in_mail: Vec::new(),
        bar: None,
        chart: None,
        ..report.sections[0].clone()
    };
    Report {
        sections: report.queries().map(|(_, query)| section(query)).collect(),
        each: Each::Report,
        once_per: Vec::new(),
        headline: Headline::Figures(Vec::new()),
        pseudonyms: Vec::new(),
        sanitized: false,
        message: None,
        ..report.clone()
    }
}

/// What the clean-ups of the hospital's tables ask for: the rows that are old enough.
fn clean_ups(catalog: &Catalog) -> Vec<(String, String)> {
    let ruled = catalog.datasets.iter().filter(|dataset| dataset.domain() == "hospital");
    let ruled = ruled.filter_map(|dataset| Some((dataset, dataset.clean_up.as_ref()?)));
    let due = ruled.map(|(dataset, rule)| {
        let (rows, before) = (clean_up::rows(dataset, rule), rule.age.before(AS_OF));
        let due = format!("SELECT * FROM ({rows}) t WHERE t.{} < '{before}'", rule.by);
        (format!("the clean-up of {}", dataset.name), due)
    });
    due.collect()
}

/// A query's plan, line by line.
async fn explained(client: &Client, sql: &str) -> String {
    let lines = client.query(&format!("EXPLAIN {sql}"), &[]).await.unwrap();
    let lines: Vec<String> = lines.iter().map(|line| line.get(0)).collect();
    lines.join("\n")
}

/// What stands against a plan: a large table that it reads from end to end.
fn scans(file: &str, plan: &str) -> Option<String> {
    let whole = |line: &str| LARGE.iter().any(|table| line.contains(&format!("Seq Scan on {table} ")));
    plan.lines().any(whole).then(|| format!("{file}:\n{plan}"))
}

#[tokio::test]
async fn every_job_finds_its_rows_among_a_million_appointments_by_an_index() {
    let catalog = Catalog::open(None).unwrap();
    let (_postgres, mut client) = hospital::of_a_million(&catalog).await;
    let mut found = Vec::new();
    let mut queries = 0;
    for report in catalog.reports.iter().filter(|report| report.name.starts_with("hospital.")) {
        for (file, plan) in plans(&mut client, &catalog, report).await {
            queries += 1;
            found.extend(scans(&file, &plan));
        }
    }
    for (name, sql) in clean_ups(&catalog) {
        queries += 1;
        found.extend(scans(&name, &explained(&client, &sql).await));
    }
    assert!(queries > 15, "the catalog has the hospital's jobs: {queries}");
    assert!(found.is_empty(), "{}", found.join("\n\n"));

    let whole = explained(&client, "SELECT count(visit_type) FROM hospital.appointments").await;
    assert!(scans("", &whole).is_some(), "a table that is read from end to end is seen: {whole}");
}
