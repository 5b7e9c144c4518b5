use rounds_shared::catalog::{Catalog, Dataset, Plausible};

use super::*;

fn dataset(name: &str) -> Dataset {
    Catalog::open(None).unwrap().dataset(name).unwrap().clone()
}

fn read(column: &Column, cell: Cell<'_>) -> Result<Value<'static>, Rule> {
    let reading = Reading::new(column, jiff::civil::date(2026, 11, 21));
    match reading.value(&cell, Epoch::Y1900)? {
        Value::Text(text) => Ok(Value::Text(text.into_owned().into())),
        Value::Null => Ok(Value::Null),
        Value::Integer(whole) => Ok(Value::Integer(whole)),
        Value::Bigint(whole) => Ok(Value::Bigint(whole)),
        Value::Date(day) => Ok(Value::Date(day)),
    }
}

fn appointment(column: &str, cell: Cell<'_>) -> Result<Value<'static>, Rule> {
    read(dataset("healthtech.appointments").column(column).unwrap(), cell)
}

fn doctor(column: &str, cell: Cell<'_>) -> Result<Value<'static>, Rule> {
    read(dataset("healthtech.doctors").column(column).unwrap(), cell)
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

#[test]
fn identifiers_stay_identifiers() {
    for written in ["34", "34.0", " 34.00 ", "\u{a0}34\u{200b}", "+34", "34.", "3.4E1", "3.40e+1", "034"] {
        assert_eq!(appointment("booking_id", text(written)), Ok(Value::Bigint(34)), "{written}");
    }
    assert_eq!(appointment("booking_id", Cell::Number(34.0)), Ok(Value::Bigint(34)));
    assert_eq!(appointment("booking_id", text("-7")), Ok(Value::Bigint(-7)));
    assert_eq!(appointment("booking_id", text("9223372036854775807")), Ok(Value::Bigint(i64::MAX)));
}

#[test]
fn an_identifier_that_lost_digits_is_damaged() {
    for written in ["2.98725E+13", "2.98725e13", "1E5", "3E+00001"] {
        assert_eq!(appointment("booking_id", text(written)), Err(Rule::DamagedIdentifier), "{written}");
    }
    assert_eq!(appointment("booking_id", Cell::Number(2.98725e16)), Err(Rule::DamagedIdentifier));
    assert_eq!(appointment("booking_id", Cell::Number(2.98725e13)), Ok(Value::Bigint(29_872_500_000_000)));
}

#[test]
fn what_is_no_whole_number_is_named() {
    for written in ["37X", "34.5", "1,234", "1 2", ".0", "E5", "12e", "1.5E-1", "١", "0x1F", "-", "NaN"] {
        assert_eq!(appointment("booking_id", text(written)), Err(Rule::NotAnInteger), "{written}");
    }
    for cell in [
        Cell::Number(34.5),
        Cell::Number(f64::NAN),
        Cell::Number(f64::INFINITY),
        Cell::Bool(true),
        Cell::Date(34.0),
    ] {
        assert_eq!(appointment("booking_id", cell), Err(Rule::NotAnInteger));
    }
    assert_eq!(appointment("booking_id", text("9223372036854775808")), Err(Rule::OutOfRange));
    assert_eq!(appointment("doctor_id", text("2147483648")), Err(Rule::OutOfRange));
    assert_eq!(appointment("doctor_id", Cell::Number(-2_147_483_648.0)), Ok(Value::Integer(i32::MIN)));
}

#[test]
fn a_blank_is_missing_only_where_a_value_is_required() {
    for blank in [Cell::Empty, text(""), text(" \u{a0}\u{200b}")] {
        assert_eq!(appointment("patient_id", blank.clone()), Err(Rule::Missing));
        assert_eq!(doctor("specialty", blank), Ok(Value::Null));
    }
}

#[test]
fn a_failed_formula_is_never_a_value() {
    assert_eq!(appointment("patient_id", Cell::Error("#N/A")), Err(Rule::ExcelError));
    assert_eq!(doctor("specialty", Cell::Error("#REF!")), Err(Rule::ExcelError));
}

#[test]
fn status_words_are_mapped_by_the_contract() {
    let confirmed = Ok(Value::Text("confirmed".into()));
    let cancelled = Ok(Value::Text("cancelled".into()));
    for written in ["confirmed", "Confirmed", " CONFIRMED. ", "confirmed\u{a0}.", "confirmed..,"] {
        assert_eq!(appointment("status", text(written)), confirmed, "{written}");
    }
    assert_eq!(appointment("status", text("canceled")), cancelled);
    assert_eq!(appointment("status", text("Cancelled!")), cancelled);
    for written in ["pending", ".", "confirm", "confirmed?no"] {
        assert_eq!(appointment("status", text(written)), Err(Rule::UnknownWord), "{written}");
    }
    assert_eq!(appointment("status", Cell::Bool(true)), Err(Rule::UnknownWord));
}

#[test]
fn text_keeps_what_was_written() {
    assert_eq!(doctor("name", text(" 007\u{a0}")), Ok(Value::Text("007".into())));
    assert_eq!(doctor("name", Cell::Number(34.0)), Ok(Value::Text("34".into())));
    assert_eq!(doctor("name", Cell::Number(0.1)), Ok(Value::Text("0.1".into())));
    assert_eq!(doctor("name", Cell::Date(45_935.0)), Ok(Value::Text("2025-10-05".into())));
    assert_eq!(doctor("name", text("a\0b")), Err(Rule::NulCharacter));
}

#[test]
fn dates_are_read_for_what_they_are() {
    let day = Ok(Value::Date(jiff::civil::date(2025, 10, 5)));
    for cell in [text("10/05/2025"), text(" 2025/10/05 "), Cell::Date(45_935.25), Cell::Number(45_935.0)] {
        assert_eq!(appointment("booking_date", cell), day);
    }
    for cell in [text("05.10.2025"), Cell::Bool(true), Cell::Date(60.0), Cell::Number(-3.0)] {
        assert_eq!(appointment("booking_date", cell), Err(Rule::NotADate));
    }
}

#[test]
fn a_far_date_is_kept_with_a_warning_or_rejected_as_the_contract_says() {
    let dataset = dataset("healthtech.appointments");
    let mut column = dataset.column("booking_date").unwrap().clone();
    let as_of = jiff::civil::date(2026, 11, 21);
    let far = text("2355-03-01");
    let reading = Reading::new(&column, as_of);
    let value = reading.value(&far, Epoch::Y1900).unwrap();
    assert!(reading.warns(&value));
    assert!(!reading.warns(&Value::Date(jiff::civil::date(2028, 11, 21))), "the bound itself is believed");
    column.plausible = column.plausible.map(|window| Plausible { rejects: true, ..window });
    assert_eq!(Reading::new(&column, as_of).value(&far, Epoch::Y1900), Err(Rule::ImplausibleDate));
}
