//! What a round can do, by the ledger.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rounds_report::error::Reason;
use rounds_report::plan::{self, Clinic};
use rounds_report::query::settings::Settings;
use rounds_shared::catalog::{Cadence, Catalog, Hours};
use rounds_shared::failure::Failure as _;
use rounds_shared::payload::{Missing, Plan, Ready, ReportResponse, Round, Uncertain, Waiting};
use tokio_postgres::Client;

use crate::{clinic, ledger};

const DAY: Date = date(2026, 11, 21);

fn daily(as_of: Option<Date>, at: &str) -> Plan {
    let reports = Round::Cadence(Cadence::Daily);
    Plan {
        reports,
        as_of,
        at: at.parse().unwrap(),
        handled: vec![],
        wait: true,
        last: false,
        at_any_hour: false,
    }
}

async fn ask(client: &mut Client, catalog: &Catalog, asked: &Plan) -> ReportResponse {
    ask_at(client, catalog, asked, asked.at).await
}

async fn ask_at(client: &mut Client, catalog: &Catalog, asked: &Plan, now: Timestamp) -> ReportResponse {
    let zone = TimeZone::get("Asia/Kolkata").unwrap();
    let clinic = Clinic { catalog, zone: &zone, settings: &Settings::default(), now };
    plan::plan(client, &clinic, asked).await.ok().unwrap()
}

fn ready(names: &[&str], uncertain: Vec<Uncertain>) -> ReportResponse {
    let ready = names.iter().map(|name| Ready::whole(name)).collect();
    let uncertain_count = uncertain.len();
    ReportResponse::Planned { as_of: DAY, ready, waiting: vec![], uncertain, uncertain_count }
}

fn waiting(names: &[&str]) -> ReportResponse {
    let missing = || vec![Missing { dataset: "demo.visits".to_owned(), title: "Visits".to_owned() }];
    let waiting =
        names.iter().map(|name| Waiting { report: (*name).to_owned(), missing: missing(), until: None });
    ReportResponse::Planned {
        as_of: DAY,
        ready: vec![],
        waiting: waiting.collect(),
        uncertain: vec![],
        uncertain_count: 0,
    }
}

/// A file of a dataset that was dropped then, and loaded.
pub(crate) async fn load(client: &Client, dataset: &str, dropped_at: &str) {
    let dropped_at: Timestamp = dropped_at.parse().unwrap();
    let batch = dropped_at.to_string();
    let statements = [
        "INSERT INTO ops.drop (bucket, key, version, dropped_at, sequencer, status)
         SELECT 'landing', $1, $2, $3, '', 'loaded'",
        "INSERT INTO ops.batch (batch, dataset, contract, read, loaded, rejected, superseded, held, status)
         SELECT $2, $1, 'c', 1, 1, 0, 0, 0, 'loaded' WHERE $3::timestamptz IS NOT NULL",
        "INSERT INTO ops.load (dataset, batch, bucket, key, version, dropped_at, sequencer)
         SELECT $1, $2, 'landing', $1, $2, $3, ''",
    ];
    for statement in statements {
        client.execute(statement, &[&dataset, &batch, &dropped_at]).await.unwrap();
    }
}

#[tokio::test]
async fn a_dataset_of_several_accounts_has_arrived_with_the_last_or_at_the_deadline_with_the_first_of_them() {
    let catalog = clinic::catalog();
    let postgres = ledger().await;
    let mut client = postgres.connect("report").await;
    // Account C is collected no longer.
    let files = [("A", "2026-11-20T18:45:00Z"), ("B", "2026-11-19T18:45:00Z"), ("C", "2026-10-19T18:45:00Z")];
    for (account, dropped_at) in files {
        load(&client, "demo.visits", dropped_at).await;
        client.execute("UPDATE ops.batch SET scope = $1 WHERE scope = ''", &[&account]).await.unwrap();
    }
    let both = ["demo.extract", "demo.seen"];
    let morning = daily(None, "2026-11-21T01:30:00Z");
    let deadline = Plan { last: true, ..morning.clone() };
    assert_eq!(ask(&mut client, &catalog, &morning).await, waiting(&both));
    assert_eq!(ask(&mut client, &catalog, &deadline).await, ready(&both, vec![]));
    client
        .execute("UPDATE ops.load SET dropped_at = '2026-11-20T18:50:00Z' WHERE load = 2", &[])
        .await
        .unwrap();
    assert_eq!(ask(&mut client, &catalog, &morning).await, ready(&both, vec![]));
}

