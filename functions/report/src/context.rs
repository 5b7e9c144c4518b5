//! Configuration and clients, made once at a cold start.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::aws;
use rounds_shared::catalog::Catalog;
use rounds_shared::configuration::{self, Configuration};
use rounds_shared::database::Database;
use rounds_shared::storage::Storage;

use crate::mail::{Sender, address};
use crate::ses::Ses;

/// Rows of a section, unless `REPORT_MAX_ROWS` says otherwise.
const MAX_ROWS: usize = 1_000_000;

/// Recipients by the audience that a report names: plain addresses, each once.
pub type Audiences = BTreeMap<String, Vec<String>>;

/// What the report stage works with.
pub struct Context {
    /// The lake bucket receives pages, workbooks and CSVs.
    pub storage: Storage,
    /// Tables, views and the ledger.
    pub database: Database,
    /// The reports.
    pub catalog: Catalog,
    /// Name of the lake bucket (`LAKE_BUCKET`).
    pub lake: String,
    /// Who gets what (`AUDIENCES`).
    pub audiences: Audiences,
    /// SES, where there is anybody to send to (`MAIL_FROM`, `SES_CONFIGURATION_SET`).
    pub ses: Option<Ses>,
    /// Most rows of a section that are held in memory (`REPORT_MAX_ROWS`).
    pub max_rows: usize,
}

impl Context {
    /// Reads the environment and builds the clients; nothing is connected yet.
    ///
    /// # Errors
    /// A variable that is missing or wrong, or a catalog with mistakes.
    pub async fn from_env() -> Result<Self, configuration::Error> {
        let environment = Configuration::from_env();
        let sdk = aws::sdk_config().await;
        let audiences = audiences(&environment)?;
        let sender = sender(&environment, &audiences)?;
        Ok(Self {
            storage: Storage::new(aws_sdk_s3::Client::new(&sdk)),
            database: environment.database(&sdk, "rounds-report")?,
            catalog: environment.catalog()?,
            lake: environment.required("LAKE_BUCKET")?,
            ses: sender.map(|sender| Ses::new(&sdk, sender, environment.optional("SES_CONFIGURATION_SET"))),
            audiences,
            max_rows: max_rows(&environment)?,
        })
    }
}

/// `AUDIENCES`, by default nobody.
fn audiences(environment: &Configuration) -> Result<Audiences, configuration::Error> {
    let wrong = || {
        let expected = "a JSON object of lists of plain mail addresses, such as {\"operations\": [\"a@clinic.example\"]}";
        configuration::Error::wrong("AUDIENCES", expected)
    };
    let text = environment.optional("AUDIENCES").unwrap_or_else(|| "{}".to_owned());
    let written: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).map_err(|_| wrong())?;
    let mut audiences = Audiences::new();
    for (name, addresses) in written {
        let plain: Option<BTreeSet<String>> = addresses.iter().map(|text| address(text)).collect();
        audiences.insert(name, plain.ok_or_else(wrong)?.into_iter().collect());
    }
    Ok(audiences)
}

/// `MAIL_FROM`, which is needed only where there is somebody to send to.
fn sender(
    environment: &Configuration,
    audiences: &Audiences,
) -> Result<Option<Sender>, configuration::Error> {
    if audiences.values().all(Vec::is_empty) {
        return Ok(None);
    }
    let expected = "an address such as `reports@clinic.example` or `Reports <reports@clinic.example>`";
    let text = environment.required("MAIL_FROM")?;
    Sender::parse(&text).map(Some).ok_or(configuration::Error::wrong("MAIL_FROM", expected))
}

fn max_rows(environment: &Configuration) -> Result<usize, configuration::Error> {
    match environment.optional("REPORT_MAX_ROWS") {
        None => Ok(MAX_ROWS),
        Some(text) => {
            text.parse().map_err(|_| configuration::Error::wrong("REPORT_MAX_ROWS", "a whole number"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(audiences: &'static str) -> Configuration {
        Configuration::of(move |name| (name == "AUDIENCES").then(|| audiences.to_owned()))
    }

    #[test]
    fn two_spellings_of_an_address_are_one_recipient() {
        let environment =
            environment(r#"{"operations": ["Ana@clinic.example", " ana@clinic.example", "b@c.example"]}"#);
        assert_eq!(audiences(&environment).unwrap()["operations"], ["ana@clinic.example", "b@c.example"]);
    }

    #[test]
    fn a_sender_is_needed_only_where_somebody_receives() {
        let nobody = environment(r#"{"operations": []}"#);
        assert_eq!(sender(&nobody, &audiences(&nobody).unwrap()).unwrap(), None);
        let somebody = environment(r#"{"operations": ["a@b.example"]}"#);
        let missing = sender(&somebody, &audiences(&somebody).unwrap()).unwrap_err().to_string();
        assert!(missing.contains("MAIL_FROM is not set"), "{missing}");
    }

    #[test]
    fn what_is_no_address_is_refused_at_the_start() {
        for wrong in
            ["[]", "{\"operations\": \"a@b\"}", "{\"operations\": [\"a@b\\r\\nBcc: c@d\"]}", "nonsense"]
        {
            assert!(audiences(&environment(wrong)).unwrap_err().to_string().contains("AUDIENCES"));
        }
    }
}
