//! Which columns of tables and views hold patients' data.

use tokio_postgres::{Column, GenericClient};

use super::sql::qualified;
use super::view::in_order;
use super::{SchemaError, held};
use crate::catalog::{Catalog, Misfit, Place, Report, View};

/// The columns of a database that hold patients' data, as far as they are taken as they are: a value that a query works
/// out has no origin.
pub struct PatientData(Vec<Held>);

struct Held {
    /// PostgreSQL's number of the table or view, and of the column in it.
    place: (u32, i16),
    /// `domain.table.column`.
    origin: String,
}

impl PatientData {
    /// Those of the catalog's tables, as far as the database has them.
    ///
    /// # Errors
    /// Where PostgreSQL does not answer.
    pub async fn of<C: GenericClient>(client: &C, catalog: &Catalog) -> Result<Self, SchemaError> {
        let place = "SELECT attrelid, attnum FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attname = $2::text";
        let mut found = Vec::new();
        for dataset in &catalog.datasets {
            for table in [Some(dataset.clone()), held::contract(dataset)].into_iter().flatten() {
                for column in table.columns.iter().filter(|column| column.phi) {
                    let origin = format!("{}.{}", table.name, column.name);
                    let row = client.query_opt(place, &[&qualified(&table.name), &column.name]).await?;
                    found.extend(row.map(|row| Held { place: (row.get(0), row.get(1)), origin }));
                }
            }
        }
        Ok(Self(found))
    }

    /// Those of the catalog's tables and views.
    ///
    /// # Errors
    /// Where PostgreSQL does not answer, or does not know a view.
    pub async fn with_views<C: GenericClient>(client: &C, catalog: &Catalog) -> Result<Self, SchemaError> {
        let mut found = Self::of(client, catalog).await?;
        for view in in_order(&catalog.views) {
            let prepared = client.prepare(&view.query).await?;
            found.pass_through(client, view, prepared.columns()).await?;
        }
        Ok(found)
    }

    /// Adds the columns of a view of these.
    ///
    /// # Errors
    /// Where PostgreSQL does not answer, or does not know the view.
    pub async fn pass_through<C: GenericClient>(
        &mut self,
        client: &C,
        view: &View,
        columns: &[Column],
    ) -> Result<(), SchemaError> {
        let number = "SELECT $1::text::regclass::oid";
        let view: u32 = client.query_one(number, &[&qualified(&view.name)]).await?.get(0);
        for (column, number) in columns.iter().zip(1..) {
            if let Some(origin) = self.origin(column).map(str::to_owned) {
                self.0.push(Held { place: (view, number), origin });
            }
        }
        Ok(())
    }

    /// The columns of a query's result that a sanitized report must not show; of any other report none.
    #[must_use]
    pub fn misfits(&self, report: &Report, file: &str, columns: &[Column]) -> Vec<Misfit> {
        let is_pseudonym = |column: &Column| report.pseudonyms.iter().any(|name| name == column.name());
        let shown = columns.iter().filter(|column| report.sanitized && !is_pseudonym(column));
        let misfits = shown.filter_map(|column| {
            let origin = self.origin(column)?;
            let reason = format!(
                "`{}` in {file} is patient data ({origin}); leave it out, or name it in `pseudonyms`",
                column.name()
            );
            Some(Misfit { place: Place::Section(0), key: "sanitized", reason })
        });
        misfits.collect()
    }

    /// The column of patients' data that a result's column shows. A whole row shows all of its columns.
    #[must_use]
    pub fn origin(&self, column: &Column) -> Option<&str> {
        let table = column.table_oid()?;
        let shows = |held: &&Held| {
            held.place.0 == table && column.column_id().is_none_or(|number| number == held.place.1)
        };
        self.0.iter().find(shows).map(|held| held.origin.as_str())
    }
}
