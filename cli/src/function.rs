//! A question to a function: the command itself never talks to the database.

use aws_sdk_lambda::primitives::Blob;
use rounds_shared::failure::Name;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::naming;
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
        let cure = match target.is_local() && name.starts_with("Retryable.") {
            true => Some("`rounds local up` starts what is down of the local stack"),
            false => naming::cure(&name),
        };
        let next = cure.map(|cure| format!("\n  next      {cure}")).unwrap_or_default();
        return Err(Error::Service { what: what.to_owned(), reason: format!("{name}: {sentence}{next}") });
    }
    serde_json::from_slice(payload).map_err(Error::Output)
}

#[cfg(test)]
mod tests {
    use rounds_testkit::http::{answer_with, sdk, serve};
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn a_failure_is_told_with_what_to_do_about_it_where_it_was_asked() {
        let failure = json!({"errorType": "Retryable.DatabaseUnreachable", "errorMessage": "PostgreSQL does not answer"});
        let address = serve(move |_| {
            Some(answer_with(200, &[("x-amz-function-error", "Unhandled")], &failure.to_string()))
        });
        let mut target = Target::of_test(&sdk(address.unwrap()).await);
        let asked = async |target: &Target| ask::<Value, Value>(target, "ingest", "asking", &json!({})).await;
        let told = asked(&target).await.unwrap_err().to_string();
        assert!(told.contains("PostgreSQL does not answer\n  next      See that the server runs"), "{told}");
        target.objects = Some(Default::default());
        let told = asked(&target).await.unwrap_err().to_string();
        assert!(
            told.ends_with("next      `rounds local up` starts what is down of the local stack"),
            "{told}"
        );
    }
}
