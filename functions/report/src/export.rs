//! A report on request: its file, a link to it, and word of it to whoever is to be told.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use rounds_shared::catalog::{Cadence, Catalog, Report};
use rounds_shared::payload::{Export, Exported, Notice, Parameters, ReportResponse};
use tokio_postgres::Client;

use crate::context::Context;
use crate::delivery::{self, Letters, Occasion, Prepared, Tally};
use crate::due::DueReport;
use crate::error::Reason;
use crate::letters::share::Shares;
use crate::letters::{self, figures, link};
use crate::post::mail::Letter;
use crate::post::recipient::Recipient;
use crate::publish;
use crate::rendering::content::{Content, Enclosure, Link};
use crate::rendering::page;

/// Letters of an id, which names a folder: as many as the name of an execution may have.
const ID: usize = 80;
/// Letters of a parameter's value.
const VALUE: usize = 200;

/// The report that is asked for.
///
/// # Errors
/// [`Reason::NotOnRequest`].
pub fn wanted<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a Report, Reason> {
    let mut known = catalog.reports.iter().filter(|report| report.cadence == Cadence::OnRequest);
    known.clone().find(|report| report.name == name).ok_or_else(|| Reason::NotOnRequest {
        known: known.by_ref().map(|report| report.name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// Makes the file of a report on request, in the folder of the request's id, and sends the link to it. Asked again by the
/// same id, the file is made anew in its place, and the letter goes out once.
///
/// # Errors
/// [`Reason::Parameters`], [`Reason::RequestId`], [`Reason::NobodyTold`] and [`Reason::NoMember`] for what is asked wrongly;
/// see [`Reason`].
pub async fn export(context: &Context, report: &Report, asked: &Export) -> Result<ReportResponse, Reason> {
    let started = Instant::now();
    check(report, asked)?;
    let told = asked.notify.as_deref().map(|address| member(context, report, address)).transpose()?;
    let as_of = asked.at.to_zoned(context.time_zone.clone()).date();
    let due = DueReport::for_period(report, as_of, asked.id.clone());
    let mut client = context.session().await?;

    let Shares { shares, sources, .. } = publish::read(context, &mut client, &due, &asked.parameters).await?;
    let share = shares.into_iter().next().unwrap_or_default();
    let own = share.sections.first().filter(|own| !own.rows.is_empty());
    let Some(own) = own else { return Ok(ReportResponse::NothingFound) };
    let rows = own.rows.len();
    let content = Content {
        report,
        period: &due.period,
        as_of,
        zone: &context.time_zone,
        figures: figures::figures(report, share.headline.as_ref(), own)?,
        compared_with: None,
        tables: share.sections,
        charts: BTreeMap::new(),
        sources: &sources,
        sent_before: None,
    };
    let link = file(context, &due, &content).await?;
    let mut exported = Exported {
        report: report.name.clone(),
        rows: u64::try_from(rows).unwrap_or(u64::MAX),
        waiting: sources.iter().map(|source| source.waiting).sum(),
        link: link.url.clone(),
        expires_at: link.expires,
        notice: None,
    };
    if let Some(recipient) = told {
        exported.notice = Some(tell(context, &mut client, content, link, recipient).await?);
    }
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(report = exported.report, id = asked.id, rows, milliseconds, "exported");
    Ok(ReportResponse::Exported(exported))
}

/// Keeps the one file, and makes a link to it. No browser nor proxy on the way is to keep a copy.
async fn file(context: &Context, due: &DueReport<'_>, content: &Content<'_>) -> Result<Link, Reason> {
    let made = letters::files(content, &letters::folder(due))?.into_iter().next();
    let made = made.ok_or(Reason::WithoutFile)?;
    let body = made.content.clone();
    context.storage.put_cached(&context.lake, &made.key, body, made.media_type, "no-store").await?;
    Ok(link::to(&context.links, &made).await?)
}

/// Sends the link: once for the request's id, which is the period.
async fn tell(
    context: &Context,
    client: &mut Client,
    content: Content<'_>,
    link: Link,
    recipient: Recipient,
) -> Result<Notice, Reason> {
    let (report, period, as_of) = (&content.report.name, &content.period.label, content.as_of);
    let occasion = Occasion { report, period, as_of, item: "", copy: "", is_for_one: false };
    let word = Word(Arc::new(letter(context, content, link)?));
    let recipients = [recipient];
    let sent = delivery::deliver(client, &context.database, &context.post, &occasion, &recipients, &word);
    Ok(notice(&sent.await?))
}

/// Whether the request names all that the report asks for and nothing else, in words that a query and a key can hold.
fn check(report: &Report, asked: &Export) -> Result<(), Reason> {
    let Parameters(named) = &asked.parameters;
    let is_plain = |value: &String| {
        !value.trim().is_empty() && value.chars().count() <= VALUE && !value.contains(char::is_control)
    };
    let is_whole = report.parameters.iter().all(|name| named.get(name).is_some_and(is_plain));
    if !is_whole || named.len() != report.parameters.len() {
        return Err(Reason::Parameters { expected: report.parameters.join(", ") });
    }
    let is_name = |c: u8| c.is_ascii_alphanumeric() || b"-_".contains(&c);
    if asked.id.is_empty() || asked.id.len() > ID || !asked.id.bytes().all(is_name) {
        return Err(Reason::RequestId);
    }
    Ok(())
}

/// The member of the report's audience with this address.
fn member(context: &Context, report: &Report, address: &str) -> Result<Recipient, Reason> {
    if !report.deliver.iter().any(|channel| channel.is_sent()) {
        return Err(Reason::NobodyTold);
    }
    let audience = report.audience.as_ref().and_then(|audience| context.audiences.get(audience));
    let mut members =
        audience.into_iter().flatten().filter(|member| report.deliver.contains(&member.channel));
    let wanted = Recipient::parse(address);
    members.find(|member| Some(*member) == wanted.as_ref()).cloned().ok_or(Reason::NoMember)
}

/// The letter with the link, made without any row. The file goes when its time has come, so that no other way to it is told.
fn letter(context: &Context, content: Content<'_>, link: Link) -> Result<Letter, Reason> {
    let enclosures = [Enclosure::Linked(Link { place: None, ..link })];
    let content = Content { tables: Vec::new(), ..content };
    let page = page::render(&context.catalog, &content, &[], &enclosures)?;
    Ok(Letter { page, pictures: Vec::new(), attachments: Vec::new() })
}

/// One letter, made already.
struct Word(Arc<Letter>);

impl Letters for Word {
    fn row_keys(&self) -> &[String] {
        &[]
    }

    async fn prepare(&self, _: &Client, _: &HashSet<String>) -> Result<Option<Prepared>, Reason> {
        Ok(Some(Prepared { letter: Arc::clone(&self.0), row_keys: Vec::new() }))
    }
}

/// What became of the one letter. One that was refused does not take the file back.
fn notice(tally: &Tally) -> Notice {
    match tally {
        Tally { sent: 1.., .. } | Tally { already_sent: 1.., .. } => Notice::Sent,
        Tally { suppressed: 1.., .. } => Notice::Suppressed,
        Tally { refused, .. } if !refused.is_empty() => Notice::Refused,
        _ => Notice::Uncertain,
    }
}
