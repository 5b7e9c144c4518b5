//! Digits behind the microsecond, which no column keeps.

use super::*;

fn exact(kind: ColumnType, format: &str) -> Column {
    Column { formats: vec![format.to_owned()], ..column(kind) }
}

#[test]
fn the_last_moment_of_a_day_before_1970_is_on_that_day() {
    let cell = || text("1950-03-04 23:59:59.9999999");
    let format = "%Y-%m-%d %H:%M:%S%.f";
    let day = dates::days(jiff::civil::date(1950, 3, 4));
    assert_eq!(read(&exact(ColumnType::Date, format), cell()), Ok(Value::Date(day)));
    let last = (i64::from(day) + 1) * 86_400_000_000 - 1;
    assert_eq!(read(&exact(ColumnType::Timestamp, format), cell()), Ok(Value::Timestamp(last)));
}

#[test]
fn a_time_is_whole_microseconds_in_any_format() {
    let time = Ok(Value::Time(49_510_123_456_000));
    assert_eq!(read(&exact(ColumnType::Time, "%H:%M:%S%.f"), text("13:45:10.1234569")), time);
    assert_eq!(read(&column(ColumnType::Time), text("13:45:10.1234569")), time);
}
