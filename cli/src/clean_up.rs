//! `rounds clean-up`: rows that their tables need not keep, archived and deleted now.

use std::process::ExitCode;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rounds_shared::payload::CleanUpOrder;

use crate::drop::show;
use crate::error::{Error, Result};
use crate::follow::follow;
use crate::report::day;
use crate::runs::start_clean_up;
use crate::target::Target;

/// From which day ages are counted.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The day from which ages are counted, today or earlier [default: today in the clinic's time zone].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Date>,
    /// Tell the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Calls a clean-up, and looks on until it has ended.
pub(crate) async fn run(target: &Target, arguments: &Arguments) -> Result<ExitCode> {
    let now = Timestamp::now();
    // A slip of the pen makes no alert. Where the clinic is, it is this day at the latest.
    let latest = now.saturating_add(14.hours()).unwrap_or(now).to_zoned(TimeZone::UTC).date();
    if let Some(day) = arguments.as_of.filter(|day| *day > latest) {
        return Err(Error::NotYet(day));
    }
    let order = CleanUpOrder { as_of: arguments.as_of, scheduled_at: now };
    let started = start_clean_up(target, &order).await?;
    show(target, &follow(target, &started).await?, arguments.json)
}
