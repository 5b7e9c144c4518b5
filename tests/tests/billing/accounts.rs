//! Accounts are apart: what one's report does is nobody else's concern.

use rounds_testkit::stack::Stack;
use rounds_testkit::vendor::{Answer, Behaviour, Script};
use rounds_tests::{assert_no_canary, assert_nothing_leaked, rounds, rounds_json};

use crate::{Billing, DAY, assert_loaded, collected, status};

const GOOD: &str = "21000001";
const SLOW: &str = "21000002";
const EMPTY: &str = "21000003";
const REFUSED: &str = "21000004";
const ALL: [&str; 4] = [GOOD, SLOW, EMPTY, REFUSED];

#[tokio::test(flavor = "multi_thread")]
async fn each_account_gets_its_own_report_and_one_that_fails_is_named_and_stops_no_other() {
    let stack = Stack::shared().await;
    let (database, alerts) = (stack.database().await, stack.alerts());
    let yesterday = DAY.yesterday().unwrap();
    let before = Billing::open(&stack, yesterday, &ALL);
    let (told, code) = rounds(&stack, &["collect", "run", "ar_aging", "--as-of", &yesterday.to_string()]);
    assert_eq!(code, Some(0), "{told}");
    collected(&stack).await;
    for account in ALL {
        assert_loaded(&database, account, "ar_aging", &before.load(account, "ar_aging")).await;
    }

    let today = Billing::open(&stack, DAY, &ALL);
    today.behave(SLOW, Behaviour { polls: 4, ..Behaviour::default() });
    today.behave(EMPTY, Behaviour { results: Script::always(Answer::NoRecords), ..Behaviour::default() });
    today.behave(REFUSED, Behaviour { run: Script::always(Answer::InterfaceOff), ..Behaviour::default() });
    let day = DAY.to_string();
    let (told, code) = rounds(&stack, &["collect", "run", "ar_aging", "--as-of", &day]);
    assert_eq!(code, Some(1), "{told}");
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
    let again = format!("rounds collect run ar_aging --account {REFUSED} --as-of {day} --again");
    assert!(alert.message.contains(&again), "{}", alert.message);
    assert_no_canary("the alert", &alert.message);
    assert!(alerts.take().is_none(), "one alert for one collection");

    let known = collected(&stack).await;
    let words = ALL.map(|account| status(&known, account, "ar_aging").status);
    assert_eq!(words, ["loaded", "loaded", "empty", "failed"]);
    for account in [GOOD, SLOW] {
        assert_loaded(&database, account, "ar_aging", &today.load(account, "ar_aging")).await;
        let rows = today.load(account, "ar_aging").rows.to_string();
        assert_eq!(status(&known, account, "ar_aging").rows, rows);
    }
    let none = "SELECT count(*) FROM billing.ar_aging WHERE customer_account = $1";
    assert_eq!(
        database.query_one(none, &[&EMPTY]).await.unwrap().get::<_, i64>(0),
        0,
        "yesterday's rows are gone"
    );
    assert_loaded(&database, REFUSED, "ar_aging", &before.load(REFUSED, "ar_aging")).await;

    let (told, code) = rounds(&stack, &["collect", "status", "--as-of", &day]);
    assert!(code == Some(0) && told.contains("failed: Defect.VendorRefused: "), "{told}");
    let refused = told.lines().find(|line| line.contains(REFUSED)).unwrap();
    assert!(refused.contains("interface"), "it says what to do: {refused}");
    let run = rounds_json(&stack, &["runs", "-n", "1"]);
    let (runs, _) = rounds(&stack, &["runs"]);
    assert!(runs.contains(&format!("collect ar_aging {day}")), "{runs}\n{run}");

    // The same collection again asks for nothing; an operator's wish asks for what he names.
    let asked = today.vendor.requests().len();
    let (told, code) = rounds(&stack, &["collect", "run", "ar_aging", "--as-of", &day]);
    assert!(code == Some(0) && told.contains("failed before: 1; "), "{told}");
    assert_eq!(today.vendor.requests().len(), asked);
    today.behave(REFUSED, Behaviour::default());
    let mended = ["collect", "run", "ar_aging", "--account", REFUSED, "--as-of", &day, "--again"];
    let (told, code) = rounds(&stack, &mended);
    assert!(code == Some(0) && told.contains("dropped"), "{told}");
    collected(&stack).await;
    assert_loaded(&database, REFUSED, "ar_aging", &today.load(REFUSED, "ar_aging")).await;
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
