//! `rounds clean-up`: rows that their tables need not keep, archived and deleted now.

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::civil::Date;
use rounds_shared::payload::CleanUpOrder;

use crate::arguments::day;
use crate::error::Result;
use crate::follow::follow;
use crate::outcome::show;
use crate::start::start_clean_up;
use crate::target::Target;

/// From which day ages are counted.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The day from which ages are counted, today or earlier [default: today in the clinic's time zone].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Date>,
}

/// Calls a clean-up, and looks on until it has ended.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let order = CleanUpOrder { as_of: arguments.as_of, scheduled_at: Timestamp::now() };
    let started = start_clean_up(target, &order).await?;
    show(target, &follow(target, &started).await?, json)
}
