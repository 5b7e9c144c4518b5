//! A load that is killed wherever it waits for something.

use std::pin::pin;

use crate::clinic::{APPOINTMENTS, CLAIMS, Clinic, drop_at};
use crate::lake::{Rows, appointments, numbers, texts};
use rounds_shared::payload::{Drop, LoadOutcome, LoadRequest};
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
    let patients = "SELECT patient_id, count(*) FROM healthtech.appointments GROUP BY 1";
    kill_at_each_point(&clinic, patients, |patient| {
        clinic.drop(patient, &[(APPOINTMENTS, &bookings_of(patient))])
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_rows_go_straight_to_it_a_table_without_a_key_is_old_or_new_too() {
    let clinic = Clinic::of(&[("demo/claims.toml", CLAIMS)]).await;
    let amounts = "SELECT amount, count(*) FROM demo.claims GROUP BY 1";
    kill_at_each_point(&clinic, amounts, |amount| {
        let key = "demo/account=A/claims.csv".to_owned();
        let claims: Vec<i64> = (0..20).collect();
        let rows =
            [texts("account", &["A"; 20]), numbers("claim", &claims), numbers("amount", &[amount; 20])];
        clinic.dropped(Drop { key, ..drop_at(amount) }, &[("demo.claims", &Rows(rows.into()))])
    })
    .await;
}

/// Kills loads of twenty rows each, which have a number of their own, at one poll after the other. `content` asks for the
/// numbers that there are, and their rows.
async fn kill_at_each_point(clinic: &Clinic, content: &str, request: impl Fn(i64) -> LoadRequest) {
    clinic.load(&request(0)).await;
    let mut polls = 0;
    loop {
        polls += 1;
        let number = i64::try_from(polls).unwrap();
        let request = request(number);
        let whole = polled(pin!(clinic.try_load(&request, &clinic.lake)), polls).await;
        let (old, new) = (format!("({},20)", number - 1), format!("({number},20)"));
        let found = clinic.rows(content).await;
        assert!(found == [old] || found == [new.clone()], "killed at poll {polls}: {found:?}");
        // The session that was killed may still commit: its lock is waited for.
        let outcome = clinic.load(&request).await.outcome;
        let is_there = [LoadOutcome::Loaded, LoadOutcome::AlreadyLoaded].contains(&outcome);
        assert!(is_there, "killed at poll {polls}: {outcome:?}");
        assert_eq!(clinic.rows(content).await, [new], "killed at poll {polls}");
        if whole.is_some() {
            break;
        }
    }
    assert!(polls > 20, "it was killed on the way: {polls}");
    let loads = clinic.rows("SELECT count(*) FROM ops.load").await;
    assert_eq!(loads, [format!("({})", polls + 1)], "one for each drop");
    clinic.assert_lake().await;
}
