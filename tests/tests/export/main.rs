//! A patient's history on request: asked for by command and by state machine, read back, told, refused.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod api;

use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::civil::date;
use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::hospital::{AWKWARD, Options};
use rounds_testkit::stack::{Run, Stack};
use rounds_tests::{assert_nothing_leaked, drop_hospital, rounds, rounds_json};
use serde_json::{Value, json};

const HISTORY: &str = "hospital.patient_history";
const MEMBER: &str = "medical_records@clinic.example";
const HEADER: [&str; 11] = [
    "Patient ID",
    "Patient Name",
    "Doctor Name",
    "Appointment Date",
    "Visit Type",
    "Symptoms",
    "Diagnosis",
    "Treatment",
    "Prescription",
    "Notes",
    "Next Visit",
];

/// A small hospital.
fn hospital() -> Options {
    Options::small(date(2026, 11, 21))
}

/// What a patient's history says, by the independent reading: text that a spreadsheet program would take for a formula has
/// an apostrophe before it.
fn history(hospital: &Hospital, patient: &str) -> Vec<Vec<String>> {
    let cell = |text: &Option<String>| {
        let text = text.clone().unwrap_or_default();
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
    };
    let treatments = hospital.treatments();
    let mut rows = Vec::new();
    for (id, visit) in hospital.appointments().into_iter().filter(|(_, visit)| visit.patient_id == patient) {
        let own = treatments.iter().filter(|(_, treatment)| treatment.appointment_id == id);
        let own: Vec<_> = own.map(|(id, treatment)| Some((*id, *treatment))).collect();
        let entries = match own.is_empty() {
            true if visit.status != "completed" => continue,
            true => vec![None],
            false => own,
        };
        for entry in entries {
            let written =
                entry.map(|(id, treatment)| (treatment.created_at.is_none(), treatment.created_at, id));
            let order = (visit.date, visit.time.is_none(), visit.time, id, written);
            let mut row = vec![
                patient.to_owned(),
                cell(&hospital.patients[patient].name),
                cell(&hospital.doctors[&visit.doctor_id].name),
                visit.date.to_string(),
                cell(&visit.visit_type),
            ];
            match entry {
                None => row.extend(std::iter::repeat_n(String::new(), 6)),
                Some((_, treatment)) => {
                    row.extend(treatment.texts.iter().map(cell));
                    row.push(treatment.next_visit.map(|day| day.to_string()).unwrap_or_default());
                }
            }
            rows.push((order, row));
        }
    }
    rows.sort();
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The file that a link opens, as Python's reader of CSV sees it behind the byte order mark: header and rows.
fn read(stack: &Stack, link: &str) -> Vec<Vec<String>> {
    let path = link.split_once("://").unwrap().1.split_once('/').unwrap().1;
    let file = stack.request(&format!("GET /{path} "), "", "").unwrap();
    assert!(file.starts_with(b"\xef\xbb\xbf"), "so that Excel reads names as they are");
    let reader = "import csv, io, json, sys; \
                  text = io.TextIOWrapper(sys.stdin.buffer, 'utf-8-sig', newline=''); \
                  json.dump(list(csv.reader(text, strict=True)), sys.stdout)";
    let mut python = Command::new("python3");
    let mut python =
        python.args(["-c", reader]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut python.stdin.take().unwrap(), &file).unwrap();
    serde_json::from_slice(&python.wait_with_output().unwrap().stdout).unwrap()
}

/// An export, asked for by its machine.
fn export(stack: &Stack, parameters: &Value) -> Run {
    stack.finished(&stack.call_export(&json!({"report": HISTORY, "parameters": parameters})))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_opens_by_its_link_and_says_what_the_files_say_and_whoever_is_to_be_told_is() {
    let stack = Stack::shared().await;
    let hospital = drop_hospital(&stack, &hospital()).await;
    let (alerts, mails) = (stack.alerts(), stack.mails().len());
    let asked = format!("patient_id={AWKWARD}");
    let run = rounds_json(&stack, &["export", HISTORY, &asked, "--notify", MEMBER]);
    let made = &run["output"];
    assert_eq!((&made["outcome"], &made["notice"]), (&"exported".into(), &"sent".into()), "{run}");
    assert!(!run.to_string().contains(AWKWARD), "whom it is about is not told again");

    let mut rows = read(&stack, made["link"].as_str().unwrap());
    assert_eq!(rows.remove(0), HEADER);
    assert_eq!(rows, history(&hospital, AWKWARD));
    assert_eq!(made["rows"], rows.len());
    let expires: Timestamp = made["expires_at"].as_str().unwrap().parse().unwrap();
    let hours = (expires.as_second() - Timestamp::now().as_second()) / 3600;
    assert!((11..=12).contains(&hours), "{hours} hours are left");

    let sent = stack.mails();
    assert_eq!(sent.len(), mails + 1);
    let letter = sent.last().unwrap();
    assert_eq!(letter.to, [MEMBER]);
    assert!(letter.subject.starts_with("Patient history: "), "{}", letter.subject);
    for hidden in [AWKWARD, hospital.patients[AWKWARD].name.as_deref().unwrap()] {
        assert!(
            !letter.text.contains(hidden)
                && !letter.html.contains(hidden)
                && !letter.subject.contains(hidden)
        );
    }

    let (runs, _) = rounds(&stack, &["runs", "-n", "1"]);
    assert!(runs.contains(&format!("export {HISTORY}")) && runs.contains("exported"), "{runs}");
    let name = run["run"].as_str().unwrap();
    let again = rounds_json(&stack, &["redrive", name, "--follow"]);
    assert_eq!((&again["status"], stack.mails().len()), (&"succeeded".into(), mails + 2), "another request");
    assert!(alerts.take().is_none());
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_or_about_nobody_ends_by_name_without_an_alert_and_without_repeating_it() {
    let stack = Stack::shared().await;
    drop_hospital(&stack, &hospital()).await;
    let (alerts, mails) = (stack.alerts(), stack.mails().len());
    let (told, code) = rounds(&stack, &["export", HISTORY, "patient_id=NOBODY7"]);
    assert!(code == Some(2) && told.contains("Export.NothingFound") && !told.contains("NOBODY7"), "{told}");
    let stranger = ["export", HISTORY, "patient_id=NOBODY7", "--notify", "stranger@elsewhere.example"];
    let (told, code) = rounds(&stack, &stranger);
    assert!(code == Some(2) && told.contains("AUDIENCES") && !told.contains("NOBODY7"), "{told}");
    let (told, code) = rounds(&stack, &["export", HISTORY]);
    assert!(code == Some(2) && told.contains("patient_id=…"), "{told}");
    let (told, code) = rounds(&stack, &["report", HISTORY]);
    assert!(code == Some(2) && told.contains("rounds export"), "{told}");

    for wrong in [json!({}), json!({"patient": "NOBODY7"}), json!(["NOBODY7"]), json!({"patient_id": 7})] {
        let run = export(&stack, &wrong);
        assert_eq!(run.error.as_deref(), Some("Defect.Payload"), "{wrong}");
        assert!(!run.cause.unwrap().contains("NOBODY7"));
    }
    let good = json!({"report": HISTORY, "parameters": {"patient_id": "NOBODY7"}});
    let listed = json!({"report": HISTORY, "parameters": {"patient_id": ["NOBODY7"]}, "notify": 7});
    for wrong in [json!({}), json!([good]), listed] {
        let run = stack.finished(&stack.call_export(&wrong));
        assert_eq!(run.error.as_deref(), Some("Defect.Payload"), "{wrong}");
        assert!(run.cause.unwrap().starts_with("a request is {\"report\": "), "{wrong}");
    }
    assert!(alerts.take().is_none(), "whoever asked is looking on");
    assert_eq!(stack.mails().len(), mails);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_cannot_be_made_alerts_and_can_be_asked_for_again() {
    let stack = Stack::shared().await;
    let alerts = stack.alerts();
    let (_, code) = rounds(&stack, &["export", HISTORY, &format!("patient_id={AWKWARD}")]);
    assert_eq!(code, Some(1));
    let alert = alerts.next();
    assert_eq!(alert.subject, "Rounds: export failed");
    assert!(
        alert.message.contains("Defect.Database") && alert.message.contains("rounds redrive "),
        "{}",
        alert.message
    );
    assert!(!alert.message.contains(AWKWARD));

    drop_hospital(&stack, &hospital()).await;
    let name = alert.message.split("rounds redrive ").nth(1).unwrap().lines().next().unwrap();
    let again = rounds_json(&stack, &["redrive", name, "--follow"]);
    assert_eq!(again["output"]["outcome"], "exported", "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_is_deleted_after_a_week() {
    let stack = Stack::shared().await;
    let rules = stack.s3.get_bucket_lifecycle_configuration().bucket(&stack.deployment().lake_bucket);
    let rules = rules.send().await.unwrap();
    let [rule] = rules.rules() else { panic!("one rule") };
    assert_eq!(rule.filter().unwrap().prefix(), Some("exports/"));
    assert_eq!(rule.expiration().unwrap().days(), Some(7));
}
