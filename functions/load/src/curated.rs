//! Curated rows in the lake: manifests, and Parquet read in slices of bounded size.

use std::future::Future;
use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use polars::frame::DataFrame;
use polars::io::SerReader as _;
use polars::prelude::{ParquetReader, PolarsError};
use rounds_shared::manifest::{LakeObject, PartManifest};
use rounds_shared::payload::TransformResponse;
use rounds_shared::storage::{Storage, StorageError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// Rows decoded at a time: bounds the memory that a wide object takes beyond its compressed size.
const SLICE: usize = 65_536;

/// Bytes of objects that are held at a time: those that are fetched ahead, and those that are being copied or put. A larger
/// object is held alone.
const ROOM: u32 = 8 << 20;

/// Small requests under way at a time.
pub const AT_ONCE: usize = 16;

/// Manifests and Parquet objects by key.
pub trait Objects: Sync {
    /// The whole object of this key.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, StorageError>> + Send;

    /// Puts a whole object in the place of what was there.
    fn put(&self, key: &str, bytes: Vec<u8>) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Puts an object to another key as it is.
    fn copy(&self, from: &str, to: &str) -> impl Future<Output = Result<(), StorageError>> + Send;
}

/// The lake bucket.
pub struct Lake {
    /// S3.
    pub storage: Storage,
    /// The bucket's name.
    pub bucket: String,
}

impl Objects for Lake {
    async fn get(&self, key: &str) -> Result<Vec<u8>, StorageError> {
        self.storage.get(&self.bucket, key).await
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.storage.put(&self.bucket, key, bytes, "application/vnd.apache.parquet").await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.storage.copy_within(&self.bucket, from, to).await
    }
}

/// The manifest of this key.
///
/// # Errors
/// [`Error::Disagreement`] where it is none.
pub async fn manifest<S: Objects>(source: &S, key: &str) -> Result<PartManifest, Error> {
    let bytes = source.get(key).await?;
    serde_json::from_slice(&bytes).map_err(|_| Error::disagreement(key, "it is not a part's manifest"))
}

/// The manifests of some parts in their order, held against what the payload says of them.
///
/// # Errors
/// [`Error::Disagreement`] where one is another part's, or its counts do not add up.
pub async fn manifests<S: Objects>(
    source: &S,
    parts: &[&TransformResponse],
) -> Result<Vec<PartManifest>, Error> {
    let mut fetches = Vec::with_capacity(parts.len());
    for part in parts {
        fetches.push(checked(source, part));
    }
    stream::iter(fetches).buffered(AT_ONCE).try_collect().await
}

async fn checked<S: Objects>(source: &S, part: &TransformResponse) -> Result<PartManifest, Error> {
    let wrong = |reason| Error::disagreement(&part.manifest, reason);
    let manifest = manifest(source, &part.manifest).await?;
    let counts = manifest.counts;
    let same = (&manifest.batch, &manifest.dataset, manifest.index, counts)
        == (&part.batch, &part.dataset, part.index, part.counts);
    if !same {
        return Err(wrong("it speaks of another part"));
    }
    if counts.read != counts.kept + counts.rejected + counts.superseded
        || counts.kept != manifest.objects.iter().map(|object| object.rows).sum::<u64>()
    {
        return Err(wrong("its rows do not add up"));
    }
    Ok(manifest)
}

/// An object of a part, fetched whole.
pub struct Fetched<'a> {
    /// The part's position.
    pub part: u32,
    /// Its key.
    pub key: &'a str,
    /// Rows that it has to hold.
    pub rows: u64,
    /// Its content.
    pub bytes: Bytes,
    /// What it takes of the room for objects, until it is let go of.
    pub room: Option<OwnedSemaphorePermit>,
}

/// The objects of some parts in order, as many fetched ahead as there is room for.
pub fn objects<'a, S: Objects>(
    source: &'a S,
    parts: impl IntoIterator<Item = &'a PartManifest>,
) -> impl Stream<Item = Result<Fetched<'a>, StorageError>> {
    let rooms = Arc::new(Semaphore::new(usize::try_from(ROOM).unwrap_or(usize::MAX)));
    let mut fetches = Vec::new();
    for part in parts {
        for LakeObject { key, rows, bytes } in &part.objects {
            let (rooms, size) = (Arc::clone(&rooms), u32::try_from(*bytes).unwrap_or(ROOM).min(ROOM));
            fetches.push(async move {
                let room = rooms.acquire_many_owned(size).await.ok();
                let bytes = Bytes::from(source.get(key).await?);
                Ok(Fetched { part: part.index, key, rows: *rows, bytes, room })
            });
        }
    }
    stream::iter(fetches).buffered(AT_ONCE)
}

/// The offsets and lengths in which the rows of a Parquet object are decoded: its row groups, which the transform bounds by
/// bytes too. Blocks no longer than it takes to read the footer.
///
/// # Errors
/// What is wrong with the object.
pub fn slices(bytes: Bytes) -> Result<Vec<(usize, usize)>, &'static str> {
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let metadata = reader.get_metadata().map_err(|_| "it cannot be read as Parquet")?;
    let mut slices = Vec::new();
    let mut offset = 0;
    for group in &metadata.row_groups {
        let end = offset + group.num_rows();
        while offset < end {
            let rows = SLICE.min(end - offset);
            slices.push((offset, rows));
            offset += rows;
        }
    }
    Ok(slices)
}

/// Decodes some rows of a Parquet object, of these columns or of all. Blocks: belongs on a thread of its own.
///
/// # Errors
/// What is wrong with the object; polars' own messages could hold values and are left out.
pub fn decode(
    bytes: Bytes,
    slice: (usize, usize),
    columns: Option<Vec<String>>,
) -> Result<DataFrame, &'static str> {
    let reader = ParquetReader::new(Cursor::new(bytes)).with_slice(Some(slice)).with_columns(columns);
    reader.finish().map_err(|error| match error {
        PolarsError::ColumnNotFound(_) => "it lacks a column",
        _ => "it cannot be read as Parquet",
    })
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, ParquetWriter};

    use super::*;

    #[test]
    fn slices_cover_every_row_once() {
        let slices_of = |groups: &[usize]| {
            let frame = |rows: usize| DataFrame::new(rows, vec![Column::new("a".into(), vec![1_i32; rows])]);
            let mut bytes = Vec::new();
            let schema = frame(0).unwrap().schema().clone();
            let mut writer = ParquetWriter::new(&mut bytes).batched(&schema).unwrap();
            for rows in groups {
                writer.write_batch(&frame(*rows).unwrap()).unwrap();
            }
            writer.finish().unwrap();
            drop(writer);
            slices(Bytes::from(bytes)).unwrap()
        };
        assert_eq!(slices_of(&[]), []);
        assert_eq!(slices_of(&[1]), [(0, 1)]);
        assert_eq!(slices_of(&[3, 2]), [(0, 3), (3, 2)], "row groups are bounded by bytes");
        assert_eq!(slices_of(&[SLICE + 1]), [(0, SLICE), (SLICE, 1)]);
    }
}
