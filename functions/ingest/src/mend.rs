//! Workbooks of rejects that a person has mended: of which batch, and from which file that batch was read.
//!
//! A mended row stands for the row of the first file that it came from. So the answer to such a drop is that file, read
//! again as a new batch, with the mended workbook named beside it.

use std::fs::File;
use std::ops::ControlFlow;

use rounds_shared::catalog::Dataset;
use rounds_shared::database::DatabaseError;
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::ledger;
use rounds_shared::manifest::MEND_COLUMNS;
use rounds_shared::payload::{Drop, FileFacts, Format, Mend, Part};
use rounds_shared::tabular::{self, Limits, Row, Unreadable};
use tokio_postgres::Client;

use crate::explain::drop_of;

/// Why a mended workbook cannot be used. The text goes on from the file's name.
#[derive(Debug, thiserror::Error)]
pub enum Unmendable {
    /// It cannot be read at all.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Its columns were moved, or something was written above them.
    #[error(
        "its columns _batch, _part, _row and _reason do not come first in row 1, as `rounds rejects` wrote them; put them \
         back, and change only the cells to the right of them"
    )]
    Moved,
    /// A row was added, or its lineage was emptied.
    #[error(
        "row {row} names no batch in the column _batch; take the row out, or write back what `rounds rejects` wrote there"
    )]
    NoBatch {
        /// The row's number.
        row: u64,
    },
    /// Rejects of several batches were put together.
    #[error("it holds rows of several batches; drop the mended rows of each in a workbook of their own")]
    SeveralBatches,
    /// The ledger has no such batch.
    #[error(
        "the ledger has no batch as its column _batch names it; keep that column as `rounds rejects` wrote it"
    )]
    UnknownBatch,
    /// The first file was deleted.
    #[error(
        "the file that its rows came from is not in the landing bucket any more; drop that file again, then mend the \
         rejects of its new batch"
    )]
    OriginalGone,
    /// The first file has another dataset by today's catalog.
    #[error(
        "the file that its rows came from is not read as {dataset} any more, as the catalog was changed; drop that file \
         again, then mend the rejects of its new batch"
    )]
    OtherDataset {
        /// The dataset that it was read as.
        dataset: String,
    },
}

impl Unmendable {
    /// The name that the state machine matches.
    #[must_use]
    pub fn name(&self) -> Name {
        match self {
            Self::Unreadable(reason) => reason.name(),
            Self::OriginalGone => Name::ObjectGone,
            _ => Name::UnknownBatch,
        }
    }
}

/// Whether a sheet with this first row holds mended rejects.
#[must_use]
pub fn is_header<T: AsRef<str>>(row: &[T]) -> bool {
    row.len() >= MEND_COLUMNS.len() && row.iter().zip(MEND_COLUMNS).all(|(cell, name)| cell.as_ref() == name)
}

/// Whether a row names the columns of mended rejects anywhere: no table of a clinic's does.
#[must_use]
pub fn is_like_header<T: AsRef<str>>(row: &[T]) -> bool {
    MEND_COLUMNS.iter().take(3).all(|name| row.iter().any(|cell| cell.as_ref() == *name))
}

/// The one batch that all rows of mended sheets name; other sheets of the workbook are left alone.
///
/// # Errors
/// [`Unmendable`] where the file cannot be read, has no such row, or its rows disagree.
pub fn batch(file: &mut File, format: Format, limits: &Limits) -> Result<String, Unmendable> {
    let mut named = Named::default();
    let mut sheet = Sheet::default();
    tabular::survey(file, format, limits, &mut |position, row| {
        if sheet.position != Some(position) {
            sheet = Sheet { position: Some(position), is_mended: is_header(&row.texts()) };
        } else if sheet.is_mended && named.fault.is_none() {
            named.take(row);
        }
        if sheet.is_mended { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match (named.fault, named.batch) {
        (Some(fault), _) => Err(fault),
        (None, Some(batch)) => Ok(batch),
        (None, None) => Err(Unreadable::Empty.into()),
    }
}

/// The sheet that is being read.
#[derive(Default)]
struct Sheet {
    position: Option<usize>,
    is_mended: bool,
}

/// The batch named so far, and what is wrong with it.
#[derive(Default)]
struct Named {
    batch: Option<String>,
    fault: Option<Unmendable>,
}

impl Named {
    fn take(&mut self, row: Row<'_>) {
        let name = row.cells.first().map(|cell| cell.as_text(row.epoch).into_owned()).unwrap_or_default();
        match &self.batch {
            _ if name.is_empty() => self.fault = Some(Unmendable::NoBatch { row: row.number }),
            None => self.batch = Some(name),
            Some(batch) if *batch != name => self.fault = Some(Unmendable::SeveralBatches),
            Some(_) => {}
        }
    }
}

/// What a batch was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The drop that brought it last.
    pub drop: Drop,
    /// SHA-256 of the content that was read.
    pub sha256: Option<String>,
    /// The batch's dataset.
    pub dataset: String,
    /// What was mended of that content and dataset before, in the order in which it came.
    pub mends: Vec<Mend>,
}

/// Asks the ledger what a batch was read from; none where it does not know the batch.
///
/// Of several drops of one content the last is meant: it holds the content's place in the order of drops.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn original(client: &Client, batch: &str) -> Result<Option<Original>, DatabaseError> {
    let brought = "
        SELECT d.*, b.sha256 AS content, dataset FROM ops.batch b JOIN ops.reading USING (batch, dataset)
        JOIN ops.drop d USING (bucket, key, version)
        WHERE batch = $1
        ORDER BY d.dropped_at DESC, length(d.sequencer) DESC, d.sequencer DESC LIMIT 1";
    let Some(row) = client.query_opt(brought, &[&batch]).await? else {
        return Ok(None);
    };
    let (sha256, dataset): (Option<String>, String) = (row.get("content"), row.get("dataset"));
    // Discarded mends are not mends; those of two people who mended the same batch at once are both kept.
    let mended = "
        SELECT mends::text FROM ops.batch WHERE sha256 = $1 AND dataset = $2 AND status <> 'discarded'
        ORDER BY settled_at, batch";
    let mut mends: Vec<Mend> = Vec::new();
    for row in client.query(mended, &[&sha256, &dataset]).await? {
        for mend in ledger::mends(row.get(0))? {
            if mends.iter().all(|known| known.sha256 != mend.sha256) {
                mends.push(mend);
            }
        }
    }
    Ok(Some(Original { drop: drop_of(&row), sha256, dataset, mends }))
}

/// The parts of `dataset` in the first file, of this key, as those of the batch that it is with all `mends` in it.
///
/// # Errors
/// [`Unmendable::OtherDataset`] where it has none.
pub fn replayed(
    dataset: &Dataset,
    key: &str,
    mut file: FileFacts,
    parts: Vec<Part>,
    mends: Vec<Mend>,
) -> Result<(FileFacts, Vec<Part>), Unmendable> {
    file.mends = mends;
    let batch = dataset.batch(&file.identity(), key);
    let of_dataset = parts.into_iter().filter(|part| part.dataset == dataset.name);
    let parts: Vec<Part> = of_dataset.map(|part| Part { batch: batch.clone(), ..part }).collect();
    if parts.is_empty() {
        return Err(Unmendable::OtherDataset { dataset: dataset.name.clone() });
    }
    Ok((file, parts))
}

#[cfg(test)]
#[path = "mend_tests.rs"]
mod tests;
