//! From a report's shares to letters, each made once and its files kept before anybody is sent anything.

pub mod enclosure;
pub mod figures;
pub mod history;
pub mod link;
mod prepared;
pub mod share;

use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rounds_shared::catalog::{Attachment, Cadence, Catalog, Channel, Each, WhenEmpty};
use rounds_shared::digest::sha256_hex;
use rounds_shared::storage::StorageError;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::due::DueReport;
use crate::error::Reason;
use crate::letters::enclosure::Limits;
use crate::letters::history::{Earlier, Run};
use crate::letters::link::Links;
use crate::letters::share::Share;
use crate::post::mail::Letter;
use crate::query::Source;
use crate::rendering::content::{Content, Enclosure, File};
use crate::rendering::{chart, columnar, delimited, json, page, workbook};

pub use prepared::{Remaining, Same};

const HTML: &str = "text/html; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
const PARQUET: &str = "application/vnd.apache.parquet";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Where files are kept.
pub trait Lake: Sync {
    /// Keeps a file under its key; the same again changes nothing. Where there is a `max_age`, whoever has read the file
    /// looks for a newer one after so long.
    fn keep(
        &self,
        file: &File,
        max_age: Option<SignedDuration>,
    ) -> impl Future<Output = Result<(), StorageError>> + Send;
}

/// What letters are made with, whatever the report.
pub struct Press<'a, L> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The clinic's time zone.
    pub zone: &'a TimeZone,
    /// What may be attached.
    pub limits: Limits,
    /// Makes links to what is not.
    pub links: &'a Links,
    /// Where files are kept.
    pub lake: &'a L,
}

/// Makes the letters of a report.
pub struct Writer<'a, L> {
    /// What they are made with.
    pub press: Press<'a, L>,
    /// The report, its day and its period.
    pub due: &'a DueReport<'a>,
    /// What each dataset that the report needs holds.
    pub sources: &'a [Source],
    /// The request of an operator to send a letter once more; empty for the first.
    pub copy: &'a str,
    /// When its queries were begun.
    pub started: Instant,
    /// Keys of the files that were kept, in order.
    pub kept: Mutex<Vec<String>>,
}

impl<L: Lake> Writer<'_, L> {
    /// Makes the letter of a share, keeps its files and, where it `is_logged`, writes the run down; none where there is
    /// nothing to report. `sent_before` counts the rows that were left out of it.
    ///
    /// # Errors
    /// See [`Reason`].
    pub async fn write(
        &self,
        client: &Client,
        share: Share,
        sent_before: Option<usize>,
        is_logged: bool,
    ) -> Result<Option<Arc<Letter>>, Reason> {
        let DueReport { report, as_of, period } = self.due;
        let Share { item, headline, sections, charts, row_keys, .. } = share;
        let rows = sections.first().map_or(0, |table| table.rows.len());
        let mut figures = match sections.first() {
            Some(own) => figures::figures(report, headline.as_ref(), own)?,
            None => Vec::new(),
        };
        // A message's figures are of one row: there is nothing to compare.
        let earlier = match report.is_message() {
            true => None,
            false => Earlier::of(client, self.due, &item).await?,
        };
        if let Some(earlier) = &earlier {
            earlier.beside(&mut figures);
        }
        let content = Content {
            report,
            period,
            as_of: *as_of,
            zone: self.press.zone,
            figures,
            compared_with: earlier.map(|earlier| earlier.as_of),
            tables: sections,
            charts,
            sources: self.sources,
            sent_before,
        };
        let is_empty = rows == 0 && report.empty == WhenEmpty::Skip;
        if is_empty && !self.copy.is_empty() {
            return Err(Reason::Vanished);
        }
        let letter =
            if is_empty { None } else { Some(self.render(&content, &self.folder(&item, &row_keys)).await?) };
        if is_logged && !report.is_message() {
            let milliseconds = self.started.elapsed().as_millis();
            let run = Run { due: self.due, item: &item, rows, figures: &content.figures, milliseconds };
            run.record(client).await?;
        }
        Ok(letter.map(Arc::new))
    }

    /// Where the files of a letter are kept: `reports/<domain>/<name>/<period>`; beneath it a folder of its own, where
    /// another letter of the period may differ.
    fn folder(&self, item: &str, row_keys: &[String]) -> String {
        let report = self.due.report;
        let folder = folder(self.due);
        if report.each == Each::Report && report.once_per.is_empty() && self.copy.is_empty() {
            return folder;
        }
        let letter = format!("{item}\n{}\n{}", self.copy, row_keys.join("\n"));
        let digest = sha256_hex(letter.as_bytes());
        format!("{folder}/{}", digest.get(..32).unwrap_or_default())
    }

    async fn render(&self, content: &Content<'_>, folder: &str) -> Result<Letter, Reason> {
        let Press { catalog, limits, links, .. } = &self.press;
        let files = files(content, folder)?;
        for file in &files {
            self.keep(file).await?;
        }
        let pictures = chart::draw(content)?;
        let is_mailed = content.report.deliver.contains(&Channel::Email);
        let enclosures = match is_mailed {
            true => enclosure::enclose(files, &pictures, *limits, links).await?,
            false => Vec::new(),
        };
        let page = page::render(catalog, content, &pictures, &enclosures)?;
        let has_page = |channel: &Channel| !matches!(channel, Channel::File | Channel::Mart);
        // What somebody is told of one row is kept nowhere.
        if content.report.deliver.iter().any(has_page) && !content.report.is_message() {
            let document = page.standalone(&pictures).into_bytes();
            self.keep(&file(content, folder, "html", HTML, document)).await?;
        }
        let attached = enclosures.into_iter().filter_map(|enclosure| match enclosure {
            Enclosure::Attached(file) => Some(file),
            Enclosure::Linked(_) => None,
        });
        Ok(Letter { page, pictures, attachments: attached.collect() })
    }

    async fn keep(&self, file: &File) -> Result<(), StorageError> {
        self.press.lake.keep(file, self.due.report.max_age).await?;
        self.kept.lock().await.push(file.key.clone());
        Ok(())
    }
}

