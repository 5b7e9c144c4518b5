//! S3 at the edge: whole small objects, and drops spooled to disk.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use tokio::sync::mpsc;

use crate::aws::error_code;
use crate::digest::Sha256;
use crate::failure::{Failure, Name};
use crate::payload::{Cut, Drop, FileFacts};
use crate::stretch::Stretch;

/// Chunks of a drop that are received before they are written; none is larger than what a connection reads at once.
const CHUNKS: usize = 16;

/// Bytes for which there is room at once, whatever a store says of an object's length; few are larger.
const ROOM: usize = 64 << 20;

/// Objects in S3.
#[derive(Debug, Clone)]
pub struct Storage {
    s3: Client,
}

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

/// Why S3 could not serve. Holds bucket and key, never content.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// There is no such object, or no longer.
    #[error("s3://{bucket}/{key} is not there any more; drop the file again")]
    Gone {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
    },
    /// The object is larger than allowed.
    #[error(
        "s3://{bucket}/{key} has more than the {limit} bytes allowed; split the file, or raise MAX_FILE_BYTES"
    )]
    TooLarge {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Bytes allowed.
        limit: u64,
    },
    /// S3 failed or throttled; the request may be made again.
    #[error("S3 could not {action} s3://{bucket}/{key} ({code})")]
    Unavailable {
        /// What was asked.
        action: &'static str,
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// S3's code, or the kind of failure on the way.
        code: String,
    },
    /// S3 refused.
    #[error("S3 refused to {action} s3://{bucket}/{key} ({code})")]
    Refused {
        /// What was asked.
        action: &'static str,
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// S3's code.
        code: String,
    },
    /// The local disk failed.
    #[error("the file could not be spooled to local disk: {0}")]
    Spool(#[from] io::Error),
}

impl Failure for StorageError {
    fn name(&self) -> Name {
        match self {
            Self::Gone { .. } => Name::ObjectGone,
            Self::TooLarge { .. } => Name::TooLarge,
            Self::Unavailable { .. } => Name::StorageUnavailable,
            Self::Refused { .. } | Self::Spool(_) => Name::Storage,
        }
    }
}

/// What a put may write over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Any,
    Nothing,
}

impl Storage {
    /// The largest object that S3 copies in one go, in bytes.
    pub const COPIED_BYTES: u64 = 5 << 30;

    /// Storage through an SDK client.
    #[must_use]
    pub fn new(s3: Client) -> Self {
        Self { s3 }
    }

    /// The version of an object that still has this entity tag; empty in a bucket without versions.
    ///
    /// # Errors
    /// [`StorageError::Gone`] where it was deleted or overwritten since.
    pub async fn version(&self, bucket: &str, key: &str, etag: &str) -> Result<String, StorageError> {
        let tag = (!etag.is_empty()).then(|| format!("\"{etag}\""));
        let head = self.s3.head_object().bucket(bucket).key(key).set_if_match(tag).send().await;
        let head = head.map_err(|error| refusal("look at", bucket, key, &error))?;
        Ok(head.version_id.filter(|version| version != "null").unwrap_or_default())
    }

    /// Spools a drop to disk, hashing it on the way; memory does not grow with its size.
    ///
    /// # Errors
    /// [`StorageError::TooLarge`] as soon as it is known to exceed `limit` bytes.
    pub async fn spool(&self, drop: &Drop, limit: u64) -> Result<Spool, StorageError> {
        let Drop { bucket, key, .. } = drop;
        let too_large = || StorageError::TooLarge { bucket: bucket.clone(), key: key.clone(), limit };
        let object = self.s3.get_object().bucket(bucket).key(key).set_version_id(version(drop)).send().await;
        let object = object.map_err(|error| refusal("read", bucket, key, &error))?;
        if object
            .content_length()
            .is_some_and(|length| u64::try_from(length).is_ok_and(|bytes| bytes > limit))
        {
            return Err(too_large());
        }
        let etag = object.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        let mut body = object.body;
        let (sender, receiver) = mpsc::channel(CHUNKS);
        let writing = tokio::task::spawn_blocking(move || written(receiver));
        let mut bytes = 0_u64;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| broken_off(bucket, key))?;
            bytes = bytes.saturating_add(size(chunk.len()));
            if bytes > limit {
                return Err(too_large());
            }
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

