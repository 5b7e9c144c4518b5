//! From a contract to the statements that make its table, or bring an existing one in step. Pure: text in, text out.

use std::collections::{BTreeMap, BTreeSet};

use super::link::links_from;
use super::placeholder;
use super::sql::{identifier, list, literal, qualified};
use crate::catalog::{Catalog, Column, ColumnType, Dataset, Missing};

/// The lineage columns of every table, behind the contract's own: which batch, file, sheet and row gave a row its
/// present values, and when.
pub(super) const LINEAGE: [(&str, &str, &str); 5] = [
    ("_batch", "text", "Batch that gave the row its present values; null in a placeholder row"),
    ("_file", "text", "File that they came in"),
    ("_sheet", "text", "Sheet of the workbook; null for delimited text"),
    ("_row", "bigint", "Row as the spreadsheet numbers it"),
    ("_loaded_at", "timestamptz", "When the row got its present values"),
];

/// A table as the database has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Existing {
    /// Columns by name.
    pub(super) columns: BTreeMap<String, ExistingColumn>,
    /// Columns of the primary key in order.
    pub(super) key: Vec<String>,
    /// Definitions of CHECK and FOREIGN KEY constraints by name, as `pg_get_constraintdef` gives them.
    pub(super) constraints: BTreeMap<String, String>,
    /// Whether there is a row.
    pub(super) has_rows: bool,
}

/// A column as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExistingColumn {
    /// Type as `format_type` names it, without the words `without time zone`.
    pub(super) kind: String,
    /// NOT NULL.
    pub(super) required: bool,
}

/// A change of contract that a table with rows cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table} cannot follow its contract: {reason}; {way_out}")]
pub struct Unmigratable {
    /// `domain.table`.
    pub table: String,
    /// What stands against it.
    pub reason: String,
    /// What a person can do.
    pub way_out: &'static str,
}

/// Makes the table, without its references, which may lead to tables that are made after it.
pub(super) fn create(dataset: &Dataset) -> Vec<String> {
    let mut lines: Vec<String> = dataset.columns.iter().map(column).collect();
    if !dataset.key.is_empty() {
        lines.push(format!("PRIMARY KEY ({})", list("", dataset.key.iter().map(String::as_str))));
    }
    lines.extend(LINEAGE.iter().map(|(name, kind, _)| lineage_column(name, kind)));
    vec![
        format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(dataset.domain())),
        format!("CREATE TABLE {} (\n    {}\n)", qualified(&dataset.name), lines.join(",\n    ")),
    ]
}

fn column(column: &Column) -> String {
    let required = if column.required { " NOT NULL" } else { "" };
    format!("{} {}{required}", identifier(&column.name), column.kind)
}

fn lineage_column(name: &str, kind: &str) -> String {
    let default = if name == "_loaded_at" { " DEFAULT now()" } else { "" };
    format!("{} {kind}{default}", identifier(name))
}

/// Brings the columns of an existing table in step. Columns that left the contract stay, with their values, and are no
/// longer required.
///
/// # Errors
/// [`Unmigratable`] where that would lose values or needs values that nobody has.
pub(super) fn evolve(dataset: &Dataset, existing: &Existing) -> Result<Vec<String>, Unmigratable> {
    let refuse = |reason: String, way_out| Unmigratable { table: dataset.name.clone(), reason, way_out };
    let alter = |change: String| format!("ALTER TABLE {} {change}", qualified(&dataset.name));
    let mut statements = Vec::new();
    if existing.key != dataset.key {
        let keys =
            format!("its key is ({}) and should be ({})", existing.key.join(", "), dataset.key.join(", "));
        return Err(refuse(
            keys,
            "move the table aside (docs/OPERATIONS.md says how) and drop the file again",
        ));
    }
    for wanted in &dataset.columns {
        let name = identifier(&wanted.name);
        let Some(found) = existing.columns.get(&wanted.name) else {
            if wanted.required && existing.has_rows {
                let reason =
                    format!("the new column `{}` is required, and the rows there have no value", wanted.name);
                return Err(refuse(reason, "add it as optional, load a file that has it, then require it"));
            }
            statements.push(alter(format!("ADD COLUMN {}", column(wanted))));
            continue;
        };
        let kind = wanted.kind.to_string();
        if found.kind != kind {
            if !widens(&found.kind, wanted.kind) {
                let reason = format!("`{}` is {} and should be {kind}", wanted.name, found.kind);
                return Err(refuse(
                    reason,
                    "give the column another name, or move the table aside (docs/OPERATIONS.md says how)",
                ));
            }
            statements.push(alter(format!("ALTER COLUMN {name} TYPE {kind} USING {name}::{kind}")));
        }
        match (found.required, wanted.required || dataset.key.contains(&wanted.name)) {
            (true, false) => statements.push(alter(format!("ALTER COLUMN {name} DROP NOT NULL"))),
            (false, true) => statements.push(alter(format!("ALTER COLUMN {name} SET NOT NULL"))),
            _ => {}
        }
    }
    for (name, kind, _) in LINEAGE {
        if !existing.columns.contains_key(name) {
            statements.push(alter(format!("ADD COLUMN {}", lineage_column(name, kind))));
        }
    }
    for (name, found) in &existing.columns {
        if found.required && dataset.column(name).is_none() {
            statements.push(alter(format!("ALTER COLUMN {} DROP NOT NULL", identifier(name))));
        }
    }
    Ok(statements)
}

