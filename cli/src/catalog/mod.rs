//! The catalog, looked at without a deployment.

mod listing;
mod trial;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rounds_shared::catalog::{Catalog, CatalogError, Mistake, Mistakes, suggestion};
use serde_json::json;

use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::local::catalog::{Checked, read};
use crate::local::scratch::Scratch;
use crate::local::state::StateFolder;
use crate::terminal::{Step, say};
use listing::{Entry, TABLE, entries};

/// What to do with the catalog.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check every file, and prepare every view and query in an empty database: each mistake is shown with file, line
    /// and a way out.
    Check {
        /// The catalog's folder [default: `catalog` in the checkout].
        #[arg(long, value_name = "DIR")]
        catalog: Option<PathBuf>,
    },
    /// List datasets, views, reports and dashboards.
    List {
        /// The catalog's folder [default: `catalog` in the checkout].
        #[arg(long, value_name = "DIR")]
        catalog: Option<PathBuf>,
    },
    /// Tell of one of them what it reads, what reads it, and of a dataset its columns.
    Explain {
        /// Its name, such as mis.appointments.
        name: String,
        /// The catalog's folder [default: `catalog` in the checkout].
        #[arg(long, value_name = "DIR")]
        catalog: Option<PathBuf>,
    },
}

/// Runs a `rounds catalog` command. The database of a check is one of the stack in `stack` where that runs.
pub(crate) async fn run(
    command: Command,
    checkout: Result<Checkout>,
    stack: Option<&StateFolder>,
    json: bool,
) -> Result<ExitCode> {
    match command {
        Command::Check { catalog } => {
            let checkout = checkout?;
            let folder = catalog.unwrap_or_else(|| checkout.catalog());
            let done = check(&folder, &checkout, stack.ok_or(Error::StackDown)?).await;
            return show_checked(&folder, done, json);
        }
        Command::List { catalog } => {
            let catalog = open(catalog, checkout)?;
            let entries = entries(&catalog);
            if json {
                entries.iter().for_each(|entry| say(entry.as_json().to_string()));
            } else {
                TABLE.say(&entries.iter().map(Entry::row).collect::<Vec<_>>());
                say("\n  next      rounds catalog explain NAME");
            }
        }
        Command::Explain { name, catalog } => {
            let catalog = open(catalog, checkout)?;
            let entries = entries(&catalog);
            // A view and a report that sends it may have one name.
            let named: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.name == name).collect();
            if named.is_empty() {
                let suggestion = suggestion(&name, entries.iter().map(|entry| entry.name));
                return Err(Error::UnknownEntry { name, suggestion });
            }
            for entry in named {
                let readers = entry.readers(&entries);
                say(match json {
                    true => entry.whole(&catalog, &readers).to_string(),
                    false => entry.tell(&catalog, &readers),
                });
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The catalog in a folder, or else that of the checkout, or else the one that this program was built with.
fn open(named: Option<PathBuf>, checkout: Result<Checkout>) -> Result<Catalog> {
    match named.or_else(|| checkout.ok().map(|checkout| checkout.catalog())) {
        Some(folder) => Catalog::open(Some(&folder)).map_err(Error::catalog(&folder)),
        None => Ok(Catalog::open(None)?),
    }
}

fn show_checked(folder: &Path, checked: Result<Catalog>, json: bool) -> Result<ExitCode> {
    match checked {
        Ok(catalog) => say(tell(folder, &catalog, json)),
        Err(Error::Catalog { error: CatalogError::Mistakes(mistakes), .. }) if json => {
            let told = mistakes.0.iter().map(|Mistake { file, line, message }| {
                json!({"file": folder.join(file), "line": line, "message": message})
            });
            say(json!({"folder": folder, "mistakes": told.collect::<Vec<_>>()}).to_string());
            return Ok(ExitCode::from(2));
        }
        Err(error) => return Err(error),
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(folder: &Path, checkout: &Checkout, stack: &StateFolder) -> Result<Catalog> {
    let Checked { catalog, files } = read(folder)?;
    let scratch = Scratch::open(checkout, stack).await?;
    let step = Step::start("Views and queries, in an empty database");
    let tried = scratch.work(async |client| Ok(trial::mistakes(client, &files, &catalog).await?));
    let mistakes = tried.await?;
    step.done("tried");
    if mistakes.is_empty() { Ok(catalog) } else { Err(Error::catalog(folder)(Mistakes(mistakes).into())) }
}

fn tell(folder: &Path, catalog: &Catalog, json: bool) -> String {
    let Catalog { datasets, views, functions, reports, dashboards, .. } = catalog;
    let counted = [
        (datasets.len(), "dataset"),
        (views.len(), "view"),
        (functions.len(), "function"),
        (reports.len(), "report"),
        (dashboards.len(), "dashboard"),
    ];
    if json {
        let counted: BTreeMap<String, usize> =
            counted.into_iter().map(|(number, what)| (format!("{what}s"), number)).collect();
        return json!({"folder": folder, "mistakes": [], "counts": counted}).to_string();
    }
    let [datasets, views, functions, reports, dashboards] =
        counted.map(|(number, what)| format!("{number} {what}{}", if number == 1 { "" } else { "s" }));
    format!(
        "{}: in order, with {datasets}, {views}, {functions}, {reports} and {dashboards}\n  next      rounds local up, which \
         deploys it; then drop a file",
        folder.display()
    )
}
