//! How requests end in the ledger.

use rounds_collect::handler::handle;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::payload::{CollectRequest, CollectResponse, CollectStatus, Order, Request};
use rounds_testkit::vendor::{Answer, Behaviour, Script};

use crate::stage::{ANNE, BETH, DAY, Stage, dropped, order, request};

#[tokio::test]
async fn one_accounts_failure_is_its_own() {
    let stage = Stage::new().await;
    let off = Behaviour { run: Script::always(Answer::InterfaceOff), ..Behaviour::default() };
    stage.vendor.behave(ANNE, "ar_aging", off);
    stage.run(&order(DAY)).await;
    let failed = stage.story(&request(ANNE, DAY)).await.unwrap();
    assert_eq!(failed.status, CollectStatus::Failed);
    let error = failed.error.unwrap();
    assert!(error.starts_with("Defect.VendorRefused: ar_aging of account 10000011: the Web API"), "{error}");
    assert_eq!(stage.story(&request(BETH, DAY)).await.unwrap().status, CollectStatus::Fetched);

    assert!(
        stage.plan(&order(DAY)).await.is_empty(),
        "what failed is asked for again by an operator's wish only"
    );
    let error = stage.ask(&request(ANNE, DAY)).await.unwrap_err();
    assert_eq!(error.name(), Name::Payload);
    assert!(error.to_string().contains("rounds collect run --again"), "{error}");
    let again = Order { again: "wish-1".to_owned(), ..order(DAY) };
    assert_eq!(stage.plan(&again).await.len(), 2);
}

#[tokio::test]
async fn what_ended_stays_as_it_ended() {
    let stage = Stage::new().await;
    stage.run(&order(DAY)).await;
    let error = stage.fetch(&request(ANNE, DAY.tomorrow().unwrap())).await.unwrap_err();
    stage.fail(&request(ANNE, DAY), &error).await;
    assert_eq!(stage.story(&request(ANNE, DAY)).await.unwrap().status, CollectStatus::Fetched);
    let unasked = request(ANNE, DAY.tomorrow().unwrap());
    stage.fail(&unasked, &error).await;
    assert_eq!(stage.story(&unasked).await, None);
    assert!(stage.plan(&order(unasked.as_of)).await.contains(&unasked), "nobody asked for it");
}

#[tokio::test]
async fn a_file_that_could_not_be_put_is_fetched_once_more() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { polls: 0, ..Behaviour::default() });
    for (refusal, name) in [
        ((403, "AccessDenied"), Name::Storage),
        ((404, "NoSuchBucket"), Name::Storage),
        ((409, "ConditionalRequestConflict"), Name::StorageUnavailable),
    ] {
        stage.aws.refuse(Some(refusal));
        assert_eq!(stage.collect(&request(ANNE, DAY)).await.unwrap_err().name(), name, "{refusal:?}");
        assert_eq!(stage.story(&request(ANNE, DAY)).await.unwrap().status, CollectStatus::Ready);
    }
    stage.aws.refuse(None);
    dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
    assert_eq!((stage.vendor.runs().len(), stage.aws.puts()), (1, 1));
}

#[tokio::test]
async fn a_file_that_somebody_else_put_meanwhile_stays() {
    let stage = Stage::new().await;
    stage.aws.refuse(Some((412, "PreconditionFailed")));
    dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
}

#[tokio::test]
async fn a_file_that_is_there_already_is_only_written_down() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { polls: 0, ..Behaviour::default() });
    dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
    stage.client.execute("UPDATE ops.collection SET status = 'ready', fetched_at = NULL", &[]).await.unwrap();
    let asked = stage.vendor.requests().len();
    dropped(stage.fetch(&request(ANNE, DAY)).await.unwrap());
    assert_eq!((stage.vendor.requests().len(), stage.aws.puts()), (asked, 1));
    assert_eq!(stage.story(&request(ANNE, DAY)).await.unwrap().status, CollectStatus::Fetched);
}

