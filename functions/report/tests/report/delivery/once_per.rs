//! Reports with `once_per`: each row to each recipient once, whatever happened to the letters before.

use rounds_report::delivery::operator;
use rounds_shared::payload::Settlement;

use super::*;
use crate::ledger;

/// The window of a day: its own row and those of the three days before.
fn window(day: u32) -> Window {
    Window::rows(&format!("day-{day}"), day.saturating_sub(3)..=day)
}

/// The rows that a recipient was sent, letter by letter.
fn letters(outbox: &Outbox, recipient: &str) -> Vec<String> {
    outbox.letters().iter().filter(|sent| sent.to == recipient).map(|sent| sent.rows.join(" ")).collect()
}

#[tokio::test]
async fn day_after_day_only_new_rows_are_sent_and_each_recipient_has_a_history_of_its_own() {
    let postgres = ledger().await;
    let post = Script::default();
    for day in 0..4 {
        run(&postgres, &post, &window(day), &[ANA]).await.unwrap();
    }
    run(&postgres, &post, &window(4), &[ANA, BEN]).await.unwrap();
    assert_eq!(letters(&post.outbox, ANA), ["row-0", "row-1", "row-2", "row-3", "row-4"]);
    assert_eq!(letters(&post.outbox, BEN), ["row-1 row-2 row-3 row-4"]);
}

#[tokio::test]
async fn nothing_new_is_no_letter_and_leaves_no_row() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::default();
    run(&postgres, &post, &Window::rows("p", 1..4), &[ANA]).await.unwrap();
    let tally = run(&postgres, &post, &Window::rows("q", 2..4), &[ANA]).await;
    assert_eq!(tally, Ok(Tally { nothing_new: 1, ..Tally::default() }));
    assert_eq!(status(&client, "q", ANA).await, None);
}

#[tokio::test]
async fn rows_of_a_failed_letter_go_with_the_next_one_of_whatever_period() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::answering([refused()]);
    run(&postgres, &post, &window(1), &[ANA]).await.unwrap();
    run(&postgres, &post, &window(2), &[ANA]).await.unwrap();
    assert_eq!(letters(&post.outbox, ANA), ["row-0 row-1 row-2"]);
    let late = run(&postgres, &post, &window(1), &[ANA]).await;
    assert_eq!(late, Ok(Tally { nothing_new: 1, ..Tally::default() }));
    assert_eq!(status(&client, "day-1", ANA).await.as_deref(), Some("failed"));
}

#[tokio::test]
async fn a_letter_that_failed_is_sent_with_the_rows_of_its_second_attempt() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::answering([refused()]);
    run(&postgres, &post, &Window::rows("p", 1..3), &[ANA]).await.unwrap();
    let failed = delivery_id(&client, "p").await;
    run(&postgres, &post, &Window::rows("p", 2..5), &[ANA]).await.unwrap();
    let rows = "SELECT array_agg(row_key ORDER BY row_key) FROM ops.delivered_row";
    let rows: Vec<String> = client.query_one(rows, &[]).await.unwrap().get(0);
    assert_eq!(rows, ["row-2", "row-3", "row-4"]);
    assert_ne!(delivery_id(&client, "p").await, failed, "an attempt has an id of its own");
}

#[tokio::test]
async fn rows_of_an_uncertain_letter_wait_for_an_operators_word() {
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let post = Script::answering([UNKNOWN]);
    run(&postgres, &post, &window(1), &[ANA]).await.unwrap();
    run(&postgres, &post, &window(2), &[ANA]).await.unwrap();
    let uncertain = delivery_id(&client, "day-1").await;
    assert_eq!(operator::settle(&client, &uncertain, Settlement::Lost).await.unwrap(), Some(true));
    run(&postgres, &post, &window(2), &[ANA]).await.unwrap();
    run(&postgres, &post, &window(1), &[ANA]).await.unwrap();
    // The first of them had no answer and went out all the same; the operator was wrong, and was believed.
    assert_eq!(letters(&post.outbox, ANA), ["row-0 row-1", "row-2", "row-0 row-1"]);
}

#[tokio::test]
async fn copies_count_as_well() {
    let postgres = ledger().await;
    let post = Script::default();
    send_ana_a_copy(&postgres, &post, &Window::rows("p", 1..3)).await;
    run(&postgres, &post, &Window::rows("q", 1..4), &[ANA]).await.unwrap();
    assert_eq!(letters(&post.outbox, ANA), ["row-1 row-2", "row-3"]);
}

#[tokio::test]
async fn two_periods_at_once_do_not_both_take_a_row() {
    let postgres = ledger().await;
    let post = Script::default();
    for round in 0..10 {
        let (first, second) = (window(2 * round), window(2 * round + 1));
        let (first, second) = tokio::join!(
            run(&postgres, &post, &first, &[ANA, BEN]),
            run(&postgres, &post, &second, &[ANA, BEN])
        );
        first.and(second).unwrap();
    }
    for recipient in [ANA, BEN] {
        let mut rows: Vec<u32> = letters(&post.outbox, recipient)
            .iter()
            .flat_map(|rows| rows.split(' '))
            .map(|row| row.trim_start_matches("row-").parse().unwrap())
            .collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..20).collect::<Vec<_>>(), "every row once");
    }
}
