//! Readers while the schema changes: they wait at the most.
//!
//! Queries lock tables and views in the order in which they name them. Whoever takes locks one by one meanwhile may close
//! a circle with them, which PostgreSQL breaks by ending the one that has waited for a second (`deadlock_timeout`): perhaps
//! the reader. So all locks are asked for at once and for less than that second, and are let go where one is not to be had.

use std::time::{Duration, Instant};

use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

use super::SchemaError;

/// How long one attempt may take, in milliseconds: no reader waits for a second because of it.
const ATTEMPT: u16 = 500;

/// Between two attempts, in which those who waited get their turn.
const PAUSE: Duration = Duration::from_millis(200);

/// How long it is tried; a session waits as long for any other lock.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes those of these tables and views that there are from everybody, to the end of the transaction.
///
/// # Errors
/// [`crate::database::DatabaseError::Busy`] where somebody reads one of them all the time.
pub(super) async fn keep_out(
    transaction: &mut Transaction<'_>,
    relations: &[String],
) -> Result<(), SchemaError> {
    let there = "
        SELECT string_agg(format('%I.%I', nspname, relname), ', ')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE nspname || '.' || relname = ANY($1) AND relkind IN ('r', 'v')";
    let there: Option<String> = transaction.query_one(there, &[&relations]).await?.get(0);
    let Some(there) = there else { return Ok(()) };
    // Bars no reader. Without it every attempt would end before the server makes its own upkeep of a table give way.
    transaction.batch_execute(&format!("LOCK TABLE {there} IN SHARE UPDATE EXCLUSIVE MODE")).await?;
    let started = Instant::now();
    loop {
        let attempt = transaction.savepoint("attempt").await?;
        attempt.batch_execute(&format!("SET LOCAL statement_timeout = {ATTEMPT}")).await?;
        match attempt.batch_execute(&format!("LOCK TABLE {there} IN ACCESS EXCLUSIVE MODE")).await {
            Ok(()) => {
                attempt.batch_execute("SET LOCAL statement_timeout TO DEFAULT").await?;
                return Ok(attempt.commit().await?);
            }
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) && started.elapsed() < PATIENCE => {
                attempt.rollback().await?;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
