//! A catalog tried in an empty database: its tables are made, its views and functions created, its
//! queries prepared. Nothing is run but the functions, once, and asked for nothing.

use rounds_shared::catalog::{
    Catalog, Dashboard, Dataset, Files, Function, Mistake, Report, Shape, View, suggestion,
};
use rounds_shared::ledger;
use rounds_shared::schema::sql::qualified;
use rounds_shared::schema::view::mentions;
use rounds_shared::schema::{self, PatientData, SchemaError, clean_up, function, view};
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};
use tokio_postgres::{Client, Statement};

/// Every mistake that shows only there, in the order of files and lines. What reads a view that has a mistake is not
/// looked at.
///
/// # Errors
/// Where the database does not answer, or makes no tables.
pub(super) async fn mistakes(
    client: &mut Client,
    files: &Files,
    catalog: &Catalog,
) -> Result<Vec<Mistake>, SchemaError> {
    ledger::ensure(client).await?;
    let tables = Catalog { views: Vec::new(), functions: Vec::new(), ..catalog.clone() };
    schema::apply(client, &tables).await?;
    let patient_data = PatientData::of(client, catalog).await?;
    let mut trial =
        Trial { client, files, catalog, patient_data, wrong_views: Vec::new(), mistakes: Vec::new() };
    for view in view::in_order(&catalog.views) {
        trial.view(view).await?;
    }
    for function in &catalog.functions {
        trial.function(function).await?;
    }
    for report in &catalog.reports {
        trial.report(report).await?;
    }
    for dataset in &catalog.datasets {
        trial.clean_up(dataset).await?;
    }
    for dashboard in &catalog.dashboards {
        trial.dashboard(dashboard).await?;
    }
    let mut mistakes = trial.mistakes;
    mistakes.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    // Reports may share a query.
    mistakes.dedup();
    Ok(mistakes)
}

/// How many arguments a function takes, and whether it depends on a table or view, or on its rows' type. Parameter: name.
const MADE: &str = "
    SELECT pronargs, EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'n' AND refobjid >= 16384
          AND refclassid IN ('pg_class'::regclass, 'pg_type'::regclass))
    FROM pg_proc p WHERE p.oid = to_regproc($1::text)";

struct Trial<'a> {
    client: &'a Client,
    files: &'a Files,
    catalog: &'a Catalog,
    patient_data: PatientData,
    wrong_views: Vec<&'a str>,
    mistakes: Vec<Mistake>,
}

impl<'a> Trial<'a> {
    async fn view(&mut self, view: &'a View) -> Result<(), SchemaError> {
        let file = view.file();
        let prepared = self.prepare(&file, &view.query).await?;
        let Some(prepared) = prepared else {
            self.wrong_views.push(&view.name);
            return Ok(());
        };
        let told = self.known_columns(view, &prepared);
        for statement in view::create(&View { columns: told, ..view.clone() }) {
            if let Err(error) = self.client.batch_execute(&statement).await {
                self.wrong_views.push(&view.name);
                // A position would be one in the statement around the query.
                return self.refused(&file, "", error);
            }
        }
        self.patient_data.pass_through(self.client, view, prepared.columns()).await
    }

    /// What the view's file says of columns that it gives; one that it does not give is noted.
    fn known_columns(&mut self, view: &View, prepared: &Statement) -> Vec<(String, String)> {
        let file = view.file();
        let given = || prepared.columns().iter().map(tokio_postgres::Column::name);
        let (known, unknown): (Vec<_>, Vec<_>) =
            view.columns.iter().cloned().partition(|(name, _)| given().any(|given| given == name));
        for (name, _) in unknown {
            let mut lines = self.files.0.get(&file).map_or("", String::as_str).lines();
            let line = lines.position(|line| View::column_in(line).is_some_and(|(column, _)| column == name));
            let message = format!("the view gives no column `{name}`{}", suggestion(&name, given()));
            self.mistakes.push(Mistake { file: file.clone(), line: line.unwrap_or_default() + 1, message });
        }
        known
    }

    /// Makes the function, and calls it: what it must not do, PostgreSQL tells only then.
    async fn function(&mut self, function: &Function) -> Result<(), SchemaError> {
        let file = function.file();
        if self.wrong_views.iter().any(|view| mentions(&function.definition, view)) {
            return Ok(());
        }
        self.client.batch_execute(&function::schema(function)).await?;
        let create = function::create(function);
        if let Err(error) = self.client.execute(&create, &[]).await {
            return self.refused(&file, &create, error);
        }
        let name = qualified(&function.name);
        let made = self.client.query_one(MADE, &[&name]).await?;
        let (arguments, is_tied): (i16, bool) = (made.get(0), made.get(1));
        if is_tied {
            let message = "it would stand in the way of changes to a table or view: name each column in \
                           RETURNS TABLE (…), and write the body between $$ and $$";
            self.mistakes.push(Mistake { file, line: 1, message: message.to_owned() });
            return Ok(());
        }
        let nothing = vec!["NULL"; usize::try_from(arguments).unwrap_or_default()].join(", ");
        match self.client.batch_execute(&format!("SELECT FROM {name}({nothing})")).await {
            Ok(()) => Ok(()),
            Err(error) => self.refused(&file, "", error),
        }
    }

