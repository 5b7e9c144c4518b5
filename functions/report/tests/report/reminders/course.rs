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
async fn a_service_that_answers_nothing_makes_few_letters_uncertain_and_the_others_wait() {
    let ward = Ward::with(40).await;
    let silence = SendError::Unknown { service: "SES" };
    let post = Tray { answers: Mutex::new(vec![silence; 40]), ..Tray::default() };
    let stopped = ward.call(&post, &Ready::whole(REMINDERS), None).await.err().unwrap();
    assert_eq!(stopped.name(), Name::MailUnavailable, "{stopped}");
    assert_eq!(*post.offered.lock().unwrap(), 10);
    post.answers.lock().unwrap().clear();
    let course = ward.call(&post, &Ready::whole(REMINDERS), None).await.ok().unwrap();
    assert_eq!((course.tally.sent, course.tally.uncertain.len()), (30, 10));
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
fn a_call_stops_a_minute_before_lambda_ends_it_or_when_the_hours_are_over() {
    let catalog = Catalog::open(None).unwrap();
    let report = catalog.report(REMINDERS).unwrap();
    let lisbon = TimeZone::get("Europe/Lisbon").unwrap();
    let at = |now: &str, ends: &str| {
        let letters = Ready::whole(REMINDERS);
        let call = Call { letters: &letters, after: None, ends: ends.parse().unwrap(), at_any_hour: false };
        stops(report, &call, &lisbon, now.parse().unwrap())
    };
    let stops_at = |now, ends| at(now, ends).ok().unwrap().to_string();
    assert_eq!(stops_at("2026-11-21T08:00:00Z", "2026-11-21T08:10:00Z"), "2026-11-21T08:09:00Z");
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
