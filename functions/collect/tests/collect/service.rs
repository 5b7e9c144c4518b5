//! Servers that stand in for services.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_sdk_s3::config::{Credentials, Region, SharedCredentialsProvider};
use rounds_testkit::http::{self, Request};

/// Answers requests at a port of its own, each connection in a thread; where there is no answer, it hangs up.
pub(crate) fn serve(answer: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let answer = http::read(&mut connection).ok().and_then(|request| answer(&request));
                // A client that goes away is the client's affair.
                let _ = connection.write_all(answer.unwrap_or_default().as_bytes());
            });
        }
    });
    address
}

/// An address where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// S3 and Secrets Manager.
#[derive(Clone, Default)]
pub(crate) struct Aws(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, String>,
    objects: BTreeMap<String, String>,
    puts: u32,
    reads_of_secrets: u32,
    is_read_only: bool,
}

impl Aws {
    pub(crate) async fn start(&self) -> SdkConfig {
        let aws = self.clone();
        let address = serve(move |request| Some(aws.answer(request)));
        let credentials =
            Credentials::builder().access_key_id("a").secret_access_key("b").provider_name("test");
        let sdk = rounds_shared::aws::sdk_config().await.into_builder();
        sdk.endpoint_url(format!("http://{address}"))
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials.build()))
            .build()
    }

    fn answer(&self, request: &Request) -> String {
        let mut state = self.0.lock().unwrap();
        let key = request.path.split('?').next().unwrap().trim_start_matches("/landing/").replace("%3D", "=");
        match request.method.as_str() {
            "POST" => state.secret(&request.body),
            "HEAD" if state.objects.contains_key(&key) => http::answer(200, "text/plain", ""),
            "HEAD" => http::answer(404, "text/plain", ""),
            "PUT" if state.is_read_only => error(403, "AccessDenied"),
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

    pub(crate) fn set_read_only(&self, is_read_only: bool) {
        self.0.lock().unwrap().is_read_only = is_read_only;
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
