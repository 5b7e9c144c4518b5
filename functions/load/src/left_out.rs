//! Staged rows that are not loaded. Pure: text out.
//!
//! Each statement deletes rows from the staging table, notes their places in `staged_out` and whether they are rejected, and
//! answers for each part its sheet, how many they were and where the first of them stood (`bigint[]`).

use rounds_shared::catalog::{Column, ColumnType, Dataset, Keep, LoadMode, Missing};
use rounds_shared::payload::{Finding, Severity};
use rounds_shared::schema::sql::{identifier, list, qualified};
use rounds_shared::schema::{self, Link};

use crate::staging;

/// Rows that lose to another with the same key, as the contract's `keep` says. Within a part the transform has done the
/// same, comparing texts byte by byte; this is for keys that several parts have.
#[must_use]
pub fn superseded(dataset: &Dataset, staged: &str) -> String {
    let (by, direction) = match &dataset.keep {
        Keep::First(by) => (by, "ASC"),
        Keep::Last(by) => (by, "DESC"),
    };
    let by = by.as_ref().and_then(|name| dataset.column(name)).map_or(String::new(), |column| {
        let bytewise = if column.kind == ColumnType::Text { " COLLATE \"C\"" } else { "" };
        format!("{}{bytewise} {direction} NULLS LAST, ", identifier(&column.name))
    });
    let key = list("", dataset.key.iter().map(String::as_str));
    let order = format!("{by}_part {direction}, _row {direction}");
    leave_out(
        staged,
        &format!("DELETE FROM {staged} s WHERE {}", behind_the_first(staged, &key, &order, "")),
        None,
        false,
    )
}

/// Rows with a value of a `unique` column that an earlier row has. Where that is only a warning they stay.
#[must_use]
pub fn not_unique(column: &Column, staged: &str) -> String {
    let name = identifier(&column.name);
    let some = format!(" WHERE {name} IS NOT NULL");
    let repeated = behind_the_first(staged, &name, "_part, _row", &some);
    match column.severity {
        Severity::Reject => {
            leave_out(staged, &format!("DELETE FROM {staged} s WHERE {repeated}"), None, true)
        }
        Severity::Warn | Severity::Info => {
            format!("WITH repeated AS (SELECT s.* FROM {staged} s WHERE {repeated}) {}", by_part("repeated"))
        }
    }
}

/// The condition that a row `s` does not come first, in this order, of those that agree in these columns. As few do not,
/// they are fetched by their places, where a join would go over all rows once more.
fn behind_the_first(staged: &str, columns: &str, order: &str, filter: &str) -> String {
    format!(
        "s.ctid = ANY(ARRAY(SELECT place FROM \
         (SELECT ctid AS place, row_number() OVER (PARTITION BY {columns} ORDER BY {order}) AS n FROM {staged}{filter}) \
         AS ranked WHERE n > 1))"
    )
}

/// Rows whose place a newer drop's rows have taken, in the table or among the held ones, for a drop that comes late.
/// Parameters of each statement: dataset, the drop's time, its sequencer.
#[must_use]
pub fn overtaken(dataset: &Dataset, staged: &str) -> Vec<String> {
    let mut tables = vec![qualified(&dataset.name)];
    tables.extend(schema::held::contract(dataset).map(|held| qualified(&held.name)));
    let newer = "SELECT batch FROM ops.load WHERE dataset = $1 \
                 AND (dropped_at, length(sequencer), sequencer) > ($2, length($3), $3 COLLATE \"C\")";
    let delete = |columns: &Vec<&str>, table: &String| {
        let same = same(columns, "t", "s");
        let newer = format!("EXISTS (SELECT FROM {table} t WHERE {same} AND t._batch IN ({newer}))");
        leave_out(staged, &format!("DELETE FROM {staged} s WHERE {newer}"), None, false)
    };
    identities(dataset)
        .iter()
        .flat_map(|columns| tables.iter().map(move |table| delete(columns, table)))
        .collect()
}

