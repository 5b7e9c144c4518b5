//! The rows that stand, as Parquet: a file for each partition.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use polars::prelude::{Column, DataFrame};
use rounds_shared::catalog::Dataset;
use rounds_shared::manifest::LakeObject;

use crate::columns::Columns;
use crate::error::Error;
use crate::kept::Decided;
use crate::parquet::{Finished, Lineage, Parquet, ROW_GROUP, ROW_GROUP_BYTES};
use crate::partitions::{Buffer, Month, Piece};

/// Writes a Parquet file for each partition, several at a time, and answers them in the order of their months. `done` is
/// told of each as soon as it is whole. Memory holds a row group per processor.
///
/// # Errors
/// [`Error::Disk`], [`Error::Spill`] or [`Error::Parquet`], none of which is the file's fault, and those of `done`.
pub(crate) fn write(
    decided: &Decided,
    dataset: &Dataset,
    lineage: &Lineage,
    done: &(dyn Fn(Month, Finished) -> Result<LakeObject, Error> + Sync),
) -> Result<Vec<LakeObject>, Error> {
    let months: VecDeque<_> = decided.rows.months().collect();
    let writers = thread::available_parallelism().map_or(1, usize::from).min(months.len());
    let work = Work { decided, dataset, lineage, done, months: Mutex::new(months) };
    let mut objects = thread::scope(|scope| {
        let start = |_| thread::Builder::new().spawn_scoped(scope, || work.write());
        let writers = (0..writers).map(start).collect::<Result<Vec<_>, _>>()?;
        let mut objects = Vec::new();
        for writer in writers {
            objects.extend(writer.join().map_err(|_| Error::Interrupted)??);
        }
        Ok::<_, Error>(objects)
    })?;
    objects.sort_unstable_by_key(|(month, _)| *month);
    Ok(objects.into_iter().map(|(_, object)| object).collect())
}

/// What writers share.
struct Work<'w> {
    decided: &'w Decided,
    dataset: &'w Dataset,
    lineage: &'w Lineage,
    done: &'w (dyn Fn(Month, Finished) -> Result<LakeObject, Error> + Sync),
    /// Months that nobody writes yet.
    months: Mutex<VecDeque<(Month, &'w [Piece])>>,
}

impl<'w> Work<'w> {
    /// Writes months until none is left; where one fails, none is left for the others either.
    fn write(&self) -> Result<Vec<(Month, LakeObject)>, Error> {
        let mut objects = Vec::new();
        let written = self.write_into(&mut objects);
        self.months().clear();
        written.map(|()| objects)
    }

    fn write_into(&self, objects: &mut Vec<(Month, LakeObject)>) -> Result<(), Error> {
        // Without a name, as all that is on the temp disk: a process that is killed leaves nothing to the next one.
        let file = Arc::new(tempfile::tempfile()?);
        let mut buffer = Buffer::new(&self.dataset.columns);
        while let Some((month, pieces)) = self.next() {
            if let Some(finished) = self.month(pieces, &file, &mut buffer)? {
                objects.push((month, (self.done)(month, finished)?));
            }
        }
        Ok(())
    }

    /// Writes the rows of a month that stand to the end of `file`.
    fn month(
        &self,
        pieces: &[Piece],
        file: &Arc<File>,
        buffer: &mut Buffer,
    ) -> Result<Option<Finished>, Error> {
        let Self { decided, dataset, lineage, .. } = self;
        let mut parquet = Parquet::new(file)?;
        let mut columns = Columns::new(&dataset.columns);
        for piece in pieces {
            if columns.height() + piece.rows() > ROW_GROUP || columns.bytes() >= ROW_GROUP_BYTES {
                let full = std::mem::replace(&mut columns, Columns::new(&dataset.columns));
                parquet.write(&frame(full, lineage)?)?;
            }
            decided.rows.read(piece, &decided.gone, &mut columns, buffer)?;
        }
        if columns.height() > 0 {
            parquet.write(&frame(columns, lineage)?)?;
        }
        parquet.finish()
    }

    fn next(&self) -> Option<(Month, &'w [Piece])> {
        self.months().pop_front()
    }

    fn months(&self) -> MutexGuard<'_, VecDeque<(Month, &'w [Piece])>> {
        self.months.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The contract's columns, then the lineage.
fn frame(columns: Columns, lineage: &Lineage) -> Result<DataFrame, Error> {
    let (series, rows) = columns.finish()?;
    let height = rows.len();
    let mut columns: Vec<Column> = series.into_iter().map(Column::from).collect();
    columns.extend(lineage.columns(rows));
    Ok(DataFrame::new(height, columns)?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader as _};
    use rounds_shared::catalog::Catalog;

    use super::*;
    use crate::partitions::Partitions;
    use crate::rowset::RowSet;
    use crate::value::Value;

    #[test]
    fn no_row_group_has_more_rows_than_are_held_in_memory() {
        let catalog = Catalog::open(None).unwrap();
        let dataset = catalog.dataset("healthtech.doctors").unwrap();
        let mut partitions = Partitions::new(&dataset.columns).unwrap();
        let nothing = vec![Value::Null; dataset.columns.len()];
        // Three of four rows are of one month, whose pieces end where no full row group does.
        for number in 2..150_002 {
            let month = if number % 4 == 0 { 2 } else { 1 };
            partitions.push(Some((2025, month)), number, &nothing).unwrap();
        }
        let rows = partitions.finish().unwrap();
        let decided =
            Decided { rows, gone: RowSet::default(), kept: 150_000, repeated: Vec::new(), superseded: 0 };
        let lineage = Lineage { batch: String::new(), file: String::new(), sheet: None };
        let groups = Mutex::new(Vec::new());
        let done = |_, Finished { content, rows }: Finished| {
            let mut reader = ParquetReader::new(Cursor::new(content.read().unwrap()));
            let metadata = reader.get_metadata().unwrap();
            groups.lock().unwrap().extend(metadata.row_groups.iter().map(|group| group.num_rows()));
            Ok(LakeObject { key: String::new(), rows, bytes: 0 })
        };
        write(&decided, dataset, &lineage, &done).unwrap();
        let groups = groups.into_inner().unwrap();
        assert_eq!(groups.iter().sum::<usize>(), 150_000);
        assert!(groups.iter().all(|rows| *rows <= ROW_GROUP), "{groups:?}");
    }
}
