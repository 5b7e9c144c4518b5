//! The lake: the curated rows that were loaded, and no others.
//!
//! Transforms leave their Parquet under `curated/`. What a load takes of it goes to the same key under `lake/`, before
//! the transaction ends, in the same bytes whenever it is done again.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use polars::frame::DataFrame;
use polars::prelude::{
    BooleanChunked, NewChunkedArray as _, ParquetCompression, ParquetWriter, StatisticsOptions,
};
use rounds_shared::manifest::PartManifest;
use tokio::sync::Mutex;

use crate::curated::{self, Fetched, Objects};
use crate::error::Error;

/// Rows of a row group, as the transform writes them.
pub(crate) const ROW_GROUP: usize = 32 * 1024;

/// Objects that are written anew or put at a time: as one is written while the others are put, more would only be held.
const PUTS: usize = 4;

/// Numbers of rows by the position of their part, sorted.
pub type Places = BTreeMap<u32, Arc<[i64]>>;

/// Copies all objects of some parts.
///
/// # Errors
/// [`Error::Storage`]; [`Error::Disagreement`] where an object is not a curated one.
pub async fn copy<S: Objects>(lake: &S, parts: &[&PartManifest]) -> Result<(), Error> {
    let mut copies = Vec::new();
    for part in parts {
        for object in &part.objects {
            copies.push(copy_object(lake, &object.key));
        }
    }
    stream::iter(copies).buffer_unordered(curated::AT_ONCE).try_collect().await
}

async fn copy_object<S: Objects>(lake: &S, key: &str) -> Result<(), Error> {
    Ok(lake.copy(key, &place(key)?).await?)
}

/// Puts the objects of some parts without some of their rows. An object that loses all of them stays as an empty one,
/// since an earlier load of the batch may have put more.
///
/// # Errors
/// See [`copy`].
pub async fn put_without<S: Objects>(
    lake: &S,
    parts: &[&PartManifest],
    left_out: &Places,
) -> Result<(), Error> {
    put_only(lake, parts, left_out, false, place).await
}

/// Puts some rows to the rejects of their parts: typed, as they were to be loaded.
///
/// # Errors
/// See [`copy`].
pub async fn put_refused<S: Objects>(
    lake: &S,
    parts: &[&PartManifest],
    refused: &Places,
) -> Result<(), Error> {
    // Beside `part-…`, in which the transform keeps what it rejects.
    let beside = |key: &str| Ok(under("rejects/", key)?.replace("/part-", "/by-load-"));
    put_only(lake, parts, refused, true, beside).await
}

/// Puts each object of some parts to its place with the listed rows only, or with the others. One at a time is decoded
/// and written, on all cores; others are fetched and put meanwhile, as far as there is room.
async fn put_only<S: Objects>(
    lake: &S,
    parts: &[&PartManifest],
    listed: &Places,
    are_kept: bool,
    place: impl Fn(&str) -> Result<String, Error>,
) -> Result<(), Error> {
    let (turn, place) = (&Mutex::new(()), &place);
    let objects = curated::objects(lake, parts.iter().copied()).map_err(Error::from);
    let put = objects.try_for_each_concurrent(PUTS, |object| async move {
        let Fetched { part, key, bytes, room, .. } = object;
        let listed = listed.get(&part).cloned().unwrap_or_default();
        let alone = turn.lock().await;
        let rows = only(key, bytes, move |row| listed.binary_search(&row).is_ok() == are_kept).await?;
        drop(alone);
        lake.put(&place(key)?, rows).await?;
        drop(room);
        Ok(())
    });
    put.await
}

/// Puts rows of a part to those that are there already; their numbers are sorted.
///
/// # Errors
/// See [`copy`].
pub async fn add<S: Objects>(lake: &S, part: &PartManifest, rows: &[i64]) -> Result<(), Error> {
    for object in &part.objects {
        let curated = Bytes::from(lake.get(&object.key).await?);
        let key = place(&object.key)?;
        let there = Bytes::from(lake.get(&key).await?);
        let mut numbers = blocking(&key, move || numbers(&there)).await?;
        numbers.extend_from_slice(rows);
        numbers.sort_unstable();
        let rows = only(&object.key, curated, move |row| numbers.binary_search(&row).is_ok()).await?;
        lake.put(&key, rows).await?;
    }
    Ok(())
}

/// The key under `lake/` of an object under `curated/`.
fn place(key: &str) -> Result<String, Error> {
    under("lake/", key)
}

fn under(area: &str, key: &str) -> Result<String, Error> {
    let rest =
        key.strip_prefix("curated/").ok_or_else(|| Error::disagreement(key, "it is not a curated object"))?;
    Ok(format!("{area}{rest}"))
}

/// The object with the rows of these numbers only.
async fn only<K>(key: &str, object: Bytes, keep: K) -> Result<Vec<u8>, Error>
where
    K: Fn(i64) -> bool + Send + 'static,
{
    blocking(key, move || select(&object, keep)).await
}

fn select(object: &Bytes, keep: impl Fn(i64) -> bool) -> Result<Vec<u8>, &'static str> {
    const UNWRITTEN: &str = "its rows cannot be written";
    let slices = curated::slices(object.clone())?;
    // What is put is hardly ever larger than what it is of: one piece of memory, which need not grow.
    let mut bytes = Vec::with_capacity(object.len());
    let schema = curated::decode(object.clone(), (0, 0), None)?.schema().clone();
    let mut writer = ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::default())
        .with_row_group_size(Some(ROW_GROUP))
        .batched(&schema)
        .map_err(|_| UNWRITTEN)?;
    for slice in slices {
        let mut frame = curated::decode(object.clone(), slice, None)?;
        let kept = row_numbers(&frame)?.into_iter().map(|row| row.is_some_and(&keep));
        let kept = BooleanChunked::from_iter_values("".into(), kept);
        // In the place of the whole slice, which is let go of before the rest is written.
        if !kept.all() {
            frame = frame.filter(&kept).map_err(|_| UNWRITTEN)?;
        }
        writer.write_batch(&frame).map_err(|_| UNWRITTEN)?;
    }
    writer.finish().map_err(|_| UNWRITTEN)?;
    drop(writer);
    Ok(bytes)
}

fn numbers(object: &Bytes) -> Result<Vec<i64>, &'static str> {
    let mut numbers = Vec::new();
    for slice in curated::slices(object.clone())? {
        let frame = curated::decode(object.clone(), slice, Some(vec!["_row".to_owned()]))?;
        numbers.extend(row_numbers(&frame)?.into_iter().flatten());
    }
    Ok(numbers)
}

fn row_numbers(frame: &DataFrame) -> Result<Vec<Option<i64>>, &'static str> {
    let numbers = frame.column("_row").and_then(|column| column.i64()).map_err(|_| "it lacks row numbers")?;
    Ok(numbers.iter().collect())
}

/// Does work that blocks on a thread of its own; `key` names what it is about in an error.
pub(crate) async fn blocking<T, W>(key: &str, work: W) -> Result<T, Error>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, &'static str> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Error::Interrupted)?;
    done.map_err(|reason| Error::disagreement(key, reason))
}