#[tokio::test]
async fn a_report_waits_until_the_files_of_the_day_were_loaded() {
    let catalog = clinic::catalog();
    let postgres = ledger().await;
    let mut client = postgres.connect("report").await;
    let both = ["demo.extract", "demo.seen"];
    // Seven in the morning in Kolkata.
    let morning = daily(None, "2026-11-21T01:30:00Z");
    assert_eq!(ask(&mut client, &catalog, &morning).await, waiting(&both));
    load(&client, "demo.visits", "2026-11-20T12:00:00Z").await;
    assert_eq!(
        ask(&mut client, &catalog, &morning).await,
        waiting(&both),
        "yesterday's file is not the day's"
    );
    let unconditional = Plan { wait: false, ..morning.clone() };
    assert_eq!(ask(&mut client, &catalog, &unconditional).await, ready(&both, vec![]));
    load(&client, "demo.visits", "2026-11-20T18:45:00Z").await;
    assert_eq!(
        ask(&mut client, &catalog, &morning).await,
        ready(&both, vec![]),
        "a quarter past midnight in Kolkata"
    );
    let handled = Plan { handled: vec!["demo.seen".to_owned()], ..morning };
    assert_eq!(ask(&mut client, &catalog, &handled).await, ready(&["demo.extract"], vec![]));
    let given = daily(Some(DAY), "2026-12-24T01:30:00Z");
    assert_eq!(ask(&mut client, &catalog, &given).await, ready(&both, vec![]), "a day that is given counts");
}

#[tokio::test]
async fn a_plan_tells_of_deliveries_of_which_nobody_knows_dead_senders_among_them() {
    let catalog = clinic::catalog();
    let postgres = ledger().await;
    let mut client = postgres.connect("report").await;
    let claimed = "INSERT INTO ops.delivery (report, period, recipient, as_of, status)
                   VALUES ('demo.seen', '2026-11-20', 'ana@clinic.example', '2026-11-20', 'claimed')
                   RETURNING delivery_id::text";
    let delivery: String = client.query_one(claimed, &[]).await.unwrap().get(0);
    let nothing = Plan { reports: Round::Reports(vec![]), ..daily(Some(DAY), "2026-11-21T01:30:00Z") };
    let expected = Uncertain { delivery, report: "demo.seen".to_owned(), period: "2026-11-20".to_owned() };
    assert_eq!(ask(&mut client, &catalog, &nothing).await, ready(&[], vec![expected]));

    // Many would not pass through the state machine.
    let many = "INSERT INTO ops.delivery (report, period, item, recipient, as_of, status)
                SELECT 'demo.seen', '2026-11-21', n, 'ana@clinic.example', '2026-11-21', 'uncertain'
                FROM generate_series(1, 10000) n";
    client.batch_execute(many).await.unwrap();
    let answer = ask(&mut client, &catalog, &nothing).await;
    assert!(serde_json::to_string(&answer).unwrap().len() < 10_000);
    let ReportResponse::Planned { uncertain, uncertain_count, .. } = answer else { panic!("a plan") };
    assert_eq!((uncertain.len(), uncertain_count), (20, 10_001));
}

#[tokio::test]
async fn a_report_asked_for_by_name_is_of_the_day_or_of_the_latest_load() {
    let catalog = clinic::catalog();
    let postgres = ledger().await;
    let client = postgres.connect("report").await;
    let daily = plan::on_request(&client, catalog.report("demo.seen").unwrap(), DAY).await.ok().unwrap();
    assert_eq!(daily.period.label, "2026-11-21");

    let mut after_load = catalog.report("demo.seen").unwrap().clone();
    after_load.cadence = Cadence::AfterLoad;
    let never = plan::on_request(&client, &after_load, DAY).await;
    assert!(matches!(never, Err(Reason::NothingLoaded)));
    load(&client, "demo.visits", "2026-11-20T12:00:00Z").await;
    load(&client, "demo.visits", "2026-11-21T12:00:00Z").await;
    let latest = plan::on_request(&client, &after_load, DAY).await.ok().unwrap();
    assert_eq!(latest.period.label, "load-2");
}

