//! A load that is killed wherever it waits for something.

use std::pin::pin;

use crate::clinic::{APPOINTMENTS, Clinic};
use crate::lake::{Rows, appointments};
use rounds_shared::payload::LoadOutcome;
use rounds_testkit::polled::polled;

/// Bookings of one patient, with doctors that nobody knows, so that placeholders come and go.
fn bookings_of(patient: i64) -> Rows {
    let doctor = |id| i32::try_from((id + patient) % 5).unwrap();
    let rows: Vec<_> = (0..20).map(|id| (id, patient, doctor(id), "2025-10-01", "confirmed")).collect();
    appointments(&rows)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_point_the_table_is_old_or_new_and_the_next_run_makes_it_new() {
    let clinic = Clinic::new().await;
    clinic.bring(0, APPOINTMENTS, &bookings_of(0)).await;
    let patients = "SELECT patient_id, count(*) FROM healthtech.appointments GROUP BY 1";
    let mut polls = 0;
    loop {
        polls += 1;
        let patient = i64::try_from(polls).unwrap();
        let request = clinic.drop(patient, &[(APPOINTMENTS, &bookings_of(patient))]);
        let whole = polled(pin!(clinic.try_load(&request, &clinic.lake)), polls).await;
        let (old, new) = (format!("({},20)", patient - 1), format!("({patient},20)"));
        let found = clinic.rows(patients).await;
        assert!(found == [old] || found == [new.clone()], "killed at poll {polls}: {found:?}");
        // The session that was killed may still commit: its lock is waited for.
        let outcome = clinic.load(&request).await.outcome;
        let is_there = [LoadOutcome::Loaded, LoadOutcome::AlreadyLoaded].contains(&outcome);
        assert!(is_there, "killed at poll {polls}: {outcome:?}");
        assert_eq!(clinic.rows(patients).await, [new], "killed at poll {polls}");
        if whole.is_some() {
            break;
        }
    }
    assert!(polls > 30, "it was killed on the way: {polls}");
    let loads = clinic.rows("SELECT count(*) FROM ops.load").await;
    assert_eq!(loads, [format!("({})", polls + 1)], "one for each drop");
    clinic.assert_lake().await;
}
