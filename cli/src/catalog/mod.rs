//! The catalog, looked at without a deployment.

mod trial;

use std::path::PathBuf;

use rounds_shared::catalog::{Catalog, CatalogError, Files, Mistakes};

use crate::checkout::Checkout;
use crate::error::Result;
use crate::local::scratch::Scratch;
use crate::local::state::StateFolder;
use crate::terminal::{Step, say};

/// What to do with the catalog.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check every file, and prepare every view and query in an empty database: each mistake is shown with file, line
    /// and a way out.
    Check {
        /// The catalog's folder [default: `catalog` in the checkout].
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// Runs a `rounds catalog` command. The database is one of the stack in `stack` where that runs.
pub(crate) async fn run(command: Command, checkout: &Checkout, stack: &StateFolder) -> Result<()> {
    let Command::Check { dir } = command;
    let folder = dir.unwrap_or_else(|| checkout.catalog());
    let files = Files::read(&folder)?;
    let catalog = Catalog::from_files(&files).map_err(CatalogError::from)?;
    let scratch = Scratch::open(checkout, stack)?;
    let step = Step::start("Views and queries, in an empty database");
    let tried = scratch.work(async |client| Ok(trial::mistakes(client, &files, &catalog).await?));
    let mistakes = tried.await?;
    step.done("tried");
    if !mistakes.is_empty() {
        return Err(CatalogError::from(Mistakes(mistakes)).into());
    }
    let Catalog { datasets, views, functions, reports, dashboards, .. } = &catalog;
    let [datasets, views, functions, reports, dashboards] = [
        (datasets.len(), "dataset"),
        (views.len(), "view"),
        (functions.len(), "function"),
        (reports.len(), "report"),
        (dashboards.len(), "dashboard"),
    ]
    .map(|(number, what)| format!("{number} {what}{}", if number == 1 { "" } else { "s" }));
    say(format!(
        "{}: in order, with {datasets}, {views}, {functions}, {reports} and {dashboards}",
        folder.display()
    ));
    Ok(())
}
