//! The load of a drop: one transaction from the locks to the ledger.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::catalog::{Catalog, Dataset};
use rounds_shared::fail_point;
use rounds_shared::ledger::{self, DropStatus};
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{
    BatchCounts, LoadOutcome, LoadReceipt, LoadRequest, LoadResponse, TransformResponse,
};
use rounds_shared::schema::sql::{identifier, literal};
use rounds_shared::schema::{self, links_from, links_to};
use tokio_postgres::{Client, Transaction};

use crate::curated::{self, Objects};
use crate::decision::Word;
use crate::error::Error;
use crate::held;

/// Bytes of JSON of the findings that an answer tells, of all datasets together: a finding names its sheet, and the state
/// machine passes on 256 KiB at the most.
const FINDINGS_BYTES: usize = 64 << 10;

/// A load under way: what all datasets of a drop have in common.
pub(crate) struct Load<'a, S> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) catalog: &'a Catalog,
    pub(crate) request: &'a LoadRequest,
    pub(crate) lake: &'a S,
}

/// What a file brings for one dataset.
pub(crate) struct Incoming<'a> {
    pub(crate) dataset: &'a Dataset,
    /// Whose rows the file is the content of, where the dataset has scopes.
    pub(crate) scope: Option<&'a str>,
    pub(crate) batch: String,
    /// In order of their position.
    pub(crate) parts: Vec<PartManifest>,
    /// Name of the batch's staging table.
    pub(crate) staged: String,
}

impl Incoming<'_> {
    /// Whether the batch may become content: it brings rows, or had none to bring and the contract takes that for content.
    pub(crate) fn is_usable(&self, counts: &BatchCounts) -> bool {
        counts.loaded > 0 || (counts.read == 0 && self.dataset.loads_empty)
    }

    /// The condition, to be added to others, that `row` is of what the file replaces as a whole.
    pub(crate) fn in_scope(&self, row: &str) -> String {
        let column = self.dataset.scope_column().zip(self.scope);
        column.map_or(String::new(), |(column, value)| {
            format!(" AND {row}.{} = {}", identifier(&column.name), literal(value))
        })
    }
}

/// Loads a drop, of all its datasets or none. Brings ledger and tables up to date first where they are not.
///
/// It may run any number of times, at once with itself and with other drops, and break off anywhere: the outcome is the
/// same. When the answer to COMMIT is lost, the next run finds the drop already loaded.
///
/// # Errors
/// See [`Error`]; whatever it is, nothing of the load is in the database.
pub async fn load<S: Objects>(
    client: &mut Client,
    catalog: &Catalog,
    request: &LoadRequest,
    lake: &S,
) -> Result<LoadResponse, Error> {
    let prepare = async {
        ledger::ensure(client).await?;
        Ok::<(), Error>(schema::apply(client, catalog).await?)
    };
    let (prepared, incoming) = tokio::join!(prepare, incoming(catalog, request, lake));
    prepared?;
    let incoming = incoming?;
    // The ledger's loads refer to the drop. Written down on its own, its row is not locked while rows are copied, so that
    // ingest and the settling of failures need not wait.
    ledger::record_drop(client, &request.drop, &request.file, DropStatus::Seen).await?;
    let transaction = client.transaction().await?;
    for dataset in concerned(catalog, &incoming) {
        ledger::lock(&transaction, dataset).await?;
    }
    let load = Load { transaction: &transaction, catalog, request, lake };
    let mut loads = Vec::with_capacity(incoming.len());
    match load.hear(&incoming).await? {
        Word::End(receipt) => loads.push(receipt),
        Word::GoOn => {
            for incoming in &incoming {
                loads.push(load.settle(incoming).await?);
            }
        }
    }
    let outcome = loads.iter().map(|load| load.outcome).min().unwrap_or(LoadOutcome::AlreadyLoaded);
    record_drops(&transaction, request, outcome).await?;
    fail_point("load.recorded");
    transaction.commit().await?;
    fail_point("load.committed");
    shorten(&mut loads);
    Ok(LoadResponse { outcome, loads })
}

/// Keeps as many findings of each receipt as fit into the answer; the ledger has them all.
fn shorten(loads: &mut [LoadReceipt]) {
    let room = FINDINGS_BYTES / loads.len().max(1);
    for receipt in loads {
        let sizes = receipt
            .findings
            .iter()
            .map(|finding| serde_json::to_string(finding).map_or(room, |json| json.len()));
        let ends = sizes.scan(0_usize, |end, size| {
            *end = end.saturating_add(size);
            Some(*end)
        });
        let fitting = ends.take_while(|end| *end <= room).count();
        receipt.findings.truncate(fitting);
    }
}

