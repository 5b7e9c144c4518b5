//! A file is not what it should be. On Linux alone: elsewhere nobody tells how much memory a process has had.
#![cfg(target_os = "linux")]

use std::fs;
use std::time::{Duration, Instant};

use rounds_testkit::hostile::{self, Hostile, Odd};
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Answer, Line, Stage, Stopped};
use rounds_tests::{assert_nothing_leaked, doctors};
use serde_json::{Value, json};

/// What a stage may take for a file that nobody can load, in a build that is not optimised.
const TIME: Duration = Duration::from_secs(20);
const MEMORY: u64 = 512 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_file_is_refused_by_name_in_bounded_time_and_memory_and_a_good_one_is_loaded_next() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let mut otherwise = Vec::new();
    for Hostile { name, content, error } in hostile::files().unwrap() {
        let event = line.drop_file(&format!("healthtech/{name}"), content).await;
        let begun = Instant::now();
        let (refused, message) = refusal(&mut line, &event);
        let time = begun.elapsed();
        let memory = [&line.ingest, &line.transform, &line.load].map(peak).into_iter().max().unwrap_or(0);
        let is_told = message.contains(name) && message.len() < 1_000;
        if refused != error || !is_told || time > TIME || memory > MEMORY {
            otherwise.push(format!("{name}: {refused}: {message}, {time:?}, {} MiB", memory >> 20));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    let database = stack.database().await;
    let loads: i64 = database.query_one("SELECT count(*) FROM ops.load", &[]).await.unwrap().get(0);
    assert_eq!(loads, 0);
    // By the very processes that have seen all of them.
    let good = line.drop_file("healthtech/doctors.csv", "doctor_id,name\n1,Ada\n".into()).await;
    assert_eq!(line.run(&good).unwrap()["outcome"], "loaded");
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_odd_file_is_loaded_whole() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let database = stack.database().await;
    let mut otherwise = Vec::new();
    for Odd { name, content } in hostile::odd().unwrap() {
        let event = line.drop_file(&format!("healthtech/{name}"), content).await;
        let ended = line.run(&event).unwrap_or_else(|stopped| json!({"stopped": format!("{stopped:?}")}));
        let counts = json!({"read": 3, "loaded": 3, "rejected": 0, "superseded": 0, "held": 0});
        let table = doctors(&database).await;
        if ended["loads"][0]["counts"] != counts || !table.keys().eq(&[1, 2, 3]) {
            otherwise.push(format!("{name}: {ended}"));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
}

/// The name and the sentence of the error with which the first stage to fail did so; what else came in its place.
fn refusal(line: &mut Line, event: &Value) -> (String, String) {
    match line.run(event) {
        Err(Stopped { answer: Answer::Failed { error, message }, .. }) => (error, message),
        other => ("no error".to_owned(), format!("{other:?}")),
    }
}

/// The most memory that a stage's process has had, in bytes; nothing where it has not begun.
fn peak(stage: &Stage) -> u64 {
    let Some(pid) = stage.pid() else { return 0 };
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
