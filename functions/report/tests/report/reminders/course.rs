//! When a call stops, and how the next one goes on.

use rounds_report::course::{Call, stops};
use rounds_shared::failure::{Failure as _, Name};

use super::*;

fn refused() -> SendError {
    SendError::Refused { service: "SES", code: "MessageRejected".to_owned() }
}

#[tokio::test]
async fn calls_stop_in_time_and_go_on_until_nothing_is_left_and_what_was_refused_is_offered_once_and_named() {
    let ward = Ward::with(20).await;
    let post = Tray { answers: Mutex::new(vec![refused(); 4]), ..Tray::default() };
    let whole = Ready::whole(REMINDERS);
    let (mut after, mut calls, mut left) = (None, 0, 20);
    let last = loop {
        calls += 1;
        // The clock goes on by a second per letter.
        let stops = ticking() + SignedDuration::from_secs(6);
        let course = ward.call_until(&post, &whole, after.as_deref(), (ticking, stops)).await.ok().unwrap();
        assert!(course.left < left, "each call gets on");
        left = course.left;
        if left == 0 {
            break course;
        }
        assert!(course.after.as_ref().is_some_and(|place| place.len() == 16), "a digest's beginning");
        after = course.after;
    };
    assert!(calls >= 3, "{calls} calls");
    assert_eq!((post.taken().len(), *post.offered.lock().unwrap()), (16, 20));
    assert_eq!((last.tally.refused.len(), last.after), (4, None));
    let told = last.tally.checked().unwrap_err().to_string();
    let failed = ward.standing("failed").await;
    assert!(
        told.contains("4 of 20 letters were not taken; of the first: SES refused it (MessageRejected)"),
        "{told}"
    );
    assert!(failed.len() == 4 && failed.iter().all(|id| told.contains(id.as_str())), "{told}");

    // The next round tries them again.
    let next = ward.call(&post, &whole, None).await.ok().unwrap();
    assert_eq!((next.tally.sent, next.tally.already_sent), (4, 16));
    ward.assert_each_once(&post, 20).await;
}

#[tokio::test]
async fn what_a_call_has_settled_the_next_does_not_look_at() {
    let ward = Ward::with(6).await;
    let suppressed = "INSERT INTO ops.suppression (address, reason)
                      SELECT unnest(ARRAY[email, phone]), 'bounced' FROM hospital.patients";
    ward.client.batch_execute(suppressed).await.unwrap();
    let (post, whole) = (Tray::default(), Ready::whole(REMINDERS));
    let stops = ticking() + SignedDuration::from_secs(3);
    let first = ward.call_until(&post, &whole, None, (ticking, stops)).await.ok().unwrap();
    assert!((1..6).contains(&first.left), "{} letters are left", first.left);
    ward.client.batch_execute("DELETE FROM ops.suppression").await.unwrap();
    let next = ward.call(&post, &whole, first.after.as_deref()).await.ok().unwrap();
    assert_eq!((next.tally.sent, next.tally.suppressed), (first.left, 6 - first.left));
    assert_eq!(post.taken().len(), usize::try_from(first.left).unwrap());
}

#[tokio::test]
async fn a_patient_whose_way_has_changed_since_the_reminder_is_not_reminded_again() {
    let ward = Ward::with(6).await;
    let (post, whole) = (Tray::default(), Ready::whole(REMINDERS));
    ward.call(&post, &whole, None).await.ok().unwrap();
    let change = "UPDATE hospital.patients SET phone = '+44' || substr(phone, 4), email = 'new-' || email;
                  UPDATE hospital.patients SET preferred_channel = 'email' WHERE patient_id = 'p-1'";
    ward.client.batch_execute(change).await.unwrap();
    let again = ward.call(&post, &whole, None).await.ok().unwrap();
    assert_eq!((again.tally.sent, again.tally.already_sent), (0, 6));
    ward.assert_each_once(&post, 6).await;
}

#[tokio::test]
async fn a_new_time_on_the_day_is_told_and_nothing_else_twice() {
    let ward = Ward::with(4).await;
    let (post, whole) = (Tray::default(), Ready::whole(REMINDERS));
    ward.call(&post, &whole, None).await.ok().unwrap();
    let change = "UPDATE hospital.appointments SET appointment_time = '16:45' WHERE appointment_id = 'a-2';
                  UPDATE hospital.appointments SET visit_type = 'follow-up', doctor_id = 'd-9'";
    ward.client.batch_execute(change).await.unwrap();
    let again = ward.call(&post, &whole, None).await.ok().unwrap();
    assert_eq!((again.tally.sent, again.tally.already_sent), (1, 3));
    assert!(post.taken().pop().unwrap().letter.page.short.contains("at 16:45"));
}