/// Rows that refer to one which no file has brought. Those that wait for it go to the dataset's table of held rows.
#[must_use]
pub fn unreferred(link: &Link<'_>, staged: &str) -> String {
    let (column, key) = (identifier(&link.column.name), identifier(link.key));
    let mut missing = format!("s.{column} IS NOT NULL");
    // What the table holds is about to be replaced by what is staged.
    if !(link.is_own() && link.child.load == LoadMode::Replace) {
        missing.push_str(&format!(
            " AND NOT EXISTS (SELECT FROM {} p WHERE p.{key} = s.{column} AND p._batch IS NOT NULL)",
            qualified(&link.parent.name)
        ));
    }
    if link.is_own() {
        missing.push_str(&format!(" AND NOT EXISTS (SELECT FROM {staged} o WHERE o.{key} = s.{column})"));
    }
    let held = (link.missing == Missing::Hold).then(|| schema::held::contract(link.child)).flatten();
    let kept = held.map(|held| {
        let columns = list("", staging::names(link.child));
        format!("INSERT INTO {} ({columns}) SELECT {columns} FROM gone", qualified(&held.name))
    });
    let is_rejected = link.missing == Missing::Reject;
    leave_out(staged, &format!("DELETE FROM {staged} s WHERE {missing}"), kept, is_rejected)
}

/// The columns by which a newer row takes the place of an older one: it does so where it agrees with it in all columns
/// of one of these. None where a file takes the place of all.
#[must_use]
pub fn identities(dataset: &Dataset) -> Vec<Vec<&str>> {
    let key: Vec<&str> = dataset.key.iter().map(String::as_str).collect();
    let mut identities = match &dataset.load {
        LoadMode::ReplacePer(column) if !dataset.is_replaced_whole() => vec![vec![column.as_str()]],
        LoadMode::Replace | LoadMode::ReplacePer(_) => return Vec::new(),
        LoadMode::Merge => Vec::new(),
    };
    identities.extend((!key.is_empty()).then_some(key));
    identities
}

/// The condition that rows of two tables agree in these columns.
pub(crate) fn same(columns: &[&str], a: &str, b: &str) -> String {
    let equal: Vec<String> =
        columns.iter().map(|name| format!("{a}.{0} = {b}.{0}", identifier(name))).collect();
    equal.join(" AND ")
}

fn leave_out(staged: &str, delete: &str, kept: Option<String>, is_rejected: bool) -> String {
    let kept = kept.map_or(String::new(), |insert| format!(", kept AS ({insert})"));
    format!(
        "WITH gone AS ({delete} RETURNING s.*), \
         noted AS (INSERT INTO {staged}_out SELECT _part, _row, {is_rejected} FROM gone){kept} {}",
        by_part("gone")
    )
}

/// SELECT of the sheet of each part, how many `rows` it has, and where the first of them stand.
pub(crate) fn by_part(rows: &str) -> String {
    format!(
        "SELECT min(_sheet), count(*), (array_agg(_row ORDER BY _row))[1:{}] FROM {rows} GROUP BY _part ORDER BY _part",
        Finding::PLACES
    )
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::{Catalog, Files};

    use super::*;

    #[test]
    fn the_contracts_keep_decides_between_parts() {
        let catalog = Catalog::from_files(&Files::embedded()).unwrap();
        let mut appointments = catalog.dataset("healthtech.appointments").unwrap().clone();
        let first = superseded(&appointments, "staged_0");
        assert!(first.contains("ORDER BY \"booking_date\" ASC NULLS LAST, _part ASC, _row ASC"), "{first}");
        appointments.keep = Keep::Last(None);
        let last = superseded(&appointments, "staged_0");
        assert!(last.contains("ORDER BY _part DESC, _row DESC"), "{last}");
        appointments.keep = Keep::Last(Some("status".to_owned()));
        let last = superseded(&appointments, "staged_0");
        assert!(last.contains("ORDER BY \"status\" COLLATE \"C\" DESC NULLS LAST, _part DESC"), "{last}");
    }

    #[test]
    fn what_a_newer_row_replaces_follows_from_the_contract() {
        let catalog = Catalog::from_files(&Files::embedded()).unwrap();
        let mut appointments = catalog.dataset("healthtech.appointments").unwrap().clone();
        assert_eq!(identities(&appointments), Vec::<Vec<&str>>::new());
        appointments.load = LoadMode::ReplacePer("doctor_id".to_owned());
        assert_eq!(identities(&appointments), [["doctor_id"], ["booking_id"]]);
        appointments.load = LoadMode::Merge;
        assert_eq!(identities(&appointments), [["booking_id"]]);
    }
}
