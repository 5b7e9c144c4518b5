//! Reports without rows.

use rounds_shared::payload::{CollectResponse, CollectStatus, Order};
use rounds_testkit::vendor::{Answer, Behaviour, Content, Script};

use crate::stage::{ANNE, DAY, Stage, dropped, empty, order, request};

#[tokio::test]
async fn no_records_are_an_empty_report_and_no_error() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { run: Script::always(Answer::NoRecords), ..Behaviour::default() });
    let first = empty(stage.ask(&request(ANNE, DAY)).await.unwrap());
    assert_eq!(first, format!("billing/customer_account={ANNE}/2026-11-21/ar_aging-none.csv"));
    let file = &stage.aws.objects()[&first];
    assert!(
        file.starts_with("charge_id,claim_id,") && file.lines().count() == 1,
        "a header and nothing else"
    );
    assert_eq!(empty(stage.ask(&request(ANNE, DAY)).await.unwrap()), first);
    let story = stage.story(&request(ANNE, DAY)).await.unwrap();
    assert_eq!((story.status, story.rows), (CollectStatus::Empty, Some(0)));

    stage.run(&Order { again: "wish-1".to_owned(), accounts: vec![ANNE.to_owned()], ..order(DAY) }).await;
    assert_eq!(stage.aws.puts(), 2, "what is asked for again is dropped again");
}

#[tokio::test]
async fn no_records_among_the_results_are_an_empty_report() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { results: Script::always(Answer::NoRecords), polls: 0, ..Behaviour::default() });
    let key = empty(stage.collect(&request(ANNE, DAY)).await.unwrap());
    assert!(key.ends_with(&format!("/ar_aging-{}.csv", stage.vendor.runs()[0].identifier)), "{key}");
}

#[tokio::test]
async fn success_without_data_passes_or_means_empty_after_some_times() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { results: Script::times(2, Answer::NoData), polls: 0, ..Behaviour::default() });
    dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());

    let next = request(ANNE, DAY.tomorrow().unwrap());
    stage.behave(Behaviour { results: Script::always(Answer::NoData), polls: 0, ..Behaviour::default() });
    stage.ask(&next).await.unwrap();
    for _ in 0..2 {
        assert_eq!(stage.fetch(&next).await.unwrap(), CollectResponse::Running);
    }
    empty(stage.fetch(&next).await.unwrap());
    assert_eq!(stage.story(&next).await.unwrap().status, CollectStatus::Empty);
}

#[tokio::test]
async fn what_the_vendor_had_once_is_not_called_empty_later() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { content: Content::BrokenBase64, polls: 0, ..Behaviour::default() });
    stage.ask(&request(ANNE, DAY)).await.unwrap();
    stage.fetch(&request(ANNE, DAY)).await.unwrap_err();
    for answer in [Answer::NoData, Answer::NoRecords] {
        stage.behave(Behaviour { results: Script::always(answer), polls: 0, ..Behaviour::default() });
        for _ in 0..4 {
            assert_eq!(
                stage.fetch(&request(ANNE, DAY)).await.unwrap(),
                CollectResponse::Running,
                "{answer:?}"
            );
        }
    }
    assert!(stage.aws.objects().is_empty());
}
