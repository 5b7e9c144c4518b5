//! The hours of a day in which a report's letters may go out.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// A stretch of each day of the clinic, by its clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// From when on.
    pub from: Time,
    /// Until when; that minute is no part of it.
    pub until: Time,
}

/// Where a moment stands among the hours of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfDay {
    /// Before them; they begin then.
    Before(Timestamp),
    /// Within; they end then.
    Within(Timestamp),
    /// After them.
    After,
}

impl Hours {
    /// Reads `08:00-20:00`. None where the text is something else, or the end is not after the beginning.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let (from, until) = (time(from)?, time(until)?);
        (from < until).then_some(Self { from, until })
    }

    /// Where a moment stands. On a day at which clocks change, what is not shown by them begins when they have gone
    /// forward, and what they show twice begins and ends with the first time.
    #[must_use]
    pub fn at(&self, now: Timestamp, zone: &TimeZone) -> OfDay {
        let day = now.to_zoned(zone.clone()).date();
        // A day at the calendar's end has no hours.
        let (Some(opens), Some(closes)) = (moment(day, self.from, zone), moment(day, self.until, zone))
        else {
            return OfDay::After;
        };
        match now {
            now if now < opens => OfDay::Before(opens),
            now if now < closes => OfDay::Within(closes),
            _ => OfDay::After,
        }
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} to {}", self.from.strftime("%H:%M"), self.until.strftime("%H:%M"))
    }
}

/// Reads `08:00`.
pub(super) fn time(text: &str) -> Option<Time> {
    let time = Time::strptime("%H:%M", text).ok()?;
    (time.strftime("%H:%M").to_string() == text).then_some(time)
}

fn moment(day: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: &str, zone: &str, now: &str) -> OfDay {
        Hours::parse(hours).unwrap().at(now.parse().unwrap(), &TimeZone::get(zone).unwrap())
    }

    fn before(opens: &str) -> OfDay {
        OfDay::Before(opens.parse().unwrap())
    }

    fn within(closes: &str) -> OfDay {
        OfDay::Within(closes.parse().unwrap())
    }

    #[test]
    fn hours_are_written_in_one_way_and_end_after_they_begin() {
        assert_eq!(Hours::parse("08:00-20:30").unwrap().to_string(), "08:00 to 20:30");
        for wrong in
            ["", "08:00", "8:00-20:00", "08:00 - 20:00", "20:00-08:00", "08:00-08:00", "08:00-24:00", "a-b"]
        {
            assert_eq!(Hours::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hours_are_those_of_the_clinics_clocks_east_and_west() {
        let day = "08:00-20:00";
        // Kolkata is five and a half hours ahead of UTC, New York five behind.
        assert_eq!(at(day, "Asia/Kolkata", "2026-11-21T02:29:59Z"), before("2026-11-21T02:30:00Z"));
        assert_eq!(at(day, "Asia/Kolkata", "2026-11-21T02:30:00Z"), within("2026-11-21T14:30:00Z"));
        assert_eq!(at(day, "Asia/Kolkata", "2026-11-21T14:30:00Z"), OfDay::After);
        assert_eq!(at(day, "Asia/Kolkata", "2026-11-21T18:30:00Z"), before("2026-11-22T02:30:00Z"));
        assert_eq!(at(day, "America/New_York", "2026-11-21T12:59:59Z"), before("2026-11-21T13:00:00Z"));
        assert_eq!(at(day, "America/New_York", "2026-11-22T00:59:59Z"), within("2026-11-22T01:00:00Z"));
        assert_eq!(at(day, "America/New_York", "2026-11-22T01:00:00Z"), OfDay::After);
    }

    #[test]
    fn eight_in_the_morning_is_eight_before_and_after_the_clocks_change() {
        // New York goes forward on 8 March 2026 and back on 1 November; Lisbon on 29 March and 25 October.
        for (zone, day_before, day) in [
            ("America/New_York", "2026-03-07T13:00:00Z", "2026-03-08T12:00:00Z"),
            ("America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T13:00:00Z"),
            ("Europe/Lisbon", "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"),
            ("Europe/Lisbon", "2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z"),
        ] {
            for opens in [day_before, day] {
                let moment: Timestamp = opens.parse().unwrap();
                let second = jiff::SignedDuration::from_secs(1);
                assert_eq!(at("08:00-20:00", zone, &(moment - second).to_string()), before(opens), "{zone}");
                let closes = moment + jiff::SignedDuration::from_hours(12);
                assert_eq!(at("08:00-20:00", zone, opens), OfDay::Within(closes), "{zone}");
            }
        }
    }

    #[test]
    fn what_the_clocks_leave_out_or_show_twice_happens_once() {
        // In New York two o'clock becomes three on 8 March, and on 1 November one o'clock comes twice.
        let night = "02:30-04:00";
        assert_eq!(at(night, "America/New_York", "2026-03-08T07:15:00Z"), before("2026-03-08T07:30:00Z"));
        assert_eq!(at(night, "America/New_York", "2026-03-08T07:30:00Z"), within("2026-03-08T08:00:00Z"));
        let twice = "01:15-01:45";
        assert_eq!(at(twice, "America/New_York", "2026-11-01T05:15:00Z"), within("2026-11-01T05:45:00Z"));
        assert_eq!(at(twice, "America/New_York", "2026-11-01T06:15:00Z"), OfDay::After, "the second time");
    }
}
