//! Where letters are handed over, and what the answers mean.

pub mod chat;
pub mod mail;
pub mod pace;
pub mod recipient;
pub mod ses;
pub mod sms;

use aws_config::SdkConfig;
use aws_sdk_sesv2::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use rounds_shared::aws;
use rounds_shared::catalog::Channel;
use rounds_shared::configuration::{self, Configuration};
use rounds_shared::failure::{Failure, Name};
use rounds_shared::http::never_connected;

use crate::post::chat::Chat;
use crate::post::mail::{Letter, Sender};
use crate::post::recipient::Recipient;
use crate::post::ses::Ses;
use crate::post::sms::Sms;

/// Most characters of a service's id of a letter, several times as many as they have.
const ID: usize = 256;

/// A service that takes letters.
pub trait Post: Sync {
    /// Waits until the next letter may be handed over. Nothing is claimed for it yet.
    fn turn(&self, _: Channel) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Hands over one letter to one address and answers the service's id of it. An implementation must not try twice by
    /// itself: no service can be asked to ignore a second one.
    fn send(
        &self,
        channel: Channel,
        delivery_id: &str,
        to: &str,
        letter: &Letter,
    ) -> impl Future<Output = Result<String, SendError>> + Send;
}

/// Why a letter was not handed over, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too many for now; it did not go out.
    #[error("{service} throttles ({code}); the letters that are left go out when the stage runs again")]
    Throttled {
        /// Who says so.
        service: &'static str,
        /// Its code.
        code: String,
    },
    /// No connection came about; it did not go out.
    #[error("{service} cannot be reached; the letters that are left go out when the stage runs again")]
    Unreachable {
        /// Who cannot be reached.
        service: &'static str,
    },
    /// The service will not take it; it did not go out.
    #[error("{service} refused it ({code})")]
    Refused {
        /// Who says so.
        service: &'static str,
        /// Its code.
        code: String,
    },
    /// No answer, or none that says anything: it may have gone out.
    #[error("{service} did not say whether it went out")]
    Unknown {
        /// Who did not say.
        service: &'static str,
    },
}

impl Failure for SendError {
    fn name(&self) -> Name {
        match self {
            Self::Throttled { .. } => Name::MailThrottled,
            Self::Unreachable { .. } => Name::MailUnavailable,
            Self::Refused { .. } | Self::Unknown { .. } => Name::Mail,
        }
    }
}

/// Every channel's service.
pub struct Office {
    ses: Option<Ses>,
    sms: Sms,
    chat: Option<Chat>,
}

impl Office {
    /// Reads `MAIL_FROM`, `SES_CONFIGURATION_SET` and `WEBHOOKS_SECRET_ARN`. The first and the last are needed where a
    /// recipient has that channel; without them, letters to addresses that only a row names are refused.
    ///
    /// # Errors
    /// A variable that is missing or wrong.
    pub fn new(
        sdk: &SdkConfig,
        environment: &Configuration,
        recipients: &mut dyn Iterator<Item = &Recipient>,
    ) -> Result<Self, configuration::Error> {
        let (mut is_mailed, mut is_chatted) = (false, false);
        for recipient in recipients {
            is_mailed |= recipient.channel == Channel::Email;
            is_chatted |= recipient.channel == Channel::Chat;
        }
        let variable = |name, is_needed| match environment.optional(name) {
            None if is_needed => Err(configuration::Error::Missing(name)),
            text => Ok(text),
        };
        let sender = variable("MAIL_FROM", is_mailed)?.map(|text| {
            let expected =
                "an address such as `reports@clinic.example` or `Reports <reports@clinic.example>`";
            Sender::parse(&text).ok_or(configuration::Error::wrong("MAIL_FROM", expected))
        });
        let configuration_set = environment.optional("SES_CONFIGURATION_SET");
        let sdk = &sdk.to_builder().http_client(aws::connection_per_request()).build();
        Ok(Self {
            ses: sender.transpose()?.map(|sender| Ses::new(sdk, sender, configuration_set)),
            sms: Sms::new(sdk),
            chat: variable("WEBHOOKS_SECRET_ARN", is_chatted)?.map(|secret| Chat::new(sdk, secret)),
        })
    }
}

impl Post for Office {
    async fn send(
        &self,
        channel: Channel,
        delivery_id: &str,
        to: &str,
        letter: &Letter,
    ) -> Result<String, SendError> {
        let unset = |name: &str| SendError::Refused {
            service: "the configuration",
            code: format!("{name} is not set"),
        };
        match channel {
            Channel::Email => match &self.ses {
                Some(ses) => ses.send(delivery_id, to, letter).await,
                None => Err(unset("MAIL_FROM")),
            },
            Channel::Sms => self.sms.send(to, letter).await,
            Channel::Chat => match &self.chat {
                Some(chat) => chat.send(to, letter).await,
                None => Err(unset("WEBHOOKS_SECRET_ARN")),
            },
            Channel::Page | Channel::File | Channel::Mart => {
                let code = "a page or a file is stored, not sent".to_owned();
                Err(SendError::Refused { service: "the catalog", code })
            }
        }
    }
}

/// The service's id of a letter that it took. Without one, or with what can be none, it is not known who answered: a proxy in
/// between may have.
pub(crate) fn taken(service: &'static str, id: Option<String>) -> Result<String, SendError> {
    let is_id = |id: &String| (1..=ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    id.filter(is_id).ok_or(SendError::Unknown { service })
}

/// What an error of an AWS service says about the letter. Only a definite refusal, or a connection that never stood,
/// proves that it did not go out.
pub(crate) fn send_error<E: ProvideErrorMetadata>(
    service: &'static str,
    error: &SdkError<E, Response>,
) -> SendError {
    let code = || aws::error_code(error.code()).unwrap_or("no code").to_owned();
    match error {
        SdkError::ConstructionFailure(_) => {
            SendError::Refused { service, code: "the request could not be made".to_owned() }
        }
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(never_connected) => {
            SendError::Unreachable { service }
        }
        SdkError::ServiceError(answer) => match answer.raw().status().as_u16() {
            429 => SendError::Throttled { service, code: code() },
            400..=499 if code().contains("Throttl") || code() == "LimitExceededException" => {
                SendError::Throttled { service, code: code() }
            }
            400..=499 => SendError::Refused { service, code: code() },
            _ => SendError::Unknown { service },
        },
        _ => SendError::Unknown { service },
    }
}
