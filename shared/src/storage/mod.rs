//! S3 at the edge: whole small objects, and drops spooled to disk.

mod spool;

use std::io;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;

use crate::aws::error_code;
use crate::failure::{Failure, Name};
use crate::payload::Drop;
use crate::stretch::Stretch;

pub use spool::Spool;

/// Bytes for which there is room at once, whatever a store says of an object's length; few are larger.
const ROOM: usize = 64 << 20;

/// Objects in S3.
#[derive(Debug, Clone)]
pub struct Storage {
    s3: Client,
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
        "s3://{bucket}/{key} has {bytes} bytes, and one file may have {limit}: split it, each part with the header, and drop \
         the parts"
    )]
    TooLarge {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Its bytes; where it was not said beforehand, as many as had come.
        bytes: u64,
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
