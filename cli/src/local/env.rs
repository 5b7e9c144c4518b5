//! The environment of a function that runs alone, outside the stack, as lines for a shell.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::error::Result;
use crate::local::ministack::{CREDENTIALS, REGION};
use crate::local::state::Stack;
use crate::target::VARIABLES;

/// `export` lines: what the functions read, how the AWS tools find the stack, and the programs of the environment
/// (cargo-lambda) first in the search path. As JSON: the variables alone.
pub(crate) fn exports(stack: &Stack, programs: &Path, json: bool) -> Result<String> {
    let deployment = stack.current()?;
    let of_functions = [
        ("AWS_ENDPOINT_URL", stack.endpoint()),
        ("AWS_ENDPOINT_URL_SESV2", stack.mail_endpoint()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", CREDENTIALS.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.to_owned()),
        ("LANDING_BUCKET", deployment.landing_bucket.clone()),
        ("LAKE_BUCKET", deployment.lake_bucket.clone()),
        ("DATABASE_SECRET_ARN", deployment.database_secret_arn.clone()),
        ("DATABASE_TLS", "disable".to_owned()),
        ("PSEUDONYM_SECRET_ARN", deployment.pseudonym_secret_arn.clone()),
        ("WEBHOOKS_SECRET_ARN", deployment.webhooks_secret_arn.clone()),
        ("COLLECT_SECRET_ARN", deployment.collect_secret_arn.clone()),
        ("COLLECT_URL", deployment.collect_url.clone()),
        ("COLLECT_ACCOUNTS", deployment.collect_accounts.clone()),
        ("COLLECT_NUMBERS", deployment.collect_numbers.clone()),
        ("CLINIC_TIME_ZONE", "UTC".to_owned()),
        ("AUDIENCES", deployment.audiences.clone()),
        ("MAIL_FROM", deployment.mail_from.clone()),
    ];
    let variables = of_functions.into_iter().chain(VARIABLES.into_iter().zip(deployment.names()));
    if json {
        return Ok(json!(variables.collect::<BTreeMap<_, _>>()).to_string());
    }
    let mut lines: Vec<String> =
        variables.map(|(name, value)| format!("export {name}={}", quoted(&value))).collect();
    lines.push(format!("export PATH={}:\"$PATH\"", quoted(&programs.display().to_string())));
    Ok(lines.join("\n"))
}

/// In single quotes, as a shell takes any text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_any_value_as_it_is() {
        assert_eq!(quoted(r#"{"a":["it's"]}"#), r#"'{"a":["it'\''s"]}'"#);
    }
}
