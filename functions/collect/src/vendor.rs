//! The vendor's Web API.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rounds_shared::failure::{Failure, Name};
use rounds_shared::http::{self, Http, NoAnswer};
use rounds_shared::secret::{Secret, SecretError};
use serde::Deserialize;

use crate::answer::{Answer, Refusal, Says, Unclear};
use crate::task::Task;

/// What the secret has to be.
pub const EXPECTED: &str = "a JSON object with `username` and `password`";

/// How long an answer may take, all of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes of an answer: 64 MiB. Three times as much memory is needed to read it.
pub const ANSWER_BYTES: usize = 64 << 20;

/// A vendor, asked with the credentials of a secret.
pub struct Vendor {
    /// The vendor's numbers of the accounts that it is asked about.
    pub accounts: Vec<String>,
    http: Http,
    url: String,
    secret: Secret,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

/// Why the vendor did not do what it was asked. Holds codes and known phrases, never the vendor's own text.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// Nothing was sent, or the vendor does not take requests now.
    #[error("the vendor cannot be asked now ({0}); ask again later")]
    Unavailable(&'static str),
    /// The vendor says that it failed.
    #[error("the vendor fails (status {0}); ask again later")]
    Failing(u16),
    /// The vendor was asked, and nobody knows what it made of it.
    #[error("the vendor did not answer ({0}); ask again later")]
    Unheard(&'static str),
    /// There will be no report.
    #[error("{0}")]
    Refused(Refusal),
    /// The vendor gave up running the report.
    #[error(
        "the vendor gave up running it (REPORT TIMED OUT); narrow its filter there, or ask again with \
         `rounds collect run --again`"
    )]
    TimedOut,
    /// The answer cannot be understood.
    #[error("{0}")]
    Unclear(Unclear),
    /// The secret with the credentials.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Whether the vendor may be running the report that it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It is not.
    None,
    /// It may be; if it is, it says so when it is asked again.
    UntilAskedAgain,
    /// It may be.
    Lasting,
}

impl VendorError {
    /// What is known of the run after this error.
    #[must_use]
    pub fn doubt(&self) -> Doubt {
        match self {
            Self::Unavailable(_) | Self::Refused(_) | Self::TimedOut | Self::Secret(_) => Doubt::None,
            Self::Failing(_) | Self::Unclear(_) => Doubt::UntilAskedAgain,
            Self::Unheard(_) => Doubt::Lasting,
        }
    }
}

impl Failure for VendorError {
    fn name(&self) -> Name {
        match self {
            Self::Unavailable(_) | Self::Failing(_) | Self::Unheard(_) => Name::VendorUnavailable,
            Self::Refused(_) => Name::VendorRefused,
            Self::TimedOut => Name::VendorTimedOut,
            Self::Unclear(Unclear::TooLarge | Unclear::AnothersRun) => Name::VendorAnswer,
            Self::Unclear(_) => Name::VendorUnclear,
            Self::Secret(error) => error.name(),
        }
    }
}

impl Vendor {
    /// The vendor at `url`, which has no slash at its end. Nothing is read or connected yet.
    #[must_use]
    pub fn new(accounts: Vec<String>, url: String, secret: Secret) -> Self {
        Self { accounts, http: Http::default(), url, secret }
    }

    /// Has it run a report.
    ///
    /// # Errors
    /// See [`VendorError`].
    pub async fn run(&self, task: &Task<'_>) -> Result<Answer, VendorError> {
        let Task { request, report, filter, .. } = task;
        let path = format!("/v1/customer/{}/reports/{report}/filter/{filter}/run", request.account);
        let answer = self.post(&path).await?;
        if matches!(answer.says, Says::Done | Says::Running) && answer.identifier.is_none() {
            return Err(VendorError::Unclear(Unclear::Identifier));
        }
        Ok(answer)
    }

    /// Asks for the results of a run.
    ///
    /// # Errors
    /// See [`VendorError`].
    pub async fn results(&self, task: &Task<'_>, identifier: &str) -> Result<Answer, VendorError> {
        let path = format!("/v1/customer/{}/reports/results/{identifier}", task.request.account);
        self.post(&path).await.map_err(|error| match error {
            VendorError::Refused(Refusal::NotFound | Refusal::Status(404)) => {
                VendorError::Refused(Refusal::Forgotten)
            }
            error => error,
        })
    }

    /// Asks; once more with the secret read anew, if credentials that were kept are refused.
    async fn post(&self, path: &str) -> Result<Answer, VendorError> {
        let mut anew = false;
        loop {
            let (credentials, is_kept) = self.secret.read(anew).await?;
            let asked = tokio::time::timeout(PATIENCE, self.post_as(&credentials, path)).await;
            match asked.unwrap_or(Err(VendorError::Unheard("a time-out"))) {
                Err(VendorError::Refused(Refusal::Credentials)) if is_kept => anew = true,
                answer => return answer,
            }
        }
    }

    async fn post_as(&self, credentials: &Credentials, path: &str) -> Result<Answer, VendorError> {
        let Credentials { username, password } = credentials;
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}")));
        let headers = [("authorization", basic.as_str()), ("accept", "application/xml")];
        let request = http::post(&format!("{}{path}", self.url), &headers, String::new())
            .ok_or(VendorError::Unavailable("its address is no https address"))?;
        let response = self.http.send(request).await.map_err(|error| match error {
            NoAnswer::Unreachable => VendorError::Unavailable("no connection"),
            NoAnswer::Lost => VendorError::Unheard("the connection broke"),
        })?;
        let status = response.status().as_u16();
        match status {
            408 | 502 | 504 => return Err(VendorError::Unheard("a gateway's time-out")),
            429 => return Err(VendorError::Unavailable("status 429")),
            500.. => return Err(VendorError::Failing(status)),
            _ => {}
        }
        let body = read(ByteStream::new(response.into_body())).await?;
        let answer = Answer::read(&body);
        match status {
            200..=299 => understood(answer.map_err(VendorError::Unclear)?),
            _ => refused(status, answer.ok()),
        }
    }
}

async fn read(mut stream: ByteStream) -> Result<Vec<u8>, VendorError> {
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| VendorError::Unheard("the connection broke"))?;
        if body.len().saturating_add(chunk.len()) > ANSWER_BYTES {
            return Err(VendorError::Unclear(Unclear::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn understood(answer: Answer) -> Result<Answer, VendorError> {
    match answer.says {
        Says::Refused(refusal) => Err(VendorError::Refused(refusal)),
        Says::TimedOut => Err(VendorError::TimedOut),
        Says::Done | Says::Running | Says::StillRunning | Says::NoRecords => Ok(answer),
    }
}

/// An HTTP status that refuses may come with a message that says why, or that it is no refusal.
fn refused(status: u16, answer: Option<Answer>) -> Result<Answer, VendorError> {
    let by_status = if status == 401 { Refusal::Credentials } else { Refusal::Status(status) };
    match answer {
        Some(answer) if matches!(answer.says, Says::NoRecords | Says::StillRunning) => Ok(answer),
        Some(Answer { says: Says::Refused(why @ (Refusal::NotTurnedOn | Refusal::NotActive)), .. }) => {
            Err(VendorError::Refused(why))
        }
        _ => Err(VendorError::Refused(by_status)),
    }
}
