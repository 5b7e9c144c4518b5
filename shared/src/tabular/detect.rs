//! What a file is, by content and never by its extension.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};

use infer::MatcherType;
use quick_xml::events::Event;

use super::container::{Container, zip_error};
use super::limits::size;
use super::text::encoding;
use super::unreadable::unpanicking;
use super::workbook::ooxml::package;
use super::workbook::xml::Xml;
use super::{Limits, Unreadable};
use crate::payload::Format;

/// Bytes looked at to tell text from anything else.
const HEAD: u64 = 64 * 1024;

const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";
const ODS: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
const ODS_TEMPLATE: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet-template";

/// Where a compound file keeps a workbook: since Excel 97, and before.
pub(super) const WORKBOOK_STREAMS: [&str; 2] = ["/Workbook", "/Book"];

/// The first record of a workbook that has no container, as some programs write it, and of one before Excel 5.
const BARE_WORKBOOK: &[u8] = b"\x09\x08";
const OLD_WORKBOOKS: [&[u8]; 3] = [b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"];

/// Byte order marks of UTF-32, of which the first begins as that of UTF-16 does.
const UTF_32: [&[u8]; 2] = [b"\xff\xfe\0\0", b"\0\0\xfe\xff"];

/// The stream that holds an encrypted workbook.
const ENCRYPTED: &str = "EncryptedPackage";

pub(super) const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Says what a file is. Leaves it at its start.
///
/// # Errors
/// [`Unreadable`] for everything that Rounds does not read, with what it is instead.
pub fn detect(file: &mut File) -> Result<Format, Unreadable> {
    file.rewind()?;
    let mut head = Vec::new();
    (&mut *file).take(HEAD).read_to_end(&mut head)?;
    let format = unpanicking(|| {
        if head.is_empty() {
            Err(Unreadable::Empty)
        } else if head.starts_with(COMPOUND_FILE) {
            compound_file(file)
        } else if head.starts_with(ZIP) || head.starts_with(EMPTY_ZIP) {
            container(file, &head)
        } else if head.starts_with(BARE_WORKBOOK) {
            Ok(Format::Xls)
        } else if OLD_WORKBOOKS.iter().any(|begin| head.starts_with(begin)) {
            Err(Unreadable::Unsupported { what: "a workbook of Excel 4 or before" })
        } else {
            text(file, &head)
        }
    });
    file.rewind()?;
    format
}

/// The container of Excel's formats before 2007, into which it also encrypts newer workbooks.
fn compound_file(file: &mut File) -> Result<Format, Unreadable> {
    const UNREADABLE: Unreadable = Unreadable::Corrupt { what: "its container cannot be read" };
    let Ok(compound) = cfb::CompoundFile::open(BufReader::new(&mut *file)) else {
        // Some libraries encrypt into containers that no strict reader opens.
        return Err(if mentions(file, ENCRYPTED)? { Unreadable::PasswordProtected } else { UNREADABLE });
    };
    if compound.is_stream("/EncryptedPackage") {
        Err(Unreadable::PasswordProtected)
    } else if WORKBOOK_STREAMS.iter().any(|stream| compound.is_stream(stream)) {
        Ok(Format::Xls)
    } else {
        Err(Unreadable::Unsupported { what: "an old Office file, not a workbook" })
    }
}

/// Whether a name stands anywhere in a file as a compound file writes names: two bytes to a character.
fn mentions(file: &mut File, name: &str) -> Result<bool, Unreadable> {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    file.rewind()?;
    let mut window = Vec::new();
    loop {
        let kept = window.len().min(name.len());
        window.drain(..window.len() - kept);
        if (&mut *file).take(HEAD).read_to_end(&mut window)? == 0 {
            return Ok(false);
        }
        if memchr::memmem::find(&window, &name).is_some() {
            return Ok(true);
        }
    }
}

fn container(file: &mut File, head: &[u8]) -> Result<Format, Unreadable> {
    let limits = Limits::default();
    let mut container = Container::open(file, &limits)?;
    let main = package::main_part(&mut container, &limits)?;
    let name = main.as_deref().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    match (&main, open_document(&mut container)?.as_deref()) {
        (Some(_), _) if name.eq_ignore_ascii_case("workbook.bin") => Ok(Format::Xlsb),
        (Some(_), _) if name.eq_ignore_ascii_case("workbook.xml") => Ok(Format::Xlsx),
        (Some(path), _) if is_workbook(&mut container, path, &limits)? => Ok(Format::Xlsx),
        (_, Some(ODS | ODS_TEMPLATE)) => Ok(Format::Ods),
        // Some programs leave out the member that says so.
        (None, None) if matches!(is_spreadsheet(&mut container, &limits), Ok(true)) => Ok(Format::Ods),
        (None, None) => Ok(Format::Zip),
        _ => {
            Err(Unreadable::Unsupported { what: infer::get(head).map_or("a document, not a workbook", kind) })
        }
    }
}

/// Whether the main part of a package is a list of sheets.
fn is_workbook(container: &mut Container, path: &str, limits: &Limits) -> Result<bool, Unreadable> {
    let Some(content) = container.member(path)? else { return Ok(false) };
    let mut xml = Xml::new(content, limits.text_bytes);
    loop {
        match xml.next()? {
            Event::Start(element) => return Ok(element.local_name().as_ref() == "workbook"),
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

/// OpenDocument files say what they are in a member of their own.
fn open_document(container: &mut Container) -> Result<Option<Vec<u8>>, Unreadable> {
    let Some(member) = container.member("mimetype")? else { return Ok(None) };
    let mut kind = Vec::new();
    member.take(size(ODS_TEMPLATE.len())).read_to_end(&mut kind).map_err(|error| zip_error(error.into()))?;
    Ok(kind.starts_with(b"application/").then(|| kind.trim_ascii().to_vec()))
}

/// Whether the body of an OpenDocument file is a spreadsheet.
fn is_spreadsheet(container: &mut Container, limits: &Limits) -> Result<bool, Unreadable> {
    let Some(content) = container.member("content.xml")? else { return Ok(false) };
    let mut xml = Xml::new(content, limits.text_bytes);
    let mut is_within = false;
    loop {
        match xml.next()? {
            Event::Start(element) if is_within => return Ok(element.name().0 == "office:spreadsheet"),
            Event::Start(element) => is_within = element.name().0 == "office:body",
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

fn text(file: &mut File, head: &[u8]) -> Result<Format, Unreadable> {
    // Excel saves a workbook so under the name .xls: a mail whose parts are pages.
    if head.get(..13).is_some_and(|begin| begin.eq_ignore_ascii_case(b"MIME-Version:")) {
        return Err(Unreadable::Unsupported { what: "a web page in a single file (MHTML)" });
    }
    if UTF_32.iter().any(|mark| head.starts_with(mark)) {
        return Err(Unreadable::Unsupported { what: "text in UTF-32" });
    }
    let found = infer::get(head);
    // Text may well begin as a picture does (`BM`): of text only formats that are themselves text are believed.
    if let Some(found) = found
        && (found.matcher_type() == MatcherType::Text || is_document(&found))
    {
        return Err(Unreadable::Unsupported { what: kind(found) });
    }
    match (encoding::of(file), found) {
        (Ok(_), _) => Ok(Format::Csv),
        (Err(Unreadable::Unsupported { .. }), Some(found)) => {
            Err(Unreadable::Unsupported { what: kind(found) })
        }
        (Err(reason), _) => Err(reason),
    }
}

fn is_document(found: &infer::Type) -> bool {
    matches!(found.mime_type(), "application/pdf" | "application/rtf" | "application/postscript")
}

fn kind(found: infer::Type) -> &'static str {
    match (found.mime_type(), found.matcher_type()) {
        ("application/pdf", _) => "a PDF document",
        ("text/html", _) => "a web page (HTML)",
        ("text/xml", _) => "an XML document",
        ("application/zip", _) => "a zip archive",
        (_, MatcherType::Doc) => "a document, not a workbook",
        (_, MatcherType::Image) => "a picture",
        (_, MatcherType::Archive) => "an archive or print file",
        (_, MatcherType::App) => "a program",
        (_, MatcherType::Audio | MatcherType::Video) => "a recording",
        _ => "a file of a kind that is not read",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn detected(content: &[u8]) -> Result<Format, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let format = detect(&mut file).map_err(|error| error.to_string());
        assert_eq!(file.stream_position().unwrap(), 0, "the file is left at its start");
        format
    }

    fn refused_as(content: &[u8], what: &str) {
        let message = detected(content).unwrap_err();
        assert!(message.starts_with(&format!("it is {what}; save it as an .xlsx workbook")), "{message}");
    }

    fn zipped(member: &str) -> Vec<u8> {
        crate::tabular::tests::zipped(&[(member, "")])
    }

    fn compound(stream: &str) -> Vec<u8> {
        let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap().write_all(&[7; 5000]).unwrap();
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    #[test]
    fn a_workbook_is_known_by_what_is_in_it() {
        assert_eq!(detected(&zipped("xl/workbook.xml")), Ok(Format::Xlsx));
        assert_eq!(detected(&zipped("xl/workbook.bin")), Ok(Format::Xlsb));
        assert_eq!(detected(&compound("Workbook")), Ok(Format::Xls));
        assert_eq!(detected(&compound("Book")), Ok(Format::Xls));
        assert_eq!(detected(&zipped("notes.txt")), Ok(Format::Zip));
        assert_eq!(detected(b"\x09\x08\x08\x00\x00\x05\x05\x00\0\0\0\0\x0a\0\0\0"), Ok(Format::Xls));
        refused_as(b"\x09\x04\x06\x00\x00\x04\x10\x00\0\0", "a workbook of Excel 4 or before");
    }

    #[test]
    fn an_open_document_need_not_say_what_it_is() {
        let of = |content: &str| detected(&crate::tabular::tests::zipped(&[("content.xml", content)]));
        let document = |body: &str| {
            of(&format!(
                "<office:document-content><office:body><office:{body}/></office:body></office:document-content>"
            ))
        };
        assert_eq!(document("spreadsheet"), Ok(Format::Ods));
        assert_eq!(document("text"), Ok(Format::Zip), "an archive whose member is no table");
        assert_eq!(of("<rss><item>"), Ok(Format::Zip));
    }

    #[test]
    fn text_is_delimited_text_however_it_begins() {
        assert_eq!(detected(b"booking_id,status\n1,confirmed\n"), Ok(Format::Csv));
        assert_eq!(detected("\u{feff}größe;länge\n".as_bytes()), Ok(Format::Csv));
        assert_eq!(detected(b"BMI,name\n20,x\n"), Ok(Format::Csv), "not a bitmap");
        assert_eq!(detected(b"\xff\xfea\0,\0b\0"), Ok(Format::Csv));
        assert_eq!(detected(b"BMI;caf\xe9\n20;x\n"), Ok(Format::Csv));
        let cut = format!("x{}", "é".repeat(40_000));
        assert_eq!(detected(cut.as_bytes()), Ok(Format::Csv), "the head ends within a character");
    }

    #[test]
    fn a_password_and_an_old_document_have_reasons_of_their_own() {
        assert!(detected(&compound("EncryptedPackage")).unwrap_err().contains("protected by a password"));
        refused_as(&compound("WordDocument"), "an old Office file, not a workbook");
        assert!(detected(COMPOUND_FILE).unwrap_err().contains("is damaged"));
        let broken: Vec<u8> = COMPOUND_FILE
            .iter()
            .copied()
            .chain(ENCRYPTED.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert!(detected(&broken).unwrap_err().contains("protected by a password"));
    }

    #[test]
    fn everything_else_is_called_by_its_name() {
        assert_eq!(detected(b"").unwrap_err(), "it holds no rows; fill it in and drop it again");
        refused_as(b"%PDF-1.7\n1 0 obj\n", "a PDF document");
        refused_as(b"MIME-Version: 1.0\nX-Document-Type: Workbook\n", "a web page in a single file (MHTML)");
        refused_as(b"\xff\xfe\0\0a\0\0\0,\0\0\0", "text in UTF-32");
        refused_as(b"<html><table><tr><td>1</td></tr></table></html>", "a web page (HTML)");
        refused_as(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture");
        refused_as(b"\x01\x02\xfe\x03", "a file of a kind that is not read");
        assert!(
            detected(b"PK\x03\x04 and no more").unwrap_err().contains("its zip container cannot be read")
        );
    }
}
