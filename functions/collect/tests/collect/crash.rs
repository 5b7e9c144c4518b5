//! Whoever is killed, wherever: the vendor runs each report once, and none is lost.

use std::collections::BTreeMap;
use std::pin::pin;

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::Date;
use rounds_shared::payload::CollectStatus;
use rounds_testkit::polled::polled;
use rounds_testkit::vendor::{Answer, Behaviour, Script};

use crate::stage::{ANNE, DAY, Stage, dropped, empty, order, request};

const SEEDS: u64 = 60;
/// More polls than it takes to collect the reports of two accounts.
const POLLS: usize = 300;

fn day(number: usize) -> Date {
    DAY.checked_add(i64::try_from(number).unwrap().days()).unwrap()
}

#[tokio::test]
async fn killed_at_any_point_of_asking_and_fetching_it_goes_on_where_it_was() {
    let stage = Stage::new().await;
    let mut polls = 0;
    loop {
        polls += 1;
        stage.behave(Behaviour { polls: 2, ..Behaviour::default() });
        let request = request(ANNE, day(polls));
        let is_whole = polled(pin!(stage.collect(&request)), polls).await.is_some();
        let key = dropped(stage.collect(&request).await.unwrap());
        let runs = stage.vendor.runs();
        assert_eq!(runs.len(), polls, "killed at poll {polls}, one run for each day");
        assert!(key.contains(&runs[polls - 1].identifier), "killed at poll {polls}");
        assert_eq!(usize::try_from(stage.aws.puts()).unwrap(), polls, "killed at poll {polls}");
        if is_whole {
            break;
        }
    }
    assert!(polls > 30, "it was killed on the way");
}

#[tokio::test]
async fn killed_at_any_point_an_empty_report_is_empty_once() {
    let stage = Stage::new().await;
    let mut polls = 0;
    loop {
        polls += 1;
        stage.behave(Behaviour { run: Script::always(Answer::NoRecords), ..Behaviour::default() });
        let request = request(ANNE, day(polls));
        let is_whole = polled(pin!(stage.collect(&request)), polls).await.is_some();
        empty(stage.collect(&request).await.unwrap());
        assert_eq!(usize::try_from(stage.aws.puts()).unwrap(), polls, "killed at poll {polls}");
        if is_whole {
            break;
        }
    }
}

/// Collects a day's reports with a vendor that loses answers, killed and started and started at once as luck has it.
async fn play(stage: &Stage, day: Date, luck: &mut Rng) {
    let answers = [Answer::HangUp, Answer::HangUpAfter, Answer::StatusAfter(500), Answer::Status(429)];
    let mut first: Vec<Answer> = (0..luck.usize(..3)).map(|_| answers[luck.usize(..answers.len())]).collect();
    // Who begins a report and says twice in a row that it failed is believed.
    first.dedup();
    stage.behave(Behaviour {
        // A run that is over before its lost answer can be asked for again is not to be found again.
        polls: luck.u32(1..4),
        run: Script { first: first.into(), then: None },
        results: Script::times(luck.usize(..2), Answer::NoData),
        hides_other_runs: luck.bool(),
        ..Behaviour::default()
    });
    let order = order(day);
    let attempt = async |polls: usize| {
        let collected = pin!(async {
            for request in stage.plan(&order).await {
                // What may pass is tried again, as the state machine does.
                while stage.collect(&request).await.is_err() {}
            }
        });
        polled(collected, polls).await
    };
    for _ in 0..luck.u8(..3) {
        attempt(luck.usize(1..POLLS)).await;
    }
    if luck.bool() {
        tokio::join!(attempt(luck.usize(1..POLLS)), attempt(luck.usize(1..POLLS)));
    }
    while attempt(usize::MAX).await.is_none() {}
}

#[tokio::test]
async fn whoever_dies_wherever_each_account_has_its_own_report() {
    let stage = Stage::new().await;
    for seed in 0..SEEDS {
        stage.vendor.reset();
        let day = day(usize::try_from(seed).unwrap());
        play(&stage, day, &mut Rng::with_seed(seed)).await;
        let runs = stage.vendor.runs();
        let accounts: BTreeMap<&str, &str> =
            runs.iter().map(|run| (run.identifier.as_str(), run.account.as_str())).collect();
        let stories = stage.stories().await.into_iter().filter(|story| story.request.as_of == day);
        let stories: Vec<_> = stories.collect();
        assert_eq!(stories.len(), 2, "seed {seed}");
        for story in &stories {
            assert_eq!(story.status, CollectStatus::Fetched, "seed {seed}: {story:?}");
            let identifier = story.identifier.as_deref().unwrap();
            assert_eq!(accounts[identifier], story.request.account, "seed {seed}: another account's report");
        }
        assert_eq!(runs.len(), 2, "seed {seed}: each report is run once");
    }
    assert_eq!(u64::from(stage.aws.puts()), 2 * SEEDS, "each report is dropped once");
}
