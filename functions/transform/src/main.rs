//! The transform function.

use rounds_shared::lambda;
use rounds_transform::{context::Context, handler};

#[tokio::main]
async fn main() -> Result<(), lambda::Fatal> {
    lambda::start_logging();
    let context = &Context::from_env().await?;
    lambda::serve(|request, _| handler::handle(context, request)).await
}
