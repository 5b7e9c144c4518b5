//! One report from its queries to its recipients.

use std::collections::HashSet;
use std::time::Instant;

use rounds_shared::failure::{Class, Failure as _};
use rounds_shared::payload::ReportReceipt;
use rounds_shared::storage::StorageError;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::context::Context;
use crate::delivery::operator::Original;
use crate::delivery::{self, Letters, Occasion, Tally};
use crate::due::DueReport;
use crate::error::Reason;
use crate::letters::share::{Share, Shares};
use crate::letters::{self, Lake, Press, Remaining, Same, Writer};
use crate::post::recipient::Recipient;
use crate::query::pseudonym::Pseudonyms;
use crate::query::{self, Question, Source};
use crate::rendering::content::File;

/// Most keys of files that a receipt names, because it travels in the state machine's payloads.
const OBJECTS: usize = 20;

/// Reads, renders, stores and delivers a report; whatever of this was done before is not done again, or to the same end.
/// Nothing is claimed before it is rendered and stored. Of a report that makes several letters one that cannot be made
/// does not stop the others.
///
/// # Errors
/// See [`Reason`]; what can be tried again, at once.
pub async fn publish(context: &Context, due: &DueReport<'_>) -> Result<ReportReceipt, Reason> {
    let started = Instant::now();
    let mut client = context.database.connect().await?;
    if due.report.is_mart() {
        // To the session's end, so that of two runs at once the one that reads later writes later.
        delivery::lock(&client, &due.report.name, &letters::folder(due)).await?;
    }
    let shares = read(context, &mut client, due).await?;
    let rows = shares.rows();
    let Shares { shares, unaddressed, sources } = shares;
    let writer = writer(context, due, &sources, "", started);
    let audience = audience(context, due);
    let mut tally = Tally::default();
    let mut failure = None;
    for share in shares {
        let recipients = share.recipient.clone().map_or_else(|| audience.clone(), |named| vec![named]);
        match serve(context, &mut client, &writer, share, &recipients).await {
            Ok(part) => tally += part,
            Err(reason) if reason.name().class() == Class::Retryable => return Err(reason),
            Err(reason) => failure = failure.or(Some(reason)),
        }
    }
    let receipt = receipt(writer, rows, &tally);
    if let Some(failure) = failure {
        return Err(failure);
    }
    let _ = tally.checked()?;
    match unaddressed {
        0 => Ok(receipt),
        letters => Err(Reason::Unaddressed { letters }),
    }
}

/// Sends a letter once more, made anew for its day, to its recipient; of a report with `once_per` the rows that it had.
///
/// # Errors
/// See [`Reason`].
pub async fn resend(
    context: &Context,
    due: &DueReport<'_>,
    original: Original,
    request: &str,
) -> Result<ReportReceipt, Reason> {
    let started = Instant::now();
    let mut client = context.database.connect().await?;
    let Shares { shares, sources, .. } = read(context, &mut client, due).await?;
    let writer = writer(context, due, &sources, request, started);
    let share = shares.into_iter().find(|share| share.item == original.item).ok_or(Reason::Vanished)?;
    let rows = share.sections.first().map_or(0, |table| table.rows.len());
    let recipients = [original.recipient];
    let post = Delivery { context, writer: &writer, item: &original.item, recipients: &recipients };
    let tally = if due.report.once_per.is_empty() {
        post.deliver(&mut client, &Same::new(&writer, &share)).await?
    } else {
        let original = original.row_keys.into_iter().collect::<HashSet<String>>();
        post.deliver(&mut client, &Remaining::new(&writer, &share, Some(original))).await?
    };
    let receipt = receipt(writer, rows, &tally);
    let _ = tally.checked()?;
    Ok(receipt)
}

async fn read(context: &Context, client: &mut Client, due: &DueReport<'_>) -> Result<Shares, Reason> {
    let pseudonyms = match &context.pseudonyms {
        Some(secret) if !due.report.pseudonyms.is_empty() => Some(Pseudonyms::of(secret).await?),
        _ => None,
    };
    let question = Question {
        catalog: &context.catalog,
        due,
        settings: &context.settings,
        pseudonyms: pseudonyms.as_ref(),
        max_rows: context.max_rows,
    };
    Shares::of(due.report, query::snapshot(client, &question).await?)
}

