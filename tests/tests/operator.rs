//! What an operator does: explain, rejects, replay, accept, discard.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::path::Path;

use rounds_testkit::hostile;
use rounds_testkit::sheet::{self, Cell, Row, text};
use rounds_testkit::stack::{Stack, checkout};
use rounds_tests::{
    appointment, assert_no_canary, assert_nothing_leaked, copy_folder, everything, folder, mend, rounds,
    rounds_json, under_header,
};
use serde_json::Value;
use tokio_postgres::Client;

const KEY: &str = "healthtech/appointments.xlsx";

fn good(count: u32) -> Vec<Row> {
    under_header((1..=count).map(|number| appointment(number, "2025-10-03", "confirmed")))
}

/// Six appointments, of which two are rejected: a date in row 3, a word in row 6.
fn two_rejects() -> Vec<Row> {
    let mut rows = good(6);
    rows[2] = appointment(2, "CANARY-PERSON's day", "confirmed");
    rows[5] = appointment(5, "2025-10-03", "perhaps");
    rows
}

fn batch_of(output: &Value) -> String {
    output["loads"][0]["batch"].as_str().unwrap().to_owned()
}

async fn count(database: &Client, asked: &str) -> i64 {
    database.query_one(asked, &[]).await.unwrap().get(0)
}

