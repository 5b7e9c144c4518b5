//! From a contract to the statements that make its table, or bring an existing one in step. Pure: text in, text out.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::catalog::{Catalog, Column, Dataset};

use crate::sql::{Link, identifier, links_from, list, literal, qualified};

/// The lineage columns of every table, behind the contract's own: which batch, file, sheet and row gave a row its
/// present values, and when.
pub const LINEAGE: [(&str, &str, &str); 5] = [
    ("_batch", "text", "Batch that gave the row its present values; null in a placeholder row"),
    ("_file", "text", "File that they came in"),
    ("_sheet", "text", "Sheet of the workbook; null for delimited text"),
    ("_row", "bigint", "Row as the spreadsheet numbers it"),
    ("_loaded_at", "timestamptz", "When the row got its present values"),
];

/// A table as the database has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Existing {
    /// Columns by name.
    pub columns: BTreeMap<String, ExistingColumn>,
    /// Columns of the primary key in order.
    pub key: Vec<String>,
    /// Definitions of CHECK and FOREIGN KEY constraints by name, as `pg_get_constraintdef` gives them.
    pub constraints: BTreeMap<String, String>,
    /// Whether there is a row.
    pub has_rows: bool,
}

/// A column as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingColumn {
    /// Type as `format_type` names it.
    pub kind: String,
    /// NOT NULL.
    pub required: bool,
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
#[must_use]
pub fn create(dataset: &Dataset) -> Vec<String> {
    let mut lines: Vec<String> = dataset.columns.iter().map(column).collect();
    lines.push(format!("PRIMARY KEY ({})", list("", dataset.key.iter().map(String::as_str))));
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
pub fn evolve(dataset: &Dataset, existing: &Existing) -> Result<Vec<String>, Unmigratable> {
    let refuse = |reason: String, way_out| Unmigratable { table: dataset.name.clone(), reason, way_out };
    let alter = |change: String| format!("ALTER TABLE {} {change}", qualified(&dataset.name));
    let mut statements = Vec::new();
    if existing.key != dataset.key {
        let keys =
            format!("its key is ({}) and should be ({})", existing.key.join(", "), dataset.key.join(", "));
        return Err(refuse(keys, "move the table aside (ALTER TABLE … RENAME) and drop the file again"));
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
            if !widens(&found.kind, &kind) {
                let reason = format!("`{}` is {} and should be {kind}", wanted.name, found.kind);
                return Err(refuse(reason, "give the column another name, or move the table aside"));
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
fn widens(from: &str, to: &str) -> bool {
    matches!((from, to), ("integer", "bigint") | ("integer" | "bigint" | "date", "text"))
}

/// Brings enumerations and references in step, once all tables are there. `existing` is empty for a new table.
#[must_use]
pub fn constrain(catalog: &Catalog, dataset: &Dataset, existing: &Existing) -> Vec<String> {
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
        let placeholders =
            existing.has_rows.then(|| crate::placeholder::make(&link, &qualified(&dataset.name)));
        constraint(format!("{}_{}_fkey", dataset.table(), link.column.name), definition, placeholders);
    }
    for name in existing.constraints.keys().filter(|name| !wanted.contains(*name)) {
        statements.push(alter(format!("DROP CONSTRAINT IF EXISTS {}", identifier(name))));
    }
    statements
}

fn unquoted(definition: &str) -> String {
    definition.replace('"', "")
}

/// Indexes on columns that refer to another table, without which each change there would read the whole table here.
/// May run any number of times.
#[must_use]
pub fn indexes(catalog: &Catalog, dataset: &Dataset) -> Vec<String> {
    let needed = |link: &Link<'_>| dataset.key.first() != Some(&link.column.name);
    let index = |link: Link<'_>| {
        let name = format!("{}_{}", dataset.table(), link.column.name);
        let column = identifier(&link.column.name);
        format!("CREATE INDEX IF NOT EXISTS {} ON {} ({column})", identifier(&name), qualified(&dataset.name))
    };
    links_from(catalog, dataset).into_iter().filter(needed).map(index).collect()
}

/// What the catalog says of table and columns, for whoever looks at them with psql or a BI tool.
#[must_use]
pub fn comments(dataset: &Dataset) -> Vec<String> {
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
mod tests {
    use rounds_shared::catalog::Files;

    use super::*;

    /// The embedded catalog with the appointments' contract replaced.
    fn catalog(from: &str, to: &str) -> Catalog {
        let mut files = Files::embedded();
        let text = files.0.get_mut("healthtech/appointments.toml").unwrap();
        assert!(text.contains(from), "the contract has `{from}`");
        *text = text.replace(from, to);
        Catalog::from_files(&files).unwrap()
    }

    fn embedded() -> Catalog {
        Catalog::from_files(&Files::embedded()).unwrap()
    }

    /// The appointments' table as the embedded catalog makes it.
    fn existing() -> Existing {
        let column = |(name, kind, required): (&str, &str, bool)| {
            (name.to_owned(), ExistingColumn { kind: kind.to_owned(), required })
        };
        let own = [
            ("booking_id", "bigint", true),
            ("patient_id", "bigint", true),
            ("doctor_id", "integer", true),
            ("booking_date", "date", true),
            ("status", "text", true),
        ];
        let lineage = LINEAGE.map(|(name, kind, _)| (name, kind, false));
        let constraint = |name: &str, definition: &str| (name.to_owned(), definition.to_owned());
        Existing {
            columns: own.into_iter().chain(lineage).map(column).collect(),
            key: vec!["booking_id".to_owned()],
            constraints: BTreeMap::from([
                constraint(
                    "appointments_doctor_id_fkey",
                    "FOREIGN KEY (doctor_id) REFERENCES healthtech.doctors(doctor_id)",
                ),
                constraint(
                    "appointments_status_values",
                    "CHECK ((status = ANY (ARRAY['confirmed'::text, 'cancelled'::text])))",
                ),
            ]),
            has_rows: true,
        }
    }

    fn changes(catalog: &Catalog) -> Vec<String> {
        let dataset = catalog.dataset("healthtech.appointments").unwrap();
        let mut statements = evolve(dataset, &existing()).unwrap();
        statements.extend(constrain(catalog, dataset, &existing()));
        statements
    }

    fn refusal(catalog: &Catalog) -> String {
        evolve(catalog.dataset("healthtech.appointments").unwrap(), &existing()).unwrap_err().to_string()
    }

    #[test]
    fn a_table_has_the_contracts_columns_and_lineage() {
        let catalog = embedded();
        let statements = create(catalog.dataset("healthtech.doctors").unwrap());
        assert_eq!(
            statements,
            [
                "CREATE SCHEMA IF NOT EXISTS \"healthtech\"",
                "CREATE TABLE \"healthtech\".\"doctors\" (\n    \"doctor_id\" integer NOT NULL,\n    \
                 \"name\" text NOT NULL,\n    \"specialty\" text,\n    PRIMARY KEY (\"doctor_id\"),\n    \
                 \"_batch\" text,\n    \"_file\" text,\n    \"_sheet\" text,\n    \"_row\" bigint,\n    \
                 \"_loaded_at\" timestamptz DEFAULT now()\n)"
            ]
        );
    }

    #[test]
    fn a_table_in_step_is_left_alone() {
        assert_eq!(changes(&embedded()), Vec::<String>::new());
    }

    #[test]
    fn a_new_optional_column_is_added() {
        let catalog = catalog("[columns]\n", "[columns]\nroom = { type = \"text\" }\n");
        assert_eq!(
            changes(&catalog),
            ["ALTER TABLE \"healthtech\".\"appointments\" ADD COLUMN \"room\" text"]
        );
    }

    #[test]
    fn a_new_required_column_needs_values_that_nobody_has() {
        let catalog = catalog("[columns]\n", "[columns]\nroom = { type = \"text\", required = true }\n");
        assert_eq!(
            refusal(&catalog),
            "healthtech.appointments cannot follow its contract: the new column `room` is required, and the rows there \
             have no value; add it as optional, load a file that has it, then require it"
        );
    }

    #[test]
    fn types_widen_and_never_narrow() {
        let wider = catalog("patient_id   = { type = \"bigint\"", "patient_id   = { type = \"text\"");
        assert_eq!(
            changes(&wider),
            [
                "ALTER TABLE \"healthtech\".\"appointments\" ALTER COLUMN \"patient_id\" TYPE text USING \"patient_id\"::text"
            ]
        );
        let narrower = catalog("patient_id   = { type = \"bigint\"", "patient_id   = { type = \"integer\"");
        assert!(refusal(&narrower).contains("`patient_id` is bigint and should be integer"));
    }

    #[test]
    fn a_column_that_left_the_contract_stays_and_is_not_required() {
        let mut gone = existing();
        gone.columns.insert("room".to_owned(), ExistingColumn { kind: "text".to_owned(), required: true });
        let catalog = embedded();
        assert_eq!(
            evolve(catalog.dataset("healthtech.appointments").unwrap(), &gone).unwrap(),
            ["ALTER TABLE \"healthtech\".\"appointments\" ALTER COLUMN \"room\" DROP NOT NULL"]
        );
    }

    #[test]
    fn another_key_is_refused() {
        let catalog = catalog("[\"booking_id\"]", "[\"patient_id\"]");
        assert!(refusal(&catalog).contains("its key is (booking_id) and should be (patient_id)"));
    }

    #[test]
    fn changed_words_replace_the_check() {
        let catalog =
            catalog("confirmed = [\"confirmed\"]", "confirmed = [\"confirmed\"], open = [\"open\"]");
        let table = "ALTER TABLE \"healthtech\".\"appointments\"";
        assert_eq!(
            changes(&catalog),
            [
                format!("{table} DROP CONSTRAINT IF EXISTS \"appointments_status_values\""),
                format!(
                    "{table} ADD CONSTRAINT \"appointments_status_values\" CHECK ((\"status\" = ANY \
                     (ARRAY['confirmed'::text, 'open'::text, 'cancelled'::text])))"
                ),
            ]
        );
    }
}
