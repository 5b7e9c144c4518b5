//! Members of a zip container, found by path and bounded while they are unpacked.

use std::cell::Cell as Counter;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::rc::Rc;
use std::thread;

use zip::ZipArchive;
use zip::result::ZipError;

use super::blocks::{Blocks, Window};
use super::cursor::Cursor;
use super::limits::size;
use super::{Limits, Unreadable};

/// A small file may be as repetitive as it likes.
const RATIO_COUNTS_FROM: u64 = 64 << 20;

/// Bytes of a packed member for which it is worth while to start a thread.
const LARGE: u64 = 256 * 1024;

/// A zip container with what is left of the bytes that may be unpacked of it. A copy is read beside it, and they count
/// together.
#[derive(Clone)]
pub(super) struct Container {
    archive: ZipArchive<Cursor>,
    /// Members by [`folded`] path.
    paths: Rc<HashMap<String, usize>>,
    most: u64,
    unpacked: Rc<Counter<u64>>,
}

impl Container {
    /// Opens the container without unpacking anything.
    pub(super) fn open(file: &mut File, limits: &Limits) -> Result<Self, Unreadable> {
        let packed = file.metadata()?.len();
        let archive = ZipArchive::new(Cursor::of(file)?).map_err(zip_error)?;
        if archive.len() > limits.entries {
            return Err(Unreadable::TooLarge {
                what: "members in its zip container",
                limit: size(limits.entries),
            });
        }
        let names = archive.file_names_raw().enumerate();
        let paths = names.map(|(index, name)| (folded(&String::from_utf8_lossy(name)), index));
        let paths = Rc::new(paths.collect());
        let most = limits.expanded_bytes.min(packed.saturating_mul(limits.ratio).max(RATIO_COUNTS_FROM));
        Ok(Self { archive, paths, most, unpacked: Rc::default() })
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

    /// Reads the member with this path as [`Container::member`] has it; where it is large, a thread of its own unpacks it
    /// meanwhile.
    pub(super) fn read<T>(
        &mut self,
        path: &str,
        read: impl FnOnce(Member<'_>) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, Unreadable> {
        let Some(index) = self.paths.get(&folded(path)).copied() else { return Ok(None) };
        let packed = self.archive.by_index(index).map_err(zip_error)?.compressed_size();
        if packed < LARGE || thread::available_parallelism().is_ok_and(|threads| threads.get() == 1) {
            return read(self.at(index)?).map(Some);
        }
        let mut archive = self.archive.clone();
        let (content, filler) = Blocks::beside();
        let member = Member { content, unpacked: &self.unpacked, most: self.most };
        thread::scope(|scope| {
            thread::Builder::new().spawn_scoped(scope, move || {
                filler.fill(archive.by_index(index).map_err(|error| io::Error::other(zip_error(error))));
            })?;
            read(member).map(Some)
        })
    }

    fn at(&mut self, index: usize) -> Result<Member<'_>, Unreadable> {
        let content = Blocks::here(self.archive.by_index(index).map_err(zip_error)?);
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
    content: Blocks<'c>,
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

impl Window for Member<'_> {
    fn more(&mut self) -> io::Result<bool> {
        self.content.more()
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

    fn container(members: &[(&str, &str)], limits: &Limits) -> Container {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &zipped(members)).unwrap();
        Container::open(&mut file, limits).unwrap()
    }

    /// Text that packs badly, so that its member is large.
    fn large() -> String {
        let mut random = 7_u64;
        let words = std::iter::repeat_with(|| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{random:x} ")
        });
        words.take(100_000).collect()
    }

    fn whole(mut member: Member<'_>) -> Result<String, Unreadable> {
        let mut text = String::new();
        member.read_to_string(&mut text).map_err(|error| zip_error(error.into()))?;
        Ok(text)
    }

    #[test]
    fn a_large_member_is_the_same_when_a_thread_unpacks_it() {
        let large = large();
        let mut container = container(&[("a", "small"), ("b", &large)], &Limits::default());
        for (name, content) in [("a", "small"), ("b", &large)] {
            assert!(container.read(name, whole).unwrap().unwrap() == content);
            assert!(whole(container.member(name).unwrap().unwrap()).unwrap() == content);
        }
        assert_eq!(container.read("c", whole).unwrap(), None);
    }

    #[test]
    fn a_large_member_may_be_left_unread() {
        let mut container = container(&[("b", &large())], &Limits::default());
        let first = container.read("b", |mut member| Ok(member.fill_buf()?.first().copied())).unwrap();
        assert!(first.flatten().is_some());
    }

    #[test]
    fn copies_are_read_beside_each_other_and_count_together() {
        let content = large();
        let limits = Limits { expanded_bytes: 3 * content.len() as u64, ..Limits::default() };
        let mut one = container(&[("a", &content), ("b", "small")], &limits);
        let mut other = one.clone();
        let mut beside = other.member("b").unwrap().unwrap();
        assert!(whole(one.member("a").unwrap().unwrap()).unwrap() == content);
        assert_eq!(beside.fill_buf().unwrap(), b"small");
        drop(beside);
        for _ in 0..2 {
            assert!(whole(other.member("a").unwrap().unwrap()).is_ok());
        }
        assert!(matches!(whole(one.member("a").unwrap().unwrap()), Err(Unreadable::TooLarge { .. })));
    }

    #[test]
    fn a_large_member_that_is_damaged_is_refused() {
        let mut bytes = zipped(&[("b", &large())]);
        let middle = bytes.len() / 2;
        bytes[middle..middle + 64].fill(0xff);
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &bytes).unwrap();
        let mut container = Container::open(&mut file, &Limits::default()).unwrap();
        assert!(matches!(container.read("b", whole), Err(Unreadable::Corrupt { .. })));
    }
}
