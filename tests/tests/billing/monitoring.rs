//! The queries that the system before Rounds was watched with run as they were written.

use rounds_testkit::stack::{Stack, until};
use rounds_testkit::vendor::{Answer, Behaviour, Script};
use serde_json::json;

use crate::{Billing, DAY, collected};

const REPORT_STATUS: &str = "
SELECT 
    customer_account,
    COUNT(*) as total_reports,
    SUM(CASE WHEN status = 1 THEN 1 ELSE 0 END) as completed_reports
FROM enhance_health_group.account_reports 
GROUP BY customer_account;
";

const ACTIVE_REPORTS: &str = "
SELECT customer_account, report_name, identifier, status 
FROM enhance_health_group.account_reports 
WHERE status = 1;
";

const RECENT_LOADS: &str = "
SELECT 
    schemaname,
    tablename,
    n_tup_ins as rows_inserted,
    last_autoanalyze
FROM pg_stat_user_tables 
WHERE schemaname = 'enhance_health_group';
";

#[tokio::test(flavor = "multi_thread")]
async fn the_monitoring_queries_of_before_run_as_written() {
    let stack = Stack::shared().await;
    let (good, refused) = ("25000001", "25000002");
    let billing = Billing::open(&stack, DAY, &[good, refused]);
    let refuses = Behaviour { run: Script::always(Answer::NoLongerActive), ..Behaviour::default() };
    billing.vendor.behave(refused, "ar_aging", refuses);
    let reports = ["ar_aging", "charges_on_hold"];
    let run = stack.finished(&stack.call_collection(&json!({"reports": reports, "as_of": DAY})));
    assert_eq!(run.error.as_deref(), Some("Collect.ReportsFailed"));
    collected(&stack).await;

    let database = stack.database().await;
    let mut counted: Vec<(String, i64, i64)> = database
        .query(REPORT_STATUS, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    counted.sort();
    assert_eq!(counted, [(good.to_owned(), 2, 2), (refused.to_owned(), 2, 1)]);
    assert_eq!(database.query(ACTIVE_REPORTS, &[]).await.unwrap().len(), 3);

    database.batch_execute("SET search_path = enhance_health_group, pg_catalog").await.unwrap();
    let wanted = i64::try_from(billing.load(good, "ar_aging").rows).unwrap();
    let runtime = tokio::runtime::Handle::current();
    // PostgreSQL counts a little later than it loads.
    tokio::task::block_in_place(|| {
        until("the load is counted", || {
            let rows = runtime.block_on(database.query(RECENT_LOADS, &[])).unwrap();
            let aging = rows.iter().find(|row| row.get::<_, &str>(1) == "ar_aging")?;
            (aging.get::<_, i64>(2) >= wanted).then_some(())
        })
    });
}