#[tokio::test]
async fn of_many_refused_letters_twenty_are_named_and_the_others_counted() {
    let ward = Ward::with(30).await;
    let post = Tray { answers: Mutex::new(vec![refused(); 30]), ..Tray::default() };
    let course = ward.call(&post, &Ready::whole(REMINDERS), None).await.ok().unwrap();
    let told = course.tally.checked().unwrap_err().to_string();
    assert!(told.contains("30 of 30") && told.ends_with(", 10 more"), "{told}");
    assert!(told.len() < 1_200, "it travels in payloads");
    assert!(!told.contains("patients.example"), "who was to get them is nobody else's concern");
}

#[tokio::test]
async fn a_service_that_answers_nothing_makes_few_letters_uncertain_and_stops_no_other_channel() {
    let ward = Ward::with(40).await;
    let mut post = Tray { silent: Some(Channel::Email), ..Tray::default() };
    let stopped = ward.call(&post, &Ready::whole(REMINDERS), None).await.err().unwrap();
    assert_eq!(stopped.name(), Name::Mail, "the machine does not try it again: {stopped}");
    assert_eq!(*post.offered.lock().unwrap(), 10 + 20);
    assert!(post.taken().len() == 20 && post.taken().iter().all(|handed| handed.channel == Channel::Sms));
    post.silent = None;
    let course = ward.call(&post, &Ready::whole(REMINDERS), None).await.ok().unwrap();
    assert_eq!((course.tally.sent, course.tally.already_sent, course.tally.uncertain.len()), (10, 20, 10));
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_down_does_not_stop_the_other() {
    let ward = Ward::with(12).await;
    let down = SendError::Unreachable { service: "SES" };
    let post = Tray { answers: Mutex::new(vec![down]), ..Tray::default() };
    let stopped = ward.call(&post, &Ready::whole(REMINDERS), None).await.err().unwrap();
    assert_eq!(stopped.name(), Name::MailUnavailable);
    let channels: BTreeSet<Channel> = post.taken().iter().map(|handed| handed.channel).collect();
    assert_eq!((channels.len(), post.taken().len()), (1, 6), "all of the other channel");
    ward.call(&post, &Ready::whole(REMINDERS), None).await.ok().unwrap();
    ward.assert_each_once(&post, 12).await;
}

#[test]
fn a_call_stops_before_lambda_could_end_it_amid_a_letter_or_when_the_hours_are_over() {
    let catalog = Catalog::open(None).unwrap();
    let report = catalog.report(REMINDERS).unwrap();
    let lisbon = TimeZone::get("Europe/Lisbon").unwrap();
    let at = |now: &str, ends: &str| {
        let letters = Ready::whole(REMINDERS);
        let call = Call { letters: &letters, after: None, ends: ends.parse().unwrap(), at_any_hour: false };
        stops(report, &call, &lisbon, now.parse().unwrap())
    };
    let stops_at = |now, ends| at(now, ends).ok().unwrap().to_string();
    assert_eq!(stops_at("2026-11-21T08:00:00Z", "2026-11-21T08:10:00Z"), "2026-11-21T08:06:40Z");
    assert_eq!(stops_at("2026-11-21T19:55:00Z", "2026-11-21T20:05:00Z"), "2026-11-21T20:00:00Z");
    for outside in ["2026-11-21T07:59:59Z", "2026-11-21T20:00:00Z"] {
        let refused = at(outside, "2026-11-22T00:00:00Z").err().unwrap();
        assert_eq!(refused.name(), Name::OutsideHours);
        let told =
            "its letters go out from 08:00 to 20:00 by the clinic's clocks only; ask for it again then";
        assert_eq!(refused.to_string(), told);
    }
    // Clocks go forward on 29 March and back on 25 October.
    assert_eq!(stops_at("2026-03-29T07:00:00Z", "2026-03-29T20:00:00Z"), "2026-03-29T19:00:00Z");
    assert_eq!(stops_at("2026-10-25T08:00:00Z", "2026-10-25T21:30:00Z"), "2026-10-25T20:00:00Z");
    assert!(at("2026-10-25T07:30:00Z", "2026-10-25T21:30:00Z").is_err());
    // An operator may wish otherwise, and a call without time begins one letter.
    let letters = Ready::whole(REMINDERS);
    let call = Call { letters: &letters, after: None, ends: Timestamp::MIN, at_any_hour: true };
    assert_eq!(stops(report, &call, &lisbon, Timestamp::UNIX_EPOCH).ok().unwrap(), Timestamp::MIN);
}
