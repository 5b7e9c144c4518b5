//! `rounds drop`: a file into the landing bucket, and the run that its event starts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use rounds_shared::catalog::{Catalog, suggestion};

use crate::error::{Error, Result};
use crate::landing::deliver;
use crate::target::Target;

/// What to drop, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file.
    file: PathBuf,
    /// Key in the bucket [default: the file's name, in the folder of --domain].
    #[arg(long, conflicts_with = "domain", value_parser = NonEmptyStringValueParser::new())]
    key: Option<String>,
    /// Domain whose folder the file goes into, such as healthtech. Without one, name and header decide.
    #[arg(long)]
    domain: Option<String>,
    /// Look on until the run has ended.
    #[arg(long)]
    follow: bool,
}

impl Arguments {
    fn key(&self) -> String {
        let name = || self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match (&self.key, &self.domain) {
            (Some(key), _) => key.clone(),
            (None, Some(domain)) => format!("{}/{}", domain.trim_matches('/'), name()),
            (None, None) => name(),
        }
    }
}

/// Puts the file, and looks on where that is asked.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    if let Some(domain) = &arguments.domain {
        check_domain(&target.catalog()?, domain)?;
    }
    deliver(target, &arguments.file, &arguments.key(), arguments.follow, json).await
}

/// Refuses a folder from which no dataset is read: a file in it would be set aside.
fn check_domain(catalog: &Catalog, domain: &str) -> Result<()> {
    let first = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let known: BTreeSet<String> = catalog.datasets.iter().map(|dataset| first(&dataset.prefix)).collect();
    if known.contains("") || known.contains(&first(domain.trim_start_matches('/'))) {
        return Ok(());
    }
    let suggestion = suggestion(domain, known.iter().map(String::as_str));
    Err(Error::UnknownDomain { domain: domain.to_owned(), suggestion })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_files_name_in_the_domains_folder() {
        let arguments = |domain: Option<&str>| Arguments {
            file: "/data/My file.xlsx".into(),
            key: None,
            domain: domain.map(str::to_owned),
            follow: false,
        };
        assert_eq!(arguments(None).key(), "My file.xlsx");
        assert_eq!(arguments(Some("healthtech/")).key(), "healthtech/My file.xlsx");
    }

    #[test]
    fn a_domain_that_no_dataset_is_dropped_in_is_refused_with_the_one_that_was_meant() {
        let catalog = Catalog::open(None).unwrap();
        assert!(check_domain(&catalog, "healthtech").is_ok());
        assert!(check_domain(&catalog, "billing/customer_account=10000001").is_ok());
        let told = check_domain(&catalog, "helthtech").unwrap_err().to_string();
        assert!(told.contains("did you mean `healthtech`"), "{told}");
    }
}
