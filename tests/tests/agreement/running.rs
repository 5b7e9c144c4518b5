//! What runs on one machine: the template that goes to AWS, and functions that ask S3 for what their roles allow. These tests
//! need a stack.

use std::collections::BTreeMap;

use jiff::civil::date;
use rounds_testkit::faults::http::Proxy;
use rounds_testkit::records::{Files, Options};
use rounds_testkit::sheet;
use rounds_testkit::stack::{Stack, checkout, until};
use rounds_testkit::stage::{Answer, LANDING, Line, Stage, asked};
use rounds_tests::{APPOINTMENTS, DOCTORS, assert_nothing_leaked, clinic};
use serde_json::json;

use crate::cloudformation::Template;
use crate::permissions::{Permissions, granted};
use crate::sources::STAGES;
use crate::variables::resource;

/// Two patients of a hospital, one of whom cancelled long ago. The treatment comes before its appointment, and waits.
const HOSPITAL: [(&str, &str); 4] = [
    ("patients", "patient_id,name,email,phone,preferred_channel\nq-1,Q,q@patients.example,,email\n"),
    ("doctors", "doctor_id,name,email,is_active\nq-1,Dr. Q,dr.q@clinic.example,true\n"),
    (
        "treatments",
        "treatment_id,appointment_id,created_at,symptoms,diagnosis,treatment,prescription,notes,next_visit\n\
         q-1,q-1,2020-02-03 09:30:00,s,d,t,p,n,2020-03-03\n",
    ),
    (
        "appointments",
        "appointment_id,patient_id,doctor_id,appointment_date,appointment_time,status,visit_type\n\
         q-1,q-1,q-1,2020-02-03,09:00,completed,first\nq-2,q-1,q-1,2020-02-04,09:00,cancelled,first\n",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_on_one_machine_is_the_template_that_goes_to_aws() {
    let stack = Stack::shared().await;
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n\
                   Authorization: AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/cloudformation/aws4_request\r\n";
    let asked = "Action=GetTemplate&StackName=rounds&TemplateStage=Original&Version=2010-05-15";
    let answer = String::from_utf8(stack.request("POST / ", headers, asked).unwrap()).unwrap();
    let body = answer.split_once("<TemplateBody>").unwrap().1.split_once("</TemplateBody>").unwrap().0;
    let entities = [("&quot;", "\""), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    let deployed = entities.iter().fold(body.to_owned(), |text, (from, to)| text.replace(from, to));
    let goes_to_aws = std::fs::read_to_string(checkout().join("infra/template.yaml")).unwrap();
    assert!(
        deployed == goes_to_aws,
        "they differ; a stack of before takes the template with `rounds local up`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_ask_s3_for_what_their_roles_allow_and_the_roles_allow_nothing_that_none_asks_for() {
    let stack = Stack::shared().await;
    let template = Template::application();
    for (name, requests) in everything(&stack).await {
        let granted = granted(&template, &resource(name).replace("Function", "Policy"));
        let mut used = Permissions::new();
        for (action, place) in requests.iter().flat_map(|request| permissions(&stack, request)) {
            let allows = |permission: &&String| {
                let (allowed, on) = permission.split_once(" on ").unwrap();
                allowed == action && on.strip_suffix('*').is_some_and(|folder| place.starts_with(folder))
            };
            let permission = granted.iter().find(allows);
            used.insert(
                permission.unwrap_or_else(|| panic!("{name} may not do {action} on {place}")).clone(),
            );
        }
        let is_seen = |permission: &&String| permission.starts_with("s3:") && !is_unseen(name, permission);
        let unused: Vec<_> = granted.difference(&used).filter(is_seen).collect();
        assert!(unused.is_empty(), "{name} asked for nothing that needs {unused:#?}");
    }
    assert_nothing_leaked(&stack);
}

/// What a proxy does not see.
fn is_unseen(stage: &str, permission: &str) -> bool {
    let is_tag = permission.contains("Tagging");
    // How S3 tells what is gone.
    let is_list = permission.starts_with("s3:ListBucket ");
    // Somebody else opens it.
    let is_link = stage == "report" && permission.starts_with("s3:GetObject ");
    // No contract of the catalog has rows rejected because another is missing.
    let is_for_others = stage == "load" && permission == "s3:PutObject on ${LakeBucket}/rejects/*";
    is_tag || is_list || is_link || is_for_others
}

/// What S3 asks for where it gets a request, which is told as method and path.
fn permissions(stack: &Stack, request: &str) -> Vec<(&'static str, String)> {
    let (method, address) = request.split_once(" /").unwrap();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let place = path.replacen(&stack.deployment().lake_bucket, "${LakeBucket}", 1);
    let place = place.replacen(LANDING, "${LandingBucket}", 1);
    let actions: &[&str] = match method {
        "HEAD" => &["s3:GetObject"],
        "GET" if query.contains("versionId=") => &["s3:GetObject", "s3:GetObjectVersion"],
        "GET" if query == "x-id=GetObject" => &["s3:GetObject"],
        "PUT" if ["x-id=PutObject", "x-id=CopyObject"].contains(&query) => &["s3:PutObject"],
        _ => panic!("say here what S3 asks for {request}"),
    };
    actions.iter().map(|action| (*action, place.clone())).collect()
}

/// Has the functions do all that they do to objects: what each asked S3 for.
async fn everything(stack: &Stack) -> BTreeMap<&'static str, Vec<String>> {
    let proxies: BTreeMap<&str, Proxy> = STAGES.into_iter().map(|name| (name, stack.aws_proxy())).collect();
    let start = |name: &str| {
        Stage::start(
            stack,
            name,
            &[("AWS_ENDPOINT_URL_S3", &proxies[name].url()), ("LANDING_BUCKET", LANDING)],
        )
    };
    let mut line = Line::start(stack).await;
    (line.ingest, line.transform) = (start("ingest"), start("transform"));
    (line.load, line.report) = (start("load"), start("report"));

    let clinic = clinic(161);
    let sheets = [(DOCTORS, &clinic.doctors.rows), (APPOINTMENTS, &clinic.appointments.rows)];
    for (key, rows) in sheets {
        let event = line.drop_file(key, sheet::workbook(rows).unwrap()).await;
        line.run(&event).unwrap();
        line.ingest.invoke(&asked::quarantine(&event, "Rejected.EmptyFile", "empty")).done();
    }
    for (name, csv) in HOSPITAL {
        let event = line.drop_file(&format!("hospital/{name}.csv"), csv.into()).await;
        line.run(&event).unwrap();
    }
    let old = json!({"clean_up": {"dataset": "hospital.appointments", "as_of": "2026-11-22"}});
    assert_eq!(line.load.invoke(&old).done()["archived"], 1);
    let export = json!({
        "report": "hospital.patient_history",
        "parameters": {"patient_id": "q-1"},
        "id": "0b5f3c1e-7d0e-4b5a-9f54-2f6f3f1f8f6e",
        "at": "2026-11-21T08:15:00Z",
    });
    assert_eq!(line.report.invoke(&json!({"export": export})).done()["outcome"], "exported");
    // A dashboard is written anew when one of its tables was loaded.
    let (name, patients) = Files::synthesize(&Options::small(date(2026, 11, 21))).csvs().unwrap()[0].clone();
    let event = line.drop_file(&format!("records/{name}"), patients).await;
    line.run(&event).unwrap();
    collect(&mut start("collect"));
    proxies.into_iter().map(|(name, proxy)| (name, proxy.seen())).collect()
}

/// Collects a report of the billing vendor. The function dies once it has put it, and then looks whether it is there.
fn collect(stage: &mut Stage) {
    let due = json!({"plan": {"as_of": "2026-11-21", "reports": ["ar_aging"], "accounts": ["10000001"]}});
    let request = stage.invoke(&due).done()["requests"][0].take();
    assert_eq!(stage.invoke(&json!({"ask": request})).done()["outcome"], "running");
    stage.die_at("collect.put");
    until("the report is in the landing bucket", || {
        let fetched = stage.invoke(&json!({"fetch": request}));
        matches!(fetched, Answer::Done(answer) if answer["outcome"] == "dropped").then_some(())
    });
    assert!(stage.came_to("collect.put"));
}
