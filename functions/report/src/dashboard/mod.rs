//! Dashboards: figures and charts of facts, on one page that needs no server.
//!
//! 1. `facts` says by what the facts of a query are counted, and `cube` has PostgreSQL count them.
//! 2. `disclosure` leaves small groups out, and what would give them away.
//! 3. `layout` makes the tabs of the [`board`] of it, and [`page`] the page.

pub mod board;
mod cube;
mod disclosure;
mod facts;
mod layout;
pub mod page;

use std::time::Instant;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::civil::Date;
use rounds_shared::catalog::dashboard::Tab;
use rounds_shared::catalog::{Catalog, Dashboard, Query};
use rounds_shared::database::DatabaseError;
use rounds_shared::payload::{Due, ReportReceipt};
use rounds_shared::schema::PatientData;
use tokio_postgres::{Client, IsolationLevel, Transaction};

use self::board::{Board, Source};
use self::cube::Cube;
use self::facts::Facts;
use self::layout::Layout;
use crate::context::Context;
use crate::error::Reason;
use crate::query::slow::timed;
use crate::{delivery, query};

const HTML: &str = "text/html; charset=utf-8";
/// Who may keep a copy of the page and for how long, in seconds: it is written anew with each load.
const CACHE_CONTROL: &str = "private, max-age=300";
/// Most bytes of a page: a telephone opens it at once.
pub const PAGE_BYTES: usize = 1_000_000;
/// After so many, every bound of an axis is 1.
const HALVINGS: u32 = 10;

/// A dashboard that is to be published.
pub struct DueDashboard<'a> {
    /// The dashboard.
    pub dashboard: &'a Dashboard,
    /// The day that it speaks of, or a later one whose files it reads.
    pub as_of: Date,
    /// What it is published for: the latest load of those that it needs.
    pub label: String,
}

/// The dashboards that loads call for, in the catalog's order.
#[must_use]
pub fn due<'a>(catalog: &'a Catalog, occasion: &Due) -> Vec<DueDashboard<'a>> {
    let Due::AfterLoad { as_of, loads } = occasion;
    let due = catalog.dashboards.iter().filter_map(|dashboard| {
        let needed = loads.iter().filter(|load| dashboard.needs.contains(&load.dataset));
        let latest = needed.map(|load| load.load).max()?;
        Some(DueDashboard { dashboard, as_of: *as_of, label: format!("load-{latest}") })
    });
    due.collect()
}

/// Reads a dashboard and writes its page over the one before, of as many values as it has room for.
///
/// # Errors
/// See [`Reason`].
pub async fn publish(context: &Context, due: &DueDashboard<'_>) -> Result<ReportReceipt, Reason> {
    let started = Instant::now();
    let dashboard = due.dashboard;
    let key = dashboard.page();
    let mut client = context.database.connect().await?;
    // To the session's end, so that of two runs at once the one that reads later writes later.
    delivery::lock(&client, &dashboard.name, &key).await?;
    let as_of = query::latest_day(&client, &dashboard.needs, due.as_of, &context.time_zone).await?;
    let (page, facts) = fitting(context, &mut client, dashboard, as_of).await?;
    let bytes = page.len();
    context.storage.put_cached(&context.lake, &key, page, HTML, CACHE_CONTROL).await?;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(dashboard = dashboard.name, label = due.label, facts, bytes, milliseconds, "published");
    Ok(ReportReceipt {
        report: dashboard.name.clone(),
        period: due.label.clone(),
        rows: facts,
        sent: 0,
        already_sent: 0,
        suppressed: 0,
        left: 0,
        after: None,
        uncertain: Vec::new(),
        objects: vec![key],
    })
}

/// The page, read again with fewer values while it is too large; and how many facts it is made of.
async fn fitting(
    context: &Context,
    client: &mut Client,
    dashboard: &Dashboard,
    as_of: Date,
) -> Result<(Vec<u8>, u64), Reason> {
    for halvings in 0..=HALVINGS {
        let (board, facts) = read(context, client, dashboard, as_of, halvings).await?;
        let page = page::render(&board)?;
        if page.len() <= PAGE_BYTES {
            return Ok((page, facts));
        }
    }
    Err(Reason::PageTooLarge { most: PAGE_BYTES })
}

