use rounds_shared::catalog::{Bound, Pattern, Plausible, Range};

use super::*;

#[test]
fn a_number_outside_its_range_is_named() {
    let range = Some(Range { min: Some(0), max: Some(50_000) });
    let fee = Column { range, ..money() };
    assert_eq!(read(&fee, text("500.00")), Ok(Value::Decimal(50_000)), "both ends are in it");
    assert_eq!(read(&fee, text("0")), Ok(Value::Decimal(0)));
    assert_eq!(read(&fee, text("500.01")), Err(Rule::OutsideRange));
    assert_eq!(read(&fee, text("-0.01")), Err(Rule::OutsideRange));
    let count = Column { range, ..column(ColumnType::Integer) };
    assert_eq!(read(&count, Cell::Number(-1.0)), Err(Rule::OutsideRange));
}

#[test]
fn a_pattern_is_of_the_whole_text() {
    let number = Column { pattern: Pattern::new("[0-9]{4}|x"), ..column(ColumnType::Text) };
    assert_eq!(read(&number, text("0017")), Ok(Value::Text("0017".into())));
    assert_eq!(read(&number, Cell::Number(1_017.0)), Ok(Value::Text("1017".into())));
    for written in ["00171", "a0017", "17", "0017x"] {
        assert_eq!(read(&number, text(written)), Err(Rule::Pattern), "{written}");
    }
}

#[test]
fn a_far_date_is_kept_with_a_warning_or_rejected_as_the_contract_says() {
    let mut column = dataset("healthtech.appointments").column("booking_date").unwrap().clone();
    let far = || text("2355-03-01");
    let day = Value::Date(140_677);
    assert_eq!(warned(&column, far()), (day, Some(Rule::ImplausibleDate)));
    assert_eq!(warned(&column, text("2028-11-21")).1, None, "the bound itself is believed");
    column.plausible = column.plausible.map(|window| Plausible { rejects: true, ..window });
    assert_eq!(read(&column, far()), Err(Rule::ImplausibleDate));
}

#[test]
fn a_timestamp_is_believed_by_its_day() {
    let after = Bound::parse("2025-01-01");
    let window = Plausible { after, before: Bound::parse("as_of"), rejects: true };
    let column = Column { plausible: Some(window), ..column(ColumnType::Timestamp) };
    assert_eq!(read(&column, text("2024-12-31 23:59")), Err(Rule::ImplausibleDate));
    assert_eq!(read(&column, text("2026-11-22")), Err(Rule::ImplausibleDate));
    assert!(read(&column, text("2026-11-21 23:59")).is_ok());
}

#[test]
fn where_the_contract_warns_a_value_of_the_type_is_kept_and_another_is_null() {
    let mut column = Column { severity: Severity::Warn, ..money() };
    assert_eq!(warned(&column, text("soon")), (Value::Null, Some(Rule::NotADecimal)));
    assert_eq!(warned(&column, text("99999999")), (Value::Null, Some(Rule::OutOfRange)));
    assert_eq!(warned(&column, Cell::Error("#N/A")), (Value::Null, Some(Rule::ExcelError)));
    assert_eq!(warned(&column, text("1.005")), (Value::Decimal(101), Some(Rule::TooManyDigits)), "rounded");
    assert_eq!(warned(&column, text("1.50")), (Value::Decimal(150), None));
    column.range = Some(Range { min: Some(0), max: None });
    assert_eq!(warned(&column, text("-1")), (Value::Decimal(-100), Some(Rule::OutsideRange)));
    column.kind = ColumnType::Text;
    column.pattern = Pattern::new("[a-z]+");
    assert_eq!(warned(&column, text("A1")), (Value::Text("A1".into()), Some(Rule::Pattern)));
    let status = dataset("healthtech.appointments").column("status").unwrap().clone();
    let status = Column { severity: Severity::Warn, required: false, ..status };
    assert_eq!(warned(&status, text("pending")), (Value::Null, Some(Rule::UnknownWord)));
}
