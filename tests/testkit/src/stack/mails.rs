//! Mails, as moto took them.

use mail_parser::{MessageParser, MimeHeaders as _};

use super::Stack;

/// A mail that was sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Addresses of its recipients.
    pub to: Vec<String>,
    /// Subject.
    pub subject: String,
    /// The page.
    pub html: String,
    /// Its twin without markup.
    pub text: String,
    /// Names and contents of what is attached.
    pub attachments: Vec<(String, Vec<u8>)>,
}

impl Stack {
    /// Every mail since the stack was started, in the order of sending.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        let told = self.moto();
        let raw = told["ses"]["RawMessage"].as_array().map(Vec::as_slice).unwrap_or_default();
        raw.iter().map(|message| read(message["raw_data"].as_str().unwrap())).collect()
    }
}

fn read(raw: &str) -> Mail {
    let mail = MessageParser::default().parse(raw.as_bytes()).expect("a mail is MIME");
    let recipients = mail.to().into_iter().flat_map(|to| to.iter());
    Mail {
        to: recipients.filter_map(|address| address.address().map(str::to_owned)).collect(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        html: mail.body_html(0).unwrap_or_default().into_owned(),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
        attachments: mail
            .attachments()
            .map(|part| (part.attachment_name().unwrap_or_default().to_owned(), part.contents().to_vec()))
            .collect(),
    }
}
