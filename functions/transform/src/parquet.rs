//! Parquet as the lake keeps it: zstd, statistics, lineage behind the contract's columns.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, ParquetCompression, ParquetWriter, PolarsResult, Scalar,
    StatisticsOptions,
};
use rounds_shared::manifest::LINEAGE;

/// Rows of a row group: large enough to compress, small enough to be read one by one in little memory.
const ROW_GROUP: usize = 128 * 1024;

/// Where rows come from.
#[derive(Debug, Clone)]
pub struct Lineage {
    /// Batch.
    pub batch: String,
    /// The file's name.
    pub file: String,
    /// The sheet; none in delimited text.
    pub sheet: Option<String>,
}

impl Lineage {
    /// The lineage columns of rows with these numbers.
    #[must_use]
    pub fn columns(&self, rows: Vec<i64>) -> Vec<Column> {
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

/// A Parquet file in memory, written batch by batch. The same batches make the same bytes.
pub struct Parquet {
    writer: polars::io::parquet::write::BatchedWriter<Buffer>,
    buffer: Buffer,
    rows: usize,
}

impl Parquet {
    /// Begins a file with the schema of `frame`, and writes it.
    ///
    /// # Errors
    /// Those of the library; none is expected.
    pub fn begin(frame: &DataFrame) -> PolarsResult<Self> {
        let buffer = Buffer::default();
        let writer = settings(buffer.clone()).batched(frame.schema())?;
        let mut parquet = Self { writer, buffer, rows: 0 };
        parquet.write(frame)?;
        Ok(parquet)
    }

    /// Writes a batch as row groups of its own.
    ///
    /// # Errors
    /// Those of the library; none is expected.
    pub fn write(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        self.rows += frame.height();
        self.writer.write_batch(frame)
    }

    /// The whole file, and the rows in it.
    ///
    /// # Errors
    /// Those of the library; none is expected.
    pub fn finish(self) -> PolarsResult<(Vec<u8>, usize)> {
        self.writer.finish()?;
        Ok((self.buffer.take(), self.rows))
    }
}

/// A whole file of one frame.
///
/// # Errors
/// Those of the library; none is expected.
pub fn file(mut frame: DataFrame) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    settings(&mut bytes).finish(&mut frame)?;
    Ok(bytes)
}

fn settings<W: Write>(into: W) -> ParquetWriter<W> {
    ParquetWriter::new(into)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::default())
        .with_row_group_size(Some(ROW_GROUP))
}

/// Bytes that are still at hand once the writer, which does not give back what it writes to, is done with them.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
