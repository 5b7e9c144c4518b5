//! The HTTP interface of exports. The local stack's API Gateway knows who may ask; of what is checked, mapped and passed on to
//! Step Functions it knows nothing, so that an engine does that here, and what it makes is asked of Step Functions itself.

use rounds_testkit::stack::Stack;
use rounds_tests::{ask_gateway, drop_hospital};
use serde_json::{Value, json};

use crate::{HISTORY, hospital, read};

const JSON: &str = "application/json";

/// The interface, before a stack.
struct Api<'a> {
    stack: &'a Stack,
    /// What the template's `${…}` stand for.
    names: Value,
}

impl<'a> Api<'a> {
    fn of(stack: &'a Stack) -> Self {
        let export = &stack.deployment().export_arn;
        let parts: Vec<&str> = export.split(':').collect();
        let names = json!({
            "Export": export,
            "Export.Name": parts[6],
            "AWS::Partition": parts[1],
            "AWS::Region": parts[3],
            "AWS::AccountId": parts[4],
        });
        Self { stack, names }
    }

    /// The status and body of an answer.
    fn ask(&self, method: &str, path: &str, media_type: &str, body: &str, params: &Value) -> (u64, Value) {
        let mut call =
            json!({"method": method, "path": path, "media_type": media_type, "body": body, "params": params});
        let made = ask_gateway(&self.names, &call);
        if let Some(refused) = made["status"].as_u64() {
            return (refused, Value::Null);
        }
        let operation = made["operation"].as_str().unwrap();
        let headers = format!(
            "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n"
        );
        call["answer"] = match self.stack.request("POST / ", &headers, &made["asked"].to_string()) {
            Ok(body) => json!({"status": 200, "body": String::from_utf8(body).unwrap()}),
            Err(refused) => {
                let status: u16 = refused.split(' ').nth(1).unwrap().parse().unwrap();
                json!({"status": status, "body": refused[refused.find('{').unwrap()..]})
            }
        };
        let mut answer = ask_gateway(&self.names, &call);
        (answer["status"].as_u64().unwrap(), answer["told"].take())
    }

    fn post(&self, body: &Value) -> (u64, Value) {
        self.ask("POST", "/exports", JSON, &body.to_string(), &json!({}))
    }

    fn get(&self, id: &str) -> (u64, Value) {
        self.ask("GET", "/exports/{id}", JSON, "", &json!({"id": id}))
    }

    /// The ARN of an export.
    fn arn(&self, id: &Value) -> String {
        let machine = self.stack.deployment().export_arn.replace(":stateMachine:", ":execution:");
        format!("{machine}:{}", id.as_str().unwrap())
    }
}

fn request(patient: &str) -> Value {
    json!({"report": HISTORY, "parameters": {"patient_id": patient}})
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_without_a_signature() {
    let stack = Stack::shared().await;
    let apis: Value = serde_json::from_slice(&stack.request("GET /restapis ", "", "").unwrap()).unwrap();
    let api = apis["item"].as_array().unwrap().iter().find(|api| api["name"] == "rounds-export").unwrap();
    let id = api["id"].as_str().unwrap();
    let asked = |what: &str, path: &str, signature: &str| {
        let what = format!("{what} /restapis/{id}/v1/_user_request_{path} ");
        let refused =
            stack.request(&what, &format!("{signature}Content-Type: {JSON}\r\n"), "{}").unwrap_err();
        refused.split(' ').nth(1).unwrap().to_owned()
    };
    let signature = "Authorization: AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/execute-api/aws4_request, \
                     SignedHeaders=host, Signature=0\r\n";
    for (what, path) in [("POST", "/exports"), ("GET", "/exports/abc")] {
        assert_eq!(asked(what, path, ""), "403");
        assert_eq!(asked(what, path, signature), "504", "passed on, and there the local stack ends");
    }
    for (what, path) in [("DELETE", "/exports/abc"), ("GET", "/exports"), ("GET", "/")] {
        assert_eq!(asked(what, path, signature), "403", "{what} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_passed_on_that_is_no_request() {
    let stack = Stack::shared().await;
    let api = Api::of(&stack);
    let wrong = [
        json!({}),
        json!([]),
        json!({"report": HISTORY}),
        json!({"report": HISTORY, "parameters": {}}),
        json!({"report": HISTORY, "parameters": {"patient_id": 7}}),
        json!({"report": HISTORY, "parameters": {"patient_id": ""}}),
        json!({"report": "../history", "parameters": {"patient_id": "P1"}}),
        json!({"report": HISTORY, "parameters": {"patient_id": "P1"}, "id": "another"}),
        json!({"report": HISTORY, "parameters": {"patient_id": "P1"}, "asked_by": "another"}),
        json!({"stateMachineArn": stack.deployment().rounds_arn, "input": "{}"}),
    ];
    for body in wrong {
        assert_eq!(api.post(&body).0, 400, "{body}");
    }
    let good = request("P1").to_string();
    assert_eq!(
        api.ask("POST", "/exports", "text/plain", &good, &json!({})).0,
        415,
        "which nobody has checked"
    );
    assert_eq!(api.ask("GET", "/exports/{id}", "text/plain", "", &json!({"id": "a"})).0, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_begun_looked_at_and_opened_and_the_patient_is_not_told_again() {
    let stack = Stack::shared().await;
    drop_hospital(&stack, &hospital()).await;
    let api = Api::of(&stack);
    let (status, begun) = api.post(&request("P100000"));
    assert_eq!((status, begun.as_object().unwrap().len()), (202, 1), "{begun}");
    let _ = stack.finished(&api.arn(&begun["id"]));

    let (status, told) = api.get(begun["id"].as_str().unwrap());
    assert_eq!((status, &told["status"], &told["id"]), (200, &"SUCCEEDED".into(), &begun["id"]));
    let rows = read(&stack, told["result"]["link"].as_str().unwrap());
    assert_eq!(told["result"]["rows"], rows.len() - 1);
    assert!(!told.to_string().contains("P100000"), "{told}");

    let odd = "O'Brien \"=cmd()\" \\' {\n \u{200f}مريض 🩺";
    let (status, begun) = api.post(&request(odd));
    let run = stack.finished(&api.arn(&begun["id"]));
    let mut asked = request(odd);
    asked["asked_by"] = json!("arn:aws:iam::000000000000:user/o'brien\"s/records");
    assert_eq!((status, &run.event), (202, &asked), "what was asked arrives as it was, and who did");
    let (status, told) = api.get(begun["id"].as_str().unwrap());
    assert_eq!((status, &told["status"], &told["error"]), (200, &"FAILED".into(), &"Defect.Payload".into()));
    assert!(!told.to_string().contains("Brien"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_leads_to_exports_alone_whatever_is_written_in_it() {
    let stack = Stack::shared().await;
    let api = Api::of(&stack);
    let round = stack.call_round(&json!({"reports": []}));
    let _ = stack.finished(&round);
    let name = round.rsplit(':').next().unwrap();
    let others = [
        name.to_owned(),
        round.clone(),
        format!("../rounds-rounds:{name}"),
        format!("x\", \"executionArn\": \"{round}"),
        format!("x\\\", \\\"executionArn\\\": \\\"{round}"),
        "no-such-export".to_owned(),
        "'\\u0022".to_owned(),
    ];
    for id in others {
        let (status, told) = api.get(&id);
        assert_eq!((status, &told["message"]), (404, &"There is no export of this id".into()), "{id}");
    }
}
