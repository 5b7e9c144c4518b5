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
use crate::partitions::{Month, Piece};

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
        let mut buffer = Vec::new();
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
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Finished>, Error> {
        let Self { decided, dataset, lineage, .. } = self;
        let mut parquet = Parquet::new(file)?;
        let mut columns = Columns::new(&dataset.columns);
        for piece in pieces {
            decided.rows.read(piece, &decided.gone, &mut columns, buffer)?;
            if columns.height() >= ROW_GROUP || columns.text_bytes() >= ROW_GROUP_BYTES {
                let full = std::mem::replace(&mut columns, Columns::new(&dataset.columns));
                parquet.write(&frame(full, lineage)?)?;
            }
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
