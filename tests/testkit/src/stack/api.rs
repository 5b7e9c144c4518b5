//! The JSON and query protocols of AWS, in plain HTTP: what tests ask MiniStack needs no SDK of its own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use serde_json::{Value, json};

use super::Stack;
use super::runs::until;

impl Stack {
    /// Calls an operation of a JSON service by its target, such as `AmazonSQS.ReceiveMessage`.
    #[must_use]
    pub fn call(&self, target: &str, asked: &Value) -> Value {
        let headers = format!("Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}\r\n");
        let answer = http(self.record.ministack.port, "POST / ", &headers, &asked.to_string());
        let answer = answer.unwrap_or_else(|error| panic!("{target}: {error}"));
        if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer).unwrap() }
    }

    /// Invokes a function, and waits for its answer.
    #[must_use]
    pub fn invoke(&self, function: &str, payload: &Value) -> Value {
        let what = format!("POST /2015-03-31/functions/{function}/invocations ");
        let headers = "Content-Type: application/json\r\n";
        let answer = http(self.record.ministack.port, &what, headers, &payload.to_string());
        serde_json::from_slice(&answer.unwrap_or_else(|error| panic!("{function}: {error}"))).unwrap()
    }

    /// Asks one of its HTTP interfaces, as `GET /path `; an answer other than 200 is the error, with its status and body.
    ///
    /// # Errors
    /// No answer, or another than 200.
    pub fn request(&self, what: &str, headers: &str, body: &str) -> Result<Vec<u8>, String> {
        http(self.record.ministack.port, what, headers, body)
    }

    /// Sets an environment variable of a function, as a deployment with another parameter does.
    pub fn configure(&self, function: &str, variable: &str, value: &Value) {
        let port = self.record.ministack.port;
        let configuration = format!("/2015-03-31/functions/{function}/configuration ");
        let asked = || -> Value {
            let answer = http(port, &format!("GET {configuration}"), "", "");
            serde_json::from_slice(&answer.unwrap_or_else(|error| panic!("{function}: {error}"))).unwrap()
        };
        let mut environment = asked()["Environment"].take();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        environment["Variables"][variable] = text.into();
        let changed = json!({"Environment": environment}).to_string();
        let answer =
            http(port, &format!("PUT {configuration}"), "Content-Type: application/json\r\n", &changed);
        answer.unwrap_or_else(|error| panic!("{function}: {error}"));
        until("the function has its variable", || {
            (asked()["LastUpdateStatus"] == "Successful").then_some(())
        });
    }

    /// Calls an operation of a query service, such as SNS. The answer, XML, is nobody's concern.
    pub fn query(&self, form: &str) {
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        let answer = http(self.record.ministack.port, "POST / ", headers, form);
        answer.unwrap_or_else(|error| panic!("{form}: {error}"));
    }

    /// Everything that moto was asked for.
    pub(super) fn moto(&self) -> Value {
        let answer = http(self.record.moto.port, "GET /moto-api/data.json ", "", "");
        serde_json::from_slice(&answer.expect("moto answers")).unwrap()
    }
}

/// The body of a good answer. Asks in HTTP/1.0, so that the answer ends with the connection.
fn http(port: u16, what: &str, headers: &str, body: &str) -> Result<Vec<u8>, String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|error| error.to_string())?;
    let length = body.len();
    let head =
        format!("{what}HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Length: {length}\r\n\r\n");
    let mut answer = Vec::new();
    let exchanged = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()))
        .and_then(|()| stream.read_to_end(&mut answer));
    exchanged.map_err(|error| error.to_string())?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or("no whole answer")?;
    let body = answer.split_off(end + 4);
    let status = String::from_utf8_lossy(&answer);
    if status.split(' ').nth(1) == Some("200") {
        Ok(body)
    } else {
        Err(format!("{} {}", status.lines().next().unwrap_or_default(), String::from_utf8_lossy(&body)))
    }
}
