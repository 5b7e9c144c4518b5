//! Tables, views and functions from the catalog: derived from its contracts and kept in step with them.
//!
//! - [`apply`] makes them, in an empty database as in one that has rows.
//! - [`Link`], [`held`], [`placeholder`]: references between tables, and the rows that they make wait or make up.
//! - [`clean_up`]: rows that need not stay for ever.
//! - [`PatientData`]: which of their columns hold patients' data.
//! - [`view`]: views, one after those that it reads.
//! - [`function`]: functions, which may read them all.
//! - `readers`: nobody who reads fails while all this changes.
//! - [`sql`]: names and words as SQL has them.

pub mod clean_up;
mod ddl;
pub mod function;
pub mod held;
mod index;
mod link;
mod patient_data;
pub mod placeholder;
mod readers;
pub mod sql;
pub mod view;

use std::collections::BTreeMap;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, GenericClient, Transaction};

use crate::catalog::{Catalog, Dataset, View};
use crate::database::DatabaseError;
use crate::failure::{Failure, Name};
use crate::ledger;
use ddl::{Existing, ExistingColumn};
use sql::qualified;

pub use ddl::Unmigratable;
pub use link::{Link, links_from, links_to};
pub use patient_data::PatientData;

/// Why the database does not follow the catalog; it is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// PostgreSQL.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A table cannot follow its contract.
    #[error(transparent)]
    Unmigratable(#[from] Unmigratable),
}

/// Lets `?` take the driver's errors, which lose their values on the way.
impl From<tokio_postgres::Error> for SchemaError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Failure for SchemaError {
    fn name(&self) -> Name {
        match self {
            Self::Database(error) => error.name(),
            Self::Unmigratable(_) => Name::Catalog,
        }
    }
}

/// Brings the database in step with the catalog, if it is not: tables of all datasets, parents first, then the views
/// and functions. Where the catalog's version is the one applied last, this is one query.
///
/// It is one transaction: views are dropped and made again in it, so that a reader waits at the most. It takes the locks
/// of all datasets before it touches a table, so that it waits for loads and they for it, without a deadlock; then it waits
/// until nobody reads.
///
/// # Errors
/// [`SchemaError::Unmigratable`] where a table with rows cannot follow its contract; nothing is changed then.
/// [`DatabaseError::Busy`] where a reader does not end.
pub async fn apply(client: &mut Client, catalog: &Catalog) -> Result<(), SchemaError> {
    if applied(client).await?.version == catalog.version {
        return Ok(());
    }
    let mut transaction = client.transaction().await?;
    ledger::lock(&transaction, "catalog").await?;
    let mut datasets: Vec<&str> = catalog.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
    datasets.sort_unstable();
    for dataset in datasets {
        ledger::lock(&transaction, dataset).await?;
    }
    let before = applied(&transaction).await?;
    if before.version == catalog.version {
        return Ok(());
    }
    let tables = catalog.datasets.iter().flat_map(|dataset| [dataset.name.clone(), held::name(dataset)]);
    readers::keep_out(&mut transaction, &tables.chain(before.views.iter().cloned()).collect::<Vec<_>>())
        .await?;
    let functions: BTreeMap<&str, String> =
        catalog.functions.iter().map(|it| (it.name.as_str(), function::create(it))).collect();
    drop_functions(&transaction, &before.functions, &functions).await?;
    drop_views(&transaction, &before.views).await?;
    let changes = migrate(&transaction, catalog).await?;
    for dataset in &catalog.datasets {
        let held = held::contract(dataset).as_ref().map(ddl::comments).unwrap_or_default();
        for statement in ddl::comments(dataset).iter().chain(&held) {
            transaction.batch_execute(statement).await?;
        }
    }
    for view in view::in_order(&catalog.views) {
        for statement in view::create(view).iter().chain(&inherited(&transaction, view).await?) {
            transaction.batch_execute(statement).await?;
        }
    }
    for function in &catalog.functions {
        let [schema, comment] = [function::schema(function), function::comment(function)];
        for statement in [schema, function::create(function), comment] {
            transaction.batch_execute(&statement).await?;
        }
    }
    let views: Vec<&str> = catalog.views.iter().map(|view| view.name.as_str()).collect();
    let functions = serde_json::to_string(&functions).unwrap_or_default();
    let note = "INSERT INTO ops.schema_change (subject, version, changes, views, functions) \
                VALUES ('catalog', $1, $2, $3, $4::text::jsonb)";
    transaction.execute(note, &[&catalog.version, &changes, &views, &functions]).await?;
    transaction.commit().await?;
    tracing::info!(version = catalog.version, changes = changes.len(), "the schema follows the catalog");
    Ok(())
}

