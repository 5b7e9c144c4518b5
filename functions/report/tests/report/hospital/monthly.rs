//! The letter to each doctor about the month that has ended.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use mail_parser::MessageParser;
use mail_parser::decoders::base64::base64_decode;
use rounds_shared::failure::{Failure as _, Name};
use serde_json::Value;

use super::{Ward, patients, sheet, with, words};
use crate::handler::Stage;

const FIRST_OF_NOVEMBER: Date = date(2026, 11, 1);
const OCTOBER: [Date; 2] = [date(2026, 10, 1), date(2026, 10, 31)];

#[tokio::test]
async fn each_active_doctor_is_told_the_own_month_whole_and_nothing_of_anybody_else() {
    let mut ward = Ward::on(FIRST_OF_NOVEMBER).await;
    let (letters, unaddressed) = ward.letters("hospital.monthly_activity", FIRST_OF_NOVEMBER).await;
    let active = ward.hospital.doctors.iter().filter(|(_, doctor)| doctor.is_active == Some(true));
    let (written_to, unreachable): (Vec<_>, Vec<_>) = active.partition(|(_, doctor)| doctor.email.is_some());
    assert_eq!((letters.len(), unaddressed), (written_to.len(), unreachable.len()));
    assert!(written_to.len() > 20 && !unreachable.is_empty());

    let letters: BTreeMap<_, _> = letters.into_iter().collect();
    let (mut idle, mut told) = (0, 0);
    for (id, doctor) in written_to {
        let letter = &letters[doctor.email.as_ref().unwrap()];
        let appointments = ward.appointments(id, OCTOBER);
        let treatments = ward.treatments(id, OCTOBER);
        idle += usize::from(appointments.is_empty());

        let text = &letter.page.text;
        for figure in [
            format!("\nAppointments: {}\n", appointments.len()),
            format!("\nTreatments: {}\n", treatments.len()),
            format!("\nPatients: {}\n", patients(&appointments)),
        ] {
            assert!(text.contains(&figure), "{id}: {figure} is not in the mail's head");
        }
        let went = ["completed", "cancelled", "no_show", "booked"].map(|status| with(&appointments, status));
        assert_eq!(went.iter().sum::<usize>(), appointments.len(), "{id}");
        let [completed, cancelled, no_shows, booked] = went;
        let went = format!(
            "(Still\u{a0}booked\u{a0}{booked}): completed {completed}, cancelled {cancelled}, no shows {no_shows}\n"
        );
        assert!(text.contains(&went), "{id}: {went}");

        // Each row is in the mail, not only in the workbook.
        let seen: BTreeSet<String> = appointments
            .iter()
            .map(|(_, visit)| visit.patient_id.as_str())
            .chain(treatments.iter().map(|(.., visit)| visit.patient_id.as_str()))
            .map(|patient| format!("Patient-{patient}"))
            .collect();
        let found: BTreeSet<String> = treatments.iter().map(|(id, ..)| format!("Diagnosis-{id}")).collect();
        for document in [&letter.page.html, text] {
            assert_eq!(words(document, "Patient-"), seen, "{id}");
            assert_eq!(words(document, "Diagnosis-"), found, "{id}");
        }
        let lines = text.lines().filter(|line| line.starts_with("- ") && line.contains("Patient-")).count();
        assert_eq!(lines, appointments.len() + treatments.len(), "{id}");
        told += lines;

        let ids = |name: &str| -> BTreeSet<String> {
            sheet(letter, name).into_iter().filter_map(|row| row.into_iter().next_back()).collect()
        };
        let own: BTreeSet<String> = appointments.iter().map(|(id, _)| (*id).to_owned()).collect();
        let given: BTreeSet<String> = treatments.iter().map(|(id, ..)| (*id).to_owned()).collect();
        let nothing =
            |ids: BTreeSet<String>| ids.into_iter().filter(|id| !id.is_empty()).collect::<BTreeSet<_>>();
        assert_eq!((nothing(ids("Appointments")), nothing(ids("Treatments"))), (own, given), "{id}");
    }
    assert!(idle > 0, "a doctor without appointments has a letter too");
    assert!(told > 200, "{told} rows");
}

/// To whom a request to SES sends a mail, and the mail's HTML.
fn mailed(request: &str) -> (String, String) {
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let mail = base64_decode(body["Content"]["Raw"]["Data"].as_str().unwrap().as_bytes()).unwrap();
    let mail = MessageParser::default().parse(&mail).unwrap();
    let to: Vec<&str> = mail.to().unwrap().iter().filter_map(|to| to.address()).collect();
    assert_eq!(to.len(), 1);
    (to[0].to_owned(), mail.body_html(0).unwrap().into_owned())
}

