//! Requests from end to end: PostgreSQL is real, and one server stands in for all of AWS.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use rounds_report::context::Context;
use rounds_report::error::Error;
use rounds_report::handler::handle;
use rounds_shared::catalog::{Cadence, Catalog};
use rounds_shared::configuration::Configuration;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::payload::{
    Plan, Ready, ReportReceipt, ReportRequest, ReportResponse, Round, Settlement, Standing,
};
use rounds_testkit::http::sdk;
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

use crate::clinic;
use crate::log::Log;
use crate::service::{Service, json};

const FIRST: Date = date(2026, 11, 20);
const SECOND: Date = date(2026, 11, 21);

/// The stage in a clinic of its own.
pub(crate) struct Stage {
    pub(crate) context: Context,
    aws: Service,
    pub(crate) client: Client,
    _postgres: Postgres,
}

impl Stage {
    async fn new(catalog: Catalog) -> Self {
        let (postgres, client) = clinic::postgres(&catalog).await;
        Self::of(postgres, client, catalog).await
    }

    pub(crate) async fn of(postgres: Postgres, client: Client, catalog: Catalog) -> Self {
        // One answer that SES takes for an id, Secrets Manager for a secret of all kinds, and S3 for a yes.
        let secret = serde_json::json!({
            "host": postgres.host(), "username": "rounds", "password": "", "key": "0f".repeat(16),
        });
        let answer = serde_json::json!({"MessageId": "m", "Name": "s", "SecretString": secret.to_string()});
        let aws = Service::answering(&json("200 OK", &answer.to_string()));
        let environment = Configuration::of(|name| {
            let value = match name {
                "LAKE_BUCKET" => "lake",
                "DATABASE_SECRET_ARN" | "PSEUDONYM_SECRET_ARN" => "secret",
                "DATABASE_TLS" => "disable",
                "AUDIENCES" => r#"{"care": ["ana@clinic.example"]}"#,
                "MAIL_FROM" => "reports@clinic.example",
                _ => return None,
            };
            Some(value.to_owned())
        });
        let mut context = Context::of(&environment, &sdk(aws.address).await).unwrap();
        context.catalog = catalog;
        Self { context, aws, client, _postgres: postgres }
    }

    pub(crate) async fn deliver(&self, report: &str, as_of: Date) -> Result<ReportReceipt, Error> {
        let request =
            ReportRequest::Deliver { letters: Ready::whole(report), as_of, after: None, at_any_hour: false };
        receipt(handle(&self.context, request, Timestamp::MAX).await?)
    }

    pub(crate) async fn resend(&self, delivery: &str, request: &str) -> Result<ReportReceipt, Error> {
        let request = ReportRequest::Resend { delivery: delivery.to_owned(), request: request.to_owned() };
        receipt(handle(&self.context, request, Timestamp::MAX).await?)
    }

    pub(crate) fn requests(&self, beginning: &str) -> Vec<String> {
        self.aws.requests().into_iter().filter(|request| request.starts_with(beginning)).collect()
    }

    pub(crate) fn mails(&self) -> usize {
        self.requests("POST /v2/email/outbound-emails").len()
    }

    async fn number(&self, query: &str) -> i64 {
        self.client.query_one(query, &[]).await.unwrap().get(0)
    }
}

fn receipt(response: ReportResponse) -> Result<ReportReceipt, Error> {
    let ReportResponse::Delivered { mut reports } = response else { panic!("reports were delivered") };
    assert_eq!(reports.len(), 1);
    Ok(reports.remove(0))
}

fn counts(receipt: &ReportReceipt) -> (u64, u32, u32) {
    (receipt.rows, receipt.sent, receipt.already_sent)
}

#[tokio::test]
async fn day_after_day_each_row_is_sent_once_whatever_is_asked_again() {
    let stage = Stage::new(clinic::catalog()).await;
    assert_eq!(counts(&stage.deliver("demo.seen", FIRST).await.unwrap()), (2, 1, 0));
    assert_eq!(counts(&stage.deliver("demo.seen", FIRST).await.unwrap()), (2, 0, 1));
    let second = stage.deliver("demo.seen", SECOND).await.unwrap();
    assert_eq!(counts(&second), (4, 1, 0));
    assert_eq!((second.period.as_str(), second.objects.len()), ("2026-11-21", 2));
    assert_eq!(stage.mails(), 2);
    let rows = "SELECT count(*) FROM ops.delivered_row";
    assert_eq!(stage.number(rows).await, 4);
    assert_eq!(stage.number(&rows.replace("count(*)", "count(DISTINCT row_key)")).await, 4);
    let logged = "SELECT sum(rows)::bigint FROM ops.report_run";
    assert_eq!(stage.number(logged).await, 4, "the second day compares its new rows with those of the first");
}

