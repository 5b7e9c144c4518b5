//! A server that stands in for a service: it answers as it is told, and remembers what it was asked.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rounds_report::post::mail::Letter;
use rounds_report::rendering::page::Page;
use rounds_testkit::http;

/// The server; its thread lasts as long as the test.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// Gives every request this answer and hangs up.
    pub(crate) fn answering(answer: &str) -> Self {
        Self::lingering(answer, Duration::ZERO)
    }

    /// Gives every request this answer, and hangs up so long after, whatever it is sent meanwhile.
    pub(crate) fn lingering(answer: &str, moment: Duration) -> Self {
        let (answer, requests) = (answer.to_owned(), Arc::<Mutex<Vec<String>>>::default());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let Ok(request) = http::read(&mut connection) else { continue };
                seen.lock().unwrap().push(format!("{}\r\n\r\n{}", request.head, request.body));
                let _ = connection.write_all(answer.as_bytes());
                std::thread::spawn(move || {
                    std::thread::sleep(moment);
                    drop(connection);
                });
            }
        });
        Self { address, requests }
    }

    /// Heads and bodies of the requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// An answer of this status, with a body in JSON.
pub(crate) fn json(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

pub(crate) fn letter() -> Letter {
    let page = Page {
        subject: "Completed: 12 new".to_owned(),
        html: "<img src=\"cid:chart-1\" alt=\"A bar\">".to_owned(),
        text: "12 new".to_owned(),
        short: "Completed: 12 “new”, 21 November 2026".to_owned(),
        chat: "Completed: 12 “new”, 21 November 2026".to_owned(),
    };
    Letter { page, pictures: vec![], attachments: vec![] }
}
