//! The four files in any order, at once, and each twice.

use rounds_testkit::stack::Stack;
use rounds_tests::{assert_nothing_leaked, folder, rounds, rounds_json};

use crate::{Csv, assert_record, csvs, reading};

fn key(name: &str) -> String {
    format!("records/{name}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_files_in_any_order_and_each_twice_make_one_record() {
    let csvs = csvs(1);
    let records = reading(&csvs[..4]);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let stack = Stack::shared().await;
        let database = stack.database().await;
        for (name, csv) in order.map(|place| csvs[place].clone()) {
            let run = stack.drop_file(&key(name), csv.clone()).await;
            assert_eq!(run.outcome(), "loaded", "{name}: {}", run.output);
            let counts = records.reading.counts(name);
            let told = &run.output["loads"][0]["counts"];
            assert_eq!(told["read"], counts.read, "{name}");
            assert_eq!(told["rejected"], counts.rejected, "{name}");
            assert_eq!(told["superseded"], counts.superseded, "{name}");
            assert_eq!(stack.drop_file(&key(name), csv).await.outcome(), "duplicate", "{name}");
        }
        assert_record(&stack, &database, &csvs[..4]).await;
        assert_nothing_leaked(&stack);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_files_at_once_make_the_same_record() {
    let csvs = csvs(2);
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let mut runs = Vec::new();
    let dropped: Vec<&Csv> = csvs[..4].iter().rev().collect();
    for (name, csv) in dropped {
        runs.push(stack.put(&key(name), csv.clone()).await);
    }
    for run in runs {
        let run = stack.finished(&run);
        assert_eq!(run.outcome(), "loaded", "{}", run.output);
    }
    assert_record(&stack, &database, &csvs[..4]).await;

    let page = folder("dashboard").join("patients.html");
    let name = "records.patient_records";
    let (said, code) = rounds(&stack, &["dashboard", name, "--out", page.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        std::fs::read(page).unwrap(),
        stack.lake_object(&format!("dashboards/{}.html", name.replace('.', "/"))).await
    );
    let told = rounds_json(&stack, &["dashboard"]);
    assert_eq!((&told["dashboard"], &told["is_out_of_date"]), (&name.into(), &false.into()));
}
