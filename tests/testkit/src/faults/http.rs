//! A proxy before a service of AWS, which goes wrong where a test says.
//!
//! A connection brings one request, which is read whole before anything is done with it. Where the service behind it is
//! away, the proxy hangs up: its client sees a connection that broke, not one that was refused.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::held::{Gate, Held, lock};
use crate::http::{self, Request};

/// A proxy at a port of its own; it lasts as long as the test. A test in which one of its faults never came about fails, but
/// for what was to happen [always](When::always).
pub struct Proxy {
    address: SocketAddr,
    course: Arc<Mutex<Course>>,
}

/// Which requests something happens to: those of a method whose path and query contain a text, from the first one on
/// that comes after this was said.
#[derive(Debug, Clone)]
pub struct When {
    method: &'static str,
    path: String,
    first: usize,
    times: usize,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The service does not get it, and this is its answer: a status and its code, such as 503 and `SlowDown`.
    Error(u16, &'static str),
    /// The service does not get it, and the connection ends.
    CutBefore,
    /// The service gets its head and half of its body, and both connections end.
    CutRequest,
    /// The service gets it and answers, and the answer is lost.
    CutAfter,
    /// The service gets it and answers, and half of the answer's body comes back.
    CutAnswer,
}

#[derive(Default)]
struct Course {
    seen: Vec<String>,
    plans: Vec<Plan>,
}

struct Plan {
    when: When,
    met: usize,
    act: Act,
}

#[derive(Clone)]
enum Act {
    Fail(Fault),
    HoldBefore(Arc<Gate>),
    HoldAfter(Arc<Gate>),
}

impl When {
    /// The next request of this method whose path and query contain this.
    #[must_use]
    pub fn next(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), first: 1, times: 1 }
    }

    /// Not the next one, but the nth, counted from one.
    #[must_use]
    pub fn nth(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// Not one of them, but so many.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Every one from then on.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }
}

impl Proxy {
    /// A proxy before the service at this address.
    ///
    /// # Errors
    /// There is no port.
    pub fn before(service: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let course = Arc::<Mutex<Course>>::default();
        let followed = Arc::clone(&course);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let course = Arc::clone(&followed);
                // A client or a service that goes away is the test's affair.
                std::thread::spawn(move || serve(client, service, &course));
            }
        });
        Ok(Self { address, course })
    }

    /// What a stage is told as its `AWS_ENDPOINT_URL_…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests so far, as method and path with query.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        lock(&self.course).seen.clone()
    }

    /// Has something happen to requests. Of several plans for one request the first that was made counts.
    pub fn fail(&self, when: When, fault: Fault) {
        self.plan(when, Act::Fail(fault));
    }

    /// Stops a request before the service gets it.
    pub fn hold_before(&self, when: When) -> Held {
        let gate = Arc::<Gate>::default();
        self.plan(when, Act::HoldBefore(Arc::clone(&gate)));
        Held::at(&gate)
    }

    /// Stops the answer to a request that the service got.
    pub fn hold_after(&self, when: When) -> Held {
        let gate = Arc::<Gate>::default();
        self.plan(when, Act::HoldAfter(Arc::clone(&gate)));
        Held::at(&gate)
    }

    /// Forgets what was to happen.
    pub fn heal(&self) {
        lock(&self.course).plans.clear();
    }

    fn plan(&self, when: When, act: Act) {
        lock(&self.course).plans.push(Plan { when, met: 0, act });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let course = lock(&self.course);
        // What is to happen from then on may be what must not be asked for.
        let left =
            course.plans.iter().filter(|plan| plan.met < plan.when.first && plan.when.times < usize::MAX);
        let left: Vec<&When> = left.map(|plan| &plan.when).collect();
        assert!(left.is_empty() || std::thread::panicking(), "faults that did not come about: {left:?}");
    }
}

impl Course {
    fn meet(&mut self, request: &Request) -> Option<Act> {
        self.seen.push(format!("{} {}", request.method, request.path));
        let mut acts = self.plans.iter_mut().filter_map(|plan| {
            let Plan { when: When { method, path, first, times }, met, act } = plan;
            if request.method != *method || !request.path.contains(path.as_str()) {
                return None;
            }
            *met += 1;
            (*met >= *first && *met - *first < *times).then(|| act.clone())
        });
        let first = acts.next();
        // Every plan counts the requests that it is about, whatever happens to them.
        acts.for_each(drop);
        first
    }
}

fn serve(mut client: TcpStream, service: SocketAddr, course: &Mutex<Course>) -> io::Result<()> {
    let bytes = http::read_bytes(&mut client)?;
    let (head, body) = http::split(&bytes).ok_or(io::ErrorKind::InvalidData)?;
    let request = http::parse(&bytes).ok_or(io::ErrorKind::InvalidData)?;
    let act = lock(course).meet(&request);
    let answer = match act {
        Some(Act::Fail(Fault::Error(status, code))) => error(&request, status, code).into_bytes(),
        Some(Act::Fail(Fault::CutBefore)) => return Ok(()),
        Some(Act::Fail(Fault::CutRequest)) => {
            let mut half = closing(head);
            half.extend_from_slice(body.get(..body.len() / 2).unwrap_or_default());
            return TcpStream::connect(service)?.write_all(&half);
        }
        Some(Act::Fail(Fault::CutAfter)) => return exchange(service, head, body).map(drop),
        Some(Act::Fail(Fault::CutAnswer)) => {
            let mut answer = exchange(service, head, body)?;
            let body = http::split(&answer).map_or(0, |(_, body)| body.len());
            answer.truncate(answer.len() - body.div_ceil(2));
            answer
        }
        Some(Act::HoldBefore(gate)) if !gate.pass() => return Ok(()),
        Some(Act::HoldAfter(gate)) => {
            let answer = exchange(service, head, body)?;
            if !gate.pass() {
                return Ok(());
            }
            answer
        }
        Some(Act::HoldBefore(_)) | None => exchange(service, head, body)?,
    };
    client.write_all(&answer)
}

/// The service's whole answer.
fn exchange(service: SocketAddr, head: &[u8], body: &[u8]) -> io::Result<Vec<u8>> {
    let mut service = TcpStream::connect(service)?;
    service.write_all(&closing(head))?;
    service.write_all(body)?;
    let mut answer = Vec::new();
    service.read_to_end(&mut answer)?;
    let (head, body) = http::split(&answer).ok_or(io::ErrorKind::InvalidData)?;
    let mut told = closing(head);
    told.extend_from_slice(body);
    Ok(told)
}

/// A head after whose message the connection ends.
fn closing(head: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let kept = text.lines().filter(|line| {
        let name = line.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
        !line.is_empty()
            && !name.is_some_and(|name| ["connection", "keep-alive", "expect"].contains(&name.as_str()))
    });
    kept.chain(["connection: close", "", ""]).collect::<Vec<_>>().join("\r\n").into_bytes()
}

/// An error as the service that was asked tells it: in JSON whoever was asked in JSON, in XML S3.
fn error(request: &Request, status: u16, code: &str) -> String {
    let is_json = request.header("content-type").is_some_and(|kind| kind.contains("json"));
    let body = match is_json {
        _ if request.method == "HEAD" => String::new(),
        true => format!(r#"{{"__type":"{code}","message":"a fault of the test's"}}"#),
        false => format!("<Error><Code>{code}</Code><Message>a fault of the test's</Message></Error>"),
    };
    http::answer(status, if is_json { "application/json" } else { "application/xml" }, &body)
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
