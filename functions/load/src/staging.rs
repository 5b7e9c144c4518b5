//! Staging: a temporary table per batch, filled by COPY in PostgreSQL's binary format.

use std::pin::{Pin, pin};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use rounds_shared::catalog::{ColumnType, Dataset};
use rounds_shared::manifest::{LINEAGE, PartManifest};
use rounds_shared::schema::sql::{identifier, list};
use tokio_postgres::{CopyInSink, Transaction};

use crate::binary;
use crate::curated::{self, Objects};
use crate::error::Error;

/// Two temporary tables that end with the transaction: `staged`, of the contract's columns, the lineage, and `_part`,
/// which orders rows across parts; and `staged_out`, the parts and rows that are left out of the load.
#[must_use]
pub fn create(dataset: &Dataset, staged: &str) -> String {
    let columns: Vec<String> = typed(dataset)
        .iter()
        .map(|(name, kind)| format!("{} {kind}", identifier(name)))
        .chain(["_part bigint".to_owned()])
        .collect();
    format!(
        "CREATE TEMPORARY TABLE {staged} ({}) ON COMMIT DROP; \
         CREATE TEMPORARY TABLE {staged}_out (_part bigint, _row bigint, rejected boolean) ON COMMIT DROP",
        columns.join(", ")
    )
}

/// Names of a staging table's columns, in order.
#[must_use]
pub fn columns(dataset: &Dataset) -> Vec<&str> {
    let own = dataset.columns.iter().map(|column| column.name.as_str());
    own.chain(LINEAGE).chain(["_part"]).collect()
}

/// The columns that a curated object has, in order, with their types.
fn typed(dataset: &Dataset) -> Vec<(String, ColumnType)> {
    let own = dataset.columns.iter().map(|column| (column.name.clone(), column.kind));
    let lineage = LINEAGE.iter().map(|name| {
        ((*name).to_owned(), if *name == "_row" { ColumnType::Bigint } else { ColumnType::Text })
    });
    own.chain(lineage).collect()
}

/// Copies the parts' rows into `staged`. Memory is bounded by a few objects and one slice of decoded rows.
///
/// # Errors
/// [`Error::Disagreement`] where an object holds other rows or columns than its manifest says.
pub async fn copy<S: Objects>(
    transaction: &Transaction<'_>,
    lake: &S,
    dataset: &Dataset,
    parts: &[PartManifest],
    staged: &str,
) -> Result<u64, Error> {
    let names = list("", columns(dataset));
    let statement = format!("COPY {staged} ({names}) FROM STDIN (FORMAT binary)");
    let mut sink = pin!(transaction.copy_in::<_, Bytes>(&statement).await?);
    let mut objects = pin!(curated::objects(lake, parts));
    sink.feed(Bytes::from_static(binary::HEADER)).await?;
    while let Some(fetched) = objects.next().await {
        let fetched = fetched?;
        let rows =
            feed(sink.as_mut(), &fetched.object.key, &fetched.bytes, &typed(dataset), fetched.part).await?;
        if rows != fetched.object.rows {
            return Err(Error::disagreement(&fetched.object.key, "it has another number of rows"));
        }
    }
    sink.feed(Bytes::from_static(binary::TRAILER)).await?;
    Ok(sink.finish().await?)
}

/// Feeds the rows of an object with these columns to a COPY, slice by slice, and answers how many they are.
///
/// # Errors
/// [`Error::Disagreement`] where the object holds other columns.
pub(crate) async fn feed(
    mut sink: Pin<&mut CopyInSink<Bytes>>,
    key: &str,
    object: &Bytes,
    columns: &[(String, ColumnType)],
    part: u32,
) -> Result<u64, Error> {
    let wrong = |reason| Error::disagreement(key, reason);
    let mut fed = 0_u64;
    for slice in curated::slices(object.clone()).map_err(wrong)? {
        let (bytes, columns) = (object.clone(), columns.to_vec());
        let encode = move || binary::encode(&mut curated::decode(bytes, slice)?, &columns, part);
        let rows = tokio::task::spawn_blocking(encode).await.map_err(|_| Error::Interrupted)?;
        sink.feed(Bytes::from(rows.map_err(wrong)?)).await?;
        fed += u64::try_from(slice.1).unwrap_or(u64::MAX);
    }
    Ok(fed)
}
