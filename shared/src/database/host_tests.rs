//! Where a database is: its secret says so, or the deployment does.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};

use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};

use super::*;

/// What a PostgreSQL says to whoever connects while it starts: an error of SQLSTATE 57P03.
const STARTING: &[u8] = b"E\0\0\0\x1dSFATAL\0C57P03\0Mstarting\0\0";

/// Serves every connection this answer, once it has said something; the port.
fn answering(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(&answer);
        }
    });
    port
}

/// How a database answers whose secret says `host`, with or without the deployment's word.
async fn connect(secret: &str, host: Option<&str>) -> DatabaseError {
    let secret = secret.replace("PORT", &answering(STARTING.to_vec()).to_string());
    let body = serde_json::json!({"ARN": "arn", "Name": "database", "SecretString": secret}).to_string();
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(format!("http://127.0.0.1:{}", answering(answer.into_bytes())))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let secrets = aws_sdk_secretsmanager::Client::from_conf(config.build());
    let host = host.map(str::to_owned);
    let database = Database::new(secrets, "database".to_owned(), host, Tls::Disable, "test");
    database.connect().await.map(drop).unwrap_err()
}

#[tokio::test]
async fn a_secret_without_a_host_leads_to_the_one_of_the_deployment() {
    let error = connect(r#"{"username": "u", "password": "p", "port": PORT}"#, Some("127.0.0.1")).await;
    assert!(matches!(&error, DatabaseError::Busy(code) if code == "57P03"), "{error}");
}

#[tokio::test]
async fn the_host_of_the_secret_comes_before_that_of_the_deployment() {
    let secret = r#"{"username": "u", "password": "p", "host": "127.0.0.1", "port": PORT}"#;
    let error = connect(secret, Some("elsewhere.invalid")).await;
    assert!(matches!(&error, DatabaseError::Busy(code) if code == "57P03"), "{error}");
}

#[tokio::test]
async fn without_either_the_secret_is_of_the_wrong_shape_and_not_quoted() {
    let error = connect(r#"{"username": "u", "password": "hush", "port": PORT}"#, None).await;
    assert_eq!(error.name(), Name::Secret);
    let said = error.to_string();
    assert!(said.contains("host unless DATABASE_HOST says it") && !said.contains("hush"), "{said}");
}
