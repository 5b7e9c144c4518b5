//! The days that a letter speaks of, in words: the day itself, or the week, month or quarter that has ended.

use jiff::civil::Date;
use jiff::fmt::strtime;
use rounds_shared::catalog::{Cadence, Period};

use crate::rendering::content::Content;

/// What a period of this cadence is.
#[must_use]
pub(super) const fn noun(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::AfterLoad | Cadence::Daily | Cadence::OnRequest => "day",
        Cadence::Weekly => "week",
        Cadence::Monthly => "month",
        Cadence::Quarterly => "quarter",
    }
}

/// As a subject ends: `21 November 2026`, `week of 9 November 2026`, `October 2026`, `July to September 2026`.
///
/// # Errors
/// None for a day of the calendar.
pub(super) fn in_a_line(content: &Content<'_>) -> Result<String, jiff::Error> {
    let Period { first, last, .. } = content.period;
    match content.report.cadence {
        Cadence::AfterLoad | Cadence::Daily | Cadence::OnRequest => {
            strtime::format("%-d %B %Y", content.as_of)
        }
        Cadence::Weekly => strtime::format("week of %-d %B %Y", *first),
        Cadence::Monthly => strtime::format("%B %Y", *first),
        Cadence::Quarterly => {
            Ok(format!("{} to {}", strtime::format("%B", *first)?, strtime::format("%B %Y", *last)?))
        }
    }
}

/// Below the title: `Saturday, 21 November 2026`, or the period and the day on which it was looked at.
///
/// # Errors
/// None for a day of the calendar.
pub(super) fn below_the_title(content: &Content<'_>) -> Result<Vec<String>, jiff::Error> {
    let day = strtime::format("%A, %-d %B %Y", content.as_of)?;
    let Period { first, last, .. } = content.period;
    let period = match content.report.cadence {
        Cadence::AfterLoad | Cadence::Daily | Cadence::OnRequest => return Ok(vec![day]),
        Cadence::Weekly => format!("Week {}, {}", first.iso_week_date().week(), stretch(*first, *last)?),
        Cadence::Monthly | Cadence::Quarterly => in_a_line(content)?,
    };
    Ok(vec![period, format!("As of {day}")])
}

/// From day to day, saying month and year as often as needed.
fn stretch(first: Date, last: Date) -> Result<String, jiff::Error> {
    let format = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => "%-d",
        (true, false) => "%-d %B",
        (false, _) => "%-d %B %Y",
    };
    Ok(format!("{} to {}", strtime::format(format, first)?, strtime::format("%-d %B %Y", last)?))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_week_names_month_and_year_where_they_change() {
        let week = |year, month, day| {
            let period = Period::of(Cadence::Weekly, date(year, month, day)).unwrap();
            stretch(period.first, period.last).unwrap()
        };
        assert_eq!(week(2026, 11, 16), "9 to 15 November 2026");
        assert_eq!(week(2026, 12, 7), "30 November to 6 December 2026");
        assert_eq!(week(2027, 1, 4), "28 December 2026 to 3 January 2027");
    }
}
