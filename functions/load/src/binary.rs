//! Rows in the binary format of PostgreSQL's COPY. Pure: data frames in, bytes out.

use polars::frame::DataFrame;
use polars::prelude::{
    BooleanChunked, DataType, Int32Chunked, Int64Chunked, Int128Chunked, StringChunked, TimeUnit,
};
use rounds_shared::catalog::ColumnType;

/// What a COPY in binary format begins with: signature, flags, length of the header's extension.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with: a row of -1 fields.
pub(crate) const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// Days from 1970-01-01, from which Parquet counts, to 2000-01-01, from which PostgreSQL does.
const EPOCH_DAYS: i32 = 10_957;

/// The same in microseconds.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// What `jsonb` begins with: the version of its text.
const JSONB: u8 = 1;

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

/// Rows of these columns and, as a last field, `part`: per row the number of fields, per field its length (-1 for null)
/// and its bytes.
///
/// # Errors
/// A column that is not there or of another type, or a value that PostgreSQL cannot hold.
pub fn encode(
    frame: &mut DataFrame,
    columns: &[(String, ColumnType)],
    part: u32,
) -> Result<Vec<u8>, &'static str> {
    const ABSENT: &str = "it lacks a column, or has it in another type";
    frame.rechunk_mut();
    let mut cells = Vec::with_capacity(columns.len());
    for (name, kind) in columns {
        cells.push(typed(frame, name, *kind).ok_or(ABSENT)?);
    }
    let fields = i16::try_from(cells.len() + 1).map_err(|_| "it has too many columns")?.to_be_bytes();
    let part = i64::from(part).to_be_bytes();
    let mut rows = Vec::with_capacity(frame.height() * cells.len() * 12);
    for row in 0..frame.height() {
        rows.extend_from_slice(&fields);
        for column in &cells {
            column.write(row, &mut rows)?;
        }
        field(&mut rows, Some(part))?;
    }
    Ok(rows)
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
            Self::Decimal(values, scale) => field(rows, values.get(row).map(|units| numeric(units, *scale))),
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
            Self::Json(values) => {
                field(rows, values.get(row).map(|text| [&[JSONB], text.as_bytes()].concat()))
            }
        }
    }
}

fn field(rows: &mut Vec<u8>, value: Option<impl AsRef<[u8]>>) -> Result<(), &'static str> {
    let Some(value) = value else {
        rows.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    };
    let value = value.as_ref();
    let length = i32::try_from(value.len()).map_err(|_| "it has a text of more than 2 GiB")?;
    rows.extend_from_slice(&length.to_be_bytes());
    rows.extend_from_slice(value);
    Ok(())
}

/// A decimal as PostgreSQL's `numeric`: the number of its digits to the base of 10,000, the power of the first, the
/// sign, the decimal digits behind the point, and the digits.
fn numeric(units: i128, scale: u8) -> Vec<u8> {
    const GROUP: usize = 4;
    let scale = usize::from(scale);
    let written = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = written.split_at(written.len() - scale);
    let (before, behind) = (whole.len().div_ceil(GROUP), fraction.len().div_ceil(GROUP));
    let digits = format!("{whole:0>left$}{fraction:0<right$}", left = before * GROUP, right = behind * GROUP);
    let power = before - 1;
    let sign: u16 = if units < 0 { 0x4000 } else { 0 };
    let mut bytes = Vec::with_capacity(8 + 2 * (before + behind));
    // At most 40 digits: ten groups and a scale of 38.
    for number in [before + behind, power] {
        bytes.extend_from_slice(&u16::try_from(number).unwrap_or_default().to_be_bytes());
    }
    bytes.extend_from_slice(&sign.to_be_bytes());
    bytes.extend_from_slice(&u16::try_from(scale).unwrap_or_default().to_be_bytes());
    for group in digits.as_bytes().chunks(GROUP) {
        let group = group.iter().fold(0_u16, |number, digit| number * 10 + u16::from(digit - b'0'));
        bytes.extend_from_slice(&group.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(bytes: &[u8]) -> Vec<u16> {
        bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn a_decimal_is_groups_of_four_digits_around_the_point() {
        assert_eq!(words(&numeric(1_234_567, 2)), [3, 1, 0, 2, 1, 2345, 6700]);
        assert_eq!(words(&numeric(-5, 2)), [2, 0, 0x4000, 2, 0, 500]);
        assert_eq!(words(&numeric(0, 0)), [1, 0, 0, 0, 0]);
    }

    #[test]
    fn the_longest_decimals_have_room() {
        let most = 10_i128.pow(38) - 1;
        assert_eq!(words(&numeric(most, 0))[..5], [10, 9, 0, 0, 99]);
        assert_eq!(words(&numeric(most, 38)).len(), 4 + 1 + 10);
    }
}
