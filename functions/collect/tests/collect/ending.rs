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
    assert_eq!(stage.story(&unasked).await.unwrap().status, CollectStatus::Failed);
}

#[tokio::test]
async fn a_file_that_could_not_be_put_is_fetched_once_more() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { polls: 0, ..Behaviour::default() });
    stage.aws.set_read_only(true);
    assert_eq!(stage.collect(&request(ANNE, DAY)).await.unwrap_err().name(), Name::Storage);
    assert_eq!(stage.story(&request(ANNE, DAY)).await.unwrap().status, CollectStatus::Ready);
    stage.aws.set_read_only(false);
    dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
    assert_eq!(stage.vendor.runs().len(), 1);
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
    let drop = "INSERT INTO ops.drop (bucket, key, version, dropped_at, sequencer, status, error, cause) \
                SELECT bucket, key, '', now(), '1', $2, $3, 'It is damaged.' FROM ops.collection WHERE account = $1";
    for (account, status, error) in
        [(ANNE, "loaded", None), (BETH, "quarantined", Some("Rejected.CorruptFile"))]
    {
        stage.client.execute(drop, &[&account, &status, &error]).await.unwrap();
    }
    assert_eq!(stage.story(&request(ANNE, DAY)).await.unwrap().status, CollectStatus::Loaded);
    let broken = stage.story(&request(BETH, DAY)).await.unwrap();
    assert_eq!(broken.status, CollectStatus::Failed);
    assert_eq!(broken.error.as_deref(), Some("Rejected.CorruptFile: It is damaged."));
}

#[tokio::test]
async fn the_day_is_that_of_the_clinics_clocks() {
    let at = Some("2026-11-23T03:00:00Z".parse().unwrap());
    for (zone, day, reports) in [("UTC", "2026-11-23", 5), ("America/New_York", "2026-11-22", 3)] {
        let numbers = r#"{"denial_trends": {"report": "1", "filter": "2"}, "rcm_productivity": {"report": "3", "filter": "4"}}"#;
        let stage = Stage::with(&[("CLINIC_TIME_ZONE", zone), ("COLLECT_NUMBERS", numbers)]).await;
        let order = CollectRequest::Plan(Order { at, ..Order::default() });
        let planned = handle(&stage.context, order).await.unwrap();
        let CollectResponse::Planned { as_of, requests, unnumbered } = planned else { panic!("a plan") };
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
