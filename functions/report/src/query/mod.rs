//! A report's queries, all in one snapshot.

pub mod number;
pub mod pseudonym;
pub mod settings;
pub(crate) mod slow;
mod source;
pub mod table;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::civil::Date;
use rounds_shared::catalog::{Catalog, Place, Query, Report, Shape};
use rounds_shared::database::DatabaseError;
use rounds_shared::payload::Parameters;
use rounds_shared::schema::PatientData;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel, SimpleQueryMessage, Statement, Transaction};

use crate::due::DueReport;
use crate::error::Reason;
use crate::query::pseudonym::Pseudonyms;
use crate::query::settings::Settings;
use crate::query::slow::timed;
use crate::query::table::{Column, Currency, Kind, Table, Value, last_word};

pub use source::Source;
pub(crate) use source::latest_day;

/// Tells a query something, to the transaction's end.
const SET: &str = "SELECT set_config('rounds.' || $1, $2, true)";

/// A report, and what its queries are asked with.
pub struct Question<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The report, its day and its period.
    pub due: &'a DueReport<'a>,
    /// What the deployment has set.
    pub settings: &'a Settings,
    /// What a report on request is to be about.
    pub parameters: &'a Parameters,
    /// For the columns that the report names; none where the deployment has no key.
    pub pseudonyms: Option<&'a Pseudonyms>,
    /// A section with more rows is an error.
    pub max_rows: usize,
    /// A query that takes so long, or longer, is logged by name.
    pub slow: Duration,
}

/// Everything that a report says, read at one moment.
#[derive(Default)]
pub struct Snapshot {
    /// The headline's query, where it has one: one row.
    pub headline: Option<Table>,
    /// One table per section.
    pub sections: Vec<Table>,
    /// The charts' queries, by the number of their section, where they have one.
    pub charts: BTreeMap<usize, Table>,
    /// What each dataset that the report needs holds, in the report's order.
    pub sources: Vec<Source>,
}

/// Reads a report in one read-only transaction. Queries see day, period, settings and parameters as
/// `current_setting('rounds.…')`, so that none of them has to read a clock. Pseudonyms take the place of values while these
/// are read.
///
/// # Errors
/// [`Reason::Database`], and [`Reason::Query`] where a query is refused; before any row is read, [`Reason::Misfit`] where
/// the results do not have what the report's file asks of them, and [`Reason::NoPseudonyms`] where it asks for pseudonyms
/// and there is no key; [`Reason::TooManyRows`].
pub async fn snapshot(client: &mut Client, question: &Question<'_>) -> Result<Snapshot, Reason> {
    let report = question.due.report;
    if question.pseudonyms.is_none() && !report.pseudonyms.is_empty() {
        return Err(Reason::NoPseudonyms);
    }
    let transaction =
        client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
    let transaction = transaction.start().await.map_err(DatabaseError::from)?;
    configure(&transaction, question).await?;
    let prepared = prepare(&transaction, report).await?;
    check(&transaction, question.catalog, report, &prepared).await?;

    let mut snapshot = Snapshot::default();
    for (place, query, statement) in &prepared {
        let asked = table(&transaction, question, *place, query, statement);
        let table = timed(&query.file, question.slow, asked).await?;
        match place {
            Place::Headline => snapshot.headline = Some(table),
            Place::Section(_) => snapshot.sections.push(table),
            Place::Chart(number) => {
                snapshot.charts.insert(*number, table);
            }
        }
    }
    for dataset in &report.needs {
        snapshot.sources.push(Source::of(&transaction, dataset).await?);
    }
    transaction.rollback().await.map_err(DatabaseError::from)?;
    Ok(snapshot)
}

/// What the queries can rely on, to the transaction's end.
async fn configure(transaction: &Transaction<'_>, question: &Question<'_>) -> Result<(), DatabaseError> {
    introduce(transaction, question.due, question.settings).await?;
    for (name, value) in &question.parameters.0 {
        transaction.query_one(SET, &[name, value]).await?;
    }
    Ok(())
}

