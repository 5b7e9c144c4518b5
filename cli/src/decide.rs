//! `rounds accept` and `rounds discard`: an operator's word on a batch that was held back.

use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use rounds_shared::payload::{BatchStatus, Decision, Verdict};

use crate::error::{Error, Result};
use crate::follow::follow;
use crate::outcome::show;
use crate::replay::event_of;
use crate::start::start;
use crate::story::ask_batch;
use crate::target::Target;

/// Which batch is decided about.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The batch, or its beginning, as the alert and `rounds explain` show it.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    batch: String,
}

/// Starts the pipeline again with the file's event and the verdict, and looks on until it has been followed.
pub(crate) async fn run(
    target: &Target,
    arguments: &Arguments,
    json: bool,
    verdict: Verdict,
) -> Result<ExitCode> {
    let (story, batch) = ask_batch(target, &arguments.batch).await?;
    let word = match batch.status {
        BatchStatus::HeldBack => None,
        BatchStatus::Loaded => Some("loaded"),
        BatchStatus::Overtaken => Some("overtaken"),
        BatchStatus::Discarded => Some("discarded"),
    };
    if let Some(word) = word {
        return Err(Error::NotHeldBack { batch: batch.batch, word });
    }
    let event = event_of(target, &story, &batch).await?;
    let started = start(target, &event, Some(Decision { batch: batch.batch, verdict })).await?;
    show(target, &follow(target, &started).await?, json)
}
