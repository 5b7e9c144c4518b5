//! The shape of a report's file and the checks within it.

use indexmap::IndexMap;
use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::{Examined, is_identifier, message_file, query};
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
struct ReportFile {
    title: Spanned<String>,
    cadence: Cadence,
    needs: Vec<Spanned<String>>,
    audience: Option<String>,
    deliver: Vec<Channel>,
    each: Option<Spanned<String>>,
    address: Option<Spanned<String>>,
    #[serde(default)]
    once_per: Vec<String>,
    #[serde(default)]
    attach: Vec<Attachment>,
    max_age: Option<Spanned<String>>,
    headline: Spanned<HeadlineFile>,
    heading: Option<String>,
    query: Option<Spanned<String>>,
    #[serde(default = "ten")]
    rows_in_mail: RowsInMail,
    #[serde(default)]
    columns_in_mail: Vec<String>,
    bar: Option<String>,
    #[serde(default)]
    sections: Vec<SectionFile>,
    chart: Option<ChartFile>,
    #[serde(default)]
    pseudonyms: Vec<String>,
    #[serde(default)]
    sanitized: bool,
    #[serde(default)]
    parameters: Vec<Spanned<String>>,
    #[serde(default)]
    settings: IndexMap<Spanned<String>, Vec<String>>,
    message: Option<Spanned<String>>,
    subject: Option<Spanned<String>>,
    lines: Option<Spanned<String>>,
    hours: Option<Spanned<String>>,
    empty: WhenEmpty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
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
struct ChartFile {
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
enum HeadlineFile {
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
    check_mart(file, &written);
    let told = message_file::Written {
        message: written.message.as_ref(),
        subject: written.subject.as_ref(),
        lines: written.lines.as_ref(),
        hours: written.hours.as_ref(),
        cadence: written.cadence,
        deliver: &written.deliver,
        each: each.as_ref(),
        has_more: !written.attach.is_empty() || written.chart.is_some(),
    };
    let (message, hours) = (message_file::message(file, &told), message_file::hours(file, &told));
    let max_age = max_age(file, &written);
    check_settings(file, &written.settings);
    let own = match &written.query {
        Some(name) => queries.read(file, name.get_ref(), name.span()),
        None => queries.read(file, &format!("{stem}.sql"), queries.title.clone()),
    };
    check_request(file, &written, &own);
    let title = written.title.into_inner();
    let mut sections = vec![Section {
        title: written.heading.unwrap_or_else(|| title.clone()),
        query: own,
        rows_in_mail: written.rows_in_mail,
        columns_in_mail: written.columns_in_mail,
        bar: written.bar,
        chart: written.chart.map(|chart| queries.chart(file, chart)),
    }];
    for section in written.sections {
        sections.push(Section {
            query: queries.read(file, section.query.get_ref(), section.query.span()),
            title: section.title,
            rows_in_mail: section.rows_in_mail,
            columns_in_mail: section.columns_in_mail,
            bar: section.bar,
            chart: section.chart.map(|chart| queries.chart(file, chart)),
        });
    }
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
        hours,
        empty: written.empty,
    };
    Some(Read { path: file.path.to_owned(), report, needs: written.needs })
}

/// Where a report's queries stand.
struct Queries<'a> {
    files: &'a Files,
    domain: &'a str,
    title: std::ops::Range<usize>,
}

impl Queries<'_> {
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

/// A mart is what stands in the database, no less and no older.
fn check_mart(file: &mut Examined<'_>, written: &ReportFile) {
    let is_kept_up = written.cadence == Cadence::AfterLoad && written.empty == WhenEmpty::Send;
    let is_whole = written.once_per.is_empty() && written.each.is_none() && !written.attach.is_empty();
    let is_alone = written.deliver == [Channel::Mart];
    if written.deliver.contains(&Channel::Mart) && !(is_kept_up && is_whole && is_alone) {
        file.mistake(
            written.title.span(),
            "a mart is kept up with each load: `deliver = [\"mart\"]` alone, `cadence = \"after load\"`, \
             `empty = \"send\"`, its files in `attach`, and neither `once_per` nor `each`",
        );
    }
}

/// How long a mart's files may be kept by whoever reads them.
fn max_age(file: &mut Examined<'_>, written: &ReportFile) -> Option<SignedDuration> {
    let max_age = written.max_age.as_ref()?;
    let read = max_age.get_ref().parse::<SignedDuration>().ok().filter(SignedDuration::is_positive);
    if read.is_none() || !written.deliver.contains(&Channel::Mart) {
        file.mistake(max_age.span(), "`max_age` is a time such as \"10 minutes\", and a mart's");
    }
    read
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
fn is_free(name: &str) -> bool {
    is_identifier(name) && !["as_of", "period_first", "period_last"].contains(&name)
}

/// What is asked for is one file about what the request names; nobody is shown it but through its link.
fn check_request(file: &mut Examined<'_>, written: &ReportFile, own: &Query) {
    let is_asked_for = written.cadence == Cadence::OnRequest;
    let is_one_file = written.attach.len() == 1 && written.sections.is_empty() && written.chart.is_none();
    let is_for_one = written.each.is_none() && written.once_per.is_empty();
    let is_linked = matches!(written.deliver.as_slice(), [Channel::Email | Channel::File]);
    if is_asked_for && !(is_one_file && is_for_one && is_linked) {
        file.mistake(
            written.title.span(),
            "on request there is one file: one word in `attach`, `deliver` is `[\"email\"]`, which sends a link to it, or \
             `[\"file\"]`, and there are neither `each`, `once_per`, `[[sections]]` nor a chart",
        );
    }
    for name in &written.parameters {
        let is_taken = written.settings.keys().any(|setting| setting.get_ref() == name.get_ref());
        if !is_asked_for {
            file.mistake(name.span(), "`parameters` are for reports with `cadence = \"on request\"`");
        } else if !is_free(name.get_ref()) || is_taken {
            file.mistake(
                name.span(),
                "a parameter's name is lower-case letters, digits and `_`, other than as_of, period_first, period_last \
                 and a setting's",
            );
        } else if !own.sql.contains(&format!("'rounds.{}'", name.get_ref())) {
            let reads = format!("current_setting('rounds.{}')", name.get_ref());
            file.mistake(
                name.span(),
                format!("{} does not read `{reads}`, and tells of everybody", own.file),
            );
        }
    }
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
