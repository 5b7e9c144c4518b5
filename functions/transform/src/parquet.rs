//! Parquet as the lake keeps it: zstd, statistics, lineage behind the contract's columns.

use std::fs::File;
use std::io::{BufWriter, Seek as _};
use std::sync::Arc;

use polars::io::parquet::write::BatchedWriter;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, ParquetCompression, ParquetWriter, Scalar, StatisticsOptions,
};
use rounds_shared::manifest::LINEAGE;
use rounds_shared::stretch::Stretch;

use crate::error::Error;

/// Rows of a row group: enough to compress well, few enough to be held in memory.
pub(crate) const ROW_GROUP: usize = 32 * 1024;

/// Bytes after which a row group ends with fewer rows.
pub(crate) const ROW_GROUP_BYTES: usize = 32 << 20;

/// Of zstd. Tables are no smaller at the next levels, and take half as long again.
const LEVEL: i32 = 1;

/// Where rows come from.
#[derive(Debug, Clone)]
pub(crate) struct Lineage {
    /// Batch.
    pub batch: String,
    /// The file's name.
    pub file: String,
    /// The place in the file, where that has several.
    pub sheet: Option<String>,
}

impl Lineage {
    /// The lineage columns of rows with these numbers.
    #[must_use]
    pub(crate) fn columns(&self, rows: Vec<i64>) -> Vec<Column> {
        let height = rows.len();
        let [batch, file, sheet, row] = LINEAGE;
        let text = |name: &str, value: Option<&str>| match value {
            Some(value) => {
                let scalar = Scalar::new(DataType::String, AnyValue::StringOwned(value.into()));
                Column::new_scalar(name.into(), scalar, height)
            }
            None => Column::full_null(name.into(), height, &DataType::String),
        };
        vec![
            text(batch, Some(&self.batch)),
            text(file, Some(&self.file)),
            text(sheet, self.sheet.as_deref()),
            Column::new(row.into(), rows),
        ]
    }
}

/// A Parquet file, written row group by row group to the end of a file on disk: of thousands, a process may not hold each
/// open. The same row groups make the same bytes.
pub(crate) struct Parquet<'f> {
    file: &'f Arc<File>,
    from: u64,
    writer: Option<BatchedWriter<BufWriter<Arc<File>>>>,
    rows: u64,
}

impl<'f> Parquet<'f> {
    /// Where the file on disk ends now; the one before has to be finished.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn new(file: &'f Arc<File>) -> Result<Self, Error> {
        Ok(Self { file, from: file.as_ref().stream_position()?, writer: None, rows: 0 })
    }

    /// Writes a frame as a row group. All of a file have the same columns.
    ///
    /// # Errors
    /// [`Error::Parquet`] or [`Error::Disk`].
    pub(crate) fn write(&mut self, frame: &DataFrame) -> Result<(), Error> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let settings = ParquetWriter::new(BufWriter::new(Arc::clone(self.file)))
                    .with_compression(ParquetCompression::Zstd(Some(ZstdLevel::try_new(LEVEL)?)))
                    .with_statistics(StatisticsOptions::default());
                self.writer.insert(settings.batched(frame.schema())?)
            }
        };
        self.rows += u64::try_from(frame.height()).unwrap_or(u64::MAX);
        Ok(writer.write_batch(frame)?)
    }

    /// The file, unless nothing was written.
    ///
    /// # Errors
    /// [`Error::Parquet`] or [`Error::Disk`].
    pub(crate) fn finish(self) -> Result<Option<Finished>, Error> {
        let Self { file, from, writer, rows } = self;
        let Some(writer) = writer else { return Ok(None) };
        // This empties the buffer, too.
        writer.finish()?;
        let content = Stretch::new(Arc::clone(file), from..file.as_ref().stream_position()?);
        Ok(Some(Finished { content, rows }))
    }
}

/// A file that is whole.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Its content, on disk.
    pub content: Stretch,
    /// Rows in it.
    pub rows: u64,
}
