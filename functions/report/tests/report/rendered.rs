//! What people see: the mail, its picture and the workbook.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use jiff::Timestamp;
use jiff::civil::date;
use rounds_report::query::table::{Kind, Table, Value};
use rounds_report::rendering::content::{Enclosure, Picture};
use rounds_report::rendering::page::{self, Page};
use rounds_report::rendering::{chart, workbook};
use rounds_shared::catalog::{Cadence, Chart, ChartKind, Measure, Period, RowsInMail};

use crate::sample::{self, AS_OF, RUPEES, Sample, decimal, figure, table, text};

fn page_with(sample: &Sample, enclosures: &[Enclosure]) -> Page {
    let content = sample.content();
    let pictures = chart::draw(&content).unwrap();
    page::render(&sample::catalog(), &content, &pictures, enclosures).unwrap()
}

fn page_of(sample: &Sample) -> Page {
    page_with(sample, &[])
}

fn workbook_of(sample: &Sample) -> Vec<u8> {
    workbook::write(&sample.content()).unwrap()
}

/// The first picture.
fn picture_of(sample: &Sample) -> Option<Picture> {
    chart::draw(&sample.content()).unwrap().into_iter().next()
}

/// The sample with another first section.
fn with_doctors(doctors: Table) -> Sample {
    let mut sample = sample::after_load();
    sample.tables[0] = doctors;
    sample
}

fn one_doctor(name: &str) -> Sample {
    let columns = [("doctor", Kind::Text), ("confirmed", Kind::Count)];
    with_doctors(table(&columns, vec![vec![text(name), Value::Integer(1)]]))
}

/// The revenue team's report on a quiet day.
fn quiet_day() -> Sample {
    let mut sample = sample::cancelled_and_paid();
    sample.tables[0].rows.clear();
    sample.charts.get_mut(&0).unwrap().rows.clear();
    sample.figures = vec![
        figure("Cancelled and paid", Kind::Count, Value::Integer(0), Some(Value::Integer(0))),
        figure("At risk", RUPEES, decimal("0"), Some(decimal("4500"))),
    ];
    sample
}

macro_rules! assert_page {
    ($name:literal, $page:expr) => {
        let page = $page;
        insta::assert_snapshot!(concat!($name, "_html"), page.html);
        insta::assert_snapshot!(
            concat!($name, "_text"),
            format!("{}\n\n{}\n---\n{}", page.subject, page.text, page.short)
        );
    };
}

#[test]
fn a_mail_after_a_load_looks_like_this() {
    assert_page!("after_load", page_of(&sample::after_load()));
}

#[test]
fn a_daily_mail_with_money_chart_and_change_looks_like_this() {
    assert_page!("daily", page_with(&sample::cancelled_and_paid(), &sample::attached()));
}

#[test]
fn a_mail_of_a_day_without_rows_looks_like_this() {
    assert_page!("quiet_day", page_of(&quiet_day()));
}

#[test]
fn a_mail_with_links_and_old_data_looks_like_this() {
    let mut sample = sample::cancelled_and_paid();
    sample.sources[0].drops = vec!["2026-11-20T18:29:00Z".parse().unwrap()];
    sample.sent_before = Some(12);
    assert_page!("links", page_with(&sample, &sample::linked()));
}

#[test]
fn the_first_lines_are_the_figures_and_how_they_have_changed() {
    let page = page_of(&sample::cancelled_and_paid());
    assert!(
        page.text.contains("\nCancelled and paid: 27 (+3 since 20\u{a0}Nov)\nAt risk: ₹"),
        "{}",
        page.text
    );
    assert!(page.text.contains("(the same as on 20\u{a0}Nov)"));
    let mut first = sample::cancelled_and_paid();
    first.compared_with = None;
    assert!(!page_of(&first).text.contains("20\u{a0}Nov"), "the first run is compared with nothing");
}

#[test]
fn a_mail_of_a_longer_period_names_it_in_subject_and_title() {
    let periods = [
        (Cadence::Weekly, "week of 9 November 2026", "Week 46, 9 to 15 November 2026", "week"),
        (Cadence::Monthly, "October 2026", "October 2026", "month"),
        (Cadence::Quarterly, "July to September 2026", "July to September 2026", "quarter"),
    ];
    for (cadence, in_subject, below_title, noun) in periods {
        let mut sample = quiet_day();
        sample.report.cadence = cadence;
        sample.period = Period::of(cadence, AS_OF).unwrap();
        let page = page_of(&sample);
        assert_eq!(page.subject, format!("Cancelled and paid: nothing to report, {in_subject}"));
        let head = format!("Cancelled and paid\n{below_title}\nAs of Saturday, 21 November 2026\n");
        assert!(page.text.starts_with(&head), "{}", page.text);
        assert!(page.text.contains(&format!("Nothing to report for this {noun}.")));
    }
}

