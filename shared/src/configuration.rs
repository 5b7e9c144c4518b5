//! A stage's configuration: environment variables, read once at a cold start.

use std::borrow::Cow;
use std::path::PathBuf;

use aws_config::SdkConfig;
use jiff::tz::TimeZone;

use crate::catalog::{Catalog, CatalogError};
use crate::database::{Database, Tls};
use crate::storage::Storage;

type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// The process environment, or what a test puts in its place.
pub struct Configuration {
    lookup: Lookup,
}

/// Why a stage cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable is not set.
    #[error("the environment variable {0} is not set; the function's README lists what it needs")]
    Missing(&'static str),
    /// A variable has a value that means nothing.
    #[error("the environment variable {name} is not {expected}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// What it should be.
        expected: Cow<'static, str>,
    },
    /// The catalog is wrong.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl Error {
    /// A variable whose value means nothing.
    #[must_use]
    pub fn wrong(name: &'static str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::Wrong { name, expected: expected.into() }
    }
}

impl Configuration {
    /// Largest file accepted unless `MAX_FILE_BYTES` says otherwise.
    const MAX_FILE_BYTES: u64 = Storage::COPIED_BYTES;

    /// The process environment.
    #[must_use]
    pub fn from_env() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// Variables from anywhere.
    #[must_use]
    pub fn of(lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Self { lookup: Box::new(lookup) }
    }

    /// A variable that may be absent; an empty one counts as absent.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// A variable that has to be there.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn required(&self, name: &'static str) -> Result<String, Error> {
        self.optional(name).ok_or(Error::Missing(name))
    }

    /// `MAX_FILE_BYTES`, by default 5 GiB, the most that S3 copies aside in one go.
    ///
    /// # Errors
    /// [`Error::Wrong`] where it is no whole number.
    pub fn max_file_bytes(&self) -> Result<u64, Error> {
        match self.optional("MAX_FILE_BYTES") {
            None => Ok(Self::MAX_FILE_BYTES),
            Some(text) => text.parse().map_err(|_| Error::wrong("MAX_FILE_BYTES", "a whole number of bytes")),
        }
    }

    /// The clinic's time zone: `CLINIC_TIME_ZONE`, by default UTC.
    ///
    /// # Errors
    /// [`Error::Wrong`] where no zone has this name.
    pub fn time_zone(&self) -> Result<TimeZone, Error> {
        let name = self.optional("CLINIC_TIME_ZONE").unwrap_or_else(|| "UTC".to_owned());
        TimeZone::get(&name).map_err(|_| Error::wrong("CLINIC_TIME_ZONE", "a name such as America/New_York"))
    }

    /// The embedded catalog, or the one in `CATALOG_DIR`.
    ///
    /// # Errors
    /// [`Error::Catalog`] with every mistake in it.
    pub fn catalog(&self) -> Result<Catalog, Error> {
        let directory = self.optional("CATALOG_DIR").map(PathBuf::from);
        Ok(Catalog::open(directory.as_deref())?)
    }

    /// The database of `DATABASE_SECRET_ARN`, at `DATABASE_HOST` where the secret does not say so, secured as
    /// `DATABASE_TLS` says (by default `verify-full`).
    ///
    /// # Errors
    /// [`Error::Missing`] or [`Error::Wrong`].
    pub fn database(&self, sdk: &SdkConfig, application: &'static str) -> Result<Database, Error> {
        let secret = self.required("DATABASE_SECRET_ARN")?;
        let wrong = || Error::wrong("DATABASE_TLS", "`verify-full` or `disable`");
        let tls = match self.optional("DATABASE_TLS") {
            None => Tls::VerifyFull,
            Some(text) => Tls::parse(&text).ok_or_else(wrong)?,
        };
        let secrets = aws_sdk_secretsmanager::Client::new(sdk);
        Ok(Database::new(secrets, secret, self.optional("DATABASE_HOST"), tls, application))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let configuration = Configuration::of(|_| Some(String::new()));
        assert_eq!(
            configuration.required("LAKE_BUCKET").unwrap_err().to_string(),
            "the environment variable LAKE_BUCKET is not set; the function's README lists what it needs"
        );
        assert_eq!(configuration.max_file_bytes().unwrap(), 5 << 30);
    }

    #[test]
    fn a_wrong_value_says_what_would_be_right() {
        let configuration = Configuration::of(|_| Some("a lot".to_owned()));
        assert_eq!(
            configuration.max_file_bytes().unwrap_err().to_string(),
            "the environment variable MAX_FILE_BYTES is not a whole number of bytes"
        );
    }
}
