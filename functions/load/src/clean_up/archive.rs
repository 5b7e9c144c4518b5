//! Objects of the archive: put, and read back.

use bytes::Bytes;
use polars::frame::DataFrame;
use polars::prelude::{ParquetCompression, ParquetWriter, StatisticsOptions};
use rounds_shared::digest::sha256_hex;

use super::Cleaning;
use crate::curated::Objects;
use crate::error::Error;
use crate::lake;

/// Hex digits of a content's digest in the name of its object.
const DIGEST: usize = 16;

/// An object as the store gives it back.
pub(super) struct Object {
    pub(super) key: String,
    pub(super) bytes: Bytes,
}

/// Puts rows to the archive as Parquet, and reads them back. The same rows make the same object.
///
/// # Errors
/// [`Error::ArchiveDiffers`] where the store gives back other bytes than it was given.
pub(super) async fn put<S: Objects>(
    store: &S,
    cleaning: &Cleaning<'_>,
    frame: DataFrame,
) -> Result<Object, Error> {
    let folder = format!("archive/{}", cleaning.dataset.name.replacen('.', "/", 1));
    let bytes = lake::blocking(&folder, move || parquet(frame)).await?;
    let digest = sha256_hex(&bytes);
    let name: String = digest.chars().take(DIGEST).collect();
    let key = format!("{folder}/{}-{name}.parquet", cleaning.as_of);
    store.put(&key, bytes).await?;
    let bytes = store.get(&key).await?;
    if sha256_hex(&bytes) != digest {
        return Err(Error::ArchiveDiffers { object: key });
    }
    Ok(Object { key, bytes: Bytes::from(bytes) })
}

fn parquet(mut frame: DataFrame) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::default())
        .with_row_group_size(Some(lake::ROW_GROUP))
        .finish(&mut frame)
        .map_err(|_| "its rows cannot be written")?;
    Ok(bytes)
}
