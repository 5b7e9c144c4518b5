//! A report as people read it: the mail's subject, its HTML, its plain-text twin, and what a telephone shows of it.
//!
//! The HTML is made of nested tables with inlined styles, because that is what Outlook and Gmail draw; one `style`
//! element serves dark mode where a client knows it. It holds down to a width of 360 px without it.

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rounds_shared::catalog::{Attachment, Catalog, Report, RowsInMail};

use crate::error::Reason;
use crate::query::table::Column;
use crate::rendering::block::{Block, Drawn, block};
use crate::rendering::content::{Content, Enclosure, Figure, Picture};
use crate::rendering::message::{self, Told};
use crate::rendering::wording::{self, in_whole, rows, shortened, written};
use crate::rendering::{days, remarks};

/// Bytes of HTML above which rows are left out: Gmail hides what follows its 102nd kilobyte.
const MOST_BYTES: usize = 95_000;
/// Letters of an amount above which its cents are left out of the headline.
const MOST_LETTERS: usize = 12;
/// Pixels of a mail, where a screen has them.
const WIDTH: u16 = 640;
/// Letters of a short message.
const SHORT: usize = 300;

/// A report, rendered for people.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// One line: the report, its first figure, and its days.
    pub subject: String,
    /// The whole document; it shows a picture as `cid:` and its name.
    pub html: String,
    /// The same without markup.
    pub text: String,
    /// What a telephone is sent: the report's message, or else two lines of at most 300 letters with the report, its days
    /// and the figures that are numbers, never a row, nor a text that may name somebody.
    pub short: String,
    /// What a chat room is sent: the same, and below a message its `lines`.
    pub chat: String,
}

impl Page {
    /// The document with the pictures in it, for whoever opens it as a file.
    #[must_use]
    pub fn standalone(&self, pictures: &[Picture]) -> String {
        pictures.iter().fold(self.html.clone(), |html, picture| {
            let png = BASE64_STANDARD.encode(&picture.png);
            let shown = format!("src=\"cid:{}\"", picture.name());
            html.replace(&shown, &format!("src=\"data:image/png;base64,{png}\""))
        })
    }
}

/// Renders what a letter says.
///
/// # Errors
/// [`Reason::Column`] where a section shows a column that its query does not select.
pub fn render(
    catalog: &Catalog,
    content: &Content<'_>,
    pictures: &[Picture],
    enclosures: &[Enclosure],
) -> Result<Page, Reason> {
    if content.report.is_message()
        && let Some(told) = message::told(content)
    {
        return message::page(content, told);
    }
    // What the catalog wants whole stays whole.
    let limits = content.report.sections.iter().filter_map(|section| match section.rows_in_mail {
        RowsInMail::All => None,
        RowsInMail::First(rows) => Some(rows),
    });
    let mut most_rows = limits.max().unwrap_or(0);
    loop {
        let page = page(catalog, content, pictures, enclosures, most_rows)?;
        if page.html.len() <= MOST_BYTES || most_rows == 0 {
            return Ok(page);
        }
        most_rows /= 2;
    }
}

fn page(
    catalog: &Catalog,
    content: &Content<'_>,
    pictures: &[Picture],
    enclosures: &[Enclosure],
    most_rows: usize,
) -> Result<Page, Reason> {
    let Content { report, period, .. } = content;
    let headline =
        content.figures.iter().map(|figure| Shown::of(figure, content)).collect::<Result<Vec<_>, _>>()?;
    let Tables { mut blocks, elsewhere, chart } = Tables::of(content, pictures, most_rows)?;
    let nothing = remarks::nothing(content);
    let told = message::told(content);
    // The sentence says it already.
    blocks.retain(|block| nothing.is_none() || block.drawn.is_some() || !block.lines.is_empty());
    let day = days::in_a_line(content)?;
    let parts = Parts {
        title: &report.title,
        domain: report.name.split('.').next().unwrap_or_default(),
        days: days::below_the_title(content)?,
        preheader: headline.iter().map(Shown::in_short).collect::<Vec<_>>().join(" · "),
        headline: &headline,
        said: said(content, told.as_ref(), nothing.as_ref()),
        notes: remarks::notes(catalog, content)?,
        chart,
        enclosures: enclosures
            .iter()
            .map(|enclosure| Enclosed::of(enclosure, content))
            .collect::<Result<_, _>>()?,
        blocks,
        elsewhere,
        sources: content
            .sources
            .iter()
            .map(|source| remarks::data_as_of(catalog, source, content))
            .collect::<Result<_, _>>()?,
        elsewhere_name: elsewhere_name(report),
        period: &period.label,
        report: &report.name,
    };
    let (html, text) = (Html { width: WIDTH, page: &parts }.render()?, Text { page: &parts }.render()?);
    let usual = subject(report, &day, headline.first(), nothing.is_some());
    Ok(match told {
        Some(Told { text: short, subject, chat }) => {
            Page { subject: subject.unwrap_or(usual), html, text, short, chat }
        }
        None => {
            let short = short(report, &day, &headline);
            Page { subject: usual, html, text, chat: short.clone(), short }
        }
    })
}

/// The sections of a page.
struct Tables<'a> {
    /// What stands in the mail.
    blocks: Vec<Block<'a>>,
    /// What stands in the workbook alone.
    elsewhere: Vec<Elsewhere<'a>>,
    /// The chart of the report's own rows.
    chart: Option<Drawn<'a>>,
}

