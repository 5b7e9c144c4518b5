use proptest::prelude::*;

use super::*;

/// Read into a `decimal(9,2)`.
fn money(text: &str) -> Result<Scaled, Rule> {
    decimal_in_text(text, 9, 2)
}

fn exactly(units: i128) -> Result<Scaled, Rule> {
    Ok(Scaled { units, rounded: false })
}

fn rounded_to(units: i128) -> Result<Scaled, Rule> {
    Ok(Scaled { units, rounded: true })
}

#[test]
fn a_number_that_a_spreadsheet_has_no_room_for_is_cut_short() {
    for cut in ["2.98725E+13", "9.18765e+11", "3E+12"] {
        assert!(is_cut_short(cut), "{cut}");
    }
    for whole in ["2E+06", "1.23456789012E+11", "12E+12", "E+12", "1E12", "1.5E+1x", "2.9E-13", "1E+", "1.5"]
    {
        assert!(!is_cut_short(whole), "{whole}");
    }
}

#[test]
fn money_is_read_however_it_is_written() {
    for written in [
        "1234.5",
        "1,234.50",
        "$1,234.50",
        "1,234.50 $",
        "$ 1,234.50",
        "US$1,234.50",
        "USD 1,234.50",
        "1,234.50 usd",
        "1234.50EUR",
        "Rs. 1,234.50",
        "₹1,234.5",
        "+1234.500",
        "1 234.50",
        "1\u{a0}234.50",
        "1\u{202f}234.50",
        "1'234.50",
        "001234.50",
        "1.2345E+3",
    ] {
        assert_eq!(money(written), exactly(123_450), "{written}");
    }
    assert_eq!(money("₹ 1,23,456.00"), exactly(12_345_600));
    assert_eq!(money(".5"), exactly(50));
    assert_eq!(money("£0"), exactly(0));
}

#[test]
fn a_negative_amount_has_a_sign_on_either_side_or_stands_in_brackets() {
    for written in [
        "-12",
        "- 12.00",
        "12-",
        "12.00 -",
        "\u{2212}12",
        "(12.00)",
        "( 12 )",
        "($12.00)",
        "$(12.00)",
        "-$12",
        "$-12",
        "$12-",
        "-12 INR",
    ] {
        assert_eq!(money(written), exactly(-1_200), "{written}");
    }
    assert_eq!(money("-0.00"), exactly(0));
}

#[test]
fn a_percentage_is_a_share_of_one() {
    assert_eq!(money("45%"), exactly(45));
    assert_eq!(money("-45 %"), exactly(-45));
    assert_eq!(money("150%"), exactly(150));
    assert_eq!(decimal_in_text("12.5%", 5, 4), exactly(1_250));
    assert_eq!(money("12.5%"), rounded_to(13));
}

#[test]
fn what_is_no_decimal_number_is_named() {
    for written in [
        "",
        "-",
        "()",
        "$",
        "%",
        ".",
        "abc",
        "12abc",
        "0x1F",
        "NaN",
        "inf",
        "١٢",
        "--1",
        "-(1)",
        "$$1",
        "1.2.3",
        "1.234,56",
        "1,23",
        "12,34",
        "1,2345",
        "0,500",
        "12 34",
        "1,234 567",
        "1,,234",
        ",234",
        "1e",
        "E5",
    ] {
        assert_eq!(money(written), Err(Rule::NotADecimal), "{written}");
    }
}

#[test]
fn digits_that_are_not_there_are_not_made_up() {
    for written in ["1E5", "2.98725E+13", "-1.2e3", "$1E2"] {
        assert_eq!(money(written), Err(Rule::DamagedIdentifier), "{written}");
    }
    assert_eq!(money("1.25E+2"), exactly(12_500));
    assert_eq!(money("1.5E-1"), exactly(15));
}

#[test]
fn a_number_has_no_more_digits_than_its_column() {
    assert_eq!(money("9,999,999.99"), exactly(999_999_999));
    assert_eq!(money("10,000,000"), Err(Rule::OutOfRange));
    assert_eq!(money(&"9".repeat(60)), Err(Rule::OutOfRange));
    assert_eq!(decimal_in_text(&"9".repeat(38), 38, 0), exactly(10_i128.pow(38) - 1));
    assert_eq!(money("1.005"), rounded_to(101));
    assert_eq!(money("-1.005"), rounded_to(-101));
    assert_eq!(money("1.0049"), rounded_to(100));
    assert_eq!(money("1.000000000000000000000000000000000000000000000000"), exactly(100));
    assert_eq!(money(&format!("0.{}1", "0".repeat(60))), rounded_to(0));
}

#[test]
fn a_number_cell_loses_the_noise_of_sums_and_nothing_else() {
    let money = |number: f64| decimal_in_float(number, 18, 2);
    assert_eq!(money(0.1 + 0.2), exactly(30));
    assert_eq!(money(0.1 + 0.2 - 0.3), exactly(0));
    assert_eq!(money(1.1 * 1.1 * 100.0), exactly(12_100));
    assert_eq!(money(12_345_678_901.23), exactly(1_234_567_890_123));
    assert_eq!(money(1.005), rounded_to(101), "a person wrote that");
    assert_eq!(money(12_345_678_901_234.565), rounded_to(1_234_567_890_123_456));
    assert_eq!(money(-0.0), exactly(0));
    assert_eq!(money(9.1e15), Err(Rule::DamagedIdentifier));
    assert_eq!(money(f64::NAN), Err(Rule::NotADecimal));
    assert_eq!(money(f64::NEG_INFINITY), Err(Rule::NotADecimal));
    assert_eq!(decimal_in_float(0.1, 38, 20), exactly(10_i128.pow(19)));
    assert_eq!(decimal_in_float(1_000.0, 5, 2), Err(Rule::OutOfRange));
}

