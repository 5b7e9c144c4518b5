//! Which request is which.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::Reply;
use super::{Asked, Vendor};
use crate::billing;
use crate::http::Request;

/// How long an account's number is.
const DIGITS: usize = 8;

impl Vendor {
    pub(super) fn answer(&self, request: &Request) -> Reply {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["stand-in", rest @ ..] => self.stand_in(request, rest),
            ["v1", "customer", account, "reports", rest @ ..] => {
                let mut state = self.state();
                state.asked.push(Asked { method: request.method.clone(), path: request.path.clone() });
                if !self.is_welcome(request) {
                    return Reply::status(401);
                }
                let is_account = account.len() == DIGITS && account.bytes().all(|byte| byte.is_ascii_digit());
                match (request.method.as_str(), rest) {
                    _ if !is_account => Reply::status(404),
                    ("POST", [number, "filter", filter, "run"]) => state.desk.run(account, number, filter),
                    ("POST", ["results", identifier]) => state.desk.results(account, identifier),
                    ("POST", _) => Reply::status(404),
                    _ => Reply::status(405),
                }
            }
            _ => Reply::status(404),
        }
    }

    fn is_welcome(&self, request: &Request) -> bool {
        let Some(wanted) = &self.credentials else { return true };
        let basic = STANDARD.encode(format!("{}:{}", wanted.user, wanted.password));
        request.header("authorization").is_some_and(|sent| sent == format!("Basic {basic}"))
    }

    fn stand_in(&self, request: &Request, rest: &[&str]) -> Reply {
        let mut state = self.state();
        match (request.method.as_str(), rest) {
            ("GET", ["requests"]) => told(&state.asked),
            ("GET", ["runs"]) => told(&state.desk.runs()),
            ("GET", ["numbers"]) => told(&billing::numbers()),
            ("PUT", ["behaviour", account, report])
                if *report == super::ANY || billing::report(report).is_some() =>
            {
                taken(request, |behaviour| state.desk.behave(account, report, behaviour))
            }
            ("DELETE", []) => {
                state.clear();
                Reply::status(204)
            }
            _ => Reply::status(404),
        }
    }
}

fn told<T: Serialize>(what: &T) -> Reply {
    serde_json::to_string(what).map_or_else(|_| Reply::status(500), Reply::json)
}

/// Has the request's JSON taken in; what is wrong with it is said in the body.
fn taken<T: DeserializeOwned>(request: &Request, take: impl FnOnce(T)) -> Reply {
    match serde_json::from_str(&request.body) {
        Ok(what) => {
            take(what);
            Reply::status(204)
        }
        Err(error) => Reply::Http { status: 400, kind: "text/plain", body: format!("{error}\n") },
    }
}
