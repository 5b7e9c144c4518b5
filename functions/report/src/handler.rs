//! An occasion in, receipts out.

use rounds_shared::failure::{Class, Failure as _};
use rounds_shared::payload::{Due, ReportRequest, ReportResponse};

use crate::context::Context;
use crate::error::Error;
use crate::{due, publish};

/// Delivers every report that is due, one after another; one that fails does not stop the others.
///
/// # Errors
/// The first failure that can be retried, else the first; every one is logged by name.
#[tracing::instrument(skip_all)]
pub async fn handle(context: &Context, request: ReportRequest) -> Result<ReportResponse, Error> {
    let ReportRequest::Due(occasion) = request;
    let Due::AfterLoad { as_of, .. } = &occasion;
    let mut receipts = Vec::new();
    let mut failures = Vec::new();
    for due in due::reports(&context.catalog, &occasion) {
        // Boxed, because the compiler gives up on a future nested as deep as all stages of a report in one.
        match Box::pin(publish::publish(context, &due, *as_of)).await {
            Ok(receipt) => {
                tracing::info!(
                    report = receipt.report,
                    period = receipt.period,
                    sent = receipt.sent,
                    already_sent = receipt.already_sent,
                    uncertain = receipt.uncertain,
                    objects = receipt.objects.len(),
                    "delivered"
                );
                receipts.push(receipt);
            }
            Err(reason) => {
                let failure = Error { report: due.report.name.clone(), reason };
                tracing::error!(report = failure.report, period = due.period, error = %failure.name(), "{failure}");
                failures.push(failure);
            }
        }
    }
    match most_hopeful(failures) {
        Some(failure) => Err(failure),
        None => Ok(ReportResponse::Delivered { reports: receipts }),
    }
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
    use crate::error::Reason;

    fn failure(report: &str, reason: Reason) -> Error {
        Error { report: report.to_owned(), reason }
    }

    #[test]
    fn a_failure_that_can_be_retried_is_named_before_an_earlier_one_that_cannot() {
        let failures = vec![
            failure("a", Reason::Page),
            failure("b", SendError::Unreachable.into()),
            failure("c", Reason::Page),
        ];
        assert_eq!(most_hopeful(failures).unwrap().to_string().split(':').next(), Some("report b"));
        assert_eq!(most_hopeful(vec![failure("a", Reason::Page)]).unwrap().report, "a");
        assert!(most_hopeful(vec![]).is_none());
    }
}
