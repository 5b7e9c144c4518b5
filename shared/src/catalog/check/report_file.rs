//! The shape of a report's file and the checks within it.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::{Examined, is_identifier, mart_file, message_file, one_select, query, request_file};
use crate::catalog::files::Files;
use crate::catalog::report::{
    Attachment, Cadence, Channel, Chart, ChartKind, Each, Headline, Measure, Query, Report, RowsInMail,
    Section, WhenEmpty,
};

/// A report and the needs that only the whole catalog can check.
pub(super) struct Read {
    pub(super) path: String,
    pub(super) report: Report,
    pub(super) needs: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportFile {
    pub(super) title: Spanned<String>,
    pub(super) cadence: Cadence,
    needs: Vec<Spanned<String>>,
    audience: Option<String>,
    pub(super) deliver: Vec<Channel>,
    pub(super) each: Option<Spanned<String>>,
    address: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) once_per: Vec<String>,
    #[serde(default)]
    pub(super) attach: Vec<Attachment>,
    pub(super) max_age: Option<Spanned<String>>,
    pub(super) headline: Spanned<HeadlineFile>,
    heading: Option<String>,
    query: Option<Spanned<String>>,
    sql: Option<String>,
    #[serde(default = "ten")]
    rows_in_mail: RowsInMail,
    #[serde(default)]
    columns_in_mail: Vec<String>,
    bar: Option<String>,
    #[serde(default)]
    pub(super) sections: Vec<SectionFile>,
    pub(super) chart: Option<ChartFile>,
    #[serde(default)]
    pseudonyms: Vec<String>,
    #[serde(default)]
    sanitized: bool,
    #[serde(default)]
    pub(super) parameters: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) settings: IndexMap<Spanned<String>, Vec<String>>,
    pub(super) message: Option<Spanned<String>>,
    subject: Option<Spanned<String>>,
    lines: Option<Spanned<String>>,
    hours: Option<Spanned<String>>,
    fresh_from: Option<Spanned<String>>,
    pub(super) empty: WhenEmpty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionFile {
    title: String,
    query: Spanned<String>,
    #[serde(default = "ten")]
    rows_in_mail: RowsInMail,
    #[serde(default)]
    columns_in_mail: Vec<String>,
    bar: Option<String>,
    chart: Option<ChartFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChartFile {
    title: String,
    kind: ChartKind,
    query: Option<Spanned<String>>,
    x: String,
    y: String,
    series: Option<String>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "figures such as { \"At risk\" = \"sum(amount)\" }, or the file of a query of one row"
)]
pub(super) enum HeadlineFile {
    Query(String),
    Figures(IndexMap<String, String>),
}

fn ten() -> RowsInMail {
    RowsInMail::First(10)
}

pub(super) fn read(file: &mut Examined<'_>, files: &Files, domain: &str, stem: &str) -> Option<Read> {
    let written: ReportFile = file.read()?;
    if !is_identifier(stem) {
        file.mistake(0..0, "a report's file name is lower-case letters, digits and `_`");
    }
    if written.needs.is_empty() || written.deliver.is_empty() {
        file.mistake(written.title.span(), "a report has at least one of `needs` and of `deliver`");
    }
    let queries = Queries { files, domain, title: written.title.span() };
    let each = each(file, &written);
    check_recipients(file, &written, each.as_ref());
    mart_file::check(file, &written);
    let told = told(&written, each.as_ref());
    let (message, hours) = (message_file::message(file, &told), message_file::hours(file, &told));
    let fresh_from = message_file::fresh_from(file, &told);
    let max_age = mart_file::max_age(file, &written);
    check_settings(file, &written.settings);
    let own = queries.own(file, &written, stem);
    request_file::check(file, &written, &own);
    let title = written.title.into_inner();
    let first = Section {
        title: written.heading.unwrap_or_else(|| title.clone()),
        query: own,
        rows_in_mail: written.rows_in_mail,
        columns_in_mail: written.columns_in_mail,
        bar: written.bar,
        chart: written.chart.map(|chart| queries.chart(file, chart)),
    };
    let further = written.sections.into_iter().map(|section| queries.section(file, section));
    let sections = std::iter::once(first).chain(further).collect();
    let headline = headline(file, &queries, written.headline);
    let report = Report {
        name: format!("{domain}.{stem}"),
        title,
        cadence: written.cadence,
        needs: written.needs.iter().map(|need| need.get_ref().clone()).collect(),
        audience: written.audience,
        deliver: written.deliver,
        each: each?,
        once_per: written.once_per,
        attach: written.attach,
        max_age,
        headline,
        sections,
        pseudonyms: written.pseudonyms,
        sanitized: written.sanitized,
        parameters: written.parameters.into_iter().map(Spanned::into_inner).collect(),
        settings: written.settings.into_iter().map(|(name, list)| (name.into_inner(), list)).collect(),
        message,
        fresh_from,
        hours,
        empty: written.empty,
    };
    Some(Read { path: file.path.to_owned(), report, needs: written.needs })
}

/// What the file says of messages and times.
fn told<'a>(written: &'a ReportFile, each: Option<&'a Each>) -> message_file::Written<'a> {
    message_file::Written {
        message: written.message.as_ref(),
        subject: written.subject.as_ref(),
        lines: written.lines.as_ref(),
        hours: written.hours.as_ref(),
        fresh_from: written.fresh_from.as_ref(),
        cadence: written.cadence,
        deliver: &written.deliver,
        each,
        has_more: !written.attach.is_empty() || written.chart.is_some(),
    }
}

/// Where a report's queries stand.
struct Queries<'a> {
    files: &'a Files,
    domain: &'a str,
    title: std::ops::Range<usize>,
}

