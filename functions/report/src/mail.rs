//! A mail: what it says, who sends it, and its MIME form.

use std::io;

use mail_builder::MessageBuilder;

use crate::page::Page;

/// What every recipient of a report gets.
pub struct Letter {
    /// Subject, HTML and plain text.
    pub page: Page,
    /// Attachments in order.
    pub attachments: Vec<File>,
}

/// A file made from a report.
#[derive(Clone)]
pub struct File {
    /// Name under which a recipient keeps it.
    pub name: String,
    /// Media type.
    pub media_type: &'static str,
    /// Content.
    pub content: Vec<u8>,
}

/// Who a mail comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Display name.
    pub name: Option<String>,
    /// Address.
    pub address: String,
}

impl Sender {
    /// Reads `reports@clinic.example` or `Clinic reports <reports@clinic.example>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, written) = match text.trim().strip_suffix('>').and_then(|rest| rest.split_once('<')) {
            Some((name, written)) => (Some(name.trim().trim_matches('"').to_owned()), written),
            None => (None, text),
        };
        let name = name.filter(|name| !name.is_empty());
        let clean = name.iter().all(|name| !name.contains(char::is_control));
        Some(Self { name, address: address(written)? }).filter(|_| clean)
    }
}

/// A mail address in the one spelling that Rounds keeps of it: trimmed and lower-case, so that two spellings of an
/// address do not get two mails. None where the text is no plain address.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (local, domain) = address.split_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@<>()[],;:\\\"".contains(c);
    let is_address =
        !local.is_empty() && !domain.is_empty() && local.chars().chain(domain.chars()).all(plain);
    (is_address && address.len() <= 254).then_some(address)
}

/// The MIME form, `mixed(alternative(text, html), attachments…)`. The delivery's id makes the Message-ID, so that a
/// mail that somebody holds leads to its row in the ledger.
///
/// # Errors
/// Only if memory cannot be written to.
pub fn compose(letter: &Letter, from: &Sender, to: &str, delivery_id: &str) -> io::Result<Vec<u8>> {
    let domain = from.address.split_once('@').map_or("localhost", |(_, domain)| domain);
    let message = MessageBuilder::new()
        .message_id(format!("{delivery_id}@{domain}"))
        .to(to)
        .subject(letter.page.subject.as_str())
        // Nobody's holiday notice should answer a report.
        .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-generated"))
        .text_body(letter.page.text.as_str())
        .html_body(letter.page.html.as_str());
    let message = match &from.name {
        Some(name) => message.from((name.as_str(), from.address.as_str())),
        None => message.from(from.address.as_str()),
    };
    let message = letter.attachments.iter().fold(message, |message, file| {
        message.attachment(file.media_type, file.name.as_str(), file.content.as_slice())
    });
    message.write_to_vec()
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};

    use super::*;

    fn letter(subject: &str) -> Letter {
        let page = Page { subject: subject.to_owned(), html: "<p>ü</p>".to_owned(), text: "ü".to_owned() };
        let name = "summary-2026-11-21.xlsx".to_owned();
        Letter {
            page,
            attachments: vec![File { name, media_type: "application/zip", content: vec![0, 1, 2, 255] }],
        }
    }

    #[test]
    fn a_mail_holds_text_html_and_the_files_as_they_are() {
        let from = Sender::parse("Klinik Süd <reports@clinic.example>").unwrap();
        let raw = compose(&letter("Größe: 1,204 confirmed"), &from, "ops@clinic.example", "3f2a").unwrap();
        let mail = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(mail.subject(), Some("Größe: 1,204 confirmed"));
        assert_eq!(mail.message_id(), Some("3f2a@clinic.example"));
        assert_eq!(mail.body_text(0).unwrap(), "ü");
        assert_eq!(mail.body_html(0).unwrap(), "<p>ü</p>");
        let file = mail.attachment(0).unwrap();
        assert_eq!(file.attachment_name(), Some("summary-2026-11-21.xlsx"));
        assert_eq!(file.contents(), [0, 1, 2, 255]);
    }

    #[test]
    fn a_line_break_in_a_subject_makes_no_header() {
        let from = Sender::parse("reports@clinic.example").unwrap();
        let raw =
            compose(&letter("Doctors\r\nBcc: thief@example.org"), &from, "ops@clinic.example", "1").unwrap();
        let mail = MessageParser::default().parse(&raw).unwrap();
        assert!(mail.bcc().is_none());
    }

    #[test]
    fn an_address_is_plain_or_refused() {
        assert_eq!(address(" Ops@Clinic.example "), Some("ops@clinic.example".to_owned()));
        for wrong in ["", "ops", "ops@", "@clinic", "a@b@c", "a b@c", "ops@c\r\nBcc: x@y", "a@b,c@d", "<a@b>"]
        {
            assert_eq!(address(wrong), None, "{wrong:?}");
        }
        assert_eq!(Sender::parse("Reports\r\nBcc: c@d <a@b>"), None);
        assert_eq!(Sender::parse("<a@b>"), Some(Sender { name: None, address: "a@b".to_owned() }));
    }
}
