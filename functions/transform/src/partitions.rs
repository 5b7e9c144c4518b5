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

/// Columns whose memory is used again. Most files are in order of time, so that a block has rows of a few months.
const SPARE: usize = 4;

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
        let (rows, columns) = self.block.entry(month).or_insert_with(|| {
            let columns = self.spare.pop().unwrap_or_else(|| Columns::new(self.contract));
            self.block_bytes += columns.bytes();
            (Vec::new(), columns)
        });
        let before = columns.bytes();
        rows.push(record::length(self.block_rows));
        columns.push(number, values);
        self.block_rows += 1;
        self.block_bytes += columns.bytes() - before;
        let is_full = self.block_rows == BLOCK || self.block_bytes >= BLOCK_BYTES;
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
            if self.spare.len() < SPARE {
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
mod tests {
    use proptest::prelude::*;
    use rounds_shared::catalog::{Catalog, ColumnType};

    use super::*;

    /// Columns of every type.
    fn contract() -> Vec<Column> {
        let catalog = Catalog::open(None).unwrap();
        let column = catalog.dataset("healthtech.doctors").unwrap().column("specialty").unwrap();
        let kinds = [ColumnType::Integer, ColumnType::Bigint, ColumnType::Boolean, ColumnType::Text];
        let decimal = ColumnType::Decimal { precision: 38, scale: 2 };
        kinds.into_iter().chain([decimal]).map(|kind| Column { kind, ..column.clone() }).collect()
    }

    fn values() -> impl Strategy<Value = Vec<Value<'static>>> {
        let some = (any::<i32>(), any::<i64>(), any::<bool>(), ".{0,9}", -9_i128..9);
        (some, any::<[bool; 5]>()).prop_map(|((small, large, truth, text, units), present)| {
            let all = [
                Value::Integer(small),
                Value::Bigint(large),
                Value::Boolean(truth),
                Value::Text(text.into()),
                Value::Decimal(units),
            ];
            all.into_iter().zip(present).map(|(value, is)| if is { value } else { Value::Null }).collect()
        })
    }

    fn month() -> impl Strategy<Value = Month> {
        prop_oneof![Just(None), (2025_i16..2027, 1_i8..3).prop_map(Some)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_rows_of_a_month_come_back_in_their_order_but_for_those_that_are_gone(
            rows in prop::collection::vec((month(), values(), any::<bool>(), prop::bool::weighted(0.1)), 0..40)
        ) {
            let contract = contract();
            let mut partitions = Partitions::new(&contract).unwrap();
            let mut gone = RowSet::default();
            let mut expected: BTreeMap<Month, Columns> = BTreeMap::new();
            for (row, (month, values, is_gone, ends_block)) in rows.iter().enumerate() {
                partitions.push(*month, row as u64 + 2, values).unwrap();
                let columns = expected.entry(*month).or_insert_with(|| Columns::new(&contract));
                if *is_gone {
                    gone.insert(row);
                } else {
                    columns.push(row as u64 + 2, values);
                }
                if *ends_block {
                    partitions.end_block().unwrap();
                }
            }
            let spilled = partitions.finish().unwrap();
            let mut buffer = Buffer::new(&contract);
            for (month, pieces) in spilled.months() {
                let mut columns = Columns::new(&contract);
                for piece in pieces {
                    spilled.read(piece, &gone, &mut columns, &mut buffer).unwrap();
                }
                let (series, numbers) = columns.finish().unwrap();
                let (same, same_numbers) = expected.remove(&month).unwrap().finish().unwrap();
                prop_assert_eq!(numbers, same_numbers);
                prop_assert!(series.iter().zip(&same).all(|(one, other)| one.equals_missing(other)));
            }
            prop_assert!(expected.is_empty());
        }
    }

    #[test]
    fn the_wider_the_rows_the_fewer_are_held_in_memory() {
        let contract: Vec<Column> = contract().into_iter().cycle().take(1_000).collect();
        let mut partitions = Partitions::new(&contract).unwrap();
        let nothing = vec![Value::Null; contract.len()];
        (2..3_000).for_each(|number| partitions.push(None, number, &nothing).unwrap());
        let spilled = partitions.finish().unwrap();
        let pieces = &spilled.pieces[&None];
        let rows: Vec<usize> = pieces.iter().map(Piece::rows).collect();
        assert!(rows.iter().all(|rows| *rows < 1_000), "{rows:?}");
        assert_eq!(rows.iter().sum::<usize>(), 2_998);
        let are_small = pieces.iter().all(|piece| piece.bytes < piece.rows() * 1_100);
        assert!(are_small, "what is not there takes a byte");
    }
}
