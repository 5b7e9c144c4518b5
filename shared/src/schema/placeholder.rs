//! The row that stands in a table for one that another table refers to and that no file has brought.

use super::link::Link;
use super::sql::{identifier, list, literal, qualified};
use crate::catalog::Dataset;

/// The columns that a placeholder has values for, apart from the key, with these values as typed literals.
pub fn values(parent: &Dataset) -> impl Iterator<Item = (&str, String)> {
    parent.columns.iter().filter(|column| !parent.key.contains(&column.name)).filter_map(|column| {
        let value = column.placeholder.as_ref()?;
        Some((column.name.as_str(), format!("{}::{}", literal(value), column.kind)))
    })
}

/// INSERT of a placeholder for each key that `rows` (a table that has the referring column) refers to and the parent
/// lacks.
#[must_use]
pub fn make(link: &Link<'_>, rows: &str) -> String {
    let (names, literals): (Vec<&str>, Vec<String>) = values(link.parent).unzip();
    let columns = list("", std::iter::once(link.key).chain(names));
    let column = identifier(&link.column.name);
    let selected: Vec<String> = std::iter::once(format!("s.{column}")).chain(literals).collect();
    format!(
        "INSERT INTO {parent} ({columns}) \
         SELECT DISTINCT {selected} FROM {rows} s \
         WHERE s.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {parent} p WHERE p.{key} = s.{column}) \
         ON CONFLICT DO NOTHING",
        parent = qualified(&link.parent.name),
        selected = selected.join(", "),
        key = identifier(link.key),
    )
}

#[cfg(test)]
mod tests {
    use super::super::link::links_from;
    use super::*;
    use crate::catalog::{Catalog, Files};

    #[test]
    fn a_placeholder_has_the_contracts_words_and_no_lineage() {
        let catalog = Catalog::from_files(&Files::embedded()).unwrap();
        let links = links_from(&catalog, catalog.dataset("healthtech.appointments").unwrap());
        assert_eq!(
            make(&links[0], "staged_0"),
            "INSERT INTO \"healthtech\".\"doctors\" (\"doctor_id\", \"name\", \"specialty\") \
             SELECT DISTINCT s.\"doctor_id\", 'Unknown'::text, 'Unknown'::text FROM staged_0 s \
             WHERE s.\"doctor_id\" IS NOT NULL AND NOT EXISTS \
             (SELECT FROM \"healthtech\".\"doctors\" p WHERE p.\"doctor_id\" = s.\"doctor_id\") ON CONFLICT DO NOTHING"
        );
    }
}
