//! Held rows: rows that wait for a row of another table, in a table of their own beside the dataset's.
//!
//! They belong to the dataset's content like those in its table, and only stay out of sight: a newer file takes their
//! place by the same rules, and the load that brings what they wait for moves them, in its transaction.

use rounds_shared::catalog::{Catalog, Dataset};
use rounds_shared::schema::held::contract;
use rounds_shared::schema::sql::{identifier, qualified};
use rounds_shared::schema::{Link, links_from};

use crate::left_out::{identities, same};
use crate::load::Incoming;

/// DELETE of the rows that this batch left here when it was loaded before. Parameter: the batch.
#[must_use]
pub fn forget(held: &Dataset) -> String {
    format!("DELETE FROM {} WHERE _batch = $1", qualified(&held.name))
}

/// Moves on older held rows whose place the batch takes, with its `staged` rows or those that it holds itself: they are
/// deleted, and their batches count them as superseded. Parameter: the batch.
#[must_use]
pub(crate) fn supersede(incoming: &Incoming<'_>, held: &Dataset) -> Vec<String> {
    let Incoming { dataset, staged, .. } = incoming;
    let table = qualified(&held.name);
    let gone = |condition: &str| {
        format!(
            "WITH gone AS (DELETE FROM {table} h WHERE h._batch <> $1{condition} RETURNING h._batch), \
             counted AS (SELECT _batch, count(*) AS rows FROM gone GROUP BY _batch) \
             UPDATE ops.batch b SET held = b.held - c.rows, superseded = b.superseded + c.rows \
             FROM counted c WHERE b.batch = c._batch"
        )
    };
    if dataset.is_replaced_whole() {
        return vec![gone(&incoming.in_scope("h"))];
    }
    let mut statements = Vec::new();
    for columns in identities(dataset) {
        let (staged_row, held_row) = (same(&columns, "s", "h"), same(&columns, "n", "h"));
        statements.push(gone(&format!(" AND EXISTS (SELECT FROM {staged} s WHERE {staged_row})")));
        statements
            .push(gone(&format!(" AND EXISTS (SELECT FROM {table} n WHERE n._batch = $1 AND {held_row})")));
    }
    statements
}

/// Datasets with held rows that a newly brought row of `parent` may release.
#[must_use]
pub fn waiting_for<'a>(catalog: &'a Catalog, parent: &'a Dataset) -> Vec<&'a Dataset> {
    let refers = |child: &&Dataset| {
        let links = links_from(catalog, child);
        links.iter().any(|link| link.needs_parent() && link.parent.name == parent.name)
    };
    catalog.datasets.iter().filter(|child| contract(child).is_some()).filter(refers).collect()
}

/// A temporary table `released` for the rows that need not wait any longer, and their move to it.
#[must_use]
pub fn release(links: &[Link<'_>], held: &Dataset) -> [String; 2] {
    let table = qualified(&held.name);
    let ready: Vec<String> = links.iter().filter(|link| link.needs_parent()).map(is_there).collect();
    [
        format!("CREATE TEMPORARY TABLE released (LIKE {table}) ON COMMIT DROP"),
        format!(
            "WITH ready AS (DELETE FROM {table} h WHERE {} RETURNING h.*) INSERT INTO released SELECT * FROM ready",
            ready.join(" AND ")
        ),
    ]
}

/// Whether a held row `h` does not wait for this reference.
fn is_there(link: &Link<'_>) -> String {
    let (column, key) = (identifier(&link.column.name), identifier(link.key));
    format!(
        "(h.{column} IS NULL OR EXISTS \
         (SELECT FROM {} p WHERE p.{key} = h.{column} AND p._batch IS NOT NULL))",
        qualified(&link.parent.name)
    )
}

/// Counts the released rows as loaded with their own batches.
pub const COUNT_RELEASED: &str = "
    UPDATE ops.batch b SET held = b.held - r.rows, loaded = b.loaded + r.rows
    FROM (SELECT _batch, count(*) AS rows FROM released GROUP BY _batch) r
    WHERE b.batch = r._batch";

/// Where the released rows stand in the lake: batch, part, rows (`bigint[]`).
pub const PLACES_RELEASED: &str = "
    SELECT _batch, _part, array_agg(_row ORDER BY _row) FROM released GROUP BY _batch, _part ORDER BY _batch, _part";
