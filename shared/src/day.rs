//! The day that a call is about.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A day in the future was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{as_of} has not come: ask for today, {today}, or for an earlier day")]
pub struct NotYet {
    /// The day asked for.
    pub as_of: Date,
    /// The clinic's day at which it was called.
    pub today: Date,
}

/// The day that a call is about: the one that it names, or else the clinic's at which it was made.
///
/// # Errors
/// [`NotYet`] for a day that has not come where the clinic is.
pub fn as_of(named: Option<Date>, called_at: Timestamp, time_zone: &TimeZone) -> Result<Date, NotYet> {
    let today = called_at.to_zoned(time_zone.clone()).date();
    match named {
        Some(as_of) if as_of > today => Err(NotYet { as_of, today }),
        named => Ok(named.unwrap_or(today)),
    }
}
