//! Whatever the vendor sends ends as the contract says, and is told.

use rounds_testkit::billing::Load;
use rounds_testkit::stack::Stack;
use rounds_testkit::vendor::{Behaviour, Content};
use rounds_tests::{assert_nothing_leaked, rounds};
use serde_json::json;
use tokio_postgres::Client;

use crate::{Billing, Collected, DAY, assert_loaded, collected, status};

const REPORT: &str = "ar_aging";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_odd_ends_as_the_contract_says_with_the_finding_in_its_story() {
    let renamed = Content::Renamed { from: "Claim Status".to_owned(), to: "Claim Standing".to_owned() };
    let added = Content::NewColumn("Charge Memo (new)".to_owned());
    // How it ends, and what its story says.
    let odd = [
        ("24000001", Content::Bom, "loaded", ""),
        ("24000002", Content::Windows1252, "loaded", ""),
        ("24000003", Content::Ragged, "loaded", "ragged_row"),
        ("24000004", added, "loaded", "unknown to the contract: column 29"),
        ("24000005", renamed, "loaded", "unknown to the contract: column 3"),
        ("24000006", Content::Several, "loaded", ""),
        ("24000007", Content::ZipSlip, "loaded", ""),
        ("24000008", Content::BrokenZip, "failed", "Rejected.CorruptFile"),
        ("24000009", Content::BrokenBase64, "failed", "Retryable.VendorUnclear"),
        ("24000010", Content::HeaderOnly, "loaded", ""),
    ];
    let stack = Stack::shared().await;
    let accounts = odd.clone().map(|(account, ..)| account);
    let billing = Billing::open(&stack, DAY, &accounts);
    for (account, content, ..) in &odd {
        billing.behave(account, Behaviour { content: content.clone(), ..Behaviour::default() });
    }
    let run = stack.finished(&stack.call_collection(&json!({"reports": [REPORT], "as_of": DAY})));
    assert_eq!(run.error.as_deref(), Some("Collect.ReportsFailed"), "{:?}", run.cause);

    let known = collected(&stack).await;
    let database = stack.database().await;
    let (told, _) = rounds(&stack, &["collect", "status", "--as-of", &DAY.to_string()]);
    for (account, content, wanted, finding) in &odd {
        let Collected { status, error, key, .. } = status(&known, account, REPORT);
        assert_eq!(status, *wanted, "{content:?}: {error}");
        let line = told.lines().find(|line| line.contains(account)).unwrap();
        assert!(line.contains(wanted), "{line}");
        if status == "failed" {
            assert!(error.starts_with(finding) && line.contains(finding), "{content:?}: {error}\n{line}");
        } else {
            let (story, code) = rounds(&stack, &["explain", &key]);
            assert!(code == Some(0) && story.contains(finding), "{content:?}: {story}");
        }
    }
    for (account, content, ..) in odd.iter().filter(|(_, _, status, _)| *status == "loaded") {
        let whole = billing.load(account, REPORT);
        match content {
            Content::HeaderOnly => assert_loaded(&database, account, REPORT, &Load::default()).await,
            Content::Ragged => {}
            // Two members with the whole each; their names are nobody's paths.
            Content::ZipSlip => {
                let sums = whole.sums.iter().map(|(column, cents)| (*column, 2 * cents)).collect();
                let twice = Load { rows: 2 * whole.rows, sums, ..whole };
                assert_loaded(&database, account, REPORT, &twice).await;
            }
            _ => assert_loaded(&database, account, REPORT, &whole).await,
        }
    }
    assert_nothing_shifted(&database, &billing).await;
    assert_nothing_leaked(&stack);
}

/// Four lines are ragged, none is shifted: each charge of the others is that of the books. What a column's new name holds is
/// kept as unknown.
async fn assert_nothing_shifted(database: &Client, billing: &Billing) {
    let counted = "SELECT count(*), count(*) FILTER (WHERE charge_id ~ '^[0-9]+$') FROM billing.ar_aging
                   WHERE customer_account = $1";
    let row = database.query_one(counted, &[&"24000003"]).await.unwrap();
    let whole = i64::try_from(billing.load("24000003", REPORT).rows).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (whole - 4, whole - 4));
    let unknown =
        "SELECT DISTINCT jsonb_object_keys(_unknown) FROM billing.ar_aging WHERE customer_account = $1";
    for (account, name) in [("24000004", "charge_memo_new"), ("24000005", "claim_standing")] {
        assert_eq!(database.query_one(unknown, &[&account]).await.unwrap().get::<_, &str>(0), name);
    }
}
