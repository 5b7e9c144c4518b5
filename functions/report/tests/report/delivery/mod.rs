//! The delivery protocol: never two letters, never a silent loss.

mod crash;
mod for_one;
mod once_per;
mod protocol;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use rounds_report::delivery::{self, Letters, Occasion, Post, Prepared, SendError, Sessions, Tally};
use rounds_report::error::Reason;
use rounds_report::post::mail::Letter;
use rounds_report::post::recipient::Recipient;
use rounds_report::rendering::page::Page;
use rounds_shared::catalog::Channel;
use rounds_shared::database::DatabaseError;
use rounds_shared::failure::{Failure as _, Name};
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

use crate::sample::AS_OF;

pub(crate) const ANA: &str = "ana@clinic.example";
pub(crate) const BEN: &str = "ben@clinic.example";
pub(crate) const REPORT: &str = "mis.completed";

pub(crate) fn throttled() -> SendError {
    SendError::Throttled { service: "SES", code: "TooManyRequestsException".to_owned() }
}

pub(crate) fn refused() -> SendError {
    SendError::Refused { service: "SES", code: "MessageRejected".to_owned() }
}

pub(crate) const UNREACHABLE: SendError = SendError::Unreachable { service: "SES" };
pub(crate) const UNKNOWN: SendError = SendError::Unknown { service: "SES" };

/// A letter that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) to: String,
    pub(crate) period: String,
    pub(crate) delivery_id: String,
    pub(crate) rows: Vec<String>,
}

/// Letters that went out, in order.
#[derive(Default)]
pub(crate) struct Outbox(Mutex<Vec<Sent>>);

impl Outbox {
    pub(crate) fn put(&self, to: &str, delivery_id: &str, letter: &Letter) {
        let rows = letter.page.text.split_whitespace().map(str::to_owned).collect();
        let sent = Sent {
            to: to.to_owned(),
            period: letter.page.subject.clone(),
            delivery_id: delivery_id.to_owned(),
            rows,
        };
        self.0.lock().unwrap().push(sent);
    }

    pub(crate) fn letters(&self) -> Vec<Sent> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn recipients(&self) -> Vec<String> {
        self.letters().into_iter().map(|sent| sent.to).collect()
    }
}

/// A service that answers as it is told and then accepts.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<SendError>>,
    pub(crate) outbox: Outbox,
}

impl Script {
    pub(crate) fn answering(answers: impl IntoIterator<Item = SendError>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() }
    }
}

impl Post for Script {
    async fn send(
        &self,
        _: Channel,
        delivery_id: &str,
        to: &str,
        letter: &Letter,
    ) -> Result<String, SendError> {
        tokio::task::yield_now().await;
        let answer = self.answers.lock().unwrap().pop_front();
        // A letter without an answer may have gone out, and here it did.
        if matches!(answer, None | Some(SendError::Unknown { .. })) {
            self.outbox.put(to, delivery_id, letter);
        }
        tokio::task::yield_now().await;
        answer.map_or_else(|| Ok(format!("provider-{delivery_id}")), Err)
    }
}

/// New sessions of the same PostgreSQL.
pub(crate) struct Reopen<'a>(pub(crate) &'a Postgres);

impl Sessions for Reopen<'_> {
    async fn open(&self) -> Result<Client, DatabaseError> {
        Ok(self.0.connect("report").await)
    }
}

/// Letters of a period: one for everybody, or of the rows that a recipient was not sent.
pub(crate) struct Window {
    pub(crate) period: String,
    pub(crate) rows: Vec<String>,
    pub(crate) is_once_per: bool,
}

impl Window {
    pub(crate) fn whole(period: &str) -> Self {
        Self { period: period.to_owned(), rows: vec![], is_once_per: false }
    }

    pub(crate) fn rows(period: &str, rows: impl IntoIterator<Item = u32>) -> Self {
        let rows = rows.into_iter().map(|row| format!("row-{row}")).collect();
        Self { period: period.to_owned(), rows, is_once_per: true }
    }
}

impl Letters for Window {
    fn row_keys(&self) -> &[String] {
        if self.is_once_per { &self.rows } else { &[] }
    }

    async fn prepare(&self, client: &Client, sent: &HashSet<String>) -> Result<Option<Prepared>, Reason> {
        client.execute("SELECT 'a letter may ask the database'", &[]).await.map_err(DatabaseError::from)?;
        let rows: Vec<String> = self.rows.iter().filter(|row| !sent.contains(*row)).cloned().collect();
        if self.is_once_per && rows.is_empty() {
            return Ok(None);
        }
        let (subject, text) = (self.period.clone(), rows.join(" "));
        let page = Page { subject, html: String::new(), text, short: String::new(), chat: String::new() };
        let letter = Arc::new(Letter { page, pictures: vec![], attachments: vec![] });
        Ok(Some(Prepared { letter, row_keys: if self.is_once_per { rows } else { vec![] } }))
    }
}

/// Delivers a window's letters.
pub(crate) async fn deliver(
    (postgres, client): (&Postgres, &mut Client),
    post: &impl Post,
    report: &str,
    window: &Window,
    recipients: &[&str],
) -> Result<Tally, Name> {
    let occasion =
        Occasion { report, period: &window.period, as_of: AS_OF, item: "", is_for_one: false, copy: "" };
    let recipients: Vec<Recipient> = recipients.iter().map(|to| Recipient::parse(to).unwrap()).collect();
    let delivered = delivery::deliver(client, &Reopen(postgres), post, &occasion, &recipients, window).await;
    delivered.map_err(|reason| match reason {
        Reason::Database(error) => error.name(),
        Reason::Mail(error) => error.name(),
        other => panic!("{other}"),
    })
}

/// Delivers a window's letters to Ana once more, as an operator asked.
pub(crate) async fn send_ana_a_copy(postgres: &Postgres, post: &impl Post, window: &Window) {
    let occasion = Occasion {
        report: REPORT,
        period: &window.period,
        as_of: AS_OF,
        item: "",
        is_for_one: false,
        copy: "request-1",
    };
    let (mut client, ana) = (postgres.connect("report").await, [Recipient::parse(ANA).unwrap()]);
    delivery::deliver(&mut client, &Reopen(postgres), post, &occasion, &ana, window).await.unwrap();
}

/// Delivers over a session of its own.
pub(crate) async fn run(
    postgres: &Postgres,
    post: &impl Post,
    window: &Window,
    recipients: &[&str],
) -> Result<Tally, Name> {
    let mut client = postgres.connect("report").await;
    deliver((postgres, &mut client), post, REPORT, window, recipients).await
}

pub(crate) async fn status(client: &Client, period: &str, recipient: &str) -> Option<String> {
    let query = "SELECT status FROM ops.delivery WHERE period = $1 AND recipient = $2";
    client.query_opt(query, &[&period, &recipient]).await.unwrap().map(|row| row.get(0))
}

/// The ledger's id of the one delivery of a period.
pub(crate) async fn delivery_id(client: &Client, period: &str) -> String {
    let query = "SELECT delivery_id::text FROM ops.delivery WHERE period = $1";
    client.query_one(query, &[&period]).await.unwrap().get(0)
}

/// Ends a session as a network does, without a word to the one who holds it; it has ended when this returns.
pub(crate) async fn cut(admin: &Client, pid: i32) {
    admin.execute("SELECT pg_terminate_backend($1, 5000)", &[&pid]).await.unwrap();
}

pub(crate) async fn pid(client: &Client) -> i32 {
    client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0)
}