    /// A whole object; for Rounds' own objects, whose size is known to be small.
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn get(&self, bucket: &str, key: &str) -> Result<Vec<u8>, StorageError> {
        let object = self.s3.get_object().bucket(bucket).key(key).send().await;
        let object = object.map_err(|error| refusal("read", bucket, key, &error))?;
        // Into room for all of it: never a second time in memory.
        let length = object.content_length().and_then(|length| usize::try_from(length).ok());
        let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(ROOM));
        let mut body = object.body;
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(|_| broken_off(bucket, key))?);
        }
        Ok(bytes)
    }

    /// Puts a whole object; putting the same again changes nothing.
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        media_type: &str,
    ) -> Result<(), StorageError> {
        self.put_stream(bucket, key, ByteStream::from(body), media_type, None, Over::Any).await
    }

    /// Puts a whole object that is written again and again, and says how long a copy of it may be kept (`Cache-Control`).
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn put_cached(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        media_type: &str,
        cache_control: &str,
    ) -> Result<(), StorageError> {
        let body = ByteStream::from(body);
        self.put_stream(bucket, key, body, media_type, Some(cache_control), Over::Any).await
    }

    /// Puts a whole object, unless there is one of this key, which then stays as it is.
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn put_new(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        media_type: &str,
    ) -> Result<(), StorageError> {
        self.put_stream(bucket, key, ByteStream::from(body), media_type, None, Over::Nothing).await
    }

    /// Puts what stands in a file of the local disk; putting the same again changes nothing.
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn put_file(
        &self,
        bucket: &str,
        key: &str,
        content: Stretch,
        media_type: &str,
    ) -> Result<(), StorageError> {
        self.put_stream(bucket, key, content.body(), media_type, None, Over::Any).await
    }

    async fn put_stream(
        &self,
        bucket: &str,
        key: &str,
        body: ByteStream,
        media_type: &str,
        cache_control: Option<&str>,
        over: Over,
    ) -> Result<(), StorageError> {
        let put = self.s3.put_object().bucket(bucket).key(key).content_type(media_type).body(body);
        let put = put.set_cache_control(cache_control.map(str::to_owned));
        let condition = (over == Over::Nothing).then_some("*");
        match put.set_if_none_match(condition.map(str::to_owned)).send().await {
            // The condition did not hold: the object is there already.
            Err(error) if condition.is_some() && status(&error) == Some(412) => Ok(()),
            put => put.map(drop).map_err(|error| refusal("write", bucket, key, &error)),
        }
    }

    /// Copies a drop of at most [`Storage::COPIED_BYTES`] to another bucket as it is.
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn copy(&self, drop: &Drop, bucket: &str, key: &str) -> Result<(), StorageError> {
        let mut source = copy_source(&drop.bucket, &drop.key);
        if !drop.version.is_empty() {
            source.push_str("?versionId=");
            source.push_str(&drop.version);
        }
        let copy = self.s3.copy_object().copy_source(source).bucket(bucket).key(key).send().await;
        copy.map_err(|error| refusal("copy", &drop.bucket, &drop.key, &error))?;
        Ok(())
    }

    /// Copies one of Rounds' own objects to another key of its bucket.
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn copy_within(&self, bucket: &str, from: &str, to: &str) -> Result<(), StorageError> {
        let source = copy_source(bucket, from);
        let copy = self.s3.copy_object().copy_source(source).bucket(bucket).key(to).send().await;
        copy.map_err(|error| refusal("copy", bucket, from, &error))?;
        Ok(())
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

fn broken_off(bucket: &str, key: &str) -> StorageError {
    StorageError::Unavailable {
        action: "read",
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        code: "the stream broke off".to_owned(),
    }
}

/// An object as the source of a copy: a URL path, so that the key has to be encoded; the slashes between its parts stay.
fn copy_source(bucket: &str, key: &str) -> String {
    format!("{bucket}/{}", percent_encoded(key))
}

fn percent_encoded(key: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn refusal<E: ProvideErrorMetadata>(
    action: &'static str,
    bucket: &str,
    key: &str,
    error: &SdkError<E>,
) -> StorageError {
    let (bucket, key) = (bucket.to_owned(), key.to_owned());
    let status = status(error);
    let code = error_code(error.code())
        .map(str::to_owned)
        .or(status.map(|s| s.to_string()))
        .unwrap_or("no answer".to_owned());
    match status {
        Some(404 | 412) if code != "NoSuchBucket" => StorageError::Gone { bucket, key },
        // Below 400: an answer that is not whole, or that takes back what its head said. 409: two conditional writes at
        // once. A connection that stood still S3 counts among the client's errors.
        Some(..400 | 409 | 429 | 500..) | None => StorageError::Unavailable { action, bucket, key, code },
        Some(_) if code == "RequestTimeout" => StorageError::Unavailable { action, bucket, key, code },
        Some(_) => StorageError::Refused { action, bucket, key, code },
    }
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn a_copy_source_keeps_slashes_and_encodes_the_rest() {
        assert_eq!(percent_encoded("healthtech/a b+ä%.xlsx"), "healthtech/a%20b%2B%C3%A4%25.xlsx");
    }
}
