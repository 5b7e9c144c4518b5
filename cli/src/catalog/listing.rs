//! What a catalog holds, as people and programs read it.

use std::fmt::Write as _;

use rounds_shared::catalog::{Catalog, Column, Dashboard, Dataset, Report, View};
use rounds_shared::schema::view::mentions;
use serde_json::{Value, json};

use crate::table::Table;

pub(super) const TABLE: Table<'_> = Table {
    header: &["KIND", "NAME", "WHEN", "TITLE"],
    numbers: &[],
    spare: &[2, 0],
    elastic: &[3],
    standing: None,
};

/// One thing of the catalog that has a name.
pub(super) struct Entry<'a> {
    kind: &'static str,
    pub(super) name: &'a str,
    title: String,
    /// When it changes or goes out.
    when: String,
    /// What it reads.
    reads: Vec<&'a str>,
    /// Its file within the catalog's folder.
    file: String,
}

/// Datasets, views, reports and dashboards, each in the catalog's order.
pub(super) fn entries(catalog: &Catalog) -> Vec<Entry<'_>> {
    let datasets = catalog.datasets.iter().map(of_dataset);
    let views = catalog.views.iter().map(|view| of_view(view, catalog));
    let reports = catalog.reports.iter().map(|report| of_report(report, catalog));
    let dashboards = catalog.dashboards.iter().map(|dashboard| of_dashboard(dashboard, catalog));
    datasets.chain(views).chain(reports).chain(dashboards).collect()
}

fn of_dataset(dataset: &Dataset) -> Entry<'_> {
    let reads = dataset.columns.iter().filter_map(|column| column.references.as_ref());
    Entry {
        kind: "dataset",
        name: &dataset.name,
        title: dataset.title.clone(),
        when: format!("dropped in {}", dataset.prefix),
        reads: reads.map(|reference| reference.dataset.as_str()).collect(),
        file: format!("{}.toml", dataset.name.replacen('.', "/", 1)),
    }
}

fn of_view<'a>(view: &'a View, catalog: &'a Catalog) -> Entry<'a> {
    let title = view.description.lines().next().unwrap_or_default().to_owned();
    let datasets = catalog.datasets.iter().map(|dataset| dataset.name.as_str());
    let datasets = datasets.filter(|name| mentions(&view.query, name));
    Entry {
        kind: "view",
        name: &view.name,
        title,
        when: "when asked".to_owned(),
        reads: datasets
            .chain(views_in(catalog, vec![view.query.as_str()]))
            .filter(|read| *read != view.name)
            .collect(),
        file: view.file(),
    }
}

fn of_report<'a>(report: &'a Report, catalog: &'a Catalog) -> Entry<'a> {
    let queries = report.queries().map(|(_, query)| query.sql.as_str()).collect();
    Entry {
        kind: "report",
        name: &report.name,
        title: report.title.clone(),
        when: report.cadence.as_str().replace('_', " "),
        reads: report.needs.iter().map(String::as_str).chain(views_in(catalog, queries)).collect(),
        file: report.file(),
    }
}

fn of_dashboard<'a>(dashboard: &'a Dashboard, catalog: &'a Catalog) -> Entry<'a> {
    let queries = dashboard.tabs.iter().map(|tab| tab.query.sql.as_str()).collect();
    Entry {
        kind: "dashboard",
        name: &dashboard.name,
        title: dashboard.title.clone(),
        when: "after load".to_owned(),
        reads: dashboard.needs.iter().map(String::as_str).chain(views_in(catalog, queries)).collect(),
        file: dashboard.file(),
    }
}

/// The views that any of these queries reads.
fn views_in<'a>(catalog: &'a Catalog, queries: Vec<&'a str>) -> impl Iterator<Item = &'a str> {
    let views = catalog.views.iter().map(|view| view.name.as_str());
    views.filter(move |name| queries.iter().any(|query| mentions(query, name)))
}

