//! What patients and the front desk are told, and by which way.

use rounds_report::post::recipient::Recipient;
use rounds_report::query::table::Table;
use rounds_report::rendering::page::Page;

use super::*;
use crate::clinic::column;

const ROWS: &str = r#"
INSERT INTO hospital.doctors (doctor_id, name) VALUES ('d-1', 'Dr. Amira Haddad'), ('d-2', NULL);
INSERT INTO hospital.patients (patient_id, name, email, phone, preferred_channel) VALUES
    ('mail',        'Ana Lima',   ' Ana@Patients.example ', '+351 910 000 001', 'email'),
    ('sms',         'Ben <b>Okoro</b>', 'ben@patients.example', '+351 910-000-002', 'sms'),
    ('no-wish',     'Cara',       'cara@patients.example',  NULL,               NULL),
    ('mail-only',   'Dana',       'dana@patients.example',  '910000004',        'sms'),
    ('sms-only',    NULL,         'erik@',                  '+351 910 000 005', 'email'),
    ('two-in-one',  'Fay',        'fay@a.example, g@a.example', '+351 910 000 006', 'email'),
    ('chat',        'Gina',       'gina@patients.example',  '+351 910 000 007', 'chat'),
    ('nobody',      'Hal',        NULL,                     NULL,               'email'),
    ('wrong',       'Ida',        'ida at example',         '0',                'sms');
INSERT INTO hospital.appointments (appointment_id, patient_id, doctor_id, appointment_date, appointment_time, status, visit_type)
SELECT 'a-' || patient_id, patient_id, 'd-1', '2026-11-21', time '09:00' + place * interval '15 minutes', 'booked', 'follow-up'
FROM (SELECT patient_id, row_number() OVER (ORDER BY patient_id COLLATE "C") AS place FROM hospital.patients) p;
INSERT INTO hospital.appointments (appointment_id, patient_id, doctor_id, appointment_date, appointment_time, status) VALUES
    ('b-1', 'mail', 'd-2', '2026-11-21', NULL,    'booked'),
    ('b-2', 'mail', 'd-1', '2026-11-22', '09:00', 'booked'),
    ('b-3', 'mail', 'd-1', '2026-11-21', '09:00', 'cancelled'),
    ('b-4', 'chat', 'd-2', '2026-11-21', '16:30', 'booked'),
    ('b-5', 'nobody', 'd-1', '2026-11-21', '17:00', 'booked');
"#;

async fn rows(ward: &mut Ward, report: &str) -> Table {
    let due = clinic::due(&ward.catalog, report, DAY);
    let snapshot = clinic::snapshot(&mut ward.client, &ward.catalog, &due).await;
    snapshot.map_err(|reason| reason.to_string()).unwrap().sections.remove(0)
}

async fn ward() -> Ward {
    let ward = Ward::empty().await;
    ward.client.batch_execute(ROWS).await.unwrap();
    ward
}

fn told(page: &Page) -> String {
    format!("{}\n\n{}\n---\n{}\n---\n{}", page.subject, page.text, page.short, page.chat)
}

#[tokio::test]
async fn each_patient_is_reached_by_the_wanted_way_or_else_by_the_other_and_nobody_by_none() {
    let mut ward = ward().await;
    let reminders = rows(&mut ward, REMINDERS).await;
    let addresses = column(&reminders, "appointment_id").into_iter().zip(column(&reminders, "address"));
    let mut addresses: Vec<(String, String)> = addresses.collect();
    addresses.sort();
    let expected = [
        ("a-mail", "Ana@Patients.example"),
        ("a-mail-only", "dana@patients.example"),
        ("a-no-wish", "cara@patients.example"),
        ("a-sms", "+351 910-000-002"),
        ("a-sms-only", "+351 910 000 005"),
        ("a-two-in-one", "+351 910 000 006"),
        ("b-1", "Ana@Patients.example"),
    ];
    assert_eq!(addresses, expected.map(|(id, address)| (id.to_owned(), address.to_owned())));

    let digest = rows(&mut ward, "hospital.reminders_by_chat").await;
    assert_eq!(column(&digest, "time"), ["09:15", "10:15", "11:15", "16:30", "17:00"]);
    assert_eq!(column(&digest, "doctor")[3], "doctor d-2");
    assert_eq!(
        (&column(&digest, "appointments")[0], &column(&digest, "unreachable")[0]),
        (&"5".into(), &"2".into()),
        "two patients, one of them with two appointments"
    );
}

