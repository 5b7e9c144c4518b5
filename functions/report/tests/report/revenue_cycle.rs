//! The Monday mail about the revenue cycle: what it says of rows whose sums were worked out by hand.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use calamine::{Reader as _, Xlsx};
use jiff::civil::{Date, date};
use rounds_report::due::DueReport;
use rounds_report::letters::share::Shares;
use rounds_report::post::mail::Letter;
use rounds_report::query::Snapshot;
use rounds_report::query::table::{Table, Value};
use rounds_shared::catalog::Catalog;
use rounds_shared::schema;
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

use crate::clinic::{self, due};
use crate::letters::Desk;

/// A Monday; the letter speaks of the ISO week before, the 53rd of 2026.
const MONDAY: Date = date(2027, 1, 4);

/// The first account has everything, the second nothing but receivables; there is a third, whose reports are empty.
const ROWS: &str = "
    INSERT INTO billing.ar_aging (customer_account, charge_id, patient_full_name, patient_id, charge_from_date,
        charge_balance_due_ins, charge_balance_due_other, charge_balance_due_pat) VALUES
        ('10000001', 'a1', 'Canary, Ana (77)', '77', '2027-01-04', 100.10, 20.20,  0.30),
        ('10000001', 'a1', 'Canary, Ana (77)', '77', '2027-01-04', 100.10, 20.20,  0.30),
        ('10000001', 'a2', 'Canary, Ana (77)', '77', '2026-12-30',   NULL,  NULL, 50.00),
        ('10000001', 'a3', 'Canary, Ben',      '78', '2026-12-29',  10.00,  0.00,  NULL),
        ('10000001', 'a4', 'Canary, Ben',      '78', '2026-10-06', -75.25,  0.00,  0.00),
        ('10000001', 'a5', 'Canary, Ben',      '78', '2026-10-05', 400.00,  0.00, 25.00),
        ('10000002', 'b1', 'Canary, Cleo',     '79', '2024-02-29',   0.00,  0.00, 74.35);
    INSERT INTO billing.gross_billing (customer_account, charge_id, claim_first_billed_date, charge_amount) VALUES
        ('10000001', 'g1', '2026-10-11', 5555.55), ('10000001', 'g2', '2026-10-12',   12.00),
        ('10000001', 'g3', '2026-12-27', 1000.00), ('10000001', 'g4', '2026-12-28',  200.01),
        ('10000001', 'g4', '2026-12-28',  200.01), ('10000001', 'g5', '2027-01-03',  -50.00),
        ('10000001', 'g6', '2027-01-04', 9999.99), ('10000001', 'g7',  NULL,         777.00);
    INSERT INTO billing.payment_trends (customer_account, charge_id, payment_received, payment_entered,
        payment_total_paid, insurance_paid_amount) VALUES
        ('10000001', 'p1', '2026-12-28', '2027-01-04',  80.80,  80.80), ('10000001', 'p2', '2027-01-03', NULL, 19.20, 0),
        ('10000001', 'p3', '2027-01-02', '2027-01-02', -30.00, -30.00), ('10000001', 'p4', NULL, '2026-12-27', 500, 500),
        ('10000001', 'p5', '2026-12-30',  NULL,          NULL,   NULL);
    INSERT INTO billing.charges_on_hold (customer_account, charge_id, facility_name, claim_status, charge_entered_date,
        charge_amount) VALUES
        ('10000001', 'h1', 'North', 'On hold',   '2026-12-25', 300.00), ('10000001', 'h2', 'North', 'On hold', NULL, 45.50),
        ('10000001', 'h3', 'North', 'In review', '2027-01-04', 100.00), ('10000001', 'h4', NULL,    'On hold', NULL, -20);
    INSERT INTO billing.denial_trends (customer_account, charge_id, payer_name, unpaid_reason_code_s, payment_received,
        charge_amount, insurance_paid_amount) VALUES
        ('10000001', 'd1', 'Summit',   'CO-16',       '2026-10-31', 9000.00,   0.00),
        ('10000001', 'd2', 'Summit',   'CO-16',       '2026-11-01',  150.00,   0.00),
        ('10000001', 'd3', 'Summit',   'CO-16, PR-1', '2026-12-31',   50.00,   0.00),
        ('10000001', 'd4', 'Lakeside', 'CO-16',       '2027-01-04',   70.00,   0.00),
        ('10000001', 'd5', 'Lakeside',  NULL,         '2027-01-03',  999.00, 999.00);
    INSERT INTO ops.drop (bucket, key, version, dropped_at, sequencer, status)
        VALUES ('landing', 'billing/a.zip', '', '2027-01-04 05:00Z', '', 'loaded');
    INSERT INTO ops.batch (batch, dataset, scope, contract, read, loaded, rejected, superseded, held, status) VALUES
        ('b0', 'billing.ar_aging', '10000001', 'c', 7, 6, 1, 0, 0, 'loaded'),
        ('b1', 'billing.ar_aging', '10000002', 'c', 3, 1, 2, 0, 0, 'loaded'),
        ('b2', 'billing.ar_aging', '10000003', 'c', 9, 0, 9, 0, 0, 'loaded'),
        ('b3', 'billing.ar_aging', '',         'c', 9, 0, 9, 0, 0, 'loaded');
    INSERT INTO ops.load (dataset, batch, bucket, key, version, dropped_at, sequencer, loaded_at) VALUES
        ('billing.ar_aging', 'b0', 'landing', 'billing/a.zip', '', '2027-01-04 05:02Z', '', '2027-01-02 05:00Z'),
        ('billing.ar_aging', 'b1', 'landing', 'billing/a.zip', '', '2027-01-03 05:09Z', '', '2027-01-02 05:00Z'),
        -- An account that has left, and a load of before the table was kept by account.
        ('billing.ar_aging', 'b2', 'landing', 'billing/a.zip', '', '2026-12-04 05:01Z', '', '2026-12-04 05:02Z'),
        ('billing.ar_aging', 'b3', 'landing', 'billing/a.zip', '', '2027-01-02 05:00Z', '', '2027-01-02 05:01Z');
