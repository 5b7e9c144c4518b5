//! Accounts are apart: what one's report does is nobody else's concern.

use jiff::civil::Date;
use rounds_testkit::stack::{Alerts, Stack};
use rounds_testkit::vendor::{Answer, Behaviour, Script};
use rounds_tests::{assert_no_canary, assert_nothing_leaked, rounds, rounds_json};

use crate::{Billing, DAY, assert_loaded, collected, status};

const GOOD: &str = "21000001";
const SLOW: &str = "21000002";
const EMPTY: &str = "21000003";
const REFUSED: &str = "21000004";
const ALL: [&str; 4] = [GOOD, SLOW, EMPTY, REFUSED];
const REPORT: &str = "ar_aging";

/// Has the report collected for a day: what the command says, and how it ends.
fn collect(stack: &Stack, day: Date, more: &[&str]) -> (String, Option<i32>) {
    rounds(stack, &[&["collect", "run", REPORT, "--as-of", &day.to_string()][..], more].concat())
}

/// The command and one alert name the account that failed, and the way out.
fn assert_refusal_is_told(told: &str, alerts: &Alerts<'_>) {
    for part in [
        "Collect.ReportsFailed",
        "1 of 4 not collected: ar_aging of 21000004 (Defect.VendorRefused)",
        "what was collected stays",
        "rounds collect status",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: reports not collected");
    let again = format!("rounds collect run ar_aging --account {REFUSED} --as-of {DAY} --again");
    assert!(alert.message.contains(&again), "{}", alert.message);
    assert_no_canary("the alert", &alert.message);
    assert!(alerts.take().is_none(), "one alert for one collection");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_account_gets_its_own_report_and_one_that_fails_is_named_and_stops_no_other() {
    let stack = Stack::shared().await;
    let (database, alerts) = (stack.database().await, stack.alerts());
    let yesterday = DAY.yesterday().unwrap();
    let before = Billing::open(&stack, yesterday, &ALL);
    let (told, code) = collect(&stack, yesterday, &[]);
    assert_eq!(code, Some(0), "{told}");
    collected(&stack).await;
    for account in ALL {
        assert_loaded(&database, account, REPORT, &before.load(account, REPORT)).await;
    }

    let today = Billing::open(&stack, DAY, &ALL);
    today.behave(SLOW, Behaviour { polls: 4, ..Behaviour::default() });
    today.behave(EMPTY, Behaviour { results: Script::always(Answer::NoRecords), ..Behaviour::default() });
    today.behave(REFUSED, Behaviour { run: Script::always(Answer::InterfaceOff), ..Behaviour::default() });
    let (told, code) = collect(&stack, DAY, &[]);
    assert_eq!(code, Some(1), "{told}");
    assert_refusal_is_told(&told, &alerts);

    let known = collected(&stack).await;
    let words = ALL.map(|account| status(&known, account, REPORT).status);
    assert_eq!(words, ["loaded", "loaded", "empty", "failed"]);
    for account in [GOOD, SLOW] {
        assert_loaded(&database, account, REPORT, &today.load(account, REPORT)).await;
        let rows = today.load(account, REPORT).rows.to_string();
        assert_eq!(status(&known, account, REPORT).rows, rows);
    }
    let none = "SELECT count(*) FROM billing.ar_aging WHERE customer_account = $1";
    let left: i64 = database.query_one(none, &[&EMPTY]).await.unwrap().get(0);
    assert_eq!(left, 0, "yesterday's rows are gone");
    assert_loaded(&database, REFUSED, REPORT, &before.load(REFUSED, REPORT)).await;

    let (told, code) = rounds(&stack, &["collect", "status", "--as-of", &DAY.to_string()]);
    assert!(code == Some(0) && told.contains("failed: Defect.VendorRefused: "), "{told}");
    let refused = told.lines().find(|line| line.contains(REFUSED)).unwrap();
    assert!(refused.contains("interface"), "it says what to do: {refused}");
    let run = rounds_json(&stack, &["runs", "-n", "1"]);
    let (runs, _) = rounds(&stack, &["runs"]);
    assert!(runs.contains(&format!("collect ar_aging {DAY}")), "{runs}\n{run}");

    // The same collection again asks for nothing; an operator's wish asks for what he names.
    let asked = today.vendor.requests().len();
    let (told, code) = collect(&stack, DAY, &[]);
    assert!(code == Some(0) && told.contains("failed before: 1; "), "{told}");
    assert_eq!(today.vendor.requests().len(), asked);
    today.behave(REFUSED, Behaviour::default());
    let (told, code) = collect(&stack, DAY, &["--account", REFUSED, "--again"]);
    assert!(code == Some(0) && told.contains("dropped"), "{told}");
    collected(&stack).await;
    assert_loaded(&database, REFUSED, REPORT, &today.load(REFUSED, REPORT)).await;
    assert_eq!(
        today.runs().values().copied().collect::<Vec<_>>(),
        [1; 4],
        "each of the day, one of them when it was mended"
    );
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_with_a_way_out_and_without_an_alert() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let billing = Billing::open(&stack, DAY, &["21000009"]);
    for (arguments, way_out) in [
        (&["collect", "run", "ar_agin"] as &[&str], "ar_aging"),
        (&["collect", "run", "--account", "21000008"], "21000009"),
    ] {
        let (told, code) = rounds(&stack, arguments);
        assert!(code == Some(2) && told.contains(way_out), "{arguments:?}: {code:?} {told}");
    }
    assert!(billing.vendor.requests().is_empty() && alerts.take().is_none());
}
