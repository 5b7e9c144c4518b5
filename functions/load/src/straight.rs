//! Rows that go straight to their table: by COPY, without a staging table that holds them whole.
//!
//! So it is where no row there can be in their way. What has to be decided about them before, a staging table of the few
//! columns that decide it serves for.

use std::pin::pin;

use futures_util::StreamExt as _;
use rounds_shared::catalog::Dataset;
use rounds_shared::manifest::PartManifest;
use rounds_shared::schema::sql::qualified;
use rounds_shared::schema::{self, Link, links_from};

use crate::account::Account;
use crate::binary::Fields;
use crate::curated::{self, Objects};
use crate::error::Error;
use crate::load::{Incoming, Load};
use crate::{copy, merge, staging};

impl<S: Objects> Load<'_, S> {
    /// Whether the table takes any row: it is empty, or has no key. Rows that may be held, or may refer to others of their
    /// own table, are to be staged whole.
    pub(crate) async fn takes_rows_as_they_are(&self, dataset: &Dataset) -> Result<bool, Error> {
        let links = links_from(self.catalog, dataset);
        if schema::held::contract(dataset).is_some() || links.iter().any(Link::is_own) {
            return Ok(false);
        }
        if dataset.key.is_empty() {
            return Ok(true);
        }
        let empty = format!("SELECT NOT EXISTS (SELECT FROM {})", qualified(&dataset.name));
        Ok(self.transaction.query_one(&empty, &[]).await?.get(0))
    }

    /// Copies the batch's rows to the table, in the place of those that they replace and without those that are left out.
    pub(crate) async fn copy_straight(
        &self,
        incoming: &Incoming<'_>,
        account: &Account<'_>,
        lacking: &[i64],
    ) -> Result<(), Error> {
        let Incoming { dataset, batch, parts, .. } = incoming;
        if let Some(statement) = merge::delete(incoming) {
            self.transaction.execute(&statement, &[]).await?;
        }
        let indexes = self.take_indexes(dataset, account.counts.loaded).await?;
        let mut objects = pin!(curated::objects(self.lake, parts));
        let mut copied = 0;
        for part in parts.iter().filter(|part| !part.objects.is_empty()) {
            let left_out = if lacking.contains(&i64::from(part.index)) {
                self.left_out(incoming, part, "").await?
            } else {
                Vec::new()
            };
            let fields = Fields { columns: staging::whole(dataset), part: false, left_out };
            let of_part = objects.as_mut().take(part.objects.len());
            copied += copy::copy(self.transaction, &qualified(&dataset.name), fields, of_part).await?;
        }
        if copied != account.counts.loaded {
            return Err(Error::disagreement(batch, "PostgreSQL counted other rows than its manifests"));
        }
        for index in indexes {
            self.transaction.batch_execute(&index).await?;
        }
        Ok(())
    }

    /// The parts of which rows are left out, in order.
    pub(crate) async fn lacking(
        &self,
        incoming: &Incoming<'_>,
        account: &Account<'_>,
    ) -> Result<Vec<i64>, Error> {
        let Incoming { parts, staged, .. } = incoming;
        if account.counts.loaded == parts.iter().map(|part| part.counts.kept).sum::<u64>() {
            return Ok(Vec::new());
        }
        let lacking = format!("SELECT DISTINCT _part FROM {staged}_out ORDER BY _part");
        Ok(self.transaction.query(&lacking, &[]).await?.iter().map(|row| row.get(0)).collect())
    }

    /// Numbers of the rows of a part that are left out, sorted.
    pub(crate) async fn left_out(
        &self,
        incoming: &Incoming<'_>,
        part: &PartManifest,
        and: &str,
    ) -> Result<Vec<i64>, Error> {
        let rows = format!("SELECT _row FROM {}_out WHERE _part = $1{and} ORDER BY _row", incoming.staged);
        let rows = self.transaction.query(&rows, &[&i64::from(part.index)]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}
