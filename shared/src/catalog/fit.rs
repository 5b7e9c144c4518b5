//! Whether the results of a report's queries have what its file asks of them. Pure: names and types in, mistakes out.

use std::ops::Range;

use tokio_postgres::types::Type;
use toml::de::DeTable;

use super::check::{Mistake, line_of, suggestion};
use super::file;
use super::files::Files;
use super::message::Message;
use super::report::{Each, Headline, Measure, Query, Report};

/// A query's place in its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The figures.
    Headline,
    /// A picture, by the number of its section.
    Chart(usize),
    /// A table, by its number in [`Report::sections`]. What the file says of the report as a whole is of the first.
    Section(usize),
}

/// What a query gives: its columns, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The query's place.
    pub place: Place,
    /// Name, and whether it can be added up.
    pub columns: Vec<(String, bool)>,
}

impl Shape {
    /// The shape of a prepared query's result.
    #[must_use]
    pub fn of(place: Place, columns: &[tokio_postgres::Column]) -> Self {
        let numeric = [Type::INT2, Type::INT4, Type::INT8, Type::NUMERIC, Type::FLOAT4, Type::FLOAT8];
        let column =
            |column: &tokio_postgres::Column| (column.name().to_owned(), numeric.contains(column.type_()));
        Self { place, columns: columns.iter().map(column).collect() }
    }
}

/// A key of a report's file that asks for what its query does not give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {reason}")]
pub struct Misfit {
    /// The part of the file that has the key.
    pub place: Place,
    /// The key.
    pub key: &'static str,
    /// What is missing, and what is there.
    pub reason: String,
}

impl Misfit {
    /// The mistake in the file of its report.
    #[must_use]
    pub fn in_file(&self, report: &Report, files: &Files) -> Mistake {
        let file = report.file();
        let text = files.0.get(&file).map_or("", String::as_str);
        let line = self.span(text).map_or(1, |span| line_of(text, span.start));
        Mistake { file, line, message: self.to_string() }
    }

    /// Where the key stands.
    fn span(&self, text: &str) -> Option<Range<usize>> {
        let file = DeTable::parse(text).ok()?.into_inner();
        let inner = |name: &str| file.get(name).map(toml::Spanned::get_ref);
        let further = |number: usize| inner("sections")?.as_array()?.get(number - 1)?.get_ref().as_table();
        let table = match self.place {
            Place::Headline | Place::Section(0) => &file,
            Place::Chart(0) => inner("chart")?.as_table()?,
            Place::Section(number) => further(number)?,
            Place::Chart(number) => further(number)?.get("chart")?.get_ref().as_table()?,
        };
        table.get_key_value(self.key).map(|(key, _)| key.span())
    }
}

/// A column that the file names.
struct Wish<'a> {
    place: Place,
    key: &'static str,
    column: &'a str,
    is_numeric: bool,
    /// The query whose result is to have it.
    from: Place,
}

impl Report {
    /// Its file within the catalog's folder.
    #[must_use]
    pub fn file(&self) -> String {
        file(&self.name, "reports", "toml")
    }

    /// Its queries, in the order of the mail.
    pub fn queries(&self) -> impl Iterator<Item = (Place, &Query)> {
        let headline = match &self.headline {
            Headline::Query(query) => Some((Place::Headline, query)),
            Headline::Figures(_) => None,
        };
        let sections = self.sections.iter().enumerate().flat_map(|(number, section)| {
            let chart = section.chart.as_ref().and_then(|chart| chart.query.as_ref());
            let chart = chart.map(|query| (Place::Chart(number), query));
            chart.into_iter().chain([(Place::Section(number), &section.query)])
        });
        headline.into_iter().chain(sections)
    }

    /// What the file asks for and its queries do not give. Queries without a shape are passed over; pseudonyms, which may
    /// be columns of any query, are looked for where all have one.
    #[must_use]
    pub fn misfits(&self, shapes: &[Shape]) -> Vec<Misfit> {
        let mut misfits: Vec<Misfit> =
            self.wishes().iter().filter_map(|wish| wish.misfit(self, shapes)).collect();
        if self.queries().count() == shapes.len() {
            let known = || shapes.iter().flat_map(|shape| &shape.columns).map(|(name, _)| name.as_str());
            let unknown =
                self.pseudonyms.iter().filter(|name| !known().any(|column| column == name.as_str()));
            misfits.extend(unknown.map(|name| Misfit {
                place: Place::Section(0),
                key: "pseudonyms",
                reason: format!("no query gives a column `{name}`{}", suggestion(name, known())),
            }));
        }
        misfits
    }

    fn wishes(&self) -> Vec<Wish<'_>> {
        const OWN: Place = Place::Section(0);
        let mut wishes = Vec::new();
        let mut wish = |place, key, column, is_numeric, from| {
            wishes.push(Wish { place, key, column, is_numeric, from });
        };
        for column in &self.once_per {
            wish(OWN, "once_per", column, false, OWN);
        }
        match &self.each {
            Each::Report => {}
            Each::Row { address } => wish(OWN, "address", address, false, OWN),
            Each::Group { column, address } => {
                for (place, _) in self.queries().filter(|(place, _)| *place != Place::Headline) {
                    wish(OWN, "each", column, false, place);
                }
                wish(OWN, "address", address, false, OWN);
            }
        }
        for (key, wording) in self.message.iter().flat_map(Message::wordings) {
            for column in wording.columns() {
                wish(OWN, key, column, false, OWN);
            }
        }
        if let Headline::Figures(figures) = &self.headline {
            for (_, measure) in figures {
                if let Measure::Sum(column) = measure {
                    wish(OWN, "headline", column, true, OWN);
                }
            }
        }
        for (number, section) in self.sections.iter().enumerate() {
            let place = Place::Section(number);
            for column in &section.columns_in_mail {
                wish(place, "columns_in_mail", column, false, place);
            }
            if let Some(column) = &section.bar {
                wish(place, "bar", column, true, place);
            }
            let Some(chart) = &section.chart else { continue };
            let drawn = Place::Chart(number);
            let from = if chart.query.is_some() { drawn } else { place };
            wish(drawn, "x", &chart.x, false, from);
            if let Measure::Sum(column) = &chart.y {
                wish(drawn, "y", column, true, from);
            }
            if let Some(column) = &chart.series {
                wish(drawn, "series", column, false, from);
            }
        }
        wishes
    }
}

impl Wish<'_> {
    fn misfit(&self, report: &Report, shapes: &[Shape]) -> Option<Misfit> {
        let shape = shapes.iter().find(|shape| shape.place == self.from)?;
        let (_, query) = report.queries().find(|(place, _)| *place == self.from)?;
        let misfit = |reason| Some(Misfit { place: self.place, key: self.key, reason });
        match shape.columns.iter().find(|(name, _)| name == self.column) {
            None => {
                let known = shape.columns.iter().map(|(name, _)| name.as_str());
                let suggestion = suggestion(self.column, known);
                misfit(format!("{} gives no column `{}`{suggestion}", query.file, self.column))
            }
            Some((name, false)) if self.is_numeric => misfit(format!(
                "`{name}` is no number in {}; name a column that is one, or make it one there",
                query.file
            )),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
