//! The statements that make staged rows the table's content. Pure: text out.

use rounds_shared::catalog::{Catalog, Dataset, LoadMode, Missing};
use rounds_shared::manifest::LINEAGE;
use rounds_shared::schema::sql::{identifier, list, literal, qualified};
use rounds_shared::schema::{self, links_to};

use crate::left_out::same;
use crate::load::Incoming;
use crate::placeholder;

/// The statements, in order. Keys of the staged rows are unique.
///
/// With `replace`, rows that the file no longer has are deleted; with `replace per`, those of its scope, or of the values
/// that it has. Where another table still refers to such a row it stays: as a placeholder, if a reference makes these.
#[must_use]
pub(crate) fn merge(catalog: &Catalog, incoming: &Incoming<'_>) -> Vec<String> {
    let Incoming { dataset, staged, .. } = incoming;
    if dataset.key.is_empty() {
        return delete(incoming).into_iter().chain([add(dataset, staged)]).collect();
    }
    let gone = replaced(incoming).map(|rows| gone(catalog, dataset, &rows, staged)).unwrap_or_default();
    vec![add(dataset, staged) + &gone]
}

/// DELETE of the rows of a table without a key whose place the batch takes.
pub(crate) fn delete(incoming: &Incoming<'_>) -> Option<String> {
    let Incoming { dataset, .. } = incoming;
    let rows = replaced(incoming).filter(|_| dataset.key.is_empty())?;
    Some(format!("DELETE FROM {} t WHERE true{rows}", qualified(&dataset.name)))
}

/// The condition, to be added to others, that a row `t` is of those whose place the batch takes. None where it takes only the
/// place of rows that it has.
fn replaced(incoming: &Incoming<'_>) -> Option<String> {
    let Incoming { dataset, batch, staged, .. } = incoming;
    match &dataset.load {
        LoadMode::ReplacePer(column) if !dataset.is_replaced_whole() => {
            Some(has_value(dataset, column, batch, staged))
        }
        LoadMode::Replace | LoadMode::ReplacePer(_) => Some(incoming.in_scope("t")),
        LoadMode::Merge => None,
    }
}

/// The statement that inserts `staged` rows, or updates those whose key is there (MERGE; PostgreSQL 17 and later).
///
/// Where a file is the whole content, a row with the same values is not written, so it keeps its lineage and costs
/// nothing. Otherwise the lineage has to say which file had the row last: by it a late, older file is told what it must
/// not overwrite. A placeholder gives way to the real row in any case.
#[must_use]
pub fn add(dataset: &Dataset, staged: &str) -> String {
    let key: Vec<&str> = dataset.key.iter().map(String::as_str).collect();
    let names = || dataset.columns.iter().map(|column| column.name.as_str());
    let all: Vec<&str> = names().chain(LINEAGE).collect();
    let (table, columns) = (qualified(&dataset.name), list("", all.iter().copied()));
    let staged_columns = list("s.", all.iter().copied());
    if key.is_empty() {
        return format!("INSERT INTO {table} ({columns}) SELECT {staged_columns} FROM {staged} s");
    }
    let values: Vec<&str> = names().filter(|name| !key.contains(name)).collect();
    let changed = match (dataset.is_replaced_whole(), values.is_empty()) {
        (true, true) => " AND t._batch IS NULL".to_owned(),
        (true, false) => {
            let (ours, theirs) = (list("t.", values.iter().copied()), list("s.", values.iter().copied()));
            format!(" AND (t._batch IS NULL OR ({ours}) IS DISTINCT FROM ({theirs}))")
        }
        (false, _) => String::new(),
    };
    let updates: Vec<String> = values
        .iter()
        .chain(&LINEAGE)
        .map(|name| format!("{0} = s.{0}", identifier(name)))
        .chain(["_loaded_at = now()".to_owned()])
        .collect();
    format!(
        "MERGE INTO {table} AS t USING {staged} AS s ON {same_key}\n\
         WHEN MATCHED{changed} THEN UPDATE SET {updates}\n\
         WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({staged_columns})",
        same_key = same(&key, "t", "s"),
        updates = updates.join(", "),
    )
}

/// The condition that a row `t` has a value of which the batch brings rows, to be loaded or to be held.
fn has_value(dataset: &Dataset, column: &str, batch: &str, staged: &str) -> String {
    let column = identifier(column);
    let mut brought = format!("SELECT s.{column} FROM {staged} s");
    if let Some(held) = schema::held::contract(dataset) {
        let (table, batch) = (qualified(&held.name), literal(batch));
        brought.push_str(&format!(" UNION ALL SELECT h.{column} FROM {table} h WHERE h._batch = {batch}"));
    }
    format!(" AND t.{column} IN ({brought})")
}

