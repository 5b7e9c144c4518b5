//! Configuration and clients, made once at a cold start.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rounds_shared::aws;
use rounds_shared::catalog::{Age, Catalog};
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
    /// The contracts from which tables are derived, with the ages that the deployment has set (`CLEAN_UP_AFTER`).
    pub catalog: Catalog,
    /// The clinic's time zone (`CLINIC_TIME_ZONE`).
    pub time_zone: TimeZone,
}

impl Context {
    /// Reads the environment and builds the clients; nothing is connected yet.
    ///
    /// # Errors
    /// A variable that is missing or wrong, or a catalog with mistakes.
    pub async fn from_env() -> Result<Self, configuration::Error> {
        let environment = Configuration::from_env();
        let sdk = aws::sdk_config().await;
        let mut catalog = environment.catalog()?;
        set_ages(&environment, &mut catalog)?;
        Ok(Self {
            lake: Lake {
                storage: Storage::new(aws_sdk_s3::Client::new(&sdk)),
                bucket: environment.required("LAKE_BUCKET")?,
            },
            database: environment.database(&sdk, "rounds-load")?,
            catalog,
            time_zone: environment.time_zone()?,
        })
    }
}

/// Gives the rows of tables the ages that `CLEAN_UP_AFTER` says, instead of those of the catalog.
fn set_ages(
    environment: &configuration::Configuration,
    catalog: &mut Catalog,
) -> Result<(), configuration::Error> {
    const VARIABLE: &str = "CLEAN_UP_AFTER";
    let Some(text) = environment.optional(VARIABLE) else { return Ok(()) };
    let wrong = || {
        let expected =
            "a JSON object from datasets to ages such as {\"hospital.appointments\": \"730 days\"}";
        configuration::Error::wrong(VARIABLE, expected)
    };
    let ages: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|_| wrong())?;
    for (name, age) in ages {
        let rule = catalog.datasets.iter_mut().find(|dataset| dataset.name == name);
        let Some(rule) = rule.and_then(|dataset| dataset.clean_up.as_mut()) else {
            let expected = format!("about datasets that have a `[clean_up]`; {name} has none");
            return Err(configuration::Error::wrong(VARIABLE, expected));
        };
        rule.age = Age::parse(&age).ok_or_else(wrong)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rounds_shared::configuration::Configuration;

    use super::*;

    fn aged(text: &'static str) -> Result<Catalog, String> {
        let mut catalog = Catalog::open(None).unwrap();
        let environment = Configuration::of(move |_| Some(text.to_owned()));
        set_ages(&environment, &mut catalog).map(|()| catalog).map_err(|error| error.to_string())
    }

    #[test]
    fn a_deployment_may_set_another_age() {
        let catalog = aged(r#"{"hospital.appointments": "2 years"}"#).unwrap();
        let rule = catalog.dataset("hospital.appointments").unwrap().clean_up.as_ref().unwrap();
        assert_eq!(rule.age.before(date(2026, 11, 22)), date(2024, 11, 22));
        assert!(aged("{}").is_ok());
    }

    #[test]
    fn an_age_that_means_nothing_is_told() {
        for text in
            ["730 days", r#"{"hospital.appointments": "a while"}"#, r#"{"hospital.appointments": 730}"#]
        {
            let told = aged(text).unwrap_err();
            assert!(told.contains("CLEAN_UP_AFTER") && told.contains("730 days"), "{told}");
        }
        let told = aged(r#"{"hospital.doctors": "2 years"}"#).unwrap_err();
        assert!(told.ends_with("hospital.doctors has none"), "{told}");
    }
}
