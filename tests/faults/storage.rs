//! S3 throttles, fails or breaks off, wherever a stage asks it for something; and Secrets Manager does.

use std::collections::HashMap;

use rounds_testkit::faults::http::{Fault, Proxy, When};
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Line, Stage, Stopped};
use rounds_tests::{APPOINTMENTS, assert_nothing_leaked, assert_tables, clinic, drop_doctors};

/// Where the stages ask S3 for something, in the order of a run.
const PLACES: [(&str, &str, &str); 8] = [
    ("ingest", "GET", APPOINTMENTS),
    ("transform", "GET", APPOINTMENTS),
    ("transform", "PUT", "/curated/"),
    ("transform", "PUT", "/batches/"),
    ("load", "GET", "/batches/"),
    ("load", "GET", "/curated/"),
    ("load", "PUT", "/lake/"),
    ("report", "PUT", "/reports/"),
];

/// A line whose stages go to S3 with these attempts at each request, each through a proxy of its own.
async fn line_through(stack: &Stack, attempts: &str) -> (Line, HashMap<&'static str, Proxy>) {
    let mut line = Line::start(stack).await;
    let mut proxies = HashMap::new();
    for (name, stage) in [
        ("ingest", &mut line.ingest),
        ("transform", &mut line.transform),
        ("load", &mut line.load),
        ("report", &mut line.report),
    ] {
        let s3 = stack.aws_proxy();
        let changed = [("AWS_ENDPOINT_URL_S3", &*s3.url()), ("AWS_MAX_ATTEMPTS", attempts)];
        *stage = Stage::start(stack, name, &changed);
        proxies.insert(name, s3);
    }
    (line, proxies)
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_that_fails_is_named_and_the_run_goes_on_from_there_when_it_answers() {
    let stack = Stack::shared().await;
    let clinic = clinic(131);
    drop_doctors(&stack, &clinic).await;
    let mails = stack.mails().len();
    let (mut line, proxies) = line_through(&stack, "1").await;
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
    let others = [
        Fault::Error(500, "InternalError"),
        Fault::CutBefore,
        Fault::CutRequest,
        Fault::CutAfter,
        Fault::Error(400, "RequestTimeout"),
    ];
    for ((at, method, path), other) in PLACES.into_iter().zip(others.into_iter().cycle()) {
        // Of the writes a copy alone has an answer with a body.
        let broken_off = (method == "GET" || path == "/lake/").then_some(Fault::CutAnswer);
        for fault in [Fault::Error(503, "SlowDown"), other].into_iter().chain(broken_off) {
            let s3 = &proxies[at];
            s3.fail(When::next(method, path).always(), fault);
            let Stopped { at: stopped_at, answer } = line.run(&event).unwrap_err();
            assert_eq!(stopped_at, at, "{method} {path}, {fault:?}: {answer:?}");
            assert_eq!(answer.error(), Some("Retryable.StorageUnavailable"), "{fault:?}: {answer:?}");
            s3.heal();
        }
    }
    assert_eq!(line.run(&event).unwrap()["outcome"], "duplicate", "the report was all that was left");
    assert_tables(&stack.database().await, &clinic).await;
    assert_eq!(stack.mails().len(), mails + 1);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_s3_that_passes_is_got_over_within_the_call() {
    let stack = Stack::shared().await;
    let clinic = clinic(132);
    drop_doctors(&stack, &clinic).await;
    let (mut line, proxies) = line_through(&stack, "3").await;
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
    for (place, (at, method, path)) in PLACES.into_iter().enumerate() {
        let faults = [Fault::Error(503, "SlowDown"), Fault::CutBefore, Fault::CutAfter];
        proxies[at].fail(When::next(method, path), faults[place % faults.len()]);
    }
    assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");
    assert_tables(&stack.database().await, &clinic).await;
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_manager_that_throttles_is_named_and_what_was_read_goes_on_without_it() {
    let stack = Stack::shared().await;
    let (first, second) = (clinic(133), clinic(134));
    drop_doctors(&stack, &second).await;
    let secrets = stack.aws_proxy();
    let mut line = Line::start(&stack).await;
    let changed = [("AWS_ENDPOINT_URL_SECRETS_MANAGER", &*secrets.url()), ("AWS_MAX_ATTEMPTS", "1")];
    line.load = Stage::start(&stack, "load", &changed);
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&first.appointments.rows).unwrap()).await;
    for fault in [Fault::Error(400, "ThrottlingException"), Fault::CutBefore, Fault::CutAnswer] {
        secrets.fail(When::next("POST", "/").always(), fault);
        let Stopped { at, answer } = line.run(&event).unwrap_err();
        assert_eq!((at, answer.error()), ("load", Some("Retryable.SecretUnavailable")), "{answer:?}");
        secrets.heal();
    }
    assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");

    // Warm, it knows the password.
    secrets.fail(When::next("POST", "/").always(), Fault::CutBefore);
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&second.appointments.rows).unwrap()).await;
    assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");
    assert_tables(&stack.database().await, &second).await;
    assert_nothing_leaked(&stack);
}
