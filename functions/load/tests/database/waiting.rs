//! Batches that wait for an operator, and what the operator's word does.

use rounds_shared::catalog::{Catalog, HoldBack};
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{
    Decision, Finding, LoadOutcome, LoadReceipt, LoadRequest, LoadResponse, Severity, Verdict,
};

use crate::clinic::{Clinic, DOCTORS, healthtech};
use crate::lake::{Rows, doctors};

/// Doctors are held back by the usual rule, and where more than 10 % are rejected.
async fn clinic() -> Clinic {
    let mut clinic = Clinic::with(Catalog::from_files(&healthtech()).unwrap()).await;
    clinic.catalog.datasets[0].hold_back.rejects_over = Some(10);
    clinic
}

fn staff(numbers: std::ops::Range<i32>) -> Rows {
    doctors(&numbers.map(|number| (number, "Name", None)).collect::<Vec<_>>())
}

async fn decided(clinic: &Clinic, request: &LoadRequest, verdict: Verdict) -> LoadResponse {
    let batch = request.parts[0].batch.clone();
    clinic.load(&LoadRequest { decision: Some(Decision { batch, verdict }), ..request.clone() }).await
}

const DOCTORS_THERE: &str = "SELECT count(*) FROM healthtech.doctors";
const DROPS: &str = "SELECT version, status FROM ops.drop ORDER BY 1";
const DECIDED: &str = "SELECT status, decided_at IS NOT NULL FROM ops.batch ORDER BY settled_at DESC LIMIT 1";

#[test]
fn a_table_that_is_replaced_is_held_back_by_itself() {
    let catalog = Catalog::from_files(&healthtech()).unwrap();
    assert_eq!(catalog.datasets[0].hold_back, HoldBack { smaller_by: Some(40), rejects_over: None });
}

#[tokio::test]
async fn a_file_that_is_suddenly_smaller_waits_and_touches_nothing() {
    let clinic = clinic().await;
    clinic.bring(1, DOCTORS, &staff(0..10)).await;
    let lake = clinic.lake.loaded();
    let smaller = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
    let response = clinic.load(&smaller).await;
    let [receipt] = response.loads.as_slice() else { panic!("one dataset, one receipt") };
    assert_eq!((response.outcome, receipt.outcome), (LoadOutcome::HeldBack, LoadOutcome::HeldBack));
    assert_eq!((&receipt.load.batch, receipt.load.load), (&smaller.parts[0].batch, 0), "it names itself");
    assert_eq!((receipt.counts.read, receipt.counts.held), (6, 6));
    assert_eq!((receipt.findings[0].rule.as_str(), receipt.findings[0].count), ("smaller_than_last", 6));
    assert_eq!(clinic.rows(DOCTORS_THERE).await, ["(10)"]);
    assert_eq!(clinic.lake.loaded(), lake);
    assert_eq!(clinic.rows(DROPS).await, ["(v1,loaded)", "(v2,held_back)"]);
    assert_eq!(clinic.load(&smaller).await, response, "it waits on");
    assert_eq!(clinic.bring(3, DOCTORS, &staff(0..7)).await, LoadOutcome::Loaded);
}

#[tokio::test]
async fn why_a_batch_waits_is_told_first_however_much_else_there_is_to_tell() {
    let clinic = clinic().await;
    clinic.bring(1, DOCTORS, &staff(0..10)).await;
    let smaller = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
    clinic.lake.amend(&smaller.parts[0].manifest, |manifest: &mut PartManifest| {
        manifest.findings = (0..60)
            .map(|place| Finding {
                rule: "trimmed".to_owned(),
                sheet: Some(format!("Sheet{place}")),
                column: None,
                severity: Severity::Info,
                count: 100,
                at: vec![1],
            })
            .collect();
    });
    let receipt = clinic.load(&smaller).await.loads.remove(0);
    assert_eq!((receipt.outcome, receipt.findings.len()), (LoadOutcome::HeldBack, LoadReceipt::FINDINGS));
    assert_eq!(receipt.findings[0].rule, "smaller_than_last");
}

#[tokio::test]
async fn a_first_file_with_too_many_rejects_waits() {
    let clinic = clinic().await;
    let mut request = clinic.drop(1, &[(DOCTORS, &staff(0..8))]);
    let batch = request.parts[0].batch.clone();
    request.parts = vec![clinic.lake.part(DOCTORS, &batch, 0, &staff(0..8), 100, 1)];
    let response = clinic.load(&request).await;
    assert_eq!(response.outcome, LoadOutcome::HeldBack);
    assert_eq!(response.loads[0].findings[0].rule, "too_many_rejects");
    let counts = response.loads[0].counts;
    assert_eq!((counts.read, counts.held, counts.rejected), (9, 8, 1));
    assert_eq!(decided(&clinic, &request, Verdict::Accept).await.outcome, LoadOutcome::Loaded);
    assert_eq!(clinic.rows(DOCTORS_THERE).await, ["(8)"]);
}

#[tokio::test]
async fn an_accepted_batch_is_loaded_once() {
    let clinic = clinic().await;
    clinic.bring(1, DOCTORS, &staff(0..10)).await;
    let smaller = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
    clinic.load(&smaller).await;
    let response = decided(&clinic, &smaller, Verdict::Accept).await;
    assert_eq!((response.outcome, response.loads[0].counts.loaded), (LoadOutcome::Loaded, 6));
    assert_eq!(response.loads[0].findings, [], "it is not held back any more");
    assert_eq!(clinic.rows(DOCTORS_THERE).await, ["(6)"]);
    assert_eq!(clinic.rows(DROPS).await, ["(v1,loaded)", "(v2,loaded)"]);
    assert_eq!(clinic.rows(DECIDED).await, ["(loaded,t)"]);
    clinic.assert_lake().await;
    let before = clinic.everything().await;
    assert_eq!(decided(&clinic, &smaller, Verdict::Accept).await.outcome, LoadOutcome::AlreadyLoaded);
    assert_eq!(decided(&clinic, &smaller, Verdict::Discard).await.outcome, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.everything().await, before, "a word too late changes nothing");
}

