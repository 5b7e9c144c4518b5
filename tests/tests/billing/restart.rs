//! A collection that is killed and started again, anywhere and by anybody, asks for nothing twice and loses nothing.

use rounds_testkit::stack::{Stack, until};
use rounds_testkit::vendor::Behaviour;
use rounds_tests::assert_nothing_leaked;
use serde_json::json;

use crate::{Billing, DAY, assert_loaded, collected};

const ACCOUNTS: [&str; 2] = ["23000001", "23000002"];
const REPORTS: [&str; 2] = ["ar_aging", "charges_on_hold"];

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_is_stopped_killed_and_called_twice_asks_the_vendor_for_each_report_once() {
    let stack = Stack::shared().await;
    let billing = Billing::open(&stack, DAY, &ACCOUNTS);
    for account in ACCOUNTS {
        billing.behave(account, Behaviour { polls: 3, ..Behaviour::default() });
    }
    let call = json!({"reports": REPORTS, "as_of": DAY, "scheduled_at": format!("{DAY}T04:00:00Z")});
    // Broken off at one request of the vendor after another: its execution ends, and its function dies.
    for requests in 1..=8 {
        let arn = stack.call_collection(&call);
        until("the vendor is asked", || {
            (billing.vendor.requests().len() >= requests || stack.ended(&arn).is_some()).then_some(())
        });
        if requests % 2 == 0 {
            stack.kill_function("rounds-collect");
        }
        stack.stop(&arn);
    }
    // And then two at once, one of which loses its function.
    let both = [stack.call_collection(&call), stack.call_collection(&call)];
    let asked = billing.vendor.requests().len();
    until("the vendor is asked", || {
        let is_asked = billing.vendor.requests().len() > asked;
        (is_asked || both.iter().all(|arn| stack.ended(arn).is_some())).then_some(())
    });
    stack.kill_function("rounds-collect");
    let _ = both.map(|arn| stack.finished(&arn));
    // A function that dies before it begins fails its execution: another call collects what is left.
    let run = stack.finished(&stack.call_collection(&call));
    assert_eq!(run.status, "SUCCEEDED", "{:?}", run.cause);

    let runs = billing.runs();
    assert_eq!(runs.len(), ACCOUNTS.len() * REPORTS.len());
    assert!(runs.values().all(|times| *times == 1), "{runs:?}");
    let known = collected(&stack).await;
    assert!(known.values().all(|known| known.status == "loaded"), "{known:?}");
    let database = stack.database().await;
    for account in ACCOUNTS {
        for report in REPORTS {
            assert_loaded(&database, account, report, &billing.load(account, report)).await;
        }
    }
    assert_nothing_leaked(&stack);
}
