//! References between datasets, resolved.

use crate::catalog::{Catalog, Column, Dataset, Missing};

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
