//! Mails, workbooks and the Parquet file hold what the rules ask for, as somebody else reads them in the raw workbook.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use polars::prelude::{AnyValue, DataFrame, DataType, ParquetReader, SerReader as _, TimeUnit};
use rounds_testkit::mis_rules::{Answer, Appointment, Mis, Report};
use rounds_testkit::stack::{Mail, Stack};
use rounds_tests::{Sheet, assert_nothing_leaked, assert_same, attached, day, paise};
use serde_json::{Map, Value, json};

use crate::{Figure, REPORTS, Told, bookings, drop_workbook, letter, send_all};

const MORNING: Date = date(2025, 12, 3);

/// An amount of an appointment, in paise.
type AmountOf = fn(&Appointment) -> i64;

#[tokio::test(flavor = "multi_thread")]
async fn every_report_of_any_day_is_what_the_rules_ask_for() {
    let stack = Stack::shared().await;
    let mis = drop_workbook(&stack, bookings(71).workbook(MORNING).unwrap()).await;
    let mut sent = BTreeSet::new();
    // The morning, days before and after it, and a month's first.
    for as_of in
        [MORNING, date(2025, 12, 1), MORNING.saturating_sub(12.days()), MORNING.saturating_add(3.days())]
    {
        assert_agrees(&send_all(&stack, as_of), &mis, as_of, |_| &[], &mut sent);
    }
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_with_a_list_of_hospitals_is_about_these_alone() {
    const HOSPITALS: &[&str] = &["  north CLINIC", "=Sunrise+Hospital"];
    let stack = Stack::own("mis-hospitals");
    let listed: Map<String, Value> = REPORTS
        .iter()
        .filter(|told| told.report != Report::Dropout)
        .map(|told| (told.name.to_owned(), json!({"hospitals": HOSPITALS})))
        .collect();
    stack.configure(&stack.deployment().report_function, "REPORT_SETTINGS", &Value::Object(listed));
    let mis = drop_workbook(&stack, bookings(72).workbook(MORNING).unwrap()).await;
    let mut sent = BTreeSet::new();
    for as_of in [MORNING, date(2025, 12, 1)] {
        let hospitals = |report| if report == Report::Dropout { &[] } else { HOSPITALS };
        assert_agrees(&send_all(&stack, as_of), &mis, as_of, hospitals, &mut sent);
    }
}

/// The letters of a day hold what the rules ask for; of the completed consultations those that were not `sent` before,
/// to which they are added.
pub(crate) fn assert_agrees(
    mails: &[Mail],
    mis: &Mis,
    as_of: Date,
    hospitals: impl Fn(Report) -> &'static [&'static str],
    sent: &mut BTreeSet<String>,
) {
    for told in &REPORTS {
        let (mail, mut wanted) =
            (letter(mails, told.name), mis.rows(told.report, as_of, hospitals(told.report)));
        if told.report == Report::Completed {
            let all = wanted.ids.len();
            wanted = only(mis, wanted.ids.into_iter().filter(|id| !sent.contains(id)).collect());
            assert_before_is_told(mail, all - wanted.ids.len());
            sent.extend(wanted.ids.iter().cloned());
        }
        assert_headline(mail, told, &wanted);
        assert_workbook(mail, told, mis, &wanted);
        if told.report == Report::OperationsExtract {
            assert_parquet(attached(mail, ".parquet"), mis, &wanted);
        }
    }
}

/// The answer that has these rows alone.
fn only(mis: &Mis, ids: Vec<String>) -> Answer {
    let mut answer = Answer { ids, amount: 0, refunds: 0, by_doctor: BTreeMap::new() };
    for appointment in mis.appointments.iter().filter(|row| answer.ids.binary_search(&row.id).is_ok()) {
        answer.amount += appointment.amount;
        answer.refunds += appointment.refund;
        *answer.by_doctor.entry(appointment.doctor.clone()).or_default() += 1;
    }
    answer
}

fn assert_before_is_told(mail: &Mail, rows: usize) {
    let said = match rows {
        0 => "",
        1 => "1 more row of these days was sent before",
        _ => &format!("{rows} more rows of these days were sent before"),
    };
    assert!(mail.text.contains(said) && mail.html.contains(said), "{said}: {}", mail.subject);
    assert_eq!(mail.text.contains("sent before"), rows > 0, "{}", mail.subject);
}

/// Subject, page and text say the figures.
fn assert_headline(mail: &Mail, told: &Told, wanted: &Answer) {
    for (name, figure) in told.headline {
        let value = match figure {
            Figure::Rows => grouped(wanted.ids.len().try_into().unwrap()),
            Figure::Amount => rupees(wanted.amount),
            Figure::Refunds => rupees(wanted.refunds),
        };
        let figure = format!("{name}: {value}");
        let is_told = |line: &str| line == figure || line.starts_with(&format!("{figure} ("));
        assert!(mail.text.lines().any(is_told), "{} does not say {figure}:\n{}", told.name, mail.text);
        assert!(mail.html.contains(&format!(">{value}<")), "{}'s page does not say {figure}", told.name);
        if matches!(told.headline.first(), Some((first, _)) if first == name) && !wanted.ids.is_empty() {
            assert!(mail.subject.contains(&value), "{figure}: {}", mail.subject);
        }
    }
}

