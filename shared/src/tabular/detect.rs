//! What a file is, by content and never by its extension.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use infer::MatcherType;
use zip::ZipArchive;
use zip::result::ZipError;

use super::cell::size;
use super::{Unreadable, encoding};
use crate::payload::Format;

/// Bytes looked at to tell text from anything else.
const HEAD: u64 = 64 * 1024;

const ZIP: &[u8] = b"PK\x03\x04";
const ODS: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

/// Where a compound file keeps a workbook: since Excel 97, and before.
pub(super) const WORKBOOK_STREAMS: [&str; 2] = ["/Workbook", "/Book"];

const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Says what a file is. Leaves it at its start.
///
/// # Errors
/// [`Unreadable`] for everything that Rounds does not read, with what it is instead.
pub fn detect(file: &mut File) -> Result<Format, Unreadable> {
    file.rewind()?;
    let mut head = Vec::new();
    (&mut *file).take(HEAD).read_to_end(&mut head)?;
    let format = if head.is_empty() {
        Err(Unreadable::Empty)
    } else if head.starts_with(COMPOUND_FILE) {
        compound_file(file)
    } else if head.starts_with(ZIP) {
        container(file, &head)
    } else {
        text(file, &head)
    };
    file.rewind()?;
    format
}

/// The container of Excel's formats before 2007, into which it also encrypts newer workbooks.
fn compound_file(file: &mut File) -> Result<Format, Unreadable> {
    let streams = catch_unwind(AssertUnwindSafe(|| {
        cfb::CompoundFile::open(&mut *file).map(|compound| {
            let is_workbook = WORKBOOK_STREAMS.iter().any(|stream| compound.is_stream(stream));
            (compound.is_stream("/EncryptedPackage"), is_workbook)
        })
    }));
    match streams {
        Ok(Ok((true, _))) => Err(Unreadable::PasswordProtected),
        Ok(Ok((false, true))) => Ok(Format::Xls),
        Ok(Ok((false, false))) => Err(Unreadable::Unsupported { what: "an old Office file, not a workbook" }),
        Ok(Err(_)) | Err(_) => Err(Unreadable::Corrupt { what: "its container cannot be read" }),
    }
}

fn container(file: &mut File, head: &[u8]) -> Result<Format, Unreadable> {
    let mut archive = ZipArchive::new(&mut *file).map_err(zip_error)?;
    let has = |member: &str| archive.file_names().flatten().any(|name| name.eq_ignore_ascii_case(member));
    if has("xl/workbook.xml") {
        Ok(Format::Xlsx)
    } else if has("xl/workbook.bin") {
        // calamine passes over rich texts and failed formulas in it: cells would be lost in silence.
        Err(Unreadable::Unsupported { what: "a binary workbook (.xlsb)" })
    } else if is_spreadsheet(&mut archive) {
        Ok(Format::Ods)
    } else {
        Err(Unreadable::Unsupported { what: infer::get(head).map_or("a zip archive", kind) })
    }
}

/// OpenDocument files say what they are in a member of their own.
fn is_spreadsheet(archive: &mut ZipArchive<&mut File>) -> bool {
    let mut kind = Vec::new();
    let read =
        archive.by_name("mimetype").map(|member| member.take(size(ODS.len()) + 1).read_to_end(&mut kind));
    matches!(read, Ok(Ok(_))) && kind == ODS
}

fn text(file: &mut File, head: &[u8]) -> Result<Format, Unreadable> {
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

/// The zip library's errors in fixed words.
pub(super) fn zip_error(error: ZipError) -> Unreadable {
    match error {
        // An error of the operating system is the disk's; all others are the container's.
        ZipError::Io(error) if error.raw_os_error().is_some() => error.into(),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Unreadable::PasswordProtected,
        _ => Unreadable::Corrupt { what: "its zip container cannot be read" },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

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
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file(member, SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap().into_inner()
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
        refused_as(&zipped("xl/workbook.bin"), "a binary workbook (.xlsb)");
        assert_eq!(detected(&compound("Workbook")), Ok(Format::Xls));
        assert_eq!(detected(&compound("Book")), Ok(Format::Xls));
        refused_as(&zipped("notes.txt"), "a zip archive");
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
    }

    #[test]
    fn everything_else_is_called_by_its_name() {
        assert_eq!(detected(b"").unwrap_err(), "it holds no rows; fill it in and drop it again");
        refused_as(b"%PDF-1.7\n1 0 obj\n", "a PDF document");
        refused_as(b"<html><table><tr><td>1</td></tr></table></html>", "a web page (HTML)");
        refused_as(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture");
        refused_as(b"\x01\x02\xfe\x03", "a file of a kind that is not read");
        assert!(
            detected(b"PK\x03\x04 and no more").unwrap_err().contains("its zip container cannot be read")
        );
    }
}
