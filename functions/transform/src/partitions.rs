//! Rows on the temp disk, apart by the month that partitions the lake, so that each month is read back in one go.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;

use rounds_shared::catalog::Column;

use crate::coerce::Value;
use crate::columns::Columns;
use crate::error::Error;
use crate::record;
use crate::rowset::RowSet;

/// Year and month; none for rows without a date, and in a lake without partitions.
pub(crate) type Month = Option<(i16, i8)>;

/// Rows of a block: enough that a month has many of them, few enough to be held in memory.
const BLOCK: usize = 32 * 1024;

/// Bytes after which a block ends with fewer rows.
const BLOCK_BYTES: usize = 8 << 20;

/// Rows being written: a block of them in memory, those before it on the disk.
pub(crate) struct Partitions {
    file: BufWriter<File>,
    /// Where the file ends.
    at: u64,
    /// Rows in the file.
    rows: usize,
    block: Columns,
    /// Positions in the block by month.
    months: BTreeMap<Month, Vec<usize>>,
    pieces: BTreeMap<Month, Vec<Piece>>,
    piece: Vec<u8>,
}

/// Rows of a month in the file: their positions in the block, then their columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    at: u64,
    bytes: usize,
    rows: usize,
    /// The first row of its block.
    first: usize,
}

/// Rows that are written.
#[derive(Debug)]
pub(crate) struct Spilled {
    file: File,
    pieces: BTreeMap<Month, Vec<Piece>>,
}

impl Piece {
    /// How many rows it has, a block's at the most.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }
}

impl Partitions {
    /// A file without a name, which goes with the process.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn new(contract: &[Column]) -> Result<Self, Error> {
        Ok(Self {
            file: BufWriter::new(tempfile::tempfile()?),
            at: 0,
            rows: 0,
            block: Columns::new(contract),
            months: BTreeMap::new(),
            pieces: BTreeMap::new(),
            piece: Vec::new(),
        })
    }

    /// How many bytes the rows take, without those of the block in memory.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.at
    }

    /// Adds a row: its month, its number in the file, and its values in the contract's order.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn push(&mut self, month: Month, number: u64, values: &[Value<'_>]) -> Result<(), Error> {
        self.months.entry(month).or_default().push(self.block.height());
        self.block.push(number, values);
        let is_full = self.block.height() == BLOCK || self.block.bytes() >= BLOCK_BYTES;
        if is_full { self.spill() } else { Ok(()) }
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn finish(mut self) -> Result<Spilled, Error> {
        self.spill()?;
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        Ok(Spilled { file, pieces: self.pieces })
    }

    fn spill(&mut self) -> Result<(), Error> {
        for (month, rows) in std::mem::take(&mut self.months) {
            self.piece.clear();
            rows.iter().for_each(|row| self.piece.extend(record::length(*row).to_le_bytes()));
            self.block.put(&rows, &mut self.piece);
            self.file.write_all(&self.piece)?;
            let piece = Piece { at: self.at, bytes: self.piece.len(), rows: rows.len(), first: self.rows };
            self.pieces.entry(month).or_default().push(piece);
            self.at += u64::try_from(piece.bytes).unwrap_or(u64::MAX);
        }
        self.rows += self.block.height();
        self.block.clear();
        Ok(())
    }
}

impl Spilled {
    /// The pieces of each month, in the order of the file.
    pub(crate) fn months(&self) -> impl Iterator<Item = (Month, &[Piece])> {
        self.pieces.iter().map(|(month, pieces)| (*month, pieces.as_slice()))
    }

    /// Adds the rows of a piece to `columns`, but for those in `gone`, which holds rows as they were pushed, from 0. The
    /// `buffer` is used for reading.
    ///
    /// # Errors
    /// [`Error::Disk`], or [`Error::Spill`] where the file gives back something else.
    pub(crate) fn read(
        &self,
        piece: &Piece,
        gone: &RowSet,
        columns: &mut Columns,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Error> {
        buffer.resize(piece.bytes, 0);
        self.file.read_exact_at(buffer, piece.at)?;
        let (rows, values) = buffer.split_at_checked(piece.rows * size_of::<u32>()).ok_or(Error::Spill)?;
        let (rows, _) = rows.as_chunks();
        let stands = |row: &[u8; _]| !gone.contains(piece.first + u32::from_le_bytes(*row) as usize);
        let standing = rows.iter().enumerate().filter(|(_, row)| stands(row));
        let taken: Vec<usize> = standing.map(|(place, _)| place).collect();
        columns.take(values, piece.rows, &taken)
    }
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
                    partitions.spill().unwrap();
                }
            }
            let spilled = partitions.finish().unwrap();
            let mut buffer = Vec::new();
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
        assert!(pieces.iter().all(|piece| piece.rows < 1_000), "{pieces:?}");
        assert!(
            pieces.iter().all(|piece| piece.bytes < piece.rows * 1_100),
            "what is not there takes a byte"
        );
        assert_eq!(pieces.iter().map(|piece| piece.rows).sum::<usize>(), 2_998);
    }

    #[test]
    fn a_disk_that_gives_back_something_else_is_an_error() {
        let contract = contract();
        let mut partitions = Partitions::new(&contract).unwrap();
        let text = Value::Text("ä".into());
        partitions.push(None, 2, &[Value::Null, Value::Null, Value::Null, text, Value::Decimal(1)]).unwrap();
        let spilled = partitions.finish().unwrap();
        let whole = spilled.pieces[&None][0];
        let read = |piece: Piece| {
            let mut columns = Columns::new(&contract);
            spilled.read(&piece, &RowSet::default(), &mut columns, &mut Vec::new())
        };
        read(whole).unwrap();
        for piece in [
            Piece { bytes: whole.bytes - 1, ..whole },
            Piece { rows: 9, ..whole },
            Piece { bytes: 3, ..whole },
        ] {
            assert!(matches!(read(piece), Err(Error::Spill)));
        }
        assert!(matches!(read(Piece { at: 1 << 30, ..whole }), Err(Error::Disk(_))));
    }
}