#[test]
fn a_long_amount_in_the_headline_has_no_cents() {
    let mut sample = sample::cancelled_and_paid();
    sample.figures[1].value = decimal("1234567.50");
    let page = page_of(&sample);
    assert!(page.text.contains("At risk: ₹1,234,568 (+₹1,167,717.50 since"), "{}", page.text);
}

#[test]
fn data_of_the_day_before_in_the_clinics_time_zone_are_noted() {
    let mut sample = sample::cancelled_and_paid();
    let is_noted = |sample: &Sample| page_of(sample).html.contains("older than this report’s day");
    sample.sources[0].drops = vec!["2026-11-20T18:29:00Z".parse().unwrap()];
    assert!(is_noted(&sample), "23:59 in Kolkata");
    sample.sources[0].drops = vec!["2026-11-20T18:30:00Z".parse().unwrap()];
    assert!(!is_noted(&sample), "midnight in Kolkata");
    sample.sources[0].drops = vec!["2026-11-20T18:29:00Z".parse().unwrap()];
    sample.report.cadence = Cadence::AfterLoad;
    assert!(!is_noted(&sample), "a load speaks of itself");
}

#[test]
fn of_several_files_those_that_are_older_than_the_day_are_counted() {
    let [old, older, fresh] = ["2026-11-20T01:00:00Z", "2026-11-19T01:00:00Z", "2026-11-21T01:00:00Z"]
        .map(|moment| moment.parse().unwrap());
    let noted = |drops: Vec<Timestamp>| {
        let mut sample = sample::cancelled_and_paid();
        sample.sources[0].drops = drops;
        let text = page_of(&sample).text;
        text.lines().find(|line| line.contains("older than")).map(str::to_owned)
    };
    let said = "MIS workbook: 1 of 3 files is older than this report’s day. Figures may change.";
    assert_eq!(noted(vec![old, fresh, fresh]).unwrap(), said);
    let said = "MIS workbook: 2 of 3 files are older than this report’s day. Figures may change.";
    assert_eq!(noted(vec![older, old, fresh]).unwrap(), said);
    assert_eq!(noted(vec![fresh, fresh]), None);
}

#[test]
fn a_short_message_holds_figures_and_never_a_row_or_a_name() {
    let page = page_of(&sample::after_load());
    assert_eq!(
        page.short,
        "Appointments summary, 21 November 2026\nConfirmed 3,119 · Cancelled 1,001 · Confirmation rate 75.7 %"
    );
    let mut long = sample::cancelled_and_paid();
    long.report.title = "Cancelled ".repeat(60);
    assert!(page_of(&long).short.chars().count() <= 300);
}

#[test]
fn markup_in_a_value_is_shown_and_not_obeyed() {
    let evil = "<img src=x onerror=alert(1)>\"'&";
    let mut sample = one_doctor(evil);
    sample.figures[3].value = text(evil);
    let page = page_of(&sample);
    assert!(!page.html.contains("<img"));
    assert_eq!(page.html.matches("&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;").count(), 3);
    assert!(page.text.contains(evil), "plain text has no markup to escape");

    let mut sample = sample::cancelled_and_paid();
    sample.charts.get_mut(&0).unwrap().rows[0][0] = text("\"><script>\u{1}\u{fffe}");
    let page = page_of(&sample);
    assert!(!page.html.contains("<script"), "nor in a picture's words");
}

#[test]
fn only_the_columns_for_the_mail_are_in_it() {
    let page = page_with(&sample::cancelled_and_paid(), &sample::attached());
    for text in [&page.subject, &page.html, &page.text, &page.short] {
        assert!(!text.contains("Canary") && !text.contains("7d1f0c"));
    }
    assert!(page.html.contains("Amount (₹)") && page.html.contains("₹1,037.50"));
    let page = page_of(&sample::after_load());
    assert!(
        !page.html.contains("2987250") && page.html.contains("1,204 rows"),
        "a section of the workbook alone"
    );
}

#[test]
fn a_column_for_the_mail_that_the_query_does_not_select_is_named() {
    let mut sample = sample::cancelled_and_paid();
    sample.report.sections[0].columns_in_mail.push("amount".to_owned());
    let error = page::render(&sample::catalog(), &sample.content(), &[], &[]).err().unwrap();
    assert!(error.to_string().contains("`amount`"), "{error}");
}

#[test]
fn a_mail_stays_below_the_length_that_gmail_shows() {
    let mut sample = sample::cancelled_and_paid();
    sample.report.sections[0].rows_in_mail = RowsInMail::First(100_000);
    sample.report.sections[0].columns_in_mail.clear();
    let rows = sample.tables[0].rows.clone();
    sample.tables[0].rows = rows.iter().cycle().take(10_000).cloned().collect();
    let page = page_of(&sample);
    assert!(page.html.len() < 100_000, "{} bytes", page.html.len());
    assert!(page.html.contains("more in the workbook"));
}