/// The workbook's rows, their days and amounts, the sums below them, and the count of each doctor.
fn assert_workbook(mail: &Mail, told: &Told, mis: &Mis, wanted: &Answer) {
    let workbook = attached(mail, ".xlsx");
    let sheet = Sheet::read(workbook, "Appointments");
    let ids = sheet.texts("Appointment ID");
    let place = format!("{} of {}", told.name, mail.subject);
    assert_ids(&place, &ids, wanted);

    let days = sheet.column("Appointment date").unwrap().into_iter().map(day);
    assert_same(&place, &ids.iter().cloned().zip(days).collect(), &of_each(mis, wanted, |row| row.day));
    let amounts: [(&str, AmountOf, i64); 2] = [
        ("Amount (₹)", |row| row.amount, wanted.amount),
        ("Refund amount (₹)", |row| row.refund, wanted.refunds),
    ];
    for (title, amount, sum) in amounts {
        let Some(cells) = sheet.column(title) else { continue };
        let found = ids.iter().cloned().zip(cells.into_iter().map(paise)).collect();
        assert_same(&place, &found, &of_each(mis, wanted, amount));
        assert_eq!(sheet.total(title).map(paise), (!ids.is_empty()).then_some(sum), "{place}: {title}");
    }
    let mut by_doctor: BTreeMap<String, usize> = BTreeMap::new();
    for doctor in sheet.texts("Doctor name") {
        *by_doctor.entry(doctor).or_default() += 1;
    }
    assert_same(&place, &by_doctor, &wanted.by_doctor);
    if told.report == Report::MissingPrescription {
        let totals = Sheet::read(workbook, "Total per doctor");
        let missing = totals.texts("Missing").into_iter().map(|missing| missing.parse().unwrap());
        let found: BTreeMap<String, usize> = totals.texts("Doctor name").into_iter().zip(missing).collect();
        assert_same(&place, &found, &wanted.by_doctor);
    }
}

/// The Parquet file's rows and the types of its columns.
fn assert_parquet(parquet: &[u8], mis: &Mis, wanted: &Answer) {
    let frame = ParquetReader::new(Cursor::new(parquet)).finish().unwrap();
    let clock = || DataType::Datetime(TimeUnit::Microseconds, None);
    for (column, wanted) in [
        ("appointment_id", DataType::String),
        ("patient", DataType::String),
        ("appointment_date", DataType::Date),
        ("starts_at", clock()),
        ("cancelled_at", clock()),
        ("has_prescription", DataType::Boolean),
        ("doctor_his_id", DataType::String),
        ("amount_inr", DataType::Decimal(38, 2)),
        ("refund_amount_inr", DataType::Decimal(38, 2)),
    ] {
        assert_eq!(frame.column(column).unwrap().dtype(), &wanted, "{column}");
    }
    let ids: Vec<String> =
        values(&frame, "appointment_id").map(|value| value.get_str().map(str::to_owned).unwrap()).collect();
    assert_ids("the Parquet file", &ids, wanted);
    let days = values(&frame, "appointment_date").map(|value| match value {
        AnyValue::Null => None,
        AnyValue::Date(days) => Some(date(1970, 1, 1).saturating_add(days.days())),
        other => panic!("{other:?} is no day"),
    });
    assert_same("days", &ids.iter().cloned().zip(days).collect(), &of_each(mis, wanted, |row| row.day));
    let amounts: [(&str, AmountOf); 2] =
        [("amount_inr", |row| row.amount), ("refund_amount_inr", |row| row.refund)];
    for (column, amount) in amounts {
        let found = values(&frame, column).map(|value| match value {
            AnyValue::Null => 0,
            AnyValue::Decimal(paise, _, 2) => paise.try_into().unwrap(),
            other => panic!("{other:?} is no amount"),
        });
        assert_same(column, &ids.iter().cloned().zip(found).collect(), &of_each(mis, wanted, amount));
    }
}

fn values<'a>(frame: &'a DataFrame, column: &str) -> impl Iterator<Item = AnyValue<'a>> {
    let column = frame.column(column).unwrap();
    (0..column.len()).map(|row| column.get(row).unwrap())
}

fn assert_ids(place: &str, found: &[String], wanted: &Answer) {
    let once = |ids: &[String]| ids.iter().map(|id| (id.clone(), ())).collect::<BTreeMap<_, _>>();
    assert_same(place, &once(found), &once(&wanted.ids));
    assert_eq!(found.len(), wanted.ids.len(), "{place}: each once");
}

/// Something of each appointment of an answer.
fn of_each<T>(mis: &Mis, wanted: &Answer, of: fn(&Appointment) -> T) -> BTreeMap<String, T> {
    let rows = mis.appointments.iter().filter(|row| wanted.ids.binary_search(&row.id).is_ok());
    rows.map(|row| (row.id.clone(), of(row))).collect()
}

/// `₹1,234.50`.
fn rupees(paise: i64) -> String {
    format!("₹{}.{:02}", grouped(paise / 100), paise % 100)
}

fn grouped(number: i64) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{},{:03}", grouped(number / 1_000), number % 1_000)
    }
}
