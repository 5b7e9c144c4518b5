//! Configuration and clients, made once at a cold start.

use std::sync::Arc;

use jiff::tz::TimeZone;
use rounds_shared::aws;
use rounds_shared::catalog::Catalog;
use rounds_shared::configuration::{self, Configuration};
use rounds_shared::storage::Storage;
use rounds_shared::tabular::Limits;

/// What the transform stage works with.
pub struct Context {
    /// The landing bucket is read, the lake bucket written.
    pub storage: Storage,
    /// The contracts.
    pub catalog: Arc<Catalog>,
    /// Name of the lake bucket (`LAKE_BUCKET`).
    pub lake: String,
    /// The clinic's time zone (`CLINIC_TIME_ZONE`), whose clocks tell when a file was dropped.
    pub time_zone: TimeZone,
    /// Largest file read, in bytes (`MAX_FILE_BYTES`).
    pub max_file_bytes: u64,
    /// Bounds on what is parsed.
    pub limits: Limits,
}

impl Context {
    /// Reads the environment and builds the clients; nothing is connected yet.
    ///
    /// # Errors
    /// A variable that is missing or wrong, or a catalog with mistakes.
    pub async fn from_env() -> Result<Self, configuration::Error> {
        let environment = Configuration::from_env();
        let sdk = aws::sdk_config().await;
        Ok(Self {
            storage: Storage::new(aws_sdk_s3::Client::new(&sdk)),
            catalog: Arc::new(environment.catalog()?),
            lake: environment.required("LAKE_BUCKET")?,
            time_zone: environment.time_zone()?,
            max_file_bytes: environment.max_file_bytes()?,
            limits: Limits::default(),
        })
    }
}
