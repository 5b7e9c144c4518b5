//! Messages to chat rooms, with servers that stand in for the rooms and for Secrets Manager.

use rounds_report::delivery::SendError;
use rounds_report::post::chat::Chat;
use rounds_testkit::http::{nobody, sdk};

use crate::service::{Service, json, letter};

/// Sends to the room `care`, whose address is this.
async fn send_to(address: &str) -> Result<String, SendError> {
    let rooms = serde_json::json!({ "care": address }).to_string();
    let secret = serde_json::json!({ "ARN": "arn", "Name": "webhooks", "SecretString": rooms }).to_string();
    let secrets = Service::answering(&json("200 OK", &secret));
    let sent = Chat::new(&sdk(secrets.address).await, "webhooks".to_owned()).send("care", &letter()).await;
    if let Err(error) = &sent {
        assert!(!format!("{error} {error:?}").contains("token"), "an address holds a token");
    }
    sent
}

async fn answered(answer: &str) -> Result<String, SendError> {
    let room = Service::answering(answer);
    let sent = send_to(&format!("http://{}/hooks/token", room.address)).await;
    assert_eq!(room.requests().len(), 1, "a message is posted once, whatever the answer");
    sent
}

fn refused(code: &str) -> Result<String, SendError> {
    Err(SendError::Refused { service: "the chat room", code: code.to_owned() })
}

#[tokio::test]
async fn a_room_gets_the_short_form_as_json() {
    let room = Service::answering(&json("200 OK", "ok"));
    assert_eq!(send_to(&format!("http://{}/hooks/token?x=1", room.address)).await, Ok(String::new()));
    let request = room.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hooks/token?x=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(body, r#"{"text":"Completed: 12 “new”, 21 November 2026"}"#);
}

#[tokio::test]
async fn a_status_says_whether_the_message_went_out() {
    assert_eq!(answered(&json("204 No Content", "")).await, Ok(String::new()));
    let throttled = SendError::Throttled { service: "the chat room", code: "status 429".to_owned() };
    assert_eq!(answered(&json("429 Too Many Requests", "")).await, Err(throttled));
    assert_eq!(answered(&json("404 Not Found", "token")).await, refused("status 404"));
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/token\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(answered(moved).await, refused("status 302"), "the token is for this host alone");
    for answer in ["", "HTTP/1.1 garbage", &json("503 Service Unavailable", "")] {
        assert_eq!(
            answered(answer).await,
            Err(SendError::Unknown { service: "the chat room" }),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let unreachable = SendError::Unreachable { service: "the chat room" };
    assert_eq!(send_to(&format!("http://{}/token", nobody().unwrap())).await, Err(unreachable));
}

#[tokio::test]
async fn only_https_leaves_this_machine() {
    let wrong = refused("its address in the webhooks' secret is no https address");
    for address in [
        "http://chat.example/token",
        "http://127.0.0.1@chat.example/token",
        "ftp://127.0.0.1/token",
        "/token",
        "",
        "token",
    ] {
        assert_eq!(send_to(address).await, wrong, "{address}");
    }
}

#[tokio::test]
async fn a_room_that_the_secret_does_not_have_is_refused_by_name() {
    let secret = serde_json::json!({ "ARN": "arn", "Name": "webhooks", "SecretString": "{}" }).to_string();
    let secrets = Service::answering(&json("200 OK", &secret));
    let chat = Chat::new(&sdk(secrets.address).await, "webhooks".to_owned());
    for _ in 0..2 {
        let sent = chat.send("care", &letter()).await;
        assert_eq!(sent, refused("the webhooks' secret has no room of this name"));
    }
    assert_eq!(secrets.requests().len(), 2, "what was kept is read anew before a room is said to be missing");
}
