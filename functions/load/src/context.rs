//! Configuration and clients, made once at a cold start.

use rounds_shared::aws;
use rounds_shared::catalog::Catalog;
use rounds_shared::configuration::{self, Configuration};
use rounds_shared::database::Database;
use rounds_shared::storage::Storage;

use crate::curated::Lake;

/// What the load stage works with.
pub struct Context {
    /// The lake bucket (`LAKE_BUCKET`) with manifests and Parquet.
    pub lake: Lake,
    /// The tables and the ledger.
    pub database: Database,
    /// The contracts from which tables are derived.
    pub catalog: Catalog,
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
            lake: Lake {
                storage: Storage::new(aws_sdk_s3::Client::new(&sdk)),
                bucket: environment.required("LAKE_BUCKET")?,
            },
            database: environment.database(&sdk, "rounds-load")?,
            catalog: environment.catalog()?,
        })
    }
}