/// A report's day, its period and the deployment's settings for it.
async fn introduce(
    transaction: &Transaction<'_>,
    due: &DueReport<'_>,
    settings: &Settings,
) -> Result<(), DatabaseError> {
    let DueReport { report, as_of, period } = due;
    speak_of(transaction, *as_of, period.first..=period.last).await?;
    for (name, list) in settings.of(report) {
        transaction.query_one(SET, &[&name, &list]).await?;
    }
    Ok(())
}

/// The day and the days of the period, and one notation for all.
pub(crate) async fn speak_of(
    transaction: &Transaction<'_>,
    as_of: Date,
    period: RangeInclusive<Date>,
) -> Result<(), DatabaseError> {
    // Dates have to arrive in the one notation that is read here, whatever the server's default. Its default cost of a
    // page out of order is that of a turning disk, for which it would rather read a whole table than an index.
    let settings = "SELECT set_config('rounds.as_of', $1, true), set_config('rounds.period_first', $2, true), \
                    set_config('rounds.period_last', $3, true), set_config('DateStyle', 'ISO', true), \
                    set_config('TimeZone', 'UTC', true), set_config('random_page_cost', '1.1', true), \
                    set_config('statement_timeout', '120s', true)";
    let [as_of, first, last] = [as_of, *period.start(), *period.end()].map(|day| day.to_string());
    transaction.query_one(settings, &[&as_of, &first, &last]).await?;
    Ok(())
}

type Prepared<'a> = (Place, &'a Query, Statement);

/// Preparing tells the columns' types, and that each query is a single statement.
async fn prepare<'a>(transaction: &Transaction<'_>, report: &'a Report) -> Result<Vec<Prepared<'a>>, Reason> {
    let mut prepared = Vec::new();
    for (place, query) in report.queries() {
        let statement = transaction.prepare(&query.sql).await.map_err(|error| refused(query, error))?;
        prepared.push((place, query, statement));
    }
    Ok(prepared)
}

/// Whether the results have what the report's file asks of them, and nothing that it keeps out.
async fn check(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    report: &Report,
    prepared: &[Prepared<'_>],
) -> Result<(), Reason> {
    let shapes: Vec<Shape> =
        prepared.iter().map(|(place, _, statement)| Shape::of(*place, statement.columns())).collect();
    if let Some(misfit) = report.misfits(&shapes).into_iter().next() {
        return Err(misfit.into());
    }
    if report.sanitized {
        let patient_data = PatientData::with_views(transaction, catalog).await?;
        for (_, query, statement) in prepared {
            let misfits = patient_data.misfits(report, &query.file, statement.columns());
            if let Some(misfit) = misfits.into_iter().next() {
                return Err(misfit.into());
            }
        }
    }
    Ok(())
}

/// Runs one query. The values come as text, in which numbers keep all their digits.
async fn table(
    transaction: &Transaction<'_>,
    question: &Question<'_>,
    place: Place,
    query: &Query,
    statement: &Statement,
) -> Result<Table, Reason> {
    let report = question.due.report;
    let mut columns = Vec::new();
    let mut hidden = Vec::new();
    for column in statement.columns() {
        let pseudonyms =
            question.pseudonyms.filter(|_| report.pseudonyms.iter().any(|name| name == column.name()));
        let kind = if pseudonyms.is_some() { Kind::Text } else { kind(column.type_(), column.name()) };
        columns.push(Column { name: column.name().to_owned(), kind });
        hidden.push(pseudonyms);
    }
    let mut table = Table { columns, rows: Vec::new() };
    let messages = transaction.client().simple_query_raw(&query.sql).await;
    let mut messages = pin!(messages.map_err(|error| refused(query, error))?);
    while let Some(message) = messages.try_next().await.map_err(|error| refused(query, error))? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        if table.rows.len() >= question.max_rows {
            let section = title(report, place).to_owned();
            return Err(Reason::TooManyRows { section, max_rows: question.max_rows });
        }
        let columns = table.columns.iter().zip(&hidden).enumerate();
        let values = columns.map(|(place, (column, pseudonyms))| match pseudonyms {
            Some(pseudonyms) => pseudonym(pseudonyms, row.get(place)),
            None => value(column.kind, row.get(place)),
        });
        table.rows.push(values.collect());
    }
    Ok(table)
}

fn refused(query: &Query, error: tokio_postgres::Error) -> Reason {
    Reason::Query { file: query.file.clone(), error: error.into() }
}

