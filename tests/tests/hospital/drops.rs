//! The files of a night in any order, at once, and each twice; and those of the next night.

use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::stack::Stack;
use rounds_tests::{assert_hospital, assert_nothing_leaked};

use crate::{csvs, lines};

fn key(name: &str) -> String {
    format!("hospital/{name}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_files_in_any_order_and_each_twice_make_one_hospital() {
    let csvs = csvs(1);
    let hospital = Hospital::of(&csvs[..4]);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0]] {
        let stack = Stack::shared().await;
        let database = stack.database().await;
        for (name, csv) in order.map(|place| csvs[place].clone()) {
            let run = stack.drop_file(&key(name), csv.clone()).await;
            assert_eq!(run.outcome(), "loaded", "{name}: {}", run.output);
            let counts = hospital.reading.counts(name);
            let told = &run.output["loads"][0]["counts"];
            assert_eq!(told["read"], counts.read, "{name}");
            assert_eq!(told["rejected"], counts.rejected, "{name}");
            assert_eq!(told["superseded"], counts.superseded, "{name}");
            assert_eq!(stack.drop_file(&key(name), csv).await.outcome(), "duplicate", "{name}");
        }
        assert_hospital(&database, &hospital).await;
        assert_nothing_leaked(&stack);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_files_at_once_make_the_same_hospital_and_the_next_night_brings_it_on() {
    let csvs = csvs(2);
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let mut runs = Vec::new();
    for (name, csv) in csvs[..4].iter().rev() {
        runs.push(stack.put(&key(name), csv.clone()).await);
    }
    for run in runs {
        let run = stack.finished(&run);
        assert_eq!(run.outcome(), "loaded", "{}", run.output);
    }
    assert_hospital(&database, &Hospital::of(&csvs[..4])).await;

    for through in 5..=6 {
        let (name, csv) = &csvs[through - 1];
        let run = stack.drop_file(&key(name), csv.clone()).await;
        assert_eq!(run.outcome(), "loaded", "{}", run.output);
        assert_hospital(&database, &Hospital::of(&csvs[..through])).await;
    }
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_have_the_indexes_that_their_contracts_name() {
    let [patients, ..] = csvs(3);
    let stack = Stack::shared().await;
    let database = stack.database().await;
    assert_eq!(stack.drop_file(&key(patients.0), patients.1).await.outcome(), "loaded");
    let named = "SELECT indexname FROM pg_indexes WHERE schemaname = 'hospital' AND indexname LIKE '%\\_by\\_%' ORDER BY 1";
    let names: Vec<String> = lines(&database, named).await.into_iter().flatten().flatten().collect();
    let wanted = [
        "appointments_by_appointment_date",
        "appointments_by_doctor_id_appointment_date",
        "appointments_by_patient_id_appointment_date",
        "appointments_by_status_appointment_date",
        "treatments_by_appointment_id",
        "treatments_by_created_at",
    ];
    assert_eq!(names, wanted);
}
