//! The quarter that has ended against the one before.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rounds_report::query::Snapshot;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Ward, patients, rows, with};
use crate::clinic;

const FIRST_OF_OCTOBER: Date = date(2026, 10, 1);
const THIRD: [Date; 2] = [date(2026, 7, 1), date(2026, 9, 30)];
const SECOND: [Date; 2] = [date(2026, 4, 1), date(2026, 6, 30)];

const STATUSES: [&str; 3] = ["completed", "cancelled", "no_show"];

/// A part of a whole as the report tells it; nothing of nothing.
fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return String::new();
    }
    let share = Decimal::from(part) / Decimal::from(whole);
    format!("{:.6}", share.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero))
}

/// The rates of completion, cancellation and no-shows of some appointments.
fn rates(appointments: &[(&str, &rounds_testkit::hospital::rules::Appointment)]) -> [String; 3] {
    STATUSES.map(|status| share(with(appointments, status), appointments.len()))
}

async fn asked(ward: &mut Ward) -> Snapshot {
    let due = clinic::due(&ward.catalog, "hospital.quarterly_performance", FIRST_OF_OCTOBER);
    assert_eq!((due.period.first, due.period.last), (THIRD[0], THIRD[1]));
    let snapshot = clinic::snapshot(&mut ward.client, &ward.catalog, &due).await;
    snapshot.map_err(|reason| reason.to_string()).unwrap()
}

#[tokio::test]
async fn the_hospitals_quarters_are_what_its_rows_add_up_to() {
    let mut ward = Ward::on(FIRST_OF_OCTOBER).await;
    let Snapshot { headline, sections, .. } = asked(&mut ward).await;
    let mut expected = Vec::new();
    for (label, days) in [("2026 Q3", THIRD), ("2026 Q2", SECOND)] {
        let appointments: Vec<_> =
            ward.hospital.doctors.keys().flat_map(|doctor| ward.appointments(doctor, days)).collect();
        let treatments: usize =
            ward.hospital.doctors.keys().map(|doctor| ward.treatments(doctor, days).len()).sum();
        assert!(appointments.len() > 100, "{label}");
        let told = [
            vec![label.to_owned(), appointments.len().to_string()],
            rates(&appointments).to_vec(),
            vec![patients(&appointments).to_string(), treatments.to_string()],
        ];
        expected.push(told.concat().join(" | "));
    }
    let columns = [
        "quarter",
        "appointments",
        "completion_rate",
        "cancellation_rate",
        "no_show_rate",
        "patients",
        "treatments",
    ];
    assert_eq!(rows(&sections[0], &columns), expected);

    let headline = headline.unwrap();
    let told = rows(&headline, &["Appointments", "Completion rate", "Cancellation rate", "No-show rate"]);
    let of_quarter: Vec<&str> = expected[0].split(" | ").collect();
    assert_eq!(told, [of_quarter[1..5].join(" | ")]);
}

#[tokio::test]
async fn each_doctors_quarters_are_what_the_own_rows_add_up_to() {
    let mut ward = Ward::on(FIRST_OF_OCTOBER).await;
    let Snapshot { sections, .. } = asked(&mut ward).await;
    let mut expected = Vec::new();
    for (id, doctor) in &ward.hospital.doctors {
        let [now, before] = [THIRD, SECOND].map(|days| ward.appointments(id, days));
        let [given, given_before] = [THIRD, SECOND].map(|days| ward.treatments(id, days).len());
        if doctor.is_active != Some(true) && now.len() + before.len() + given + given_before == 0 {
            continue;
        }
        let mut told = vec![id.clone(), now.len().to_string(), before.len().to_string()];
        for (of_now, of_before) in rates(&now).into_iter().zip(rates(&before)) {
            told.extend([of_now, of_before]);
        }
        told.extend(
            [patients(&now), patients(&before), given, given_before].map(|number| number.to_string()),
        );
        expected.push(told.join(" | "));
    }
    let columns = [
        "doctor_id",
        "appointments",
        "previous_appointments",
        "completion_rate",
        "previous_completion_rate",
        "cancellation_rate",
        "previous_cancellation_rate",
        "no_show_rate",
        "previous_no_show_rate",
        "patients",
        "previous_patients",
        "treatments",
        "previous_treatments",
    ];
    let mut told = rows(&sections[2], &columns);
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
    assert!(expected.iter().any(|row| row.contains(" | 0 | 0 |  |  | ")), "a doctor without appointments");
}