#[tokio::test]
async fn a_discarded_batch_is_never_loaded() {
    let clinic = clinic().await;
    clinic.bring(1, DOCTORS, &staff(0..10)).await;
    let smaller = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
    clinic.load(&smaller).await;
    let response = decided(&clinic, &smaller, Verdict::Discard).await;
    assert_eq!((response.outcome, response.loads[0].counts.rejected), (LoadOutcome::Discarded, 6));
    assert_eq!(
        (response.loads[0].findings[0].rule.as_str(), response.loads[0].findings[0].count),
        ("discarded", 6)
    );
    assert_eq!(clinic.rows(DECIDED).await, ["(discarded,t)"]);
    assert_eq!(decided(&clinic, &smaller, Verdict::Accept).await.outcome, LoadOutcome::Discarded);
    assert_eq!(clinic.bring(3, DOCTORS, &staff(0..6)).await, LoadOutcome::Discarded, "nor dropped anew");
    assert_eq!(clinic.rows(DECIDED).await, ["(discarded,t)"]);
    assert_eq!(clinic.rows(DOCTORS_THERE).await, ["(10)"]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_batch_that_is_accepted_after_a_newer_drop_is_overtaken() {
    let clinic = clinic().await;
    clinic.bring(1, DOCTORS, &staff(0..10)).await;
    let smaller = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
    clinic.load(&smaller).await;
    clinic.bring(3, DOCTORS, &staff(0..11)).await;
    let response = decided(&clinic, &smaller, Verdict::Accept).await;
    assert_eq!((response.outcome, response.loads[0].counts.superseded), (LoadOutcome::Overtaken, 6));
    assert_eq!(clinic.rows(DOCTORS_THERE).await, ["(11)"]);
    assert_eq!(clinic.rows(DROPS).await, ["(v1,loaded)", "(v2,overtaken)", "(v3,loaded)"]);
    assert_eq!(clinic.rows(DECIDED).await, ["(overtaken,t)"]);
}

#[tokio::test]
async fn going_back_to_content_that_was_loaded_before_waits_for_nobody() {
    let clinic = clinic().await;
    clinic.bring(1, DOCTORS, &staff(0..6)).await;
    clinic.bring(2, DOCTORS, &staff(0..10)).await;
    assert_eq!(clinic.bring(3, DOCTORS, &staff(0..6)).await, LoadOutcome::Loaded);
    assert_eq!(clinic.rows(DOCTORS_THERE).await, ["(6)"]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_word_about_another_batch_accepts_nothing() {
    let clinic = clinic().await;
    clinic.bring(1, DOCTORS, &staff(0..10)).await;
    let mut smaller = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
    clinic.load(&smaller).await;
    smaller.decision = Some(Decision { batch: "0".repeat(32), verdict: Verdict::Accept });
    assert_eq!(clinic.load(&smaller).await.outcome, LoadOutcome::HeldBack);
    // Nor does a word that was given before the batch waited.
    let first = clinic.drop(4, &[(DOCTORS, &staff(0..3))]);
    assert_eq!(decided(&clinic, &first, Verdict::Accept).await.outcome, LoadOutcome::HeldBack);
}

#[tokio::test]
async fn a_word_about_a_batch_that_the_contract_has_changed_since_closes_that_batch_and_loads_no_other() {
    for (verdict, outcome, status) in [
        (Verdict::Discard, LoadOutcome::Discarded, "discarded"),
        (Verdict::Accept, LoadOutcome::HeldBack, "overtaken"),
    ] {
        let mut clinic = clinic().await;
        clinic.bring(1, DOCTORS, &staff(0..10)).await;
        let seen = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
        let batch = seen.parts[0].batch.clone();
        clinic.load(&seen).await;
        clinic.catalog.datasets[0].version = "another".to_owned();
        let mut now = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
        assert_ne!(now.parts[0].batch, batch);
        now.decision = Some(Decision { batch: batch.clone(), verdict });
        for _ in 0..2 {
            assert_eq!(clinic.load(&now).await.outcome, outcome);
            let closed = format!("SELECT status, held FROM ops.batch WHERE batch = '{batch}'");
            assert_eq!(clinic.rows(&closed).await, [format!("({status},0)")]);
            assert_eq!(clinic.rows(DOCTORS_THERE).await, ["(10)"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_words_at_once_one_counts() {
    for round in 0..4 {
        let clinic = clinic().await;
        clinic.bring(1, DOCTORS, &staff(0..10)).await;
        let smaller = clinic.drop(2, &[(DOCTORS, &staff(0..6))]);
        clinic.load(&smaller).await;
        let (accepted, discarded) = tokio::join!(
            decided(&clinic, &smaller, Verdict::Accept),
            decided(&clinic, &smaller, Verdict::Discard)
        );
        let outcomes = (accepted.outcome, discarded.outcome);
        let there = clinic.rows(DOCTORS_THERE).await;
        match outcomes {
            (LoadOutcome::Loaded, LoadOutcome::AlreadyLoaded) => assert_eq!(there, ["(6)"], "round {round}"),
            (LoadOutcome::Discarded, LoadOutcome::Discarded) => assert_eq!(there, ["(10)"], "round {round}"),
            others => panic!("round {round}: {others:?}"),
        }
        clinic.assert_lake().await;
    }
}
