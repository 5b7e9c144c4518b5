//! Mails through SES v2.

use std::error::Error as _;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::error::{ConnectorError, ProvideErrorMetadata as _, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{EmailContent, MessageTag, RawMessage};

use crate::delivery::{Mail, MailService, SendError};
use crate::mail::{Sender, compose};

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
}

impl MailService for Ses {
    async fn send(&self, mail: &Mail<'_>) -> Result<String, SendError> {
        let unwritten = || SendError::Refused { code: "the mail could not be composed".to_owned() };
        let raw = compose(mail.letter, &self.sender, mail.to, mail.delivery_id).map_err(|_| unwritten())?;
        let raw = RawMessage::builder().data(Blob::new(raw)).build().map_err(|_| unwritten())?;
        let tag = MessageTag::builder().name("delivery").value(mail.delivery_id).build();
        // The recipient stands in the To header; named as destination as well, it would be served twice by moto.
        let request = self
            .client
            .send_email()
            .content(EmailContent::builder().raw(raw).build())
            .email_tags(tag.map_err(|_| unwritten())?)
            .set_configuration_set_name(self.configuration_set.clone());
        let answer = request.send().await.map_err(|error| send_error(&error))?;
        Ok(answer.message_id.unwrap_or_default())
    }
}

/// What an error says about the mail. Only a definite refusal, or a connection that never stood, proves that it did
/// not go out.
fn send_error(error: &SdkError<SendEmailError>) -> SendError {
    let code = || error.code().unwrap_or("no code").to_owned();
    match error {
        SdkError::ConstructionFailure(_) => {
            SendError::Refused { code: "the request could not be made".to_owned() }
        }
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(never_connected) => {
            SendError::Unreachable
        }
        SdkError::ServiceError(answer) => match answer.raw().status().as_u16() {
            429 => SendError::Throttled { code: code() },
            400..=499 if code().contains("Throttl") || code() == "LimitExceededException" => {
                SendError::Throttled { code: code() }
            }
            400..=499 => SendError::Refused { code: code() },
            _ => SendError::Unknown,
        },
        _ => SendError::Unknown,
    }
}

/// Whether the chain of causes holds the HTTP client's own word that no connection was made: name resolution, TCP or
/// TLS failed before a byte of the request was written.
fn never_connected(error: &ConnectorError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|http| http.is_connect()) {
            return true;
        }
        cause = error.source();
    }
    false
}