/// What people call the table of a query.
pub(crate) fn title(report: &Report, place: Place) -> &str {
    let section = |number: usize| report.sections.get(number);
    match place {
        Place::Headline => "headline",
        Place::Section(number) => section(number).map_or("", |section| &section.title),
        Place::Chart(number) => {
            section(number).and_then(|section| section.chart.as_ref()).map_or("", |chart| &chart.title)
        }
    }
}

/// The value of nobody has no pseudonym.
fn pseudonym(pseudonyms: &Pseudonyms, text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(pseudonyms.replace(text).into()))
}

/// What a column is, by its type and the last word of its name: an `id` names something, a `rate` or a `share` is a
/// part of 1, a number of `inr` is money.
fn kind(of: &Type, name: &str) -> Kind {
    let is_decimal = matches!(*of, Type::NUMERIC | Type::FLOAT4 | Type::FLOAT8);
    let is_whole = matches!(*of, Type::INT2 | Type::INT4 | Type::INT8);
    if let (true, Some(currency)) = (is_decimal || is_whole, Currency::of(name)) {
        return Kind::Money(currency);
    }
    match *of {
        Type::INT2 | Type::INT4 => Kind::Number,
        Type::INT8 if last_word(name) == "id" => Kind::Number,
        Type::INT8 => Kind::Count,
        _ if is_decimal && matches!(last_word(name), "rate" | "share") => Kind::Share,
        _ if is_decimal => Kind::Decimal,
        Type::DATE => Kind::Date,
        Type::TIMESTAMP => Kind::Timestamp,
        Type::TIMESTAMPTZ => Kind::Instant,
        Type::BOOL => Kind::Boolean,
        _ => Kind::Text,
    }
}

/// A value from PostgreSQL's text of it. What its kind cannot hold (`infinity`, a day before Christ) stays text.
fn value(kind: Kind, text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    let typed = match kind {
        Kind::Text => None,
        Kind::Number | Kind::Count => text.parse().ok().map(Value::Integer),
        Kind::Decimal | Kind::Share | Kind::Money(_) => Some(Value::Decimal(text.into())),
        Kind::Date => text.parse().ok().map(Value::Date),
        Kind::Timestamp => text.parse().ok().map(Value::Timestamp),
        Kind::Instant => text.parse().ok().map(Value::Instant),
        Kind::Boolean => Some(Value::Boolean(text == "t")),
    };
    typed.unwrap_or_else(|| Value::Text(text.into()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_kind_follows_from_type_and_name() {
        assert_eq!(kind(&Type::INT8, "confirmed"), Kind::Count);
        assert_eq!(kind(&Type::INT8, "patient_id"), Kind::Number);
        assert_eq!(kind(&Type::NUMERIC, "confirmation_rate"), Kind::Share);
        assert_eq!(kind(&Type::NUMERIC, "fee"), Kind::Decimal);
        assert_eq!(kind(&Type::NUMERIC, "fee_inr"), Kind::Money(Currency::Inr));
        assert_eq!(kind(&Type::INT8, "Fee usd"), Kind::Money(Currency::Usd));
        assert_eq!(kind(&Type::TEXT, "inr"), Kind::Text);
        assert_eq!(kind(&Type::JSONB, "anything"), Kind::Text);
    }

    #[test]
    fn values_are_typed_and_the_unusual_stays_text() {
        assert!(value(Kind::Count, Some("12")) == Value::Integer(12));
        assert!(value(Kind::Decimal, Some("0.30")) == Value::Decimal("0.30".into()));
        assert!(value(Kind::Date, Some("2355-01-02")) == Value::Date(date(2355, 1, 2)));
        let noon = Value::Timestamp(date(2026, 11, 21).at(12, 0, 0, 0));
        assert!(value(Kind::Timestamp, Some("2026-11-21 12:00:00")) == noon);
        let moment = Value::Instant("2026-11-21T12:00:00Z".parse().unwrap());
        assert!(value(Kind::Instant, Some("2026-11-21 12:00:00+00")) == moment);
        assert!(value(Kind::Date, Some("infinity")) == Value::Text("infinity".into()));
        assert!(value(Kind::Boolean, Some("t")) == Value::Boolean(true));
        assert!(value(Kind::Text, None) == Value::Null);
    }
}