    async fn report(&mut self, report: &Report) -> Result<(), SchemaError> {
        let (mut shapes, mut misfits) = (Vec::new(), Vec::new());
        for (place, query) in report.queries() {
            let Some(prepared) = self.prepare(&query.file, &query.sql).await? else { continue };
            shapes.push(Shape::of(place, prepared.columns()));
            misfits.extend(self.patient_data.misfits(report, &query.file, prepared.columns()));
        }
        misfits.extend(report.misfits(&shapes));
        self.mistakes.extend(misfits.iter().map(|misfit| misfit.in_file(report, self.files)));
        Ok(())
    }

    async fn dashboard(&mut self, dashboard: &Dashboard) -> Result<(), SchemaError> {
        for (number, tab) in dashboard.tabs.iter().enumerate() {
            let Some(prepared) = self.prepare(&tab.query.file, &tab.query.sql).await? else { continue };
            let misfits = tab.misfits(number, prepared.columns(), |column| self.patient_data.origin(column));
            self.mistakes.extend(misfits.iter().map(|misfit| misfit.in_file(dashboard, self.files)));
        }
        Ok(())
    }

    /// Has PostgreSQL read the condition of a dataset's clean-up.
    async fn clean_up(&mut self, dataset: &Dataset) -> Result<(), SchemaError> {
        let Some(rule) = &dataset.clean_up else { return Ok(()) };
        let wrong = match self.client.prepare(&clean_up::rows(dataset, rule)).await {
            Ok(prepared) if prepared.params().is_empty() => return Ok(()),
            Ok(_) => "nobody gives `$1` a value: write the condition out".to_owned(),
            Err(error) => match error.as_db_error() {
                Some(refused) => format!("{}{}", one_line(refused.message()), self.way_out(refused)),
                None => return Err(error.into()),
            },
        };
        self.mistakes.push(dataset.wrong_clean_up(self.files, &wrong));
        Ok(())
    }

    /// The query's result; none where it has a mistake, which is noted, or reads a view that has one.
    async fn prepare(&mut self, file: &str, query: &str) -> Result<Option<Statement>, SchemaError> {
        if self.wrong_views.iter().any(|view| mentions(query, view)) {
            return Ok(None);
        }
        let wrong = match self.client.prepare(query).await {
            Err(error) => {
                self.refused(file, query, error)?;
                return Ok(None);
            }
            Ok(prepared) if prepared.columns().is_empty() => "it gives no columns: write one SELECT here",
            Ok(prepared) if !prepared.params().is_empty() => {
                "nobody gives `$1` a value: the day is current_setting('rounds.as_of')::date"
            }
            Ok(prepared) => return Ok(Some(prepared)),
        };
        self.mistakes.push(Mistake { file: file.to_owned(), line: 1, message: wrong.to_owned() });
        Ok(None)
    }

    /// Notes what PostgreSQL has against a file's query.
    fn refused(&mut self, file: &str, query: &str, error: tokio_postgres::Error) -> Result<(), SchemaError> {
        let Some(refused) = error.as_db_error() else { return Err(error.into()) };
        let text = self.files.0.get(file).map_or("", String::as_str);
        // A report's file may hold the query among its keys.
        let above = text.find(query).unwrap_or_else(|| text.len() - text.trim_start().len());
        let above = text.get(..above).unwrap_or_default();
        let line = match refused.position() {
            Some(ErrorPosition::Original(position)) => {
                let read = usize::try_from(*position).unwrap_or_default().saturating_sub(1);
                let before = above.chars().chain(query.chars().take(read));
                before.filter(|&character| character == '\n').count()
            }
            // A function's body is refused as a whole.
            _ => text.lines().position(|line| line.contains("$$")).unwrap_or_default(),
        };
        // What Rounds adds below a function's text has no line in the file.
        let line = line.min(text.trim_end().lines().count().saturating_sub(1)) + 1;
        let message = format!("{}{}", one_line(refused.message()), self.way_out(refused));
        self.mistakes.push(Mistake { file: file.to_owned(), line, message });
        Ok(())
    }

    fn way_out(&self, refused: &DbError) -> String {
        if let Some(hint) = refused.hint() {
            return format!(". {}", one_line(hint).trim_end_matches('.'));
        }
        match *refused.code() {
            SqlState::UNDEFINED_TABLE if refused.message().starts_with("relation") => {
                let tables = self.catalog.datasets.iter().map(|dataset| dataset.name.as_str());
                let known = tables.chain(self.catalog.views.iter().map(|view| view.name.as_str()));
                suggestion(refused.message().split('"').nth(1).unwrap_or_default(), known)
            }
            SqlState::UNDEFINED_COLUMN => {
                "; a table has the columns of its dataset's file, a view those of its query".to_owned()
            }
            SqlState::DUPLICATE_COLUMN => "; give one of them another name with AS".to_owned(),
            SqlState::SYNTAX_ERROR if refused.position().is_none() => "; write one SELECT here".to_owned(),
            SqlState::SYNTAX_ERROR => "; look there, and at what stands before it".to_owned(),
            _ => refused.detail().map(|detail| format!(": {}", one_line(detail))).unwrap_or_default(),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
