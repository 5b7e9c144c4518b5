//! The shape of a report's file and the checks within it.

use serde::Deserialize;
use toml::Spanned;

use super::{Examined, is_identifier};
use crate::catalog::report::{Attachment, Cadence, Channel, Report, Section, WhenEmpty};
use crate::catalog::source::Files;

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
    cadence: CadenceWord,
    needs: Vec<Spanned<String>>,
    audience: String,
    deliver: Vec<ChannelWord>,
    #[serde(default)]
    attach: Vec<AttachmentWord>,
    headline: Spanned<String>,
    sections: Vec<SectionFile>,
    empty: EmptyWord,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
    title: String,
    query: Spanned<String>,
    #[serde(default = "ten")]
    rows_in_mail: usize,
    bar: Option<String>,
}

fn ten() -> usize {
    10
}

#[derive(Deserialize)]
enum CadenceWord {
    #[serde(rename = "after load")]
    AfterLoad,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ChannelWord {
    Email,
    File,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum AttachmentWord {
    Xlsx,
    Csv,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum EmptyWord {
    Send,
    Skip,
}

pub(super) fn read(file: &mut Examined<'_>, files: &Files, domain: &str, stem: &str) -> Option<Read> {
    let written: ReportFile = file.read()?;
    if !is_identifier(stem) {
        file.mistake(0..0, "a report's file name is lower-case letters, digits and `_`");
    }
    if written.sections.is_empty() || written.needs.is_empty() || written.deliver.is_empty() {
        file.mistake(
            written.title.span(),
            "a report has at least one of `sections`, of `needs` and of `deliver`",
        );
    }
    let headline = query(file, files, domain, &written.headline);
    let mut sections = Vec::with_capacity(written.sections.len());
    for section in written.sections {
        sections.push(Section {
            query: query(file, files, domain, &section.query),
            title: section.title,
            rows_in_mail: section.rows_in_mail,
            bar: section.bar,
        });
    }
    let report = Report {
        name: format!("{domain}.{stem}"),
        title: written.title.into_inner(),
        cadence: match written.cadence {
            CadenceWord::AfterLoad => Cadence::AfterLoad,
        },
        needs: written.needs.iter().map(|need| need.get_ref().clone()).collect(),
        audience: written.audience,
        deliver: written.deliver.into_iter().map(channel).collect(),
        attach: written.attach.into_iter().map(attachment).collect(),
        headline,
        sections,
        empty: match written.empty {
            EmptyWord::Send => WhenEmpty::Send,
            EmptyWord::Skip => WhenEmpty::Skip,
        },
    };
    Some(Read { path: file.path.to_owned(), report, needs: written.needs })
}

/// The text of a query file that stands beside the report.
fn query(file: &mut Examined<'_>, files: &Files, domain: &str, name: &Spanned<String>) -> String {
    let path = format!("{domain}/reports/{}", name.get_ref());
    match files.0.get(&path) {
        Some(text) => text.trim().trim_end_matches(';').to_owned(),
        None => {
            file.mistake(name.span(), format!("there is no file `{path}`; write the query there"));
            String::new()
        }
    }
}

fn channel(word: ChannelWord) -> Channel {
    match word {
        ChannelWord::Email => Channel::Email,
        ChannelWord::File => Channel::File,
    }
}

fn attachment(word: AttachmentWord) -> Attachment {
    match word {
        AttachmentWord::Xlsx => Attachment::Xlsx,
        AttachmentWord::Csv => Attachment::Csv,
    }
}
