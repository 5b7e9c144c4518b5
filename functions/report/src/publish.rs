//! One report from its queries to its recipients.

use std::collections::HashSet;
use std::time::Instant;

use jiff::SignedDuration;
use rounds_shared::database::Database;
use rounds_shared::payload::{Parameters, ReportReceipt};
use rounds_shared::storage::StorageError;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::context::Context;
use crate::course::{self, Call, Course, Desk};
use crate::delivery::operator::Original;
use crate::delivery::{self, Tally};
use crate::due::DueReport;
use crate::error::Reason;
use crate::letters::share::Shares;
use crate::letters::{self, Lake, Press, Remaining, Same, Writer};
use crate::post::Office;
use crate::post::pace::Paced;
use crate::post::recipient::Recipient;
use crate::query::pseudonym::Pseudonyms;
use crate::query::{self, Question, Source};
use crate::rendering::content::File;

/// Most keys of files that a receipt names, because it travels in the state machine's payloads.
const OBJECTS: usize = 20;

/// Reads, renders, stores and delivers a report, or a part of its letters; whatever of this was done before is not done
/// again, or to the same end. Nothing is claimed before it is rendered and stored. Of a report that makes several letters
/// one that cannot be made or is refused does not stop the others. What the time does not suffice for is `left`, and
/// nothing of that is an error yet.
///
/// # Errors
/// See [`Reason`]; what can be tried again, at once, but where it is a channel of its own: after the others were served.
pub async fn publish(
    context: &Context,
    due: &DueReport<'_>,
    call: &Call<'_>,
) -> Result<ReportReceipt, Reason> {
    let started = Instant::now();
    let stops = course::stops(due.report, call, &context.time_zone, (context.clock)())?;
    let mut client = context.database.connect().await?;
    let of_latest_day;
    let due = if due.report.is_mart() {
        // To the session's end, so that of two runs at once the one that reads later writes later.
        delivery::lock(&client, &due.report.name, &letters::folder(due)).await?;
        let DueReport { report, as_of, period } = due;
        let as_of = query::latest_day(&client, &report.needs, *as_of, &context.time_zone).await?;
        of_latest_day = DueReport::for_period(report, as_of, period.label.clone());
        &of_latest_day
    } else {
        due
    };
    let shares = read(context, &mut client, due, &Parameters::default()).await?.part(call.letters);
    let Shares { shares, unaddressed, sources } = shares;
    let writer = writer(context, due, &sources, "", started);
    let post = Paced::new(&context.post, context.mails_per_second, call.letters.parts);
    let desk = desk(context, &writer, &post, audience(context, due));
    let course = desk.serve(&mut client, shares, call.after, stops).await?;
    drop(desk);
    let Course { begun, rows, left, after, .. } = course;
    let receipt = ReportReceipt { left, after, ..receipt(writer, rows, &begun) };
    match (course.failure, unaddressed.len()) {
        _ if left > 0 => Ok(receipt),
        (Some(failure), _) => Err(failure),
        (None, letters) => {
            course.tally.checked()?;
            if letters == 0 { Ok(receipt) } else { Err(Reason::Unaddressed { letters }) }
        }
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
    let Shares { shares, sources, .. } = read(context, &mut client, due, &Parameters::default()).await?;
    let writer = writer(context, due, &sources, request, started);
    let share = shares.into_iter().find(|share| share.item == original.item).ok_or(Reason::Vanished)?;
    let rows = share.sections.first().map_or(0, |table| table.rows.len());
    let recipients = [original.recipient];
    let post = Paced::new(&context.post, context.mails_per_second, 1);
    let desk = desk(context, &writer, &post, Vec::new());
    let tally = if due.report.once_per.is_empty() {
        desk.deliver(&mut client, &share.item, &recipients, &Same::new(&writer, &share)).await?
    } else {
        let original = original.row_keys.into_iter().collect::<HashSet<String>>();
        let letters = Remaining::new(&writer, &share, Some(original));
        desk.deliver(&mut client, &share.item, &recipients, &letters).await?
    };
    drop(desk);
    let receipt = receipt(writer, rows, &tally);
    tally.checked()?;
    Ok(receipt)
}

/// Asks a report's queries, and divides the answer.
///
/// # Errors
/// See [`Reason`].
pub(crate) async fn read(
    context: &Context,
    client: &mut Client,
    due: &DueReport<'_>,
    parameters: &Parameters,
) -> Result<Shares, Reason> {
    let pseudonyms = match &context.pseudonyms {
        Some(secret) if !due.report.pseudonyms.is_empty() => Some(Pseudonyms::of(secret).await?),
        _ => None,
    };
    let question = Question {
        catalog: &context.catalog,
        due,
        settings: &context.settings,
        parameters,
        pseudonyms: pseudonyms.as_ref(),
        max_rows: context.max_rows,
        slow: context.slow,
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

fn desk<'a>(
    context: &'a Context,
    writer: &'a Writer<'a, Context>,
    post: &'a Paced<'a, Office>,
    audience: Vec<Recipient>,
) -> Desk<'a, Database, Paced<'a, Office>, Context> {
    Desk { sessions: &context.database, writer, post, clock: context.clock, audience }
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
    async fn keep(&self, file: &File, max_age: Option<SignedDuration>) -> Result<(), StorageError> {
        let File { key, content, media_type, .. } = file;
        match max_age.map(|age| format!("private, max-age={}", age.as_secs())) {
            Some(cached) => {
                self.storage.put_cached(&self.lake, key, content.clone(), media_type, &cached).await
            }
            None => self.storage.put(&self.lake, key, content.clone(), media_type).await,
        }
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
        left: 0,
        after: None,
        uncertain: tally.uncertain.iter().take(delivery::LISTED).cloned().collect(),
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
        refused = tally.refused.len(),
        uncertain = tally.uncertain.len(),
        objects = receipt.objects.len(),
        milliseconds = u64::try_from(writer.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "published"
    );
    receipt
}
