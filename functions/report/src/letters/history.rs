//! The log of runs, `ops.report_run`: what each report's headline said, so that the next one can tell the change.

use std::collections::HashMap;

use jiff::civil::Date;
use rounds_shared::database::DatabaseError;
use tokio_postgres::Client;

use crate::due::DueReport;
use crate::query::table::Value;
use crate::rendering::content::Figure;

/// A run of the same report and item that spoke of an earlier day.
#[derive(Clone)]
pub struct Earlier {
    /// The day that it spoke of.
    pub as_of: Date,
    /// Its figures, as digits by name.
    figures: HashMap<String, String>,
}

impl Earlier {
    /// The run that `due` is compared with: the latest one that spoke of a day before. Its own period never counts, so
    /// that a period that is run again is compared with what it was compared with.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn of(client: &Client, due: &DueReport<'_>, item: &str) -> Result<Option<Self>, DatabaseError> {
        let latest = "
            SELECT r.as_of, f.value ->> 'name', f.value ->> 'value'
            FROM (
                SELECT as_of, figures FROM ops.report_run
                WHERE report = $1 AND item = $2 AND as_of < $3 AND period <> $4
                ORDER BY as_of DESC, rendered_at DESC LIMIT 1
            ) r
            LEFT JOIN LATERAL jsonb_array_elements(r.figures) f ON true";
        let mut earlier: Option<Self> = None;
        for row in client.query(latest, &[&due.report.name, &item, &due.as_of, &due.period.label]).await? {
            let as_of = row.try_get(0)?;
            let earlier = earlier.get_or_insert_with(|| Self { as_of, figures: HashMap::new() });
            if let (Some(name), Some(digits)) = (row.try_get(1)?, row.try_get(2)?) {
                earlier.figures.insert(name, digits);
            }
        }
        Ok(earlier)
    }

    /// Puts what a figure was beside what it is.
    pub fn beside(&self, figures: &mut [Figure]) {
        for figure in figures.iter_mut().filter(|figure| figure.kind.is_measure()) {
            figure.before = self.figures.get(&figure.name).and_then(|digits| match figure.value {
                Value::Integer(_) => digits.parse().ok().map(Value::Integer),
                Value::Decimal(_) => Some(Value::Decimal(digits.as_str().into())),
                _ => None,
            });
        }
    }
}

/// What is written down of a run.
pub struct Run<'a> {
    /// What was due.
    pub due: &'a DueReport<'a>,
    /// Which letter of a report that makes several; else empty.
    pub item: &'a str,
    /// Rows of its own that it has.
    pub rows: usize,
    /// Its headline; what is no number stays out of the log.
    pub figures: &'a [Figure],
    /// How long it took from its queries to its stored files.
    pub milliseconds: u128,
}

impl Run<'_> {
    /// Writes the run down, in the place of an earlier one of the same period and item. Of a report with `once_per` the
    /// letter with the fewest rows stands: a recipient who is new gets the whole window, which is nothing to compare with.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn record(&self, client: &Client) -> Result<(), DatabaseError> {
        let upsert = "
            INSERT INTO ops.report_run AS r (report, period, item, as_of, rows, figures, milliseconds)
            SELECT $1, $2, $3, $4, $5, coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'value', f.digits::numeric)
                                                          ORDER BY f.place), '[]'), $8
            FROM unnest($6::text[], $7::text[]) WITH ORDINALITY AS f (name, digits, place)
            ON CONFLICT (report, period, item) DO UPDATE
            SET as_of = excluded.as_of, rows = excluded.rows, figures = excluded.figures,
                milliseconds = excluded.milliseconds, rendered_at = now()
            WHERE NOT $9 OR excluded.rows <= r.rows";
        let DueReport { report, as_of, period } = self.due;
        let numbers = self.figures.iter().filter_map(|figure| Some((figure.name.as_str(), number(figure)?)));
        let (names, digits): (Vec<&str>, Vec<String>) = numbers.unzip();
        let rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let milliseconds = i64::try_from(self.milliseconds).unwrap_or(i64::MAX);
        let is_per_recipient = !report.once_per.is_empty();
        client
            .execute(
                upsert,
                &[
                    &report.name,
                    &period.label,
                    &self.item,
                    as_of,
                    &rows,
                    &names,
                    &digits,
                    &milliseconds,
                    &is_per_recipient,
                ],
            )
            .await?;
        Ok(())
    }
}

/// The digits of a figure that measures something.
fn number(figure: &Figure) -> Option<String> {
    let number = figure.kind.is_measure().then(|| figure.value.as_decimal())?;
    number.map(|number| number.to_string())
}
