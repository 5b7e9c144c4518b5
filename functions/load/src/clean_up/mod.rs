//! Clean-up: rows that a contract keeps for some time only go to the archive, and then from their table.
//!
//! One object after another, each in a transaction under the dataset's lock: some rows are read, put to the archive as
//! Parquet, and read back from there. What was read back is compared with the table by PostgreSQL, value by value; the rows
//! that agree are deleted, and the ledger is written. So nothing is deleted that the archive does not hold, and whatever
//! breaks off leaves a row in the table, or in both.

mod archive;
mod due;
mod plan;
mod removal;

use std::collections::BTreeSet;

use jiff::civil::Date;
use rounds_shared::catalog::{Catalog, CleanUp, Dataset, Missing};
use rounds_shared::ledger;
use rounds_shared::payload::{CleanUpReceipt, CleanUpTask};
use rounds_shared::schema::{self, Link, links_from};
use tokio_postgres::Client;

use crate::curated::Objects;
use crate::error::Error;
use due::Chunk;
pub use plan::plan;

/// How much is done at a time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows of an object.
    pub rows: u32,
    /// Bytes of these rows in memory.
    pub bytes: usize,
    /// Objects of a call.
    pub objects: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 50_000, bytes: 64 << 20, objects: 20 }
    }
}

/// A table's clean-up under way.
struct Cleaning<'a> {
    catalog: &'a Catalog,
    dataset: &'a Dataset,
    rule: &'a CleanUp,
    as_of: Date,
    /// Rows of earlier days are due.
    before: Date,
}

/// Archives rows of a table that are due, and deletes them. Brings ledger and tables up to date first where they are not.
///
/// It may run any number of times, at once with itself and with loads, and break off anywhere: every row that was due is in
/// the table or in the archive. An object that was put by a run which broke off may hold rows that a later object holds too.
///
/// # Errors
/// See [`Error`]; what was deleted until then is archived, and stands in the ledger.
pub async fn clean_up<S: Objects>(
    client: &mut Client,
    catalog: &Catalog,
    task: &CleanUpTask,
    limits: Limits,
    lake: &S,
) -> Result<CleanUpReceipt, Error> {
    let cleaning = Cleaning::of(catalog, task)?;
    ledger::ensure(client).await?;
    schema::apply(client, catalog).await?;
    let mut receipt = CleanUpReceipt {
        dataset: task.dataset.clone(),
        before: cleaning.before,
        objects: 0,
        archived: 0,
        deleted: 0,
        referenced: due::referenced(client, &cleaning).await?,
        left: false,
    };
    let mut behind: Vec<String> = Vec::new();
    while receipt.objects < limits.objects {
        let Some(last) = cleaning.step(client, &behind, limits, lake, &mut receipt).await? else {
            return Ok(receipt);
        };
        behind = last;
    }
    // Where all of them stay, the next call would do no better.
    receipt.left = receipt.deleted > 0;
    Ok(receipt)
}

impl<'a> Cleaning<'a> {
    fn of(catalog: &'a Catalog, task: &CleanUpTask) -> Result<Self, Error> {
        let unknown = || Error::NoCleanUp { dataset: task.dataset.clone() };
        let dataset = catalog.dataset(&task.dataset).ok_or_else(unknown)?;
        let rule = dataset.clean_up.as_ref().ok_or_else(unknown)?;
        let before = rule.age.before(task.as_of);
        Ok(Self { catalog, dataset, rule, as_of: task.as_of, before })
    }

    /// Archives and deletes the rows of one object, of those that come after the key `behind`. Answers the key of the last
    /// row that it looked at; none where no row was due.
    async fn step<S: Objects>(
        &self,
        client: &mut Client,
        behind: &[String],
        limits: Limits,
        lake: &S,
        receipt: &mut CleanUpReceipt,
    ) -> Result<Option<Vec<String>>, Error> {
        let transaction = client.transaction().await?;
        for dataset in self.locked() {
            ledger::lock(&transaction, dataset).await?;
        }
        let columns = due::columns(&transaction, self.dataset).await?;
        let Some(chunk) = due::next(&transaction, self, &columns, behind, limits).await? else {
            return Ok(None);
        };
        let Chunk { frame, last } = chunk;
        let archived = u64::try_from(frame.height()).unwrap_or(u64::MAX);
        let object = archive::put(lake, self, frame).await?;
        let deleted = removal::remove(&transaction, self, &columns, &object, archived).await?;
        removal::record(&transaction, self, &object.key, archived, deleted, receipt.referenced).await?;
        transaction.commit().await?;
        receipt.objects += 1;
        receipt.archived += archived;
        receipt.deleted += deleted;
        Ok(Some(last))
    }

    /// The datasets whose tables are touched, sorted, as a load locks them. Whoever loads rows that refer to this dataset's
    /// takes its lock too.
    fn locked(&self) -> BTreeSet<&str> {
        let parents = self.with_placeholders().map(|link| link.parent.name.as_str());
        parents.chain([self.dataset.name.as_str()]).collect()
    }

    /// The references for which placeholders are made.
    fn with_placeholders(&self) -> impl Iterator<Item = Link<'a>> {
        let links = links_from(self.catalog, self.dataset).into_iter();
        links.filter(|link| link.missing == Missing::Placeholder)
    }
}
