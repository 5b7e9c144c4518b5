//! What a person types: `rounds drop`, `rounds runs`.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::process::Output;

use rounds_testkit::healthtech::Clinic;
use rounds_testkit::hostile;
use rounds_testkit::sheet;
use rounds_testkit::stack::{Stack, checkout};
use rounds_tests::{assert_no_canary, assert_tables, clinic, drop_doctors};
use serde_json::Value;

/// Drops a file of this name, and follows its run.
fn drop_and_follow(stack: &Stack, name: &str, content: &[u8], more: &[&str]) -> Output {
    let folder = checkout().join("target/local/test-drops");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, content).unwrap();
    let output = stack.rounds().arg("drop").arg(&file).arg("--follow").args(more).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_drop_ends_with_counts_and_is_listed_among_the_runs() {
    let stack = Stack::shared().await;
    let clinic = clinic(51);
    drop_doctors(&stack, &clinic).await;
    let content = sheet::workbook(&clinic.appointments.rows).unwrap();
    let output = drop_and_follow(&stack, Clinic::APPOINTMENTS_FILE, &content, &[]);
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    let (read, loaded) = (clinic.appointments.entries.len(), clinic.appointments.loaded().count());
    assert!(text.contains(&format!("{read} read = {loaded} loaded")), "{text}");
    for rule in ["damaged_identifier in booking_id", "unknown_word in status", "missing in patient_id"] {
        assert!(text.contains(rule), "{rule}: {text}");
    }
    assert_no_canary("what rounds says", &text);
    assert_tables(&stack.database().await, &clinic).await;

    let runs = said(&stack.rounds().arg("runs").output().unwrap());
    let listed = runs.lines().find(|line| line.contains(Clinic::APPOINTMENTS_FILE)).unwrap();
    assert!(listed.contains("healthtech.appointments"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_drop_that_is_quarantined_says_why_and_exits_with_3() {
    let stack = Stack::shared().await;
    for file in hostile::one_of_each().unwrap() {
        let output = drop_and_follow(&stack, file.name, &file.content, &[]);
        assert_eq!(output.status.code(), Some(3), "{}: {}", file.name, said(&output));
        assert!(said(&output).contains(file.error), "{}: {}", file.name, said(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_drop_can_be_read_by_a_program() {
    let stack = Stack::shared().await;
    let content = sheet::csv(&clinic(52).doctors.rows).unwrap();
    let output = drop_and_follow(&stack, "doctors.csv", &content, &["--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told.pointer("/output/outcome").and_then(Value::as_str), Some("loaded"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_is_tried_in_a_database_of_the_stack_that_is_gone_afterwards() {
    let stack = Stack::shared().await;
    let output = stack.rounds().args(["catalog", "check"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said(&output).contains("in order"), "{}", said(&output));
    let left = "SELECT count(*) FROM pg_database WHERE datname = 'rounds_scratch'";
    let left: i64 = stack.database().await.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}
