//! A stand-in for the billing vendor's Web API: it runs made-up reports, one at a time, and errs as it is told.
//!
//! - `POST /v1/customer/{account}/reports/{number}/filter/{filter}/run`
//! - `POST /v1/customer/{account}/reports/results/{identifier}`
//! - `PUT /stand-in/behaviour/{account or *}/{report's name or *}`: a [`Behaviour`] in JSON
//! - `GET /stand-in/numbers`: the reports' numbers by name
//! - `GET /stand-in/requests`: what it was asked of the vendor, in order
//! - `GET /stand-in/runs`: the runs that it started, in order
//! - `DELETE /stand-in`: forgets behaviours, requests and runs
//!
//! An account is any eight digits. A run is under way until it was looked at, or has taken its time; a request to run
//! anything else meanwhile is answered with its identifier.

mod answer;
mod behaviour;
mod desk;
mod file;
mod route;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::billing::Books;
use crate::http;
use answer::Reply;
pub use behaviour::{Answer, Behaviour, Content, Script, Xml};
use desk::Desk;
pub use desk::{ANY, Run};
pub use file::zip;

/// A connection that says nothing for so long is closed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request, as the vendor got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// `POST`, …
    pub method: String,
    /// From the first `/` on.
    pub path: String,
}

/// User and password of Basic authentication.
#[derive(Clone)]
pub struct Credentials {
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
}

/// The vendor. Clones are one and the same; it lasts as long as the program.
#[derive(Clone)]
pub struct Vendor {
    address: SocketAddr,
    credentials: Option<Credentials>,
    state: Arc<Mutex<State>>,
}

struct State {
    desk: Desk,
    asked: Vec<Asked>,
}

impl Vendor {
    /// A vendor that takes anyone, at a free port of this machine, in threads of its own.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(books: Books) -> io::Result<Self> {
        Self::start_with(books, None)
    }

    /// See [`Self::start`]; it wants these credentials, if any.
    ///
    /// # Errors
    /// No port is free.
    pub fn start_with(books: Books, credentials: Option<Credentials>) -> io::Result<Self> {
        let (vendor, listener) = Self::bind(0, Some(books), credentials)?;
        let server = vendor.clone();
        std::thread::spawn(move || server.serve(&listener, |_| ()));
        Ok(vendor)
    }

    /// Takes the port, or a free one for 0. Reports are made from these books, or from those of the day on which they are
    /// run. Whoever connects waits until [`Self::serve`].
    ///
    /// # Errors
    /// The port is taken.
    pub fn bind(
        port: u16,
        books: Option<Books>,
        credentials: Option<Credentials>,
    ) -> io::Result<(Self, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let state = State { desk: Desk::new(books), asked: Vec::new() };
        let vendor =
            Self { address: listener.local_addr()?, credentials, state: Arc::new(Mutex::new(state)) };
        Ok((vendor, listener))
    }

    /// Answers for ever, each connection in a thread of its own, and tells of each request as it comes.
    pub fn serve(&self, listener: &TcpListener, tell: fn(&Asked)) {
        for connection in listener.incoming().flatten() {
            let vendor = self.clone();
            // A client that goes away without its answer is the client's affair.
            std::thread::spawn(move || vendor.attend(connection, tell));
        }
    }

    fn attend(&self, mut connection: TcpStream, tell: fn(&Asked)) -> io::Result<()> {
        connection.set_read_timeout(Some(PATIENCE))?;
        let request = http::read(&mut connection)?;
        tell(&Asked { method: request.method.clone(), path: request.path.clone() });
        match self.answer(&request) {
            Reply::HangUp => Ok(()),
            Reply::Http { status, kind, body } => {
                connection.write_all(http::answer(status, kind, &body).as_bytes())
            }
        }
    }

    /// `http://127.0.0.1:…`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How it answers from now on: for an account or [`ANY`], and a report by name or [`ANY`].
    pub fn behave(&self, account: &str, report: &str, behaviour: Behaviour) {
        self.state().desk.behave(account, report, behaviour);
    }

    /// What the vendor was asked, in order. `/stand-in` is not of the vendor.
    #[must_use]
    pub fn requests(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The runs that it started, in order.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        self.state().desk.runs()
    }

    /// Forgets behaviours, requests and runs.
    pub fn reset(&self) {
        self.state().clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn clear(&mut self) {
        self.desk.clear();
        self.asked.clear();
    }
}

#[cfg(test)]
mod tests;
