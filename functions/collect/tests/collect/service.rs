//! A server that stands in for AWS.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use rounds_testkit::http::{self, Request, serve};

/// S3 and Secrets Manager.
#[derive(Clone, Default)]
pub(crate) struct Aws(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, String>,
    objects: BTreeMap<String, String>,
    puts: u32,
    reads_of_secrets: u32,
    /// Status and code of what is answered to a put.
    refusal: Option<(u16, &'static str)>,
}

impl Aws {
    pub(crate) async fn start(&self) -> SdkConfig {
        let aws = self.clone();
        http::sdk(serve(move |request| Some(aws.answer(request))).unwrap()).await
    }

    fn answer(&self, request: &Request) -> String {
        let mut state = self.0.lock().unwrap();
        let key = request.path.split('?').next().unwrap().trim_start_matches("/landing/").replace("%3D", "=");
        match request.method.as_str() {
            "POST" => state.secret(&request.body),
            "HEAD" if state.objects.contains_key(&key) => http::answer(200, "text/plain", ""),
            "HEAD" => http::answer(404, "text/plain", ""),
            "PUT" if let Some((status, code)) = state.refusal => error(status, code),
            "PUT" => {
                assert_eq!(request.header("if-none-match"), Some("*"), "nothing is written over");
                if state.objects.contains_key(&key) {
                    return error(412, "PreconditionFailed");
                }
                state.puts += 1;
                state.objects.insert(key, request.body.clone());
                http::answer(200, "application/xml", "")
            }
            method => panic!("{method} is not asked of S3"),
        }
    }

    pub(crate) fn set_secret(&self, id: &str, secret: serde_json::Value) {
        self.0.lock().unwrap().secrets.insert(id.to_owned(), secret.to_string());
    }

    /// Refuses to put, or does not.
    pub(crate) fn refuse(&self, refusal: Option<(u16, &'static str)>) {
        self.0.lock().unwrap().refusal = refusal;
    }

    pub(crate) fn reads_of_secrets(&self) -> u32 {
        self.0.lock().unwrap().reads_of_secrets
    }

    /// Objects by key, as text.
    pub(crate) fn objects(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().objects.clone()
    }

    /// How often an object was put.
    pub(crate) fn puts(&self) -> u32 {
        self.0.lock().unwrap().puts
    }
}

impl State {
    fn secret(&mut self, body: &str) -> String {
        self.reads_of_secrets += 1;
        let asked: serde_json::Value = serde_json::from_str(body).unwrap();
        let text = &self.secrets[asked["SecretId"].as_str().unwrap()];
        let answer = serde_json::json!({ "ARN": "arn", "Name": "name", "SecretString": text });
        http::answer(200, "application/x-amz-json-1.1", &answer.to_string())
    }
}

fn error(status: u16, code: &str) -> String {
    http::answer(status, "application/xml", &format!("<Error><Code>{code}</Code></Error>"))
}
