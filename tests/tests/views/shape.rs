//! What holds of every view.

use std::time::{Duration, Instant};

use rounds_shared::catalog::{Column, ColumnType};

use crate::billing::Billing;

/// The schemas that are looked at.
const SCHEMAS: &str = "('billing', 'enhance_health_group')";

fn views(billing: &Billing) -> Vec<&str> {
    let names = billing.catalog.views.iter().map(|view| view.name.as_str());
    names.filter(|name| name.starts_with("billing.") || name.starts_with("enhance_health_group.")).collect()
}

#[tokio::test]
async fn every_report_has_a_view_that_reads_it() {
    let billing = Billing::new().await;
    let unread = "
        SELECT c.relname
        FROM pg_class c
        WHERE c.relnamespace = 'billing'::regnamespace AND c.relkind = 'r'
          AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid WHERE d.refobjid = c.oid)";
    assert_eq!(billing.told(unread).await, [] as [&str; 0]);
}

#[tokio::test]
async fn every_table_view_and_column_of_billing_says_what_it_is() {
    let billing = Billing::new().await;
    let silent = format!(
        "SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relnamespace::regnamespace::text IN {SCHEMAS} AND c.relkind IN ('r', 'v')
           AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''
         UNION ALL
         SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace::regnamespace::text IN {SCHEMAS} AND c.relkind IN ('r', 'v')
           AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(col_description(c.oid, a.attnum), '') = ''"
    );
    assert_eq!(billing.told(&silent).await, [] as [&str; 0]);
}

#[tokio::test]
async fn comments_of_views_do_not_run_into_each_other() {
    let billing = Billing::new().await;
    let mixed = format!(
        "SELECT objoid::regclass FROM pg_description JOIN pg_class c ON c.oid = objoid
         WHERE c.relnamespace::regnamespace::text IN {SCHEMAS} AND description LIKE '%@%'"
    );
    assert_eq!(billing.told(&mixed).await, [] as [&str; 0]);
}

#[tokio::test]
async fn money_is_exact() {
    let billing = Billing::new().await;
    let inexact = format!(
        "SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace::regnamespace::text IN {SCHEMAS}
           AND a.atttypid IN ('real'::regtype, 'double precision'::regtype)"
    );
    assert_eq!(billing.told(&inexact).await, [] as [&str; 0]);
}

#[tokio::test]
async fn every_view_of_empty_tables_is_empty() {
    let billing = Billing::new().await;
    // Lists of ages and codes, and the server's own statistics.
    let filled =
        ["billing.aging_buckets", "billing.revenue_codes", "enhance_health_group.pg_stat_user_tables"];
    for view in views(&billing) {
        let rows = billing.told(&format!("SELECT * FROM {view}")).await;
        assert_eq!(rows.is_empty(), !filled.contains(&view), "{view}");
    }
}

#[tokio::test]
async fn every_view_of_200_000_rows_answers_within_seconds() {
    let billing = Billing::new().await;
    for dataset in billing.catalog.datasets.iter().filter(|dataset| dataset.domain() == "billing") {
        let named = || dataset.columns.iter().filter(|column| column.kind != ColumnType::Json);
        let columns: Vec<&str> = named().map(|column| column.name.as_str()).collect();
        let values: Vec<&str> = named().map(made_up).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        let table = &dataset.name;
        billing
            .run(&format!(
                "INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, 200000) n"
            ))
            .await;
    }
    billing.run("ANALYZE").await;
    for view in views(&billing) {
        let begun = Instant::now();
        // Every column of every row is made, and none is sent.
        billing.told(&format!("SELECT count(whole.*::text) FROM {view} whole")).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "{view} took {:?}", begun.elapsed());
    }
}

/// A value of the column for row `n`: accounts, patients and charges come again, as they do.
fn made_up(column: &Column) -> &'static str {
    match column.kind {
        _ if column.name == "customer_account" => "lpad((n % 50)::text, 8, '1')",
        _ if column.name == "patient_full_name" => "'Doe, Jane ' || n || ' (' || n || ')'",
        _ if column.name.contains("rev") && column.name.ends_with("code") => "lpad((n % 1100)::text, 4, '0')",
        ColumnType::Text if column.name.ends_with("_id") => "(n / 2)::text",
        ColumnType::Text => "'word ' || n % 40",
        ColumnType::Date => "date '2026-11-21' - n % 400",
        ColumnType::Timestamp => "timestamp '2026-11-21' - n * interval '1 minute'",
        ColumnType::Decimal { .. } => "n % 1000 - 100",
        _ => "n % 9",
    }
}
