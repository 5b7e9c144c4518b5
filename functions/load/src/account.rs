//! A load's entries in the ledger.

use std::collections::BTreeMap;

use rounds_shared::catalog::Dataset;
use rounds_shared::payload::{BatchCounts, Drop, Finding, LoadOutcome, LoadReceipt, LoadRef, Severity};
use tokio_postgres::{GenericClient, Row, Transaction};

use crate::error::Error;

/// Writes the account of a batch: its counts, which the ledger checks, and its findings. A batch that was loaded stays so
/// when the same content arrives late another time.
///
/// # Errors
/// [`Error::Database`] where the counts do not add up.
pub async fn batch(
    transaction: &Transaction<'_>,
    dataset: &Dataset,
    batch: &str,
    outcome: LoadOutcome,
    counts: &BatchCounts,
    findings: &[Finding],
) -> Result<(), Error> {
    let status = if outcome == LoadOutcome::Loaded { "loaded" } else { "overtaken" };
    let upsert = "
        INSERT INTO ops.batch AS b
            (batch, dataset, contract, read, loaded, rejected, superseded, held, status)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (batch) DO UPDATE
        SET read = excluded.read, loaded = excluded.loaded, rejected = excluded.rejected,
            superseded = excluded.superseded, held = excluded.held, status = excluded.status, settled_at = now()
        WHERE excluded.status = 'loaded' OR b.status = 'overtaken'";
    let [read, loaded, rejected, superseded, held] =
        [counts.read, counts.loaded, counts.rejected, counts.superseded, counts.held].map(signed);
    let written = transaction
        .execute(
            upsert,
            &[
                &batch,
                &dataset.name,
                &dataset.version,
                &read,
                &loaded,
                &rejected,
                &superseded,
                &held,
                &status,
            ],
        )
        .await?;
    if written == 0 {
        return Ok(());
    }
    transaction.execute("DELETE FROM ops.finding WHERE batch = $1", &[&batch]).await?;
    let insert = "
        INSERT INTO ops.finding (batch, rule, column_name, severity, count, at) VALUES ($1, $2, $3, $4, $5, $6)";
    for finding in together(findings) {
        let at: Vec<i64> = finding.at.iter().copied().map(signed).collect();
        let (severity, count) = (severity_word(finding.severity), signed(finding.count));
        transaction
            .execute(insert, &[&batch, &finding.rule, &finding.column, &severity, &count, &at])
            .await?;
    }
    Ok(())
}

/// Writes down that a batch became its dataset's content; answers the load's number.
///
/// # Errors
/// See [`Error::Database`].
pub async fn load(
    transaction: &Transaction<'_>,
    dataset: &Dataset,
    batch: &str,
    drop: &Drop,
) -> Result<LoadRef, Error> {
    let insert = "
        INSERT INTO ops.load (dataset, batch, bucket, key, version, dropped_at, sequencer)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING load";
    let Drop { bucket, key, version, dropped_at, sequencer } = drop;
    let row = transaction
        .query_one(insert, &[&dataset.name, &batch, bucket, key, version, dropped_at, sequencer])
        .await?;
    Ok(LoadRef { dataset: dataset.name.clone(), batch: batch.to_owned(), load: row.get(0) })
}

/// The receipt of a batch, from the ledger's account of it.
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
    let most_frequent = "
        SELECT count, rule, column_name, severity, at
        FROM ops.finding WHERE batch = $1
        ORDER BY count DESC, rule, column_name LIMIT $2";
    let limit = i64::try_from(LoadReceipt::FINDINGS).unwrap_or(i64::MAX);
    let findings = client.query(most_frequent, &[&batch, &limit]).await?;
    let findings = findings.iter().map(|row| Finding {
        count: unsigned(row, 0),
        rule: row.get(1),
        column: row.get(2),
        severity: severity_of(row.get(3)),
        at: row.get::<_, Vec<i64>>(4).into_iter().map(i64::unsigned_abs).collect(),
    });
    Ok(LoadReceipt { load, outcome, counts, findings: findings.collect() })
}

/// Findings of several parts as one of the batch: counts added, the first places kept.
fn together(findings: &[Finding]) -> Vec<Finding> {
    let mut merged: BTreeMap<(&str, Option<&str>, Severity), Finding> = BTreeMap::new();
    for finding in findings {
        let key = (finding.rule.as_str(), finding.column.as_deref(), finding.severity);
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

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Reject => "reject",
        Severity::Warn => "warn",
        Severity::Info => "info",
    }
}

/// The word is one of three, by a CHECK.
fn severity_of(word: &str) -> Severity {
    match word {
        "reject" => Severity::Reject,
        "warn" => Severity::Warn,
        _ => Severity::Info,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_finding_of_two_parts_is_one() {
        let finding = |count, at: &[u64]| Finding {
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
