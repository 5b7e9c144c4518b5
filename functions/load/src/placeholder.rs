//! Placeholder rows: what stands in a table for a row that another table refers to and that no file has brought.
//!
//! A placeholder is made in the transaction that brings the reference, holds the contract's `placeholder` values and no
//! lineage, gives way to the real row when that arrives, and goes when nothing refers to it any more. So the order in
//! which the files of two tables arrive makes no difference to what the tables hold.

use rounds_shared::catalog::Dataset;
use rounds_shared::schema::Link;
use rounds_shared::schema::sql::{identifier, qualified};

use crate::left_out::by_part;

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
    use rounds_shared::schema::links_to;

    use super::*;

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
