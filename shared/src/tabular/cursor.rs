//! A file read from a place of its own, so that several may read one file at the same time.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::limits::size;

/// A place in a file; a copy of it goes its own way. The file's own position stays.
#[derive(Debug)]
pub(super) struct Cursor(BufReader<Place>);

#[derive(Debug, Clone)]
struct Place {
    file: Arc<File>,
    at: u64,
}

impl Cursor {
    /// The start of a file.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        Ok(Self(BufReader::new(Place { file: Arc::new(file.try_clone()?), at: 0 })))
    }
}

impl Clone for Cursor {
    fn clone(&self) -> Self {
        let Place { file, at } = self.0.get_ref();
        let at = at.saturating_sub(size(self.0.buffer().len()));
        Self(BufReader::new(Place { file: Arc::clone(file), at }))
    }
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Read for Place {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += size(count);
        Ok(count)
    }
}

impl Seek for Place {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
