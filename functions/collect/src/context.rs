//! Configuration and clients, made once at a cold start.

use std::collections::BTreeMap;
use std::str::FromStr;

use aws_config::SdkConfig;
use jiff::tz::TimeZone;
use rounds_shared::aws;
use rounds_shared::catalog::{Catalog, Collected, suggestion};
use rounds_shared::configuration::{Configuration, Error};
use rounds_shared::database::{Database, DatabaseError};
use rounds_shared::http;
use rounds_shared::ledger;
use rounds_shared::secret::Secret;
use rounds_shared::storage::Storage;
use serde::Deserialize;
use tokio_postgres::Client;

use crate::vendor::{self, Vendor};

/// Answers without the report after which it is empty, unless `EMPTY_ANSWERS` says otherwise.
const EMPTY_ANSWERS: i32 = 3;
/// Bytes of an answer, unless `ANSWER_MAX_BYTES` says otherwise: 64 MiB.
const ANSWER_BYTES: usize = 64 << 20;

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
    /// The vendor's numbers of the accounts (`COLLECT_ACCOUNTS`).
    pub accounts: Vec<String>,
    /// The catalog's reports of the vendor, with the numbers of this deployment (`COLLECT_NUMBERS`).
    pub reports: Vec<Collected>,
    /// The vendor (`COLLECT_SECRET_ARN`, `COLLECT_URL`, `ANSWER_MAX_BYTES`), where the catalog has one.
    pub vendor: Option<Vendor>,
    /// After so many answers without it a report is empty (`EMPTY_ANSWERS`).
    pub empty_answers: i32,
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
        let accounts = accounts(environment)?;
        Ok(Self {
            storage: Storage::new(aws_sdk_s3::Client::new(sdk)),
            landing: environment.required("LANDING_BUCKET")?,
            database: environment.database(sdk, "rounds-collect")?,
            time_zone: environment.time_zone()?,
            reports: reports(environment, &catalog)?,
            vendor: vendor(environment, sdk, &catalog, !accounts.is_empty())?,
            empty_answers: number(environment, "EMPTY_ANSWERS", EMPTY_ANSWERS, 1)?,
            accounts,
            catalog,
        })
    }

    /// A session with the ledger, which is made where it is not there yet: reports may be collected before any file came.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn session(&self) -> Result<Client, DatabaseError> {
        let mut client = self.database.connect().await?;
        ledger::ensure(&mut client).await?;
        Ok(client)
    }
}

/// `COLLECT_ACCOUNTS`, by default none.
fn accounts(environment: &Configuration) -> Result<Vec<String>, Error> {
    let wrong =
        || Error::wrong("COLLECT_ACCOUNTS", "a JSON list of accounts of 8 digits, such as [\"10028395\"]");
    let text = environment.optional("COLLECT_ACCOUNTS").unwrap_or_else(|| "[]".to_owned());
    let mut accounts: Vec<String> = Vec::new();
    for account in serde_json::from_str::<Vec<String>>(&text).map_err(|_| wrong())? {
        if account.len() != 8 || !is_number(&account) {
            return Err(wrong());
        }
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the vendor calls a report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    report: String,
    filter: String,
}

/// The catalog's reports with the numbers of `COLLECT_NUMBERS`, by default the catalog's own.
fn reports(environment: &Configuration, catalog: &Catalog) -> Result<Vec<Collected>, Error> {
    let wrong = || {
        let expected = "a JSON object of reports and their numbers, such as \
                        {\"ar_aging\": {\"report\": \"10078378\", \"filter\": \"10141925\"}}";
        Error::wrong("COLLECT_NUMBERS", expected)
    };
    let mut reports = catalog.source.as_ref().map(|source| source.reports.clone()).unwrap_or_default();
    let text = environment.optional("COLLECT_NUMBERS").unwrap_or_else(|| "{}".to_owned());
    let written: BTreeMap<String, Numbers> = serde_json::from_str(&text).map_err(|_| wrong())?;
    for (name, Numbers { report, filter }) in written {
        if !is_number(&report) || !is_number(&filter) {
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

fn vendor(
    environment: &Configuration,
    sdk: &SdkConfig,
    catalog: &Catalog,
    is_needed: bool,
) -> Result<Option<Vendor>, Error> {
    let source = match &catalog.source {
        None if is_needed => {
            return Err(Error::wrong("COLLECT_ACCOUNTS", "empty, although the catalog has no source"));
        }
        None => return Ok(None),
        Some(source) => source,
    };
    let secret = match environment.optional("COLLECT_SECRET_ARN") {
        None if is_needed => return Err(Error::Missing("COLLECT_SECRET_ARN")),
        None => return Ok(None),
        Some(secret) => secret,
    };
    let url = environment.optional("COLLECT_URL").unwrap_or_else(|| source.url.clone());
    if url.ends_with('/') || http::post(&url, &[], String::new()).is_none() {
        return Err(Error::wrong(
            "COLLECT_URL",
            "`https://host` without a slash at its end, or `http://127.0.0.1:port`",
        ));
    }
    let client = aws_sdk_secretsmanager::Client::new(sdk);
    let secret = Secret::new(client, secret, "vendor's secret", vendor::EXPECTED);
    Ok(Some(Vendor::new(url, secret, number(environment, "ANSWER_MAX_BYTES", ANSWER_BYTES, 1)?)))
}

/// A number of at least `least`.
fn number<T: FromStr + PartialOrd>(
    environment: &Configuration,
    name: &'static str,
    default: T,
    least: T,
) -> Result<T, Error> {
    let Some(text) = environment.optional(name) else { return Ok(default) };
    let number = text.parse().ok().filter(|number| *number >= least);
    number.ok_or(Error::wrong(name, "a whole number from 1"))
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