#[tokio::test]
async fn what_the_view_takes_for_an_address_rounds_can_write_to() {
    let ward = Ward::empty().await;
    let long = |letters: usize| format!("{}@patients.example", "a".repeat(letters - 17));
    let (most, more, wide) = (long(254), long(255), "ü".repeat(140) + "@patients.example");
    let texts = [
        "ana@patients.example",
        " Ana@Patients.example ",
        "+tag@patients.example",
        "a\u{3000}na@patients.example",
        "ana@patients.example\u{3000}",
        "josé@patients.example",
        "ana@pâtients.example",
        "a@b@c",
        "a b@c",
        "a\tb@c",
        "ana@",
        "@b",
        "a;b@c",
        "a[b@c",
        "a]b@c",
        "a\\b@c",
        "\"a\"@b",
        "a<b@c",
        &most,
        &more,
        &wide,
        "+351 910-000.002",
        "+0123456789",
        "+351 91 00\u{a0}00 02",
        "(+351) 910000002",
    ];
    let insert =
        "INSERT INTO hospital.patients (patient_id, email, phone) SELECT t, t, t FROM unnest($1::text[]) t";
    ward.client.execute(insert, &[&texts.map(str::to_owned).to_vec()]).await.unwrap();
    let taken = "SELECT address FROM hospital.reminder_addresses WHERE address IS NOT NULL";
    let taken = ward.client.query(taken, &[]).await.unwrap();
    let taken: Vec<String> = taken.into_iter().map(|row| row.get(0)).collect();
    assert!(taken.iter().all(|address| Recipient::parse(address).is_some()), "{taken:?}");
    assert_eq!(taken.len(), 4, "{taken:?}");
}

#[tokio::test]
async fn a_reminder_looks_like_this() {
    let ward = ward().await;
    let post = Tray::default();
    ward.call(&post, &Ready::whole(REMINDERS), None).await.ok().unwrap();
    let taken = post.taken();
    assert_eq!(taken.len(), 7);
    let to = |address: &str, time: &str| {
        let is_it = |handed: &&Handed| handed.to == address && handed.letter.page.short.contains(time);
        taken.iter().find(is_it).unwrap()
    };
    let ana = to("ana@patients.example", "09:30");
    assert_eq!(ana.channel, Channel::Email);
    insta::assert_snapshot!("reminder_html", ana.letter.page.html);
    insta::assert_snapshot!("reminder_text", told(&ana.letter.page));
    let ben = to("+351910000002", "10:30");
    assert_eq!(ben.channel, Channel::Sms);
    assert!(
        ben.letter.page.short.is_ascii(),
        "a letter outside of the telephones' alphabet doubles the price"
    );
    assert!(
        ben.letter.page.html.contains("Ben &#60;b&#62;Okoro") && !ben.letter.page.html.contains("<b>Okoro")
    );
    assert!(ben.letter.page.chat.contains("‹b›"), "{}", ben.letter.page.chat);
    let runs = "SELECT count(*) FROM ops.report_run";
    assert_eq!(ward.client.query_one(runs, &[]).await.unwrap().get::<_, i64>(0), 0, "kept nowhere");
}

#[tokio::test]
async fn the_front_desk_is_told_times_and_doctors_and_no_patient() {
    let mut ward = ward().await;
    let desk = letters::Desk::new(&ward.catalog).await;
    let due = clinic::due(&ward.catalog, "hospital.reminders_by_chat", DAY);
    let snapshot = clinic::snapshot(&mut ward.client, &ward.catalog, &due).await.ok().unwrap();
    let share = Shares::of(due.report, snapshot).ok().unwrap().shares.remove(0);
    let letter = desk.writer(&due, "").write(&ward.client, share, None, true).await.ok().unwrap().unwrap();
    insta::assert_snapshot!("digest_text", told(&letter.page));
}