/// Where the files of a report and period are kept; those of a mart, of all periods. What is made on request stands
/// apart: it is deleted after some days.
#[must_use]
pub fn folder(due: &DueReport<'_>) -> String {
    let name = due.report.name.replace('.', "/");
    match due.report.cadence {
        _ if due.report.is_mart() => format!("marts/{name}"),
        Cadence::OnRequest => format!("exports/{name}/{}", due.period.label),
        _ => format!("reports/{name}/{}", due.period.label),
    }
}

/// The files that the report attaches.
pub(crate) fn files(content: &Content<'_>, folder: &str) -> Result<Vec<File>, Reason> {
    let rows = content.tables.first();
    let mut files = Vec::new();
    for attachment in &content.report.attach {
        files.push(match attachment {
            Attachment::Xlsx => file(content, folder, "xlsx", XLSX, workbook::write(content)?),
            Attachment::Csv => {
                // Whoever asked for a file opens it by a double click; what a program reads is without a mark.
                let is_marked = content.report.cadence == Cadence::OnRequest;
                let bytes = rows.map(|rows| delimited::write(rows, is_marked)).transpose()?;
                file(content, folder, "csv", CSV, bytes.unwrap_or_default())
            }
            Attachment::Parquet => {
                let bytes = rows.map(columnar::write).transpose()?;
                file(content, folder, "parquet", PARQUET, bytes.unwrap_or_default())
            }
            Attachment::Json => file(content, folder, "json", JSON, json::write(content)),
        });
    }
    Ok(files)
}

/// A file, named for a recipient's downloads folder: one that was asked for by its request, in the bucket too, as a browser
/// takes its name from the link. Of a mart each format has a folder of its own, which a query engine can read as a table.
fn file(
    content: &Content<'_>,
    folder: &str,
    extension: &str,
    media_type: &'static str,
    bytes: Vec<u8>,
) -> File {
    let report = &content.report.name;
    let name = report.rsplit('.').next().unwrap_or(report);
    let folder = if content.report.is_mart() { &format!("{folder}/{extension}") } else { folder };
    let (given, kept) = match content.report.cadence {
        Cadence::OnRequest => {
            let asked = format!("{name}-{}", content.period.label);
            (asked.clone(), asked)
        }
        _ => (format!("{}-{}", report.replace('.', "-"), content.as_of), name.to_owned()),
    };
    File {
        name: format!("{given}.{extension}"),
        media_type,
        content: bytes,
        key: format!("{folder}/{kept}.{extension}"),
    }
}
