use proptest::prelude::*;

use super::*;

fn formats(contract: &[&str]) -> Formats {
    Formats::new(&contract.iter().map(|format| (*format).to_owned()).collect::<Vec<_>>())
}

fn read(text: &str, contract: &[&str]) -> Option<Moment> {
    formats(contract).read(text, Epoch::Y1900)
}

/// The day of a text in the formats of a contract.
fn day(text: &str, contract: &[&str]) -> Option<String> {
    read(text, contract).map(|moment| moment.moment.date().to_string())
}

const CONTRACT: &[&str] = &["%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d"];

#[test]
fn text_is_read_in_every_format_of_the_contract() {
    for written in ["2025-10-05", "10/05/2025", "2025/10/05", "10/5/2025", "2025-10-05T00:00:00"] {
        assert_eq!(day(written, CONTRACT).as_deref(), Some("2025-10-05"), "{written}");
    }
    assert_eq!(
        day("2355-03-01", CONTRACT).as_deref(),
        Some("2355-03-01"),
        "beyond what counts in nanoseconds"
    );
    assert_eq!(day("05.10.2025", CONTRACT), None, "a contract with formats has no others");
    assert_eq!(day("05-10-25", &["%d-%m-%y"]).as_deref(), Some("2025-10-05"), "the contract asks for it");
}

#[test]
fn without_formats_the_usual_ones_are_read() {
    for written in [
        "2025-10-05",
        "2025/10/05",
        "2025.10.05",
        "20251005",
        "10/05/2025",
        "10-5-2025",
        "10.05.2025",
        "5-Oct-2025",
        "05-OCT-2025",
        "5-October-2025",
        "5 Oct 2025",
        "5 october 2025",
        "Oct 5, 2025",
        "October 5, 2025",
        "Oct 5 2025",
        "October 05 2025",
        "Sunday, October 5, 2025",
        "Oct\u{a0}5,\u{a0}2025",
        "45935",
        "45935.0",
        "45935.573",
    ] {
        assert_eq!(day(written, &[]).as_deref(), Some("2025-10-05"), "{written}");
    }
    assert_eq!(day("25/10/2025", &[]).as_deref(), Some("2025-10-25"), "there is no month 25");
}

#[test]
fn what_is_no_day_is_no_date() {
    for wrong in [
        "",
        "soon",
        "13/32/2025",
        "02/30/2025",
        "10/05/25",
        "5-Oct-25",
        "2025-10",
        "2025111",
        "202510",
        "-2025-10-05",
        "2025-10-05x",
        "4593",
        "459351",
        "00060",
        "99999",
        "17000",
        "45935.x",
        "10/05/2025 10/06/2025",
    ] {
        assert_eq!(day(wrong, &[]), None, "{wrong}");
    }
    assert_eq!(day("13/05/2025", CONTRACT), None);
    assert_eq!(day(&format!("2025-10-05{}", " ".repeat(100)), &[]), None);
}

#[test]
fn a_time_may_stand_behind_the_date() {
    for behind in [
        " 13:45",
        "T13:45:10.250",
        " 1:45 PM",
        " 01:45:10pm",
        ", 1:45:10\u{202f}PM",
        " 12:00 a.m.",
        "T13:45Z",
        "T13:45:10+02:00",
        "T13:45:10+0530",
        " 13:45 -05",
        " 13:45:10 IST",
        "T13:45+02:00[Europe/Paris]",
        "Z",
        "+05:30",
    ] {
        assert_eq!(day(&format!("2025-10-05{behind}"), CONTRACT).as_deref(), Some("2025-10-05"), "{behind}");
    }
    for rest in ["x", " x", "-1", " 25:00", "T", "5", "+05", " 13:45 XYZ", " 13:45+99:00"] {
        assert_eq!(day(&format!("2025-10-05{rest}"), CONTRACT), None, "{rest}");
    }
}

#[test]
fn a_moment_is_what_the_clock_on_the_wall_shows() {
    let moment = |text| read(text, &[]).map(|read| (read.moment.to_string(), read.has_offset)).unwrap();
    assert_eq!(moment("2025-10-05"), ("2025-10-05T00:00:00".into(), false));
    assert_eq!(moment("2025-10-05T23:30:00.123456789-07:00"), ("2025-10-05T23:30:00.123456".into(), true));
    assert_eq!(moment("10/25/2025 12:00 a.m."), ("2025-10-25T00:00:00".into(), false));
    let clock =
        |text, format| read(text, &[format]).map(|read| (read.moment.to_string(), read.has_offset)).unwrap();
    assert_eq!(clock("10/25/2025 1:45 p.m.", "%m/%d/%Y %I:%M %p"), ("2025-10-25T13:45:00".into(), false));
    assert_eq!(clock("25.10.2025 13:45 +0200", "%d.%m.%Y %H:%M"), ("2025-10-25T13:45:00".into(), true));
    assert_eq!(clock("20251025134510+0200", "%Y%m%d%H%M%S%z"), ("2025-10-25T13:45:10".into(), true));
}

#[test]
fn a_date_of_two_small_numbers_tells_in_which_orders_it_can_be_read() {
    let order = |text, contract: &[&str]| read(text, contract).unwrap().order;
    let both = &["%d/%m/%Y", "%m/%d/%Y"];
    assert_eq!(day("10/05/2025", both).as_deref(), Some("2025-05-10"), "as the first format has it");
    assert_eq!(order("10/05/2025", both), Some(DayOrder::Either));
    assert_eq!(order("25/10/2025", both), Some(DayOrder::First));
    assert_eq!(order("10/25/2025", both), Some(DayOrder::Second));
    assert_eq!(order("05/05/2025", both), None, "the same day either way");
    assert_eq!(order("10/05/2025", &[]), Some(DayOrder::Either));
    assert_eq!(order("10/25/2025", &[]), Some(DayOrder::First), "month first without formats");
    assert_eq!(order("25.10.2025", &[]), Some(DayOrder::Second));
    for certain in ["2025-10-05", "5-Oct-2025", "45935"] {
        assert_eq!(order(certain, &[]), None, "{certain}");
    }
    assert_eq!(order("10/05/2025", &["%m/%d/%Y"]), None, "the contract decides");
    assert_eq!(order("10/05/2025", &["%m/%d/%Y", "%-e/%m/%Y"]), Some(DayOrder::Either));
}

