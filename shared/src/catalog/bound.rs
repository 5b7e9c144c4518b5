//! Bounds of a window of dates, some of which move with the day.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// One end of a window: a date, or one counted from the run's `as_of`.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// A calendar date.
    Fixed(Date),
    /// `as_of` plus or minus whole units.
    AsOf {
        /// How many; negative reaches back.
        count: i32,
        /// Of which unit.
        unit: Unit,
    },
}

/// Units of a [`Bound`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Days,
    /// Calendar months.
    Months,
    /// Calendar years.
    Years,
}

impl Bound {
    /// The date that the bound means on a given day; the calendar's end where it would lie beyond it.
    #[must_use]
    pub fn on(&self, as_of: Date) -> Date {
        match *self {
            Self::Fixed(date) => date,
            Self::AsOf { count, unit } => as_of.saturating_add(unit.span(count)),
        }
    }

    /// Reads `2020-01-31`, `as_of`, `as_of + 2 years` or `as_of - 30 days`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some(offset) = text.strip_prefix("as_of") else {
            return text.parse().ok().map(Self::Fixed);
        };
        let words: Vec<&str> = offset.split_whitespace().collect();
        match words.as_slice() {
            [] => Some(Self::AsOf { count: 0, unit: Unit::Days }),
            [sign @ ("+" | "-"), count, unit] => {
                let count = i32::from(count.parse::<u16>().ok()?.min(9_999));
                let unit = match *unit {
                    "day" | "days" => Unit::Days,
                    "month" | "months" => Unit::Months,
                    "year" | "years" => Unit::Years,
                    _ => return None,
                };
                Some(Self::AsOf { count: if *sign == "-" { -count } else { count }, unit })
            }
            _ => None,
        }
    }
}

impl Unit {
    fn span(self, count: i32) -> Span {
        // Bound::parse keeps the count below 10,000, inside what a span of days, months or years may hold
        // (19,998 years); try_ keeps a hand-made bound from panicking.
        match self {
            Self::Days => Span::new().try_days(count),
            Self::Months => Span::new().try_months(count),
            Self::Years => Span::new().try_years(count),
        }
        .unwrap_or_else(|_| 0.days())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_moves_with_the_day_it_is_asked_for() {
        let as_of = jiff::civil::date(2024, 2, 29);
        let on = |text: &str| Bound::parse(text).map(|bound| bound.on(as_of).to_string());
        assert_eq!(on("as_of + 2 years").as_deref(), Some("2026-02-28"));
        assert_eq!(on("as_of - 30 days").as_deref(), Some("2024-01-30"));
        assert_eq!(on("as_of").as_deref(), Some("2024-02-29"));
        assert_eq!(on("2020-01-31").as_deref(), Some("2020-01-31"));
        assert_eq!(on("as_of + 9000 years").as_deref(), Some("9999-12-31"));
        assert_eq!(on("as_of + two years"), None);
        assert_eq!(on("tomorrow"), None);
    }
}
