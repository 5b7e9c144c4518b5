//! Messages to chat rooms through their webhooks.
//!
//! A webhook's address holds the token that opens the room: it comes from a secret and goes nowhere but to the room's
//! host, neither into an error nor a log, and nothing here implements `Debug`.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use rounds_shared::http::{self, Http, NoAnswer};
use rounds_shared::secret::{Secret, SecretError};

use crate::post::SendError;
use crate::post::mail::Letter;

const SERVICE: &str = "the chat room";

/// After this long without an answer nobody knows whether the message went out.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Chat rooms by name.
pub struct Chat {
    rooms: Secret,
    http: Http,
}

impl Chat {
    /// The rooms of a secret, by its name or ARN: a JSON object, name to https address. It is read when the first
    /// message goes out.
    #[must_use]
    pub fn new(sdk: &SdkConfig, secret: String) -> Self {
        let client = aws_sdk_secretsmanager::Client::new(sdk);
        let expected = "a JSON object of the rooms' names and https addresses";
        Self { rooms: Secret::new(client, secret, "webhooks' secret", expected), http: Http::default() }
    }

    /// Posts what the letter says to a room. Rooms tell no id of a message, so that the answer is empty.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, room: &str, letter: &Letter) -> Result<String, SendError> {
        let text = serde_json::json!({ "text": letter.page.chat }).to_string();
        let json = [("content-type", "application/json")];
        let request = http::post(&self.address(room).await?, &json, text)
            .ok_or_else(|| refused("its address in the webhooks' secret is no https address"))?;
        match tokio::time::timeout(TIMEOUT, self.http.send(request)).await {
            Ok(Ok(answer)) => taken(answer.status().as_u16()),
            Ok(Err(NoAnswer::Unreachable)) => Err(SendError::Unreachable { service: SERVICE }),
            Ok(Err(NoAnswer::Lost)) | Err(_) => Err(SendError::Unknown { service: SERVICE }),
        }
    }

    /// The address of a room; the secret is read anew if it was kept from before the room was in it.
    async fn address(&self, room: &str) -> Result<String, SendError> {
        let mut anew = false;
        loop {
            let (mut rooms, is_kept) =
                self.rooms.read::<BTreeMap<String, String>>(anew).await.map_err(unread)?;
            match rooms.remove(room) {
                Some(address) => return Ok(address),
                None if is_kept => anew = true,
                None => return Err(refused("the webhooks' secret has no room of this name")),
            }
        }
    }
}

fn refused(code: &str) -> SendError {
    SendError::Refused { service: SERVICE, code: code.to_owned() }
}

/// Without its address, nothing went to the room.
fn unread(error: SecretError) -> SendError {
    match error {
        SecretError::Unavailable { .. } => SendError::Unreachable { service: "Secrets Manager" },
        error => refused(&error.to_string()),
    }
}

/// What a status says about the message. A redirection is not followed: the token is for this host alone.
fn taken(status: u16) -> Result<String, SendError> {
    match status {
        200..=299 => Ok(String::new()),
        429 => Err(SendError::Throttled { service: SERVICE, code: "status 429".to_owned() }),
        300..=499 => Err(refused(&format!("status {status}"))),
        _ => Err(SendError::Unknown { service: SERVICE }),
    }
}