/// The members of the report's audience that its channels reach.
fn audience(context: &Context, due: &DueReport<'_>) -> Vec<Recipient> {
    let report = due.report;
    let Some(audience) = report.audience.as_deref() else { return Vec::new() };
    let members = context.audiences.get(audience).map_or(&[][..], Vec::as_slice);
    let reached = members.iter().filter(|member| report.deliver.contains(&member.channel));
    let reached: Vec<Recipient> = reached.cloned().collect();
    if reached.is_empty() && report.deliver.iter().any(|channel| channel.is_sent()) {
        let report = &report.name;
        tracing::warn!(
            report,
            audience,
            "AUDIENCES has no address for this audience: stored, sent to nobody"
        );
    }
    reached
}

/// Makes a share's letters and delivers them.
async fn serve(
    context: &Context,
    client: &mut Client,
    writer: &Writer<'_, Context>,
    share: Share,
    recipients: &[Recipient],
) -> Result<Tally, Reason> {
    let report = writer.due.report;
    let item = share.item.clone();
    let post = Delivery { context, writer, item: &item, recipients };
    let is_kept = recipients.is_empty() || report.deliver.iter().any(|channel| !channel.is_sent());
    if report.once_per.is_empty() {
        let same = Same::new(writer, &share);
        if is_kept {
            same.letter(client).await?;
        }
        return post.deliver(client, &same).await;
    }
    // What is kept for everybody leaves nothing out.
    if is_kept {
        writer.write(client, share.clone(), Some(0), recipients.is_empty()).await?;
    }
    post.deliver(client, &Remaining::new(writer, &share, None)).await
}

/// To whom the letters of a share go.
struct Delivery<'a> {
    context: &'a Context,
    writer: &'a Writer<'a, Context>,
    item: &'a str,
    recipients: &'a [Recipient],
}

impl Delivery<'_> {
    async fn deliver(&self, client: &mut Client, letters: &impl Letters) -> Result<Tally, Reason> {
        let Self { context, writer, item, recipients } = self;
        let DueReport { report, as_of, period } = writer.due;
        let occasion =
            Occasion { report: &report.name, period: &period.label, as_of: *as_of, item, copy: writer.copy };
        // Boxed, because the compiler gives up on a future nested as deep as all stages of a report in one.
        Box::pin(delivery::deliver(client, &context.database, &context.post, &occasion, recipients, letters))
            .await
    }
}

fn writer<'a>(
    context: &'a Context,
    due: &'a DueReport<'a>,
    sources: &'a [Source],
    copy: &'a str,
    started: Instant,
) -> Writer<'a, Context> {
    let press = Press {
        catalog: &context.catalog,
        zone: &context.time_zone,
        limits: context.limits,
        links: &context.links,
        lake: context,
    };
    Writer { press, due, sources, copy, started, kept: Mutex::default() }
}

impl Lake for Context {
    async fn keep(&self, file: &File) -> Result<(), StorageError> {
        self.storage.put(&self.lake, &file.key, file.content.clone(), file.media_type).await
    }
}

/// What became of the report, logged as well. Of many files the folder is named.
fn receipt(writer: Writer<'_, Context>, rows: usize, tally: &Tally) -> ReportReceipt {
    let DueReport { report, period, .. } = writer.due;
    let kept = writer.kept.into_inner();
    let receipt = ReportReceipt {
        report: report.name.clone(),
        period: period.label.clone(),
        rows: u64::try_from(rows).unwrap_or(u64::MAX),
        sent: tally.sent,
        already_sent: tally.already_sent,
        suppressed: tally.suppressed,
        uncertain: tally.uncertain.clone(),
        objects: if kept.len() > OBJECTS { vec![letters::folder(writer.due)] } else { kept },
    };
    tracing::info!(
        report = receipt.report,
        period = receipt.period,
        rows,
        sent = tally.sent,
        already_sent = tally.already_sent,
        nothing_new = tally.nothing_new,
        suppressed = tally.suppressed,
        refused = tally.refused,
        uncertain = tally.uncertain.len(),
        objects = receipt.objects.len(),
        milliseconds = u64::try_from(writer.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "published"
    );
    receipt
}
