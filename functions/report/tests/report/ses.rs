//! What SES is handed, and what its answers mean, through the real SDK and a server that answers as it is told.

use std::net::SocketAddr;
use std::time::Duration;

use mail_parser::MessageParser;
use mail_parser::decoders::base64::base64_decode;
use rounds_report::delivery::SendError;
use rounds_report::post::mail::{Letter, Sender};
use rounds_report::post::ses::Ses;
use rounds_report::rendering::content::{File, Picture};
use rounds_testkit::http::{nobody, sdk};

use crate::service::{Service, json, letter};

/// Sends one mail to a server at `address`.
async fn send(address: SocketAddr, letter: &Letter) -> Result<String, SendError> {
    let sender = Sender::parse("Reports <reports@clinic.example>").unwrap();
    let ses = Ses::new(&sdk(address).await, sender, Some("rounds".to_owned()));
    ses.send("6f1c0f1e-8f57-4a6f-9c39-3f1b6f0f0b6a", "ana@clinic.example", letter).await
}

async fn answered(answer: &str) -> Result<String, SendError> {
    let service = Service::answering(answer);
    let sent = send(service.address, &letter()).await;
    assert_eq!(service.requests().len(), 1, "a mail is handed over once, whatever the answer");
    sent
}

#[tokio::test]
async fn a_mail_arrives_whole_with_the_deliverys_tag_and_has_sess_id() {
    let service = Service::answering(&json("200 OK", r#"{"MessageId":"m1"}"#));
    let mut letter = letter();
    let png = vec![137, 80, 78, 71, 0];
    letter.pictures = vec![Picture { section: 0, png, width: 1, height: 1, alt: "A bar".to_owned() }];
    let workbook = File {
        name: "completed.xlsx".to_owned(),
        media_type: "application/zip",
        content: vec![0, 255],
        key: String::new(),
    };
    letter.attachments = vec![workbook];
    assert_eq!(send(service.address, &letter).await, Ok("m1".to_owned()));

    let request = service.requests().remove(0);
    let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["ConfigurationSetName"], "rounds");
    assert_eq!(body["EmailTags"][0]["Name"], "delivery");
    assert_eq!(body["EmailTags"][0]["Value"], "6f1c0f1e-8f57-4a6f-9c39-3f1b6f0f0b6a");
    let raw = base64_decode(body["Content"]["Raw"]["Data"].as_str().unwrap().as_bytes()).unwrap();
    let mail = MessageParser::default().parse(&raw).unwrap();
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ana@clinic.example"));
    assert_eq!(mail.message_id(), Some("6f1c0f1e-8f57-4a6f-9c39-3f1b6f0f0b6a@clinic.example"));
    let picture = mail
        .parts
        .iter()
        .find(|part| mail_parser::MimeHeaders::content_id(*part) == Some("chart-1"))
        .unwrap();
    assert_eq!(picture.contents(), [137, 80, 78, 71, 0]);
    let workbook = mail
        .parts
        .iter()
        .find(|part| mail_parser::MimeHeaders::attachment_name(*part) == Some("completed.xlsx"));
    assert_eq!(workbook.unwrap().contents(), [0, 255]);
}

#[tokio::test]
async fn a_refusal_and_throttling_are_definite() {
    let answer = |status: &str, code: &str| {
        format!("HTTP/1.1 {status}\r\nx-amzn-errortype: {code}\r\ncontent-length: 2\r\n\r\n{{}}")
    };
    let rejected = answered(&answer("400 Bad Request", "MessageRejected")).await;
    assert_eq!(rejected, Err(SendError::Refused { service: "SES", code: "MessageRejected".to_owned() }));
    let quoting = answered(&answer("400 Bad Request", "CANARY <canary@clinic.example>")).await;
    assert_eq!(quoting, Err(SendError::Refused { service: "SES", code: "no code".to_owned() }));
    for (status, code) in [
        ("429 Too Many Requests", "TooManyRequestsException"),
        ("400 Bad Request", "LimitExceededException"),
        ("400 Bad Request", "ThrottlingException"),
    ] {
        let throttled = answered(&answer(status, code)).await;
        assert_eq!(throttled, Err(SendError::Throttled { service: "SES", code: code.to_owned() }));
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    assert_eq!(send(nobody().unwrap(), &letter()).await, Err(SendError::Unreachable { service: "SES" }));
}

#[tokio::test]
async fn an_answer_that_says_nothing_leaves_it_open() {
    let garbled = json("200 OK", "{\"Message");
    let failed = json("500 Internal Server Error", "{}");
    let nameless = json("200 OK", "{}");
    let empty = "HTTP/1.1 204 No Content\r\n\r\n";
    let odd = ["", " ", "a\\u0000b", "é", &"x".repeat(100_000)]
        .map(|id| json("200 OK", &format!("{{\"MessageId\":\"{id}\"}}")));
    let broken_off = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{";
    let answers = ["", broken_off, &garbled, &failed, &nameless, empty];
    for answer in answers.into_iter().chain(odd.iter().map(String::as_str)) {
        assert_eq!(answered(answer).await, Err(SendError::Unknown { service: "SES" }), "{answer:.99}");
    }
}

#[tokio::test]
async fn a_service_that_does_not_answer_in_half_a_minute_leaves_it_open() {
    let service = Service::lingering("", Duration::from_secs(60));
    let address = service.address;
    let begun = tokio::time::Instant::now();
    let sent = tokio::spawn(async move { send(address, &letter()).await });
    while service.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // It was handed over. From here the clock has nothing to wait for but the answer.
    tokio::time::pause();
    assert_eq!(sent.await.unwrap(), Err(SendError::Unknown { service: "SES" }));
    assert!((30.0..40.0).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
    assert_eq!(service.requests().len(), 1);
}
