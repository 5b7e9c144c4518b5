//! The mails that the stack has sent, as files that a person can open.

use std::fs;
use std::path::{Path, PathBuf};

use mail_parser::{MessageParser, MimeHeaders};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::local::http;
use crate::local::moto::MAILS;
use crate::local::state::Stack;

/// What moto tells about the mails that were sent whole, as MIME messages.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    ses: Ses,
}

#[derive(Default, Deserialize)]
struct Ses {
    #[serde(rename = "RawMessage", default)]
    raw: Vec<RawMessage>,
}

#[derive(Deserialize)]
struct RawMessage {
    id: String,
    raw_data: String,
}

/// Writes every mail, its HTML and its attachments into `out`, and answers the paths in the order of sending. A mail
/// has the same name each time.
pub(crate) fn fetch(stack: &Stack, out: &Path) -> Result<Vec<PathBuf>> {
    let body = http::get(stack.moto.port, MAILS).map_err(Error::file(Path::new(MAILS)))?;
    let told: Told = serde_json::from_slice(&body).map_err(|error| Error::Service {
        what: "reading the mails".to_owned(),
        reason: error.to_string(),
    })?;
    fs::create_dir_all(out).map_err(Error::file(out))?;
    let mut paths = Vec::new();
    for mail in &told.ses.raw {
        for (path, content) in files(mail, out) {
            fs::write(&path, content).map_err(Error::file(&path))?;
            paths.push(path);
        }
    }
    Ok(paths)
}

fn files(mail: &RawMessage, out: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let raw = mail.raw_data.as_bytes();
    let message = MessageParser::default().parse(raw);
    let subject = message.as_ref().and_then(|message| message.subject()).unwrap_or("mail");
    let id: String = mail.id.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let name = format!("{}-{id}", file_name(subject));
    let mut files = vec![(out.join(format!("{name}.eml")), raw.to_vec())];
    let Some(message) = message else { return files };
    if let Some(html) = message.body_html(0) {
        // A browser finds the picture beside the page.
        let html = message.attachments().fold(html.into_owned(), |html, part| {
            match part.content_id().zip(part.attachment_name()) {
                Some((id, file)) => {
                    html.replace(&format!("cid:{id}"), &format!("{name}-{}", file_name(file)))
                }
                None => html,
            }
        });
        files.push((out.join(format!("{name}.html")), html.into_bytes()));
    }
    for attachment in message.attachments() {
        if let Some(attached) = attachment.attachment_name() {
            files.push((out.join(format!("{name}-{}", file_name(attached))), attachment.contents().to_vec()));
        }
    }
    files
}

/// A text as a file's name: letters, digits and dots, everything else as single dashes.
fn file_name(text: &str) -> String {
    let dashed: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let words = dashed.split('-').map(|word| word.trim_matches('.')).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_becomes_a_message_a_page_and_its_attachments() {
        let raw = "From: a@b.example\r\nSubject: Summary: 12 rows\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>hi</p>\r\n\
            --x\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=\"../a b.csv\"\r\n\r\n1\r\n--x--\r\n";
        let mail = RawMessage { id: "<0123456789@x>".into(), raw_data: raw.into() };
        let names: Vec<_> =
            files(&mail, Path::new("/m")).into_iter().map(|(path, _)| path.display().to_string()).collect();
        assert_eq!(
            names,
            [
                "/m/summary-12-rows-01234567.eml",
                "/m/summary-12-rows-01234567.html",
                "/m/summary-12-rows-01234567-a-b.csv"
            ]
        );
    }

    #[test]
    fn a_subject_is_never_a_path() {
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
    }
}
