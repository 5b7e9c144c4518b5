//! A table as Parquet: typed columns under the names that the query gave them, for whoever computes with them.

use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::query::table::{Kind, Table, Value};

/// Rows that are encoded together.
const GROUP: usize = 100_000;
/// Digits of a decimal, and the bytes that hold them.
const PRECISION: i32 = 38;
const WIDTH: i32 = 16;
/// The day from which Parquet counts.
const EPOCH: Date = date(1970, 1, 1);

/// Writes the whole table, Snappy-compressed; the same table makes the same bytes.
///
/// # Errors
/// Only what the format does not hold.
pub fn write(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let shapes: Vec<Shape> = (0..table.columns.len()).map(|place| shape(table, place)).collect();
    let columns = table.columns.iter().zip(&shapes).map(|(column, shape)| column_type(&column.name, *shape));
    let fields = columns.collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("rows").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_created_by("rounds".to_owned())
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    for rows in table.rows.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        for (place, shape) in shapes.iter().enumerate() {
            let values: Vec<&Value> = rows.iter().filter_map(|row| row.get(place)).collect();
            if let Some(mut column) = group.next_column()? {
                write_column(&mut column, *shape, &values)?;
                column.close()?;
            }
        }
        group.close()?;
    }
    writer.into_inner()
}

/// How a column is kept.
#[derive(Clone, Copy)]
enum Shape {
    Whole,
    /// With as many decimals as the value that has most of them.
    Decimal(u32),
    Day,
    Clock,
    Moment,
    Truth,
    Text,
}

impl Shape {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Whole => whole(value).is_some(),
            Self::Decimal(scale) => unscaled(value, scale).is_some(),
            Self::Day => days(value).is_some(),
            Self::Clock | Self::Moment => microseconds(value).is_some(),
            Self::Truth => truth(value).is_some(),
            Self::Text => true,
        }
    }
}

/// The shape that holds all values of a column as they are: text where one of them is not of the column's kind.
fn shape(table: &Table, place: usize) -> Shape {
    let given = || table.rows.iter().filter_map(|row| row.get(place)).filter(|value| **value != Value::Null);
    let shape = match table.columns.get(place).map_or(Kind::Text, |column| column.kind) {
        Kind::Text => Shape::Text,
        Kind::Number | Kind::Count => Shape::Whole,
        Kind::Decimal | Kind::Money(_) | Kind::Share => Shape::Decimal(
            given().filter_map(Value::as_decimal).map(|number| number.scale()).max().unwrap_or(0),
        ),
        Kind::Date => Shape::Day,
        Kind::Timestamp => Shape::Clock,
        Kind::Instant => Shape::Moment,
        Kind::Boolean => Shape::Truth,
    };
    if given().all(|value| shape.holds(value)) { shape } else { Shape::Text }
}

fn column_type(name: &str, shape: Shape) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match shape {
        Shape::Whole => (Physical::INT64, None),
        Shape::Decimal(scale) => {
            let scale = i32::try_from(scale).unwrap_or(PRECISION);
            (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(scale, PRECISION)))
        }
        Shape::Day => (Physical::INT32, Some(LogicalType::Date)),
        Shape::Clock => (Physical::INT64, Some(LogicalType::timestamp(false, TimeUnit::MICROS))),
        Shape::Moment => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Shape::Truth => (Physical::BOOLEAN, None),
        Shape::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let mut column = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    if let Shape::Decimal(scale) = shape {
        let scale = i32::try_from(scale).unwrap_or(PRECISION);
        column = column.with_length(WIDTH).with_precision(PRECISION).with_scale(scale);
    }
    Ok(Arc::new(column.build()?))
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    shape: Shape,
    values: &[&Value],
) -> Result<(), ParquetError> {
    match shape {
        Shape::Whole => write_cells::<Int64Type>(column, values, whole),
        Shape::Decimal(scale) => write_cells::<FixedLenByteArrayType>(column, values, |value| {
            Some(unscaled(value, scale)?.to_be_bytes().to_vec().into())
        }),
        Shape::Day => write_cells::<Int32Type>(column, values, days),
        Shape::Clock | Shape::Moment => write_cells::<Int64Type>(column, values, microseconds),
        Shape::Truth => write_cells::<BoolType>(column, values, truth),
        Shape::Text => write_cells::<ByteArrayType>(column, values, |value| match value {
            Value::Null => None,
            Value::Text(text) => Some(ByteArray::from(&**text)),
            other => Some(other.plain().into_bytes().into()),
        }),
    }
}

fn write_cells<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    values: &[&Value],
    cell: impl Fn(&Value) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let cells: Vec<Option<T::T>> = values.iter().map(|value| cell(value)).collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let given: Vec<T::T> = cells.into_iter().flatten().collect();
    column.typed::<T>().write_batch(&given, Some(&levels), None)?;
    Ok(())
}