impl Queries<'_> {
    /// A section that a report has besides its own rows.
    fn section(&self, file: &mut Examined<'_>, section: SectionFile) -> Section {
        Section {
            query: self.read(file, section.query.get_ref(), section.query.span()),
            title: section.title,
            rows_in_mail: section.rows_in_mail,
            columns_in_mail: section.columns_in_mail,
            bar: section.bar,
            chart: section.chart.map(|chart| self.chart(file, chart)),
        }
    }

    /// The query of the report's own rows: in its file as `sql`, or a file beside it.
    fn own(&self, file: &mut Examined<'_>, written: &ReportFile, stem: &str) -> Query {
        match (&written.sql, &written.query) {
            (Some(sql), beside) => {
                if let Some(name) = beside {
                    file.mistake(name.span(), "`sql` is the query already: write one of the two");
                }
                Query { file: file.path.to_owned(), sql: one_select(sql) }
            }
            (None, Some(name)) => self.read(file, name.get_ref(), name.span()),
            (None, None) => self.read(file, &format!("{stem}.sql"), self.title.clone()),
        }
    }

    /// The text of a query file that stands beside the report.
    fn read(&self, file: &mut Examined<'_>, name: &str, at: std::ops::Range<usize>) -> Query {
        query(file, self.files, format!("{}/reports/{name}", self.domain), at)
    }

    fn chart(&self, file: &mut Examined<'_>, written: ChartFile) -> Chart {
        Chart {
            query: written.query.as_ref().map(|name| self.read(file, name.get_ref(), name.span())),
            title: written.title,
            kind: written.kind,
            x: written.x,
            y: if written.y == "count" { Measure::Count } else { Measure::Sum(written.y) },
            series: written.series,
        }
    }
}

fn each(file: &mut Examined<'_>, written: &ReportFile) -> Option<Each> {
    let Some(each) = &written.each else { return Some(Each::Report) };
    let mut address = || match &written.address {
        Some(column) => Some(column.get_ref().clone()),
        None => {
            file.mistake(each.span(), "name the column that holds the address: `address = \"…\"`");
            None
        }
    };
    match each.get_ref().as_str() {
        "report" => Some(Each::Report),
        "row" => Some(Each::Row { address: address()? }),
        other => match other.strip_prefix("group by ").map(str::trim) {
            Some(column) => Some(Each::Group { column: column.to_owned(), address: address()? }),
            None => {
                file.mistake(each.span(), "`each` is `report`, `row`, or `group by` and a column");
                None
            }
        },
    }
}

/// Whoever is sent something has to be named, in one place.
fn check_recipients(file: &mut Examined<'_>, written: &ReportFile, each: Option<&Each>) {
    let is_sent = written.deliver.iter().any(|channel| channel.is_sent());
    let is_divided = each.is_some_and(|each| *each != Each::Report);
    if is_divided && matches!(written.headline.get_ref(), HeadlineFile::Query(_)) {
        file.mistake(
            written.headline.span(),
            "a query tells everybody the same; with `each` the headline is made of the letter's rows: `count`, `sum(…)`",
        );
    }
    match each {
        Some(Each::Report) if is_sent && written.audience.is_none() => {
            file.mistake(
                written.title.span(),
                "`audience` says who is sent the report; its addresses are configuration",
            );
        }
        Some(Each::Report) => {
            if let Some(address) = &written.address {
                file.mistake(
                    address.span(),
                    "`address` is for reports with `each = \"row\"` or `\"group by …\"`",
                );
            }
        }
        Some(Each::Row { .. }) if written.once_per.is_empty() => file.mistake(
            written.title.span(),
            "`each = \"row\"` needs `once_per`: the columns that tell one row's letter from another's",
        ),
        Some(Each::Row { .. }) if !written.sections.is_empty() || draws_other_rows(written) => file.mistake(
            written.title.span(),
            "with `each = \"row\"` there are no `[[sections]]` and the chart has no `query`: everybody would see all of them",
        ),
        _ => {}
    }
}

fn draws_other_rows(written: &ReportFile) -> bool {
    written.chart.as_ref().is_some_and(|chart| chart.query.is_some())
}

fn check_settings(file: &mut Examined<'_>, settings: &IndexMap<Spanned<String>, Vec<String>>) {
    for name in settings.keys().filter(|name| !is_free(name.get_ref())) {
        file.mistake(
            name.span(),
            "a setting's name is lower-case letters, digits and `_`, other than as_of, period_first and period_last",
        );
    }
}

/// Whether a query can read `rounds.<name>` as what a deployment or a request says.
pub(super) fn is_free(name: &str) -> bool {
    is_identifier(name) && !["as_of", "period_first", "period_last"].contains(&name)
}

fn headline(file: &mut Examined<'_>, queries: &Queries<'_>, written: Spanned<HeadlineFile>) -> Headline {
    let span = written.span();
    match written.into_inner() {
        HeadlineFile::Query(name) => Headline::Query(queries.read(file, &name, span)),
        HeadlineFile::Figures(figures) => Headline::Figures(
            figures
                .into_iter()
                .filter_map(|(name, measure)| match read_measure(&measure) {
                    Some(read) => Some((name, read)),
                    None => {
                        file.mistake(span.clone(), "a figure is `count`, or `sum(…)` of a column");
                        None
                    }
                })
                .collect(),
        ),
    }
}

fn read_measure(written: &str) -> Option<Measure> {
    if written == "count" {
        return Some(Measure::Count);
    }
    let column = written.strip_prefix("sum(")?.strip_suffix(')')?.trim();
    (!column.is_empty()).then(|| Measure::Sum(column.to_owned()))
}

#[cfg(test)]
#[path = "report_file_tests.rs"]
mod tests;
