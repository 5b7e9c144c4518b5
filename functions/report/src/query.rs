//! A report's queries, all in one snapshot.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rounds_shared::catalog::Report;
use rounds_shared::database::DatabaseError;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel, SimpleQueryMessage, Transaction};

use crate::error::Reason;
use crate::table::{Column, Kind, Table, Value};

/// Everything that a report says, read at one moment.
#[derive(Default)]
pub struct Snapshot {
    /// The numbers that a reader wants first.
    pub headline: Vec<Figure>,
    /// One table per section.
    pub sections: Vec<Table>,
    /// What each dataset that the report needs holds, in the report's order.
    pub sources: Vec<Source>,
}

/// One figure of the headline.
#[derive(Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// The figure, as the query wrote it.
    pub value: String,
}

/// The load that stands in a dataset's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The dataset.
    pub dataset: String,
    /// When its content was loaded; none before the first load.
    pub loaded_at: Option<Timestamp>,
    /// Rows of that batch that break a rule and so are not in the table.
    pub rejected: u64,
}

/// Reads a report in one read-only transaction. Queries see the report's day as `current_setting('rounds.as_of')`,
/// so that none of them has to read a clock.
///
/// # Errors
/// [`Reason::Database`]; [`Reason::TooManyRows`] where a section has more than `max_rows`;
/// [`Reason::Headline`] where the headline is not made of a figure's name and its value.
pub async fn snapshot(
    client: &mut Client,
    report: &Report,
    as_of: Date,
    max_rows: usize,
) -> Result<Snapshot, Reason> {
    let transaction =
        client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
    let transaction = transaction.start().await.map_err(DatabaseError::from)?;
    // Dates have to arrive in the one notation that is read here, whatever the server's default.
    let settings = "SELECT set_config('rounds.as_of', $1, true), set_config('DateStyle', 'ISO', true), \
                    set_config('TimeZone', 'UTC', true), set_config('statement_timeout', '120s', true)";
    transaction.query_one(settings, &[&as_of.to_string()]).await.map_err(DatabaseError::from)?;

    let mut snapshot = Snapshot {
        headline: figures(table(&transaction, "headline", &report.headline, max_rows).await?)?,
        ..Snapshot::default()
    };
    for section in &report.sections {
        snapshot.sections.push(table(&transaction, &section.title, &section.query, max_rows).await?);
    }
    for dataset in &report.needs {
        snapshot.sources.push(source(&transaction, dataset).await?);
    }
    transaction.rollback().await.map_err(DatabaseError::from)?;
    Ok(snapshot)
}

/// Runs one query. Preparing it tells the columns' types, and that it is a single statement; the values then come as
/// text, in which numbers keep all their digits.
async fn table(
    transaction: &Transaction<'_>,
    section: &str,
    query: &str,
    max_rows: usize,
) -> Result<Table, Reason> {
    let statement = transaction.prepare(query).await.map_err(DatabaseError::from)?;
    let columns = statement
        .columns()
        .iter()
        .map(|column| Column { name: column.name().to_owned(), kind: kind(column.type_(), column.name()) });
    let mut table = Table { columns: columns.collect(), rows: Vec::new() };
    let messages = transaction.client().simple_query_raw(query).await.map_err(DatabaseError::from)?;
    let mut messages = pin!(messages);
    while let Some(message) = messages.try_next().await.map_err(DatabaseError::from)? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        if table.rows.len() >= max_rows {
            return Err(Reason::TooManyRows { section: section.to_owned(), max_rows });
        }
        let kinds = table.columns.iter().enumerate();
        table.rows.push(kinds.map(|(place, column)| value(column.kind, row.get(place))).collect());
    }
    Ok(table)
}

/// What a column is, by its type and the last word of its name: an `id` names something, a `rate` or a `share` is a
/// part of 1.
fn kind(of: &Type, name: &str) -> Kind {
    let last_word = name.rsplit('_').next().unwrap_or_default();
    match *of {
        Type::INT2 | Type::INT4 => Kind::Number,
        Type::INT8 if last_word == "id" => Kind::Number,
        Type::INT8 => Kind::Count,
        Type::NUMERIC | Type::FLOAT4 | Type::FLOAT8 if matches!(last_word, "rate" | "share") => Kind::Share,
        Type::NUMERIC | Type::FLOAT4 | Type::FLOAT8 => Kind::Decimal,
        Type::DATE => Kind::Date,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => Kind::Timestamp,
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
        Kind::Decimal | Kind::Share => Some(Value::Decimal(text.into())),
        Kind::Date => text.parse().ok().map(Value::Date),
        Kind::Timestamp => timestamp(text).map(Value::Timestamp),
        Kind::Boolean => Some(Value::Boolean(text == "t")),
    };
    typed.unwrap_or_else(|| Value::Text(text.into()))
}

fn timestamp(text: &str) -> Option<DateTime> {
    let zoned = text.parse::<Timestamp>().ok().map(|time| time.to_zoned(TimeZone::UTC).datetime());
    zoned.or_else(|| text.parse().ok())
}

fn figures(table: Table) -> Result<Vec<Figure>, Reason> {
    let figures = table.rows.into_iter().map(|row| match row.into_vec().as_slice() {
        [Value::Text(name), Value::Text(value)] => {
            Ok(Figure { name: name.to_string(), value: value.to_string() })
        }
        _ => Err(Reason::Headline),
    });
    figures.collect()
}

/// The latest load of a dataset, and what its batch rejected.
async fn source(transaction: &Transaction<'_>, dataset: &str) -> Result<Source, DatabaseError> {
    let latest = "SELECT load.loaded_at, batch.rejected \
                  FROM ops.load JOIN ops.batch USING (batch) \
                  WHERE load.dataset = $1 ORDER BY load.load DESC LIMIT 1";
    let row = transaction.query_opt(latest, &[&dataset]).await?;
    let mut source = Source { dataset: dataset.to_owned(), loaded_at: None, rejected: 0 };
    if let Some(row) = row {
        source.loaded_at = Some(row.try_get(0)?);
        source.rejected = u64::try_from(row.try_get::<_, i64>(1)?).unwrap_or_default();
    }
    Ok(source)
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
        assert_eq!(kind(&Type::JSONB, "anything"), Kind::Text);
    }

    #[test]
    fn values_are_typed_and_the_unusual_stays_text() {
        assert!(value(Kind::Count, Some("12")) == Value::Integer(12));
        assert!(value(Kind::Decimal, Some("0.30")) == Value::Decimal("0.30".into()));
        assert!(value(Kind::Date, Some("2355-01-02")) == Value::Date(date(2355, 1, 2)));
        let noon = Value::Timestamp(date(2026, 11, 21).at(12, 0, 0, 0));
        assert!(value(Kind::Timestamp, Some("2026-11-21 12:00:00+00")) == noon);
        assert!(value(Kind::Timestamp, Some("2026-11-21 12:00:00")) == noon);
        assert!(value(Kind::Date, Some("infinity")) == Value::Text("infinity".into()));
        assert!(value(Kind::Boolean, Some("t")) == Value::Boolean(true));
        assert!(value(Kind::Text, None) == Value::Null);
    }
}
