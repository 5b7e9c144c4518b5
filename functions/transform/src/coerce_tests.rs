use proptest::prelude::*;
use rounds_shared::catalog::{Catalog, Dataset};

use super::*;

#[path = "coerce_digits_tests.rs"]
mod digits;
#[path = "coerce_rules_tests.rs"]
mod rules;

const AS_OF: Date = jiff::civil::date(2026, 11, 21);

fn dataset(name: &str) -> Dataset {
    Catalog::open(None).unwrap().dataset(name).unwrap().clone()
}

/// A column of this type without any rule.
fn column(kind: ColumnType) -> Column {
    Column { kind, ..dataset("healthtech.doctors").column("specialty").unwrap().clone() }
}

fn money() -> Column {
    column(ColumnType::Decimal { precision: 9, scale: 2 })
}

fn read_all(column: &Column, cell: Cell<'_>) -> Result<(Value<'static>, Remarks), Rule> {
    let mut values = Vec::new();
    let remarks = Reading::new(column, AS_OF).value(&cell, Epoch::Y1900, &mut values)?;
    assert_eq!(values.len(), 1);
    Ok((values.remove(0).into_owned(), remarks))
}

fn read(column: &Column, cell: Cell<'_>) -> Result<Value<'static>, Rule> {
    read_all(column, cell).map(|(value, _)| value)
}

/// A value that was kept, and the warning that came with it.
fn warned(column: &Column, cell: Cell<'_>) -> (Value<'static>, Option<Rule>) {
    read_all(column, cell).map(|(value, remarks)| (value, remarks.warning)).unwrap()
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
    for written in
        ["34", "34.0", " 34.00 ", "\u{a0}34\u{200b}", "+34", "34.", "3.4E1", "3.40e+1", "034", "'34"]
    {
        assert_eq!(appointment("booking_id", text(written)), Ok(Value::Bigint(34)), "{written}");
    }
    assert_eq!(appointment("booking_id", Cell::Number(34.0)), Ok(Value::Bigint(34)));
    assert_eq!(appointment("booking_id", text("-7")), Ok(Value::Bigint(-7)));
    assert_eq!(appointment("booking_id", text("1,234")), Ok(Value::Bigint(1_234)));
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
    for written in [
        "37X", "34.5", "1,23", "1 2", ".", "E5", "12e", "1.5E-1", "١", "0x1F", "-", "NaN", "$5", "(5)", "5-",
        "5%",
    ] {
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
fn a_formula_without_a_value_is_never_a_value() {
    assert_eq!(appointment("patient_id", Cell::Error("#N/A")), Err(Rule::ExcelError));
    assert_eq!(doctor("specialty", Cell::Error("#REF!")), Err(Rule::ExcelError));
    assert_eq!(doctor("specialty", Cell::Uncalculated), Err(Rule::FormulaWithoutValue));
}

#[test]
fn words_for_no_value_are_no_value() {
    let column = Column {
        nulls: vec!["n/a".into(), "-".into(), "-999".into(), "#n/a".into(), "ä".into()],
        ..money()
    };
    for cell in [text(" N/A "), text("-"), text("Ä"), Cell::Number(-999.0), Cell::Error("#N/A")] {
        assert_eq!(read(&column, cell), Ok(Value::Null));
    }
    assert_eq!(read(&column, text("n/a.")), Err(Rule::NotADecimal));
    assert_eq!(read(&column, Cell::Error("#REF!")), Err(Rule::ExcelError));
    let required = Column { required: true, ..column };
    assert_eq!(read(&required, text("n/a")), Err(Rule::Missing));
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
    assert_eq!(doctor("name", text("'t Hooft")), Ok(Value::Text("'t Hooft".into())));
    assert_eq!(doctor("name", Cell::Number(34.0)), Ok(Value::Text("34".into())));
    assert_eq!(doctor("name", Cell::Number(0.1 + 0.2)), Ok(Value::Text("0.3".into())));
    assert_eq!(doctor("name", Cell::Number(2.98725E+13)), Ok(Value::Text("29872500000000".into())));
    assert_eq!(doctor("name", Cell::Bool(true)), Ok(Value::Text("true".into())));
    assert_eq!(doctor("name", Cell::Date(45_935.0)), Ok(Value::Text("2025-10-05".into())));
    assert_eq!(doctor("name", Cell::Date(0.75)), Ok(Value::Text("18:00:00".into())));
    assert_eq!(doctor("name", Cell::Number(1e17)), Err(Rule::DamagedIdentifier));
    assert_eq!(doctor("name", text(" 2.98725E+13")), Err(Rule::DamagedIdentifier));
    assert_eq!(doctor("name", text("a\0b")), Err(Rule::NulCharacter));
}

#[test]
fn dates_are_read_for_what_they_are() {
    let day = Ok(Value::Date(20_366));
    for cell in [
        text("10/05/2025"),
        text(" 2025/10/05 "),
        text("10/05/2025 12:00 a.m."),
        text("2025-10-05T08:00:00+05:45"),
        text("'45935"),
        Cell::Date(45_935.25),
        Cell::Number(45_935.0),
    ] {
        assert_eq!(appointment("booking_date", cell), day);
    }
    for cell in [text("05.10.2025"), Cell::Bool(true), Cell::Date(60.0), Cell::Number(-3.0)] {
        assert_eq!(appointment("booking_date", cell), Err(Rule::NotADate));
    }
}

#[test]
fn a_timestamp_keeps_the_time_and_tells_of_an_offset() {
    let column = column(ColumnType::Timestamp);
    let moment = Value::Timestamp((20_366 * 86_400 + 49_500) * 1_000_000);
    for cell in [text("2025-10-05T13:45"), text("Oct 5, 2025, 1:45 pm"), Cell::Date(45_935.572_916_667)] {
        assert_eq!(read_all(&column, cell), Ok((moment.clone(), Remarks::default())));
    }
    let with_offset = Remarks { has_offset: true, ..Remarks::default() };
    assert_eq!(read_all(&column, text("2025-10-05T13:45:00+05:30")), Ok((moment, with_offset)));
    assert_eq!(read(&column, text("tomorrow")), Err(Rule::NotATimestamp));
}

#[test]
fn a_time_is_a_part_of_a_day() {
    let usual = column(ColumnType::Time);
    let time = Ok(Value::Time(49_500_000_000_000));
    for cell in [
        text("13:45"),
        text("1:45 p.m."),
        Cell::Date(0.572_916_667),
        Cell::Number(0.572_916_667),
        Cell::Date(45_935.572_916_667),
    ] {
        assert_eq!(read(&usual, cell), time);
    }
    for cell in [Cell::Number(9.5), Cell::Date(1.5), Cell::Number(-0.5), Cell::Bool(true), text("9.5")] {
        assert_eq!(read(&usual, cell), Err(Rule::NotATime));
    }
    let own = Column { formats: vec!["%H.%M".into(), "%I.%M %p".into()], ..usual };
    assert_eq!(read(&own, text("13.45")), time);
    assert_eq!(read(&own, text("1.45 P.M.")), time);
    assert_eq!(read(&own, text("13:45")), Err(Rule::NotATime));
}

#[test]
fn yes_and_no_have_their_usual_spellings() {
    let column = column(ColumnType::Boolean);
    for cell in [
        text("true"),
        text("T"),
        text("Yes"),
        text("y"),
        text("ON"),
        text("1"),
        text("1.0"),
        Cell::Number(1.0),
        Cell::Bool(true),
    ] {
        assert_eq!(read(&column, cell), Ok(Value::Boolean(true)));
    }
    for cell in [text("FALSE"), text("f"), text("no"), text("N"), text("off"), text("0"), Cell::Number(-0.0)]
    {
        assert_eq!(read(&column, cell), Ok(Value::Boolean(false)));
    }
    for cell in
        [text("perhaps"), text("2"), text("yess"), Cell::Number(0.5), Cell::Number(2.0), Cell::Date(1.0)]
    {
        assert_eq!(read(&column, cell), Err(Rule::NotABoolean));
    }
}

#[test]
fn decimals_come_from_text_and_numbers_and_nothing_else() {
    assert_eq!(read(&money(), text("$1,234.50")), Ok(Value::Decimal(123_450)));
    assert_eq!(read(&money(), text("'(12.00)")), Ok(Value::Decimal(-1_200)));
    assert_eq!(read(&money(), Cell::Number(0.1 + 0.2)), Ok(Value::Decimal(30)));
    assert_eq!(read(&money(), Cell::Number(1.005)), Err(Rule::TooManyDigits));
    assert_eq!(read(&money(), text("1.005")), Err(Rule::TooManyDigits));
    assert_eq!(read(&money(), Cell::Number(1e8)), Err(Rule::OutOfRange));
    for cell in [Cell::Bool(true), Cell::Date(12.0)] {
        assert_eq!(read(&money(), cell), Err(Rule::NotADecimal));
    }
}

fn any_cell() -> impl Strategy<Value = Cell<'static>> {
    prop_oneof![
        any::<String>().prop_map(|text| Cell::Text(text.into())),
        "[-+('$]?[0-9A-Za-z]{1,6}[-/:., ][0-9A-Za-z]{0,6}[-/:., ]?[0-9]{0,6}[)%Z]?"
            .prop_map(|text| Cell::Text(text.into())),
        proptest::num::f64::ANY.prop_map(Cell::Number),
        proptest::num::f64::ANY.prop_map(Cell::Date),
        (-10.0..3e6).prop_map(Cell::Date),
        any::<bool>().prop_map(Cell::Bool),
        Just(Cell::Error("#N/A")),
        Just(Cell::Uncalculated),
        Just(Cell::Empty),
    ]
}

fn any_kind() -> impl Strategy<Value = ColumnType> {
    prop_oneof![
        Just(ColumnType::Text),
        Just(ColumnType::Integer),
        Just(ColumnType::Bigint),
        (1_u8..=38)
            .prop_flat_map(|precision| (Just(precision), 0..=precision))
            .prop_map(|(precision, scale)| ColumnType::Decimal { precision, scale }),
        Just(ColumnType::Date),
        Just(ColumnType::Time),
        Just(ColumnType::Timestamp),
        Just(ColumnType::Boolean),
    ]
}

proptest! {
    #[test]
    fn any_cell_is_read_named_or_warned_of(cell in any_cell(), kind in any_kind()) {
        let strict = column(kind);
        let lenient = Column { severity: Severity::Warn, ..strict.clone() };
        let read = read_all(&strict, cell.clone());
        let (value, warning) = warned(&lenient, cell);
        match read {
            Ok((read, _)) => prop_assert_eq!((value, warning), (read, None)),
            Err(rule) => prop_assert_eq!(warning, Some(rule)),
        }
    }

    #[test]
    fn a_value_that_is_written_down_as_text_is_read_again(cell in any_cell(), kind in any_kind()) {
        let column = column(kind);
        let written = cell.as_text(Epoch::Y1900).into_owned();
        if let (Cell::Date(_) | Cell::Text(_), Ok(value)) = (&cell, read(&column, cell.clone())) {
            let is_far = matches!(cell, Cell::Date(serial) if !(61.0..2e6).contains(&serial));
            // A moment that shows its time only is written down with its day.
            if !is_far && kind != ColumnType::Time {
                prop_assert_eq!(read(&column, Cell::Text(written.into())), Ok(value));
            }
        }
    }
}