#[test]
fn leap_seconds_and_years_of_two_digits_are_read_as_strftime_has_them() {
    for (text, format) in [
        ("2016-12-31 23:59:60", "%Y-%m-%d %H:%M:%S"),
        ("2016-12-31 23:59:61", "%Y-%m-%d %H:%M:%S"),
        ("05/10/68", "%d/%m/%y"),
        ("05/10/69", "%d/%m/%y"),
    ] {
        let written = Written::new(format);
        let general = Written { layout: None, ..written.clone() };
        assert!(written.layout.is_some());
        assert_eq!(written.read(text), general.read(text), "{text}");
    }
}

#[test]
fn parquet_counts_days_from_1970() {
    assert_eq!(days(date(1970, 1, 2)), 1);
    assert_eq!(days(date(1969, 12, 31)), -1);
}

/// Days of the years 1900 to 9999.
fn any_day() -> impl Strategy<Value = Date> {
    (0_i32..=2_958_465).prop_map(|days| date(1899, 12, 31).saturating_add(jiff::Span::new().days(days)))
}

/// Formats of a date, with and without a time.
fn any_format() -> impl Strategy<Value = String> {
    let between = prop::sample::select(vec!["-", "/", ".", " ", ", ", "", "T"]);
    let one = |of: &'static [&'static str]| prop::sample::select(of);
    let day = (
        Just(vec!["%d", "%m", "%Y"]).prop_shuffle(),
        one(&["%d", "%-d", "%e"]),
        one(&["%m", "%-m", "%b", "%B", "%h"]),
        one(&["%Y", "%y", "%-Y"]),
        between.clone(),
    );
    let day = day.prop_map(|(order, day, month, year, between)| {
        order.join(between).replace("%d", day).replace("%m", month).replace("%Y", year)
    });
    let time = one(&[
        "",
        "",
        "%H:%M:%S",
        "%H:%M",
        "%I:%M:%S %p",
        "%-I:%M%P",
        "%I %p",
        "%H",
        "%H:%M:%S%.f",
        "%H%M%S",
        "%p %I",
        "%I:%M",
        "%H:%S",
        "%H:%M %p",
        "%H:%M:%S%z",
        "%A",
        "%d",
        "%%",
    ]);
    (day, between, time).prop_map(|(day, between, time)| day + between + time)
}

proptest! {
    #[test]
    fn every_usual_spelling_of_a_day_means_it(day in any_day(), of in 0..USUAL.len()) {
        let format = USUAL[of];
        let written = day.strftime(format).to_string();
        prop_assert_eq!(read(&written, &[format]).map(|read| read.moment.date()), Some(day), "{}", format);
        // Among all of them, another order may come first; then it says so.
        let among_all = read(&written, &[]).unwrap();
        prop_assert!(among_all.moment.date() == day || among_all.order == Some(DayOrder::Either), "{}", format);
    }

    /// Most formats are read by a layout; a text that it refuses is one that strftime's general reader refuses.
    #[test]
    fn a_layout_reads_what_the_general_reader_reads(
        format in any_format(),
        day in any_day(),
        hour in 0_i8..24,
        minute in 0_i8..60,
        second in 0_i8..60,
        at in 0..40_usize,
        slip in "|[0-9]|[+-]| |  |[ap]m|A|/|:|[ -~]|ä|\\u{a0}| +02:00",
        removed in 0..3_usize,
    ) {
        let written = Written::new(&format);
        let general = Written { layout: None, ..written.clone() };
        let text = day.at(hour, minute, second, 0).strftime(&format).to_string();
        let mut slipped: Vec<char> = text.chars().collect();
        let at = at.min(slipped.len());
        slipped.splice(at..(at + removed).min(slipped.len()), slip.chars());
        for text in [text, slipped.into_iter().collect()] {
            prop_assert_eq!(written.read(&text), general.read(&text), "{} in {}", text, format);
        }
    }

    #[test]
    fn a_layout_refuses_any_other_text(text in "[0-9]{1,4}.[0-9A-Za-z]{1,3}.[0-9]{1,4}[ T]?[0-9: apmAPM]{0,11}", format in any_format()) {
        let written = Written::new(&format);
        let general = Written { layout: None, ..written.clone() };
        prop_assert_eq!(written.read(&text), general.read(&text), "{} in {}", text, format);
    }

    #[test]
    fn a_serial_of_a_millisecond_comes_back(day in 61_i32..2_958_465, milliseconds in 0_i32..86_400_000) {
        let serial = f64::from(day) + f64::from(milliseconds) / 86_400_000.0;
        let moment = serial::moment(serial, Epoch::Y1900).unwrap();
        let expected = date(1899, 12, 30)
            .to_datetime(Time::midnight())
            .saturating_add(jiff::Span::new().days(day).milliseconds(i64::from(milliseconds)));
        prop_assert_eq!(moment, expected);
        let text = serial::written(serial, Epoch::Y1900).unwrap();
        prop_assert_eq!(read(&text, &[]).map(|read| read.moment), Some(expected), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = read(&text, &[]);
        let _ = read(&text, &["%d/%m/%Y %I:%M %p", "%e %B %y %z"]);
    }
}
