//! Placeholder rows: what stands in a table for a row that another table refers to and that no file has brought.
//!
//! A placeholder is made in the transaction that brings the reference, holds the contract's `placeholder` values and no
//! lineage, gives way to the real row when that arrives, and goes when nothing refers to it any more. So the order in
//! which the files of two tables arrive makes no difference to what the tables hold.

use rounds_shared::catalog::Dataset;

use crate::left_out::by_part;
use crate::sql::{Link, identifier, list, literal, qualified};

/// The columns that a placeholder has values for, apart from the key, with these values as typed literals.
pub(crate) fn values(parent: &Dataset) -> impl Iterator<Item = (&str, String)> {
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

/// The condition under which `row` (an alias of the parent's table) is referred to. Where the parent refers to itself,
/// `incoming` (its staged rows) is asked instead of the table, which they are about to become.
pub(crate) fn referred_to(links: &[Link<'_>], row: &str, incoming: Option<&str>) -> Option<String> {
    let conditions: Vec<String> = links
        .iter()
        .map(|link| {
            let table = match incoming {
                Some(staged) if link.child.name == link.parent.name => staged.to_owned(),
                _ => qualified(&link.child.name),
            };
            let (column, key) = (identifier(&link.column.name), identifier(link.key));
            format!("EXISTS (SELECT FROM {table} r WHERE r.{column} = {row}.{key})")
        })
        .collect();
    (!conditions.is_empty()).then(|| format!("({})", conditions.join(" OR ")))
}

/// DELETE of the parent's placeholders that nothing refers to any more; `links` are all the references to it.
#[must_use]
pub fn sweep(parent: &Dataset, links: &[Link<'_>]) -> String {
    let unreferred =
        referred_to(links, "p", None).map_or(String::new(), |condition| format!(" AND NOT {condition}"));
    format!("DELETE FROM {} p WHERE p._batch IS NULL{unreferred}", qualified(&parent.name))
}

/// SELECT of how many of the `staged` rows refer to a placeholder, and where the first of them stand: for each part its
/// sheet, count, `bigint[]`.
#[must_use]
pub fn count(link: &Link<'_>, staged: &str) -> String {
    format!(
        "WITH referring AS (SELECT s.* FROM {staged} s JOIN {parent} p ON p.{key} = s.{column} \
         WHERE p._batch IS NULL) {counted}",
        parent = qualified(&link.parent.name),
        key = identifier(link.key),
        column = identifier(&link.column.name),
        counted = by_part("referring"),
    )
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::{Catalog, Files};

    use super::*;
    use crate::sql::{links_from, links_to};

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

    #[test]
    fn a_placeholder_goes_when_nothing_refers_to_it() {
        let catalog = Catalog::from_files(&Files::embedded()).unwrap();
        let doctors = catalog.dataset("healthtech.doctors").unwrap();
        assert_eq!(
            sweep(doctors, &links_to(&catalog, doctors)),
            "DELETE FROM \"healthtech\".\"doctors\" p WHERE p._batch IS NULL AND NOT \
             (EXISTS (SELECT FROM \"healthtech\".\"appointments\" r WHERE r.\"doctor_id\" = p.\"doctor_id\"))"
        );
    }
}
