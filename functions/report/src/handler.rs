//! A request in, receipts or a plan out.

use jiff::Timestamp;
use jiff::civil::Date;
use rounds_shared::catalog::Cadence;
use rounds_shared::failure::{Class, Failure as _};
use rounds_shared::payload::{Due, Export, Ready, ReportReceipt, ReportRequest, ReportResponse};

use crate::context::Context;
use crate::course::Call;
use crate::delivery::operator::Original;
use crate::delivery::{event, operator};
use crate::due::{self, DueReport};
use crate::error::{Error, Reason};
use crate::plan::Clinic;
use crate::{dashboard, export, plan, publish};

/// Does what is asked, as far as that can be done until Lambda `ends` the call.
///
/// # Errors
/// See [`Error`].
#[tracing::instrument(skip_all)]
pub async fn handle(
    context: &Context,
    request: ReportRequest,
    ends: Timestamp,
) -> Result<ReportResponse, Error> {
    match request {
        ReportRequest::Due(occasion) => after_load(context, &occasion, ends).await,
        ReportRequest::Deliver { letters, as_of, after, at_any_hour } => {
            let call = Call { letters: &letters, after: after.as_deref(), ends, at_any_hour };
            deliver(context, as_of, &call).await
        }
        ReportRequest::Export(asked) => export(context, &asked).await,
        ReportRequest::Resend { delivery, request } => resend(context, &delivery, &request).await,
        ReportRequest::Plan(asked) => {
            let mut client = context.session().await.map_err(Reason::from)?;
            let clinic = Clinic {
                catalog: &context.catalog,
                zone: &context.time_zone,
                settings: &context.settings,
                now: (context.clock)(),
            };
            Ok(plan::plan(&mut client, &clinic, &asked).await?)
        }
        ReportRequest::Settle { delivery, r#as } => {
            let client = context.session().await.map_err(Reason::from)?;
            let changed = operator::settle(&client, &delivery, r#as).await.map_err(Reason::from)?;
            Ok(ReportResponse::Settled { changed: changed.ok_or(Reason::UnknownDelivery)? })
        }
        ReportRequest::Deliveries { only, number } => {
            let client = context.session().await.map_err(Reason::from)?;
            let listed = operator::deliveries(&client, only, number).await;
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

/// Delivers every report and publishes every dashboard that a load has made due, one after another; one that fails does not
/// stop the others. Answers the first failure that can be retried, else the first; every one is logged by name.
async fn after_load(context: &Context, occasion: &Due, ends: Timestamp) -> Result<ReportResponse, Error> {
    let mut receipts = Vec::new();
    let mut failures = Vec::new();
    for due in due::reports(&context.catalog, occasion) {
        let letters = Ready::whole(&due.report.name);
        match publish(context, &due, &Call { letters: &letters, after: None, ends, at_any_hour: false }).await
        {
            Ok(ReportReceipt { left: letters @ 1.., .. }) => {
                failures.push(failure(&due.report.name, Reason::Unfinished { letters }));
            }
            Ok(receipt) => receipts.push(receipt),
            Err(failure) => failures.push(failure),
        }
    }
    for due in dashboard::due(&context.catalog, occasion) {
        match Box::pin(dashboard::publish(context, &due)).await {
            Ok(receipt) => receipts.push(receipt),
            Err(reason) => failures.push(told(&due.dashboard.name, &due.label, reason)),
        }
    }
    match most_hopeful(failures) {
        Some(failure) => Err(failure),
        None => Ok(ReportResponse::Delivered { reports: receipts }),
    }
}

async fn deliver(context: &Context, as_of: Date, call: &Call<'_>) -> Result<ReportResponse, Error> {
    let name = call.letters.report.as_str();
    let report = context.catalog.report(name).map_err(Reason::from)?;
    let due = async {
        let client = context.session().await?;
        plan::on_request(&client, report, as_of).await
    };
    let due = due.await.map_err(|reason| failure(name, reason))?;
    Ok(ReportResponse::Delivered { reports: vec![publish(context, &due, call).await?] })
}

async fn export(context: &Context, asked: &Export) -> Result<ReportResponse, Error> {
    let report = export::wanted(&context.catalog, &asked.report)?;
    let exported = Box::pin(export::export(context, report, asked)).await;
    // The request's id may be anything.
    exported.map_err(|reason| told(&report.name, report.cadence.as_str(), reason))
}

async fn resend(context: &Context, delivery: &str, request: &str) -> Result<ReportResponse, Error> {
    let client = context.session().await.map_err(Reason::from)?;
    let original = operator::original(&client, delivery).await.map_err(Reason::from)?;
    let original = original.ok_or(Reason::UnknownDelivery)?;
    let (name, period) = (original.report.clone(), original.period.clone());
    let due = due_again(context, &original)?;
    let receipt = Box::pin(publish::resend(context, &due, original, request)).await;
    Ok(ReportResponse::Delivered { reports: vec![receipt.map_err(|reason| told(&name, &period, reason))?] })
}

/// The report of a delivery, for its day and period.
fn due_again<'a>(context: &'a Context, original: &Original) -> Result<DueReport<'a>, Reason> {
    let Original { report, period, as_of, .. } = original;
    let report = context.catalog.report(report)?;
    match report.cadence {
        Cadence::AfterLoad => Ok(DueReport::for_period(report, *as_of, period.clone())),
        Cadence::OnRequest => Err(Reason::OnRequest),
        _ => DueReport::on(report, *as_of).ok_or(Reason::Calendar),
    }
}

async fn publish(context: &Context, due: &DueReport<'_>, call: &Call<'_>) -> Result<ReportReceipt, Error> {
    // Boxed, because the compiler gives up on a future nested as deep as all stages of a report in one.
    let published = Box::pin(publish::publish(context, due, call)).await;
    published.map_err(|reason| told(&due.report.name, &due.period.label, reason))
}

/// The failure, which is logged.
fn told(report: &str, period: &str, reason: Reason) -> Error {
    let error = reason.name();
    tracing::error!(report, period, %error, "{reason}");
    failure(report, reason)
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
