//! The ingest function.

use rounds_ingest::{context::Context, handler};
use rounds_shared::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Fatal> {
    lambda::start_logging();
    let context = &Context::from_env().await?;
    lambda::serve(|request, _| handler::handle(context, request)).await
}
