//! How every stage runs: JSON logs, one handler, named errors.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::failure::{Failure, Name};

/// What is said of a panic; the log has its place in the code.
const BROKE_OFF: &str =
    "the stage broke off at a mistake of its own; its log says at which place in the code";

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
        named(Box::pin(handler(request, ends))).await
    }))
    .await
    .map_err(|error| Fatal(error.to_string()))
}

/// A handler's answer, its errors by their names. A panic is one, without its message: that may quote what was being read,
/// and the runtime would answer with it.
async fn named<T, E: Failure>(
    mut answer: Pin<Box<impl Future<Output = Result<T, E>>>>,
) -> Result<T, Diagnostic> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
        Ok(polled) => polled.map_err(|error| diagnostic(error.name(), error.to_string())),
        Err(_) => Poll::Ready(Err(diagnostic(Name::Internal, BROKE_OFF.to_owned()))),
    })
    .await
}

fn diagnostic(name: Name, sentence: String) -> Diagnostic {
    Diagnostic { error_type: name.to_string(), error_message: sentence }
}

/// Starts JSON logging to standard output, at the level of `RUST_LOG` (default `info`), which may name levels of modules.
///
/// TRACE is refused whatever is asked for: below DEBUG the Lambda runtime and the SDKs log whole payloads and bodies.
pub fn start_logging() {
    let asked = filter(&std::env::var("RUST_LOG").unwrap_or_default());
    let layer = tracing_subscriber::fmt::layer().json().with_target(false).without_time().with_filter(asked);
    tracing_subscriber::registry().with(layer.with_filter(LevelFilter::INFO)).init();
    // A panic's message may quote what was being read; where it happened is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}

/// What a log filter such as `warn,rounds_load=info` lets through; `info` where it says nothing that can be read.
fn filter(asked: &str) -> Targets {
    let read = (!asked.is_empty()).then(|| asked.parse().ok()).flatten();
    read.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;
    use crate::storage::StorageError;

    #[test]
    fn a_log_filter_that_says_nothing_lets_information_through() {
        for asked in ["", "rounds_load=loud", "info"] {
            let filter = filter(asked);
            assert!(filter.would_enable("rounds_load", &Level::INFO), "{asked}");
            assert!(!filter.would_enable("rounds_load", &Level::DEBUG), "{asked}");
        }
        let filter = filter("warn,rounds_load=info");
        assert!(filter.would_enable("rounds_load::load", &Level::INFO));
        assert!(!filter.would_enable("hyper", &Level::INFO) && filter.would_enable("hyper", &Level::WARN));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_with_a_name_and_without_its_message() {
        let broken = async {
            tokio::task::yield_now().await;
            let name = "CANARY née Ödegaard";
            assert!(name.is_empty(), "{name} cannot be cut there");
            Ok::<(), StorageError>(())
        };
        let answer = named(Box::pin(broken)).await.unwrap_err();
        assert_eq!(answer.error_type, "Defect.Internal");
        assert_eq!(answer.error_message, BROKE_OFF);
    }
}
