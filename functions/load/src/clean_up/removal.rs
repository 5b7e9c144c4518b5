//! Rows out of the table: those that an object of the archive holds as they are.

use futures_util::stream;
use rounds_shared::schema::links_to;
use rounds_shared::schema::sql::{identifier, list, qualified};
use tokio_postgres::Transaction;

use super::Cleaning;
use super::archive::Object;
use super::due::{self, Kept};
use crate::binary::Fields;
use crate::curated::Fetched;
use crate::error::Error;
use crate::left_out::same;
use crate::{copy, placeholder};

/// Deletes the rows of the table that agree in every value with one that was read back, and answers how many. A row that
/// changed meanwhile, or that another refers to now, stays.
///
/// # Errors
/// [`Error::ArchiveDiffers`] where the object does not hold the rows that were archived: it is no Parquet, lacks a column, or
/// has another number of them.
pub(super) async fn remove(
    transaction: &Transaction<'_>,
    cleaning: &Cleaning<'_>,
    columns: &[Kept],
    object: &Object,
    archived: u64,
) -> Result<u64, Error> {
    transaction.batch_execute(&staging(columns)).await?;
    copy(transaction, columns, object, archived).await.map_err(|error| match error {
        Error::Disagreement { object, .. } => Error::ArchiveDiffers { object },
        error => error,
    })?;
    // Without statistics, the planner takes a temporary table for a small one.
    transaction.batch_execute("ANALYZE archived").await?;
    let deleted = transaction.execute(&delete(cleaning, columns), &[]).await?;
    for link in cleaning.with_placeholders() {
        let sweep = placeholder::sweep(link.parent, &links_to(cleaning.catalog, link.parent));
        transaction.execute(&sweep, &[]).await?;
    }
    Ok(deleted)
}

fn staging(columns: &[Kept]) -> String {
    let typed = columns.iter().map(|column| format!("{} {}", identifier(&column.name), column.kind));
    let typed: Vec<String> = typed.collect();
    format!("CREATE TEMPORARY TABLE archived ({}) ON COMMIT DROP", typed.join(", "))
}

async fn copy(
    transaction: &Transaction<'_>,
    columns: &[Kept],
    object: &Object,
    rows: u64,
) -> Result<u64, Error> {
    let columns = columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
    let fields = Fields { columns, part: false, left_out: Vec::new() };
    let fetched = Fetched { part: 0, key: &object.key, rows, bytes: object.bytes.clone(), room: None };
    copy::copy(transaction, "archived", fields, stream::iter([Ok(fetched)])).await
}

fn delete(cleaning: &Cleaning<'_>, columns: &[Kept]) -> String {
    let key: Vec<&str> = cleaning.dataset.key.iter().map(String::as_str).collect();
    let ours: Vec<&str> = columns.iter().map(|column| column.value.as_str()).collect();
    let theirs = list("a.", columns.iter().map(|column| column.name.as_str()));
    let free = due::referred_to(cleaning).map_or(String::new(), |condition| format!(" AND NOT {condition}"));
    format!(
        "DELETE FROM {} t USING archived a WHERE {} AND ({}) IS NOT DISTINCT FROM ({theirs}){free}",
        qualified(&cleaning.dataset.name),
        same(&key, "t", "a"),
        ours.join(", "),
    )
}

/// Writes the ledger's row. An object that an earlier run had put, and of which it deleted nothing, is told once.
pub(super) async fn record(
    transaction: &Transaction<'_>,
    cleaning: &Cleaning<'_>,
    object: &str,
    archived: u64,
    deleted: u64,
    referenced: u64,
) -> Result<(), Error> {
    let record = "
        INSERT INTO ops.archive AS a (object, dataset, as_of, before, rows, deleted, referenced)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (object) DO UPDATE
        SET deleted = a.deleted + excluded.deleted, referenced = excluded.referenced, archived_at = now()";
    let [archived, deleted, referenced] =
        [archived, deleted, referenced].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let Cleaning { dataset, as_of, before, .. } = cleaning;
    transaction
        .execute(record, &[&object, &dataset.name, as_of, before, &archived, &deleted, &referenced])
        .await?;
    Ok(())
}
