//! The catalog, looked at without a stack.

use std::path::PathBuf;

use rounds_shared::catalog::Catalog;

use crate::checkout::Checkout;
use crate::error::Result;
use crate::terminal::say;

/// What to do with the catalog.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check every file: each mistake is shown with file, line and a way out.
    Check {
        /// The catalog's folder [default: `catalog` in the checkout].
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// Runs a `rounds catalog` command.
pub(crate) fn run(command: Command, checkout: Result<Checkout>) -> Result<()> {
    let Command::Check { dir } = command;
    let folder = match dir {
        Some(folder) => folder,
        None => checkout?.catalog(),
    };
    let Catalog { datasets, views, reports, .. } = Catalog::open(Some(&folder))?;
    say(format!(
        "{}: in order, with {} datasets, {} views and {} reports",
        folder.display(),
        datasets.len(),
        views.len(),
        reports.len()
    ));
    Ok(())
}
