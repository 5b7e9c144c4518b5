//! Configuration and clients, made once at a cold start.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use aws_config::SdkConfig;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rounds_shared::aws;
use rounds_shared::catalog::Catalog;
use rounds_shared::configuration::{Configuration, Error};
use rounds_shared::database::{Database, DatabaseError};
use rounds_shared::ledger;
use rounds_shared::secret::Secret;
use rounds_shared::storage::Storage;
use tokio_postgres::Client;

use crate::letters::enclosure::Limits;
use crate::letters::link::Links;
use crate::post::Office;
use crate::post::recipient::Recipient;
use crate::query::pseudonym;
use crate::query::settings::Settings;

/// Rows of a section, unless `REPORT_MAX_ROWS` says otherwise.
const MAX_ROWS: usize = 1_000_000;
/// Milliseconds after which a query is slow, unless `SLOW_QUERY_MS` says otherwise.
const SLOW_QUERY_MS: u64 = 1_000;
/// Mails a second, unless `MAIL_PER_SECOND` says otherwise: what SES gives an account that it lets out of its sandbox.
const MAILS_PER_SECOND: u32 = 14;
/// Bytes of a mail's pictures and attachments, unless `MAIL_MAX_BYTES` says otherwise: 10 MB, which most mailboxes take.
const MAIL_BYTES: usize = 10_000_000;
/// Hours that a link lives, unless `LINK_HOURS` says otherwise.
const LINK_HOURS: u64 = 12;
/// Most hours that a presigned link can live: seven days.
const MOST_LINK_HOURS: u64 = 168;

/// Recipients by the audience that a report names, each once.
pub type Audiences = BTreeMap<String, Vec<Recipient>>;

/// What the report stage works with.
pub struct Context {
    /// The lake bucket receives pages and files.
    pub storage: Storage,
    /// Tables, views and the ledger.
    pub database: Database,
    /// The reports.
    pub catalog: Catalog,
    /// Name of the lake bucket (`LAKE_BUCKET`).
    pub lake: String,
    /// The clinic's time zone (`CLINIC_TIME_ZONE`).
    pub time_zone: TimeZone,
    /// Who gets what (`AUDIENCES`).
    pub audiences: Audiences,
    /// Lists of reports that the deployment has set (`REPORT_SETTINGS`).
    pub settings: Settings,
    /// The key of pseudonyms (`PSEUDONYM_SECRET_ARN`).
    pub pseudonyms: Option<Secret>,
    /// What is attached (`ATTACHMENTS`, `MAIL_MAX_BYTES`).
    pub limits: Limits,
    /// Makes links to what is not (`LINK_HOURS`).
    pub links: Links,
    /// Where letters are handed over (`MAIL_FROM`, `SES_CONFIGURATION_SET`, `WEBHOOKS_SECRET_ARN`).
    pub post: Office,
    /// Mails that the account may send in a second (`MAIL_PER_SECOND`).
    pub mails_per_second: u32,
    /// What time it is, for the hours at which letters may go out and the time that a call has left.
    pub clock: fn() -> Timestamp,
    /// Most rows of a section that are held in memory (`REPORT_MAX_ROWS`).
    pub max_rows: usize,
    /// A query that takes so long is logged by name (`SLOW_QUERY_MS`).
    pub slow: Duration,
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
        let lake = environment.required("LAKE_BUCKET")?;
        let audiences = audiences(environment)?;
        Ok(Self {
            storage: Storage::new(aws_sdk_s3::Client::new(sdk)),
            database: environment.database(sdk, "rounds-report")?,
            time_zone: environment.time_zone()?,
            settings: settings(environment, &catalog)?,
            pseudonyms: environment.optional("PSEUDONYM_SECRET_ARN").map(|id| {
                let client = aws_sdk_secretsmanager::Client::new(sdk);
                Secret::new(client, id, "pseudonyms' secret", pseudonym::EXPECTED)
            }),
            limits: limits(environment)?,
            links: Links::new(sdk, lake.clone(), link_life(environment)?),
            post: Office::new(sdk, environment, &mut audiences.values().flatten())?,
            mails_per_second: mails_per_second(environment)?,
            clock: Timestamp::now,
            max_rows: number(environment, "REPORT_MAX_ROWS")?.unwrap_or(MAX_ROWS),
            slow: Duration::from_millis(number(environment, "SLOW_QUERY_MS")?.unwrap_or(SLOW_QUERY_MS)),
            audiences,
            catalog,
            lake,
        })
    }

    /// A session with the ledger, which is made where it is not there yet: a morning's round may come before any file.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn session(&self) -> Result<Client, DatabaseError> {
        ledger::session(&self.database).await
    }
}

/// `AUDIENCES`, by default nobody.
fn audiences(environment: &Configuration) -> Result<Audiences, Error> {
    let wrong = || {
        let expected = "a JSON object of lists of mail addresses, telephone numbers and chat rooms, such as \
                        {\"operations\": [\"ana@clinic.example\", \"+351912345678\", \"chat:front-desk\"]}";
        Error::wrong("AUDIENCES", expected)
    };
    let text = environment.optional("AUDIENCES").unwrap_or_else(|| "{}".to_owned());
    let written: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).map_err(|_| wrong())?;
    let mut audiences = Audiences::new();
    for (name, members) in written {
        let mut each_once: Vec<Recipient> = Vec::new();
        for text in members {
            let member = Recipient::parse(&text).ok_or_else(wrong)?;
            if !each_once.contains(&member) {
                each_once.push(member);
            }
        }
        audiences.insert(name, each_once);
    }
    Ok(audiences)
}

