//! What a catalog holds, as people and programs read it.

use std::fmt::Write as _;

use rounds_shared::catalog::{Catalog, Dashboard, Dataset, Report, View};
use serde_json::{Value, json};

use crate::table::Table;

pub(super) const TABLE: Table<'_> = Table {
    header: &["KIND", "NAME", "WHEN", "TITLE"],
    numbers: &[],
    spare: &[2, 0],
    elastic: 3,
    standing: 4,
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
    let views = catalog.views.iter().map(of_view);
    let reports = catalog.reports.iter().map(of_report);
    let dashboards = catalog.dashboards.iter().map(of_dashboard);
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

fn of_view(view: &View) -> Entry<'_> {
    let title = view.description.lines().next().unwrap_or_default().to_owned();
    Entry {
        kind: "view",
        name: &view.name,
        title,
        when: "when asked".to_owned(),
        reads: Vec::new(),
        file: view.file(),
    }
}

fn of_report(report: &Report) -> Entry<'_> {
    Entry {
        kind: "report",
        name: &report.name,
        title: report.title.clone(),
        when: report.cadence.as_str().replace('_', " "),
        reads: report.needs.iter().map(String::as_str).collect(),
        file: report.file(),
    }
}

fn of_dashboard(dashboard: &Dashboard) -> Entry<'_> {
    Entry {
        kind: "dashboard",
        name: &dashboard.name,
        title: dashboard.title.clone(),
        when: "after load".to_owned(),
        reads: dashboard.needs.iter().map(String::as_str).collect(),
        file: dashboard.file(),
    }
}

impl Entry<'_> {
    pub(super) fn row(&self) -> Vec<String> {
        vec![self.kind.to_owned(), self.name.to_owned(), self.when.clone(), self.title.clone()]
    }

    pub(super) fn as_json(&self) -> Value {
        let Self { kind, name, title, when, reads, file } = self;
        json!({"kind": kind, "name": name, "title": title, "when": when, "reads": reads, "file": file})
    }

    /// The thing with what it reads and what reads it; of a dataset also its columns.
    pub(super) fn tell(&self, catalog: &Catalog) -> String {
        let Self { kind, name, title, when, reads, file } = self;
        let mut text = format!("{name}  {title}\n  is a      {kind}, {when}\n  file      {file}");
        if !reads.is_empty() {
            let _ = write!(text, "\n  reads     {}", reads.join(", "));
        }
        let readers: Vec<&str> = entries(catalog)
            .iter()
            .filter(|entry| entry.reads.contains(name))
            .map(|entry| entry.name)
            .collect();
        if !readers.is_empty() {
            let _ = write!(text, "\n  read by   {}", readers.join(", "));
        }
        if let Some(dataset) = catalog.dataset(name) {
            let width = dataset.columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
            for column in &dataset.columns {
                let _ = write!(text, "\n  column    {:<width$}  {}", column.name, told_column(column));
            }
        }
        text
    }
}

fn told_column(column: &rounds_shared::catalog::Column) -> String {
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
        let told = dataset.tell(&catalog);
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
}
