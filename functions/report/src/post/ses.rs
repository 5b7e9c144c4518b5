//! Mails through SES v2.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{EmailContent, MessageTag, RawMessage};

use crate::post::mail::{Letter, Sender, compose};
use crate::post::{SendError, send_error, taken};

const SERVICE: &str = "SES";

/// After this long without an answer nobody knows whether the mail went out.
const TIMEOUT: Duration = Duration::from_secs(30);

/// SES, for one sender.
pub struct Ses {
    client: Client,
    sender: Sender,
    configuration_set: Option<String>,
}

impl Ses {
    /// A client that sends each mail once: SES has no idempotency token, so a request that the SDK repeats after a
    /// lost answer would be a second mail.
    #[must_use]
    pub fn new(sdk: &SdkConfig, sender: Sender, configuration_set: Option<String>) -> Self {
        let config = aws_sdk_sesv2::config::Builder::from(sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build());
        Self { client: Client::from_conf(config.build()), sender, configuration_set }
    }

    /// Hands over one mail, tagged with the delivery's id, and answers SES's id of it.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, delivery_id: &str, to: &str, letter: &Letter) -> Result<String, SendError> {
        let unwritten =
            || SendError::Refused { service: SERVICE, code: "the mail could not be composed".to_owned() };
        let raw = compose(letter, &self.sender, to, delivery_id).map_err(|_| unwritten())?;
        let raw = RawMessage::builder().data(Blob::new(raw)).build().map_err(|_| unwritten())?;
        let tag = MessageTag::builder().name("delivery").value(delivery_id).build();
        // The recipient stands in the To header; named as destination as well, it would be served twice by moto.
        let request = self
            .client
            .send_email()
            .content(EmailContent::builder().raw(raw).build())
            .email_tags(tag.map_err(|_| unwritten())?)
            .set_configuration_set_name(self.configuration_set.clone());
        let answer = request.send().await.map_err(|error| send_error(SERVICE, &error))?;
        taken(SERVICE, answer.message_id)
    }
}