#[tokio::test]
async fn charts_draw_the_six_months_and_the_doctors_whose_patients_stay_away() {
    let mut ward = Ward::on(FIRST_OF_OCTOBER).await;
    let Snapshot { charts, sections, .. } = asked(&mut ward).await;
    let all = ward.hospital.appointments();
    let words = [
        ("Completed", "completed"),
        ("Cancelled", "cancelled"),
        ("No-show", "no_show"),
        ("Never closed", "booked"),
    ];
    let (mut volumes, mut shares, mut months) = (Vec::new(), Vec::new(), Vec::new());
    for month in 4..=9 {
        let first = date(2026, month, 1);
        let of_month: Vec<_> = all
            .iter()
            .map(|(id, visit)| (*id, *visit))
            .filter(|(_, visit)| visit.date >= first && visit.date < first.saturating_add(1.month()))
            .collect();
        let name = first.strftime("%b %Y").to_string();
        for (word, status) in words {
            volumes.push(format!("{name} | {word} | {}", with(&of_month, status)));
        }
        for (word, status) in &words[..3] {
            shares.push(format!("{name} | {word} | {}", share(with(&of_month, status), of_month.len())));
        }
        months.push(format!("{} | {}", first.strftime("%Y-%m"), of_month.len()));
    }
    let sorted = |mut rows: Vec<String>| {
        rows.sort_unstable();
        rows
    };
    assert_eq!(sorted(rows(&charts[&0], &["month", "went", "appointments"])), sorted(volumes));
    assert_eq!(sorted(rows(&charts[&1], &["month", "went", "rate"])), sorted(shares));
    assert_eq!(rows(&sections[1], &["month", "appointments"]), months);

    let drawn = rows(&charts[&2], &["no_show_rate"]);
    let mut expected: Vec<String> = Vec::new();
    for doctor in ward.hospital.doctors.keys() {
        let own = ward.appointments(doctor, THIRD);
        if own.len() >= 10 {
            expected.push(share(with(&own, "no_show"), own.len()));
        }
    }
    expected.sort_unstable_by(|one, other| other.cmp(one));
    expected.truncate(10);
    assert_eq!(drawn, expected);
}

#[tokio::test]
async fn the_mail_has_three_pictures_every_doctor_and_no_patient() {
    let mut ward = Ward::on(FIRST_OF_OCTOBER).await;
    let (letters, _) = ward.letters("hospital.quarterly_performance", FIRST_OF_OCTOBER).await;
    let [(_, letter)] = letters.as_slice() else { panic!("one letter") };
    let names: Vec<String> =
        letter.pictures.iter().map(rounds_report::rendering::content::Picture::name).collect();
    assert_eq!(names, ["chart-1", "chart-2", "chart-3"]);
    assert!(letter.page.subject.starts_with("Quarterly performance: "), "{}", letter.page.subject);
    assert!(letter.page.subject.ends_with("appointments, July to September 2026"), "{}", letter.page.subject);
    let told = super::sheet(letter, "By doctor");
    assert!(told.len() > 30, "every doctor is in the workbook");
    let rates = letter.pictures[1].alt.split("Apr 2026 to Sep 2026, last: ").nth(1);
    assert!(rates.unwrap().starts_with("Completed "), "shares are not added up");
    for document in [&letter.page.html, &letter.page.text] {
        assert!(!document.contains("Patient-") && !document.contains("Diagnosis-"));
        assert!(!document.to_lowercase().contains("canary"));
    }
}

#[tokio::test]
async fn before_there_was_anything_the_mail_says_so_in_noughts_and_dashes() {
    let mut ward = Ward::of(rounds_testkit::hospital::rules::Hospital::default()).await;
    let (letters, _) = ward.letters("hospital.quarterly_performance", FIRST_OF_OCTOBER).await;
    let [(_, letter)] = letters.as_slice() else { panic!("one letter") };
    assert!(letter.pictures.is_empty());
    assert!(letter.page.text.contains("\nAppointments: 0\nCompletion rate: –\n"), "{}", letter.page.text);
}