#[tokio::test]
async fn a_wish_to_send_once_more_is_met_once_with_the_rows_of_then() {
    let stage = Stage::new(clinic::catalog()).await;
    stage.deliver("demo.seen", FIRST).await.unwrap();
    stage.deliver("demo.seen", SECOND).await.unwrap();
    let first = "SELECT delivery_id::text FROM ops.delivery WHERE period = '2026-11-20'";
    let first: String = stage.client.query_one(first, &[]).await.unwrap().get(0);
    let again = stage.resend(&first, "wish-1").await.unwrap();
    assert_eq!((again.period.as_str(), again.sent, again.already_sent), ("2026-11-20", 1, 0));
    assert_eq!(counts(&stage.resend(&first, "wish-1").await.unwrap()), (2, 0, 1));
    assert_eq!(counts(&stage.resend(&first, "wish-2").await.unwrap()), (2, 1, 0));
    assert_eq!(stage.mails(), 4);
    let of_copies =
        "SELECT count(*) FROM ops.delivered_row JOIN ops.delivery USING (delivery_id) WHERE copy <> ''";
    assert_eq!(stage.number(of_copies).await, 4, "two rows in each of two copies");

    stage.client.batch_execute("DELETE FROM demo.visits").await.unwrap();
    let (log, _guard) = Log::kept();
    assert_eq!(stage.resend(&first, "wish-3").await.unwrap_err().name(), Name::Payload);
    let logged = log.text();
    for part in ["demo.seen", "2026-11-20", "Defect.Payload"] {
        assert!(logged.contains(part), "{part}: {logged}");
    }

    let unknown = stage.resend("6f1c0f1e-8f57-4a6f-9c39-3f1b6f0f0b6a", "wish-4").await.unwrap_err();
    assert_eq!(unknown.name(), Name::Payload);
    assert!(unknown.to_string().contains("`rounds deliveries`"), "{unknown}");
}

#[tokio::test]
async fn what_is_kept_of_a_letter_stays_as_it_went_out_when_the_report_is_asked_for_again() {
    let stage = Stage::new(clinic::catalog()).await;
    stage.deliver("demo.by_doctor", SECOND).await.unwrap_err();
    let made = "SELECT (extract(epoch FROM max(rendered_at)) * 1e6)::bigint FROM ops.report_run";
    let (kept, rendered) = (stage.requests("PUT ").len(), stage.number(made).await);
    assert!(kept > 0 && stage.mails() == 2);
    stage.client.execute("UPDATE demo.visits SET fee_inr = 1", &[]).await.unwrap();
    stage.deliver("demo.by_doctor", SECOND).await.unwrap_err();
    assert_eq!(stage.requests("PUT ").len(), kept, "no file is written over");
    assert_eq!(stage.number(made).await, rendered, "nor the figures that later runs are compared with");
    assert_eq!(stage.mails(), 2);
}

#[tokio::test]
async fn doctors_without_an_address_are_a_failure_by_name_after_the_others_were_served() {
    let stage = Stage::new(clinic::catalog()).await;
    for _ in 0..2 {
        let failure = stage.deliver("demo.by_doctor", SECOND).await.unwrap_err();
        assert_eq!(failure.name(), Name::Mail);
        let text = failure.to_string();
        assert!(text.contains("demo.by_doctor") && text.contains("1 of its letters"), "{text}");
    }
    assert_eq!(stage.mails(), 2, "each of two doctors once");
    let sent = "SELECT recipient, item FROM ops.delivery WHERE status = 'sent'";
    let sent = stage.client.query(sent, &[]).await.unwrap();
    let sent: BTreeSet<(String, String)> = sent.iter().map(|row| (row.get(0), row.get(1))).collect();
    let recipients: Vec<&str> = sent.iter().map(|(recipient, _)| recipient.as_str()).collect();
    assert_eq!(recipients, ["haddad@clinic.example", "li@clinic.example"]);
    assert!(sent.iter().all(|(_, item)| item.len() == 64), "digests of the groups");
}

#[tokio::test]
async fn a_report_that_is_only_kept_shows_pseudonyms_and_goes_to_nobody() {
    let stage = Stage::new(clinic::catalog()).await;
    let kept = stage.deliver("demo.extract", SECOND).await.unwrap();
    assert_eq!(kept.objects, ["reports/demo/extract/2026-11-21/extract.csv"]);
    assert_eq!((counts(&kept), stage.mails()), ((4, 0, 0), 0));
    let file = stage.requests("PUT /lake/reports/demo/extract/2026-11-21/extract.csv").remove(0);
    assert!(file.contains("visit_id,patient,hospital") && !file.contains("p-ana"));
}

#[tokio::test]
async fn a_name_that_no_report_has_is_refused_with_the_nearest_one() {
    let stage = Stage::new(clinic::catalog()).await;
    let unknown = stage.deliver("demo.sen", SECOND).await.unwrap_err();
    assert_eq!(unknown.name(), Name::Catalog);
    assert_eq!(unknown.to_string(), "no report is named `demo.sen`; did you mean `demo.seen`?");
}

#[tokio::test]
async fn before_anything_was_loaded_reports_wait_and_there_is_nothing_to_settle() {
    let postgres = Postgres::start();
    let client = postgres.connect("report").await;
    let stage = Stage::of(postgres, client, clinic::catalog()).await;
    let at = "2026-11-21T07:00:00Z".parse().unwrap();
    let plan = Plan {
        reports: Round::Cadence(Cadence::Daily),
        as_of: None,
        at,
        handled: vec![],
        wait: true,
        last: false,
        at_any_hour: false,
    };
    let planned = handle(&stage.context, ReportRequest::Plan(plan), Timestamp::MAX).await.unwrap();
    let ReportResponse::Planned { as_of, ready, waiting, .. } = planned else { panic!("a plan") };
    assert_eq!((as_of, ready.len(), waiting.len()), (SECOND, 0, 2));

    let list = ReportRequest::Deliveries { only: Some(Standing::Uncertain), number: 10 };
    let listed = handle(&stage.context, list, Timestamp::MAX).await.unwrap();
    assert_eq!(listed, ReportResponse::Deliveries { deliveries: vec![], uncertain: 0 });
    let settle = ReportRequest::Settle { delivery: "no id".to_owned(), r#as: Settlement::Sent };
    assert_eq!(handle(&stage.context, settle, Timestamp::MAX).await.unwrap_err().name(), Name::Payload);
}
