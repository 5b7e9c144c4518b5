//! Reports to look at: made up in full, the same at every run.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rounds_report::query::Source;
use rounds_report::query::table::{Column, Currency, Kind, Table, Value};
use rounds_report::rendering::content::{Content, Enclosure, Figure, File, Link};
use rounds_shared::catalog::{
    Attachment, Cadence, Catalog, Channel, Chart, ChartKind, Each, Headline, Measure, Period, Query, Report,
    RowsInMail, Section, WhenEmpty,
};

pub(crate) const AS_OF: Date = date(2026, 11, 21);
pub(crate) const RUPEES: Kind = Kind::Money(Currency::Inr);

/// A letter's content, and what it borrows.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) report: Report,
    pub(crate) period: Period,
    pub(crate) zone: TimeZone,
    pub(crate) figures: Vec<Figure>,
    pub(crate) compared_with: Option<Date>,
    pub(crate) tables: Vec<Table>,
    pub(crate) charts: BTreeMap<usize, Table>,
    pub(crate) sources: Vec<Source>,
    pub(crate) sent_before: Option<usize>,
}

impl Sample {
    pub(crate) fn content(&self) -> Content<'_> {
        Content {
            report: &self.report,
            period: &self.period,
            as_of: AS_OF,
            zone: &self.zone,
            figures: self.figures.clone(),
            compared_with: self.compared_with,
            tables: self.tables.clone(),
            charts: self.charts.clone(),
            sources: &self.sources,
            sent_before: self.sent_before,
        }
    }
}

pub(crate) fn catalog() -> Catalog {
    Catalog::open(None).unwrap()
}