";

/// A database with the billing tables and these rows.
async fn billing(rows: &str) -> (Postgres, Client, Catalog) {
    let catalog = Catalog::open(None).unwrap();
    let postgres = crate::ledger().await;
    let mut client = postgres.connect("report").await;
    schema::apply(&mut client, &catalog).await.unwrap();
    client.batch_execute(rows).await.unwrap();
    (postgres, client, catalog)
}

async fn asked(client: &mut Client, catalog: &Catalog, due: &DueReport<'_>) -> Snapshot {
    clinic::snapshot(client, catalog, due).await.map_err(|reason| reason.to_string()).unwrap()
}

/// The letter of a day.
async fn letter(client: &mut Client, catalog: &Catalog, day: Date) -> Arc<Letter> {
    let due = due(catalog, "billing.revenue_cycle", day);
    let Shares { mut shares, sources, .. } =
        Shares::of(due.report, asked(client, catalog, &due).await).ok().unwrap();
    let desk = Desk::new(catalog).await;
    let mut writer = desk.writer(&due, "");
    writer.sources = &sources;
    writer.write(client, shares.remove(0), None, true).await.ok().unwrap().unwrap()
}

/// A table's rows, as machines write the values of these columns.
fn rows(table: &Table, columns: &[&str]) -> Vec<String> {
    let places: Vec<usize> = columns.iter().map(|column| table.place(column).unwrap()).collect();
    let row = |row: &[Value]| places.iter().map(|place| plain(&row[*place])).collect::<Vec<_>>().join(" | ");
    table.rows.iter().map(|values| row(values)).collect()
}

fn plain(value: &Value) -> String {
    value.plain()
}