const APPOINTMENTS: &str = "SELECT count(*) FROM healthtech.appointments";

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_file_is_told_from_its_sheets_to_its_table() {
    let stack = Stack::shared().await;
    let mut october = vec![vec![text("CANARY-PERSON's appointments")]];
    october.extend(two_rejects());
    let notes = [vec![text("CANARY-OTHER said")], vec![text("nothing")]];
    let workbook = sheet::workbook_of(&[("October", &october), ("Minutes", &notes)]).unwrap();
    let run = stack.drop_file(KEY, workbook).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    let batch = batch_of(&run.output);

    let (by_key, code) = rounds(&stack, &["explain", KEY]);
    assert_eq!(code, Some(0), "{by_key}");
    for part in [
        KEY,
        "xlsx",
        &batch,
        "healthtech.appointments, its latest load",
        "October: read, with the header in row 2",
        "patient_id    column 2, by its name",
        "Minutes: not read",
        "6 read = 4 loaded + 2 rejected",
        "not_a_date in booking_date  (October, row 4)",
        "unknown_word in status  (October, row 7)",
        "unknown_reference in doctor_id",
        "is not one of the contract's words",
        &format!("rejects/healthtech/appointments/batch={batch}/"),
        &format!("rounds rejects {}", &batch[..12]),
    ] {
        assert!(by_key.contains(part), "{part} is not in\n{by_key}");
    }
    assert_eq!(rounds(&stack, &["explain", &batch[..7]]).0, by_key, "a batch is known by its beginning");
    let story = rounds_json(&stack, &["explain", &batch]);
    assert_eq!(story.pointer("/batches/0/counts/rejected"), Some(&2.into()), "{story}");
    assert_eq!(story.pointer("/drops/0/drop/key").or(story.pointer("/drops/0/key")), Some(&KEY.into()));

    let (unknown, code) = rounds(&stack, &["explain", "healthtech/never-dropped.xlsx"]);
    assert_eq!(code, Some(2), "{unknown}");
    let twins =
        "INSERT INTO ops.batch (batch, dataset, contract, read, loaded, rejected, superseded, held, status)
                 SELECT 'twin-' || n, 'a.b', '', 0, 0, 0, 0, 0, 'overtaken' FROM generate_series(1, 2) n";
    stack.database().await.batch_execute(twins).await.unwrap();
    let (ambiguous, code) = rounds(&stack, &["explain", "twin"]);
    assert!(code == Some(2) && ambiguous.contains("twin-1\n  twin-2"), "{ambiguous}");
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_refused_file_says_why_and_where_it_is_kept() {
    let stack = Stack::shared().await;
    for file in hostile::one_of_each().unwrap() {
        let key = format!("healthtech/{}", file.name);
        stack.drop_file(&key, file.content).await;
        let (story, code) = rounds(&stack, &["explain", &key]);
        assert_eq!(code, Some(0), "{story}");
        assert!(story.contains("quarantined") && story.contains(file.error), "{story}");
        let kept = story.lines().find(|line| line.contains("kept in")).unwrap();
        assert!(Path::new(kept.trim().trim_start_matches("kept in").trim()).is_file(), "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_that_are_mended_take_their_places_and_the_account_closes() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let run = stack.drop_file(KEY, sheet::workbook(&two_rejects()).unwrap()).await;
    let first = batch_of(&run.output);
    let folder = folder("mend");
    let (rejects, mended) = (folder.join("rejects.xlsx"), folder.join("mended.xlsx"));
    let (rejects_path, mended_path) = (rejects.to_str().unwrap(), mended.to_str().unwrap());

    let (listed, _) = rounds(&stack, &["rejects", &first[..8]]);
    assert!(listed.contains("2 of 6 rows") && listed.contains("unknown_word in status"), "{listed}");
    let (written, code) = rounds(&stack, &["rejects", &first[..8], "--xlsx", rejects_path]);
    assert_eq!(code, Some(0), "{written}");
    let (again, code) = rounds(&stack, &["rejects", &first[..8], "--xlsx", rejects_path]);
    assert_eq!(code, Some(2), "a workbook that may be mended is never overwritten: {again}");

    mend(&rejects, &mended, &["3", "6"], &[("booking_date", "2025-10-04"), ("status", "cancelled")]);
    let arguments = ["replay", &first[..8], "--mended", mended_path, "--follow"];
    let replay = rounds_json(&stack, &arguments);
    assert_eq!(replay["output"]["outcome"], "loaded", "{replay}");
    let counts = &replay["output"]["loads"][0]["counts"];
    assert_eq!((&counts["read"], &counts["loaded"], &counts["rejected"]), (&6.into(), &6.into(), &0.into()));
    let second = batch_of(&replay["output"]);
    assert_ne!(second, first);

    assert_eq!(count(&database, APPOINTMENTS).await, 6);
    let lineage = "SELECT replay_of, jsonb_array_length(mends) FROM ops.batch WHERE batch = $1";
    let row = database.query_one(lineage, &[&second]).await.unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, i32>(1)), (first.as_str(), 1));
    let places =
        "SELECT array_agg(_row ORDER BY _row) FROM healthtech.appointments WHERE status = 'cancelled'";
    let row = database.query_one(places, &[]).await.unwrap();
    assert_eq!(row.get::<_, Vec<i64>>(0), [3, 6], "the rows keep their numbers in the first file");
    let (story, _) = rounds(&stack, &["explain", &first]);
    assert!(story.contains(&format!("as {second}")), "{story}");
    let mended_key = format!("healthtech/appointments mended {}.xlsx", &first[..8]);
    let (story, _) = rounds(&stack, &["explain", &mended_key]);
    assert!(story.contains(&second) && story.contains(&format!("replays   {first}")), "{story}");

    let before = everything(&database).await;
    let again = rounds_json(&stack, &arguments);
    assert_eq!(again["output"]["outcome"], "duplicate", "the same mended workbook again: {again}");
    let unchanged = stack.finished(&stack.start(&run.event));
    assert_eq!(unchanged.outcome(), "duplicate", "the first file's event again does not take the mends back");
    assert_eq!(everything(&database).await, before);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_people_mend_of_one_batch_is_all_kept() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let run = stack.drop_file(KEY, sheet::workbook(&two_rejects()).unwrap()).await;
    let first = batch_of(&run.output);
    let folder = folder("two-people");
    let rejects = folder.join("rejects.xlsx");
    assert_eq!(rounds(&stack, &["rejects", &first, "--xlsx", rejects.to_str().unwrap()]).1, Some(0));
    for (name, number, cell) in
        [("dates", "3", ("booking_date", "2025-10-04")), ("words", "6", ("status", "cancelled"))]
    {
        let mended = folder.join(name).with_extension("xlsx");
        mend(&rejects, &mended, &[number], &[cell]);
        // Dropped like any other file, wherever.
        let run = stack.drop_file(&format!("inbox/{name}.xlsx"), std::fs::read(&mended).unwrap()).await;
        assert_eq!(run.outcome(), "loaded", "{}", run.output);
    }
    assert_eq!(count(&database, APPOINTMENTS).await, 6);
    let chain = "SELECT jsonb_array_length(mends), rejected FROM ops.batch ORDER BY settled_at";
    let rows = database.query(chain, &[]).await.unwrap();
    let chain: Vec<(i32, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(chain, [(0, 2), (1, 1), (2, 0)]);
    let first_of_all = format!("SELECT count(*) FROM ops.batch WHERE replay_of = '{first}'");
    assert_eq!(count(&database, &first_of_all).await, 2);

    let before = everything(&database).await;
    let (told, code) = rounds(&stack, &["replay", &first, "--follow"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("is still the one that batch"), "a replay reads what was mended: {told}");
    assert_eq!(everything(&database).await, before);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mended_workbook_that_fits_no_batch_is_refused() {
    let stack = Stack::shared().await;
    let header = ["_batch", "_part", "_row", "_reason", "booking_id"].map(text).to_vec();
    let row = |batch: &str| vec![text(batch), text("0"), text("3"), text(""), text("CANARY-OTHER")];
    for (name, rows) in [
        ("unknown", vec![header.clone(), row("0123456789abcdef0123456789abcdef")]),
        ("several", vec![header.clone(), row("canary1"), row("canary2")]),
        ("added", vec![header.clone(), row("canary1"), row("")]),
    ] {
        let run = stack.drop_file(&format!("healthtech/{name}.xlsx"), sheet::workbook(&rows).unwrap()).await;
        assert_eq!(run.outcome(), "quarantined", "{name}: {}", run.output);
        assert_eq!(run.output["reason"]["error"], "Rejected.UnknownBatch", "{name}");
    }
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_far_fewer_rows_waits_until_an_operator_accepts_it() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    stack.drop_file(KEY, sheet::workbook(&good(20)).unwrap()).await;
    let (alerts, mails) = (stack.alerts(), stack.mails().len());

    let run = stack.drop_file(KEY, sheet::workbook(&good(5)).unwrap()).await;
    assert_eq!((run.status.as_str(), run.outcome()), ("SUCCEEDED", "held_back"), "{}", run.output);
    let batch = batch_of(&run.output);
    assert_eq!(run.output["loads"][0]["counts"]["held"], 5);
    assert_eq!(count(&database, APPOINTMENTS).await, 20, "nothing changed");
    assert_eq!(stack.mails().len(), mails, "and nobody is told a load");
    assert!(stack.lake(&format!("lake/healthtech/appointments/batch={batch}/")).await.is_empty());

    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: batch held back");
    let commands = [format!("rounds accept {batch}"), format!("rounds discard {batch}")];
    for part in commands.iter().map(String::as_str).chain([
        KEY,
        "healthtech.appointments",
        "far fewer rows",
        "5 read",
    ]) {
        assert!(alert.message.contains(part), "{part} is not in\n{}", alert.message);
    }
    assert_no_canary("the alert", &alert.message);
    let (runs, _) = rounds(&stack, &["runs", "-n", "1"]);
    assert!(runs.contains("held back"), "{runs}");
    let (story, _) = rounds(&stack, &["explain", &batch[..8]]);
    assert!(story.contains("HELD BACK") && story.contains("smaller_than_last"), "{story}");

    let (told, code) = rounds(&stack, &["accept", &batch[..8]]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("LOADED") && told.contains("5 read = 5 loaded"), "{told}");
    assert_eq!(count(&database, APPOINTMENTS).await, 5);
    assert_eq!(stack.mails().len(), mails + 1);
    assert!(alerts.take().is_none());
    let decided = "SELECT count(*) FROM ops.batch WHERE status = 'loaded' AND decided_at IS NOT NULL";
    assert_eq!(count(&database, decided).await, 1);
    let (told, code) = rounds(&stack, &["discard", &batch]);
    assert_eq!(code, Some(2), "what is loaded cannot be discarded: {told}");
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dataset_of_a_file_may_wait_while_the_other_is_loaded() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    stack.drop_file(KEY, sheet::workbook(&good(20)).unwrap()).await;
    let alerts = stack.alerts();
    let doctors = [["doctor_id", "name"].map(text).to_vec(), vec![Cell::Number(7.0), text("CANARY-PERSON")]];
    let workbook = sheet::workbook_of(&[("Doctors", &doctors), ("October", &good(5))]).unwrap();
    let run = stack.drop_file("healthtech/both.xlsx", workbook).await;
    assert_eq!(run.outcome(), "held_back", "{}", run.output);
    let outcome = |run: &Value, dataset: &str| {
        let loads = run["loads"].as_array().unwrap();
        loads.iter().find(|load| load["dataset"] == dataset).unwrap()["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome(&run.output, "healthtech.doctors"), "loaded");
    assert_eq!(outcome(&run.output, "healthtech.appointments"), "held_back");
    let named = "SELECT count(*) FROM healthtech.doctors WHERE name <> 'Unknown'";
    assert_eq!((count(&database, named).await, count(&database, APPOINTMENTS).await), (1, 20));
    let alert = alerts.next().message;
    assert!(alert.contains("healthtech.appointments") && !alert.contains("healthtech.doctors"), "{alert}");

    let held = "SELECT batch FROM ops.batch WHERE status = 'held_back'";
    let batch: String = database.query_one(held, &[]).await.unwrap().get(0);
    let told = rounds_json(&stack, &["accept", &batch]);
    assert_eq!(told["output"]["outcome"], "loaded", "{told}");
    assert_eq!(outcome(&told["output"], "healthtech.doctors"), "already_loaded");
    assert_eq!(count(&database, APPOINTMENTS).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_an_operator_discards_is_never_loaded() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    stack.drop_file(KEY, sheet::workbook(&good(20)).unwrap()).await;
    let run = stack.drop_file(KEY, sheet::workbook(&two_rejects()).unwrap()).await;
    let batch = batch_of(&run.output);
    let told = rounds_json(&stack, &["discard", &batch[..8]]);
    assert_eq!(told["output"]["outcome"], "discarded", "{told}");
    let counts = &told["output"]["loads"][0]["counts"];
    assert_eq!((&counts["read"], &counts["rejected"], &counts["held"]), (&6.into(), &6.into(), &0.into()));
    assert_eq!(count(&database, APPOINTMENTS).await, 20);

    let before = everything(&database).await;
    let again = stack.finished(&stack.start(&run.event));
    assert_eq!(again.outcome(), "discarded", "its event again");
    let (told, code) = rounds(&stack, &["accept", &batch]);
    assert_eq!(code, Some(2), "{told}");
    assert_eq!(count(&database, APPOINTMENTS).await, 20);
    assert_eq!(count(&database, "SELECT count(*) FROM ops.load").await, 1);
    assert_eq!(everything(&database).await.len(), before.len());
    let (story, _) = rounds(&stack, &["explain", &batch]);
    assert!(story.contains("discarded by an operator on "), "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_contract_replays_the_file_with_lineage_to_its_first_batch() {
    let stack = Stack::own("contract");
    let database = stack.database().await;
    let run = stack.drop_file(KEY, sheet::workbook(&two_rejects()).unwrap()).await;
    let first = batch_of(&run.output);
    let (told, code) = rounds(&stack, &["replay", &first[..8], "--follow"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("is still the one that batch"), "{told}");
    let folder_of_rejects = folder("contract");
    let (rejects, mended) = (folder_of_rejects.join("rejects.xlsx"), folder_of_rejects.join("mended.xlsx"));
    assert_eq!(rounds(&stack, &["rejects", &first, "--xlsx", rejects.to_str().unwrap()]).1, Some(0));
    mend(&rejects, &mended, &["3"], &[("booking_date", "2025-10-04")]);
    assert_eq!(
        rounds(&stack, &["replay", &first, "--mended", mended.to_str().unwrap(), "--follow"]).1,
        Some(0)
    );
    assert_eq!(count(&database, APPOINTMENTS).await, 5);

    let catalog = folder("catalog");
    let domain = catalog.join("healthtech");
    copy_folder(&checkout().join("catalog/healthtech"), &domain);
    let contract = std::fs::read_to_string(domain.join("appointments.toml")).unwrap();
    let wider = contract.replace("[\"cancelled\", ", "[\"cancelled\", \"perhaps\", ");
    assert_ne!(wider, contract);
    std::fs::write(domain.join("appointments.toml"), wider).unwrap();
    let (told, code) = rounds(&stack, &["local", "up", "--catalog", catalog.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{told}");

    let replay = rounds_json(&stack, &["replay", &first[..8], "--follow"]);
    assert_eq!(replay["output"]["outcome"], "loaded", "{replay}");
    let second = batch_of(&replay["output"]);
    assert_eq!(replay["output"]["loads"][0]["counts"]["rejected"], 0, "what was mended stays mended");
    assert_eq!(count(&database, APPOINTMENTS).await, 6);
    let story = rounds_json(&stack, &["explain", &second]);
    assert_eq!(story.pointer("/batches/0/replay_of"), Some(&first.into()), "{story}");
    assert_nothing_leaked(&stack);
}
