//! What the vendor was asked for, and the monitoring queries of the system before Rounds, as they were written.

use crate::billing::Billing;

const REPORT_STATUS: &str = "
SELECT 
    customer_account,
    COUNT(*) as total_reports,
    SUM(CASE WHEN status = 1 THEN 1 ELSE 0 END) as completed_reports
FROM enhance_health_group.account_reports 
GROUP BY customer_account;
";

const COMPLETED_REPORTS: &str = "
SELECT customer_account, report_name, identifier, status 
FROM enhance_health_group.account_reports 
WHERE status = 1;
";

const COMPLETED_COUNT: &str = "SELECT COUNT(*) FROM enhance_health_group.account_reports WHERE status = 1";

const RECENT_LOADS: &str = "
SELECT 
    schemaname,
    tablename,
    n_tup_ins as rows_inserted,
    last_autoanalyze
FROM pg_stat_user_tables 
WHERE schemaname = 'enhance_health_group';
";

/// One report per status, one of them asked for again.
async fn collected() -> Billing {
    let billing = Billing::new().await;
    let rows = "
        INSERT INTO ops.collection
            (account, report, as_of, again, identifier, status, requested_at, ready_at, fetched_at, key, error)
        VALUES ('10028395', 'ar_aging', '2026-11-20', '', '1', 'failed', '2026-11-20 04:00Z', NULL, NULL, NULL,
                'Defect.VendorTimedOut: the vendor gave up'),
               ('10028395', 'ar_aging', '2026-11-21', '', '2', 'fetched', '2026-11-21 04:00Z', '2026-11-21 04:05Z',
                '2026-11-21 04:06Z', 'billing/2.zip', NULL),
               ('10028395', 'gross_billing', '2026-11-21', '', '3', 'running', '2026-11-21 04:07Z', NULL, NULL, NULL,
                NULL),
               ('10028395', 'charges_on_hold', '2026-11-21', '', NULL, 'requested', '2026-11-21 04:08Z', NULL, NULL,
                NULL, NULL),
               ('10026936', 'ar_aging', '2026-11-21', '', '4', 'ready', '2026-11-21 05:00Z', '2026-11-21 05:05Z', NULL,
                NULL, NULL),
               ('10026936', 'gross_billing', '2026-11-21', '', '5', 'empty', '2026-11-21 05:06Z', '2026-11-21 05:10Z',
                NULL, NULL, NULL)";
    billing.run(rows).await;
    billing
}

#[tokio::test]
async fn each_request_of_the_vendor_is_told() {
    let billing = collected().await;
    let told = "
        SELECT customer_account, report_name, as_of, identifier, status, fetched_at IS NOT NULL, rows, error
        FROM billing.account_reports ORDER BY requested_at";
    assert_eq!(
        billing.told(told).await,
        [
            "10028395 | ar_aging | 2026-11-20 | 1 | failed | f | - | Defect.VendorTimedOut: the vendor gave up",
            "10028395 | ar_aging | 2026-11-21 | 2 | fetched | t | - | -",
            "10028395 | gross_billing | 2026-11-21 | 3 | running | f | - | -",
            "10028395 | charges_on_hold | 2026-11-21 | - | requested | f | - | -",
            "10026936 | ar_aging | 2026-11-21 | 4 | ready | f | - | -",
            "10026936 | gross_billing | 2026-11-21 | 5 | empty | f | 0 | -",
        ]
    );
}

#[tokio::test]
async fn the_old_check_for_completed_reports_works_as_written() {
    let billing = collected().await;
    let mut told = billing.told(COMPLETED_REPORTS).await;
    told.sort();
    assert_eq!(
        told,
        ["10026936 | ar_aging | 4 | 1", "10026936 | gross_billing | 5 | 1", "10028395 | ar_aging | 2 | 1"],
        "the last request of each report"
    );
    assert_eq!(billing.told(COMPLETED_COUNT).await, ["3"]);
}

#[tokio::test]
async fn the_old_count_of_completed_reports_works_as_written() {
    let billing = collected().await;
    let mut told = billing.told(REPORT_STATUS).await;
    told.sort();
    assert_eq!(told, ["10026936 | 2 | 2", "10028395 | 3 | 1"]);
}

#[tokio::test]
async fn the_old_look_at_recent_loads_works_as_written() {
    let billing = Billing::new().await;
    billing.add("ar_aging", &[]).await;
    billing.add("ar_aging", &[]).await;
    billing
        .run("SELECT pg_stat_force_next_flush(); SET search_path = enhance_health_group, pg_catalog")
        .await;
    let told = billing.told(RECENT_LOADS).await;
    assert_eq!(told.len(), 13, "a table for each report");
    assert!(told.contains(&"enhance_health_group | ar_aging | 2 | -".to_owned()), "{told:?}");
}