impl<'a> Tables<'a> {
    fn of(content: &'a Content<'_>, pictures: &'a [Picture], most_rows: usize) -> Result<Self, Reason> {
        let Content { report, .. } = content;
        let mut blocks = Vec::new();
        let mut elsewhere = Vec::new();
        let mut chart = None;
        for (number, (section, table)) in report.sections.iter().zip(&content.tables).enumerate() {
            let mut drawn = Drawn::of(section, number, pictures);
            if number == 0 {
                chart = drawn.take();
            }
            let is_kept_out = section.rows_in_mail == RowsInMail::First(0);
            if !is_kept_out || drawn.is_some() {
                blocks.push(block(section, drawn, table, most_rows)?);
            }
            if is_kept_out && report.attach.contains(&Attachment::Xlsx) {
                elsewhere.push(Elsewhere { title: &section.title, rows: rows(table.rows.len()) });
            }
        }
        Ok(Self { blocks, elsewhere, chart })
    }
}

/// Sentences about the whole: the message, that there is nothing, that rows were sent before.
fn said(content: &Content<'_>, told: Option<&Told>, nothing: Option<&String>) -> Vec<String> {
    let message = told.map(|told| &told.text);
    message.into_iter().chain(nothing).cloned().chain(remarks::sent_before(content)).collect()
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    /// Pixels.
    width: u16,
    page: &'a Parts<'a>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    page: &'a Parts<'a>,
}

/// What both templates show.
struct Parts<'a> {
    title: &'a str,
    domain: &'a str,
    /// Of which days it speaks.
    days: Vec<String>,
    preheader: String,
    headline: &'a [Shown],
    /// Sentences about the whole.
    said: Vec<String>,
    /// Sentences about what may be wrong with the data.
    notes: Vec<String>,
    chart: Option<Drawn<'a>>,
    enclosures: Vec<Enclosed<'a>>,
    blocks: Vec<Block<'a>>,
    elsewhere: Vec<Elsewhere<'a>>,
    sources: Vec<String>,
    /// Where the rows are that the mail does not show.
    elsewhere_name: &'static str,
    period: &'a str,
    report: &'a str,
}

/// A figure as people write it.
struct Shown {
    name: String,
    value: String,
    difference: Option<String>,
    /// The difference in words.
    change: Option<String>,
    is_number: bool,
    /// Letters of the value, which is written the larger the fewer it has.
    letters: usize,
}

impl Shown {
    fn of(figure: &Figure, content: &Content<'_>) -> Result<Self, jiff::Error> {
        let before = figure.before.as_ref().zip(content.compared_with);
        let difference =
            before.as_ref().and_then(|(before, _)| wording::difference(figure.kind, &figure.value, before));
        let change = match (&difference, before) {
            (Some(difference), Some((_, day))) => {
                Some(wording::change(figure.kind, difference, &wording::day(content.as_of, day)?))
            }
            _ => None,
        };
        let mut value = written(figure.kind, &figure.value);
        if value.chars().count() > MOST_LETTERS {
            value = in_whole(figure.kind, &figure.value);
        }
        Ok(Self {
            name: Column { name: figure.name.clone(), kind: figure.kind }.words(),
            letters: value.chars().count(),
            value,
            difference,
            change,
            is_number: figure.kind.is_numeric(),
        })
    }

    /// `Paid ₹1,234.50 (+₹20.00)`.
    fn in_short(&self) -> String {
        let difference = self.difference.as_ref().map(|difference| format!(" ({difference})"));
        format!("{} {}{}", self.name, self.value, difference.unwrap_or_default())
    }
}

/// A file that goes with the letter.
struct Enclosed<'a> {
    name: &'a str,
    size: String,
    link: Option<ShownLink<'a>>,
}

struct ShownLink<'a> {
    url: &'a str,
    expires: String,
    place: Option<&'a str>,
}

impl<'a> Enclosed<'a> {
    fn of(enclosure: &'a Enclosure, content: &Content<'_>) -> Result<Self, jiff::Error> {
        Ok(match enclosure {
            Enclosure::Attached(file) => {
                Self { name: &file.name, size: wording::size(file.content.len()), link: None }
            }
            Enclosure::Linked(link) => {
                let expires = wording::moment(link.expires, content.zone)?;
                let shown = ShownLink { url: &link.url, expires, place: link.place.as_deref() };
                Self { name: &link.name, size: wording::size(link.bytes), link: Some(shown) }
            }
        })
    }
}

/// A section that only the workbook holds.
struct Elsewhere<'a> {
    title: &'a str,
    rows: String,
}

fn elsewhere_name(report: &Report) -> &'static str {
    match report.attach.first() {
        _ if report.attach.contains(&Attachment::Xlsx) => " in the workbook",
        Some(_) => " in the file",
        None => "",
    }
}

fn subject(report: &Report, day: &str, first: Option<&Shown>, is_nothing: bool) -> String {
    match first {
        _ if is_nothing => format!("{}: nothing to report, {day}", report.title),
        Some(first) if first.name == report.title => format!("{}: {}, {day}", report.title, first.value),
        Some(first) => format!("{}: {} {}, {day}", report.title, first.value, within(&first.name)),
        None => format!("{}, {day}", report.title),
    }
}

/// A name within a sentence: `Paid` is `paid`, and `MIS rows` stays.
fn within(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(name.chars().skip(1)).collect()
        }
        _ => name.to_owned(),
    }
}

fn short(report: &Report, day: &str, headline: &[Shown]) -> String {
    let mut short = format!("{}, {day}", shortened(&report.title, SHORT / 2));
    let mut separator = "\n";
    for figure in headline.iter().filter(|figure| figure.is_number).map(Shown::in_short) {
        if short.chars().count() + separator.chars().count() + figure.chars().count() > SHORT {
            break;
        }
        short.push_str(separator);
        short.push_str(&figure);
        separator = " · ";
    }
    short
}
