//! Every stage fails while it has patients' values in its hands.

use std::collections::BTreeSet;

use rounds_testkit::faults::http::{Fault, When};
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Answer, Line, asked};
use rounds_tests::{APPOINTMENTS, clinic, drop_doctors};
use serde_json::json;

use crate::sweep;

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_fails_in_the_middle_of_a_file_tells_none_of_it() {
    let stack = Stack::shared().await;
    let alerts = sweep::begin(&stack).await;
    let [clinic, other] = [clinic(77), clinic(78)];
    drop_doctors(&stack, &clinic).await;
    let proxy = stack.aws_proxy();
    let mut line = Line::start_with(&stack, &[("AWS_ENDPOINT_URL_S3", &proxy.url())]).await;

    // From each request on S3 refuses whatever it is asked, until none is left that could fail.
    let mut failed = BTreeSet::new();
    for (method, clinic) in [("GET", &clinic), ("PUT", &other)] {
        let event = line.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
        let ended = (1..60).find(|nth| {
            proxy.fail(When::next(method, "/").nth(*nth).always(), Fault::Error(403, "AccessDenied"));
            let ended = line.run(&event);
            proxy.heal();
            failed.extend(ended.as_ref().err().map(|stopped| stopped.at));
            ended.is_ok()
        });
        assert!(ended.is_some(), "{method}: it comes to its end");
    }
    assert_eq!(failed, ["ingest", "load", "report", "transform"].into());

    // And half of a file, of a manifest or of curated rows arrives.
    let event = line.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await;
    let order = line.up_to_load(&event).unwrap();
    proxy.fail(When::next("GET", "/").always(), Fault::CutAnswer);
    for answer in [line.ingest.invoke(&asked::inspect(&event)), line.load.invoke(&order)] {
        assert!(matches!(answer, Answer::Failed { .. }), "{answer:?}");
    }
    let wrong = line.transform.invoke(&json!({"part": "CANARY", "patient_id": 77_700_012_340_007_u64}));
    assert_eq!(wrong.error(), Some("Defect.Payload"));
    sweep::assert_none(&stack, &alerts).await;
}