/// What was applied last; nothing, in a database that has seen no catalog.
#[derive(Default)]
struct Applied {
    /// The catalog's version.
    version: String,
    /// Its views.
    views: Vec<String>,
    /// The statements that made its functions, by name.
    functions: BTreeMap<String, String>,
}

async fn applied<C: GenericClient>(client: &C) -> Result<Applied, SchemaError> {
    let last = "
        SELECT version, views, functions::text
        FROM ops.schema_change WHERE subject = 'catalog' ORDER BY change DESC LIMIT 1";
    let row = client.query_typed_opt(last, &[]).await?;
    Ok(row.map_or_else(Applied::default, |row| Applied {
        version: row.get(0),
        views: row.get(1),
        functions: serde_json::from_str(row.get(2)).unwrap_or_default(),
    }))
}

/// Drops the functions of the catalog before that are not made by the same statement now. The others stay in their places
/// for whoever is about to call them.
async fn drop_functions(
    transaction: &Transaction<'_>,
    before: &BTreeMap<String, String>,
    now: &BTreeMap<&str, String>,
) -> Result<(), SchemaError> {
    for (name, _) in before.iter().filter(|(name, made)| now.get(name.as_str()) != Some(made)) {
        transaction.batch_execute(&format!("DROP FUNCTION IF EXISTS {}", qualified(name))).await?;
    }
    Ok(())
}

/// Drops the views of the catalog before, in one statement because they may read each other. Views of other people stay;
/// one that reads a view of the catalog stands against the change.
async fn drop_views(transaction: &Transaction<'_>, views: &[String]) -> Result<(), SchemaError> {
    if !views.is_empty() {
        let names: Vec<String> = views.iter().map(|view| qualified(view)).collect();
        transaction.batch_execute(&format!("DROP VIEW IF EXISTS {}", names.join(", "))).await?;
    }
    Ok(())
}

