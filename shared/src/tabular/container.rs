//! Members of a zip container, found by path and bounded while they are unpacked.

use std::cell::Cell as Counter;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::limits::size;
use super::{Limits, Unreadable};

/// A small file may be as repetitive as it likes.
const RATIO_COUNTS_FROM: u64 = 64 << 20;

/// Bytes that are unpacked at a time.
const BUFFER: usize = 64 * 1024;

/// A zip container with what is left of the bytes that may be unpacked of it.
pub(super) struct Container {
    archive: ZipArchive<BufReader<File>>,
    /// Members by [`folded`] path.
    paths: HashMap<String, usize>,
    most: u64,
    unpacked: Counter<u64>,
}

impl Container {
    /// Opens the container without unpacking anything. The handle's position is the file's own.
    pub(super) fn open(file: &mut File, limits: &Limits) -> Result<Self, Unreadable> {
        file.rewind()?;
        let packed = file.metadata()?.len();
        let archive = ZipArchive::new(BufReader::new(file.try_clone()?)).map_err(zip_error)?;
        if archive.len() > limits.entries {
            return Err(Unreadable::TooLarge {
                what: "members in its zip container",
                limit: size(limits.entries),
            });
        }
        let names = archive.file_names_raw().enumerate();
        let paths = names.map(|(index, name)| (folded(&String::from_utf8_lossy(name)), index)).collect();
        let most = limits.expanded_bytes.min(packed.saturating_mul(limits.ratio).max(RATIO_COUNTS_FROM));
        Ok(Self { archive, paths, most, unpacked: Counter::new(0) })
    }

    /// Names of the members as written, if all of them together may be unpacked.
    pub(super) fn names(&mut self) -> Result<Vec<String>, Unreadable> {
        let (mut names, mut bytes) = (Vec::new(), 0_u64);
        for index in 0..self.archive.len() {
            let member = self.archive.by_index_raw(index).map_err(zip_error)?;
            if member.encrypted() {
                return Err(Unreadable::PasswordProtected);
            }
            let name = member.name().map_err(zip_error)?.into_owned();
            // No database keeps it, and no file system has it in a name.
            if name.contains('\0') {
                return Err(Unreadable::Corrupt { what: "the name of a file in it has a NUL character" });
            }
            names.push(name);
            bytes = bytes.saturating_add(member.size());
        }
        if bytes > self.most {
            return Err(too_large(self.most));
        }
        Ok(names)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.contains_key(&folded(path))
    }

    /// The member with this path, whose letters may be of any case; none if there is none.
    pub(super) fn member(&mut self, path: &str) -> Result<Option<Member<'_>>, Unreadable> {
        match self.paths.get(&folded(path)).copied() {
            Some(index) => self.at(index).map(Some),
            None => Ok(None),
        }
    }

    /// The member with this very name, which holds no more bytes than it claims. What was unpacked before does not count.
    pub(super) fn named(&mut self, name: &str) -> Result<Member<'_>, Unreadable> {
        let index = self.archive.index_for_name(name);
        let index = index.ok_or(Unreadable::Corrupt { what: "a file that it lists is not in it" })?;
        let claimed = self.archive.by_index_raw(index).map_err(zip_error)?.size();
        self.unpacked.set(0);
        let member = self.at(index)?;
        Ok(Member { most: member.most.min(claimed), ..member })
    }

    fn at(&mut self, index: usize) -> Result<Member<'_>, Unreadable> {
        let content = BufReader::with_capacity(BUFFER, self.archive.by_index(index).map_err(zip_error)?);
        Ok(Member { content, unpacked: &self.unpacked, most: self.most })
    }
}

/// A path as its member is looked up: some programs write backslashes, a leading slash, or letters of another case.
fn folded(path: &str) -> String {
    path.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

fn too_large(most: u64) -> Unreadable {
    Unreadable::TooLarge { what: "bytes when unpacked", limit: most }
}

/// The zip library's errors in fixed words.
pub(super) fn zip_error(error: ZipError) -> Unreadable {
    const UNREADABLE: Unreadable = Unreadable::Corrupt { what: "its zip container cannot be read" };
    match error {
        // An error of the operating system is the disk's; all others are the container's.
        ZipError::Io(error) if error.raw_os_error().is_some() => error.into(),
        ZipError::Io(error) => error.downcast().unwrap_or(UNREADABLE),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Unreadable::PasswordProtected,
        ZipError::UnsupportedArchive(_) => {
            Unreadable::Unsupported { what: "a zip container packed in a way that is not read" }
        }
        _ => UNREADABLE,
    }
}

/// The content of a member. Reading it fails with [`Unreadable::TooLarge`] once too much has been unpacked of the
/// container.
pub(super) struct Member<'c> {
    content: BufReader<ZipFile<'c, BufReader<File>>>,
    unpacked: &'c Counter<u64>,
    most: u64,
}

impl Read for Member<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Member<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.unpacked.get() > self.most {
            return Err(io::Error::other(too_large(self.most)));
        }
        self.content.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.unpacked.set(self.unpacked.get().saturating_add(size(count)));
        self.content.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use crate::tabular::tests::{refused, zipped};

    use super::*;

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked_whole() {
        let zeros = " ".repeat(9 << 20);
        let bomb = zipped(&[("xl/workbook.xml", &format!("{zeros}<workbook/>"))]);
        let message = refused(&bomb, &Limits::default());
        assert!(message.starts_with("it has more than 8388608 bytes in one piece of its XML"), "{message}");
        let comments = "<!-- -->".repeat(1 << 16);
        let bomb = zipped(&[("xl/workbook.xml", &format!("{comments}<workbook/>"))]);
        let limits = Limits { expanded_bytes: 1 << 18, ..Limits::default() };
        let message = refused(&bomb, &limits);
        assert!(message.starts_with("it has more than 262144 bytes when unpacked"), "{message}");
    }

    #[test]
    fn too_many_members_are_refused() {
        let limits = Limits { entries: 1, ..Limits::default() };
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &zipped(&[("a", ""), ("b", "")])).unwrap();
        assert!(matches!(Container::open(&mut file, &limits), Err(Unreadable::TooLarge { limit: 1, .. })));
    }
}
