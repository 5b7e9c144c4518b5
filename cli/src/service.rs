//! Why an AWS service did not do what it was asked, in a sentence with the way out.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::error::Error;

const NO_CREDENTIALS: &str = "no AWS credentials were found. Set AWS_PROFILE to a profile that you have signed in to, or \
                              AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const SIGN_IN: &str = "Look whether AWS_PROFILE is spelt as in ~/.aws/config, and sign in to it";
const NOT_BUILT_IN: &str = "your AWS profile signs in by SSO or a program of its own, which `rounds` leaves to the AWS command \
                            line. Hand its credentials over with: eval \"$(aws configure export-credentials --format env)\"";
const EXPIRED: &str = "your AWS credentials have expired. Sign in again, as with `aws sso login`, and then give the new ones to \
                       this shell";
const UNKNOWN: &str = "AWS does not know your credentials. Look which ones AWS_PROFILE or AWS_ACCESS_KEY_ID names, and sign in again";
const SIGNATURE: &str = "AWS does not accept your signature. Either the secret key does not belong to the access key, or this \
                         machine's clock is wrong";
const NO_REGION: &str = "no AWS region is set. Set AWS_REGION to that of the deployment";

impl Error {
    /// Says what was asked of an AWS service, and why that did not work.
    pub(crate) fn service<E>(what: impl Into<String>) -> impl FnOnce(SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let what = what.into();
        move |error| {
            if has_no_answer(&error) {
                return Self::Unanswered { what, is_local: false };
            }
            if let Some(reason) = access(&error) {
                return Self::Access { what, reason };
            }
            let service = error.as_service_error().map(|service| (service.code(), service.message()));
            let reason = match service {
                Some((Some(code), message)) => format!("{code}: {}", message.unwrap_or("no more was said")),
                _ => told(&error),
            };
            Self::Service { what, reason }
        }
    }
}

/// Whether nobody was there who could have refused.
fn has_no_answer<E>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        _ => false,
    }
}

/// What the caller's credentials or rights lack; none where something else is the matter.
fn access<E>(error: &SdkError<E>) -> Option<String>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let service = error.as_service_error();
    // S3 answers HEAD without a body, and so without a code.
    let is_forbidden = error.raw_response().is_some_and(|response| response.status().as_u16() == 403);
    let code = service.and_then(ProvideErrorMetadata::code).or(is_forbidden.then_some("Forbidden"));
    let reason = match code.unwrap_or_default() {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => EXPIRED,
        "UnrecognizedClientException" | "InvalidClientTokenId" | "InvalidAccessKeyId" | "InvalidToken" => {
            UNKNOWN
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => SIGNATURE,
        "RequestTimeTooSkewed" => SIGNATURE,
        "AccessDenied" | "AccessDeniedException" | "Forbidden" | "UnauthorizedOperation" => {
            let said =
                service.and_then(ProvideErrorMetadata::message).unwrap_or("AWS does not say which right");
            return Some(format!(
                "your AWS credentials lack a right: {said}. docs/OPERATIONS.md lists what an operator's role needs"
            ));
        }
        _ => return unsigned(error),
    };
    Some(reason.to_owned())
}

/// Why a request could not even be signed.
fn unsigned(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let reasons: Vec<&(dyn std::error::Error + 'static)> = chain(error).collect();
    // The SDK names what it was built without in words alone.
    let speaks_of = |words: &str| reasons.iter().any(|reason| reason.to_string().contains(words));
    if speaks_of("cargo feature") {
        return Some(NOT_BUILT_IN.to_owned());
    }
    match reasons.iter().find_map(|reason| reason.downcast_ref()) {
        Some(CredentialsError::CredentialsNotLoaded(_)) => Some(match std::env::var("AWS_PROFILE") {
            Ok(profile) => format!("no AWS credentials were found under the profile `{profile}`. {SIGN_IN}"),
            Err(_) => NO_CREDENTIALS.to_owned(),
        }),
        Some(_) => {
            let innermost = reasons.last().map(ToString::to_string).unwrap_or_default();
            Some(format!("your AWS credentials could not be read: {innermost}"))
        }
        None => speaks_of("Missing Region").then(|| NO_REGION.to_owned()),
    }
}

/// An error and its reasons, each once, without anything of its insides.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told: Vec<String> = chain(error).map(ToString::to_string).collect();
    told.dedup();
    told.join(": ")
}

fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
