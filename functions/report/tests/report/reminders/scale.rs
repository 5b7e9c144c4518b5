//! Ten thousand at once, and a sender that is killed anywhere.

use std::pin::pin;

use futures_util::future::join_all;
use rounds_report::delivery::sweep;
use rounds_testkit::polled::polled;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_reminders_go_out_in_parts_side_by_side_each_once_whoever_is_killed_and_run_again() {
    let mut ward = Ward::with(10_000).await;
    let post = Tray::default();
    let parts = ward.parts().await;
    let named: Vec<_> = parts.iter().map(|ready| (ready.report.as_str(), ready.part, ready.parts)).collect();
    assert_eq!(named, (1..=8).map(|part| (REMINDERS, part, 8)).collect::<Vec<_>>());

    // Killed somewhere in the middle, one earlier than the other.
    let ward = &ward;
    let killed = parts.iter().zip(1..).map(|(part, number)| {
        let post = &post;
        async move { polled(pin!(ward.call(post, part, None)), number * 300).await.is_none() }
    });
    assert!(join_all(killed).await.into_iter().any(|is_killed| is_killed));
    let halfway = post.taken().len();
    assert!((1..10_000).contains(&halfway), "{halfway}");

    // Twice at once, and once more.
    let (first, second) = tokio::join!(
        join_all(parts.iter().map(|part| ward.call(&post, part, None))),
        join_all(parts.iter().map(|part| ward.call(&post, part, None))),
    );
    assert!(first.iter().chain(&second).all(|course| course.as_ref().is_ok_and(|course| course.left == 0)));
    let again = join_all(parts.iter().map(|part| ward.call(&post, part, None))).await;
    assert_eq!(again.into_iter().map(|course| course.ok().unwrap().tally.sent).sum::<u32>(), 0);
    ward.assert_each_once(&post, 10_000).await;
    assert!(ward.standing("uncertain").await.len() <= 8, "a killed sender leaves one letter at the most");
}

#[tokio::test]
async fn a_reminder_goes_out_once_wherever_its_sender_is_killed() {
    let ward = Ward::with(3).await;
    let whole = Ready::whole(REMINDERS);
    for polls in (1..).step_by(3) {
        let post = Tray::default();
        ward.client.batch_execute("TRUNCATE ops.delivery CASCADE").await.unwrap();
        let was_killed = polled(pin!(ward.call(&post, &whole, None)), polls).await.is_none();
        // The server notices in its time that the session has ended, and lets go of its lock.
        assert!(ward.call(&post, &whole, None).await.is_ok(), "{polls} polls");
        sweep(&ward.client).await.unwrap();
        ward.assert_each_once(&post, 3).await;
        assert!(ward.standing("uncertain").await.len() <= 1, "{polls} polls");
        if !was_killed {
            assert!(polls > 50, "{polls} polls are too few to have been killed everywhere");
            break;
        }
    }
}

#[tokio::test]
async fn to_which_part_a_letter_belongs_does_not_depend_on_the_others() {
    let ward = Ward::with(60).await;
    let post = Tray::default();
    let part = |part| Ready { report: REMINDERS.to_owned(), part, parts: 3 };
    ward.call(&post, &part(1), None).await.ok().unwrap();
    // Between plan and delivery some are cancelled, and others booked.
    let change = "UPDATE hospital.appointments SET status = 'cancelled' WHERE appointment_id LIKE '%7';
                  INSERT INTO hospital.appointments (appointment_id, patient_id, doctor_id, appointment_date, status)
                  SELECT 'b-' || n, 'p-' || n, 'd-1', '2026-11-21', 'booked' FROM generate_series(1, 60, 7) n";
    ward.client.batch_execute(change).await.unwrap();
    for number in [2, 3, 1] {
        ward.call(&post, &part(number), None).await.ok().unwrap();
    }
    let told = "SELECT count(*) FROM hospital.appointments a
                WHERE status = 'booked' AND NOT EXISTS (
                    SELECT FROM ops.delivery d WHERE d.status = 'sent'
                    AND d.item = encode(sha256(convert_to(concat_ws(E'\\x1f', a.appointment_id, a.appointment_date,
                       coalesce(to_char(a.appointment_time, 'HH24:MI'), 'a time that we will tell you')), 'UTF8')), 'hex'))";
    assert_eq!(ward.client.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 0, "nothing is lost");
    let ids: BTreeSet<String> = post.taken().into_iter().map(|handed| handed.delivery_id).collect();
    assert_eq!(ids.len(), post.taken().len(), "nothing is doubled");
    assert_eq!(ward.standing("sent").await, ids);
}
