//! Files that come later: parents whom rows waited for, and corrected rows.

use rounds_testkit::stack::Stack;
use rounds_tests::{assert_nothing_leaked, rounds};

use crate::read::lines;
use crate::{assert_record, csvs, reading};

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_wait_are_told_and_loaded_by_themselves_and_a_corrected_visit_changes_its_row_alone() {
    let csvs = csvs(3);
    let stack = Stack::shared().await;
    let database = stack.database().await;
    for (name, csv) in &csvs[..4] {
        let _ = stack.drop_file(&format!("records/{name}"), csv.clone()).await;
    }
    let first = reading(&csvs[..4]);
    assert_record(&stack, &database, &first).await;

    // Whoever asks is told of them.
    let held = first.held_visits().len();
    let (story, code) = rounds(&stack, &["explain", "records/visits.csv"]);
    assert_eq!(code, Some(0), "{story}");
    assert!(story.contains(&format!("{held} held")), "{story}");
    assert!(story.contains("unknown_reference"), "{story}");
    let (runs, _) = rounds(&stack, &["runs", "--json"]);
    let told = runs.lines().find(|line| line.contains("\"key\":\"records/visits.csv\"")).unwrap();
    assert!(told.contains(&format!("\"held\":{held}")), "{told}");

    let (name, csv) = &csvs[4];
    let run = stack.drop_file(&format!("records/{name}"), csv.clone()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    let second = reading(&csvs[..5]);
    assert!(second.held_visits().len() < held && second.visits().len() > first.visits().len());
    assert_record(&stack, &database, &second).await;

    let others = "SELECT visit_id, _batch, _row, _loaded_at FROM records.visits
                  WHERE visit_id NOT IN (SELECT visit_id FROM records.visits WHERE reason = 'Corrected') ORDER BY 1";
    let (name, csv) = &csvs[5];
    let before =
        lines(&database, "SELECT visit_id, _batch, _row, _loaded_at FROM records.visits ORDER BY 1").await;
    let run = stack.drop_file(&format!("records/{name}"), csv.clone()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    let third = reading(&csvs);
    let corrected = third.counts(name).read;
    let untouched = lines(&database, others).await;
    assert_eq!(before.len() as u64 - untouched.len() as u64, corrected);
    assert!(untouched.iter().all(|line| before.contains(line)), "rows that no file names stay as they are");
    assert_record(&stack, &database, &third).await;
    assert_nothing_leaked(&stack);
}