/// `REPORT_SETTINGS`, by default what the reports say.
fn settings(environment: &Configuration, catalog: &Catalog) -> Result<Settings, Error> {
    match environment.optional("REPORT_SETTINGS") {
        None => Ok(Settings::default()),
        Some(text) => {
            Settings::read(&text, catalog).map_err(|expected| Error::wrong("REPORT_SETTINGS", expected))
        }
    }
}

fn limits(environment: &Configuration) -> Result<Limits, Error> {
    let attach = match environment.optional("ATTACHMENTS").as_deref() {
        None | Some("attach") => true,
        Some("link") => false,
        Some(_) => return Err(Error::wrong("ATTACHMENTS", "`attach` or `link`")),
    };
    Ok(Limits { attach, mail_bytes: number(environment, "MAIL_MAX_BYTES")?.unwrap_or(MAIL_BYTES) })
}

fn mails_per_second(environment: &Configuration) -> Result<u32, Error> {
    match number(environment, "MAIL_PER_SECOND")?.unwrap_or(MAILS_PER_SECOND) {
        0 => Err(Error::wrong("MAIL_PER_SECOND", "a whole number from 1 on")),
        number => Ok(number),
    }
}

fn link_life(environment: &Configuration) -> Result<Duration, Error> {
    let hours = number(environment, "LINK_HOURS")?.unwrap_or(LINK_HOURS);
    if !(1..=MOST_LINK_HOURS).contains(&hours) {
        return Err(Error::wrong("LINK_HOURS", "a whole number from 1 to 168"));
    }
    Ok(Duration::from_secs(hours * 3600))
}

fn number<T: FromStr>(environment: &Configuration, name: &'static str) -> Result<Option<T>, Error> {
    let read = |text: String| text.parse().map_err(|_| Error::wrong(name, "a whole number"));
    environment.optional(name).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn context(set: &'static [(&'static str, &'static str)]) -> Result<Context, Error> {
        let needed = [("LAKE_BUCKET", "lake"), ("DATABASE_SECRET_ARN", "database")];
        let variables: BTreeMap<&str, &str> = needed.into_iter().chain(set.iter().copied()).collect();
        let environment = Configuration::of(move |name| variables.get(name).map(|text| (*text).to_owned()));
        Context::of(&environment, &aws::sdk_config().await)
    }

    #[tokio::test]
    async fn without_more_than_it_needs_reports_are_stored_and_sent_to_nobody() {
        let context = context(&[]).await.unwrap();
        assert!(context.audiences.is_empty() && context.pseudonyms.is_none());
        assert_eq!(context.limits, Limits { attach: true, mail_bytes: 10_000_000 });
        assert_eq!(context.time_zone, TimeZone::UTC);
    }

    #[tokio::test]
    async fn two_spellings_of_an_address_are_one_recipient() {
        let written = r#"{"operations": ["Ana@clinic.example", " ana@clinic.example", "+351 912 345 678"]}"#;
        let environment = Configuration::of(move |name| (name == "AUDIENCES").then(|| written.to_owned()));
        let audiences = audiences(&environment).unwrap();
        let addresses = audiences["operations"].iter().map(|member| member.address.as_str());
        assert_eq!(addresses.collect::<Vec<_>>(), ["ana@clinic.example", "+351912345678"]);
    }

    #[tokio::test]
    async fn what_means_nothing_is_refused_at_the_start_by_name() {
        let wrong: [&[(&str, &str)]; 13] = [
            &[("MAIL_PER_SECOND", "0")],
            &[("AUDIENCES", "[]")],
            &[("AUDIENCES", r#"{"operations": ["a@b\r\nBcc: c@d"]}"#)],
            &[("REPORT_SETTINGS", r#"{"mis.nothing": {}}"#)],
            &[("REPORT_SETTINGS", "hospitals")],
            &[("ATTACHMENTS", "Attach")],
            &[("MAIL_MAX_BYTES", "10 MB")],
            &[("LINK_HOURS", "0")],
            &[("LINK_HOURS", "169")],
            &[("CLINIC_TIME_ZONE", "Gotham")],
            &[("REPORT_MAX_ROWS", "many")],
            &[("SLOW_QUERY_MS", "1 s")],
            &[("MAIL_FROM", "nobody"), ("AUDIENCES", r#"{"operations": ["a@b.example"]}"#)],
        ];
        for set in wrong {
            let error = context(set).await.err().unwrap().to_string();
            assert!(error.contains(set[0].0), "{error}");
        }
        let missing = context(&[("AUDIENCES", r#"{"operations": ["a@b.example"]}"#)]).await.err().unwrap();
        assert!(missing.to_string().contains("MAIL_FROM is not set"), "{missing}");
    }
}
