//! Records on the temp disk, so that memory need not hold them.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, Write as _};

use crate::error::Error;

/// Records of bytes in a file, being written.
pub(crate) struct Spill {
    file: BufWriter<File>,
    /// Where each record ends.
    ends: Vec<u64>,
}

/// The records of a [`Spill`], found again by position. Fastest in their order.
pub(crate) struct Records {
    file: BufReader<File>,
    ends: Vec<u64>,
    /// Where in the file the reader stands.
    at: u64,
    record: Vec<u8>,
}

impl Spill {
    /// A file without a name, which goes with the spill.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), ends: Vec::new() })
    }

    /// How many bytes they take.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn push(&mut self, record: &[u8]) -> Result<(), Error> {
        self.file.write_all(record)?;
        self.ends.push(self.bytes() + u64::try_from(record.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn records(self) -> Result<Records, Error> {
        let mut file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Records { file: BufReader::new(file), ends: self.ends, at: 0, record: Vec::new() })
    }
}

impl Records {
    /// The record at a position, from 0.
    ///
    /// # Errors
    /// [`Error::Disk`]; [`Error::Spill`] where there is none.
    pub(crate) fn get(&mut self, position: usize) -> Result<&[u8], Error> {
        let start = match position.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().ok_or(Error::Spill)?,
            None => 0,
        };
        let end = self.ends.get(position).copied().ok_or(Error::Spill)?;
        let skipped = i64::try_from(i128::from(start) - i128::from(self.at)).map_err(|_| Error::Spill)?;
        self.file.seek_relative(skipped)?;
        self.at = start;
        self.record.resize(usize::try_from(end - start).map_err(|_| Error::Spill)?, 0);
        self.file.read_exact(&mut self.record)?;
        self.at = end;
        Ok(&self.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_any_order() {
        let mut spill = Spill::new().unwrap();
        for record in ["a", "", "ccc", "dd"] {
            spill.push(record.as_bytes()).unwrap();
        }
        assert_eq!(spill.bytes(), 6);
        let mut records = spill.records().unwrap();
        for (position, record) in [(2, "ccc"), (0, "a"), (3, "dd"), (1, ""), (1, "")] {
            assert_eq!(records.get(position).unwrap(), record.as_bytes());
        }
        assert!(matches!(records.get(4), Err(Error::Spill)));
    }
}
