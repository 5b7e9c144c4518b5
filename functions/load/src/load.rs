//! The load of a drop: one transaction from the locks to the ledger.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::catalog::{Catalog, Dataset};
use rounds_shared::ledger::{self, DropStatus};
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{
    BatchCounts, Drop, Finding, LoadOutcome, LoadReceipt, LoadRef, LoadRequest, LoadResponse, Severity,
    TransformResponse,
};
use tokio_postgres::{Client, Transaction};

use crate::curated::{self, Source};
use crate::error::Error;
use crate::order::{self, Decision};
use crate::sql::{links_from, links_to};
use crate::{account, merge, placeholder, schema, staging};

/// What a file brings for one dataset.
struct Incoming<'a> {
    dataset: &'a Dataset,
    batch: String,
    /// In order of their position.
    parts: Vec<PartManifest>,
}

/// Loads a drop, of all its datasets or none. Brings ledger and tables up to date first where they are not.
///
/// It may run any number of times, at once with itself and with other drops, and break off anywhere: the outcome is the
/// same. When the answer to COMMIT is lost, the next run finds the drop already loaded.
///
/// # Errors
/// See [`Error`]; whatever it is, nothing of the load is in the database.
pub async fn load<S: Source>(
    client: &mut Client,
    catalog: &Catalog,
    request: &LoadRequest,
    source: &S,
) -> Result<LoadResponse, Error> {
    ledger::ensure(client).await?;
    schema::apply(client, catalog).await?;
    let incoming = incoming(catalog, request, source).await?;
    // The ledger's loads refer to the drop. Written down on its own, its row is not locked while rows are copied, so that
    // ingest and the settling of failures need not wait.
    ledger::record_drop(client, &request.drop, &request.file, DropStatus::Seen).await?;
    let transaction = client.transaction().await?;
    for dataset in concerned(catalog, &incoming) {
        ledger::lock(&transaction, dataset).await?;
    }
    let mut loads = Vec::with_capacity(incoming.len());
    for (index, incoming) in incoming.iter().enumerate() {
        let staged = format!("staged_{index}");
        loads.push(settle(&transaction, catalog, &request.drop, incoming, source, &staged).await?);
    }
    let outcome = loads.iter().map(|load| load.outcome).min().unwrap_or(LoadOutcome::AlreadyLoaded);
    let status = match outcome {
        LoadOutcome::Loaded => DropStatus::Loaded,
        LoadOutcome::AlreadyLoaded => DropStatus::AlreadyLoaded,
        LoadOutcome::Overtaken => DropStatus::Overtaken,
    };
    ledger::record_drop(&transaction, &request.drop, &request.file, status).await?;
    transaction.commit().await?;
    Ok(LoadResponse { outcome, loads })
}

/// The parts by dataset, parents first, each with its manifest.
async fn incoming<'a, S: Source>(
    catalog: &'a Catalog,
    request: &LoadRequest,
    source: &S,
) -> Result<Vec<Incoming<'a>>, Error> {
    let mut parts: BTreeMap<&str, Vec<&TransformResponse>> = BTreeMap::new();
    for part in &request.parts {
        let other = || Error::OtherCatalog { dataset: part.dataset.clone() };
        let dataset = catalog.dataset(&part.dataset).ok_or_else(other)?;
        if dataset.batch(&request.file.sha256) != part.batch {
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
        let batch = dataset.batch(&request.file.sha256);
        if parts.windows(2).any(|pair| matches!(pair, [a, b] if a.index == b.index)) {
            return Err(Error::disagreement(&batch, "two of its parts have the same position"));
        }
        let mut manifests = Vec::with_capacity(parts.len());
        for part in parts {
            manifests.push(curated::manifest(source, part).await?);
        }
        all.push(Incoming { dataset, batch, parts: manifests });
    }
    Ok(all)
}

