//! What SES's answers mean, through the real SDK and a server that answers as it is told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_sesv2::config::{Credentials, Region, SharedCredentialsProvider};
use rounds_report::delivery::{Mail, MailService as _, SendError};
use rounds_report::mail::{Letter, Sender};
use rounds_report::page::Page;
use rounds_report::ses::Ses;

/// Sends one mail to a server at `address`.
async fn send(address: SocketAddr) -> Result<String, SendError> {
    let credentials = Credentials::builder().access_key_id("a").secret_access_key("b").provider_name("test");
    let sdk = rounds_shared::aws::sdk_config().await.into_builder();
    let sdk = sdk
        .endpoint_url(format!("http://{address}"))
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials.build()));
    let ses = Ses::new(&sdk.build(), Sender::parse("reports@clinic.example").unwrap(), None);
    let page = Page { subject: "S".to_owned(), html: "H".to_owned(), text: "T".to_owned() };
    let letter = Letter { page, attachments: vec![] };
    ses.send(&Mail { delivery_id: "d", to: "ana@clinic.example", letter: &letter }).await
}

/// A server that gives every request this answer and hangs up, and counts the requests.
fn server(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            seen.fetch_add(1, Ordering::SeqCst);
            // The whole of these small requests comes in one or two reads; what matters is that some of it came.
            let _ = connection.read(&mut [0; 65536]);
            std::thread::sleep(std::time::Duration::from_millis(20));
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    (address, requests)
}

async fn answered(answer: &'static str) -> Result<String, SendError> {
    let (address, requests) = server(answer);
    let sent = send(address).await;
    assert_eq!(requests.load(Ordering::SeqCst), 1, "a mail is handed over once, whatever the answer");
    sent
}

#[tokio::test]
async fn a_mail_that_ses_takes_has_its_id() {
    let taken = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{\"MessageId\":\"m1\"}";
    assert_eq!(answered(taken).await, Ok("m1".to_owned()));
}

#[tokio::test]
async fn a_refusal_and_throttling_are_definite() {
    let rejected =
        "HTTP/1.1 400 Bad Request\r\nx-amzn-errortype: MessageRejected\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(answered(rejected).await, Err(SendError::Refused { code: "MessageRejected".to_owned() }));
    let throttled = "HTTP/1.1 429 Too Many Requests\r\nx-amzn-errortype: TooManyRequestsException\r\ncontent-length: 2\r\n\r\n{}";
    let code = "TooManyRequestsException".to_owned();
    assert_eq!(answered(throttled).await, Err(SendError::Throttled { code }));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody_listens = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(send(nobody_listens).await, Err(SendError::Unreachable));
}

#[tokio::test]
async fn an_answer_that_says_nothing_leaves_it_open() {
    let failed = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}";
    let garbled = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"Message";
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", garbled, failed] {
        assert_eq!(answered(answer).await, Err(SendError::Unknown), "{answer:?}");
    }
}
