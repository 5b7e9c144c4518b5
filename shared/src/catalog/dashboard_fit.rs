//! Whether the query of a dashboard's tab has what its file asks of it. Pure: columns in, mistakes out.

use std::ops::Range;

use tokio_postgres::Column;
use tokio_postgres::types::Type;
use toml::de::{DeTable, DeValue};

use super::check::{Mistake, line_of, suggestion};
use super::dashboard::{Dashboard, Measure, Tab};
use super::files::Files;

/// Types whose values can be counted and put in order.
const TOLD_APART: [Type; 14] = [
    Type::TEXT,
    Type::VARCHAR,
    Type::BPCHAR,
    Type::NAME,
    Type::BOOL,
    Type::INT2,
    Type::INT4,
    Type::INT8,
    Type::NUMERIC,
    Type::FLOAT4,
    Type::FLOAT8,
    Type::DATE,
    Type::TIMESTAMP,
    Type::UUID,
];

/// A key of a dashboard's file that asks for what its tab's query does not give, or must not show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` of the tab “{title}”: {reason}")]
pub struct TabMisfit {
    tab: usize,
    title: String,
    chart: Option<usize>,
    key: &'static str,
    reason: String,
}

impl TabMisfit {
    /// The mistake in the file of its dashboard.
    #[must_use]
    pub fn in_file(&self, dashboard: &Dashboard, files: &Files) -> Mistake {
        let file = dashboard.file();
        let text = files.0.get(&file).map_or("", String::as_str);
        let line = self.span(text).map_or(1, |span| line_of(text, span.start));
        Mistake { file, line, message: format!("`{}`: {}", self.key, self.reason) }
    }

    /// Where the key stands.
    fn span(&self, text: &str) -> Option<Range<usize>> {
        let file = DeTable::parse(text).ok()?.into_inner();
        let mut table = entry(&file, "tabs", self.tab)?;
        if let Some(chart) = self.chart {
            table = entry(table, "charts", chart)?;
        }
        table.get_key_value(self.key).map(|(key, _)| key.span())
    }
}

fn entry<'a, 'b>(table: &'a DeTable<'b>, key: &str, number: usize) -> Option<&'a DeTable<'b>> {
    table.get(key).map(toml::Spanned::get_ref).and_then(DeValue::as_array)?.get(number)?.get_ref().as_table()
}

/// A column that the file names.
struct Wish<'a> {
    chart: Option<usize>,
    key: &'static str,
    column: &'a str,
    wanted: Wanted,
}

/// What a column has to be.
#[derive(PartialEq, Eq)]
enum Wanted {
    /// Something that can be counted.
    Counted,
    /// Something that can be counted, and that anybody may see.
    Shown,
    /// True or false.
    Truth,
}

impl Tab {
    /// What the tab, the dashboard's `number`th, asks for and its query does not give. `patient_data` tells which column
    /// of patients' data a column shows as it is.
    #[must_use]
    pub fn misfits<'a>(
        &self,
        number: usize,
        columns: &[Column],
        patient_data: impl Fn(&Column) -> Option<&'a str>,
    ) -> Vec<TabMisfit> {
        let misfits = self.wishes().into_iter().filter_map(|wish| {
            let reason = self.reason(&wish, columns, &patient_data)?;
            let Wish { chart, key, .. } = wish;
            Some(TabMisfit { tab: number, title: self.title.clone(), chart, key, reason })
        });
        misfits.collect()
    }

    fn wishes(&self) -> Vec<Wish<'_>> {
        let mut wishes = Vec::new();
        let mut wish = |chart, key, column, wanted| wishes.push(Wish { chart, key, column, wanted });
        wish(None, "person", &self.person, Wanted::Counted);
        for measure in self.measures.values() {
            match measure {
                Measure::Count | Measure::People => {}
                Measure::Distinct(column) => wish(None, "measures", column, Wanted::Counted),
                Measure::Share(column) => wish(None, "measures", column, Wanted::Truth),
            }
        }
        for column in self.filters.values() {
            wish(None, "filters", column, Wanted::Shown);
        }
        for (number, chart) in self.charts.iter().enumerate() {
            wish(Some(number), "x", &chart.x, Wanted::Shown);
            if let Some(column) = &chart.series {
                wish(Some(number), "series", column, Wanted::Shown);
            }
            for column in &chart.details {
                wish(Some(number), "details", column, Wanted::Shown);
            }
        }
        wishes
    }

    fn reason<'a>(
        &self,
        wish: &Wish<'_>,
        columns: &[Column],
        patient_data: &impl Fn(&Column) -> Option<&'a str>,
    ) -> Option<String> {
        let (name, file) = (wish.column, &self.query.file);
        let Some(column) = columns.iter().find(|column| column.name() == name) else {
            let suggestion = suggestion(name, columns.iter().map(Column::name));
            return Some(format!("{file} gives no column `{name}`{suggestion}"));
        };
        if wish.wanted == Wanted::Truth {
            let is_truth = *column.type_() == Type::BOOL;
            return (!is_truth).then(|| {
                format!("`{name}` is not true or false in {file}; compare it with something there")
            });
        }
        if !TOLD_APART.contains(column.type_()) {
            return Some(format!("`{name}` is no text, number, day or truth in {file}; make it one there"));
        }
        let origin = patient_data(column).filter(|_| wish.wanted == Wanted::Shown)?;
        Some(format!(
            "`{name}` in {file} is patient data ({origin}); show something that many patients share"
        ))
    }
}
