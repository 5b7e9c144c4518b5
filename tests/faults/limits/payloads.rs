//! Step Functions passes on 256 KiB from state to state.

use rounds_testkit::sheet;
use rounds_testkit::stack::{Run, Stack};
use serde_json::{Value, json};

const PAYLOAD: usize = 256 << 10;

/// As many parts as a drop may have.
const PARTS: usize = 500;

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_of_two_thousand_parts_is_refused_by_name_and_says_how_many_may_be() {
    let stack = Stack::shared().await;
    let batches = stack.lake("batches/").await;
    let run = stack.drop_file("healthtech/two-thousand.zip", archive(2_000, 0)).await;
    assert_eq!(run.outcome(), "quarantined");
    assert_eq!(run.output["reason"]["error"], "Rejected.TooLarge");
    let cause = run.output["reason"]["cause"].as_str().unwrap();
    assert!(cause.contains("it has more than 500 sheets, members and pieces; split it"), "{cause}");
    assert_passed_on(&stack, &run);
    assert_eq!(stack.lake("batches/").await, batches, "nothing was transformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_of_as_many_parts_as_may_be_with_long_names_and_many_findings_passes_through_every_state() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let run = stack.drop_file("healthtech/five-hundred.zip", archive(PARTS, 60)).await;
    assert_eq!(run.error, None, "{:?}", run.cause);
    let receipt = &run.output["loads"][0];
    assert_eq!(
        receipt["counts"],
        json!({"read": 2 * PARTS, "loaded": PARTS, "rejected": PARTS, "superseded": 0, "held": 0})
    );
    assert_eq!(receipt["findings"].as_array().unwrap().len(), 50, "as many as are told of any");
    assert_passed_on(&stack, &run);
    let findings: i64 = database.query_one("SELECT count(*) FROM ops.finding", &[]).await.unwrap().get(0);
    assert!(findings >= 550, "the ledger has all of them, not {findings}");
}

/// An archive of so many files of a doctor and a row that is rejected, under long names, and of others that nobody reads.
fn archive(files: usize, others: usize) -> Vec<u8> {
    let names: Vec<String> =
        (0..files).map(|number| format!("{:n<195}{number:05}.csv", "doctors-")).collect();
    let rows: Vec<String> =
        (0..files).map(|number| format!("doctor_id,name\n{number},Ada\nsoon,Bo\n")).collect();
    let unread: Vec<String> = (0..others).map(|number| format!("scan-{number}.pdf")).collect();
    let doctors = names.iter().map(String::as_str).zip(rows.iter().map(String::as_bytes));
    let unread = unread.iter().map(|name| (name.as_str(), &b"%PDF-1.7\n%%EOF\n"[..]));
    sheet::archive(&doctors.chain(unread).collect::<Vec<_>>()).unwrap()
}

/// Step Functions would have passed on every payload of a run.
fn assert_passed_on(stack: &Stack, run: &Run) {
    for event in stack.history(&run.arn) {
        let longest = longest(&event);
        assert!(longest < PAYLOAD, "a payload of {longest} bytes at {}", event["type"]);
    }
}

/// The bytes of the longest text within: payloads are texts of JSON.
fn longest(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(longest).max().unwrap_or(0),
        Value::Object(fields) => fields.values().map(longest).max().unwrap_or(0),
        _ => 0,
    }
}