pub(crate) fn summary(catalog: &Catalog) -> &Report {
    catalog.reports.iter().find(|report| report.name == "healthtech.summary").unwrap()
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(crate) fn decimal(digits: &str) -> Value {
    Value::Decimal(digits.into())
}

pub(crate) fn table(columns: &[(&str, Kind)], rows: Vec<Vec<Value>>) -> Table {
    let column = |(name, kind): &(&str, Kind)| Column { name: (*name).to_owned(), kind: *kind };
    Table { columns: columns.iter().map(column).collect(), rows: rows.into_iter().map(Into::into).collect() }
}

pub(crate) fn figure(name: &str, kind: Kind, value: Value, before: Option<Value>) -> Figure {
    Figure { name: name.to_owned(), kind, value, before }
}

fn source(dataset: &str, dropped_at: &str, rejected: u64, waiting: u64) -> Source {
    let drops = vec![dropped_at.parse::<Timestamp>().unwrap()];
    Source { dataset: dataset.to_owned(), drops, rejected, waiting }
}

/// What goes out after a load of appointments.
pub(crate) fn after_load() -> Sample {
    let figures = vec![
        figure("Confirmed", Kind::Count, Value::Integer(3119), None),
        figure("Cancelled", Kind::Count, Value::Integer(1001), None),
        figure("Confirmation rate", Kind::Share, decimal("0.7570"), None),
        figure("Most confirmed", Kind::Text, text("Amira Haddad (412)"), None),
    ];
    let sources = vec![
        source("healthtech.appointments", "2026-11-21T07:41:12Z", 12, 3),
        source("healthtech.doctors", "2026-11-18T16:03:40Z", 0, 0),
    ];
    Sample {
        report: summary(&catalog()).clone(),
        period: Period { label: "load-12".to_owned(), first: AS_OF, last: AS_OF },
        zone: TimeZone::UTC,
        figures,
        compared_with: None,
        tables: vec![by_doctor(), by_day(), by_patient()],
        charts: BTreeMap::new(),
        sources,
        sent_before: None,
    }
}

/// What the revenue team gets each morning.
pub(crate) fn cancelled_and_paid() -> Sample {
    let appointments = appointments();
    let risk = appointments.total(4).unwrap().to_string();
    let refunds = appointments.total(5).unwrap().to_string();
    let number = i64::try_from(appointments.rows.len()).unwrap();
    let figures = vec![
        figure("Cancelled and paid", Kind::Count, Value::Integer(number), Some(Value::Integer(number - 3))),
        figure("At risk", RUPEES, decimal(&risk), Some(decimal("66850"))),
        figure("Refunded so far", RUPEES, decimal(&refunds), Some(decimal(&refunds))),
    ];
    Sample {
        report: revenue_report(),
        period: Period::of(Cadence::Daily, AS_OF).unwrap(),
        zone: TimeZone::get("Asia/Kolkata").unwrap(),
        figures,
        compared_with: Some(date(2026, 11, 20)),
        tables: vec![appointments],
        charts: BTreeMap::from([(0, cancellations())]),
        sources: vec![source("mis.appointments", "2026-11-21T01:32:05Z", 0, 0)],
        sent_before: None,
    }
}

fn revenue_report() -> Report {
    let query = |file: &str| Query { file: file.to_owned(), sql: String::new() };
    let chart = Chart {
        title: "Cancellations by hospital, last 14 days".to_owned(),
        kind: ChartKind::Bar,
        query: Some(query("cancelled_chart.sql")),
        x: "hospital_name".to_owned(),
        y: Measure::Sum("cancelled".to_owned()),
        series: None,
    };
    let section = Section {
        title: "Appointments".to_owned(),
        query: query("cancelled_and_paid.sql"),
        rows_in_mail: RowsInMail::First(10),
        columns_in_mail: ["hospital_name", "doctor_name", "amount_inr", "refund_amount_inr"]
            .map(String::from)
            .to_vec(),
        bar: None,
        chart: Some(chart),
    };
    Report {
        name: "mis.cancelled_and_paid".to_owned(),
        title: "Cancelled and paid".to_owned(),
        cadence: Cadence::Daily,
        needs: vec!["mis.appointments".to_owned()],
        audience: Some("revenue".to_owned()),
        deliver: vec![Channel::Email],
        each: Each::Report,
        once_per: vec![],
        attach: vec![Attachment::Xlsx],
        max_age: None,
        headline: Headline::Figures(vec![]),
        sections: vec![section],
        pseudonyms: vec![],
        sanitized: false,
        parameters: vec![],
        settings: IndexMap::new(),
        message: None,
        fresh_from: None,
        hours: None,
        empty: WhenEmpty::Send,
    }
}

const HOSPITALS: [&str; 9] = [
    "Sunrise Heart Institute",
    "Lakeside Multispeciality Hospital and Research Centre",
    "St. Brigid’s",
    "Green Valley Children’s Hospital",
    "Northgate Clinic",
    "Harbour View",
    "Orchid Women’s Hospital",
    "Hill Road Day Surgery",
    "Größe & Söhne <Süd>",
];

fn appointments() -> Table {
    let columns = [
        ("appointment_id", Kind::Text),
        ("patient_name", Kind::Text),
        ("hospital_name", Kind::Text),
        ("doctor_name", Kind::Text),
        ("amount_inr", RUPEES),
        ("refund_amount_inr", RUPEES),
        ("appointment_time", Kind::Timestamp),
        ("cancelled_on", Kind::Date),
        ("is_rescheduled", Kind::Boolean),
    ];
    let doctors = ["Amira Haddad", "Tomás Ibáñez-Villalobos", "Grace Okafor", "Li Wei", "Sofia Rossi"];
    let rows = (0..27_i64).map(|n| {
        let (hospital, doctor) = (usize::try_from(n * 5 % 9).unwrap(), usize::try_from(n * 3 % 5).unwrap());
        let hour = i8::try_from(8 + n % 9).unwrap();
        vec![
            text(&format!("7d1f0c{n:02}-44aa-4c5e-9f00-b1a2c3d4e5f6")),
            text(&format!("Patient Canary {n}")),
            text(HOSPITALS[hospital]),
            text(doctors[doctor]),
            decimal(&format!("{}.50", 900 + n * 137 % 4_000)),
            if n % 4 == 0 { decimal(&format!("{}", 500 + n * 20)) } else { Value::Null },
            Value::Timestamp(date(2026, 11, 20).at(hour, 15, 0, 0)),
            Value::Date(date(2026, 11, 20)),
            Value::Boolean(n % 3 == 0),
        ]
    });
    table(&columns, rows.collect())
}

fn cancellations() -> Table {
    let rows = HOSPITALS.iter().zip([84, 61, 40, 37, 25, 19, 12, 4, 1]);
    let rows = rows.map(|(name, cancelled)| vec![text(name), Value::Integer(cancelled)]);
    table(&[("hospital_name", Kind::Text), ("cancelled", Kind::Count)], rows.collect())
}

/// The workbook, attached.
pub(crate) fn attached() -> Vec<Enclosure> {
    vec![Enclosure::Attached(File {
        name: "mis-cancelled_and_paid-2026-11-21.xlsx".to_owned(),
        media_type: "",
        content: vec![0; 23_500],
        key: String::new(),
    })]
}

/// The workbook and a Parquet file, behind links.
pub(crate) fn linked() -> Vec<Enclosure> {
    let link = |extension: &str, bytes| {
        let key = format!("reports/mis/cancelled_and_paid/2026-11-21/cancelled_and_paid.{extension}");
        Enclosure::Linked(Link {
            name: format!("mis-cancelled_and_paid-2026-11-21.{extension}"),
            bytes,
            url: format!(
                "https://lake.s3.ap-south-1.amazonaws.com/{key}?X-Amz-Expires=43200&X-Amz-Signature=4a1f"
            ),
            expires: "2026-11-21T14:05:00Z".parse().unwrap(),
            place: Some(format!("s3://lake/{key}")),
        })
    };
    vec![link("xlsx", 11_300_000), link("parquet", 2_140_000)]
}

fn by_doctor() -> Table {
    let doctors = [
        ("Amira Haddad", Some("Cardiology"), 3, 412, 61),
        ("Tomás Ibáñez-Villalobos", Some("Orthopaedic surgery"), 14, 388, 102),
        ("Grace Okafor", Some("Dermatology"), 8, 371, 40),
        ("Unknown", None, 4711, 333, 190),
        ("Li Wei", Some("Paediatrics"), 2, 301, 77),
        ("Sofia Rossi", Some("Vascular medicine"), 21, 288, 91),
        ("Jan de Vries", Some("Neurology"), 5, 264, 88),
        ("Priya Natarajan", Some("Endocrinology"), 17, 240, 102),
        ("Samuel Adeyemi", Some("Gastroenterology"), 9, 201, 83),
        ("Hannah Lindqvist", Some("Ophthalmology"), 11, 166, 85),
        ("Mateo Fernández", Some("Urology"), 12, 97, 54),
        ("Noor Rahman", Some("Family medicine"), 19, 58, 28),
    ];
    let rows = doctors.iter().map(|(name, specialty, id, confirmed, cancelled)| {
        vec![
            text(name),
            specialty.map_or(Value::Null, text),
            Value::Integer(*id),
            Value::Integer(*confirmed),
            Value::Integer(*cancelled),
            share(*confirmed, *cancelled),
        ]
    });
    let columns = [
        ("doctor", Kind::Text),
        ("specialty", Kind::Text),
        ("doctor_id", Kind::Number),
        ("confirmed", Kind::Count),
        ("cancelled", Kind::Count),
        ("rate", Kind::Share),
    ];
    table(&columns, rows.collect())
}

fn by_day() -> Table {
    let confirmed = [41, 38, 52, 47, 12, 0, 55, 49, 44, 51, 18, 3, 60, 46, 39, 42];
    let rows = (0_i64..).zip(confirmed).map(|(days_ago, confirmed)| {
        let cancelled = (confirmed * 7 + days_ago) % 17 + 1;
        vec![
            Value::Date(AS_OF - days_ago.days()),
            Value::Integer(confirmed),
            Value::Integer(cancelled),
            share(confirmed, cancelled),
        ]
    });
    let columns =
        [("day", Kind::Date), ("confirmed", Kind::Count), ("cancelled", Kind::Count), ("rate", Kind::Share)];
    table(&columns, rows.collect())
}

fn by_patient() -> Table {
    let rows = (0..1_204).map(|n| {
        vec![
            Value::Integer(2_987_250 + n * 37),
            Value::Integer(5 - n / 301),
            Value::Date(date(2025, 10, 1) + (n % 30).days()),
            Value::Date(if n == 7 { date(2355, 1, 2) } else { AS_OF - (n % 90).days() }),
        ]
    });
    let columns = [
        ("patient_id", Kind::Number),
        ("confirmed", Kind::Count),
        ("first_booking", Kind::Date),
        ("last_booking", Kind::Date),
    ];
    table(&columns, rows.collect())
}

fn share(confirmed: i64, cancelled: i64) -> Value {
    let ten_thousandths = confirmed * 10_000 / (confirmed + cancelled);
    Value::Decimal(format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000).into())
}