#[tokio::test]
async fn a_report_waits_for_its_hours_when_its_data_have_come_but_not_when_a_person_calls_it() {
    let mut catalog = clinic::catalog();
    for report in catalog.reports.iter_mut().filter(|report| report.name == "demo.seen") {
        report.hours = Hours::parse("08:00-20:00");
    }
    let postgres = ledger().await;
    let mut client = postgres.connect("report").await;
    // Seven in the morning in Kolkata.
    let morning = daily(None, "2026-11-21T01:30:00Z");
    assert_eq!(
        ask(&mut client, &catalog, &morning).await,
        waiting(&["demo.extract", "demo.seen"]),
        "for data"
    );
    load(&client, "demo.visits", "2026-11-20T18:45:00Z").await;
    let until = Some("2026-11-21T02:30:00Z".parse().unwrap());
    let early = ReportResponse::Planned {
        as_of: DAY,
        ready: vec![Ready::whole("demo.extract")],
        waiting: vec![Waiting { report: "demo.seen".to_owned(), missing: vec![], until }],
        uncertain: vec![],
        uncertain_count: 0,
    };
    assert_eq!(ask(&mut client, &catalog, &morning).await, early);
    let last = Plan { last: true, ..morning.clone() };
    assert_eq!(ask(&mut client, &catalog, &last).await, early, "hours are no matter of the deadline");
    let both = ["demo.extract", "demo.seen"];
    for moment in ["2026-11-21T02:30:00Z", "2026-11-21T14:29:59Z", "2026-11-21T15:00:00Z"] {
        let now = moment.parse().unwrap();
        assert_eq!(ask_at(&mut client, &catalog, &morning, now).await, ready(&both, vec![]), "{moment}");
    }
    let by_hand = Plan { wait: false, ..morning };
    assert_eq!(
        ask(&mut client, &catalog, &by_hand).await,
        ready(&both, vec![]),
        "the delivery refuses it by name"
    );
}

#[tokio::test]
async fn a_report_whose_letters_cannot_be_counted_is_one_part_that_tells_why() {
    let catalog = clinic::catalog_with(
        "demo/reports/visits_of_doctors.sql",
        "SELECT doctor, doctor_email, 1/0 AS x FROM demo.visits",
    );
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let plan = Plan {
        reports: Round::Reports(vec!["demo.by_doctor".to_owned()]),
        wait: false,
        ..daily(Some(DAY), "2026-11-21T01:30:00Z")
    };
    assert_eq!(ask(&mut client, &catalog, &plan).await, ready(&["demo.by_doctor"], vec![]));
}

#[tokio::test]
async fn a_day_that_has_not_come_is_refused_by_the_clinics_clock() {
    let catalog = clinic::catalog();
    let postgres = ledger().await;
    let mut client = postgres.connect("report").await;
    let zone = TimeZone::get("Asia/Kolkata").unwrap();
    // The 22nd has begun where the clinic is, and nowhere west of it.
    let at = "2026-11-21T19:00:00Z";
    let clinic =
        Clinic { catalog: &catalog, zone: &zone, settings: &Settings::default(), now: at.parse().unwrap() };
    let asked = |day: Date| daily(Some(day), at);
    assert!(plan::plan(&mut client, &clinic, &asked(date(2026, 11, 22))).await.is_ok());
    let refused = plan::plan(&mut client, &clinic, &asked(date(2026, 11, 23))).await;
    let Err(reason @ Reason::NotYet(_)) = refused else { panic!("it was planned") };
    assert_eq!(reason.name().as_str(), "Defect.Payload");
    assert!(reason.to_string().starts_with("2026-11-23 has not come"), "{reason}");
}
