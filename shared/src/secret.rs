//! Secrets Manager at the edge: a secret's JSON, kept for minutes.

use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::aws::error_code;
use crate::failure::{Failure, Name};

/// A secret is read anew after this long.
const KEPT: Duration = Duration::from_secs(300);

/// A secret by its name or ARN.
pub struct Secret {
    client: Client,
    id: String,
    /// What people call it, such as `database secret`.
    what: &'static str,
    /// What its JSON has to be, for the error.
    expected: &'static str,
    text: Mutex<Option<(Instant, String)>>,
}

/// Why a secret could not be read. Holds codes, never its text.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager does not answer.
    #[error("the {what} cannot be read now ({code})")]
    Unavailable {
        /// The secret.
        what: &'static str,
        /// The service's code.
        code: String,
    },
    /// Secrets Manager refused.
    #[error("Secrets Manager does not give out the {what} ({code})")]
    Refused {
        /// The secret.
        what: &'static str,
        /// The service's code.
        code: String,
    },
    /// The secret has another shape.
    #[error("the {what} is not usable: it must be {expected}")]
    Shape {
        /// The secret.
        what: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl Failure for SecretError {
    fn name(&self) -> Name {
        match self {
            Self::Unavailable { .. } => Name::SecretUnavailable,
            Self::Refused { .. } | Self::Shape { .. } => Name::Secret,
        }
    }
}

impl Secret {
    /// A secret; nothing is read yet.
    #[must_use]
    pub fn new(client: Client, id: String, what: &'static str, expected: &'static str) -> Self {
        Self { client, id, what, expected, text: Mutex::new(None) }
    }

    /// What it holds, and whether that was read before; with `anew`, it is not.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub async fn read<T: DeserializeOwned>(&self, anew: bool) -> Result<(T, bool), SecretError> {
        let mut kept = self.text.lock().await;
        if let Some((read_at, text)) = kept.as_ref()
            && !anew
            && read_at.elapsed() < KEPT
        {
            return Ok((self.parse(text)?, true));
        }
        let answer = self.client.get_secret_value().secret_id(&self.id).send().await;
        let answer = answer.map_err(|error| self.refusal(&error))?;
        let text = answer.secret_string.ok_or_else(|| self.wrong_shape())?;
        let value = self.parse(&text)?;
        *kept = Some((Instant::now(), text));
        Ok((value, false))
    }

    fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, SecretError> {
        // The parse error is left out: it could quote the secret.
        serde_json::from_str(text).map_err(|_| self.wrong_shape())
    }

    /// The error of a secret that can be read but is not what it should be.
    #[must_use]
    pub const fn wrong_shape(&self) -> SecretError {
        SecretError::Shape { what: self.what, expected: self.expected }
    }

    fn refusal<E: ProvideErrorMetadata>(&self, error: &SdkError<E>) -> SecretError {
        let what = self.what;
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error_code(error.code()).unwrap_or("no answer").to_owned();
        match status {
            // Below 400: an answer that is not whole.
            Some(..400 | 429 | 500..) | None => SecretError::Unavailable { what, code },
            Some(_) if code.contains("Throttl") => SecretError::Unavailable { what, code },
            Some(_) => SecretError::Refused { what, code },
        }
    }
}
