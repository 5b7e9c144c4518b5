//! Which days a letter covers: on the first of a month, in January, after a leap February, on the days when clocks change,
//! in the clinic's time zone, west and east of Greenwich.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rounds_report::plan::{self, Clinic};
use rounds_report::query::settings::Settings;
use rounds_shared::catalog::{Cadence, Period};
use rounds_shared::payload::ReportResponse;
use rounds_testkit::hospital::rules::Hospital;
use serde_json::json;

use super::{Ward, sheet};

/// A hospital in which a patient comes to the one doctor every day of three years; the day is the appointment's number.
fn daily() -> Hospital {
    let mut hospital = Hospital::default();
    hospital.read("patients.csv", b"patient_id,name,email,phone,preferred_channel\nP1,Ana,,,\n");
    hospital.read("doctors.csv", b"doctor_id,name,email,is_active\nD1,Haddad,haddad@hospital.example,yes\n");
    let header = "appointment_id,patient_id,doctor_id,appointment_date,appointment_time,status,visit_type\n";
    let days = date(2026, 1, 1).series(1.day()).take_while(|day| *day <= date(2028, 12, 31));
    let visits = days.map(|day| format!("{day},P1,D1,{day},,completed,\n"));
    hospital.read("appointments.csv", format!("{header}{}", visits.collect::<String>()).as_bytes());
    hospital
}

/// The day of a round that the clock calls at this moment, and the reports that it makes ready.
async fn called(ward: &mut Ward, zone: &str, cadence: &str, at: &str) -> (Date, Vec<String>) {
    let asked = json!({"cadence": cadence, "at": at, "wait": false, "handled": []});
    let asked = serde_json::from_value(asked).unwrap();
    let (zone, now) = (TimeZone::get(zone).unwrap(), at.parse().unwrap());
    let clinic = Clinic { catalog: &ward.catalog, zone: &zone, settings: &Settings::default(), now };
    let planned = plan::plan(&mut ward.client, &clinic, &asked).await.ok().unwrap();
    let ReportResponse::Planned { as_of, ready, .. } = planned else { panic!("a plan") };
    (as_of, ready.into_iter().map(|ready| ready.report).collect())
}

/// The first and last day of the appointments in a doctor's monthly letter, of which none is missing between them.
async fn covered(ward: &mut Ward, as_of: Date) -> [Date; 2] {
    let (letters, _) = ward.letters("hospital.monthly_activity", as_of).await;
    let rows = sheet(&letters[0].1, "Appointments");
    let mut days: Vec<Date> = rows.iter().map(|row| row.last().unwrap().parse().unwrap()).collect();
    days.sort_unstable();
    let [first, last] = [days[0], days[days.len() - 1]];
    assert!(days.iter().copied().eq(first.series(1.day()).take(days.len())), "every day once");
    [first, last]
}

#[tokio::test]
async fn the_round_at_midnight_of_the_first_is_about_the_month_that_has_just_ended() {
    let mut ward = Ward::of(daily()).await;
    // New York's clocks go back in the night after 1 November 2026, Lisbon's have by then, Kolkata's never do.
    let nights = [
        ("Europe/Lisbon", "2026-11-01T00:00:00Z", date(2026, 11, 1), [date(2026, 10, 1), date(2026, 10, 31)]),
        ("Asia/Kolkata", "2026-10-31T18:30:00Z", date(2026, 11, 1), [date(2026, 10, 1), date(2026, 10, 31)]),
        (
            "America/New_York",
            "2026-11-01T04:00:00Z",
            date(2026, 11, 1),
            [date(2026, 10, 1), date(2026, 10, 31)],
        ),
        (
            "Pacific/Kiritimati",
            "2026-12-31T10:00:00Z",
            date(2027, 1, 1),
            [date(2026, 12, 1), date(2026, 12, 31)],
        ),
        (
            "Pacific/Pago_Pago",
            "2027-01-01T11:00:00Z",
            date(2027, 1, 1),
            [date(2026, 12, 1), date(2026, 12, 31)],
        ),
        ("Europe/Lisbon", "2027-03-01T00:00:00Z", date(2027, 3, 1), [date(2027, 2, 1), date(2027, 2, 28)]),
        ("Asia/Kolkata", "2028-02-29T18:30:00Z", date(2028, 3, 1), [date(2028, 2, 1), date(2028, 2, 29)]),
        ("America/New_York", "2028-03-01T05:00:00Z", date(2028, 3, 1), [date(2028, 2, 1), date(2028, 2, 29)]),
        // The clocks go forward and back within March and October.
        ("Europe/Lisbon", "2026-03-31T23:00:00Z", date(2026, 4, 1), [date(2026, 3, 1), date(2026, 3, 31)]),
        ("America/New_York", "2026-04-01T04:00:00Z", date(2026, 4, 1), [date(2026, 3, 1), date(2026, 3, 31)]),
    ];
    for (zone, at, first, days) in nights {
        let (as_of, ready) = called(&mut ward, zone, "monthly", at).await;
        assert_eq!(as_of, first, "{zone}, {at}");
        assert!(ready.contains(&"hospital.monthly_activity".to_owned()));
        assert_eq!(covered(&mut ward, as_of).await, days, "{zone}, {at}");
    }
}

