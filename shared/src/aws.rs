//! One SDK configuration for a process: region and credentials from the environment, ring for TLS.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Loads the SDK's configuration from the environment.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).http_client(http_client(Builder::new())).load().await
}

/// A client that makes a connection for each request. One that is kept may have been closed by the service meanwhile,
/// and nobody knows then what became of the request.
#[must_use]
pub fn connection_per_request() -> SharedHttpClient {
    http_client(Builder::new().pool_max_idle_per_host(0))
}

/// An `AWS_ENDPOINT_URL` of plain HTTP (the one-machine stack) gets a client without TLS, so that starting up there does
/// not read certificates.
fn http_client(builder: Builder) -> SharedHttpClient {
    let is_plain = std::env::var("AWS_ENDPOINT_URL").is_ok_and(|url| url.starts_with("http://"));
    if is_plain {
        builder.build_http()
    } else {
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    }
}

/// Most characters of an error's code, twice as many as the longest has.
const CODE: usize = 64;

/// The code of a service's error as it may be told: a word. What else stands in its place may quote what was sent.
#[must_use]
pub fn error_code(said: Option<&str>) -> Option<&str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    said.filter(|code| (1..=CODE).contains(&code.len()) && code.bytes().all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_word_and_nothing_that_may_quote_what_was_sent() {
        assert_eq!(error_code(Some("AWS.SimpleQueue-Service_1")), Some("AWS.SimpleQueue-Service_1"));
        let long = "x".repeat(CODE + 1);
        for said in ["", "no such bucket", "CANARY@clinic.example", "Ödegaard", "a\nb", &long] {
            assert_eq!(error_code(Some(said)), None, "{said}");
        }
    }
}
