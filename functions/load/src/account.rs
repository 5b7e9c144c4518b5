//! A load's entries in the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rounds_shared::catalog::Dataset;
use rounds_shared::payload::{
    BatchCounts, Drop, FileFacts, Finding, LoadOutcome, LoadReceipt, LoadRef, Severity,
};
use tokio_postgres::types::Type;
use tokio_postgres::{GenericClient, Row, Transaction};

use crate::error::Error;
use crate::load::Incoming;

/// The account of a batch while it is drawn up.
pub struct Account<'a> {
    /// The file that the batch was read from.
    pub file: &'a FileFacts,
    /// Its rows.
    pub counts: BatchCounts,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// Whether an operator decided about it just now.
    pub decided: bool,
}

impl Account<'_> {
    /// Notes what was found of rows that are not loaded after all, and counts them elsewhere; answers how many.
    pub(crate) fn leave_out(
        &mut self,
        findings: Vec<Finding>,
        to: for<'c> fn(&'c mut BatchCounts) -> &'c mut u64,
    ) -> u64 {
        let rows = findings.iter().map(|finding| finding.count).sum();
        self.findings.extend(findings);
        self.counts.loaded = self.counts.loaded.saturating_sub(rows);
        *to(&mut self.counts) += rows;
        rows
    }
}

/// How a batch ended, if the ledger knows it, as `ops.batch` has it.
///
/// # Errors
/// See [`Error::Database`].
pub async fn status<C: GenericClient>(client: &C, batch: &str) -> Result<Option<String>, Error> {
    let known = client.query_opt("SELECT status FROM ops.batch WHERE batch = $1", &[&batch]).await?;
    Ok(known.map(|row| row.get(0)))
}

/// How many rows were read of a batch.
///
/// # Errors
/// See [`Error::Database`].
pub async fn rows_read<C: GenericClient>(client: &C, batch: &str) -> Result<Option<u64>, Error> {
    let known = client.query_opt("SELECT read FROM ops.batch WHERE batch = $1", &[&batch]).await?;
    Ok(known.map(|row| unsigned(&row, 0)))
}

/// Writes the account of a batch: its counts, which the ledger checks, and its findings. A batch that was loaded or
/// discarded stays so when the same content arrives late another time.
///
/// # Errors
/// [`Error::Database`] where the counts do not add up.
pub(crate) async fn batch(
    transaction: &Transaction<'_>,
    incoming: &Incoming<'_>,
    outcome: LoadOutcome,
    account: &Account<'_>,
) -> Result<(), Error> {
    let Incoming { dataset, scope, batch, .. } = incoming;
    let scope = scope.unwrap_or_default();
    let status = match outcome {
        LoadOutcome::Loaded | LoadOutcome::AlreadyLoaded => "loaded",
        LoadOutcome::Overtaken => "overtaken",
        LoadOutcome::HeldBack => "held_back",
        LoadOutcome::Discarded => "discarded",
    };
    let first = "
        SELECT batch FROM ops.batch
        WHERE dataset = $1 AND scope = $2 AND sha256 = $3 AND replay_of IS NULL AND batch <> $4
        ORDER BY settled_at LIMIT 1";
    let (file, counts) = (account.file, &account.counts);
    let first = transaction.query_opt(first, &[&dataset.name, &scope, &file.sha256, batch]).await?;
    let replay_of: Option<String> = first.map(|row| row.get(0));
    let mends = serde_json::to_string(&file.mends)
        .map_err(|_| Error::disagreement(batch, "its mends cannot be written down"))?;
    let upsert = "
        INSERT INTO ops.batch AS b
            (batch, dataset, contract, read, loaded, rejected, superseded, held, status, sha256, replay_of, mends,
             scope, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::jsonb, $13, CASE WHEN $14 THEN now() END)
        ON CONFLICT (batch) DO UPDATE
        SET read = excluded.read, loaded = excluded.loaded, rejected = excluded.rejected,
            superseded = excluded.superseded, held = excluded.held, status = excluded.status, settled_at = now(),
            sha256 = excluded.sha256, mends = excluded.mends, decided_at = coalesce(excluded.decided_at, b.decided_at)
        WHERE excluded.status <> 'overtaken' OR b.status IN ('overtaken', 'held_back')";
    let [read, loaded, rejected, superseded, held] =
        [counts.read, counts.loaded, counts.rejected, counts.superseded, counts.held].map(signed);
    let written = transaction
        .execute(
            upsert,
            &[
                batch,
                &dataset.name,
                &dataset.version,
                &read,
                &loaded,
                &rejected,
                &superseded,
                &held,
                &status,
                &file.sha256,
                &replay_of,
                &mends,
                &scope,
                &account.decided,
            ],
        )
        .await?;
    if written > 0 { findings(transaction, batch, &account.findings).await } else { Ok(()) }
}

