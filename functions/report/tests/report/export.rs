//! What a person asks for: the file of one patient, the link to it, and who is told.

use std::collections::BTreeMap;

use mail_parser::MessageParser;
use mail_parser::decoders::base64::base64_decode;
use rounds_report::error::Error;
use rounds_report::handler::handle;
use rounds_report::post::recipient::Recipient;
use rounds_shared::catalog::{Catalog, Channel, Files, Message, Report, Wording};
use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::payload::{Export, Exported, Notice, Parameters, ReportRequest, ReportResponse};
use rounds_shared::schema;
use tokio_postgres::Client;

use crate::handler::Stage;
use crate::log::Log;

const HISTORY: &str = "hospital.patient_history";
const HEADER: &str = "\u{feff}Patient ID,Patient Name,Doctor Name,Appointment Date,Visit Type,Symptoms,Diagnosis,Treatment,Prescription,Notes,Next Visit";
const MEMBER: &str = "records@clinic.example";
const ASKED: &str = "2026-11-21T23:30:00Z";

const ROWS: &str = r#"
INSERT INTO hospital.patients (patient_id, name) VALUES
    ('P1', E'Ana "Núñez",\nthe =elder'), ('P2', 'نور الهدى'), ('P3', 'Never Seen');
INSERT INTO hospital.doctors (doctor_id, name) VALUES ('D1', 'Dr Haddad'), ('D2', NULL);
INSERT INTO hospital.appointments (appointment_id, patient_id, doctor_id, appointment_date, appointment_time, status, visit_type)
VALUES ('A1', 'P1', 'D1', '2026-11-02', '09:00', 'completed', 'first visit'),
       ('A2', 'P1', 'D2', '2026-11-01', NULL, 'completed', '+follow-up'),
       ('A3', 'P1', 'D1', '2026-11-03', '08:00', 'cancelled', 'cancelled visit'),
       ('A4', 'P1', 'D1', '2026-11-02', '08:30', 'no_show', 'treated all the same'),
       ('A5', 'P2', 'D1', '2026-11-02', '08:30', 'completed', 'other patient'),
       ('A6', 'P3', 'D1', '2026-12-02', '08:30', 'booked', 'still to come');
INSERT INTO hospital.treatments (treatment_id, appointment_id, created_at, symptoms, diagnosis, treatment, prescription, notes, next_visit)
VALUES ('T2', 'A1', '2026-11-02 10:00', 'cough', '=cmd()', '@rest', '-5 mg', E'line one\r\nline "two"', '2026-12-01'),
       ('T1', 'A1', '2026-11-02 09:30', 'fever', NULL, '  =SUM(A1)', 'none', 'ملاحظة, مهمة', NULL),
       ('T4', 'A4', NULL, 'late', 'late', 'late', 'late', 'late', NULL),
       ('T5', 'A5', '2026-11-02 09:30', 'other', 'other', 'other', 'other', 'other', NULL);
"#;

/// The shipped catalog, as far as it is the hospital's, with three patients.
async fn hospital() -> Stage {
    let mut files = Files::embedded();
    files.0.retain(|path, _| path.starts_with("hospital/"));
    let catalog = Catalog::from_files(&files).unwrap();
    let postgres = crate::ledger().await;
    let mut client = postgres.connect("report").await;
    schema::apply(&mut client, &catalog).await.unwrap();
    client.batch_execute(ROWS).await.unwrap();
    let mut stage = Stage::of(postgres, client, catalog).await;
    let members = [MEMBER, "+351912345678"].map(|address| Recipient::parse(address).unwrap());
    stage.context.audiences.insert("medical_records".to_owned(), members.to_vec());
    stage
}

fn asked(patient: &str) -> Export {
    Export {
        report: HISTORY.to_owned(),
        parameters: Parameters(BTreeMap::from([("patient_id".to_owned(), patient.to_owned())])),
        id: "0b5f3c1e-run_1".to_owned(),
        at: ASKED.parse().unwrap(),
        notify: None,
    }
}

fn told(patient: &str, address: &str) -> Export {
    Export { notify: Some(address.to_owned()), ..asked(patient) }
}

async fn ask(stage: &Stage, asked: Export) -> Result<ReportResponse, Error> {
    handle(&stage.context, ReportRequest::Export(asked), jiff::Timestamp::MAX).await
}

