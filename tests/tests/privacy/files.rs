//! Files of all domains: loaded, rejected, waiting, refused, mended, held back, turned away, collected.

use rounds_testkit::billing::Books;
use rounds_testkit::sheet::{self, Cell, Row, text};
use rounds_testkit::stack::{Stack, until};
use rounds_testkit::vendor::{Behaviour, Content, Vendor};
use rounds_tests::{
    APPOINTMENTS, appointment, clinic, drop_appointments, drop_bookings, drop_doctors, folder, mend, rounds,
    under_header,
};
use serde_json::{Value, json};

use crate::{drop_hospital, drop_records, sweep, today};

fn batch_of(output: &Value) -> String {
    output["loads"][0]["batch"].as_str().unwrap().to_owned()
}

/// Ten appointments, of which two break a rule with a marked word.
fn two_rejects() -> Vec<Row> {
    under_header((1..=10).map(|number| match number {
        3 => appointment(number, "CANARY-DAY", "confirmed"),
        6 => appointment(number, "2025-10-02", "CANARY-WORD"),
        _ => appointment(number, "2025-10-02", "confirmed"),
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_domain_leave_no_patients_value_where_it_does_not_belong() {
    let stack = Stack::shared().await;
    let alerts = sweep::begin(&stack).await;
    let clinic = clinic(71);
    drop_doctors(&stack, &clinic).await;
    drop_appointments(&stack, &clinic).await;
    drop_bookings(&stack, 71).await;
    drop_records(&stack).await;
    drop_hospital(&stack).await;
    sweep::assert_none(&stack, &alerts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_mended_held_back_and_turned_away_leaves_none_either() {
    let stack = Stack::shared().await;
    let alerts = sweep::begin(&stack).await;
    for (name, content) in refused() {
        let run = stack.drop_file(&format!("healthtech/{name}"), content).await;
        assert_eq!(run.outcome(), "quarantined", "{name}: {}", run.output);
    }

    let run = stack.drop_file(APPOINTMENTS, sheet::workbook(&two_rejects()).unwrap()).await;
    let first = batch_of(&run.output);
    let folder = folder("privacy");
    let [rejects, mended] = ["rejects.xlsx", "mended.xlsx"].map(|name| folder.join(name));
    assert_eq!(rounds(&stack, &["rejects", &first]).1, Some(0));
    assert_eq!(rounds(&stack, &["rejects", &first, "--xlsx", rejects.to_str().unwrap()]).1, Some(0));
    mend(&rejects, &mended, &["4"], &[("booking_date", "2025-10-04")]);
    let (told, code) = rounds(&stack, &["replay", &first, "--mended", mended.to_str().unwrap(), "--follow"]);
    assert_eq!(code, Some(0), "{told}");

    for (decision, status) in [("discard", "cancelled"), ("accept", "confirmed")] {
        let few = under_header((1..=2).map(|number| appointment(number, "2025-10-03", status)));
        let run = stack.drop_file(APPOINTMENTS, sheet::workbook(&few).unwrap()).await;
        assert_eq!(run.outcome(), "held_back", "{}", run.output);
        assert_eq!(rounds(&stack, &[decision, &batch_of(&run.output)]).1, Some(0));
    }
    sweep::assert_none(&stack, &alerts).await;
}

/// Files that no stage can read, with marked values in the places where reading stops.
fn refused() -> Vec<(&'static str, Vec<u8>)> {
    let rows = clinic(72).appointments.rows;
    let whole = sheet::workbook(&rows).unwrap();
    let headless: Vec<Row> = rows.iter().skip(3).cloned().collect();
    let mixed = vec![
        ["booking_id", "CANARY-HEADER", "patient_id"].map(text).to_vec(),
        vec![Cell::Number(88_800_012_340_001.0), text("CANARY"), Cell::Number(77_700_012_340_001.0)],
    ];
    let unusable =
        under_header([appointment(1, "CANARY-DAY", "confirmed"), appointment(2, "CANARY-DAY", "CANARY")]);
    let mut bytes = sheet::csv(&rows).unwrap();
    bytes.splice(400..400, *b"\0\0\"CANARY\xff\xfe\0");
    vec![
        ("appointments cut off.xlsx", whole.get(..whole.len() * 2 / 3).unwrap().to_vec()),
        ("appointments without a header.xlsx", sheet::workbook(&headless).unwrap()),
        ("a strange header.xlsx", sheet::workbook(&mixed).unwrap()),
        ("no usable rows.csv", sheet::csv(&unusable).unwrap()),
        ("binary in text.csv", bytes),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_billing_vendor_sends_leaves_none_whatever_it_is() {
    let stack = Stack::shared().await;
    let alerts = sweep::begin(&stack).await;
    let vendor = Vendor::start(Books { seed: Books::SEED, as_of: today() }).unwrap();
    let function = &stack.deployment().collect_function;
    let contents = [Content::Whole, Content::Ragged, Content::BrokenZip];
    let accounts = ["27000001", "27000002", "27000003"];
    for (account, content) in accounts.iter().zip(contents) {
        vendor.behave(account, "*", Behaviour { content, ..Behaviour::default() });
    }
    stack.configure(function, "COLLECT_URL", &json!(vendor.url()));
    stack.configure(function, "COLLECT_ACCOUNTS", &json!(accounts));
    let reports = ["gross_billing", "pdr3_calculator"];
    let run = stack.finished(&stack.call_collection(&json!({"reports": reports, "as_of": today()})));
    assert_eq!(run.status, "SUCCEEDED", "{:?}", run.cause);
    let database = stack.database().await;
    let through = "SELECT count(*) FROM ops.drop WHERE status IN ('loaded', 'quarantined')";
    let runtime = tokio::runtime::Handle::current();
    let through = || runtime.block_on(database.query_one(through, &[])).unwrap().get::<_, i64>(0);
    tokio::task::block_in_place(|| until("what was fetched is through", || (through() == 6).then_some(())));
    sweep::assert_none(&stack, &alerts).await;
}