/// Writes down how the drop ended, and with it the drops of the workbooks that it was mended with.
async fn record_drops(
    transaction: &Transaction<'_>,
    request: &LoadRequest,
    outcome: LoadOutcome,
) -> Result<(), Error> {
    let status = match outcome {
        LoadOutcome::Loaded => DropStatus::Loaded,
        LoadOutcome::AlreadyLoaded => DropStatus::AlreadyLoaded,
        LoadOutcome::HeldBack => DropStatus::HeldBack,
        LoadOutcome::Overtaken => DropStatus::Overtaken,
        LoadOutcome::Discarded => DropStatus::Discarded,
    };
    ledger::record_drop(transaction, &request.drop, &request.file, status).await?;
    for mend in &request.file.mends {
        ledger::record_mend(transaction, mend, status).await?;
    }
    Ok(())
}

/// The parts by dataset, parents first, each with its manifest.
async fn incoming<'a, S: Objects>(
    catalog: &'a Catalog,
    request: &'a LoadRequest,
    lake: &S,
) -> Result<Vec<Incoming<'a>>, Error> {
    let identity = request.file.identity();
    let mut parts: BTreeMap<&str, Vec<&TransformResponse>> = BTreeMap::new();
    for part in &request.parts {
        let other = || Error::OtherCatalog { dataset: part.dataset.clone() };
        let dataset = catalog.dataset(&part.dataset).ok_or_else(other)?;
        if dataset.batch(&identity, &request.drop.key) != part.batch {
            return Err(other());
        }
        parts.entry(&dataset.name).or_default().push(part);
    }
    if parts.is_empty() {
        return Err(Error::disagreement(&request.drop.key, "the payload lists no parts of it"));
    }
    let mut all = Vec::with_capacity(parts.len());
    for dataset in &catalog.datasets {
        let Some(mut parts) = parts.remove(dataset.name.as_str()) else {
            continue;
        };
        parts.sort_by_key(|part| part.index);
        let batch = dataset.batch(&identity, &request.drop.key);
        if parts.windows(2).any(|pair| matches!(pair, [a, b] if a.index == b.index)) {
            return Err(Error::disagreement(&batch, "two of its parts have the same position"));
        }
        let parts = curated::manifests(lake, &parts).await?;
        let scope = dataset.scope(&request.drop.key);
        if dataset.scope_column().is_some() && scope.is_none() {
            return Err(Error::disagreement(&batch, "its drop's key does not say whose rows it brings"));
        }
        all.push(Incoming { dataset, scope, batch, parts, staged: format!("staged_{}", all.len()) });
    }
    Ok(all)
}

/// The datasets whose tables this load may touch: its own and those whose held rows these release, each with those that
/// it refers to (placeholders come and go) and those that refer to it (which keep rows in place). Sorted: everybody locks
/// in this order.
fn concerned<'a>(catalog: &'a Catalog, incoming: &[Incoming<'a>]) -> BTreeSet<&'a str> {
    let mut changing: Vec<&Dataset> = incoming.iter().map(|incoming| incoming.dataset).collect();
    let mut next = 0;
    while let Some(&dataset) = changing.get(next) {
        for waiting in held::waiting_for(catalog, dataset) {
            if !changing.iter().any(|known| known.name == waiting.name) {
                changing.push(waiting);
            }
        }
        next += 1;
    }
    let related = changing.into_iter().flat_map(|dataset| {
        let parents = links_from(catalog, dataset).into_iter().map(|link| link.parent.name.as_str());
        let children = links_to(catalog, dataset).into_iter().map(|link| link.child.name.as_str());
        parents.chain(children).chain([dataset.name.as_str()])
    });
    related.collect()
}

#[cfg(test)]
mod tests {
    use rounds_shared::payload::{Finding, LoadRef, Severity};

    use super::*;

    #[test]
    fn what_an_answer_tells_of_many_datasets_with_long_names_stays_small() {
        let finding = |count| Finding {
            rule: "not_a_date".to_owned(),
            sheet: Some("s".repeat(1_000)),
            column: None,
            severity: Severity::Reject,
            count,
            at: vec![2, 3, 4],
        };
        let receipt = |load| LoadReceipt {
            load: LoadRef { dataset: "billing.charges".to_owned(), batch: "00".repeat(16), load },
            outcome: LoadOutcome::Loaded,
            counts: BatchCounts::default(),
            findings: (0..50).map(|place| finding(50 - place)).collect(),
        };
        let mut loads: Vec<LoadReceipt> = (0..13).map(receipt).collect();
        shorten(&mut loads);
        assert!(serde_json::to_string(&loads).unwrap().len() < 80_000);
        assert!(
            loads.iter().all(|load| load.findings[0].count == 50 && load.findings.len() > 3),
            "the most frequent first"
        );
        let mut short = [LoadReceipt { findings: vec![finding(1)], ..receipt(0) }];
        shorten(&mut short);
        assert_eq!(short[0].findings.len(), 1);
    }
}
