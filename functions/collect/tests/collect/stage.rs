//! The stage in a clinic group of its own.

use jiff::civil::{Date, date};
use rounds_collect::context::Context;
use rounds_collect::error::Error;
use rounds_collect::handler::handle;
use rounds_shared::configuration::Configuration;
use rounds_shared::failure::Failure as _;
use rounds_shared::payload::{CollectRequest, CollectResponse, CollectStory, Order, Request};
use rounds_testkit::billing::{Books, CANARIES};
use rounds_testkit::postgres::Postgres;
use rounds_testkit::vendor::{ANY, Behaviour, Credentials, Vendor};
use serde_json::json;
use tokio_postgres::Client;

use crate::service::Aws;

pub(crate) const DAY: Date = date(2026, 11, 21);
pub(crate) const ANNE: &str = "10000011";
pub(crate) const BETH: &str = "10000012";
pub(crate) const USER: &str = "canary-user";
pub(crate) const PASSWORD: &str = "canary-password";

/// The stage, with all that it talks to.
pub(crate) struct Stage {
    pub(crate) context: Context,
    pub(crate) aws: Aws,
    pub(crate) vendor: Vendor,
    pub(crate) client: Client,
    _postgres: Postgres,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these variables as well.
    pub(crate) async fn with(set: &[(&'static str, &str)]) -> Self {
        let postgres = Postgres::start();
        let client = postgres.connect("test").await;
        let credentials = Credentials { user: USER.to_owned(), password: PASSWORD.to_owned() };
        let books = Books { seed: Books::SEED, as_of: DAY };
        let vendor = Vendor::start_with(books, Some(credentials)).unwrap();
        let aws = Aws::default();
        aws.set_secret("database", json!({ "host": postgres.host(), "username": "rounds", "password": "" }));
        aws.set_secret("vendor", json!({ "username": USER, "password": PASSWORD }));
        let set: Vec<(&str, String)> = set.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        let url = vendor.url();
        let environment = Configuration::of(move |name| {
            let value = match name {
                _ if set.iter().any(|(known, _)| *known == name) => {
                    set.iter().find(|(known, _)| *known == name)?.1.clone()
                }
                "LANDING_BUCKET" => "landing".to_owned(),
                "DATABASE_SECRET_ARN" => "database".to_owned(),
                "DATABASE_TLS" => "disable".to_owned(),
                "COLLECT_SECRET_ARN" => "vendor".to_owned(),
                "COLLECT_URL" => url.clone(),
                "COLLECT_ACCOUNTS" => json!([ANNE, BETH]).to_string(),
                _ => return None,
            };
            Some(value)
        });
        let context = Context::of(&environment, &aws.start().await).unwrap();
        context.session().await.unwrap();
        Self { context, aws, vendor, client, _postgres: postgres }
    }

    /// How the vendor answers to whatever it is asked.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.vendor.behave(ANY, ANY, behaviour);
    }

    pub(crate) async fn ask(&self, request: &Request) -> Result<CollectResponse, Error> {
        harmless(handle(&self.context, CollectRequest::Ask(request.clone())).await)
    }

    pub(crate) async fn fetch(&self, request: &Request) -> Result<CollectResponse, Error> {
        harmless(handle(&self.context, CollectRequest::Fetch(request.clone())).await)
    }

    /// Asks and fetches as the state machine does, without its pauses.
    pub(crate) async fn collect(&self, request: &Request) -> Result<CollectResponse, Error> {
        let mut response = self.ask(request).await?;
        for _ in 0..10_000 {
            response = match response {
                CollectResponse::Busy => self.ask(request).await?,
                CollectResponse::Running => self.fetch(request).await?,
                end => return Ok(end),
            };
        }
        panic!("{request:?} takes for ever");
    }

    /// Collects as the state machine does, and writes down what fails.
    pub(crate) async fn run(&self, order: &Order) {
        for request in self.plan(order).await {
            if let Err(error) = self.collect(&request).await {
                self.fail(&request, &error).await;
            }
        }
    }

    pub(crate) async fn plan(&self, order: &Order) -> Vec<Request> {
        match handle(&self.context, CollectRequest::Plan(order.clone())).await.unwrap() {
            CollectResponse::Planned { requests, .. } => requests,
            other => panic!("{other:?} is no plan"),
        }
    }

    pub(crate) async fn fail(&self, request: &Request, error: &Error) {
        let (name, cause) = (error.name().to_string(), error.to_string());
        let fail = CollectRequest::Fail { request: request.clone(), error: name, cause };
        assert_eq!(handle(&self.context, fail).await.unwrap(), CollectResponse::Noted);
    }

    /// What the ledger says, the latest first.
    pub(crate) async fn stories(&self) -> Vec<CollectStory> {
        let status = CollectRequest::Status { as_of: None, number: 10_000 };
        match handle(&self.context, status).await.unwrap() {
            CollectResponse::Told { requests } => requests,
            other => panic!("{other:?} is no list"),
        }
    }

    pub(crate) async fn story(&self, request: &Request) -> Option<CollectStory> {
        self.stories().await.into_iter().find(|story| story.request == *request)
    }

    /// The paths that the vendor was asked for which end so.
    pub(crate) fn asked(&self, end: &str) -> usize {
        self.vendor.requests().iter().filter(|asked| asked.path.ends_with(end)).count()
    }

    /// As if so many minutes had passed since the vendor was asked.
    pub(crate) async fn age(&self, minutes: i32) {
        let aged = "UPDATE ops.collection SET requested_at = requested_at - make_interval(mins => $1)";
        self.client.execute(aged, &[&minutes]).await.unwrap();
    }
}

/// Whatever an error says, it tells nobody's secrets.
fn harmless(answer: Result<CollectResponse, Error>) -> Result<CollectResponse, Error> {
    if let Err(error) = &answer {
        let text = format!("{error} {error:?}").to_lowercase();
        let names = CANARIES.iter().chain(&["canary", "basic "]);
        names.for_each(|name| assert!(!text.contains(name), "an error says {name}"));
    }
    answer
}

/// AR aging of an account on a day.
pub(crate) fn request(account: &str, as_of: Date) -> Request {
    Request { account: account.to_owned(), report: "ar_aging".to_owned(), as_of, again: String::new() }
}

/// AR aging of all accounts on a day.
pub(crate) fn order(as_of: Date) -> Order {
    Order { as_of: Some(as_of), reports: vec!["ar_aging".to_owned()], ..Order::default() }
}

/// The key of a file that was dropped.
pub(crate) fn dropped(response: CollectResponse) -> String {
    match response {
        CollectResponse::Dropped { key } => key,
        other => panic!("{other:?} is no drop"),
    }
}

/// The key of a file without rows.
pub(crate) fn empty(response: CollectResponse) -> String {
    match response {
        CollectResponse::Empty { key } => key,
        other => panic!("{other:?} is not empty"),
    }
}
