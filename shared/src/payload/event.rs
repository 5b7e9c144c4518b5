//! What S3 tells of an object that was put, and the drop that it makes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The event that EventBridge sends when an object was created in the landing bucket. Fields that Rounds does not
/// read are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectCreated {
    /// When the object was put, by S3's clock.
    pub time: Timestamp,
    /// What was put, and where.
    pub detail: ObjectCreatedDetail,
}

/// The `detail` of [`ObjectCreated`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectCreatedDetail {
    /// The bucket.
    pub bucket: BucketName,
    /// The object.
    pub object: ObjectFacts,
}

/// A bucket as S3's events name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketName {
    /// Its name.
    pub name: String,
}

/// An object as S3's events describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObjectFacts {
    /// Key, raw (EventBridge does not URL-encode it).
    pub key: String,
    /// Size in bytes.
    #[serde(default)]
    pub size: u64,
    /// Entity tag without quotes.
    #[serde(default)]
    pub etag: String,
    /// Version, where the bucket keeps versions and the event says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Orders events of one key: longer is later, then the larger.
    #[serde(default)]
    pub sequencer: String,
}

/// The last part of a key: the name that people know the file by.
#[must_use]
pub fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// One drop: an object version, and its place in the order of drops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version; empty in a bucket without versions.
    pub version: String,
    /// When it was put.
    pub dropped_at: Timestamp,
    /// Orders drops of the same second.
    pub sequencer: String,
}

impl Drop {
    /// The name that people know the file by.
    #[must_use]
    pub fn file_name(&self) -> &str {
        file_name(&self.key)
    }

    /// The event that announced it, to start a run with. An entity tag that is not known is empty.
    #[must_use]
    pub fn event(&self, etag: &str, bytes: u64) -> ObjectCreated {
        let object = ObjectFacts {
            key: self.key.clone(),
            size: bytes,
            etag: etag.to_owned(),
            version_id: (!self.version.is_empty()).then(|| self.version.clone()),
            sequencer: self.sequencer.clone(),
        };
        let bucket = BucketName { name: self.bucket.clone() };
        ObjectCreated { time: self.dropped_at, detail: ObjectCreatedDetail { bucket, object } }
    }
}