#[tokio::test]
async fn the_pipelines_end_of_the_file_is_the_requests_end() {
    let stage = Stage::new().await;
    stage.run(&order(DAY)).await;
    settle(&stage, ANNE, "loaded", None).await;
    settle(&stage, BETH, "quarantined", Some(("Rejected.CorruptFile", "It is damaged."))).await;
    assert_eq!(stage.story(&request(ANNE, DAY)).await.unwrap().status, CollectStatus::Loaded);
    let broken = stage.story(&request(BETH, DAY)).await.unwrap();
    assert_eq!(broken.status, CollectStatus::Failed);
    assert_eq!(broken.error.as_deref(), Some("Rejected.CorruptFile: It is damaged."));
    let again = Order { again: "wish-1".to_owned(), reports: Vec::new(), ..order(DAY) };
    assert_eq!(stage.plan(&again).await, [Request { again: "wish-1".to_owned(), ..request(BETH, DAY) }]);
}

/// The pipeline's end of an account's file.
async fn settle(stage: &Stage, account: &str, status: &str, error: Option<(&str, &str)>) {
    let settle = "INSERT INTO ops.drop (bucket, key, version, dropped_at, sequencer, status, error, cause) \
                  SELECT bucket, key, '', now(), '1', $2, $3, $4 FROM ops.collection WHERE account = $1 \
                  ON CONFLICT (bucket, key, version) DO UPDATE SET status = $2";
    let (error, cause) = error.unzip();
    stage.client.execute(settle, &[&account, &status, &error, &cause]).await.unwrap();
}

#[tokio::test]
async fn a_file_whose_rows_are_not_in_the_table_says_why() {
    let stage = Stage::new().await;
    stage.run(&order(DAY)).await;
    let key = dropped(stage.ask(&request(ANNE, DAY)).await.unwrap());
    let held_back = format!("held back: rounds explain {key}");
    for (end, status, error) in [
        ("held_back", CollectStatus::Fetched, held_back.as_str()),
        ("overtaken", CollectStatus::Fetched, "overtaken: a newer file had taken its place"),
        ("discarded", CollectStatus::Failed, "discarded by an operator"),
    ] {
        settle(&stage, ANNE, end, None).await;
        let story = stage.story(&request(ANNE, DAY)).await.unwrap();
        assert_eq!((story.status, story.error.as_deref()), (status, Some(error)));
    }
}

#[tokio::test]
async fn rows_that_were_read_once_more_count_once() {
    let stage = Stage::new().await;
    stage.run(&order(DAY)).await;
    settle(&stage, ANNE, "loaded", None).await;
    for (batch, dataset, rows, minutes) in [
        ("replay", "billing.ar_aging", 9_i64, 2),
        ("first", "billing.ar_aging", 8, 1),
        ("other", "billing.notes", 1, 3),
    ] {
        let settled = "WITH batch AS ( \
                           INSERT INTO ops.batch \
                               (batch, dataset, contract, read, loaded, rejected, superseded, held, status, settled_at) \
                           VALUES ($1, $2, '', $3, $3, 0, 0, 0, 'loaded', now() + make_interval(mins => $4))) \
                       INSERT INTO ops.reading (bucket, key, version, batch, dataset) \
                       SELECT bucket, key, version, $1, $2 FROM ops.drop";
        stage.client.execute(settled, &[&batch, &dataset, &rows, &minutes]).await.unwrap();
    }
    assert_eq!(stage.story(&request(ANNE, DAY)).await.unwrap().rows, Some(10));
}

#[tokio::test]
async fn an_older_run_never_takes_the_place_of_a_later_one() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { polls: 0, ..Behaviour::default() });
    let (older, later) = (request(ANNE, DAY), request(ANNE, DAY.tomorrow().unwrap()));
    stage.ask(&older).await.unwrap();
    dropped(stage.collect(&later).await.unwrap());
    assert!(!stage.plan(&order(later.as_of)).await.contains(&older));
    let story = stage.story(&older).await.unwrap();
    assert_eq!(story.error.as_deref(), Some("left: a later one was collected"));
    let error = stage.fetch(&older).await.unwrap_err();
    assert_eq!((error.name(), stage.aws.puts()), (Name::Payload, 1));
    assert!(error.to_string().ends_with("is left: a later one was collected"), "{error}");
    assert_eq!(stage.story(&older).await.unwrap().status, CollectStatus::Failed);
    stage.ask(&request(ANNE, DAY.yesterday().unwrap())).await.unwrap_err();
    assert_eq!(stage.vendor.runs().len(), 2, "what would be thrown away is not asked for");
    let failed = Order { again: "wish-1".to_owned(), reports: Vec::new(), ..order(DAY) };
    assert_eq!(stage.plan(&failed).await, [], "nor what failed before a later one was collected");

    let again = Request { again: "wish-1".to_owned(), ..later.clone() };
    let (first, last) = (Request { again: "wish-0".to_owned(), ..later }, again);
    stage.ask(&first).await.unwrap();
    dropped(stage.collect(&last).await.unwrap());
    let plain = Order { again: first.again.clone(), ..order(first.as_of) };
    assert!(!stage.plan(&plain).await.contains(&first));
    let story = stage.story(&first).await.unwrap();
    assert_eq!(story.error.as_deref(), Some("left: a later one was collected"));
    assert_eq!(stage.fetch(&first).await.unwrap_err().name(), Name::Payload);
}