/// Comments of a view's columns that its file does not speak of: those of the columns that they show as they are.
async fn inherited(transaction: &Transaction<'_>, view: &View) -> Result<Vec<String>, SchemaError> {
    let prepared = transaction.prepare(&view.query).await?;
    let (mut names, mut tables, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for column in prepared.columns() {
        let is_told = view.columns.iter().any(|(name, _)| name == column.name());
        if let (false, Some(table), Some(number)) = (is_told, column.table_oid(), column.column_id()) {
            names.push(column.name());
            tables.push(table);
            numbers.push(i32::from(number));
        }
    }
    let known = "
        SELECT name, col_description(relation, number)
        FROM unnest($1::text[], $2::oid[], $3::int[]) AS shown (name, relation, number)
        WHERE col_description(relation, number) IS NOT NULL";
    let known = transaction.query(known, &[&names, &tables, &numbers]).await?;
    Ok(known.iter().map(|row| view::comment(view, row.get(0), row.get(1))).collect())
}

/// Makes and changes tables, those of held rows among them; answers the statements that it ran. References come when all
/// tables are there, and indexes last.
async fn migrate(transaction: &Transaction<'_>, catalog: &Catalog) -> Result<Vec<String>, SchemaError> {
    let mut changes = Vec::new();
    let mut tables = Vec::new();
    for dataset in &catalog.datasets {
        tables.push((dataset.clone(), existing(transaction, &dataset.name).await?));
        match held::contract(dataset) {
            Some(held) => {
                let existing = existing(transaction, &held.name).await?;
                tables.push((held, existing));
            }
            None => changes.extend(without_held(transaction, dataset).await?),
        }
    }
    for (dataset, existing) in &mut tables {
        changes.extend(existing.as_mut().map(|existing| ddl::loosen(dataset, existing)).unwrap_or_default());
    }
    for (dataset, existing) in &tables {
        changes.extend(match existing {
            Some(existing) => ddl::evolve(dataset, existing)?,
            None => ddl::create(dataset),
        });
    }
    for statement in &changes {
        transaction.batch_execute(statement).await?;
    }
    for (dataset, existing) in tables {
        for statement in ddl::constrain(catalog, &dataset, &existing.unwrap_or_default()) {
            let ran = transaction.batch_execute(&statement).await;
            ran.map_err(|error| dangling(&dataset, error))?;
            changes.push(statement);
        }
    }
    for dataset in &catalog.datasets {
        let existing = index::existing(transaction, dataset).await?;
        for statement in index::in_step(catalog, dataset, &existing) {
            transaction.batch_execute(&statement).await?;
            changes.push(statement);
        }
    }
    Ok(changes)
}

/// Rows that are there refer to rows that are not, and the contract has no placeholder for these.
fn dangling(dataset: &Dataset, error: tokio_postgres::Error) -> SchemaError {
    if error.code() != Some(&SqlState::FOREIGN_KEY_VIOLATION) {
        return error.into();
    }
    Unmigratable {
        table: dataset.name.clone(),
        reason: "rows that are there refer to rows that are not".to_owned(),
        way_out: "load a file that brings those first, or keep `missing = \"allow\"`",
    }
    .into()
}

/// Lets go of the table of held rows where no reference makes rows wait any longer.
async fn without_held(
    transaction: &Transaction<'_>,
    dataset: &Dataset,
) -> Result<Option<String>, SchemaError> {
    let name = held::name(dataset);
    let Some(existing) = existing(transaction, &name).await? else {
        return Ok(None);
    };
    if existing.has_rows {
        let refused = Unmigratable {
            table: dataset.name.clone(),
            reason: format!("rows wait in {name}"),
            way_out: "load a file that brings what they refer to before you take `missing = \"hold\"` away",
        };
        return Err(refused.into());
    }
    Ok(Some(format!("DROP TABLE {}", qualified(&name))))
}

/// The table of this name as the database has it.
async fn existing(transaction: &Transaction<'_>, name: &str) -> Result<Option<Existing>, SchemaError> {
    let table = qualified(name);
    let columns = "
        SELECT attname, replace(format_type(atttypid, atttypmod), ' without time zone', ''), attnotnull
        FROM pg_attribute
        WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
    let mut existing = Existing::default();
    for row in transaction.query(columns, &[&table]).await? {
        existing.columns.insert(row.get(0), ExistingColumn { kind: row.get(1), required: row.get(2) });
    }
    if existing.columns.is_empty() {
        return Ok(None);
    }
    // timestamptz is a spelling of PostgreSQL's own; only the contract's types are ever compared.
    let key = "
        SELECT a.attname
        FROM pg_constraint c
        CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
        WHERE c.conrelid = to_regclass($1) AND c.contype = 'p'
        ORDER BY k.place";
    existing.key = transaction.query(key, &[&table]).await?.iter().map(|row| row.get(0)).collect();
    let constraints = r"
        SELECT conname, pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE conrelid = to_regclass($1)
          AND ((contype = 'c' AND conname LIKE '%\_values') OR (contype = 'f' AND conname LIKE '%\_fkey'))";
    for row in transaction.query(constraints, &[&table]).await? {
        existing.constraints.insert(row.get(0), row.get(1));
    }
    let rows = format!("SELECT EXISTS (SELECT FROM {table})");
    existing.has_rows = transaction.query_one(&rows, &[]).await?.get(0);
    Ok(Some(existing))
}
