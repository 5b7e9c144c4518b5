//! The same again, at once, late, or in another order; under any key; and changed on the way.

mod collide;
mod keys;
mod midway;

use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::Line;
use rounds_tests::{
    APPOINTMENTS, DOCTORS, appointments, assert_nothing_leaked, assert_same, assert_tables, clinic,
    drop_appointments, drop_doctors, everything, with_version,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_event_or_execution_again_changes_nothing_and_mails_nobody() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(11);
    drop_doctors(&stack, &clinic).await;
    let run = drop_appointments(&stack, &clinic).await;
    assert_eq!(run.outcome(), "loaded");
    let before = everything(&database).await;
    let mails = stack.mails().len();

    let again = drop_appointments(&stack, &clinic).await;
    assert_eq!(again.outcome(), "duplicate", "the same file dropped again");
    let copied = sheet::workbook(&clinic.appointments.rows).unwrap();
    let copied = stack.drop_file("healthtech/appointments (copy).xlsx", copied).await;
    assert_eq!(copied.outcome(), "duplicate", "the same content under another name");

    // Delivered twice at once, and once more later.
    let deliveries = [stack.start(&run.event), stack.start(&run.event)];
    for delivery in deliveries {
        // Which of the two it is depends on whether the other one has the dataset's lock at that moment.
        let outcome = stack.finished(&delivery).outcome().to_owned();
        assert!(["duplicate", "already_loaded"].contains(&outcome.as_str()), "{outcome}");
    }
    let rerun = stack.finished(&stack.start(&run.event));
    assert_eq!(rerun.outcome(), "duplicate", "the same execution started again");

    assert_eq!(everything(&database).await, before);
    assert_eq!(stack.mails().len(), mails);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_delivered_thrice_at_once_loads_and_mails_once() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(12);
    let mails = stack.mails().len();
    let first = stack.put(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
    let event = stack.event(&first);
    let runs = [first, stack.start(&event), stack.start(&event)].map(|arn| stack.finished(&arn));
    for run in &runs {
        let outcome = run.outcome();
        assert!(["loaded", "already_loaded", "duplicate"].contains(&outcome), "{outcome}");
    }
    assert_eq!(runs.iter().filter(|run| run.outcome() == "loaded").count(), 1);
    let loads: i64 = database.query_one("SELECT count(*) FROM ops.load", &[]).await.unwrap().get(0);
    assert_eq!(loads, 1);
    assert_same("appointments", &appointments(&database).await, &clinic.appointments_table());
    assert_eq!(stack.mails().len(), mails + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctors_and_appointments_dropped_at_once_do_not_get_in_each_others_way() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    for seed in 13..16 {
        let clinic = clinic(seed);
        let appointments = sheet::workbook(&clinic.appointments.rows).unwrap();
        let doctors = sheet::workbook(&clinic.doctors.rows).unwrap();
        let (appointments, doctors) =
            (stack.put(APPOINTMENTS, appointments).await, stack.put(DOCTORS, doctors).await);
        assert_eq!(stack.finished(&appointments).outcome(), "loaded");
        assert_eq!(stack.finished(&doctors).outcome(), "loaded");
        assert_tables(&database, &clinic).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_files_dropped_at_once_the_later_stands() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let (earlier, later) = (clinic(16), clinic(17));
    let content =
        |clinic: &rounds_testkit::healthtech::Clinic| sheet::workbook(&clinic.appointments.rows).unwrap();
    let first = stack.put("healthtech/appointments-1.xlsx", content(&earlier)).await;
    let second = stack.put("healthtech/appointments-2.xlsx", content(&later)).await;
    assert_eq!(stack.finished(&second).outcome(), "loaded");
    let outcome = stack.finished(&first).outcome().to_owned();
    assert!(["loaded", "overtaken"].contains(&outcome.as_str()), "{outcome}");
    assert_same("appointments", &appointments(&database).await, &later.appointments_table());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_event_of_an_older_drop_is_overtaken() {
    let (older, newer) = (clinic(18), clinic(19));
    // The run of the older file leaves no trace, as if its event had not come yet.
    let stack = Stack::shared().await;
    let lost = drop_appointments(&stack, &older).await;
    let stack = Stack::shared().await;
    let database = stack.database().await;
    drop_appointments(&stack, &newer).await;
    let before = everything(&database).await;
    let mails = stack.mails().len();

    let late = stack.finished(&stack.start(&with_version(&lost)));
    assert_eq!(late.outcome(), "overtaken");
    assert_same("appointments", &appointments(&database).await, &newer.appointments_table());
    assert!(before.is_subset(&everything(&database).await), "what stood still stands");
    assert_eq!(stack.mails().len(), mails);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_content_dropped_anew_is_a_wish_to_go_back() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let (older, newer) = (clinic(20), clinic(21));
    let first = drop_appointments(&stack, &older).await;
    drop_appointments(&stack, &newer).await;

    // The old event once more is no such wish.
    assert_eq!(stack.finished(&stack.start(&with_version(&first))).outcome(), "duplicate");
    assert_same("appointments", &appointments(&database).await, &newer.appointments_table());
    // The old file once more is.
    assert_eq!(drop_appointments(&stack, &older).await.outcome(), "loaded");
    assert_same("appointments", &appointments(&database).await, &older.appointments_table());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_under_another_key_at_once_are_loaded_once() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    let clinic = clinic(22);
    let content = sheet::workbook(&clinic.appointments.rows).unwrap();
    let (mut one, mut other) = (Line::start(&stack).await, Line::start(&stack).await);
    let first = one.drop_file(APPOINTMENTS, content.clone()).await;
    let second = one.drop_file("healthtech/appointments (copy).xlsx", content).await;
    // Neither knows of the other until both are to be loaded.
    let (first_order, second_order) = (one.up_to_load(&first).unwrap(), other.up_to_load(&second).unwrap());
    one.load.begin(&first_order);
    other.load.begin(&second_order);
    let mut outcomes = [one.load.finish(), other.load.finish()]
        .map(|answer| answer.done()["outcome"].as_str().unwrap().to_owned());
    outcomes.sort();
    assert_eq!(outcomes, ["already_loaded", "loaded"]);
    let loads: i64 = database.query_one("SELECT count(*) FROM ops.load", &[]).await.unwrap().get(0);
    assert_eq!(loads, 1);
    assert_same("appointments", &appointments(&database).await, &clinic.appointments_table());
    for event in [&first, &second] {
        assert_eq!(one.run(event).unwrap()["outcome"], "duplicate");
    }
    assert_nothing_leaked(&stack);
}