#[test]
fn a_page_of_its_own_holds_its_picture() {
    let mut sample = sample::cancelled_and_paid();
    sample.tables[0].rows[0][2] = text("src=\"cid:chart-1\"");
    let pictures = chart::draw(&sample.content()).unwrap();
    let page = page_of(&sample);
    assert_eq!(page.html.matches("src=\"cid:chart-1\"").count(), 1);
    let standalone = page.standalone(&pictures);
    assert!(standalone.contains("src=\"data:image/png;base64,iVBORw0KGgo"));
    assert!(standalone.contains("src=&#34;cid:chart-1&#34;"), "what a row says stays as it is");
}

#[test]
fn a_section_without_rows_in_the_mail_shows_its_chart_alone_in_the_order_of_its_rows() {
    let mut sample = sample::after_load();
    let by_day = &mut sample.report.sections[1];
    by_day.rows_in_mail = RowsInMail::First(0);
    by_day.chart = Some(Chart {
        title: "Confirmed per day".to_owned(),
        kind: ChartKind::Bar,
        query: None,
        x: "day".to_owned(),
        y: Measure::Sum("confirmed".to_owned()),
        series: None,
    });
    let page = page_of(&sample);
    assert_eq!(page.html.matches("src=\"cid:chart-2\"").count(), 1);
    let told = "\nBY DAY\nConfirmed per day. 21 Nov 41, 20 Nov 38, 19 Nov 52, ";
    assert!(page.text.contains(told), "{}", page.text);
    assert!(!page.text.contains("cancelled 16") && !page.html.contains("Nothing to show"));
    assert!(page.text.contains("- By day: 16 rows"), "the workbook has them");
}

#[test]
fn a_picture_is_drawn_twice_as_large_as_it_is_shown() {
    let picture = picture_of(&sample::cancelled_and_paid()).unwrap();
    let pixels = |from: usize| u32::from_be_bytes(picture.png[from..from + 4].try_into().unwrap());
    assert_eq!((pixels(16), pixels(20)), (2 * picture.width, 2 * picture.height));
    assert!(picture.png == picture_of(&sample::cancelled_and_paid()).unwrap().png, "the same at every run");
    assert_eq!(
        picture.alt,
        "Cancellations by hospital, last 14 days. Sunrise Heart Institute 84, Lakeside Multispeciality Hospital and \
         Research Centre 61, St. Brigid’s 40, Green Valley Children’s Hospital 37, Northgate Clinic 25, \
         Harbour View 19, Orchid Women’s Hospital 12, Hill Road Day Surgery 4, Größe & Söhne <Süd> 1."
    );
}

#[test]
fn every_kind_of_chart_is_drawn_and_told() {
    let mut sample = sample::cancelled_and_paid();
    sample.charts.clear();
    let chart = sample.report.sections[0].chart.as_mut().unwrap();
    (chart.kind, chart.query, chart.y) = (ChartKind::Column, None, Measure::Sum("amount_inr".to_owned()));
    (chart.x, chart.series) = ("cancelled_on".to_owned(), Some("doctor_name".to_owned()));
    sample.tables[0].rows.truncate(3);
    sample.tables[0].rows[0][7] = Value::Date(date(2026, 11, 18));
    let told = picture_of(&sample).unwrap().alt;
    assert!(
        told.contains("18 Nov to 20 Nov, in all: Tomás Ibáñez-Villalobos ₹1,174.50, Li Wei ₹1,037.50, "),
        "{told}"
    );
    let chart = sample.report.sections[0].chart.as_mut().unwrap();
    (chart.kind, chart.series) = (ChartKind::Line, None);
    let told = picture_of(&sample).unwrap().alt;
    assert!(
        told.ends_with("18 Nov to 20 Nov; highest ₹2,212.00 on 20 Nov, last ₹2,212.00 on 20 Nov."),
        "{told}"
    );
    sample.tables[0].rows.clear();
    assert!(picture_of(&sample).is_none(), "an empty chart is no picture");
}

