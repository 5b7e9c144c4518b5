//! One report from its queries to its recipients.

use jiff::civil::Date;
use rounds_shared::catalog::{Attachment, Channel, Report, WhenEmpty};
use rounds_shared::payload::ReportReceipt;

use crate::context::Context;
use crate::delivery::{self, Occasion, Tally};
use crate::due::DueReport;
use crate::error::Reason;
use crate::mail::{File, Letter};
use crate::page::{self, Page};
use crate::query::{self, Snapshot};
use crate::{delimited, workbook};

const HTML: &str = "text/html; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Reads, renders, stores and delivers a report; whatever of this was done before is not done again, or to the same
/// end. Nothing is claimed before everything is rendered and stored.
///
/// # Errors
/// See [`Reason`].
pub async fn publish(context: &Context, due: &DueReport<'_>, as_of: Date) -> Result<ReportReceipt, Reason> {
    let DueReport { report, period } = due;
    let mut client = context.database.connect().await?;
    let snapshot = query::snapshot(&mut client, report, as_of, context.max_rows).await?;
    let mut receipt = ReportReceipt {
        report: report.name.clone(),
        period: period.clone(),
        sent: 0,
        already_sent: 0,
        uncertain: 0,
        objects: Vec::new(),
    };
    if report.empty == WhenEmpty::Skip && snapshot.sections.first().is_none_or(|table| table.rows.is_empty())
    {
        tracing::info!(report = report.name, period, "nothing to report");
        return Ok(receipt);
    }
    let is_mailed = report.deliver.contains(&Channel::Email);
    let page = page::render(&context.catalog, report, period, as_of, &snapshot)?;
    let attachments = files(report, as_of, &snapshot)?;
    receipt.objects = store(context, due, is_mailed.then_some(&page), &attachments).await?;
    if is_mailed {
        let tally = mail(context, &client, due, as_of, &Letter { page, attachments }).await?;
        receipt.sent = tally.sent;
        receipt.already_sent = tally.already_sent;
        receipt.uncertain = tally.uncertain;
    }
    Ok(receipt)
}

/// The files that the report attaches, named for a recipient's downloads folder.
fn files(report: &Report, as_of: Date, snapshot: &Snapshot) -> Result<Vec<File>, Reason> {
    let name = |extension: &str| format!("{}-{as_of}.{extension}", report.name.replace('.', "-"));
    let mut files = Vec::new();
    for attachment in &report.attach {
        files.push(match attachment {
            Attachment::Xlsx => {
                let content = workbook::write(report, as_of, snapshot)?;
                File { name: name("xlsx"), media_type: XLSX, content }
            }
            Attachment::Csv => {
                let content =
                    snapshot.sections.first().map(delimited::write).transpose()?.unwrap_or_default();
                File { name: name("csv"), media_type: CSV, content }
            }
        });
    }
    Ok(files)
}

/// Puts the page, where the report has one, and the files at `reports/<domain>/<name>/<period>/<name>.*`.
async fn store(
    context: &Context,
    due: &DueReport<'_>,
    page: Option<&Page>,
    files: &[File],
) -> Result<Vec<String>, Reason> {
    let (domain, name) = due.report.name.split_once('.').unwrap_or(("", &due.report.name));
    let folder = format!("reports/{domain}/{name}/{}", due.period);
    let mut keys = Vec::new();
    if let Some(page) = page {
        let key = format!("{folder}/{name}.html");
        context.storage.put(&context.lake, &key, page.html.clone().into_bytes(), HTML).await?;
        keys.push(key);
    }
    for file in files {
        let extension = file.name.rsplit('.').next().unwrap_or_default();
        let key = format!("{folder}/{name}.{extension}");
        context.storage.put(&context.lake, &key, file.content.clone(), file.media_type).await?;
        keys.push(key);
    }
    Ok(keys)
}

async fn mail(
    context: &Context,
    client: &tokio_postgres::Client,
    due: &DueReport<'_>,
    as_of: Date,
    letter: &Letter,
) -> Result<Tally, Reason> {
    let DueReport { report, period } = due;
    let recipients = context.audiences.get(&report.audience).map_or(&[][..], Vec::as_slice);
    let (Some(ses), [_, ..]) = (&context.ses, recipients) else {
        let (report, audience) = (&report.name, &report.audience);
        tracing::warn!(
            report,
            audience,
            "AUDIENCES has no address for this audience: stored, mailed to nobody"
        );
        return Ok(Tally::default());
    };
    let occasion = Occasion { report: &report.name, period, as_of };
    delivery::deliver(client, ses, &occasion, recipients, letter).await
}