#[tokio::test]
async fn what_ses_is_handed_for_a_doctor_holds_the_own_patients_alone_and_is_handed_over_once() {
    let ward = Ward::on(FIRST_OF_NOVEMBER).await;
    let mut expected = BTreeMap::new();
    for (id, doctor) in ward.hospital.doctors.iter().filter(|(_, doctor)| doctor.is_active == Some(true)) {
        let Some(email) = doctor.email.clone() else { continue };
        let found = ward.treatments(id, OCTOBER).into_iter().map(|(id, ..)| format!("Diagnosis-{id}"));
        let seen = ward.appointments(id, OCTOBER).into_iter().map(|(_, visit)| &visit.patient_id);
        let seen = seen.chain(ward.treatments(id, OCTOBER).into_iter().map(|(.., visit)| &visit.patient_id));
        let seen: BTreeSet<String> = seen.map(|patient| format!("Patient-{patient}")).collect();
        expected.insert(email, (found.collect::<BTreeSet<_>>(), seen));
    }
    let Ward { catalog, client, _postgres: postgres, .. } = ward;
    let stage = Stage::of(postgres, client, catalog).await;
    for _ in 0..2 {
        let failure = stage.deliver("hospital.monthly_activity", FIRST_OF_NOVEMBER).await.unwrap_err();
        assert_eq!(failure.name(), Name::Mail, "doctors without an address are told of");
    }
    let requests = stage.requests("POST /v2/email/outbound-emails");
    assert_eq!(requests.len(), expected.len());
    let sent: BTreeMap<_, _> = requests.iter().map(|request| mailed(request)).collect();
    assert_eq!(sent.len(), expected.len());
    for (to, html) in sent {
        let (found, seen) = &expected[&to];
        assert_eq!((&words(&html, "Diagnosis-"), &words(&html, "Patient-")), (found, seen), "{to}");
    }
}

#[tokio::test]
async fn a_row_of_the_tables_says_what_the_hospital_system_said() {
    let mut ward = Ward::on(FIRST_OF_NOVEMBER).await;
    let (letters, _) = ward.letters("hospital.monthly_activity", FIRST_OF_NOVEMBER).await;
    let letters: BTreeMap<_, _> = letters.into_iter().collect();
    let mut compared = 0;
    for (doctor, person) in ward.hospital.doctors.iter().filter(|(_, doctor)| doctor.is_active == Some(true))
    {
        let Some(letter) = person.email.as_ref().map(|email| &letters[email]) else { continue };
        let text = letter.page.text.replace('\u{a0}', " ");
        for (_, visit) in ward.appointments(doctor, OCTOBER) {
            let time = visit.time.map_or_else(|| "–".to_owned(), |time| time.strftime("%H:%M").to_string());
            let (day, status) = (visit.date.strftime("%a %-d %b %Y"), visit.status.replace('_', " "));
            let line = format!("- {day} (Patient-{} · {time} · {status})", visit.patient_id);
            assert!(text.contains(&line), "{doctor}: {line}");
            compared += 1;
        }
    }
    assert!(compared > 50);
}

#[tokio::test]
async fn a_long_month_is_in_the_mail_to_the_last_row_and_word() {
    let mut ward = Ward::on(FIRST_OF_NOVEMBER).await;
    let busiest = "INSERT INTO hospital.appointments (appointment_id, patient_id, doctor_id, appointment_date, status)
                   SELECT 'L' || n, 'P100001', 'D2000', '2026-10-15', 'completed' FROM generate_series(1, 1500) n";
    ward.client.execute(busiest, &[]).await.unwrap();
    let long = "INSERT INTO hospital.treatments (treatment_id, appointment_id, created_at, diagnosis)
                VALUES ('L1', 'L1', '2026-10-31 23:59:59', $1), ('L2', 'L2', '2026-11-01 00:00:00', 'of November')";
    ward.client.execute(long, &[&format!("{} the end", "long ".repeat(100))]).await.unwrap();
    let (letters, _) = ward.letters("hospital.monthly_activity", FIRST_OF_NOVEMBER).await;
    let (_, letter) = letters.iter().find(|(to, _)| to == "d2000@hospital.example").unwrap();
    assert!(letter.page.html.matches("Thu\u{a0}15\u{a0}Oct\u{a0}2026").count() >= 1_500);
    assert!(!letter.page.html.contains("more in the workbook"));
    assert!(letter.page.html.contains("long the end") && !letter.page.html.contains("of November"));
}
