//! How every stage runs: JSON logs, one handler, named errors.

use std::fmt;
use std::future::Future;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::failure::{Failure, Name};

/// Why a stage's process ends. `main` prints errors by Debug, so that is the sentence itself.
pub struct Fatal(String);

impl fmt::Debug for Fatal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Fatal {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Serves a stage's handler until Lambda ends the process. Beside the request the handler gets the moment at which Lambda
/// ends this call.
///
/// # Errors
/// What the Lambda runtime cannot recover from.
pub async fn serve<Request, Response, Error, Handler, Answer>(handler: Handler) -> Result<(), Fatal>
where
    Request: DeserializeOwned + Send,
    Response: Serialize + Send,
    Error: Failure + Send,
    Handler: Fn(Request, Timestamp) -> Answer + Send + Sync,
    Answer: Future<Output = Result<Response, Error>> + Send,
{
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<serde_json::Value>| async move {
        // Read here and not by the runtime, so that a payload that does not fit gets a name as well.
        let request: Request = serde_json::from_value(event.payload).map_err(|error| {
            // The error of serde_json quotes values; its category and place do not.
            diagnostic(Name::Payload, format!("the payload does not fit this stage ({:?})", error.classify()))
        })?;
        let ends = Timestamp::try_from(event.context.deadline()).unwrap_or(Timestamp::MAX);
        // Boxed because a handler is a deep state machine, too deep for the compiler to lay out in one with the runtime's.
        Box::pin(handler(request, ends)).await.map_err(|error| diagnostic(error.name(), error.to_string()))
    }))
    .await
    .map_err(|error| Fatal(error.to_string()))
}

fn diagnostic(name: Name, sentence: String) -> Diagnostic {
    Diagnostic { error_type: name.to_string(), error_message: sentence }
}

/// Starts JSON logging to standard output, at the level of `RUST_LOG` (default `info`).
///
/// TRACE is refused whatever is asked for: below DEBUG the Lambda runtime and the SDKs log whole payloads and bodies.
pub fn start_logging() {
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let layer = tracing_subscriber::fmt::layer().json().with_target(false).without_time().with_filter(asked);
    tracing_subscriber::registry().with(layer.with_filter(LevelFilter::INFO)).init();
    // A panic's message may quote what was being read; where it happened is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}