/// The board of a day, and how many facts it is made of, all read at one moment; all bounds halved so many times, or more
/// often where there are too many groups.
///
/// # Errors
/// See [`Reason`].
pub async fn read(
    context: &Context,
    client: &mut Client,
    dashboard: &Dashboard,
    as_of: Date,
    halvings: u32,
) -> Result<(Board, u64), Reason> {
    let transaction =
        client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
    let transaction = transaction.start().await.map_err(DatabaseError::from)?;
    query::speak_of(&transaction, as_of, as_of..=as_of).await?;
    check(&transaction, &context.catalog, dashboard).await?;
    let published_at = transaction.query_one("SELECT now()", &[]).await.map_err(DatabaseError::from)?;
    let published_at: Timestamp = published_at.try_get(0).map_err(DatabaseError::from)?;

    let (tabs, facts) = tabs(context, &transaction, dashboard, halvings).await?;
    let mut sources = Vec::new();
    for need in &dashboard.needs {
        let title = context.catalog.dataset(need).map_or(need, |dataset| &dataset.title).clone();
        sources.push(Source { title, dropped_at: query::Source::of(&transaction, need).await?.dropped_at() });
    }
    transaction.rollback().await.map_err(DatabaseError::from)?;
    let board = Board {
        title: dashboard.title.clone(),
        as_of,
        published_at,
        expires_at: published_at.checked_add(dashboard.fresh_for).unwrap_or(Timestamp::MAX),
        time_zone: context.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        minimum: disclosure::MINIMUM,
        sources,
        tabs,
    };
    Ok((board, facts))
}

/// The tabs, and how many facts they are made of; each query is asked once for all tabs that read it.
async fn tabs(
    context: &Context,
    transaction: &Transaction<'_>,
    dashboard: &Dashboard,
    halvings: u32,
) -> Result<(Vec<board::Tab>, u64), Reason> {
    // Tabs of one query are about the same people.
    let mut queries: IndexMap<(&Query, &str), Vec<(usize, &Tab)>> = IndexMap::new();
    for (number, tab) in dashboard.tabs.iter().enumerate() {
        queries.entry((&tab.query, &tab.person)).or_default().push((number, tab));
    }
    let mut tabs = Vec::new();
    let mut total = 0;
    for ((query, person), numbered) in queries {
        let all: Vec<&Tab> = numbered.iter().map(|(_, tab)| *tab).collect();
        let choices = (halvings..=HALVINGS).map(|halvings| Facts::of(query, person, &all, halvings));
        let counted = timed(&query.file, context.slow, counted(transaction, choices)).await?;
        let (facts, cube) = counted.ok_or(Reason::PageTooLarge { most: PAGE_BYTES })?;
        total += cube.facts();
        let layout = Layout::of(&facts, &cube);
        tabs.extend(numbered.into_iter().map(|(number, tab)| (number, layout.tab(tab))));
    }
    tabs.sort_by_key(|(number, _)| *number);
    Ok((tabs.into_iter().map(|(_, tab)| tab).collect(), total))
}

/// The first of these facts that have not too many groups, counted.
async fn counted<'a>(
    transaction: &Transaction<'_>,
    choices: impl Iterator<Item = Facts<'a>>,
) -> Result<Option<(Facts<'a>, Cube)>, Reason> {
    for facts in choices {
        if let Some(cube) = Cube::read(transaction, &facts).await? {
            return Ok(Some((facts, cube)));
        }
    }
    Ok(None)
}

/// Whether the queries give what the dashboard's file asks for, and show no patient's data.
async fn check(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    dashboard: &Dashboard,
) -> Result<(), Reason> {
    let patient_data = PatientData::with_views(transaction, catalog).await?;
    for (number, tab) in dashboard.tabs.iter().enumerate() {
        let statement = transaction
            .prepare(&tab.query.sql)
            .await
            .map_err(|error| Reason::Query { file: tab.query.file.clone(), error: error.into() })?;
        let misfits = tab.misfits(number, statement.columns(), |column| patient_data.origin(column));
        if let Some(misfit) = misfits.into_iter().next() {
            return Err(misfit.into());
        }
    }
    Ok(())
}