/// The datasets whose tables this load may touch: its own, those that they refer to (placeholders come and go), and those
/// that refer to them (which keep rows in place). Sorted: everybody locks in this order.
fn concerned<'a>(catalog: &'a Catalog, incoming: &[Incoming<'a>]) -> BTreeSet<&'a str> {
    let related = incoming.iter().flat_map(|incoming| {
        let parents = links_from(catalog, incoming.dataset).into_iter().map(|link| link.parent.name.as_str());
        let children = links_to(catalog, incoming.dataset).into_iter().map(|link| link.child.name.as_str());
        parents.chain(children).chain([incoming.dataset.name.as_str()])
    });
    related.collect()
}

/// Decides about one dataset's batch and does what was decided.
async fn settle<S: Source>(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    drop: &Drop,
    incoming: &Incoming<'_>,
    source: &S,
    staged: &str,
) -> Result<LoadReceipt, Error> {
    let Incoming { dataset, batch, .. } = incoming;
    let standing = ledger::standing(transaction, &dataset.name).await?;
    let loaded_before = ledger::made_by(transaction, drop, &dataset.name, batch).await?;
    let (load, outcome) = match order::decide(drop, batch, standing, loaded_before) {
        Decision::Load => {
            let load = replace(transaction, catalog, drop, incoming, source, staged).await?;
            (load, LoadOutcome::Loaded)
        }
        Decision::Stands(load) => {
            ledger::confirm(transaction, drop, load.load).await?;
            (load, LoadOutcome::AlreadyLoaded)
        }
        Decision::LoadedBefore(load) => (load, LoadOutcome::AlreadyLoaded),
        Decision::Overtaken(load) => {
            let (mut counts, findings) = account_of(incoming);
            counts.superseded += std::mem::take(&mut counts.loaded);
            let outcome = LoadOutcome::Overtaken;
            account::batch(transaction, dataset, batch, outcome, &counts, &findings).await?;
            (load, outcome)
        }
    };
    account::receipt(transaction, batch, load, outcome).await
}

/// Makes the batch the dataset's content.
async fn replace<S: Source>(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    drop: &Drop,
    incoming: &Incoming<'_>,
    source: &S,
    staged: &str,
) -> Result<LoadRef, Error> {
    let Incoming { dataset, batch, parts } = incoming;
    let (mut counts, mut findings) = account_of(incoming);
    if counts.loaded == 0 {
        return Err(no_usable_rows(drop, dataset, counts.read, findings));
    }
    transaction.batch_execute(&staging::create(dataset, staged)).await?;
    if staging::copy(transaction, source, dataset, parts, staged).await? != counts.loaded {
        return Err(Error::disagreement(batch, "PostgreSQL counted other rows than its manifests"));
    }
    if parts.len() > 1 {
        let statement = staging::supersede(dataset, staged, Finding::PLACES);
        if let Some(superseded) = noticed(transaction, &statement, "superseded", None, Severity::Info).await?
        {
            counts.loaded -= superseded.count;
            counts.superseded += superseded.count;
            findings.push(superseded);
        }
    }
    // Without statistics, the planner takes a temporary table for a small one.
    transaction.batch_execute(&format!("ANALYZE {staged}")).await?;
    let links = links_from(catalog, dataset);
    for link in &links {
        transaction.execute(&placeholder::make(link, staged), &[]).await?;
    }
    transaction.execute(&merge::merge(catalog, dataset, staged), &[]).await?;
    for link in &links {
        let statement = placeholder::count(link, staged, Finding::PLACES);
        let column = Some(link.column.name.clone());
        findings.extend(noticed(transaction, &statement, "unknown_reference", column, Severity::Warn).await?);
        transaction.execute(&placeholder::sweep(link.parent, &links_to(catalog, link.parent)), &[]).await?;
    }
    account::batch(transaction, dataset, batch, LoadOutcome::Loaded, &counts, &findings).await?;
    account::load(transaction, dataset, batch, drop).await
}

/// The finding that a statement answers with a count and the first places; none for a count of 0.
async fn noticed(
    transaction: &Transaction<'_>,
    statement: &str,
    rule: &str,
    column: Option<String>,
    severity: Severity,
) -> Result<Option<Finding>, Error> {
    let row = transaction.query_one(statement, &[]).await?;
    let count = row.get::<_, i64>(0).unsigned_abs();
    let at = row.get::<_, Vec<i64>>(1).into_iter().map(i64::unsigned_abs).collect();
    Ok((count > 0).then(|| Finding { rule: rule.to_owned(), column, severity, count, at }))
}

fn no_usable_rows(drop: &Drop, dataset: &Dataset, read: u64, mut findings: Vec<Finding>) -> Error {
    findings.retain(|finding| finding.severity == Severity::Reject);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.count));
    let reason = |finding: &Finding| {
        let Finding { rule, column, count, .. } = finding;
        column.as_ref().map_or(format!("{count} {rule}"), |column| format!("{count} {rule} in {column}"))
    };
    Error::NoUsableRows {
        file: drop.file_name().to_owned(),
        dataset: dataset.name.clone(),
        read,
        reasons: match findings.as_slice() {
            [] => "there are none".to_owned(),
            findings => findings.iter().take(3).map(reason).collect::<Vec<_>>().join(", "),
        },
    }
}

/// The batch's rows and findings as the transforms counted them; rows that they kept count as loaded.
fn account_of(incoming: &Incoming<'_>) -> (BatchCounts, Vec<Finding>) {
    let mut counts = BatchCounts::default();
    for part in &incoming.parts {
        counts.read += part.counts.read;
        counts.loaded += part.counts.kept;
        counts.rejected += part.counts.rejected;
        counts.superseded += part.counts.superseded;
    }
    (counts, incoming.parts.iter().flat_map(|part| part.findings.iter().cloned()).collect())
}
