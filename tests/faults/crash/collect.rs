//! A collection dies around its one write: the vendor ran the report once, and it is dropped once.

use jiff::civil::date;
use rounds_testkit::billing::Books;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Answer, LANDING, Stage, landing};
use rounds_testkit::vendor::Vendor;
use rounds_tests::assert_nothing_leaked;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_dies_before_or_after_its_file_is_put_drops_it_once() {
    let stack = Stack::shared().await;
    let as_of = date(2026, 11, 20);
    let vendor = Vendor::start(Books { seed: Books::SEED, as_of }).unwrap();
    landing(&stack).await;
    let accounts = ["80000001", "80000002"];
    let mut collect = Stage::start(
        &stack,
        "collect",
        &[
            ("LANDING_BUCKET", LANDING),
            ("COLLECT_URL", &vendor.url()),
            ("COLLECT_ACCOUNTS", &json!(accounts).to_string()),
        ],
    );
    for (asked, (account, point)) in accounts.into_iter().zip(["collect.ready", "collect.put"]).enumerate() {
        let request = json!({"account": account, "report": "ar_aging", "as_of": as_of, "again": ""});
        assert_eq!(collect.invoke(&json!({"ask": request})).done()["outcome"], "running");
        collect.die_at(point);
        let fetch = json!({"fetch": request});
        let died = loop {
            match collect.invoke(&fetch) {
                Answer::Done(told) => assert_eq!(told["outcome"], "running", "{point}"),
                other => break other,
            }
        };
        assert_eq!(died, Answer::Died, "{point}");
        let told = collect.invoke(&fetch).done();
        assert_eq!(told["outcome"], "dropped", "{point}");
        assert_eq!(collect.invoke(&fetch).done(), told, "{point}");
        let key = told["key"].as_str().unwrap();
        let dropped = stack.s3.list_object_versions().bucket(LANDING).prefix(key).send().await.unwrap();
        assert_eq!(dropped.versions().len(), 1, "{point}");
        assert_eq!(vendor.runs().len(), asked + 1, "{point}");
    }
    assert_nothing_leaked(&stack);
}
