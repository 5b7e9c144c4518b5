//! Configuration and clients, made once at a cold start.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use jiff::tz::TimeZone;
use rounds_shared::aws;
use rounds_shared::catalog::{Catalog, Source, VendorReport, suggestion};
use rounds_shared::configuration::{Configuration, Error};
use rounds_shared::database::{Database, DatabaseError};
use rounds_shared::ledger;
use rounds_shared::secret::Secret;
use rounds_shared::storage::Storage;
use serde::Deserialize;
use tokio_postgres::Client;

use crate::vendor::{self, Vendor};

/// What the collect stage works with.
pub struct Context {
    /// The landing bucket receives the reports.
    pub storage: Storage,
    /// Name of the landing bucket (`LANDING_BUCKET`).
    pub landing: String,
    /// The ledger.
    pub database: Database,
    /// The datasets that reports become.
    pub catalog: Catalog,
    /// The clinic's time zone (`CLINIC_TIME_ZONE`).
    pub time_zone: TimeZone,
    /// The catalog's reports of the vendor, with the numbers of this deployment (`COLLECT_NUMBERS`).
    pub reports: Vec<VendorReport>,
    /// The vendor (`COLLECT_ACCOUNTS`, `COLLECT_SECRET_ARN`, `COLLECT_URL`), where there are accounts to ask about.
    pub vendor: Option<Vendor>,
}

impl Context {
    /// Reads the environment and builds the clients; nothing is connected yet, and no secret is read.
    ///
    /// # Errors
    /// A variable that is missing or wrong, or a catalog with mistakes.
    pub async fn from_env() -> Result<Self, Error> {
        Self::of(&Configuration::from_env(), &aws::sdk_config().await)
    }

    /// A context of this environment.
    ///
    /// # Errors
    /// A variable that is missing or wrong, or a catalog with mistakes.
    pub fn of(environment: &Configuration, sdk: &SdkConfig) -> Result<Self, Error> {
        let catalog = environment.catalog()?;
        Ok(Self {
            storage: Storage::new(aws_sdk_s3::Client::new(sdk)),
            landing: environment.required("LANDING_BUCKET")?,
            database: environment.database(sdk, "rounds-collect")?,
            time_zone: environment.time_zone()?,
            reports: reports(environment, &catalog)?,
            vendor: vendor(environment, sdk, &catalog)?,
            catalog,
        })
    }

    /// The vendor's numbers of the accounts.
    #[must_use]
    pub fn accounts(&self) -> &[String] {
        self.vendor.as_ref().map(|vendor| vendor.accounts.as_slice()).unwrap_or_default()
    }

    /// A session with the ledger, which is made where it is not there yet: reports may be collected before any file came.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn session(&self) -> Result<Client, DatabaseError> {
        ledger::session(&self.database).await
    }
}

/// `COLLECT_ACCOUNTS`, by default none.
fn accounts(environment: &Configuration) -> Result<Vec<String>, Error> {
    let wrong =
        || Error::wrong("COLLECT_ACCOUNTS", "a JSON list of accounts of 8 digits, such as [\"10028395\"]");
    let text = environment.optional("COLLECT_ACCOUNTS").unwrap_or_else(|| "[]".to_owned());
    let mut accounts: Vec<String> = Vec::new();
    for account in serde_json::from_str::<Vec<String>>(&text).map_err(|_| wrong())? {
        if account.len() != 8 || !VendorReport::is_number(&account) {
            return Err(wrong());
        }
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

/// What the vendor calls a report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    report: String,
    filter: String,
}

/// The catalog's reports with the numbers of `COLLECT_NUMBERS`, by default the catalog's own.
fn reports(environment: &Configuration, catalog: &Catalog) -> Result<Vec<VendorReport>, Error> {
    let wrong = || {
        let expected = "a JSON object of reports and their numbers, such as \
                        {\"ar_aging\": {\"report\": \"10078378\", \"filter\": \"10141925\"}}";
        Error::wrong("COLLECT_NUMBERS", expected)
    };
    let mut reports = catalog.source.as_ref().map(|source| source.reports.clone()).unwrap_or_default();
    let text = environment.optional("COLLECT_NUMBERS").unwrap_or_else(|| "{}".to_owned());
    let written: BTreeMap<String, Numbers> = serde_json::from_str(&text).map_err(|_| wrong())?;
    for (name, Numbers { report, filter }) in written {
        if !VendorReport::is_number(&report) || !VendorReport::is_number(&filter) {
            return Err(wrong());
        }
        let names: Vec<String> = reports.iter().map(|known| known.name.clone()).collect();
        let Some(known) = reports.iter_mut().find(|known| known.name == name) else {
            let suggestion = suggestion(&name, names.iter().map(String::as_str));
            let expected = format!("about the catalog's reports: none is named `{name}`{suggestion}");
            return Err(Error::wrong("COLLECT_NUMBERS", expected));
        };
        (known.report, known.filter) = (Some(report), Some(filter));
    }
    Ok(reports)
}

fn vendor(environment: &Configuration, sdk: &SdkConfig, catalog: &Catalog) -> Result<Option<Vendor>, Error> {
    let accounts = accounts(environment)?;
    if accounts.is_empty() {
        return Ok(None);
    }
    let none = || Error::wrong("COLLECT_ACCOUNTS", "empty, because the catalog has no source");
    let source = catalog.source.as_ref().ok_or_else(none)?;
    let url = environment.optional("COLLECT_URL").unwrap_or_else(|| source.url.clone());
    if !Source::is_address(&url) {
        return Err(Error::wrong(
            "COLLECT_URL",
            "`https://host` without a slash at its end, or `http://127.0.0.1:port`",
        ));
    }
    let client = aws_sdk_secretsmanager::Client::new(sdk);
    let secret = environment.required("COLLECT_SECRET_ARN")?;
    let secret = Secret::new(client, secret, "vendor's secret", vendor::EXPECTED);
    Ok(Some(Vendor::new(accounts, url, secret)))
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
