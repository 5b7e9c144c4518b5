//! Web services that are not AWS's, at the edge: HTTPS, a connection for each request.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client that reuses no connection: the service may have closed it, and then nobody knows what became of the request.
/// It follows no redirection, and reads the machine's certificates when it is first used.
#[derive(Default)]
pub struct Http {
    connector: OnceLock<Connector>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// No connection came about: nothing was sent.
    Unreachable,
    /// The connection broke: nobody knows what became of the request.
    Lost,
}

impl Http {
    /// Sends a request, and waits for the answer's head as long as it takes.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let answer = self.connector.get_or_init(connector).call(request).await;
        answer.map_err(|error| if never_connected(&error) { NoAnswer::Unreachable } else { NoAnswer::Lost })
    }
}

fn connector() -> Connector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .connector_settings(settings)
        .pool_max_idle_per_host(0)
        .build()
}

/// A POST to an https address; on this machine, plain HTTP will do. None for any other address or header.
#[must_use]
pub fn post(address: &str, headers: &[(&'static str, &str)], body: String) -> Option<HttpRequest> {
    let uri = HttpRequest::get(address).ok()?.try_into_http1x().ok()?.uri().clone();
    if !matches!((uri.scheme_str()?, uri.host()?), ("https", _) | ("http", "127.0.0.1")) {
        return None;
    }
    let mut request = HttpRequest::new(body.into());
    request.set_method("POST").ok()?;
    request.set_uri(uri).ok()?;
    for (name, value) in headers {
        request.headers_mut().try_insert(*name, (*value).to_owned()).ok()?;
    }
    Some(request)
}

/// Whether the chain of causes holds the HTTP client's own word that no connection was made: name resolution, TCP or
/// TLS failed before a byte of the request was written.
#[must_use]
pub fn never_connected(error: &ConnectorError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|http| http.is_connect()) {
            return true;
        }
        cause = error.source();
    }
    false
}