#[tokio::test]
async fn figures_are_the_sums_worked_out_by_hand() {
    let (_postgres, mut client, catalog) = billing(ROWS).await;
    let due = due(&catalog, "billing.revenue_cycle", MONDAY);
    let headline = asked(&mut client, &catalog, &due).await.headline.unwrap();
    let figures =
        headline.columns.iter().zip(&headline.rows[0]).map(|(column, value)| (column.words(), plain(value)));
    let expected = [
        ("Total AR", "725.30"),
        ("Over 90 days", "499.35"),
        ("Over 90 days share", "0.6885"),
        ("On hold", "425.50"),
        ("Billed last week", "350.02"),
        ("Paid last week", "70.00"),
    ];
    assert_eq!(
        figures.collect::<Vec<_>>(),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn tables_are_the_sums_worked_out_by_hand() {
    let (_postgres, mut client, catalog) = billing(ROWS).await;
    let due = due(&catalog, "billing.revenue_cycle", MONDAY);
    let Snapshot { sections, charts, .. } = asked(&mut client, &catalog, &due).await;
    let [by_age, by_account, both, weeks, on_hold, denials] = sections.try_into().ok().unwrap();
    assert_eq!(
        rows(
            &by_age,
            &["days_since_service", "charges", "due_from_payers_usd", "due_from_patients_usd", "balance_usd"]
        ),
        [
            "0-5 days | 3 | 240.60 | 50.60 | 291.20",
            "6-10 days | 1 | 10.00 | 0.00 | 10.00",
            "11-14 days | 0 | 0 | 0 | 0",
            "15-21 days | 0 | 0 | 0 | 0",
            "22-30 days | 0 | 0 | 0 | 0",
            "31-45 days | 0 | 0 | 0 | 0",
            "46-60 days | 0 | 0 | 0 | 0",
            "61-90 days | 1 | -75.25 | 0.00 | -75.25",
            "over 90 days | 2 | 400.00 | 99.35 | 499.35",
        ]
    );
    let columns = ["account", "charges", "balance_usd", "over_90_days_usd", "over_90_days_share"];
    assert_eq!(
        rows(&by_account, &columns),
        ["10000001 | 6 | 650.95 | 425.00 | 0.6529", "10000002 | 1 | 74.35 | 74.35 | 1.0000"]
    );
    assert_eq!(
        rows(&both, &["account", "days_since_service", "charges", "balance_usd"]),
        [
            "10000001 | 0-5 days | 3 | 291.20",
            "10000001 | 6-10 days | 1 | 10.00",
            "10000001 | 61-90 days | 1 | -75.25",
            "10000001 | over 90 days | 1 | 425.00",
            "10000002 | over 90 days | 1 | 74.35",
        ]
    );
    let weeks = rows(&weeks, &["week", "week_begins", "billed_usd", "paid_usd"]);
    assert_eq!(weeks.len(), 12);
    assert_eq!(
        weeks[..2],
        ["2026-W53 | 2026-12-28 | 350.02 | 70.00", "2026-W52 | 2026-12-21 | 1000.00 | 500.00"]
    );
    assert_eq!(weeks[11], "2026-W42 | 2026-10-12 | 12.00 | 0.00");
    assert_eq!(
        rows(&on_hold, &["facility", "claim_status", "charges", "amount_usd", "max_days_on_hold"]),
        [
            "North | On hold | 2 | 345.50 | 10",
            "North | In review | 1 | 100.00 | 0",
            "Unknown | On hold | 1 | -20.00 | "
        ]
    );
    assert_eq!(
        rows(&denials, &["reason", "payers", "charges", "amount_usd"]),
        ["CO-16 | mostly Summit | 3 | 270.00", "PR-1 | mostly Summit | 1 | 50.00"]
    );
    let drawn = rows(&charts[&3], &["week", "what", "amount_usd"]);
    assert_eq!(drawn.len(), 24);
    assert_eq!(drawn[22..], ["W53 | Billed | 350.02", "W53 | Paid | 70.00"]);
}

#[tokio::test]
async fn denial_reasons_are_of_three_months_also_where_monday_is_in_the_next_one() {
    let (_postgres, mut client, catalog) = billing(
        "INSERT INTO billing.denial_trends (customer_account, charge_id, unpaid_reason_code_s, payment_received) VALUES
             ('10000001', 'd1', 'CO-1', '2026-10-31'), ('10000001', 'd2', 'CO-2', '2026-11-01'),
             ('10000001', 'd3', 'CO-3', '2027-01-31'), ('10000001', 'd4', 'CO-4', '2027-02-01')",
    )
    .await;
    let due = due(&catalog, "billing.revenue_cycle", date(2027, 2, 1));
    let asked = asked(&mut client, &catalog, &due).await;
    assert_eq!(rows(&asked.sections[5], &["reason"]), ["CO-2", "CO-3"]);
}

#[tokio::test]
async fn the_week_after_a_turn_of_the_year_is_the_first_of_the_iso_year() {
    let (_postgres, mut client, catalog) = billing(ROWS).await;
    let due = due(&catalog, "billing.revenue_cycle", date(2027, 1, 11));
    let asked = asked(&mut client, &catalog, &due).await;
    let weeks = rows(&asked.sections[3], &["week", "billed_usd"]);
    assert_eq!(weeks[..3], ["2027-W01 | 9999.99", "2026-W53 | 350.02", "2026-W52 | 1000.00"]);
    let drawn = rows(&asked.charts[&3], &["week", "what"]);
    assert_eq!(
        drawn[20..],
        ["W53 | Billed", "W53 | Paid", "W01 | Billed", "W01 | Paid"],
        "in the order of time"
    );
}

#[tokio::test]
async fn the_mail_of_the_week_looks_like_this() {
    let (_postgres, mut client, catalog) = billing(ROWS).await;
    letter(&mut client, &catalog, date(2026, 12, 28)).await;
    let letter = letter(&mut client, &catalog, MONDAY).await;
    let page = &letter.page;
    insta::assert_snapshot!("revenue_cycle_html", page.html);
    insta::assert_snapshot!(
        "revenue_cycle_text",
        format!("{}\n\n{}\n---\n{}", page.subject, page.text, page.short)
    );
    let names: Vec<String> =
        letter.pictures.iter().map(rounds_report::rendering::content::Picture::name).collect();
    assert_eq!(names, ["chart-1", "chart-4", "chart-6"]);
    assert!(names.iter().all(|name| page.html.matches(&format!("src=\"cid:{name}\"")).count() == 1));
}

#[tokio::test]
async fn no_patient_is_in_the_mail_or_its_workbook() {
    let (_postgres, mut client, catalog) = billing(ROWS).await;
    let letter = letter(&mut client, &catalog, MONDAY).await;
    let mut workbook = Xlsx::new(Cursor::new(letter.attachments[0].content.clone())).unwrap();
    let sheets: BTreeMap<String, String> = workbook
        .worksheets()
        .into_iter()
        .map(|(name, cells)| (name, format!("{:?}", cells.rows().collect::<Vec<_>>())))
        .collect();
    assert_eq!(sheets.len(), 6);
    let Letter { page, .. } = &*letter;
    for text in sheets.values().chain([&page.html, &page.text, &page.short, &page.subject]) {
        assert!(!text.contains("Canary"));
    }
}

#[tokio::test]
async fn without_any_rows_the_mail_says_so_in_noughts() {
    let (_postgres, mut client, catalog) = billing("").await;
    let letter = letter(&mut client, &catalog, MONDAY).await;
    assert!(letter.pictures.is_empty(), "there is nothing to draw");
    insta::assert_snapshot!(
        "revenue_cycle_empty",
        format!("{}\n\n{}", letter.page.subject, letter.page.text)
    );
}
