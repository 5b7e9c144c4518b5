//! Staging: temporary tables with the rows of a batch, or with what decides about them.

use rounds_shared::catalog::{Catalog, ColumnType, Dataset, Keep, LoadMode};
use rounds_shared::manifest::LINEAGE;
use rounds_shared::schema::links_from;
use rounds_shared::schema::sql::identifier;

/// Columns of a curated object, in its order, with their types.
pub(crate) type Columns = Vec<(String, ColumnType)>;

/// Two temporary tables that end with the transaction: `staged`, of these columns and `_part`, which orders rows across
/// parts; and `staged_out`, the parts and rows that are left out of the load.
#[must_use]
pub(crate) fn create(staged: &str, columns: &Columns) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|(name, kind)| format!("{} {kind}", identifier(name)))
        .chain(["_part bigint".to_owned()])
        .collect();
    format!(
        "CREATE TEMPORARY TABLE {staged} ({}) ON COMMIT DROP; \
         CREATE TEMPORARY TABLE {staged}_out (_part bigint, _row bigint, rejected boolean) ON COMMIT DROP",
        columns.join(", ")
    )
}

/// Names of the columns of a table that holds whole staged rows, in order.
#[must_use]
pub(crate) fn names(dataset: &Dataset) -> Vec<&str> {
    let own = dataset.columns.iter().map(|column| column.name.as_str());
    own.chain(LINEAGE).chain(["_part"]).collect()
}

/// All columns of a curated object.
pub(crate) fn whole(dataset: &Dataset) -> Columns {
    let own = dataset.columns.iter().map(|column| (column.name.clone(), column.kind));
    let lineage = LINEAGE.iter().map(|name| {
        ((*name).to_owned(), if *name == "_row" { ColumnType::Bigint } else { ColumnType::Text })
    });
    own.chain(lineage).collect()
}

/// The columns that decide which of a batch's rows are loaded, what they refer to, and what they replace in a table without
/// a key; and those that tell a row's place. None where nothing is to be decided.
pub(crate) fn deciding(catalog: &Catalog, dataset: &Dataset, parts: usize) -> Columns {
    let mut names: Vec<&str> =
        links_from(catalog, dataset).into_iter().map(|link| link.column.name.as_str()).collect();
    if parts > 1 {
        names
            .extend(dataset.columns.iter().filter(|column| column.unique).map(|column| column.name.as_str()));
        if !dataset.key.is_empty() {
            let (Keep::First(by) | Keep::Last(by)) = &dataset.keep;
            names.extend(dataset.key.iter().chain(by).map(String::as_str));
        }
    }
    if let LoadMode::ReplacePer(column) = &dataset.load
        && dataset.key.is_empty()
        && !dataset.is_replaced_whole()
    {
        names.push(column);
    }
    if names.is_empty() {
        return Vec::new();
    }
    names.extend(["_sheet", "_row"]);
    whole(dataset).into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect()
}
