//! A mail: what it says, who sends it, and its MIME form.

use std::io;

use mail_builder::MessageBuilder;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;

use crate::rendering::content::{File, Picture};
use crate::rendering::page::Page;

/// What a recipient gets.
#[derive(Clone)]
pub struct Letter {
    /// Subject, HTML and plain text.
    pub page: Page,
    /// The pictures that the page shows.
    pub pictures: Vec<Picture>,
    /// Attachments in order.
    pub attachments: Vec<File>,
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
/// address do not get two mails. None where the text is no plain address, or has letters that SES takes in none.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (local, domain) = address.split_once('@')?;
    let plain = |c: char| c.is_ascii_graphic() && !"@<>()[],;:\\\"".contains(c);
    let is_address =
        !local.is_empty() && !domain.is_empty() && local.chars().chain(domain.chars()).all(plain);
    (is_address && address.len() <= 254).then_some(address)
}

/// The MIME form, `mixed(alternative(text, related(html, pictures…)), attachments…)` as far as the letter has them. The
/// page shows a picture as `cid:` and its name. The delivery's id makes the Message-ID, so that a mail that somebody holds
/// leads to its row in the ledger.
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
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .body(body(letter));
    let message = match &from.name {
        Some(name) => message.from((name.as_str(), from.address.as_str())),
        None => message.from(from.address.as_str()),
    };
    message.write_to_vec()
}

fn body(letter: &Letter) -> MimePart<'_> {
    let text = MimePart::new("text/plain", letter.page.text.as_str());
    let html = MimePart::new("text/html", letter.page.html.as_str());
    let page = if letter.pictures.is_empty() {
        html
    } else {
        let related = ContentType::new("multipart/related").attribute("type", "text/html");
        MimePart::new(
            related,
            std::iter::once(html).chain(letter.pictures.iter().map(inline)).collect::<Vec<_>>(),
        )
    };
    let page = MimePart::new("multipart/alternative", vec![text, page]);
    if letter.attachments.is_empty() {
        return page;
    }
    let files = letter
        .attachments
        .iter()
        .map(|file| MimePart::new(file.media_type, file.content.as_slice()).attachment(file.name.as_str()));
    MimePart::new("multipart/mixed", std::iter::once(page).chain(files).collect::<Vec<_>>())
}

fn inline(picture: &Picture) -> MimePart<'_> {
    let name = picture.name();
    // A picture without a name is shown as a nameless attachment by some programs.
    let inline = ContentType::new("inline").attribute("filename", format!("{name}.png"));
    MimePart::new("image/png", picture.png.as_slice()).header("Content-Disposition", inline).cid(name)
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};

    use super::*;

    fn letter(subject: &str) -> Letter {
        let page = Page {
            subject: subject.to_owned(),
            html: "<p>ü</p><img src=\"cid:chart-1\" alt=\"A bar\">".to_owned(),
            text: "ü".to_owned(),
            short: "ü".to_owned(),
            chat: "ü".to_owned(),
        };
        let file = |name: &str, content: &[u8]| File {
            name: name.to_owned(),
            media_type: "application/zip",
            content: content.to_vec(),
            key: String::new(),
        };
        let picture = |section: usize, last: u8| Picture {
            section,
            png: vec![137, 80, 78, 71, last],
            width: 1,
            height: 1,
            alt: "A bar".to_owned(),
        };
        Letter {
            page,
            pictures: vec![picture(0, 0), picture(2, 9)],
            attachments: vec![
                file("summary-2026-11-21.xlsx", &[0, 1, 2, 255]),
                file("rows ü.csv", b"a;b\r\n=1\r\n"),
            ],
        }
    }

    fn composed(letter: &Letter) -> Vec<u8> {
        let from = Sender::parse("Klinik Süd <reports@clinic.example>").unwrap();
        compose(letter, &from, "ops@clinic.example", "3f2a").unwrap()
    }

    /// The parts as they are nested: types, and the place of each in the tree.
    fn tree(raw: &[u8]) -> String {
        let mail = MessageParser::default().parse(raw).unwrap();
        fn walk(mail: &mail_parser::Message<'_>, part: u32) -> String {
            let part = mail.part(part).unwrap();
            let kind = part.content_type().unwrap();
            let name = format!("{}/{}", kind.ctype(), kind.subtype().unwrap());
            match part.sub_parts() {
                None => name,
                Some(parts) => {
                    let parts: Vec<String> = parts.iter().map(|part| walk(mail, *part)).collect();
                    format!("{name}({})", parts.join(", "))
                }
            }
        }
        walk(&mail, 0)
    }

    #[test]
    fn a_mail_holds_text_html_pictures_and_the_files_as_they_are() {
        let raw = composed(&letter("Größe: 1,204 confirmed"));
        let mail = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(mail.subject(), Some("Größe: 1,204 confirmed"));
        assert_eq!(mail.message_id(), Some("3f2a@clinic.example"));
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        assert_eq!(mail.body_text(0).unwrap(), "ü");
        assert!(mail.body_html(0).unwrap().contains("cid:chart-1"));
        for (name, last) in [("chart-1", 0), ("chart-3", 9)] {
            let picture = mail.parts.iter().find(|part| part.content_id() == Some(name)).unwrap();
            assert_eq!(picture.contents(), [137, 80, 78, 71, last]);
            assert_eq!(picture.content_disposition().unwrap().ctype(), "inline");
        }
        let files = mail
            .parts
            .iter()
            .filter(|part| part.content_disposition().is_some_and(|how| how.ctype() == "attachment"));
        let files: Vec<_> = files.map(|file| (file.attachment_name().unwrap(), file.contents())).collect();
        let csv: &[u8] = b"a;b\r\n=1\r\n";
        assert_eq!(files, [("summary-2026-11-21.xlsx", &[0, 1, 2, 255][..]), ("rows ü.csv", csv)]);
    }

    #[test]
    fn a_mail_has_only_the_layers_that_it_needs() {
        let mut letter = letter("S");
        assert_eq!(
            tree(&composed(&letter)),
            "multipart/mixed(multipart/alternative(text/plain, multipart/related(text/html, image/png, image/png)), \
             application/zip, application/zip)"
        );
        letter.pictures.clear();
        letter.attachments.truncate(1);
        assert_eq!(
            tree(&composed(&letter)),
            "multipart/mixed(multipart/alternative(text/plain, text/html), application/zip)"
        );
        letter.attachments.clear();
        assert_eq!(tree(&composed(&letter)), "multipart/alternative(text/plain, text/html)");
    }

    #[test]
    fn a_line_break_in_a_subject_makes_no_header() {
        let raw = composed(&letter("Doctors\r\nBcc: thief@example.org"));
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