/// An amount in units of its last digit, in every usual spelling.
fn spellings(units: i64, scale: u8) -> Vec<String> {
    let power = 10_u64.pow(scale.into());
    let (whole, rest) = ((units.unsigned_abs() / power).to_string(), units.unsigned_abs() % power);
    let fraction = if scale == 0 { String::new() } else { format!(".{rest:0width$}", width = scale.into()) };
    let (head, last) = whole.split_at(whole.len().saturating_sub(3));
    let amounts = [
        format!("{whole}{fraction}"),
        format!("{}{fraction}", grouped(&whole, 3, ",")),
        format!("{}{fraction}", grouped(&whole, 3, "\u{202f}")),
        if head.is_empty() {
            format!("{last}{fraction}")
        } else {
            format!("{},{last}{fraction}", grouped(head, 2, ","))
        },
    ];
    let signed = |amount: String| match units {
        0.. => vec![format!("${amount}"), format!("{amount} INR"), format!("+{amount}"), amount],
        _ => vec![format!("-{amount}"), format!("(€{amount})"), format!("{amount}-"), format!("£ -{amount}")],
    };
    amounts.into_iter().flat_map(signed).collect()
}

fn grouped(digits: &str, size: usize, sign: &str) -> String {
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(size).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(sign)
}

proptest! {
    #[test]
    fn every_spelling_of_an_amount_means_it(units in -999_999_999_999_i64..=999_999_999_999, scale in 0_u8..=6) {
        for written in spellings(units, scale) {
            prop_assert_eq!(decimal_in_text(&written, 38, scale), exactly(units.into()), "{}", written);
        }
    }

    #[test]
    fn every_spelling_of_a_whole_number_means_it(whole: i64, zeros in 0_usize..4) {
        let fraction = if zeros == 0 { String::new() } else { format!(".{}", "0".repeat(zeros)) };
        let magnitude = grouped(&whole.unsigned_abs().to_string(), 3, ",");
        let sign = if whole < 0 { "-" } else { "" };
        for written in [format!("{whole}{fraction}"), format!("{sign}{magnitude}{fraction}")] {
            prop_assert_eq!(integer_in_text(&written), Ok(whole), "{}", written);
        }
    }

    #[test]
    fn fifteen_digits_survive_a_number_cell(units in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u8..=9) {
        let cell: f64 = format!("{units}e-{scale}").parse().unwrap();
        prop_assert_eq!(decimal_in_float(cell, 38, scale), exactly(units.into()));
    }

    #[test]
    fn any_text_and_any_number_is_read_or_named(text: String, number in proptest::num::f64::ANY, scale in 0_u8..=38) {
        let _ = integer_in_text(&text);
        let _ = integer_in_float(number);
        for read in [decimal_in_text(&text, 38, scale), decimal_in_float(number, 38, scale)].into_iter().flatten() {
            prop_assert!(read.units.unsigned_abs() < 10_u128.pow(38));
        }
    }

    #[test]
    fn what_looks_like_a_number_is_read_or_named(text in "[-+(]?[$€₹]?[0-9]{0,45}[,. ']?[0-9]{0,5}[.,]?[0-9]{0,45}([eE][-+]?[0-9]{0,6})?[-)%]?") {
        let _ = integer_in_text(&text);
        let _ = decimal_in_text(&text, 38, 6);
    }

    /// A float of few digits is read by one division, plain text by one pass: as by all their digits.
    #[test]
    fn a_short_way_leads_where_the_long_one_does(
        units in prop_oneof![-2_000_000..2_000_000_i64, any::<i64>()],
        behind in 0_u8..20,
        scale in 0_u8..=20,
        precision in 1_u8..=38,
        noise in -3_i64..4,
        number in proptest::num::f64::ANY,
    ) {
        let shortest: f64 = format!("{units}e-{behind}").parse().unwrap();
        let near = f64::from_bits(shortest.to_bits().wrapping_add_signed(noise));
        for float in [shortest, near, number, -0.0] {
            prop_assert_eq!(
                exact_units(float, scale).map(|units| exactly(units.into())).filter(|_| !is_damaged(float)),
                Some(signed(&float.to_string()).and_then(|number| number.at_scale(scale)))
                    .filter(|_| exact_units(float, scale).is_some() && !is_damaged(float)),
                "{:e}", float
            );
        }
        let digits = units.unsigned_abs().to_string();
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(behind.into()));
        let sign = if units < 0 { "-" } else { "" };
        for text in [format!("{sign}{whole}.{fraction}"), format!("{sign}{whole}"), format!("{sign}{digits}.000"), digits.clone()] {
            if let Some(read) = plain(&text) {
                let long = signed(&text).unwrap().at_scale(scale).and_then(|scaled| scaled.within(precision));
                prop_assert_eq!(read.at_scale(scale).and_then(|scaled| scaled.within(precision)), long, "{}", text);
                prop_assert_eq!(decimal_in_text(&text, precision, scale), long, "{}", text);
                prop_assert_eq!(decimal_in_text(&format!(" {text} "), precision, scale), long, "{}", text);
            }
        }
        prop_assert!(plain(&format!("{}.25", units % 1_000_000)).is_some(), "usual amounts go the short way");
        let amount: f64 = format!("{}e-2", units % 1_000_000_000_000).parse().unwrap();
        prop_assert!(exact_units(amount, 2).is_some(), "{}", amount);
    }
}
