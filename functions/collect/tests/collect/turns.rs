//! The vendor runs one report at a time: whose turn it is, and whose run.

use rounds_shared::payload::{CollectResponse, CollectStatus, Order};
use rounds_testkit::vendor::{ANY, Answer, Behaviour, Script};

use crate::stage::{ANNE, BETH, DAY, Stage, dropped, order, request};

#[tokio::test]
async fn another_report_that_runs_is_waited_for_and_never_taken() {
    for hides_other_runs in [false, true] {
        let stage = Stage::new().await;
        stage.behave(Behaviour { hides_other_runs, ..Behaviour::default() });
        let (one, other) = (request(ANNE, DAY), request(BETH, DAY));
        stage.ask(&one).await.unwrap();
        for _ in 0..3 {
            assert_eq!(stage.ask(&other).await.unwrap(), CollectResponse::Busy);
            assert_eq!(stage.story(&other).await, None, "the vendor was not made to run it");
        }
        dropped(stage.collect(&one).await.unwrap());
        let key = dropped(stage.collect(&other).await.unwrap());
        let runs = stage.vendor.runs();
        assert_eq!(runs.iter().map(|run| run.account.as_str()).collect::<Vec<_>>(), [ANNE, BETH]);
        assert!(key.contains(BETH) && key.contains(&runs[1].identifier));
    }
}

#[tokio::test]
async fn somebody_elses_run_is_waited_for() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { run: Script::times(2, Answer::StillRunning), ..Behaviour::default() });
    for _ in 0..2 {
        assert_eq!(stage.ask(&request(ANNE, DAY)).await.unwrap(), CollectResponse::Busy);
    }
    dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
    assert_eq!(stage.vendor.runs().len(), 1);
}

#[tokio::test]
async fn a_run_whose_answer_was_lost_is_found_again() {
    for hides_other_runs in [false, true] {
        let stage = Stage::new().await;
        let lost = Script::times(1, Answer::HangUpAfter);
        stage.behave(Behaviour { run: lost, hides_other_runs, polls: 3, ..Behaviour::default() });
        let request = request(ANNE, DAY);
        stage.ask(&request).await.unwrap_err();
        assert_eq!(stage.story(&request).await.unwrap().status, CollectStatus::Requested);
        let key = dropped(stage.collect(&request).await.unwrap());
        assert_eq!(stage.vendor.runs().len(), 1);
        assert!(key.contains(&stage.vendor.runs()[0].identifier));
    }
}

#[tokio::test]
async fn a_run_that_was_begun_with_an_error_is_found_again_and_never_taken_for_anothers() {
    for hides_other_runs in [false, true] {
        let stage = Stage::new().await;
        let begun = Script::times(1, Answer::StatusAfter(500));
        stage.vendor.behave(
            ANNE,
            ANY,
            Behaviour { run: begun, hides_other_runs, polls: 3, ..Behaviour::default() },
        );
        stage.vendor.behave(BETH, ANY, Behaviour { hides_other_runs, ..Behaviour::default() });
        let (one, other) = (request(ANNE, DAY), request(BETH, DAY));
        stage.ask(&one).await.unwrap_err();
        assert_eq!(stage.ask(&other).await.unwrap(), CollectResponse::Busy);
        let key = dropped(stage.collect(&one).await.unwrap());
        assert_eq!(stage.vendor.runs().len(), 1);
        assert!(key.contains(&stage.vendor.runs()[0].identifier));
    }
}

#[tokio::test]
async fn an_account_that_always_fails_holds_up_no_other() {
    for answer in [Answer::Status(500), Answer::Status(503), Answer::Page] {
        let stage = Stage::new().await;
        stage.vendor.behave(ANNE, ANY, Behaviour { run: Script::always(answer), ..Behaviour::default() });
        let (one, other) = (request(ANNE, DAY), request(BETH, DAY));
        stage.ask(&one).await.unwrap_err();
        assert_eq!(stage.ask(&other).await.unwrap(), CollectResponse::Busy, "{answer:?} may be a run's");
        for _ in 0..2 {
            stage.ask(&one).await.unwrap_err();
        }
        dropped(stage.collect(&other).await.unwrap());
    }
}

