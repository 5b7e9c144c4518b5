//! The indexes of a table that no load has ever filled: made once its rows are there, as PostgreSQL sorts many keys at
//! once faster than it finds the place of each.
//!
//! Nobody reads such a table meanwhile; docs/adr/0019 says why somebody may be kept waiting for it.

use rounds_shared::catalog::Dataset;
use rounds_shared::schema::sql::qualified;

use crate::curated::Objects;
use crate::error::Error;
use crate::load::Load;

/// Rows from which on it is worth its while: they take PostgreSQL a tenth of a second.
const MANY: u64 = 50_000;

impl<S: Objects> Load<'_, S> {
    /// Takes the indexes from a dataset's table, that of its key too, if it gets many rows and has never had any.
    /// Answers the statements that make the same ones again; none where they stay.
    pub(crate) async fn take_indexes(&self, dataset: &Dataset, rows: u64) -> Result<Vec<String>, Error> {
        if rows < MANY {
            return Ok(Vec::new());
        }
        let table = qualified(&dataset.name);
        let indexes = self.transaction.query(&of_unfilled(&table), &[&table, &dataset.name]).await?;
        let drops: Vec<&str> = indexes.iter().map(|row| row.get(0)).collect();
        if drops.is_empty() {
            return Ok(Vec::new());
        }
        let take = format!(
            "SAVEPOINT indexed; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT; {}; RELEASE indexed",
            drops.join("; ")
        );
        match self.transaction.batch_execute(&take).await {
            Ok(()) => Ok(indexes.iter().map(|row| row.get(1)).collect()),
            // Somebody is at the table, a view needs its key, it is another user's: rows go to it as it is.
            Err(error) if error.as_db_error().is_some() => {
                self.transaction.batch_execute("ROLLBACK TO indexed; RELEASE indexed").await?;
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// SELECT of how to drop each index of an empty table and how to make it. One that somebody made more of than its
/// definition says stays, and one that may not be made again as it is; all do where something is checked at COMMIT
/// only, as PostgreSQL changes no such table before. Parameters: the table, and its dataset, of which the ledger has no
/// batch as loaded: loads are taken out of it by hand, batches are not.
fn of_unfilled(table: &str) -> String {
    format!(
        "SELECT CASE WHEN k.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
                ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, k.conname) END,
                CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, k.conname,
                            pg_get_constraintdef(k.oid)) END
         FROM pg_index i
         JOIN pg_class c ON c.oid = i.indexrelid
         LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype <> 'f'
         WHERE i.indrelid = to_regclass($1) AND i.indisvalid AND NOT (i.indisclustered OR i.indisreplident)
           AND c.reloptions IS NULL AND c.reltablespace = 0 AND c.relkind = 'i' AND NOT c.relispartition
           AND i.indexprs IS NULL AND i.indpred IS NULL AND has_schema_privilege(c.relnamespace, 'CREATE')
           AND coalesce(obj_description(c.oid, 'pg_class'), obj_description(k.oid, 'pg_constraint')) IS NULL
           AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = i.indrelid AND tginitdeferred)
           AND NOT EXISTS (SELECT FROM ops.batch WHERE dataset = $2 AND status = 'loaded')
           AND NOT EXISTS (SELECT FROM {table})
         ORDER BY i.indexrelid"
    )
}