async fn exported(stage: &Stage, asked: Export) -> Exported {
    match ask(stage, asked).await.unwrap() {
        ReportResponse::Exported(exported) => exported,
        other => panic!("{other:?}"),
    }
}

/// The files that were put, by key.
fn files(stage: &Stage) -> BTreeMap<String, String> {
    let puts = stage.requests("PUT ").into_iter().map(|request| {
        let key = request.split(['/', '?', ' ']).skip(3).take(4).collect::<Vec<_>>().join("/");
        (key, request.split_once("\r\n\r\n").unwrap().1.to_owned())
    });
    puts.collect()
}

/// The rows of the only file, as a reader of CSV sees them.
fn rows(stage: &Stage) -> Vec<Vec<String>> {
    let file = files(stage).into_values().next().unwrap();
    assert!(file.starts_with(HEADER), "{file}");
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// What the last mail says.
fn mail(stage: &Stage) -> String {
    let sent = stage.requests("POST /v2/email/outbound-emails").pop().unwrap();
    let sent: serde_json::Value = serde_json::from_str(sent.split_once("\r\n\r\n").unwrap().1).unwrap();
    let raw = base64_decode(sent["Content"]["Raw"]["Data"].as_str().unwrap().as_bytes()).unwrap();
    let mail = MessageParser::default().parse(&raw).unwrap();
    [mail.subject(), mail.body_text(0).as_deref(), mail.body_html(0).as_deref()]
        .map(Option::unwrap)
        .join("\n")
}

async fn deliveries(client: &Client) -> Vec<(String, String, String)> {
    let query = "SELECT period, recipient, status FROM ops.delivery WHERE report = $1";
    let rows = client.query(query, &[&HISTORY]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test]
async fn a_history_is_the_patients_own_whole_in_order_and_no_formula() {
    let stage = hospital().await;
    let made = exported(&stage, asked("P1")).await;
    assert_eq!((made.rows, made.notice), (4, None));
    let name = "Ana \"Núñez\",\nthe =elder";
    let expected = [
        ["P1", name, "", "2026-11-01", "'+follow-up", "", "", "", "", "", ""],
        [
            "P1",
            name,
            "Dr Haddad",
            "2026-11-02",
            "treated all the same",
            "late",
            "late",
            "late",
            "late",
            "late",
            "",
        ],
        [
            "P1",
            name,
            "Dr Haddad",
            "2026-11-02",
            "first visit",
            "fever",
            "",
            "  =SUM(A1)",
            "none",
            "ملاحظة, مهمة",
            "",
        ],
        [
            "P1",
            name,
            "Dr Haddad",
            "2026-11-02",
            "first visit",
            "cough",
            "'=cmd()",
            "'@rest",
            "'-5 mg",
            "line one\r\nline \"two\"",
            "2026-12-01",
        ],
    ];
    assert_eq!(rows(&stage), expected);
    assert_eq!(stage.mails(), 0);
}

#[tokio::test]
async fn the_link_opens_the_file_of_the_request_and_says_until_when() {
    let stage = hospital().await;
    let made = exported(&stage, asked("P2")).await;
    let key = "exports/hospital/patient_history/0b5f3c1e-run_1/patient_history-0b5f3c1e-run_1.csv";
    let keys: Vec<String> =
        stage.requests("PUT ").iter().map(|put| put.split(['?', ' ']).nth(1).unwrap().to_owned()).collect();
    assert_eq!(keys, [format!("/lake/{key}")]);
    assert!(made.link.contains(key) && made.link.contains("X-Amz-Expires="), "{}", made.link);
    let told: i64 =
        made.link.split("X-Amz-Expires=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
    assert!(stage.requests("PUT ")[0].to_lowercase().contains("cache-control: no-store"));
    let left = made.expires_at.as_second() - jiff::Timestamp::now().as_second();
    assert!((told - 60..=told).contains(&left), "{left} of {told} seconds are left");
    assert_eq!(rows(&stage)[0][1], "نور الهدى");
}

#[tokio::test]
async fn nobodys_number_is_not_found_and_a_patient_who_never_came_is() {
    let stage = hospital().await;
    for nobody in ["P4", "P", "p1", "P1' OR true --", "%"] {
        assert_eq!(ask(&stage, told(nobody, MEMBER)).await.unwrap(), ReportResponse::NothingFound);
    }
    assert!(files(&stage).is_empty() && stage.mails() == 0);
    let known = exported(&stage, asked("P3")).await;
    assert_eq!(known.rows, 1);
    assert_eq!(rows(&stage)[0][..3], ["P3", "Never Seen", ""]);
}

#[tokio::test]
async fn a_member_of_the_audience_is_told_once_with_a_link_and_nothing_of_the_patient() {
    let stage = hospital().await;
    let made = exported(&stage, told("P1", " Records@clinic.example")).await;
    let again = exported(&stage, told("P1", MEMBER)).await;
    assert_eq!((made.notice, again.notice), (Some(Notice::Sent), Some(Notice::Sent)));
    assert_eq!(
        (stage.mails(), files(&stage).len()),
        (1, 1),
        "the same request is the same file and one letter"
    );
    let run = "0b5f3c1e-run_1".to_owned();
    assert_eq!(deliveries(&stage.client).await, [(run, MEMBER.to_owned(), "sent".to_owned())]);

    let other = Export { id: "other-run".to_owned(), ..told("P1", MEMBER) };
    exported(&stage, other).await;
    assert_eq!(stage.mails(), 2, "another request is told again");

    let mail = mail(&stage);
    assert!(
        mail.contains("/exports/hospital/patient_history/") && mail.contains("The link works until"),
        "{mail}"
    );
    assert!(!mail.contains("for those who may read it"), "the file is deleted after some days");
    for hidden in ["P1", "Ana", "cough", "Haddad", "2026-11-02"] {
        assert!(!mail.contains(hidden), "the mail holds {hidden}");
    }
}

#[tokio::test]
async fn a_letter_whose_sender_died_is_uncertain_and_the_file_is_made_all_the_same() {
    let stage = hospital().await;
    let died = "INSERT INTO ops.delivery (report, period, item, recipient, copy, as_of, channel, status)
                VALUES ('hospital.patient_history', '0b5f3c1e-run_1', '', 'records@clinic.example', '', '2026-11-21', 'email', 'claimed')";
    stage.client.batch_execute(died).await.unwrap();
    let made = exported(&stage, told("P1", MEMBER)).await;
    assert_eq!((made.rows, made.notice, stage.mails()), (4, Some(Notice::Uncertain), 0));

    let bounced = "DELETE FROM ops.delivery; INSERT INTO ops.suppression (address, reason) VALUES ('records@clinic.example', 'bounced')";
    stage.client.batch_execute(bounced).await.unwrap();
    assert_eq!(exported(&stage, told("P1", MEMBER)).await.notice, Some(Notice::Suppressed));
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_by_name_and_not_repeated() {
    let stage = hospital().await;
    let with = |named: &[(&str, &str)]| {
        let named = named.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Export { parameters: Parameters(named.collect()), ..asked("P1") }
    };
    let of = |report: &str| Export { report: report.to_owned(), ..asked("P1") };
    let long = "ü".repeat(201);
    let wrong = [
        (with(&[]), "names patient_id"),
        (with(&[("patient", "Pzz")]), "names patient_id"),
        (with(&[("patient_id", "P1"), ("name", "Pzz")]), "names patient_id"),
        (with(&[("patient_id", " ")]), "names patient_id"),
        (with(&[("patient_id", "Pzz\0")]), "names patient_id"),
        (with(&[("patient_id", &long)]), "names patient_id"),
        (Export { id: "../reports".to_owned(), ..asked("P1") }, "id is at most 80"),
        (Export { id: String::new(), ..asked("P1") }, "id is at most 80"),
        (of("hospital.Pzz"), "known are: hospital.patient_history"),
        (of("hospital.monthly_activity"), "known are: hospital.patient_history"),
        (told("P1", "Pzz@elsewhere.example"), "no member of its audience"),
        (told("P1", "Pzz"), "no member of its audience"),
        (told("P1", "+351912345678"), "no member of its audience"),
    ];
    for (asked, expected) in wrong {
        let refused = ask(&stage, asked).await.unwrap_err();
        assert_eq!(refused.name(), Name::Payload, "{refused}");
        let text = refused.to_string();
        assert!(text.contains(expected) && !text.contains("Pzz") && !text.contains('ü'), "{text}");
    }
    let whole = with(&[("patient_id", &long[..400])]);
    assert_eq!(ask(&stage, whole).await.unwrap(), ReportResponse::NothingFound, "200 letters are no bytes");
    assert!(files(&stage).is_empty() && stage.mails() == 0);
}

/// The shipped hospital, whose history says something else.
async fn changed(change: impl FnOnce(&mut Report)) -> Stage {
    let mut stage = hospital().await;
    change(stage.context.catalog.reports.iter_mut().find(|report| report.name == HISTORY).unwrap());
    stage
}

#[tokio::test]
async fn a_letter_can_tell_nothing_of_a_row_whatever_the_report_would_say() {
    let stage = changed(|report| {
        let wording = Wording::parse("{Patient Name} has {Diagnosis}");
        report.message = wording.map(|text| Message { subject: Some(text.clone()), lines: None, text });
    })
    .await;
    exported(&stage, told("P2", MEMBER)).await;
    let mail = mail(&stage);
    assert!(!mail.contains("نور الهدى") && !mail.contains("Nothing to report"), "{mail}");
    assert!(mail.starts_with("Patient history: 1 rows, 21 November 2026\n"), "{mail}");
}

#[tokio::test]
async fn nobody_is_told_of_a_report_without_a_channel() {
    let stage = changed(|report| report.deliver = vec![Channel::File]).await;
    let refused = ask(&stage, told("P1", MEMBER)).await.unwrap_err();
    assert!(refused.to_string().contains("leave `notify` out"), "{refused}");
    assert_eq!(exported(&stage, asked("P1")).await.rows, 4);
}

#[tokio::test]
async fn rows_that_wait_are_told_with_the_file_and_in_the_letter() {
    let stage = hospital().await;
    let batches = "INSERT INTO ops.batch (batch, dataset, contract, read, loaded, rejected, superseded, held, status) VALUES
        ('b0', 'hospital.appointments', 'c', 9, 7, 0, 0, 2, 'loaded'), ('b1', 'hospital.appointments', 'c', 9, 6, 0, 0, 3, 'loaded'),
        ('b2', 'hospital.appointments', 'c', 9, 0, 0, 0, 9, 'held_back'), ('b3', 'hospital.treatments', 'c', 9, 8, 0, 0, 1, 'loaded')";
    stage.client.batch_execute(batches).await.unwrap();
    assert_eq!(
        exported(&stage, told("P1", MEMBER)).await.waiting,
        6,
        "a batch that an operator holds back is no part of it"
    );
    let mail = mail(&stage);
    for waiting in [
        "Appointments of the hospital system: 5 rows wait for others that no file has brought and are in no file, whosever they are.",
        "Treatments of the hospital system: 1 row waits for one that no file has brought and is in no file, whosever it is.",
    ] {
        assert!(mail.contains(waiting), "{mail}");
    }
}

#[tokio::test]
async fn a_report_on_request_goes_out_on_no_day_and_is_not_sent_once_more() {
    let stage = hospital().await;
    exported(&stage, told("P1", MEMBER)).await;
    let day = jiff::civil::date(2026, 11, 21);
    let id = stage.client.query_one("SELECT delivery_id::text FROM ops.delivery", &[]).await.unwrap();
    for refused in [stage.deliver(HISTORY, day).await, stage.resend(id.get(0), "wish").await] {
        let refused = refused.unwrap_err();
        assert!(refused.to_string().contains("`rounds export`"), "{refused}");
        assert_eq!(refused.name(), Name::Payload);
    }
}

#[tokio::test]
async fn a_request_that_fails_is_logged_by_the_report_and_the_failure_and_nothing_that_it_says() {
    let stage = hospital().await;
    let (log, _guard) = Log::kept();
    ask(&stage, Export { id: "Ana Núñez".to_owned(), ..asked("P1") }).await.unwrap_err();
    let logged = log.text();
    assert!(logged.contains(HISTORY) && logged.contains("Defect.Payload"), "{logged}");
    assert!(!logged.contains("P1") && !logged.contains("Ana"), "{logged}");
}