fn whole(value: &Value) -> Option<i64> {
    if let Value::Integer(number) = value { Some(*number) } else { None }
}

fn truth(value: &Value) -> Option<bool> {
    if let Value::Boolean(truth) = value { Some(*truth) } else { None }
}

fn days(value: &Value) -> Option<i32> {
    let Value::Date(day) = value else { return None };
    Some(EPOCH.until(*day).ok()?.get_days())
}

fn microseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Instant(moment) => Some(moment.as_microsecond()),
        // The clock's reading is counted as if it were UTC's; the column's type says that it is not.
        Value::Timestamp(time) => Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond()),
        _ => None,
    }
}

/// A decimal as a whole number of its last place.
fn unscaled(value: &Value, scale: u32) -> Option<i128> {
    let number = value.as_decimal()?;
    number.mantissa().checked_mul(10_i128.checked_pow(scale.checked_sub(number.scale())?)?)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::query::table::{Column, Currency};

    /// What a reader makes of one column: its declaration in the schema, and its values.
    fn read_back(kind: Kind, values: Vec<Value>) -> (String, Vec<String>) {
        let columns = vec![Column { name: "c".to_owned(), kind }];
        let rows = values.into_iter().map(|value| Box::from([value])).collect();
        let reader =
            SerializedFileReader::new(bytes::Bytes::from(write(&Table { columns, rows }).unwrap())).unwrap();
        let mut schema = Vec::new();
        parquet::schema::printer::print_schema(&mut schema, reader.metadata().file_metadata().schema());
        let schema = String::from_utf8(schema).unwrap();
        let declared = schema.lines().nth(1).unwrap().trim().to_owned();
        let cell = |field: &Field| field.to_string();
        let rows = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| cell(row.unwrap().get_column_iter().next().unwrap().1));
        (declared, rows.collect())
    }

    #[test]
    fn columns_are_typed_and_keep_what_they_hold() {
        let whole = vec![Value::Integer(i64::MIN), Value::Null, Value::Integer(9_007_199_254_740_993)];
        assert_eq!(
            read_back(Kind::Count, whole),
            (
                "OPTIONAL INT64 c;".to_owned(),
                ["-9223372036854775808", "null", "9007199254740993"].map(String::from).to_vec()
            )
        );
        let days = vec![Value::Date(date(2355, 1, 2)), Value::Date(date(1969, 12, 31))];
        assert_eq!(read_back(Kind::Date, days).1, ["2355-01-02", "1969-12-31"]);
        let truth = vec![Value::Boolean(true), Value::Null];
        assert_eq!(read_back(Kind::Boolean, truth).1, ["true", "null"]);
        let text = vec![Value::Text("=Núñez".into()), Value::Null, Value::Text("".into())];
        assert_eq!(read_back(Kind::Text, text).1, ["\"=Núñez\"", "null", "\"\""]);
    }

    #[test]
    fn money_is_decimal_to_the_last_digit() {
        let amounts = ["1234567890123456789.01", "-0.5", "3"].map(|digits| Value::Decimal(digits.into()));
        let (declared, values) = read_back(Kind::Money(Currency::Inr), amounts.to_vec());
        assert_eq!(declared, "OPTIONAL FIXED_LEN_BYTE_ARRAY (16) c (DECIMAL(38,2));");
        assert_eq!(values, ["1234567890123456789.01", "-0.50", "3.00"]);
    }

    #[test]
    fn a_clocks_reading_is_not_taken_for_a_moment() {
        let clock = vec![Value::Timestamp(date(2026, 11, 21).at(7, 41, 12, 0))];
        let (declared, values) = read_back(Kind::Timestamp, clock);
        assert_eq!(declared, "OPTIONAL INT64 c (TIMESTAMP(MICROS,false));");
        assert_eq!(values, ["2026-11-21 07:41:12.000000 +00:00"]);
        let moment = vec![Value::Instant("2026-11-21T07:41:12Z".parse().unwrap())];
        assert_eq!(read_back(Kind::Instant, moment).0, "OPTIONAL INT64 c (TIMESTAMP(MICROS,true));");
    }

    #[test]
    fn one_value_of_another_kind_makes_the_column_text() {
        let days = vec![Value::Date(date(2026, 11, 21)), Value::Text("infinity".into())];
        assert_eq!(read_back(Kind::Date, days).1, ["\"2026-11-21\"", "\"infinity\""]);
        let numbers = vec![Value::Decimal("1.50".into()), Value::Decimal("NaN".into())];
        assert_eq!(read_back(Kind::Decimal, numbers).1, ["\"1.50\"", "\"NaN\""]);
    }

    #[test]
    fn a_table_without_rows_keeps_its_columns() {
        let (declared, values) = read_back(Kind::Money(Currency::Eur), vec![]);
        assert!(declared.contains("DECIMAL(38,0)"), "{declared}");
        assert!(values.is_empty());
    }
}
