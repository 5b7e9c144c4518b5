//! Short messages, through the real SDK and a server that answers as it is told.

use rounds_report::delivery::SendError;
use rounds_report::post::sms::Sms;
use rounds_testkit::http::{nobody, sdk};

use crate::service::{Service, letter};

const NUMBER: &str = "+351912345678";

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn error(status: &str, code: &str) -> String {
    answer(
        status,
        &format!("<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code></Error></ErrorResponse>"),
    )
}

async fn answered(answer: &str) -> Result<String, SendError> {
    let service = Service::answering(answer);
    let sent = Sms::new(&sdk(service.address).await).send(NUMBER, &letter()).await;
    assert_eq!(service.requests().len(), 1, "a message is handed over once, whatever the answer");
    sent
}

#[tokio::test]
async fn a_telephone_gets_the_short_form_as_a_transactional_message() {
    let taken = "<PublishResponse><PublishResult><MessageId>s1</MessageId></PublishResult></PublishResponse>";
    let service = Service::answering(&answer("200 OK", taken));
    let sent = Sms::new(&sdk(service.address).await).send(NUMBER, &letter()).await;
    assert_eq!(sent, Ok("s1".to_owned()));
    let request = service.requests().remove(0);
    for part in [
        "PhoneNumber=%2B351912345678",
        "Message=Completed%3A%2012%20",
        "AWS.SNS.SMS.SMSType",
        "Transactional",
    ] {
        assert!(request.contains(part), "{part} in {request}");
    }
}

#[tokio::test]
async fn answers_mean_what_they_mean_for_mails() {
    let code = |code: &str| code.to_owned();
    let refused = answered(&error("400 Bad Request", "InvalidParameter")).await;
    assert_eq!(refused, Err(SendError::Refused { service: "SNS", code: code("InvalidParameter") }));
    for (status, throttling) in
        [("400 Bad Request", "Throttling"), ("429 Too Many Requests", "ThrottledException")]
    {
        let throttled = answered(&error(status, throttling)).await;
        assert_eq!(throttled, Err(SendError::Throttled { service: "SNS", code: code(throttling) }));
    }
    let nameless = answer("200 OK", "<PublishResponse><PublishResult/></PublishResponse>");
    for answer in [String::new(), error("500 Internal Server Error", "InternalError"), nameless] {
        assert_eq!(answered(&answer).await, Err(SendError::Unknown { service: "SNS" }));
    }
    let unreachable = Sms::new(&sdk(nobody().unwrap()).await).send(NUMBER, &letter()).await;
    assert_eq!(unreachable, Err(SendError::Unreachable { service: "SNS" }));
}
