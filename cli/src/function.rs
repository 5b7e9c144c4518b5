//! A question to a function: the command itself never talks to the database.

use aws_sdk_lambda::primitives::Blob;
use rounds_shared::failure::Name;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::target::Target;

/// How a function answers when it failed.
#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "errorType", default)]
    name: String,
    #[serde(rename = "errorMessage", default)]
    sentence: String,
}

/// The answer of `function` to `request`; `what` is being done names the question in an error.
pub(crate) async fn ask<Request: Serialize, Response: DeserializeOwned>(
    target: &Target,
    function: &str,
    what: &str,
    request: &Request,
) -> Result<Response> {
    let payload = serde_json::to_vec(request).map_err(Error::Output)?;
    let invoke = target.lambda.invoke().function_name(function).payload(Blob::new(payload));
    let answer = invoke.send().await.map_err(Error::service(what))?;
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    if answer.function_error().is_some() {
        let Failure { name, sentence } = serde_json::from_slice(payload).map_err(Error::Output)?;
        if name == Name::Payload.as_str() {
            return Err(Error::Misasked { what: what.to_owned(), reason: sentence });
        }
        return Err(Error::Service { what: what.to_owned(), reason: format!("{name}: {sentence}") });
    }
    serde_json::from_slice(payload).map_err(Error::Output)
}
