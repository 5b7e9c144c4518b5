//! Held rows move to their tables, and what was loaded goes to the lake.

use rounds_shared::catalog::{Dataset, Missing};
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::Severity;
use rounds_shared::schema::{self, links_from};

use crate::curated::{self, Objects};
use crate::error::Error;
use crate::lake::Places;
use crate::load::{Incoming, Load};
use crate::{held, lake, merge};

impl<S: Objects> Load<'_, S> {
    /// Moves the rows that waited for rows of this dataset, those that waited for them, and so on.
    pub(crate) async fn release(&self, brought: &Dataset) -> Result<(), Error> {
        let mut parents = vec![brought];
        while let Some(parent) = parents.pop() {
            for child in held::waiting_for(self.catalog, parent) {
                if self.release_of(child).await? {
                    parents.push(child);
                }
            }
        }
        Ok(())
    }

    /// Moves the held rows of a dataset that have all they refer to. Whether there were any.
    async fn release_of(&self, dataset: &Dataset) -> Result<bool, Error> {
        let Some(held) = schema::held::contract(dataset) else {
            return Ok(false);
        };
        let [table, release] = held::release(&links_from(self.catalog, dataset), &held);
        self.transaction.batch_execute(&table).await?;
        let released = self.transaction.execute(&release, &[]).await? > 0;
        if released {
            self.make_placeholders(dataset, "released").await?;
            self.transaction.execute(&merge::add(dataset, "released"), &[]).await?;
            self.transaction.execute(held::COUNT_RELEASED, &[]).await?;
            for place in self.transaction.query(held::PLACES_RELEASED, &[]).await? {
                let (batch, part, rows): (String, i64, Vec<i64>) = (place.get(0), place.get(1), place.get(2));
                let part = u32::try_from(part)
                    .map_err(|_| Error::disagreement(&batch, "a held row is of no part of it"))?;
                let manifest = curated::manifest(self.lake, &PartManifest::key(&batch, part)).await?;
                lake::add(self.lake, &manifest, &rows).await?;
            }
        }
        self.transaction.batch_execute("DROP TABLE released").await?;
        Ok(released)
    }

    /// Puts the rows to the lake that are loaded: parts as they are, or, where they are `lacking` rows, without these.
    pub(crate) async fn put_to_lake(&self, incoming: &Incoming<'_>, lacking: &[i64]) -> Result<(), Error> {
        let Incoming { parts, .. } = incoming;
        let (lacking, whole): (Vec<&PartManifest>, Vec<&PartManifest>) =
            parts.iter().partition(|part| lacking.binary_search(&i64::from(part.index)).is_ok());
        lake::copy(self.lake, &whole).await?;
        let left_out = self.places(incoming, &lacking, "").await?;
        lake::put_without(self.lake, &lacking, &left_out).await?;
        if rejects(incoming.dataset, parts.len()) {
            // Of each part, also where there are none: an earlier load of the batch may have found some.
            let parts: Vec<&PartManifest> = parts.iter().collect();
            let refused = self.places(incoming, &parts, " AND rejected").await?;
            lake::put_refused(self.lake, &parts, &refused).await?;
        }
        Ok(())
    }

    /// The rows of some parts that are left out.
    async fn places(
        &self,
        incoming: &Incoming<'_>,
        parts: &[&PartManifest],
        and: &str,
    ) -> Result<Places, Error> {
        let mut places = Places::new();
        for part in parts {
            places.insert(part.index, self.left_out(incoming, part, and).await?.into());
        }
        Ok(places)
    }
}

/// Whether a load can reject rows of such a dataset: those that refer to what is not there, and those that repeat a value
/// of another part.
fn rejects(dataset: &Dataset, parts: usize) -> bool {
    dataset.columns.iter().any(|column| {
        let refuses = column.references.as_ref().is_some_and(|to| to.missing == Missing::Reject);
        refuses || (column.unique && column.severity == Severity::Reject && parts > 1)
    })
}
