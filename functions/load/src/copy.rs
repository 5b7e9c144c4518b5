//! Rows into a table by COPY, in PostgreSQL's binary format: three things at a time, each ahead of the next by so much.
//! Objects are fetched, rows are decoded and encoded on a thread of their own, and the server takes them, block by block.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, Stream, StreamExt as _};
use rounds_shared::storage::StorageError;
use tokio::sync::mpsc;
use tokio_postgres::Transaction;

use crate::binary::{self, Fields};
use crate::curated::{self, Fetched};
use crate::error::Error;
use crate::lake;

/// Blocks of encoded rows that wait for the server.
const WAITING: usize = 8;

/// Copies the rows of objects to `table` (its name as SQL has it), but for those that are left out, and answers how many
/// they were. Where the caller goes away, so does the thread.
///
/// # Errors
/// [`Error::Disagreement`] where an object holds other rows or columns than it should.
pub(crate) async fn copy<'o>(
    transaction: &Transaction<'_>,
    table: &str,
    fields: Fields,
    objects: impl Stream<Item = Result<Fetched<'o>, StorageError>>,
) -> Result<u64, Error> {
    let statement = format!("COPY {table} ({}) FROM STDIN (FORMAT binary)", fields.names());
    let mut sink = pin!(transaction.copy_in::<_, Bytes>(&statement).await?);
    sink.feed(Bytes::from_static(binary::HEADER)).await?;
    let (ahead, mut fetched) = mpsc::channel(1);
    let (give, mut blocks) = mpsc::channel(WAITING);
    let fetch = async move {
        let mut objects = pin!(objects);
        while let Some(object) = objects.next().await {
            if ahead.send(object?).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    let encode = async move {
        let fields = Arc::new(fields);
        while let Some(object) = fetched.recv().await {
            encode(object, Arc::clone(&fields), give.clone()).await?;
        }
        Ok(())
    };
    let feed = async {
        while let Some(block) = blocks.recv().await {
            sink.feed(block).await?;
        }
        Ok::<(), Error>(())
    };
    tokio::try_join!(fetch, encode, feed)?;
    sink.feed(Bytes::from_static(binary::TRAILER)).await?;
    Ok(sink.finish().await?)
}

/// Gives the rows of an object on, on a thread that may wait.
async fn encode(object: Fetched<'_>, fields: Arc<Fields>, give: mpsc::Sender<Bytes>) -> Result<(), Error> {
    let Fetched { part, key, rows, bytes, room } = object;
    let work = move || {
        let encoded = blocks(&bytes, &fields, part, &give);
        drop(room);
        encoded
    };
    if lake::blocking(key, work).await? != rows {
        return Err(Error::disagreement(key, "it has another number of rows"));
    }
    Ok(())
}

/// Gives on the rows of an object, slice by slice, and answers how many it has, those that are left out among them.
fn blocks(
    object: &Bytes,
    fields: &Fields,
    part: u32,
    give: &mpsc::Sender<Bytes>,
) -> Result<u64, &'static str> {
    let columns: Vec<String> = fields.columns.iter().map(|(name, _)| name.clone()).collect();
    let mut rows = 0;
    for slice in curated::slices(object.clone())? {
        let mut frame = curated::decode(object.clone(), slice, Some(columns.clone()))?;
        binary::encode(&mut frame, fields, part, |block| {
            give.blocking_send(Bytes::from(block)).map_err(|_| "nobody takes its rows any more")
        })?;
        rows += u64::try_from(slice.1).unwrap_or(u64::MAX);
    }
    Ok(rows)
}
