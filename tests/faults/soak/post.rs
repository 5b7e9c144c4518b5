//! A mail service that remembers what it took, whatever it answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use rounds_testkit::http::{Request, answer, serve};
use serde_json::{Value, json};

/// How a mail service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// It takes every mail and says so.
    Fair,
    /// Of six mails it takes three and says so; it takes one, or none, and hangs up; one it throttles.
    Foul,
}

/// A stand-in for SES at a port of its own.
pub(super) struct Post {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

struct Desk {
    weather: Weather,
    chance: Rng,
    taken: BTreeMap<String, usize>,
}

impl Post {
    /// Opens it, in fair weather.
    pub(super) fn open(seed: u64) -> Self {
        let desk = Desk { weather: Weather::Fair, chance: Rng::with_seed(seed), taken: BTreeMap::new() };
        let desk = Arc::new(Mutex::new(desk));
        let clerk = Arc::clone(&desk);
        let address = serve(move |request| clerk.lock().unwrap().serve(request)).unwrap();
        Self { address, desk }
    }

    /// Its endpoint.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it behaves.
    pub(super) fn turn(&self, weather: Weather) {
        self.desk.lock().unwrap().weather = weather;
    }

    /// How often it took the mail of each delivery.
    pub(super) fn taken(&self) -> BTreeMap<String, usize> {
        self.desk.lock().unwrap().taken.clone()
    }
}

impl Desk {
    /// The answer to a mail; none where it hangs up.
    fn serve(&mut self, request: &Request) -> Option<String> {
        let mail: Value = serde_json::from_str(&request.body).unwrap();
        let delivery = mail["EmailTags"][0]["Value"].as_str().unwrap().to_owned();
        let dice = if self.weather == Weather::Fair { 0 } else { self.chance.u8(..6) };
        match dice {
            0..3 => Some(self.take(delivery)),
            3 => {
                self.take(delivery);
                None
            }
            4 => None,
            _ => {
                let kind = json!({"__type": "TooManyRequestsException", "message": "slower"});
                Some(answer(429, "application/json", &kind.to_string()))
            }
        }
    }

    fn take(&mut self, delivery: String) -> String {
        let number = self.taken.len();
        *self.taken.entry(delivery).or_default() += 1;
        answer(200, "application/json", &json!({"MessageId": format!("mail-{number}")}).to_string())
    }
}
