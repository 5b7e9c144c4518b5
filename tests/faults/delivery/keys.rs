//! Keys as people, programs and other alphabets make them.

use std::collections::BTreeSet;

use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Line, asked};
use rounds_tests::{appointment, assert_nothing_leaked, rounds, under_header};

/// What may stand in a name, each of it beside a word that the catalog looks for.
const NAMES: [&str; 14] = [
    "appointments + more.xlsx",
    "appointments 100%.xlsx",
    "appointments%20%2F%00.xlsx",
    "appointments 'it''s' \"here\" `now`.xlsx",
    "appointments $(whoami) & {% $x %} ${y} [z].xlsx",
    "appointments\\copy.xlsx",
    "appointments?versionId=1&x=y#part.xlsx",
    "appointments Mu\u{308}ller, decomposed.xlsx",
    "appointments M\u{fc}ller, composed.xlsx",
    "予約 appointments 🗓 запись.xlsx",
    "appointments\u{202e}\u{200b}\u{a0}.xlsx",
    "appointments; DROP TABLE ops.drop; --.xlsx",
    " appointments  .xlsx ",
    "../appointments/../../appointments.xlsx",
];

/// Every name, and the longest key that S3 takes.
fn keys() -> Vec<String> {
    let folder = "healthtech/appointments ";
    let longest = format!("{folder}{}.xlsx", "ü+".repeat((1024 - folder.len() - ".xlsx".len()) / "ü+".len()));
    NAMES.iter().map(|name| format!("healthtech/{name}")).chain([longest]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_under_any_key_is_loaded_and_known_by_that_key() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let mut line = Line::start(&stack).await;
    for (number, key) in (1..).zip(keys()) {
        let rows = under_header([appointment(number, "2026-03-01", "confirmed")]);
        let event = line.drop_file(&key, sheet::workbook(&rows).unwrap()).await;
        assert_eq!(line.run(&event).unwrap()["outcome"], "loaded", "{key}");
        let loaded = "SELECT booking_id FROM healthtech.appointments";
        let loaded: i64 = database.query_one(loaded, &[]).await.unwrap().get(0);
        assert_eq!(loaded, 88_800_012_340_000 + i64::from(number), "{key}");
        assert_eq!(line.run(&event).unwrap()["outcome"], "duplicate", "{key}");
    }
    let known = database.query("SELECT key FROM ops.drop WHERE status = 'loaded'", &[]).await.unwrap();
    let known: BTreeSet<String> = known.iter().map(|row| row.get(0)).collect();
    assert_eq!(known, keys().into_iter().collect());
    for key in keys() {
        let (told, code) = rounds(&stack, &["explain", &key]);
        assert!(code == Some(0) && told.contains("loaded"), "{key}: {told}");
    }
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_under_any_key_is_kept_as_it_was() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    for (number, key) in keys().into_iter().enumerate() {
        let content = format!("nobody knows this header {number}\n1\n").into_bytes();
        let event = line.drop_file(&key, content.clone()).await;
        let answer = line.ingest.invoke(&asked::inspect(&event));
        assert_eq!(answer.error(), Some("Rejected.UnknownDataset"), "{key}: {answer:?}");
        let settle = asked::quarantine(&event, "Rejected.UnknownDataset", "c");
        for _ in 0..2 {
            assert_eq!(line.ingest.invoke(&settle).done()["outcome"], "settled", "{key}");
        }
        let etag = event["detail"]["object"]["etag"].as_str().unwrap();
        let kept = stack.lake(&format!("quarantine/{etag}/")).await;
        assert_eq!(kept.len(), 1, "{key}");
        assert!(kept.iter().all(|kept| kept.len() <= 1024), "S3 takes no longer key: {kept:?}");
        assert!(stack.lake_object(&kept[0]).await == content, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_all_of_it_goes_through_events_machine_and_alert() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let name = "appointments + 100% 'a' \"b\" $(c) {% $d %} Mu\u{308}ller é 🗓 ; --.xlsx";
    let key = format!("healthtech/{name}");
    let rows = under_header([appointment(1, "2026-03-01", "confirmed")]);
    let run = stack.drop_file(&key, sheet::workbook(&rows).unwrap()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    assert_eq!(run.output["drop"]["key"], key.as_str());

    let run = stack.drop_file(&key, Vec::new()).await;
    assert_eq!(run.outcome(), "quarantined", "{}", run.output);
    let alert = alerts.next();
    assert!(alert.message.contains(&format!("File: rounds-landing/{key}\n")), "{}", alert.message);
    let typed = format!("rounds explain '{}'\n", key.replace('\'', r"'\''"));
    assert!(alert.message.contains(&typed), "a shell takes the key as it is: {}", alert.message);
    let kept = stack.lake("quarantine/").await;
    assert!(kept.iter().any(|kept| kept.ends_with(&format!("/{name}"))), "{kept:?}");
    assert_nothing_leaked(&stack);
}