#[tokio::test]
async fn what_was_asked_for_on_an_earlier_day_and_never_heard_of_is_asked_for_again() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { run: Script::times(1, Answer::HangUp), ..Behaviour::default() });
    stage.ask(&request(ANNE, DAY)).await.unwrap_err();
    let plan = stage.plan(&order(DAY.tomorrow().unwrap())).await;
    assert_eq!((plan.len(), &plan[0]), (3, &request(ANNE, DAY)));
}

#[tokio::test]
async fn whoever_gives_up_while_another_collects_takes_nothing_from_it() {
    let stage = Stage::new().await;
    let (one, other) = (request(ANNE, DAY), request(BETH, DAY));
    stage.ask(&one).await.unwrap();
    assert_eq!(stage.ask(&other).await.unwrap(), CollectResponse::Busy);
    let error = stage.fetch(&other).await.unwrap_err();
    stage.fail(&other, &error).await;
    dropped(stage.collect(&one).await.unwrap());
    assert_eq!(stage.plan(&order(DAY)).await, std::slice::from_ref(&other));
    dropped(stage.collect(&other).await.unwrap());
}

#[tokio::test]
async fn the_day_is_that_of_the_clinics_clocks() {
    let scheduled_at = Some("2026-11-23T03:00:00Z".parse().unwrap());
    for (zone, day, reports) in [("UTC", "2026-11-23", 5), ("America/New_York", "2026-11-22", 3)] {
        let numbers = r#"{"denial_trends": {"report": "1", "filter": "2"}, "rcm_productivity": {"report": "3", "filter": "4"}}"#;
        let stage = Stage::with(&[("CLINIC_TIME_ZONE", zone), ("COLLECT_NUMBERS", numbers)]).await;
        let order = CollectRequest::Plan(Order { scheduled_at, ..Order::default() });
        let planned = handle(&stage.context, order).await.unwrap();
        let CollectResponse::Planned { as_of, requests, unnumbered, left_out: 0, failed: 0 } = planned else {
            panic!("a plan")
        };
        assert_eq!((as_of.to_string().as_str(), requests.len()), (day, 2 * reports), "{zone}");
        assert!(unnumbered.contains(&"payment_trends".to_owned()), "{unnumbered:?}");
    }
}

#[tokio::test]
async fn requests_that_nobody_can_make_are_refused_by_name() {
    let stage = Stage::new().await;
    let of = |account: &str, report: &str| Request { report: report.to_owned(), ..request(account, DAY) };
    let wrong = [
        (of("10000019", "ar_aging"), Name::Payload, "COLLECT_ACCOUNTS has no account `10000019`"),
        (of(ANNE, "ar_agin"), Name::Payload, "did you mean `ar_aging`?"),
        (of(ANNE, "write_off_trends"), Name::Catalog, "COLLECT_NUMBERS"),
        (Request { again: "a/b".to_owned(), ..of(ANNE, "ar_aging") }, Name::Payload, "`again`"),
    ];
    for (request, name, text) in wrong {
        let error = stage.ask(&request).await.unwrap_err();
        assert_eq!(error.name(), name);
        assert!(error.to_string().contains(text), "{error}");
    }
    let error = handle(&stage.context, CollectRequest::Plan(Order::default())).await.unwrap_err();
    assert_eq!(error.name(), Name::Payload);
    assert!(stage.vendor.requests().is_empty());
}
