//! Rows on the temp disk, apart by the month that partitions the lake, so that each month is read back in one go.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use rounds_shared::catalog::Column;

use crate::columns::Columns;
use crate::error::Error;
use crate::record;
use crate::rowset::RowSet;
use crate::value::Value;

/// Year and month; none for rows without a date, and in a lake without partitions.
pub(crate) type Month = Option<(i16, i8)>;

/// Rows of a block: enough that a month has many of them, few enough to be held in memory.
const BLOCK: usize = 32 * 1024;

/// Bytes after which a block ends with fewer rows.
const BLOCK_BYTES: usize = 8 << 20;

/// Bytes that a column takes without any value.
const COLUMN: usize = 256;

/// Bytes of the columns themselves, each month its own, after which a block ends as well. They are no part of
/// [`BLOCK_BYTES`]: rows of many columns in no order of time would make pieces of a single row each.
const COLUMNS_BYTES: usize = 32 << 20;

/// Columns whose memory is used again. Most files are in order of time, so that a block has rows of a few months.
const SPARE: usize = 4;

/// Bytes of rows up to which it is: those of a block and of a usual row above it.
const SPARE_BYTES: usize = BLOCK_BYTES + (1 << 20);

/// Rows being collected: a block of them month by month in memory, those before it on the disk.
pub(crate) struct Partitions<'d> {
    contract: &'d [Column],
    file: BufWriter<File>,
    /// Where the file ends.
    at: u64,
    /// Rows in the file.
    rows: usize,
    /// Of each month the positions of its rows in the block, and the rows.
    block: BTreeMap<Month, (Vec<u32>, Columns)>,
    block_rows: usize,
    block_bytes: usize,
    pieces: BTreeMap<Month, Vec<Piece>>,
    /// Columns without rows.
    spare: Vec<Columns>,
    bytes: Vec<u8>,
}

/// Rows of a month out of a block, in the file: their positions in the block, then their columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    at: u64,
    bytes: usize,
    rows: usize,
    /// The first row of its block.
    first: usize,
}

/// Rows that are all collected.
#[derive(Debug)]
pub(crate) struct Spilled {
    file: File,
    pieces: BTreeMap<Month, Vec<Piece>>,
}

/// What a piece is read into; to be used for one after the other.
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    columns: Columns,
}

impl Buffer {
    /// An empty one.
    pub(crate) fn new(contract: &[Column]) -> Self {
        Self { bytes: Vec::new(), columns: Columns::new(contract) }
    }
}

impl Piece {
    /// How many rows it has, a block's at the most.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }
}

impl<'d> Partitions<'d> {
    /// No rows yet, and a file without a name, which goes with the process.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn new(contract: &'d [Column]) -> Result<Self, Error> {
        Ok(Self {
            contract,
            file: BufWriter::new(tempfile::tempfile()?),
            at: 0,
            rows: 0,
            block: BTreeMap::new(),
            block_rows: 0,
            block_bytes: 0,
            pieces: BTreeMap::new(),
            spare: Vec::new(),
            bytes: Vec::new(),
        })
    }

    /// How many bytes the rows take on the disk.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.at
    }

    /// Adds a row: its month, its number in the file, and its values in the contract's order.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn push(&mut self, month: Month, number: u64, values: &[Value<'_>]) -> Result<(), Error> {
        let new = || (Vec::new(), self.spare.pop().unwrap_or_else(|| Columns::new(self.contract)));
        let (rows, columns) = self.block.entry(month).or_insert_with(new);
        let before = columns.bytes();
        rows.push(record::length(self.block_rows));
        columns.push(number, values);
        self.block_rows += 1;
        self.block_bytes += columns.bytes() - before;
        let is_full = self.block_rows == BLOCK
            || self.block_bytes >= BLOCK_BYTES
            || self.block.len() * self.contract.len() * COLUMN >= COLUMNS_BYTES;
        if is_full { self.end_block() } else { Ok(()) }
    }

    /// Ends the collecting.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn finish(mut self) -> Result<Spilled, Error> {
        self.end_block()?;
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        Ok(Spilled { file, pieces: self.pieces })
    }

    fn end_block(&mut self) -> Result<(), Error> {
        for (month, (rows, mut columns)) in std::mem::take(&mut self.block) {
            self.bytes.clear();
            self.bytes.extend(rows.iter().flat_map(|row| row.to_le_bytes()));
            columns.put(&mut self.bytes);
            self.file.write_all(&self.bytes)?;
            let piece = Piece { at: self.at, bytes: self.bytes.len(), rows: rows.len(), first: self.rows };
            self.at += u64::try_from(piece.bytes).unwrap_or(u64::MAX);
            self.pieces.entry(month).or_default().push(piece);
            if self.spare.len() < SPARE && columns.bytes() <= SPARE_BYTES {
                columns.clear();
                self.spare.push(columns);
            }
        }
        self.rows += self.block_rows;
        (self.block_rows, self.block_bytes) = (0, 0);
        Ok(())
    }
}

impl Spilled {
    /// The pieces of each month, in the order of the file.
    pub(crate) fn months(&self) -> impl Iterator<Item = (Month, &[Piece])> {
        self.pieces.iter().map(|(month, pieces)| (*month, pieces.as_slice()))
    }

    /// Adds the rows of a piece to `columns`, but for those in `gone`, which holds rows as they were pushed, from 0.
    ///
    /// # Errors
    /// [`Error::Disk`], or [`Error::Spill`] where the file gives back something else.
    pub(crate) fn read(
        &self,
        piece: &Piece,
        gone: &RowSet,
        columns: &mut Columns,
        buffer: &mut Buffer,
    ) -> Result<(), Error> {
        buffer.bytes.resize(piece.bytes, 0);
        self.file.read_exact_at(&mut buffer.bytes, piece.at)?;
        let (rows, values) =
            buffer.bytes.split_at_checked(piece.rows * size_of::<u32>()).ok_or(Error::Spill)?;
        buffer.columns.take(values, piece.rows)?;
        let (rows, _) = rows.as_chunks();
        let is_gone = |row: &[u8; _]| gone.contains(piece.first + u32::from_le_bytes(*row) as usize);
        columns.extend(&buffer.columns, &runs(rows.iter().map(|row| !is_gone(row))));
        Ok(())
    }
}

/// Where rows stand one after the other.
fn runs(stand: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (place, _) in stand.enumerate().filter(|(_, stands)| *stands) {
        match runs.last_mut() {
            Some(run) if run.end == place => run.end += 1,
            _ => runs.push(place..place + 1),
        }
    }
    runs
}

#[cfg(test)]
#[path = "partitions_tests.rs"]
mod tests;
