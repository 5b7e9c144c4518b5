//! The report function.

use rounds_report::{context::Context, handler};
use rounds_shared::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Fatal> {
    lambda::start_logging();
    let context = &Context::from_env().await?;
    lambda::serve(|request, ends| handler::handle(context, request, ends)).await
}
