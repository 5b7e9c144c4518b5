//! What stands in the tables that a report reads, and of when it is.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rounds_shared::database::DatabaseError;
use tokio_postgres::{Client, Transaction};

/// What stands in a dataset's table: a load, or one of each account, clinic, … whose files replace each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The dataset.
    pub dataset: String,
    /// When their files were dropped last, also if nothing had changed in them, the oldest first; none before the first
    /// load. One that has not been dropped for a month while others were is of an account that has left, and does not
    /// count.
    pub drops: Vec<Timestamp>,
    /// Rows of these files that break a rule and so are not in the table.
    pub rejected: u64,
    /// Rows of any of its files that wait for a row of another table, and so are not in the table.
    pub waiting: u64,
}

impl Source {
    /// When the oldest of its files was dropped; none before the first load.
    #[must_use]
    pub fn dropped_at(&self) -> Option<Timestamp> {
        self.drops.first().copied()
    }

    /// Of when a dataset's content is, what its files had rejected, and what waits.
    ///
    /// # Errors
    /// PostgreSQL's.
    pub(crate) async fn of(transaction: &Transaction<'_>, dataset: &str) -> Result<Self, DatabaseError> {
        let standing = "SELECT coalesce(array_agg(f.dropped_at ORDER BY f.dropped_at), '{}'), \
                               coalesce(sum(b.rejected), 0)::bigint, \
                               (SELECT coalesce(sum(held), 0)::bigint FROM ops.batch WHERE dataset = $1 AND status = 'loaded') \
                        FROM ops.freshness f JOIN ops.batch b USING (batch) WHERE f.dataset = $1 AND f.is_current";
        let row = transaction.query_one(standing, &[&dataset]).await?;
        Ok(Self {
            dataset: dataset.to_owned(),
            drops: row.try_get(0)?,
            rejected: u64::try_from(row.try_get::<_, i64>(1)?).unwrap_or_default(),
            waiting: u64::try_from(row.try_get::<_, i64>(2)?).unwrap_or_default(),
        })
    }
}

/// The day that something speaks of which each load writes over: `as_of`, or the clinic's day of the latest file that it
/// reads, if that is later. So an older run that is done again, or ends late, does not take it back to its own day.
pub(crate) async fn latest_day(
    client: &Client,
    needs: &[String],
    as_of: Date,
    zone: &TimeZone,
) -> Result<Date, DatabaseError> {
    let latest = "SELECT max(dropped_at) FROM ops.freshness WHERE is_current AND dataset = ANY($1)";
    let latest: Option<Timestamp> = client.query_one(latest, &[&needs]).await?.try_get(0)?;
    Ok(latest.map_or(as_of, |at| as_of.max(at.to_zoned(zone.clone()).date())))
}