#[tokio::test]
async fn a_round_that_is_late_or_asked_for_again_is_about_the_same_month() {
    let mut ward = Ward::of(daily()).await;
    for as_of in [date(2028, 3, 1), date(2028, 3, 2), date(2028, 3, 31)] {
        assert_eq!(covered(&mut ward, as_of).await, [date(2028, 2, 1), date(2028, 2, 29)]);
    }
}

#[tokio::test]
async fn the_round_of_a_quarter_is_about_the_three_months_before_its_first() {
    let mut ward = Ward::of(daily()).await;
    let quarters = [
        ("Europe/Lisbon", "2027-01-01T00:00:00Z", "2026 Q4", 92, 92),
        ("Asia/Kolkata", "2028-03-31T18:30:00Z", "2028 Q1", 91, 92),
        ("America/New_York", "2026-07-01T04:00:00Z", "2026 Q2", 91, 90),
        ("Pacific/Pago_Pago", "2026-10-01T11:00:00Z", "2026 Q3", 92, 91),
    ];
    for (zone, at, name, days, days_before) in quarters {
        let (as_of, ready) = called(&mut ward, zone, "quarterly", at).await;
        assert!(ready.contains(&"hospital.quarterly_performance".to_owned()));
        let (letters, _) = ward.letters("hospital.quarterly_performance", as_of).await;
        let told = sheet(&letters[0].1, "Whole hospital");
        assert_eq!(told[0][..2], [name.to_owned(), days.to_string()], "{zone}");
        assert_eq!(told[1][1], days_before.to_string(), "{zone}");
    }
}

#[tokio::test]
async fn the_morning_round_is_about_the_clinics_day_also_when_its_clocks_change() {
    let mut ward = Ward::of(Hospital::default()).await;
    // Eight in the morning by the clinic's clocks, before, on and after the days when they change.
    let mornings = [
        ("Europe/Lisbon", "2026-03-28T08:00:00Z", date(2026, 3, 28)),
        ("Europe/Lisbon", "2026-03-29T07:00:00Z", date(2026, 3, 29)),
        ("Europe/Lisbon", "2026-10-24T07:00:00Z", date(2026, 10, 24)),
        ("Europe/Lisbon", "2026-10-25T08:00:00Z", date(2026, 10, 25)),
        ("America/New_York", "2026-03-08T12:00:00Z", date(2026, 3, 8)),
        ("America/New_York", "2026-11-01T13:00:00Z", date(2026, 11, 1)),
        ("Asia/Kolkata", "2026-11-01T02:30:00Z", date(2026, 11, 1)),
        ("Pacific/Kiritimati", "2026-10-31T18:00:00Z", date(2026, 11, 1)),
        ("Pacific/Pago_Pago", "2026-11-01T19:00:00Z", date(2026, 11, 1)),
    ];
    for (zone, at, day) in mornings {
        let (as_of, _) = called(&mut ward, zone, "daily", at).await;
        assert_eq!(as_of, day, "{zone}, {at}");
        let period = Period::of(Cadence::Daily, as_of).unwrap();
        assert_eq!((period.first, period.last), (day, day));
    }
}
