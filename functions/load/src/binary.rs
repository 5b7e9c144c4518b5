//! Rows in the binary format of PostgreSQL's COPY. Pure: data frames in, bytes out.

use polars::frame::DataFrame;
use polars::prelude::{
    BooleanChunked, DataType, Int32Chunked, Int64Chunked, Int128Chunked, StringChunked, TimeUnit,
};
use rounds_shared::catalog::ColumnType;
use rounds_shared::schema::sql::list;

use crate::numeric::Numeric;

/// What a COPY in binary format begins with: signature, flags, length of the header's extension.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with: a row of -1 fields.
pub(crate) const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// Bytes at which a block of rows is full.
const BLOCK: usize = 256 << 10;

/// Days from 1970-01-01, from which Parquet counts, to 2000-01-01, from which PostgreSQL does.
const EPOCH_DAYS: i32 = 10_957;

/// The same in microseconds.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// What `jsonb` begins with: the version of its text.
const JSONB: u8 = 1;

const ABSENT: &str = "it lacks a column, or has it in another type";

/// What is copied of an object's rows.
#[derive(Debug)]
pub(crate) struct Fields {
    /// Columns of the object, in order, with their types.
    pub(crate) columns: Vec<(String, ColumnType)>,
    /// Whether the number of the row's part comes behind them, as `_part`.
    pub(crate) part: bool,
    /// Numbers of the rows that are left out, sorted.
    pub(crate) left_out: Vec<i64>,
}

impl Fields {
    /// The names of the fields, as SQL lists them.
    pub(crate) fn names(&self) -> String {
        let own = self.columns.iter().map(|(name, _)| name.as_str());
        list("", own.chain(self.part.then_some("_part")))
    }
}

/// One column of a slice, typed.
enum Cells<'a> {
    Integer(&'a Int32Chunked),
    Bigint(&'a Int64Chunked),
    Text(&'a StringChunked),
    /// Units of the last of so many digits behind the point.
    Decimal(&'a Int128Chunked, u8),
    /// Days since 1970-01-01.
    Date(&'a Int32Chunked),
    /// Nanoseconds since midnight.
    Time(&'a Int64Chunked),
    /// Microseconds since 1970-01-01.
    Timestamp(&'a Int64Chunked),
    Boolean(&'a BooleanChunked),
    Json(&'a StringChunked),
}

/// Gives on the rows of a frame, a block at a time: per row the number of fields, per field its length (-1 for null) and its
/// bytes.
///
/// # Errors
/// A column that is not there or of another type, a value that PostgreSQL cannot hold, or what `give` answers.
pub(crate) fn encode(
    frame: &mut DataFrame,
    fields: &Fields,
    part: u32,
    mut give: impl FnMut(Vec<u8>) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    frame.rechunk_mut();
    let mut cells = Vec::with_capacity(fields.columns.len());
    for (name, kind) in &fields.columns {
        cells.push(typed(frame, name, *kind).ok_or(ABSENT)?);
    }
    let count = i16::try_from(cells.len() + usize::from(fields.part));
    let count = count.map_err(|_| "it has too many columns")?.to_be_bytes();
    let part = fields.part.then_some(i64::from(part).to_be_bytes());
    let numbers = match fields.left_out.as_slice() {
        [] => None,
        _ => Some(frame.column("_row").and_then(|column| column.i64()).map_err(|_| ABSENT)?),
    };
    let is_left_out = |row| {
        let number = numbers.and_then(|numbers| numbers.get(row));
        number.is_some_and(|number| fields.left_out.binary_search(&number).is_ok())
    };
    let mut rows = Vec::with_capacity(BLOCK);
    for row in (0..frame.height()).filter(|row| !is_left_out(*row)) {
        rows.extend_from_slice(&count);
        for column in &cells {
            column.write(row, &mut rows)?;
        }
        if part.is_some() {
            field(&mut rows, part)?;
        }
        if rows.len() >= BLOCK {
            give(std::mem::replace(&mut rows, Vec::with_capacity(BLOCK)))?;
        }
    }
    if rows.is_empty() { Ok(()) } else { give(rows) }
}

fn typed<'f>(frame: &'f DataFrame, name: &str, kind: ColumnType) -> Option<Cells<'f>> {
    let series = frame.column(name).ok()?.as_materialized_series();
    match kind {
        ColumnType::Integer => series.i32().map(Cells::Integer),
        ColumnType::Bigint => series.i64().map(Cells::Bigint),
        ColumnType::Text => series.str().map(Cells::Text),
        ColumnType::Json => series.str().map(Cells::Json),
        ColumnType::Boolean => series.bool().map(Cells::Boolean),
        ColumnType::Date => series.date().map(|dates| Cells::Date(dates.physical())),
        ColumnType::Time => series.time().map(|times| Cells::Time(times.physical())),
        ColumnType::Timestamp if *series.dtype() == DataType::Datetime(TimeUnit::Microseconds, None) => {
            series.datetime().map(|moments| Cells::Timestamp(moments.physical()))
        }
        ColumnType::Decimal { scale, .. } => {
            let decimals = series.decimal().ok().filter(|decimals| decimals.scale() == usize::from(scale))?;
            return Some(Cells::Decimal(decimals.physical(), scale));
        }
        ColumnType::Timestamp => return None,
    }
    .ok()
}

impl Cells<'_> {
    fn write(&self, row: usize, rows: &mut Vec<u8>) -> Result<(), &'static str> {
        const BEYOND: &str = "it has a date that PostgreSQL cannot hold";
        match self {
            Self::Integer(values) => field(rows, values.get(row).map(i32::to_be_bytes)),
            Self::Bigint(values) => field(rows, values.get(row).map(i64::to_be_bytes)),
            Self::Text(values) => field(rows, values.get(row)),
            Self::Decimal(values, scale) => {
                field(rows, values.get(row).map(|units| Numeric::new(units, *scale)))
            }
            Self::Date(values) => {
                let days = values.get(row).map(|days| days.checked_sub(EPOCH_DAYS).ok_or(BEYOND));
                field(rows, days.transpose()?.map(i32::to_be_bytes))
            }
            Self::Time(values) => {
                field(rows, values.get(row).map(|nanoseconds| (nanoseconds / 1_000).to_be_bytes()))
            }
            Self::Timestamp(values) => {
                let moment =
                    values.get(row).map(|moment| moment.checked_sub(EPOCH_MICROSECONDS).ok_or(BEYOND));
                field(rows, moment.transpose()?.map(i64::to_be_bytes))
            }
            Self::Boolean(values) => field(rows, values.get(row).map(|value| [u8::from(value)])),
            Self::Json(values) => match values.get(row) {
                Some(text) => {
                    rows.extend_from_slice(&length(text.len() + 1)?);
                    rows.push(JSONB);
                    rows.extend_from_slice(text.as_bytes());
                    Ok(())
                }
                None => field(rows, None::<&str>),
            },
        }
    }
}

fn field(rows: &mut Vec<u8>, value: Option<impl AsRef<[u8]>>) -> Result<(), &'static str> {
    let Some(value) = value else {
        rows.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    };
    let value = value.as_ref();
    rows.extend_from_slice(&length(value.len())?);
    rows.extend_from_slice(value);
    Ok(())
}

fn length(bytes: usize) -> Result<[u8; 4], &'static str> {
    Ok(i32::try_from(bytes).map_err(|_| "it has a text of more than 2 GiB")?.to_be_bytes())
}
