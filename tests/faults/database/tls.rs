//! Who is taken for the database, and who is not: against a PostgreSQL behind a TLS front, and without one.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rounds_shared::database::{Database, DatabaseError, Tls};
use rounds_shared::failure::{Class, Failure as _};
use rounds_testkit::faults::tls::{self, Authority};
use rounds_testkit::http;
use rounds_testkit::postgres::Postgres;
use serde_json::json;

/// The database of a secret that names this host and port.
async fn database(host: &str, port: u16, trusted: Tls) -> Database {
    let secret = json!({ "host": host, "port": port, "username": "rounds", "password": "" }).to_string();
    let body = json!({ "SecretString": secret }).to_string();
    let secrets = http::serve(move |_| Some(http::answer(200, "application/x-amz-json-1.1", &body))).unwrap();
    let client = aws_sdk_secretsmanager::Client::new(&http::sdk(secrets).await);
    Database::new(client, "database".to_owned(), None, trusted, "rounds-tests")
}

/// What a stage says of a database that it does not trust.
async fn refusal(database: &Database) -> String {
    let begun = Instant::now();
    let error = database.connect().await.map(|_| "a connection").unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5), "it is not tried again");
    assert_eq!(error.name().class(), Class::Defect, "{error}");
    assert!(matches!(error, DatabaseError::Untrusted(_)), "{error}");
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_trusted_by_authority_name_and_date_and_by_nothing_less() {
    let postgres = Postgres::with_port();
    let (authority, another) = (Authority::new("Ours"), Authority::new("Another"));
    let ours = || Tls::trusting([authority.certificate()]);
    let front = |signed_by: &Authority, host, years| {
        tls::front(postgres.port(), signed_by.server(host, years)).unwrap()
    };
    let valid = 2020..2500;

    let right = front(&authority, "localhost", valid.clone());
    let client = database("localhost", right, ours()).await.connect().await.unwrap();
    let answer =
        client.query_one("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()", &[]);
    assert_eq!(answer.await.unwrap().get::<_, &str>(0), "rounds-tests", "all passes, there and back");

    let cases = [
        ("localhost", front(&another, "localhost", valid.clone()), ours(), "not of Amazon's authorities"),
        ("localhost", right, Tls::VerifyFull, "not of Amazon's authorities"),
        ("localhost", front(&authority, "database.example", valid.clone()), ours(), "for another host name"),
        ("127.0.0.1", right, ours(), "for another host name"),
        ("localhost", front(&authority, "localhost", 2020..2021), ours(), "has expired"),
        ("localhost", front(&authority, "localhost", 2400..2500), ours(), "not valid yet"),
        ("localhost", postgres.port(), ours(), "speaks in the clear"),
    ];
    for (host, port, trusted, why) in cases {
        let told = refusal(&database(host, port, trusted).await).await;
        assert!(told.starts_with("PostgreSQL is not trusted: ") && told.contains(why), "{why}: {told}");
    }
}

#[tokio::test]
async fn a_server_that_takes_a_connection_and_says_nothing_counts_as_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let database = database("127.0.0.1", listener.local_addr().unwrap().port(), Tls::VerifyFull).await;
    let silent = std::thread::spawn(move || {
        // The first is hung up on, so that the secret is known before the clock stands still.
        drop(listener.accept());
        listener.accept()
    });
    assert_eq!(
        database.connect().await.map(drop).unwrap_err().name().as_str(),
        "Retryable.DatabaseUnreachable"
    );
    tokio::time::pause();
    let error = database.connect().await.map(drop).unwrap_err();
    assert_eq!(error.to_string(), "PostgreSQL does not answer (it takes the connection and says nothing)");
    assert_eq!(error.name().as_str(), "Retryable.DatabaseUnreachable");
    drop(silent.join());
}