/// What becomes of rows that the file no longer has.
fn gone(catalog: &Catalog, dataset: &Dataset, rows: &str, staged: &str) -> String {
    let links = links_to(catalog, dataset);
    let Some(referred_to) = placeholder::referred_to(&links, "t", Some(staged)) else {
        return format!("\nWHEN NOT MATCHED BY SOURCE{rows} THEN DELETE");
    };
    let delete = format!("\nWHEN NOT MATCHED BY SOURCE{rows} AND NOT {referred_to} THEN DELETE");
    if !links.iter().any(|link| link.missing == Missing::Placeholder) {
        return delete;
    }
    let words: Vec<(&str, String)> = schema::placeholder::values(dataset).collect();
    let emptied = dataset.columns.iter().filter(|column| !dataset.key.contains(&column.name)).map(|column| {
        let word =
            words.iter().find(|(name, _)| *name == column.name).map_or("NULL", |(_, word)| word.as_str());
        format!("{} = {word}", identifier(&column.name))
    });
    let lineage = LINEAGE.iter().map(|name| format!("{} = NULL", identifier(name)));
    let updates: Vec<String> = emptied.chain(lineage).chain(["_loaded_at = now()".to_owned()]).collect();
    format!(
        "{delete}\nWHEN NOT MATCHED BY SOURCE{rows} AND t._batch IS NOT NULL THEN UPDATE SET {}",
        updates.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Files;

    use super::*;

    fn text(dataset: &str, load: LoadMode) -> String {
        let mut catalog = Catalog::from_files(&Files::embedded()).unwrap();
        for dataset in &mut catalog.datasets {
            dataset.load = load.clone();
        }
        statements(&catalog, dataset, None)
    }

    fn statements(catalog: &Catalog, dataset: &str, scope: Option<&str>) -> String {
        let dataset = catalog.dataset(dataset).unwrap();
        let (batch, staged) = ("batch".to_owned(), "staged_0".to_owned());
        let incoming = Incoming { dataset, scope, batch, parts: Vec::new(), staged };
        merge(catalog, &incoming).join(";\n")
    }

    #[test]
    fn a_replaced_parent_keeps_what_is_referred_to_as_placeholders() {
        assert_eq!(
            text("healthtech.doctors", LoadMode::Replace),
            "MERGE INTO \"healthtech\".\"doctors\" AS t USING staged_0 AS s ON t.\"doctor_id\" = s.\"doctor_id\"\n\
             WHEN MATCHED AND (t._batch IS NULL OR (t.\"name\", t.\"specialty\") IS DISTINCT FROM \
             (s.\"name\", s.\"specialty\")) THEN UPDATE SET \"name\" = s.\"name\", \"specialty\" = s.\"specialty\", \
             \"_batch\" = s.\"_batch\", \"_file\" = s.\"_file\", \"_sheet\" = s.\"_sheet\", \"_row\" = s.\"_row\", \
             _loaded_at = now()\n\
             WHEN NOT MATCHED THEN INSERT (\"doctor_id\", \"name\", \"specialty\", \"_batch\", \"_file\", \"_sheet\", \
             \"_row\") VALUES (s.\"doctor_id\", s.\"name\", s.\"specialty\", s.\"_batch\", s.\"_file\", s.\"_sheet\", \
             s.\"_row\")\n\
             WHEN NOT MATCHED BY SOURCE AND NOT (EXISTS (SELECT FROM \"healthtech\".\"appointments\" r \
             WHERE r.\"doctor_id\" = t.\"doctor_id\")) THEN DELETE\n\
             WHEN NOT MATCHED BY SOURCE AND t._batch IS NOT NULL THEN UPDATE SET \"name\" = 'Unknown'::text, \
             \"specialty\" = 'Unknown'::text, \"_batch\" = NULL, \"_file\" = NULL, \"_sheet\" = NULL, \"_row\" = NULL, \
             _loaded_at = now()"
        );
    }

    #[test]
    fn a_replaced_table_that_nothing_refers_to_loses_what_the_file_lacks() {
        let text = text("healthtech.appointments", LoadMode::Replace);
        assert!(text.ends_with("\nWHEN NOT MATCHED BY SOURCE THEN DELETE"), "{text}");
    }

    #[test]
    fn a_merge_keeps_what_the_file_lacks_and_writes_all_that_it_has() {
        let text = text("healthtech.doctors", LoadMode::Merge);
        assert!(!text.contains("BY SOURCE") && text.contains("WHEN MATCHED THEN UPDATE"), "{text}");
    }

    #[test]
    fn a_replacement_per_value_deletes_only_rows_of_the_files_values() {
        let text = text("healthtech.appointments", LoadMode::ReplacePer("doctor_id".to_owned()));
        let deleted = "\nWHEN NOT MATCHED BY SOURCE AND t.\"doctor_id\" IN \
                       (SELECT s.\"doctor_id\" FROM staged_0 s) THEN DELETE";
        assert!(text.ends_with(deleted), "{text}");
    }

    #[test]
    fn a_file_of_a_scope_takes_the_place_of_its_rows_whatever_it_brings() {
        let catalog = Catalog::from_files(&Files::embedded()).unwrap();
        let text = statements(&catalog, "billing.ar_aging", Some("it's"));
        let deleted = "DELETE FROM \"billing\".\"ar_aging\" t WHERE true AND t.\"customer_account\" = 'it''s';\n\
                       INSERT INTO";
        assert!(text.starts_with(deleted), "{text}");
    }
}
