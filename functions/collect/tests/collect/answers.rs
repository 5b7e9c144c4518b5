//! What becomes of each answer and fault of the vendor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rounds_collect::error::Error;
use rounds_collect::vendor;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::payload::{CollectResponse, CollectStatus};
use rounds_testkit::http::{self, nobody, serve};
use rounds_testkit::vendor::{Answer, Behaviour, Content, Script, Xml};
use serde_json::json;

use crate::stage::{ANNE, BETH, DAY, PASSWORD, Stage, USER, dropped, request};

fn run(answer: Answer) -> Behaviour {
    Behaviour { run: Script::always(answer), polls: 0, ..Behaviour::default() }
}

fn results(answer: Answer) -> Behaviour {
    Behaviour { results: Script::always(answer), polls: 0, ..Behaviour::default() }
}

/// What an error says, with its name.
fn said(answer: Result<CollectResponse, Error>) -> (Name, String) {
    let error = answer.unwrap_err();
    (error.name(), error.to_string())
}

#[tokio::test]
async fn a_report_is_dropped_as_the_vendor_made_it_however_its_answer_is_written() {
    let stage = Stage::new().await;
    let mut day = DAY;
    for (number, xml) in [Xml::Namespaced, Xml::Prefixed, Xml::BareData, Xml::Plain].into_iter().enumerate() {
        stage.behave(Behaviour { xml, polls: 2, ..Behaviour::default() });
        let request = request(ANNE, day);
        assert_eq!(stage.ask(&request).await.unwrap(), CollectResponse::Running);
        assert_eq!(stage.story(&request).await.unwrap().status, CollectStatus::Running);
        for _ in 0..2 {
            assert_eq!(stage.fetch(&request).await.unwrap(), CollectResponse::Running);
        }
        let key = dropped(stage.fetch(&request).await.unwrap());
        let identifier = &stage.vendor.runs()[number].identifier;
        assert_eq!(key, format!("billing/customer_account={ANNE}/{day}/ar_aging-{identifier}.zip"));
        assert!(stage.aws.objects()[&key].starts_with("PK"));
        let story = stage.story(&request).await.unwrap();
        assert_eq!((story.status, story.identifier.as_ref()), (CollectStatus::Fetched, Some(identifier)));
        assert!(story.requested_at <= story.ready_at.unwrap() && story.ready_at <= story.fetched_at);
        day = day.tomorrow().unwrap();
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let stage = Stage::new().await;
    let refusals = [
        (Answer::Status(401), "COLLECT_SECRET_ARN"),
        (Answer::Status(403), "status 403"),
        (Answer::Status(404), "COLLECT_NUMBERS"),
        (Answer::Status(415), "its Web API has changed"),
        (Answer::NotFound, "NOT FOUND"),
        (Answer::InvalidCriteria, "check its report and filter"),
        (Answer::Error, "run it there by hand"),
        (Answer::InterfaceOff, "ask the vendor to turn it on"),
        (Answer::NoLongerActive, "no longer active"),
    ];
    let request = request(ANNE, DAY);
    for (answer, text) in refusals {
        stage.behave(run(answer));
        let (name, sentence) = said(stage.ask(&request).await);
        assert_eq!(name, Name::VendorRefused, "{answer:?}");
        assert!(sentence.starts_with(&format!("ar_aging of account {ANNE}: ")), "{sentence}");
        assert!(sentence.contains(text), "{sentence}");
    }
    stage.behave(Behaviour { polls: 0, ..Behaviour::default() });
    stage.ask(&request).await.unwrap();
    for (answer, text) in refusals {
        stage.behave(results(answer));
        let (name, sentence) = said(stage.fetch(&request).await);
        assert_eq!(name, Name::VendorRefused, "{answer:?}");
        let is_forgotten = matches!(answer, Answer::NotFound | Answer::Status(404));
        let text = if is_forgotten { "has forgotten the run" } else { text };
        assert!(sentence.contains(text), "{sentence}");
    }
    assert_eq!(stage.vendor.runs().len(), 1);
}

#[tokio::test]
async fn what_may_pass_is_to_be_tried_again_and_no_run_is_lost_or_made_twice() {
    let stage = Stage::new().await;
    let passing = [
        Answer::Status(429),
        Answer::Status(500),
        Answer::Status(502),
        Answer::Status(503),
        Answer::Status(504),
        Answer::HangUp,
        Answer::HangUpAfter,
    ];
    let mut day = DAY;
    for (runs, answer) in (1..).zip(passing) {
        let once = Script::times(1, answer);
        stage.behave(Behaviour { run: once.clone(), results: once, ..Behaviour::default() });
        day = day.tomorrow().unwrap();
        let request = request(ANNE, day);
        assert_eq!(said(stage.ask(&request).await).0, Name::VendorUnavailable, "{answer:?}");
        assert_eq!(stage.ask(&request).await.unwrap(), CollectResponse::Running, "{answer:?}");
        assert_eq!(stage.fetch(&request).await.unwrap(), CollectResponse::Running, "{answer:?}");
        assert_eq!(said(stage.fetch(&request).await).0, Name::VendorUnavailable, "{answer:?}");
        dropped(stage.fetch(&request).await.unwrap());
        assert_eq!(stage.vendor.runs().len(), runs, "{answer:?}");
    }
}

#[tokio::test]
async fn rows_that_are_there_count_more_than_a_message_that_there_are_none() {
    let url = serve(|request| {
        let (message, data) = if request.path.ends_with("/run") {
            ("", "")
        } else {
            ("No records were found matching the criteria used.", "aGk=")
        };
        let body = format!(
            "<r><Status>SUCCESS</Status><StatusMessage>{message}</StatusMessage><Identifier>77</Identifier>\
             <Data>{data}</Data></r>"
        );
        Some(http::answer(200, "application/xml", &body))
    })
    .unwrap();
    let stage = Stage::with(&[("COLLECT_URL", &format!("http://{url}"))]).await;
    let key = dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
    assert_eq!(stage.aws.objects()[&key], "hi");
}

#[tokio::test]
async fn a_report_that_timed_out_has_an_error_of_its_own() {
    let stage = Stage::new().await;
    stage.behave(results(Answer::TimedOut));
    stage.ask(&request(ANNE, DAY)).await.unwrap();
    assert_eq!(said(stage.fetch(&request(ANNE, DAY)).await).0, Name::VendorTimedOut);
}

#[tokio::test]
async fn what_cannot_be_understood_is_never_dropped() {
    let request = request(ANNE, DAY);
    let stage = Stage::new().await;
    stage.behave(Behaviour { content: Content::BrokenBase64, polls: 0, ..Behaviour::default() });
    stage.ask(&request).await.unwrap();
    let (name, sentence) = said(stage.fetch(&request).await);
    assert_eq!(name, Name::VendorUnclear);
    assert!(sentence.contains("base64"), "{sentence}");
    stage.behave(results(Answer::Page));
    assert_eq!(said(stage.fetch(&request).await).0, Name::VendorUnclear);
    assert!(stage.aws.objects().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let page = " ".repeat(vendor::ANSWER_BYTES + 1);
    let url = serve(move |_| Some(http::answer(200, "application/xml", &page))).unwrap();
    let stage = Stage::with(&[("COLLECT_URL", &format!("http://{url}"))]).await;
    let (name, sentence) = said(stage.ask(&request(ANNE, DAY)).await);
    assert_eq!(name, Name::VendorAnswer);
    assert!(sentence.contains("more than 64 MiB; narrow the report's filter"), "{sentence}");
}

#[tokio::test]
async fn a_broken_zip_is_the_pipelines_to_refuse() {
    let stage = Stage::new().await;
    stage.behave(Behaviour { content: Content::BrokenZip, polls: 0, ..Behaviour::default() });
    dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
}

#[tokio::test]
async fn the_vendors_own_words_go_nowhere() {
    let page = "<r><Status>canary</Status><StatusMessage>Canary, Quillfeather</StatusMessage></r>";
    let url = serve(|request| {
        let status = if request.path.contains(BETH) { 400 } else { 200 };
        Some(http::answer(status, "application/xml", page))
    })
    .unwrap();
    let stage = Stage::with(&[("COLLECT_URL", &format!("http://{url}"))]).await;
    assert_eq!(said(stage.ask(&request(ANNE, DAY)).await).0, Name::VendorUnclear);
    stage.age(26).await;
    assert_eq!(said(stage.ask(&request(BETH, DAY)).await).0, Name::VendorRefused);
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let was_followed = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&was_followed);
    let elsewhere = serve(move |_| {
        seen.store(true, Ordering::SeqCst);
        None
    })
    .unwrap();
    let moved = format!("HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let url = serve(move |_| Some(moved.clone())).unwrap();
    let stage = Stage::with(&[("COLLECT_URL", &format!("http://{url}"))]).await;
    let (name, sentence) = said(stage.ask(&request(ANNE, DAY)).await);
    assert_eq!(name, Name::VendorRefused);
    assert!(sentence.contains("status 302"), "{sentence}");
    assert!(!was_followed.load(Ordering::SeqCst), "the password is for the vendor alone");
}

#[tokio::test]
async fn without_a_connection_nothing_is_in_doubt() {
    let stage = Stage::with(&[("COLLECT_URL", &format!("http://{}", nobody().unwrap()))]).await;
    for account in [ANNE, BETH] {
        assert_eq!(said(stage.ask(&request(account, DAY)).await).0, Name::VendorUnavailable);
    }
}

#[tokio::test]
async fn credentials_that_were_changed_are_read_anew_once() {
    let stage = Stage::new().await;
    let with_password = |password: &str| json!({ "username": USER, "password": password });
    stage.aws.set_secret("vendor", with_password("canary-old"));
    assert_eq!(said(stage.ask(&request(ANNE, DAY)).await).0, Name::VendorRefused);
    let reads = stage.aws.reads_of_secrets();
    assert_eq!(said(stage.ask(&request(ANNE, DAY)).await).0, Name::VendorRefused);
    assert_eq!(stage.aws.reads_of_secrets(), reads + 1, "what was kept may be old");
    stage.aws.set_secret("vendor", with_password(PASSWORD));
    assert_eq!(stage.ask(&request(ANNE, DAY)).await.unwrap(), CollectResponse::Running);
    assert_eq!(stage.vendor.runs().len(), 1);

    stage.aws.set_secret("vendor", json!("canary-text"));
    let other = Stage::new().await;
    other.aws.set_secret("vendor", json!("canary-text"));
    let (name, sentence) = said(other.ask(&request(ANNE, DAY)).await);
    assert_eq!(name, Name::Secret);
    assert!(sentence.contains("`username` and `password`"), "{sentence}");
}

#[tokio::test]
async fn a_vendor_that_never_answers_leaves_a_doubt() {
    let (held, url) = hanging();
    let stage = Stage::with(&[("COLLECT_URL", &format!("http://{url}"))]).await;
    let (one, other) = (request(ANNE, DAY), request(BETH, DAY));
    // The vendor's time is up when nothing else moves.
    let asked = async {
        let asked = stage.ask(&one);
        tokio::pin!(asked);
        loop {
            tokio::select! {
                answer = &mut asked => break answer,
                () = held.notified() => tokio::time::pause(),
            }
        }
    };
    assert_eq!(said(asked.await).0, Name::VendorUnavailable);
    tokio::time::resume();
    assert_eq!(stage.ask(&other).await.unwrap(), CollectResponse::Busy);
}

/// A server that takes requests, tells of it, and does not answer.
fn hanging() -> (Arc<tokio::sync::Notify>, std::net::SocketAddr) {
    let held = Arc::new(tokio::sync::Notify::new());
    let told = Arc::clone(&held);
    let url = serve(move |_| {
        told.notify_one();
        std::thread::park();
        None
    })
    .unwrap();
    (held, url)
}

/// A vendor that runs 77, and whose results are these of that run.
fn telling(identifier: &'static str, data: &'static str) -> String {
    let url = serve(move |request| {
        let (identifier, data) = if request.path.ends_with("/run") { ("77", "") } else { (identifier, data) };
        let body = format!(
            "<r><Status>SUCCESS</Status><Identifier>{identifier}</Identifier><Data>{data}</Data></r>"
        );
        Some(http::answer(200, "application/xml", &body))
    })
    .unwrap();
    format!("http://{url}")
}

#[tokio::test]
async fn the_bytes_of_a_report_are_dropped_as_they_are() {
    let stage = Stage::with(&[("COLLECT_URL", &telling("77", "Tm90IHJlYWxseSBh\r\nIHppcC4="))]).await;
    let key = dropped(stage.collect(&request(ANNE, DAY)).await.unwrap());
    assert_eq!(stage.aws.objects()[&key], "Not really a zip.");
}

#[tokio::test]
async fn results_of_another_run_are_never_dropped() {
    let stage = Stage::with(&[("COLLECT_URL", &telling("78", "aGk="))]).await;
    assert_eq!(stage.ask(&request(ANNE, DAY)).await.unwrap(), CollectResponse::Running);
    assert_eq!(said(stage.fetch(&request(ANNE, DAY)).await).0, Name::VendorAnswer);
    assert!(stage.aws.objects().is_empty());
}
