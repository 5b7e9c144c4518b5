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

/// Most bytes of a key in S3.
const LONGEST_KEY: usize = 1024;

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

    /// Where it was dropped.
    #[must_use]
    pub fn address(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// Where in the lake bucket the file is kept if it is refused, by its entity tag and name. Of a name for which a key
    /// has no room the end counts, which says what kind of file it is.
    #[must_use]
    pub fn kept_aside(&self, etag: &str) -> String {
        let (folder, name) = (format!("quarantine/{etag}/"), self.file_name());
        let too_long = (folder.len() + name.len()).saturating_sub(LONGEST_KEY);
        let name = (too_long..=name.len()).find_map(|from| name.get(from..)).unwrap_or_default();
        folder + name
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_aside(key: &str) -> String {
        let drop = Drop {
            bucket: "landing".to_owned(),
            key: key.to_owned(),
            version: String::new(),
            dropped_at: Timestamp::UNIX_EPOCH,
            sequencer: String::new(),
        };
        drop.kept_aside("5e1f")
    }

    #[test]
    fn a_refused_file_keeps_its_name() {
        assert_eq!(kept_aside("healthtech/May + 1.xlsx"), "quarantine/5e1f/May + 1.xlsx");
        assert_eq!(kept_aside("healthtech/"), "quarantine/5e1f/");
    }

    #[test]
    fn the_longest_name_fits_into_a_key_and_is_cut_between_letters() {
        let name = "é".repeat(506) + ".xlsx";
        let aside = kept_aside(&name);
        assert!(name.len() < 1024 && aside.len() <= 1024 && aside.len() > 1020, "{}", aside.len());
        assert!(aside.starts_with("quarantine/5e1f/é") && aside.ends_with("é.xlsx"));
    }
}