#[test]
fn the_workbook_holds_numbers_dates_and_text_as_what_they_are() {
    let mut workbook = Xlsx::new(Cursor::new(workbook_of(&sample::after_load()))).unwrap();
    assert_eq!(workbook.sheet_names(), ["By doctor", "By day", "Confirmed by patient"]);

    let doctors = workbook.worksheet_range("By doctor").unwrap();
    let header = ["Doctor", "Specialty", "Doctor ID", "Confirmed", "Cancelled", "Rate"];
    assert_eq!(doctors.rows().next().unwrap(), header.map(|title| Data::String(title.to_owned())));
    assert_eq!(doctors.get_value((2, 0)), Some(&Data::String("Tomás Ibáñez-Villalobos".to_owned())));
    assert_eq!(doctors.get_value((4, 1)), Some(&Data::Empty), "null stays empty");
    assert_eq!(doctors.get_value((1, 2)), Some(&Data::Float(3.0)));
    assert_eq!(doctors.get_value((1, 5)), Some(&Data::Float(0.871)));
    assert_eq!(doctors.get_value((13, 0)), Some(&Data::String("Total".to_owned())));
    assert_eq!(doctors.get_value((13, 2)), Some(&Data::Empty), "ids are not added up");
    assert_eq!(doctors.get_value((13, 3)), Some(&Data::Float(3119.0)));
    assert_eq!(doctors.get_value((13, 5)), Some(&Data::Empty), "shares are not added up");

    let patients = workbook.worksheet_range("Confirmed by patient").unwrap();
    let last_booking = patients.get_value((8, 3)).unwrap();
    let Data::DateTime(day) = last_booking else { panic!("a day is a date cell") };
    assert_eq!(day.to_ymd_hms_milli(), (2355, 1, 2, 0, 0, 0, 0));
}

#[test]
fn the_workbook_has_a_frozen_header_and_a_filter() {
    let sheet = sheet_xml(&workbook_of(&sample::after_load()), 1);
    assert!(sheet.contains(r#"ySplit="1""#) && sheet.contains(r#"state="frozen""#));
    assert!(sheet.contains(r#"<autoFilter ref="A1:F13""#), "the filter leaves the total out");
    assert!(sheet.contains("SUBTOTAL(109,D2:D13)"));
}

#[test]
fn money_in_the_workbook_is_a_number_with_its_currency_and_its_exact_total() {
    let sample = sample::cancelled_and_paid();
    let bytes = workbook_of(&sample);
    let mut workbook = Xlsx::new(Cursor::new(bytes.clone())).unwrap();
    let sheet = workbook.worksheet_range("Appointments").unwrap();
    assert_eq!(sheet.get_value((0, 4)), Some(&Data::String("Amount (₹)".to_owned())));
    assert_eq!(sheet.get_value((2, 4)), Some(&Data::Float(1_037.5)));
    let total = sample.tables[0].total(4).unwrap().to_string().parse().unwrap();
    assert_eq!(sheet.get_value((28, 4)), Some(&Data::Float(total)));
    assert!(sheet_xml(&bytes, 1).contains("SUBTOTAL(109,E2:E28)"));
    assert!(part(&bytes, "xl/styles.xml").contains(r#"formatCode="[$₹-4009]#,##0.00""#));
}

#[test]
fn columns_are_as_wide_as_what_they_hold() {
    let sheet = sheet_xml(&workbook_of(&sample::cancelled_and_paid()), 1);
    let width = |column: u32| -> f64 {
        let start = sheet.find(&format!(r#"<col min="{column}" max="{column}" width=""#)).unwrap();
        sheet[start..].split('"').nth(5).unwrap().parse().unwrap()
    };
    assert!(width(1) > 36.0, "an id is shown whole");
    assert!(width(3) > 50.0, "so is a long name");
    assert!((15.0..25.0).contains(&width(5)), "an amount, and its total");
}

#[test]
fn what_looks_like_a_formula_is_text() {
    for formula in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"] {
        let bytes = workbook_of(&one_doctor(formula));
        let sheet = sheet_xml(&bytes, 1);
        assert_eq!(sheet.matches("<f>").count(), 1, "the total is the only formula");
        let mut workbook = Xlsx::new(Cursor::new(bytes)).unwrap();
        let doctors = workbook.worksheet_range("By doctor").unwrap();
        assert_eq!(doctors.get_value((1, 0)), Some(&Data::String(formula.to_owned())));
    }
}

#[test]
fn numbers_that_excel_would_round_stay_whole_as_text() {
    let columns = [("patient_id", Kind::Number), ("fee", Kind::Decimal), ("confirmed", Kind::Count)];
    let long = vec![Value::Integer(9_007_199_254_740_993), decimal("0.1000"), Value::Integer(1)];
    let mut workbook =
        Xlsx::new(Cursor::new(workbook_of(&with_doctors(table(&columns, vec![long]))))).unwrap();
    let doctors = workbook.worksheet_range("By doctor").unwrap();
    assert_eq!(doctors.get_value((1, 0)), Some(&Data::String("9007199254740993".to_owned())));
    assert_eq!(doctors.get_value((1, 1)), Some(&Data::Float(0.1)));
}

#[test]
fn the_same_content_makes_the_same_bytes() {
    assert!(workbook_of(&sample::after_load()) == workbook_of(&sample::after_load()));
}

fn sheet_xml(workbook: &[u8], sheet: usize) -> String {
    part(workbook, &format!("xl/worksheets/sheet{sheet}.xml"))
}

fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut xml = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut xml).unwrap();
    xml
}
