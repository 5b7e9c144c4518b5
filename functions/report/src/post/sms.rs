//! Short messages through SNS.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::post::mail::Letter;
use crate::post::{SendError, send_error, taken};

const SERVICE: &str = "SNS";

/// After this long without an answer nobody knows whether the message went out.
const TIMEOUT: Duration = Duration::from_secs(30);

/// SNS, for telephones.
pub struct Sms {
    client: Client,
}

impl Sms {
    /// A client that sends each message once: SNS has no idempotency token for telephones either.
    #[must_use]
    pub fn new(sdk: &SdkConfig) -> Self {
        let config = aws_sdk_sns::config::Builder::from(sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build());
        Self { client: Client::from_conf(config.build()) }
    }

    /// Hands over the letter's short form and answers SNS's id of it.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, to: &str, letter: &Letter) -> Result<String, SendError> {
        // Transactional messages are the ones that carriers are asked to deliver with certainty.
        let kind = MessageAttributeValue::builder().data_type("String").string_value("Transactional").build();
        let unwritten =
            |_| SendError::Refused { service: SERVICE, code: "the message could not be made".to_owned() };
        let request = self
            .client
            .publish()
            .phone_number(to)
            .message(&letter.page.short)
            .message_attributes("AWS.SNS.SMS.SMSType", kind.map_err(unwritten)?);
        let answer = request.send().await.map_err(|error| send_error(SERVICE, &error))?;
        taken(SERVICE, answer.message_id)
    }
}
