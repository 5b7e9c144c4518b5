//! How many letters a report makes, before any of them is made.

use rounds_shared::catalog::{Each, Report};
use rounds_shared::database::DatabaseError;
use rounds_shared::schema::sql::identifier;
use tokio_postgres::Client;

use crate::due::DueReport;
use crate::error::Reason;
use crate::query::settings::Settings;

/// How many rows or groups a report has; 1 for a report that makes one letter.
///
/// # Errors
/// [`Reason::Database`], and [`Reason::Query`] where its query is refused.
pub async fn letters(client: &mut Client, due: &DueReport<'_>, settings: &Settings) -> Result<u64, Reason> {
    let Some((file, counting)) = counting(due.report) else { return Ok(1) };
    let transaction = client.build_transaction().read_only(true);
    let transaction = transaction.start().await.map_err(DatabaseError::from)?;
    super::introduce(&transaction, due, settings).await?;
    let refused = |error: tokio_postgres::Error| Reason::Query { file: file.clone(), error: error.into() };
    let row = transaction.query_one(&counting, &[]).await.map_err(refused)?;
    let letters: i64 = row.try_get(0).map_err(DatabaseError::from)?;
    transaction.rollback().await.map_err(DatabaseError::from)?;
    Ok(u64::try_from(letters).unwrap_or_default())
}

/// The file of the report's own query, and a query that counts what it gives.
fn counting(report: &Report) -> Option<(String, String)> {
    let counted = match &report.each {
        Each::Report => return None,
        Each::Row { .. } => "*".to_owned(),
        Each::Group { column, .. } => format!("DISTINCT {}", identifier(column)),
    };
    let own = &report.sections.first()?.query;
    // The query may end with a comment.
    Some((own.file.clone(), format!("SELECT count({counted}) FROM (\n{}\n) rows", own.sql)))
}
