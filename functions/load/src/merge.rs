//! The statement that makes staged rows the table's content. Pure: text out.

use rounds_shared::catalog::{Catalog, Dataset, LoadMode};
use rounds_shared::manifest::LINEAGE;

use crate::placeholder;
use crate::sql::{identifier, links_to, list, qualified};

/// One MERGE (PostgreSQL 17 and later) from `staged`, whose keys are unique.
///
/// A row with the same values is not written, so it keeps its lineage and costs nothing. A placeholder gives way to the
/// real row even where the values are the same. With `replace`, rows that the file no longer has are deleted, except
/// those that another table still refers to: these become placeholders.
#[must_use]
pub fn merge(catalog: &Catalog, dataset: &Dataset, staged: &str) -> String {
    let key: Vec<&str> = dataset.key.iter().map(String::as_str).collect();
    let names = || dataset.columns.iter().map(|column| column.name.as_str());
    let values: Vec<&str> = names().filter(|name| !key.contains(name)).collect();
    let all: Vec<&str> = names().chain(LINEAGE).collect();
    let same_key: Vec<String> = key.iter().map(|name| format!("t.{0} = s.{0}", identifier(name))).collect();
    let changed = if values.is_empty() {
        String::new()
    } else {
        let (ours, theirs) = (list("t.", values.iter().copied()), list("s.", values.iter().copied()));
        format!(" OR ({ours}) IS DISTINCT FROM ({theirs})")
    };
    let updates: Vec<String> = values
        .iter()
        .chain(&LINEAGE)
        .map(|name| format!("{0} = s.{0}", identifier(name)))
        .chain(["_loaded_at = now()".to_owned()])
        .collect();
    let mut statement = format!(
        "MERGE INTO {table} AS t USING {staged} AS s ON {same_key}\n\
         WHEN MATCHED AND (t._batch IS NULL{changed}) THEN UPDATE SET {updates}\n\
         WHEN NOT MATCHED THEN INSERT ({all}) VALUES ({staged_all})",
        table = qualified(&dataset.name),
        same_key = same_key.join(" AND "),
        updates = updates.join(", "),
        all = list("", all.iter().copied()),
        staged_all = list("s.", all.iter().copied()),
    );
    if dataset.load == LoadMode::Replace {
        statement.push_str(&replaced(catalog, dataset, staged));
    }
    statement
}

/// What becomes of rows that the file no longer has.
fn replaced(catalog: &Catalog, dataset: &Dataset, staged: &str) -> String {
    let Some(referred_to) = placeholder::referred_to(&links_to(catalog, dataset), "t", Some(staged)) else {
        return "\nWHEN NOT MATCHED BY SOURCE THEN DELETE".to_owned();
    };
    let words: Vec<(&str, String)> = placeholder::values(dataset).collect();
    let emptied = dataset.columns.iter().filter(|column| !dataset.key.contains(&column.name)).map(|column| {
        let word =
            words.iter().find(|(name, _)| *name == column.name).map_or("NULL", |(_, word)| word.as_str());
        format!("{} = {word}", identifier(&column.name))
    });
    let lineage = LINEAGE.iter().map(|name| format!("{} = NULL", identifier(name)));
    let updates: Vec<String> = emptied.chain(lineage).chain(["_loaded_at = now()".to_owned()]).collect();
    format!(
        "\nWHEN NOT MATCHED BY SOURCE AND NOT {referred_to} THEN DELETE\n\
         WHEN NOT MATCHED BY SOURCE AND t._batch IS NOT NULL THEN UPDATE SET {}",
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
        merge(&catalog, catalog.dataset(dataset).unwrap(), "staged_0")
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
    fn a_merge_keeps_what_the_file_lacks() {
        assert!(!text("healthtech.doctors", LoadMode::Merge).contains("BY SOURCE"));
    }
}