#[tokio::test]
async fn errors_do_not_end_the_doubt_that_a_lost_answer_left() {
    let stage = Stage::new().await;
    let first = [Answer::Status(500), Answer::HangUp, Answer::Status(500), Answer::Status(500)].into();
    stage.vendor.behave(ANNE, ANY, Behaviour { run: Script { first, then: None }, ..Behaviour::default() });
    for _ in 0..4 {
        stage.ask(&request(ANNE, DAY)).await.unwrap_err();
        assert_eq!(stage.ask(&request(BETH, DAY)).await.unwrap(), CollectResponse::Busy);
    }
}

#[tokio::test]
async fn while_a_lost_answers_run_may_be_under_way_no_other_is_asked_for() {
    for hides_other_runs in [false, true] {
        let stage = Stage::new().await;
        let lost = Behaviour { run: Script::times(1, Answer::HangUpAfter), polls: 1, ..Behaviour::default() };
        stage.vendor.behave(ANNE, ANY, lost);
        stage.vendor.behave(BETH, ANY, Behaviour { hides_other_runs, ..Behaviour::default() });
        let (one, other) = (request(ANNE, DAY), request(BETH, DAY));
        let error = stage.ask(&one).await.unwrap_err();
        stage.fail(&one, &error).await;
        let asked = stage.asked("/run");
        // The vendor may have begun two minutes after it was asked, and gives up after 20.
        for _ in 0..2 {
            assert_eq!(stage.ask(&other).await.unwrap(), CollectResponse::Busy);
            assert_eq!(
                stage.asked("/run"),
                asked,
                "the identifier in the answer could be the other account's"
            );
            stage.age(23).await;
        }
        let vendors = stage.vendor.runs()[0].identifier.clone();
        stage.ask(&other).await.unwrap();
        assert!(hides_other_runs || stage.story(&other).await.is_none_or(|s| s.identifier != Some(vendors)));
    }
}

#[tokio::test]
async fn two_who_collect_at_once_ask_once() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { polls: 3, ..Behaviour::default() });
    let order = order(DAY);
    tokio::join!(stage.run(&order), stage.run(&order), stage.run(&order));
    let stories = stage.stories().await;
    assert!(stories.iter().all(|story| story.status == CollectStatus::Fetched), "{stories:?}");
    assert_eq!((stories.len(), stage.vendor.runs().len(), stage.aws.puts()), (2, 2, 2));
}

#[tokio::test]
async fn whoever_comes_while_somebody_talks_to_the_vendor_waits() {
    let stage = Stage::new().await;
    let request = request(ANNE, DAY);
    let lock = "SELECT pg_advisory_lock(hashtextextended('rounds collect', 0))";
    stage.client.execute(lock, &[]).await.unwrap();
    assert_eq!(stage.ask(&request).await.unwrap(), CollectResponse::Busy);
    assert_eq!(stage.fetch(&request).await.unwrap(), CollectResponse::Running);
    assert!(stage.vendor.requests().is_empty());
    stage.client.execute("SELECT pg_advisory_unlock_all()", &[]).await.unwrap();
    dropped(stage.collect(&request).await.unwrap());
}

#[tokio::test]
async fn what_was_collected_is_not_asked_for_again_that_day_unless_an_operator_wants_it() {
    let stage = Stage::new().await;
    stage.run(&order(DAY)).await;
    stage.run(&order(DAY)).await;
    assert_eq!(stage.vendor.runs().len(), 2);
    let key = dropped(stage.ask(&request(ANNE, DAY)).await.unwrap());
    assert_eq!(dropped(stage.fetch(&request(ANNE, DAY)).await.unwrap()), key);

    let again = Order { again: "wish-1".to_owned(), accounts: vec![ANNE.to_owned()], ..order(DAY) };
    stage.run(&again).await;
    stage.run(&again).await;
    assert_eq!((stage.vendor.runs().len(), stage.aws.puts()), (3, 3));
    stage.run(&order(DAY.tomorrow().unwrap())).await;
    assert_eq!(stage.vendor.runs().len(), 5);
}
