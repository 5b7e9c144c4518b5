//! The clock's call while a drop is loaded.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rounds_testkit::mis::Bookings;
use rounds_testkit::mis_rules::{Mis, Report};
use rounds_testkit::stack::{Run, Stack};
use rounds_tests::{assert_nothing_leaked, drop_quiet_night};
use serde_json::{Value, json};

use crate::{holder, wait_for_waiting};

const KEY: &str = "mis/MIS_Report.xlsx";

const REPORTS: [(&str, Report); 6] = [
    ("mis.cancelled", Report::Cancelled),
    ("mis.cancelled_and_paid", Report::CancelledAndPaid),
    ("mis.completed_consultations", Report::Completed),
    ("mis.dropouts", Report::Dropout),
    ("mis.missing_prescriptions", Report::MissingPrescription),
    ("mis.operations_extract", Report::OperationsExtract),
];

/// A number in a report's receipt.
fn told(run: &Run, report: &str, number: &str) -> u64 {
    let receipts = run.output["reports"].as_array().unwrap();
    let receipt = receipts.iter().find(|receipt| receipt["report"] == report);
    receipt.and_then(|receipt| receipt[number].as_u64()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_called_while_a_drop_is_loaded_report_what_stood_before_and_once() {
    let stack = Stack::shared().await;
    drop_quiet_night(&stack).await;
    let now = Timestamp::now();
    let today = now.to_zoned(TimeZone::UTC).date();
    let workbook = |seed, rows| Bookings { seed, rows, canary: true }.workbook(today).unwrap();
    let (older, newer) = (workbook(127, 1_200), workbook(128, 700));
    let [old, new] = [&older, &newer].map(|workbook| Mis::read(workbook).unwrap());
    let rows = |mis: &Mis, report| mis.rows(report, today, &[]).ids.len() as u64;
    let counts = |mis: &Mis| REPORTS.map(|(_, report)| rows(mis, report));
    // How many, depends on the day of the week.
    assert_ne!(counts(&old), counts(&new), "the two workbooks make other reports");
    assert_eq!(stack.drop_file(KEY, older).await.outcome(), "loaded");
    let mails = stack.mails().len();

    let holder = holder(&stack, "mis.appointments").await;
    let load = stack.put(KEY, newer).await;
    wait_for_waiting(&stack.database().await, "rounds-load");
    let call: Value = json!({
        "cadence": "daily", "scheduled_at": now.to_string(), "deadline_minutes": 0, "poll_seconds": 1,
        "at_any_hour": true,
    });
    let rounds = [stack.call_round(&call), stack.call_round(&call)].map(|arn| stack.finished(&arn));
    for (name, report) in REPORTS {
        let reported = rounds.each_ref().map(|round| told(round, name, "rows"));
        assert_eq!(reported, [rows(&old, report); 2], "{name}");
        assert_eq!(rounds.each_ref().map(|round| told(round, name, "sent")).iter().sum::<u64>(), 1, "{name}");
    }
    assert_eq!(stack.mails().len(), mails + REPORTS.len());

    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(stack.finished(&load).outcome(), "loaded");
    let later = stack.finished(&stack.call_round(&call));
    assert!(REPORTS.iter().all(|(name, _)| told(&later, name, "sent") == 0), "{}", later.output);
    assert_eq!(stack.mails().len(), mails + REPORTS.len());
    assert_nothing_leaked(&stack);
}
