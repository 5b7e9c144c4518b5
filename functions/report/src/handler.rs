//! A request in, receipts or a plan out.

use jiff::civil::Date;
use rounds_shared::catalog::Cadence;
use rounds_shared::failure::{Class, Failure as _};
use rounds_shared::payload::{Due, ReportReceipt, ReportRequest, ReportResponse};

use crate::context::Context;
use crate::delivery::operator::Original;
use crate::delivery::{event, operator};
use crate::due::{self, DueReport};
use crate::error::{Error, Reason};
use crate::{plan, publish};

/// Does what is asked.
///
/// # Errors
/// See [`Error`].
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, request: ReportRequest) -> Result<ReportResponse, Error> {
    match request {
        ReportRequest::Due(occasion) => after_load(context, &occasion).await,
        ReportRequest::Deliver { report, as_of } => deliver(context, &report, as_of).await,
        ReportRequest::Resend { delivery, request } => resend(context, &delivery, &request).await,
        ReportRequest::Plan(asked) => {
            let client = context.session().await.map_err(Reason::from)?;
            Ok(plan::plan(&client, &context.catalog, &context.time_zone, &asked).await?)
        }
        ReportRequest::Settle { delivery, r#as } => {
            let client = context.session().await.map_err(Reason::from)?;
            let changed = operator::settle(&client, &delivery, r#as).await.map_err(Reason::from)?;
            Ok(ReportResponse::Settled { changed: changed.ok_or(Reason::UnknownDelivery)? })
        }
        ReportRequest::Deliveries { only_uncertain, number } => {
            let client = context.session().await.map_err(Reason::from)?;
            let listed = operator::deliveries(&client, only_uncertain, number).await;
            let (deliveries, uncertain) = listed.map_err(Reason::from)?;
            Ok(ReportResponse::Deliveries { deliveries, uncertain })
        }
        ReportRequest::MailEvent(mail_event) => {
            let client = context.session().await.map_err(Reason::from)?;
            let changed = event::hear(&client, &mail_event).await.map_err(Reason::from)?;
            Ok(ReportResponse::Settled { changed })
        }
    }
}

/// Delivers every report that a load has made due, one after another; one that fails does not stop the others. Answers
/// the first failure that can be retried, else the first; every one is logged by name.
async fn after_load(context: &Context, occasion: &Due) -> Result<ReportResponse, Error> {
    let mut receipts = Vec::new();
    let mut failures = Vec::new();
    for due in due::reports(&context.catalog, occasion) {
        match publish(context, &due).await {
            Ok(receipt) => receipts.push(receipt),
            Err(failure) => failures.push(failure),
        }
    }
    match most_hopeful(failures) {
        Some(failure) => Err(failure),
        None => Ok(ReportResponse::Delivered { reports: receipts }),
    }
}

async fn deliver(context: &Context, name: &str, as_of: Date) -> Result<ReportResponse, Error> {
    let report = context.catalog.report(name).map_err(Reason::from)?;
    let due = async {
        let client = context.session().await?;
        plan::on_request(&client, report, as_of).await
    };
    let due = due.await.map_err(|reason| failure(name, reason))?;
    Ok(ReportResponse::Delivered { reports: vec![publish(context, &due).await?] })
}

async fn resend(context: &Context, delivery: &str, request: &str) -> Result<ReportResponse, Error> {
    let client = context.session().await.map_err(Reason::from)?;
    let original = operator::original(&client, delivery).await.map_err(Reason::from)?;
    let original = original.ok_or(Reason::UnknownDelivery)?;
    let name = original.report.clone();
    let due = due_again(context, &original)?;
    let receipt = Box::pin(publish::resend(context, &due, original, request)).await;
    Ok(ReportResponse::Delivered { reports: vec![receipt.map_err(|reason| failure(&name, reason))?] })
}

/// The report of a delivery, for its day and period.
fn due_again<'a>(context: &'a Context, original: &Original) -> Result<DueReport<'a>, Reason> {
    let Original { report, period, as_of, .. } = original;
    let report = context.catalog.report(report)?;
    match report.cadence {
        Cadence::AfterLoad => Ok(DueReport::for_period(report, *as_of, period.clone())),
        _ => DueReport::on(report, *as_of).ok_or(Reason::Calendar),
    }
}

async fn publish(context: &Context, due: &DueReport<'_>) -> Result<ReportReceipt, Error> {
    // Boxed, because the compiler gives up on a future nested as deep as all stages of a report in one.
    let published = Box::pin(publish::publish(context, due)).await;
    published.map_err(|reason| {
        let (report, period, error) = (&due.report.name, &due.period.label, reason.name());
        tracing::error!(report, period, %error, "{reason}");
        failure(report, reason)
    })
}

fn failure(report: &str, reason: Reason) -> Error {
    Error::Report { report: report.to_owned(), reason }
}

/// What can be retried is named first: the retry meets the others again, and names them then.
fn most_hopeful(mut failures: Vec<Error>) -> Option<Error> {
    let retryable = failures.iter().position(|failure| failure.name().class() == Class::Retryable);
    (!failures.is_empty()).then(|| failures.swap_remove(retryable.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::SendError;

    #[test]
    fn a_failure_that_can_be_retried_is_named_before_an_earlier_one_that_cannot() {
        let failures = vec![
            failure("a", Reason::Page),
            failure("b", SendError::Unreachable { service: "SES" }.into()),
            failure("c", Reason::Page),
        ];
        assert_eq!(most_hopeful(failures).unwrap().to_string().split(':').next(), Some("report b"));
        assert!(most_hopeful(vec![failure("a", Reason::Page)]).unwrap().to_string().starts_with("report a"));
        assert!(most_hopeful(vec![]).is_none());
    }
}