/// Whether every value of one type has its own in the other.
fn widens(from: &str, to: ColumnType) -> bool {
    let digits_before_point = |precision: u8, scale: u8| precision.saturating_sub(scale);
    match (from, to) {
        ("jsonb", _) => false,
        (_, ColumnType::Text) | ("integer", ColumnType::Bigint) | ("date", ColumnType::Timestamp) => true,
        ("integer", ColumnType::Decimal { precision, scale }) => digits_before_point(precision, scale) >= 10,
        ("bigint", ColumnType::Decimal { precision, scale }) => digits_before_point(precision, scale) >= 19,
        (_, ColumnType::Decimal { precision, scale }) => decimal(from).is_some_and(|(before, behind)| {
            scale >= behind && digits_before_point(precision, scale) >= digits_before_point(before, behind)
        }),
        _ => false,
    }
}

/// Precision and scale of a `numeric(12,2)`.
fn decimal(kind: &str) -> Option<(u8, u8)> {
    let (precision, scale) = kind.strip_prefix("numeric(")?.strip_suffix(')')?.split_once(',')?;
    Some((precision.parse().ok()?, scale.parse().ok()?))
}

/// Takes away the references from columns that change their type, as PostgreSQL changes no type that one side of a
/// reference does not share. [`constrain`] brings them back.
pub(super) fn loosen(dataset: &Dataset, existing: &mut Existing) -> Vec<String> {
    let changing = dataset.columns.iter().filter(|column| {
        existing.columns.get(&column.name).is_some_and(|found| found.kind != column.kind.to_string())
    });
    let names: Vec<String> = changing.map(|column| reference_name(dataset, column)).collect();
    let taken = names.iter().filter(|name| existing.constraints.remove(*name).is_some());
    taken
        .map(|name| format!("ALTER TABLE {} DROP CONSTRAINT {}", qualified(&dataset.name), identifier(name)))
        .collect()
}

fn reference_name(dataset: &Dataset, column: &Column) -> String {
    format!("{}_{}_fkey", dataset.table(), column.name)
}

/// Brings enumerations and references in step, once all tables are there. `existing` is empty for a new table.
pub(super) fn constrain(catalog: &Catalog, dataset: &Dataset, existing: &Existing) -> Vec<String> {
    let mut statements = Vec::new();
    let mut wanted = BTreeSet::new();
    let alter = |change: String| format!("ALTER TABLE {} {change}", qualified(&dataset.name));
    let mut constraint = |name: String, definition: String, before: Option<String>| {
        let same =
            existing.constraints.get(&name).is_some_and(|found| unquoted(found) == unquoted(&definition));
        if !same {
            statements.push(alter(format!("DROP CONSTRAINT IF EXISTS {}", identifier(&name))));
            statements.extend(before);
            statements.push(alter(format!("ADD CONSTRAINT {} {definition}", identifier(&name))));
        }
        wanted.insert(name);
    };
    for column in dataset.columns.iter().filter(|column| !column.values.is_empty()) {
        let words: Vec<String> =
            column.values.iter().map(|word| format!("{}::text", literal(&word.stored))).collect();
        // Written as PostgreSQL gives it back, so that an unchanged one is recognised.
        let definition =
            format!("CHECK (({} = ANY (ARRAY[{}])))", identifier(&column.name), words.join(", "));
        constraint(format!("{}_{}_values", dataset.table(), column.name), definition, None);
    }
    for link in links_from(catalog, dataset) {
        let definition = format!(
            "FOREIGN KEY ({}) REFERENCES {}({})",
            identifier(&link.column.name),
            qualified(&link.parent.name),
            identifier(link.key)
        );
        // Rows that are there already may refer to rows that are not.
        let placeholders = (existing.has_rows && link.missing == Missing::Placeholder)
            .then(|| placeholder::make(&link, &qualified(&dataset.name)));
        constraint(reference_name(dataset, link.column), definition, placeholders);
    }
    for name in existing.constraints.keys().filter(|name| !wanted.contains(*name)) {
        statements.push(alter(format!("DROP CONSTRAINT IF EXISTS {}", identifier(name))));
    }
    statements
}

fn unquoted(definition: &str) -> String {
    definition.replace('"', "")
}

/// What the catalog says of table and columns, for whoever looks at them with psql or a BI tool.
pub(super) fn comments(dataset: &Dataset) -> Vec<String> {
    let table = qualified(&dataset.name);
    let about = format!(
        "{}. The columns that begin with _ say which batch, file and row gave a row its present values: a row that a \
         newer file left as it was keeps them; a row without them is a placeholder for one that was referred to",
        dataset.title
    );
    let mut statements = vec![format!("COMMENT ON TABLE {table} IS {}", literal(&about))];
    let mut comment = |name: &str, text: &str| {
        statements.push(format!("COMMENT ON COLUMN {table}.{} IS {}", identifier(name), literal(text)));
    };
    for column in &dataset.columns {
        let phi = if column.phi { " (patient data)" } else { "" };
        comment(&column.name, format!("{}{phi}", column.description).trim());
    }
    for (name, _, description) in LINEAGE {
        comment(name, description);
    }
    statements
}

#[cfg(test)]
#[path = "ddl_tests.rs"]
mod tests;
