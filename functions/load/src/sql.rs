//! Names and words as they are written in SQL.

use rounds_shared::catalog::{Catalog, Column, Dataset, Missing};

/// An identifier, quoted.
#[must_use]
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text literal, quoted.
#[must_use]
pub fn literal(text: &str) -> String {
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// A `domain.table` or `domain.view`, quoted.
#[must_use]
pub fn qualified(name: &str) -> String {
    match name.split_once('.') {
        Some((schema, table)) => format!("{}.{}", identifier(schema), identifier(table)),
        None => identifier(name),
    }
}

/// Names quoted and joined with commas, each behind `prefix` (such as `s.`).
pub fn list<'a>(prefix: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("{prefix}{}", identifier(name))).collect();
    quoted.join(", ")
}

/// A column's reference, resolved. One that allows values which are not there ties nothing together, and is none.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The dataset that refers.
    pub child: &'a Dataset,
    /// Its column that holds the key.
    pub column: &'a Column,
    /// The dataset referred to.
    pub parent: &'a Dataset,
    /// Its key, a single column.
    pub key: &'a str,
    /// What becomes of a row that refers to one which is not there.
    pub missing: Missing,
}

impl Link<'_> {
    /// Whether rows of a dataset refer to others of it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.child.name == self.parent.name
    }

    /// Whether the row referred to has to be there, brought by a file, before the one that refers to it.
    #[must_use]
    pub fn needs_parent(&self) -> bool {
        matches!(self.missing, Missing::Hold | Missing::Reject)
    }
}

/// The references of a dataset's columns.
#[must_use]
pub fn links_from<'a>(catalog: &'a Catalog, child: &'a Dataset) -> Vec<Link<'a>> {
    let resolved = child.columns.iter().filter_map(|column| {
        let reference = column.references.as_ref()?;
        let parent = catalog.dataset(&reference.dataset)?;
        let key = parent.key.first()?;
        Some(Link { child, column, parent, key, missing: reference.missing })
    });
    resolved.filter(|link| link.missing != Missing::Allow).collect()
}

/// The references that lead to a dataset, its own among them.
#[must_use]
pub fn links_to<'a>(catalog: &'a Catalog, parent: &'a Dataset) -> Vec<Link<'a>> {
    let children = catalog.datasets.iter().flat_map(|child| links_from(catalog, child));
    children.filter(|link| link.parent.name == parent.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_names_and_words_are_doubled() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b'"), "E'a\\\\b'''");
        assert_eq!(qualified("healthtech.doctors"), "\"healthtech\".\"doctors\"");
    }
}
