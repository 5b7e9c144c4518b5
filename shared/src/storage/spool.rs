//! Drops spooled to disk, whole or in pieces.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::ops::Range;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{Storage, StorageError, broken_off, refusal};
use crate::digest::Sha256;
use crate::payload::{Cut, Drop, FileFacts};

/// Chunks of a drop that are received before they are written; none is larger than what a connection reads at once.
const CHUNKS: usize = 16;

/// A drop on local disk; gone when it is let go of.
#[derive(Debug)]
pub struct Spool {
    /// The content, at its start.
    pub file: File,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, 64 hex digits.
    pub sha256: String,
    /// Its entity tag, without quotes.
    pub etag: String,
}

impl Storage {
    /// Spools a drop to disk, hashing it on the way; memory does not grow with its size.
    ///
    /// # Errors
    /// [`StorageError::TooLarge`] as soon as it is known to exceed `limit` bytes.
    pub async fn spool(&self, drop: &Drop, limit: u64) -> Result<Spool, StorageError> {
        let Drop { bucket, key, .. } = drop;
        let check = |bytes: u64| match bytes > limit {
            true => Err(StorageError::TooLarge { bucket: bucket.clone(), key: key.clone(), bytes, limit }),
            false => Ok(()),
        };
        let object = self.s3.get_object().bucket(bucket).key(key).set_version_id(version(drop)).send().await;
        let object = object.map_err(|error| refusal("read", bucket, key, &error))?;
        check(object.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default())?;
        let etag = object.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        let mut body = object.body;
        let (sender, receiver) = mpsc::channel(CHUNKS);
        let writing = tokio::task::spawn_blocking(move || written(receiver));
        let mut bytes = 0_u64;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| broken_off(bucket, key))?;
            bytes = bytes.saturating_add(size(chunk.len()));
            check(bytes)?;
            // It takes no more where the disk failed.
            if sender.send(chunk).await.is_err() {
                break;
            }
        }
        std::mem::drop(sender);
        let (file, sha256) = writing.await.map_err(io::Error::other)??;
        Ok(Spool { file, bytes, sha256, etag })
    }

    /// Spools the head of a drop's text and one piece of it, each to where it stands in the whole; between them the file
    /// has a hole, which takes no disk. That it is the content of these facts, the drop's version or the entity tag
    /// vouches for.
    ///
    /// # Errors
    /// [`StorageError::Gone`] where it was deleted or overwritten since.
    pub async fn spool_piece(
        &self,
        drop: &Drop,
        facts: &FileFacts,
        cut: &Cut,
    ) -> Result<Spool, StorageError> {
        let mut file = tempfile::tempfile()?;
        for range in [0..cut.head, cut.from..cut.to].into_iter().filter(|range| !range.is_empty()) {
            file.seek(SeekFrom::Start(range.start))?;
            self.spool_range(drop, &cut.etag, range, &mut file).await?;
        }
        file.rewind()?;
        Ok(Spool { file, bytes: facts.bytes, sha256: facts.sha256.clone(), etag: cut.etag.clone() })
    }

    async fn spool_range(
        &self,
        drop: &Drop,
        etag: &str,
        range: Range<u64>,
        file: &mut File,
    ) -> Result<(), StorageError> {
        let Drop { bucket, key, .. } = drop;
        let object = self.s3.get_object().bucket(bucket).key(key).set_version_id(version(drop));
        let tag = (!etag.is_empty()).then(|| format!("\"{etag}\""));
        let bytes = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let object = object.set_if_match(tag).range(bytes).send().await;
        let object = object.map_err(|error| refusal("read", bucket, key, &error))?;
        // A store is free to pass over the range and to send the whole object.
        let mut above = if object.content_range.is_some() { 0 } else { range.start };
        let mut wanted = range.end.saturating_sub(range.start);
        let mut body = object.body;
        while wanted > 0
            && let Some(chunk) = body.next().await
        {
            let chunk = chunk.map_err(|_| broken_off(bucket, key))?;
            let passed = index(above).min(chunk.len());
            above -= size(passed);
            let piece = chunk.get(passed..).unwrap_or_default();
            let piece = piece.get(..index(wanted)).unwrap_or(piece);
            wanted -= size(piece.len());
            file.write_all(piece)?;
        }
        if wanted == 0 { Ok(()) } else { Err(broken_off(bucket, key)) }
    }
}

/// Writes chunks to disk while others are received, and answers the file, at its start, with its SHA-256.
fn written(mut chunks: mpsc::Receiver<Bytes>) -> io::Result<(File, String)> {
    let mut file = tempfile::tempfile()?;
    let mut digest = Sha256::default();
    while let Some(chunk) = chunks.blocking_recv() {
        digest.update(&chunk);
        file.write_all(&chunk)?;
    }
    file.rewind()?;
    Ok((file, digest.hex()))
}

/// The version of a drop, in a bucket that keeps versions.
fn version(drop: &Drop) -> Option<String> {
    (!drop.version.is_empty()).then(|| drop.version.clone())
}

/// A count of bytes as a position in memory, where what lies beyond does not count.
fn index(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
