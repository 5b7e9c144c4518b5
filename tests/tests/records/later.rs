//! Files that come later: parents whom rows waited for, and corrected rows.

use rounds_testkit::stack::Stack;
use rounds_tests::{assert_nothing_leaked, rounds};

use crate::read::lines;
use crate::{Csv, assert_record, csvs, reading};

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_wait_are_told_and_loaded_by_themselves_and_a_corrected_visit_changes_its_row_alone() {
    let csvs = csvs(3);
    let stack = Stack::shared().await;
    let database = stack.database().await;
    for (name, csv) in &csvs[..4] {
        let _ = stack.drop_file(&format!("records/{name}"), csv.clone()).await;
    }
    let first = reading(&csvs[..4]);
    assert_record(&stack, &database, &csvs[..4]).await;

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
    assert_record(&stack, &database, &csvs[..5]).await;

    let others = "SELECT visit_id, _batch, _row, _loaded_at FROM records.visits
                  WHERE visit_id NOT IN (SELECT visit_id FROM records.visits WHERE reason = 'Corrected') ORDER BY 1";
    let (name, csv) = &csvs[5];
    let before =
        lines(&database, "SELECT visit_id, _batch, _row, _loaded_at FROM records.visits ORDER BY 1").await;
    let run = stack.drop_file(&format!("records/{name}"), csv.clone()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    let third = reading(&csvs);
    let corrected = third.reading.counts(name).read;
    let untouched = lines(&database, others).await;
    assert_eq!(before.len() as u64 - untouched.len() as u64, corrected);
    assert!(untouched.iter().all(|line| before.contains(line)), "rows that no file names stay as they are");
    assert_record(&stack, &database, &csvs).await;
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_stays_as_it_was_while_its_correction_waits_for_a_patient() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let csvs: [Csv; 5] = [
        ("patients.csv", "patient_id,name,gender,dob,blood_group,city\nP1,Ana,F,1980-02-29,O+,Goa\n"),
        ("doctors.csv", "doctor_id,name,specialization,hospital\nD2000,Dr. Rao,Oncology,Sunrise\n"),
        (
            "visits.csv",
            "visit_id,patient_id,doctor_id,visit_date,reason,visit_type\nV1,P1,D2000,2026-01-05,Fever,OPD\n",
        ),
        ("lab_reports.csv", "report_id,visit_id,test_type,result,report_date\nR1,V1,CBC,Normal,2026-01-06\n"),
        (
            "visits_moved.csv",
            "visit_id,patient_id,doctor_id,visit_date,reason,visit_type\nV1,P2,D2000,2026-01-05,Injury,OPD\n",
        ),
    ]
    .map(|(name, csv)| (name, csv.as_bytes().to_vec()));
    for (name, csv) in &csvs {
        assert_eq!(
            stack.drop_file(&format!("records/{name}"), csv.clone()).await.outcome(),
            "loaded",
            "{name}"
        );
    }
    assert_eq!(reading(&csvs).held_visits(), ["V1"].into());
    assert_record(&stack, &database, &csvs).await;

    let late = ("patients_late.csv", b"patient_id,name,gender,dob,blood_group,city\nP2,Ravi,M,,,\n".to_vec());
    let run = stack.drop_file("records/patients_late.csv", late.1.clone()).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    let csvs: Vec<Csv> = csvs.into_iter().chain([late]).collect();
    assert!(reading(&csvs).held_visits().is_empty());
    assert_record(&stack, &database, &csvs).await;
}
