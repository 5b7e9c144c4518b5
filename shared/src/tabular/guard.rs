//! Bounds on a workbook's zip container, found out by unpacking it once and keeping nothing, before the workbook
//! reader, which has no bounds of its own, sees it.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::cell::size;
use super::detect::zip_error;
use super::{Limits, Unreadable};

/// A small file may be as repetitive as it likes.
const RATIO_COUNTS_FROM: u64 = 64 << 20;

/// What of a member is kept for a look at its first element.
const PROLOGUE: usize = 4 * 1024;

/// The fewest bytes in which a shared text can be written: `<si/>`.
const SHORTEST_TEXT: u64 = 5;

/// Refuses a container that exceeds the limits. Leaves the file at its start.
pub(super) fn check(file: &mut File, limits: &Limits) -> Result<(), Unreadable> {
    file.rewind()?;
    let packed = file.metadata()?.len();
    let mut archive = ZipArchive::new(BufReader::new(&mut *file)).map_err(zip_error)?;
    if archive.len() > limits.entries {
        return Err(Unreadable::TooLarge {
            what: "members in its zip container",
            limit: size(limits.entries),
        });
    }
    let most = limits.expanded_bytes.min(packed.saturating_mul(limits.ratio).max(RATIO_COUNTS_FROM));
    let (mut expanded, mut held) = (0, 0);
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(zip_error)?;
        let name = member.name().map_err(zip_error)?;
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let (bytes, prologue) = unpack(member, expanded, most)?;
        expanded += bytes;
        if is_held_whole(&name) {
            held += bytes;
        }
        if held > limits.held_bytes {
            return Err(Unreadable::TooLarge { what: "bytes of text", limit: limits.held_bytes });
        }
        if name == "sharedstrings.xml" && claimed_texts(&prologue)? > bytes / SHORTEST_TEXT {
            return Err(Unreadable::Corrupt { what: "it claims more texts than it has" });
        }
    }
    file.rewind()?;
    Ok(())
}

/// Unpacks a member and answers its size and beginning; stops once it and the bytes `before` it are more than `most`.
fn unpack(mut member: impl Read, before: u64, most: u64) -> Result<(u64, Vec<u8>), Unreadable> {
    let mut buffer = vec![0; 64 * 1024];
    let mut prologue = Vec::with_capacity(PROLOGUE);
    let mut bytes = 0_u64;
    loop {
        let count = match member.read(&mut buffer) {
            Ok(0) => return Ok((bytes, prologue)),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(zip_error(error.into())),
        };
        let room = PROLOGUE.saturating_sub(prologue.len()).min(count);
        prologue.extend_from_slice(buffer.get(..room).unwrap_or_default());
        bytes = bytes.saturating_add(size(count));
        if before.saturating_add(bytes) > most {
            return Err(Unreadable::TooLarge { what: "bytes when unpacked", limit: most });
        }
    }
}

/// Members that the workbook reader keeps in memory; sheets are streamed but for OpenDocument's, and nothing else is read.
fn is_held_whole(name: &str) -> bool {
    matches!(name, "sharedstrings.xml" | "styles.xml" | "workbook.xml" | "[content_types].xml")
        || matches!(name, "sharedstrings.bin" | "styles.bin" | "workbook.bin")
        || matches!(name, "content.xml" | "manifest.xml")
        || name.ends_with(".rels")
}

/// How many texts a table of shared texts claims to hold: the reader makes room for as many before it reads them.
fn claimed_texts(prologue: &[u8]) -> Result<u64, Unreadable> {
    const UNREADABLE: Unreadable = Unreadable::Corrupt { what: "its shared texts cannot be read" };
    let mut reader = Reader::from_reader(prologue);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let claim = element.try_get_attribute("uniqueCount").map_err(|_| UNREADABLE)?;
                return Ok(claim.and_then(|claim| claim.value.parse().ok()).unwrap_or(0));
            }
            Ok(Event::Eof) | Err(_) => return Err(UNREADABLE),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn checked(members: &[(&str, &[u8])], limits: &Limits) -> Result<(), String> {
        let mut file = tempfile::tempfile().unwrap();
        let mut zip = ZipWriter::new(&mut file);
        for (name, content) in members {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        check(&mut file, limits).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked_whole() {
        let zeros = vec![b' '; 80 << 20];
        let message = checked(&[("xl/worksheets/sheet1.xml", &zeros)], &Limits::default()).unwrap_err();
        assert!(message.starts_with("it has more than 67108864 bytes when unpacked"), "{message}");
        let roomy = Limits { ratio: 2_000, ..Limits::default() };
        assert_eq!(checked(&[("xl/worksheets/sheet1.xml", &zeros)], &roomy), Ok(()));
    }

    #[test]
    fn what_is_held_in_memory_has_a_bound_of_its_own() {
        let limits = Limits { held_bytes: 1000, ..Limits::default() };
        assert_eq!(checked(&[("xl/worksheets/sheet1.xml", &[b' '; 2000])], &limits), Ok(()));
        assert!(
            checked(&[("xl/Styles.xml", &[b' '; 2000])], &limits)
                .unwrap_err()
                .contains("more than 1000 bytes")
        );
    }

    #[test]
    fn too_many_members_are_refused() {
        let limits = Limits { entries: 1, ..Limits::default() };
        assert!(checked(&[("a", b""), ("b", b"")], &limits).unwrap_err().contains("more than 1 members"));
    }

    #[test]
    fn a_claim_of_more_texts_than_there_are_is_refused() {
        let honest = br#"<?xml version="1.0"?><sst count="9" uniqueCount="1"><si><t>a</t></si></sst>"#;
        assert_eq!(checked(&[("xl/sharedStrings.xml", honest)], &Limits::default()), Ok(()));
        let boast = br#"<?xml version="1.0"?><sst uniqueCount="99999999999"><si><t>a</t></si></sst>"#;
        let message = checked(&[("xl/SharedStrings.xml", boast)], &Limits::default()).unwrap_err();
        assert!(message.contains("claims more texts than it has"), "{message}");
    }
}