/// Writes what was noticed in a batch in the place of what was before.
async fn findings(transaction: &Transaction<'_>, batch: &str, noticed: &[Finding]) -> Result<(), Error> {
    let noticed = serde_json::to_string(&together(noticed))
        .map_err(|_| Error::disagreement(batch, "its findings cannot be written down"))?;
    // All at once: one by one they would be most of the statements of a small load.
    let insert = "
        INSERT INTO ops.finding (batch, sheet, rule, column_name, severity, count, at)
        SELECT $1, sheet, rule, \"column\", severity, count, at
        FROM json_to_recordset($2::text::json) AS
            noticed (sheet text, rule text, \"column\" text, severity text, count bigint, at bigint[])";
    let before = "DELETE FROM ops.finding WHERE batch = $1";
    transaction.execute_typed(before, &[(&batch, Type::TEXT)]).await?;
    transaction.execute_typed(insert, &[(&batch, Type::TEXT), (&noticed, Type::TEXT)]).await?;
    Ok(())
}

/// Writes down that a batch became its dataset's content, at this place in the order of drops; answers the load's number.
///
/// # Errors
/// See [`Error::Database`].
pub async fn load(
    transaction: &Transaction<'_>,
    dataset: &Dataset,
    batch: &str,
    drop: &Drop,
    (dropped_at, sequencer): (Timestamp, String),
) -> Result<LoadRef, Error> {
    let insert = "
        INSERT INTO ops.load (dataset, batch, bucket, key, version, dropped_at, sequencer)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING load";
    let Drop { bucket, key, version, .. } = drop;
    let row = transaction
        .query_one(insert, &[&dataset.name, &batch, bucket, key, version, &dropped_at, &sequencer])
        .await?;
    Ok(LoadRef { dataset: dataset.name.clone(), batch: batch.to_owned(), load: row.get(0) })
}

/// The receipt of a batch, from the ledger's account of it. Findings that only tell how the file was understood are left
/// to `rounds explain`.
///
/// # Errors
/// See [`Error::Database`].
pub async fn receipt<C: GenericClient>(
    client: &C,
    batch: &str,
    load: LoadRef,
    outcome: LoadOutcome,
) -> Result<LoadReceipt, Error> {
    let counts = "SELECT read, loaded, rejected, superseded, held FROM ops.batch WHERE batch = $1";
    let row = client.query_one(counts, &[&batch]).await?;
    let counts = BatchCounts {
        read: unsigned(&row, 0),
        loaded: unsigned(&row, 1),
        rejected: unsigned(&row, 2),
        superseded: unsigned(&row, 3),
        held: unsigned(&row, 4),
    };
    // Why it is held back comes first: an operator is told that whatever else there is to tell.
    let foremost = "
        SELECT count, rule, column_name, severity, at, sheet
        FROM ops.finding WHERE batch = $1 AND rule NOT IN ('header', 'matched_by_name')
        ORDER BY rule IN ('smaller_than_last', 'too_many_rejects') DESC, count DESC, rule, column_name LIMIT $2";
    let limit = i64::try_from(LoadReceipt::FINDINGS).unwrap_or(i64::MAX);
    let findings = client.query(foremost, &[&batch, &limit]).await?;
    let findings = findings.iter().map(|row| Finding {
        count: unsigned(row, 0),
        sheet: row.get(5),
        rule: row.get(1),
        column: row.get(2),
        severity: Severity::of(row.get(3)),
        at: row.get::<_, Vec<i64>>(4).into_iter().map(i64::unsigned_abs).collect(),
    });
    Ok(LoadReceipt { load, outcome, counts, findings: findings.collect() })
}

/// What findings have in common that are one: sheet, rule, column, severity.
type Same<'f> = (Option<&'f str>, &'f str, Option<&'f str>, Severity);

/// Findings of several parts as one of the batch, sheet by sheet: counts added, the first places kept.
fn together(findings: &[Finding]) -> Vec<Finding> {
    let mut merged: BTreeMap<Same<'_>, Finding> = BTreeMap::new();
    for finding in findings {
        let key =
            (finding.sheet.as_deref(), finding.rule.as_str(), finding.column.as_deref(), finding.severity);
        match merged.get_mut(&key) {
            Some(known) => {
                known.count += finding.count;
                let room = Finding::PLACES.saturating_sub(known.at.len());
                known.at.extend(finding.at.iter().take(room));
            }
            None => {
                merged.insert(key, finding.clone());
            }
        }
    }
    merged.into_values().collect()
}

/// A count as PostgreSQL keeps it.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that a CHECK keeps from being negative.
fn unsigned(row: &Row, column: usize) -> u64 {
    row.get::<_, i64>(column).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_finding_of_two_parts_is_one() {
        let finding = |count, at: &[u64]| Finding {
            sheet: None,
            rule: "not_a_date".to_owned(),
            column: Some("booking_date".to_owned()),
            severity: Severity::Reject,
            count,
            at: at.to_vec(),
        };
        let merged = together(&[finding(4, &[2, 3, 4, 5]), finding(3, &[7, 8, 9])]);
        assert_eq!(merged, [finding(7, &[2, 3, 4, 5, 7])]);
    }
}
