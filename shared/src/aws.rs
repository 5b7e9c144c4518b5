//! One SDK configuration for a process: region and credentials from the environment, ring for TLS.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Loads the SDK's configuration from the environment.
///
/// An `AWS_ENDPOINT_URL` of plain HTTP (the one-machine stack) gets a client without TLS, so that starting up there
/// does not read certificates.
pub async fn sdk_config() -> SdkConfig {
    let plain = std::env::var("AWS_ENDPOINT_URL").is_ok_and(|url| url.starts_with("http://"));
    let builder = Builder::new();
    let http = if plain {
        builder.build_http()
    } else {
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    };
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}
