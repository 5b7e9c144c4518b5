//! Dates, and moments, as spreadsheets and people write them.

use std::borrow::Cow;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time, date};
use jiff::fmt::strtime::{self, BrokenDownTime};
use rounds_shared::tabular::{Epoch, serial};

use crate::day_order::DayOrder;
use crate::layout::{Laid, Layout};
use crate::times;

/// How dates are read where the contract does not say it. Of a day and a month that could be either, the month is first.
const USUAL: [&str; 19] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m.%d.%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%d-%B-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%A, %B %d, %Y",
];

/// No date is longer.
const LONGEST: usize = 64;

/// A moment that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Date and time of day as written; midnight where no time is.
    pub moment: DateTime,
    /// Whether an offset from UTC stands behind it.
    pub has_offset: bool,
    /// The order of its day and month, where the formats allow both.
    pub order: Option<DayOrder>,
}

/// The formats in which a column's texts are read, in order.
#[derive(Debug, Clone)]
pub(crate) struct Formats(Vec<Format>);

#[derive(Debug, Clone)]
struct Format {
    written: Written,
    /// The format with day and month the other way round, if it is among them too.
    rival: Option<Written>,
    /// Whether the rival is listed before this one.
    is_second: bool,
    has_half: bool,
}

/// A format, and the layout that most are read by.
#[derive(Debug, Clone)]
struct Written {
    strftime: String,
    layout: Option<Layout>,
}

impl Formats {
    /// Formats (strftime) of a contract; the usual ones where it has none.
    #[must_use]
    pub(crate) fn new(contract: &[String]) -> Self {
        let formats: Vec<&str> = match contract {
            [] => USUAL.to_vec(),
            some => some.iter().map(String::as_str).collect(),
        };
        let place = |wanted: &str| formats.iter().position(|other| plain(other) == wanted);
        let format = |(index, format): (usize, &&str)| {
            let rival = place(&swapped(format)).filter(|place| *place != index);
            Format {
                rival: rival.and_then(|place| formats.get(place)).map(|rival| Written::new(rival)),
                is_second: rival.is_some_and(|place| place < index),
                has_half: format.contains("%p") || format.contains("%P"),
                written: Written::new(format),
            }
        };
        Self(formats.iter().enumerate().map(format).collect())
    }

    /// Reads a moment in the first format that it is written in, with or without a time behind the date; and, in five
    /// digits, the serial of a day from 1950 to 2100 whose cell was made text. Years have four digits, unless the
    /// format asks for two (`%y`).
    #[must_use]
    pub(crate) fn read(&self, text: &str, epoch: Epoch) -> Option<Moment> {
        if text.len() > LONGEST {
            return None;
        }
        let text = &plain_spaces(text);
        self.0.iter().find_map(|format| format.read(text)).or_else(|| serial_in_text(text, epoch))
    }

    /// Reads a time of day in the first format that it is written in.
    #[must_use]
    pub(crate) fn read_time(&self, text: &str) -> Option<times::Clock> {
        if text.len() > LONGEST {
            return None;
        }
        let text = &plain_spaces(text);
        self.0.iter().find_map(|format| {
            let text = format.text(text);
            let (parts, behind) = parse(&format.written.strftime, &text)?;
            let has_offset = times::has_offset(behind)? || parts.offset().is_some();
            Some(times::Clock { time: parts.to_time().ok()?, has_offset })
        })
    }
}

impl Format {
    fn read(&self, text: &str) -> Option<Moment> {
        let text = &self.text(text);
        let (moment, has_offset) = self.written.read(text)?;
        let order = match self.rival.as_ref().map(|rival| rival.read(text)) {
            None => None,
            Some(None) if self.is_second => Some(DayOrder::Second),
            Some(None) => Some(DayOrder::First),
            Some(Some((other, _))) => (other != moment).then_some(DayOrder::Either),
        };
        Some(Moment { moment, has_offset, order })
    }

    fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.has_half { times::without_dots(text) } else { text.into() }
    }
}

impl Written {
    fn new(strftime: &str) -> Self {
        Self { layout: Layout::new(strftime), strftime: strftime.to_owned() }
    }

    fn read(&self, text: &str) -> Option<(DateTime, bool)> {
        let (Laid { day, time, behind }, has_offset) = match &self.layout {
            Some(layout) => (layout.read(text)?, false),
            None => laid(&self.strftime, text)?,
        };
        let (time, is_offset_behind) = match time {
            Some(time) => (Some(time), times::has_offset(behind)?),
            None => times::behind_date(behind)?,
        };
        // %Y takes fewer digits as well: without this, 01/02/25 would be a day in the year 25.
        let moment = day.to_datetime(time.unwrap_or(Time::midnight()));
        // Nothing but digits is told apart by their number alone: 2025111 may be two days.
        let is_certain = || {
            !is_number(text) || strtime::format(&self.strftime, moment).is_ok_and(|written| written == text)
        };
        (day.year() >= 1000 && is_certain()).then_some((moment, has_offset || is_offset_behind))
    }
}

/// What a text has to say in any format, and whether an offset from UTC is a part of it.
fn laid<'t>(format: &str, text: &'t str) -> Option<(Laid<'t>, bool)> {
    let (parts, behind) = parse(format, text)?;
    let time = parts.hour().is_some().then(|| parts.to_time().unwrap_or(Time::midnight()));
    Some((Laid { day: parts.to_date().ok()?, time, behind }, parts.offset().is_some()))
}

/// What a text has to say in a format, and what stands behind.
fn parse<'t>(format: &str, text: &'t str) -> Option<(BrokenDownTime, &'t str)> {
    let (parts, length) = BrokenDownTime::parse_prefix(format, text).ok()?;
    Some((parts, text.get(length..)?))
}

/// A format without the flags of its directives.
fn plain(format: &str) -> String {
    let mut plain = String::with_capacity(format.len());
    for character in format.chars() {
        let is_flag = plain.ends_with('%') && matches!(character, '-' | '_' | '0' | '^' | '#');
        if !is_flag {
            plain.push(character);
        }
    }
    plain.replace("%e", "%d")
}

/// A format with day and month the other way round.
fn swapped(format: &str) -> String {
    plain(format).replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
}

/// Text in which every space is a plain one, as strftime knows them.
fn plain_spaces(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let plain = |character: char| if character.is_whitespace() { ' ' } else { character };
    text.chars().map(plain).collect::<String>().into()
}

fn serial_in_text(text: &str, epoch: Epoch) -> Option<Moment> {
    let (days, fraction) = text.split_once('.').unwrap_or((text, ""));
    if days.len() != 5 || !is_number(days) || !is_number(fraction) {
        return None;
    }
    let moment = serial::moment(text.parse().ok()?, epoch)?;
    let is_likely = (1950..=2100).contains(&moment.year());
    is_likely.then_some(Moment { moment, has_offset: false, order: None })
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Year and month of a day that is counted from 1970-01-01; none outside the calendar.
#[must_use]
pub(crate) fn month(day: i32) -> Option<(i16, i8)> {
    let since = SignedDuration::from_hours(i64::from(day) * 24);
    date(1970, 1, 1).checked_add(since).ok().map(|day| (day.year(), day.month()))
}

/// The day of a moment, both counted from 1970-01-01, the moment in microseconds.
#[must_use]
pub(crate) fn day_of(moment: i64) -> i32 {
    i32::try_from(moment.div_euclid(86_400_000_000)).unwrap_or_default()
}

/// Days since 1970-01-01, as Parquet counts.
#[must_use]
pub(crate) fn days(day: Date) -> i32 {
    // They always fit: the calendar has 7.3 million of them.
    i32::try_from(day.duration_since(date(1970, 1, 1)).as_hours() / 24).unwrap_or_default()
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