impl Entry<'_> {
    pub(super) fn row(&self) -> Vec<String> {
        vec![self.kind.to_owned(), self.name.to_owned(), self.when.clone(), self.title.clone()]
    }

    pub(super) fn as_json(&self) -> Value {
        let Self { kind, name, title, when, reads, file } = self;
        json!({"kind": kind, "name": name, "title": title, "when": when, "reads": reads, "file": file})
    }

    /// What reads it; nothing reads what goes out.
    pub(super) fn readers<'e>(&self, entries: &'e [Self]) -> Vec<&'e Self> {
        let is_read = matches!(self.kind, "dataset" | "view");
        entries.iter().filter(|entry| is_read && entry.reads.contains(&self.name)).collect()
    }

    /// The same as [`Entry::tell`] for a program.
    pub(super) fn whole(&self, catalog: &Catalog, readers: &[&Self]) -> Value {
        let mut told = self.as_json();
        let readers = readers.iter().map(|Self { kind, name, .. }| json!({"kind": kind, "name": name}));
        if let Some(told) = told.as_object_mut() {
            told.insert("read_by".to_owned(), readers.collect());
            told.insert("columns".to_owned(), self.columns(catalog).iter().map(column_as_json).collect());
        }
        told
    }

    fn columns<'a>(&self, catalog: &'a Catalog) -> &'a [Column] {
        let dataset = catalog.dataset(self.name).filter(|_| self.kind == "dataset");
        dataset.map_or(&[], |dataset| &dataset.columns)
    }

    /// The thing with what it reads and what reads it; of a dataset also its columns.
    pub(super) fn tell(&self, catalog: &Catalog, readers: &[&Self]) -> String {
        let Self { kind, name, title, when, reads, file } = self;
        let mut text = format!("{name}  {title}\n  is a      {kind}, {when}\n  file      {file}");
        if !reads.is_empty() {
            let _ = write!(text, "\n  reads     {}", reads.join(", "));
        }
        if !readers.is_empty() {
            let readers: Vec<String> =
                readers.iter().map(|Self { kind, name, .. }| format!("{kind} {name}")).collect();
            let _ = write!(text, "\n  read by   {}", readers.join(", "));
        }
        let columns = self.columns(catalog);
        let width = columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
        for column in columns {
            let _ = write!(text, "\n  column    {:<width$}  {}", column.name, told_column(column));
        }
        text
    }
}

fn column_as_json(column: &Column) -> Value {
    json!({
        "name": column.name, "type": column.kind.to_string(), "required": column.required, "unique": column.unique,
        "phi": column.phi, "aliases": column.aliases, "values": column.values.len(),
        "references": column.references.as_ref().map(|reference| &reference.dataset),
    })
}

fn told_column(column: &Column) -> String {
    let mut told = vec![column.kind.to_string()];
    let facts = [(column.required, "required"), (column.unique, "unique"), (column.phi, "patients' data")];
    told.extend(facts.into_iter().filter(|(is_so, _)| *is_so).map(|(_, told)| told.to_owned()));
    if !column.aliases.is_empty() {
        told.push(format!("also called {}", column.aliases.join(", ")));
    }
    if !column.values.is_empty() {
        told.push(format!("one of {} words", column.values.len()));
    }
    told.extend(column.references.as_ref().map(|reference| format!("names a row of {}", reference.dataset)));
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_is_told_with_its_columns_and_who_reads_it() {
        let catalog = Catalog::open(None).unwrap();
        let entries = entries(&catalog);
        let dataset = entries.iter().find(|entry| entry.name == "healthtech.appointments").unwrap();
        let told = dataset.tell(&catalog, &dataset.readers(&entries));
        assert!(told.contains("file      healthtech/appointments.toml"), "{told}");
        assert!(told.contains("read by   ") && told.contains("healthtech.summary"), "{told}");
        assert!(told.contains("column    booking_id"), "{told}");
        assert!(entries.iter().all(|entry| !entry.title.is_empty()), "each has a title");
        let report = entries.iter().find(|entry| entry.name == "mis.cancelled").unwrap();
        assert_eq!(
            (report.as_json()["kind"].as_str(), report.as_json()["when"].as_str()),
            (Some("report"), Some("daily"))
        );
    }

    #[test]
    fn a_view_reads_what_its_query_names_and_is_read_by_the_report_of_its_name() {
        let catalog = Catalog::open(None).unwrap();
        let entries = entries(&catalog);
        let named: Vec<&Entry<'_>> =
            entries.iter().filter(|entry| entry.name == "records.doctor_summary").collect();
        let kinds: Vec<&str> = named.iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, ["view", "report"], "one name, two things");
        assert!(named[0].reads.contains(&"records.visits"), "{:?}", named[0].reads);
        let told = named[0].tell(&catalog, &named[0].readers(&entries));
        assert!(told.contains("read by   report records.doctor_summary"), "{told}");
        let doctors = entries.iter().find(|entry| entry.name == "records.doctors").unwrap();
        let whole = doctors.whole(&catalog, &doctors.readers(&entries));
        assert!(
            whole["read_by"]
                .as_array()
                .unwrap()
                .contains(&json!({"kind": "view", "name": "records.doctor_summary"}))
        );
        assert_eq!(whole["columns"][0]["name"], "doctor_id");
        assert!(named[1].readers(&entries).is_empty(), "what goes out is not read");
    }
}
