//! Formats of dates read directive by directive, as strftime's general reader does it, without what it does besides.

use jiff::civil::{Date, Time};

/// Names of months; their first three letters are the short ones.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A format that has a day, a month and a year, and may have a time.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    parts: Vec<Part>,
    has_clock: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `%Y`, of up to four digits.
    Year,
    /// `%y`: 69 is 1969, 68 is 2068.
    ShortYear,
    /// `%m`.
    Month,
    /// `%B`.
    MonthName,
    /// `%b`.
    ShortMonthName,
    /// `%d`.
    Day,
    /// `%H`.
    Hour,
    /// `%I`, from 1 to 12.
    HalfHour,
    /// `%M`.
    Minute,
    /// `%S`.
    Second,
    /// `%p` and `%P`.
    Half,
    /// A space, which stands for any number of them.
    Space,
    /// Any other byte, which stands for itself.
    Byte(u8),
}

/// What was read by a layout.
pub(crate) struct Laid<'t> {
    pub day: Date,
    /// None where the layout has no time.
    pub time: Option<Time>,
    /// The text behind it.
    pub behind: &'t str,
}

impl Layout {
    /// The layout of a format (strftime); none where it has other directives, or not each of a date once, and of a time
    /// once at the most.
    #[must_use]
    pub(crate) fn new(format: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = format.as_bytes();
        while let [first, behind @ ..] = rest {
            (parts, rest) = match (first, behind) {
                // In reading, a `-` says nothing.
                (b'%', [b'-', directive, behind @ ..] | [directive, behind @ ..]) => {
                    (added(parts, Part::of(*directive)?), behind)
                }
                (b'%', []) => return None,
                (space, behind) if space.is_ascii_whitespace() => (added(parts, Part::Space), behind),
                (byte, behind) => (added(parts, Part::Byte(*byte)), behind),
            };
        }
        let count = |of: &[Part]| parts.iter().filter(|part| of.contains(part)).count();
        let has_day = count(&[Part::Year, Part::ShortYear]) == 1
            && count(&[Part::Month, Part::MonthName, Part::ShortMonthName]) == 1
            && count(&[Part::Day]) == 1;
        let hours = count(&[Part::Hour, Part::HalfHour]);
        let is_clock = hours <= 1
            && count(&[Part::Half]) == count(&[Part::HalfHour])
            && count(&[Part::Minute]) <= hours
            && count(&[Part::Second]) <= count(&[Part::Minute]);
        (has_day && is_clock).then_some(Self { has_clock: hours == 1, parts })
    }

    /// Reads a date, and a time where the layout has one, at the beginning of a text.
    #[must_use]
    pub(crate) fn read<'t>(&self, text: &'t str) -> Option<Laid<'t>> {
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second, mut half) = (0, 0, 0, 0);
        let mut rest = text.as_bytes();
        for part in &self.parts {
            match part {
                Part::Year => (year, rest) = full_year(rest)?,
                Part::ShortYear => {
                    (year, rest) = number(rest, 2)?;
                    year += if year <= 68 { 2000 } else { 1900 };
                }
                Part::Month => (month, rest) = within(rest, 1, 12)?,
                Part::MonthName => (month, rest) = named(rest, usize::MAX)?,
                Part::ShortMonthName => (month, rest) = named(rest, 3)?,
                Part::Day => (day, rest) = within(rest, 1, 31)?,
                Part::Hour => (hour, rest) = within(rest, 0, 23)?,
                Part::HalfHour => (hour, rest) = within(rest, 1, 12)?,
                Part::Minute => (minute, rest) = within(rest, 0, 59)?,
                Part::Second => {
                    (second, rest) = within(rest, 0, 60)?;
                    // A leap second counts as the one before.
                    second = second.min(59);
                }
                Part::Half => (half, rest) = half_of_day(rest)?,
                Part::Space => rest = rest.trim_ascii_start(),
                Part::Byte(byte) => rest = rest.strip_prefix(&[*byte])?,
            }
        }
        if half > 0 {
            hour = hour % 12 + (half - 1) * 12;
        }
        let time = if self.has_clock { Some(Time::new(hour, minute, second, 0).ok()?) } else { None };
        let behind = text.get(text.len() - rest.len()..)?;
        Some(Laid { day: Date::new(year, month, day).ok()?, time, behind })
    }
}

impl Part {
    fn of(directive: u8) -> Option<Self> {
        Some(match directive {
            b'Y' => Self::Year,
            b'y' => Self::ShortYear,
            b'm' => Self::Month,
            b'B' => Self::MonthName,
            b'b' | b'h' => Self::ShortMonthName,
            b'd' | b'e' => Self::Day,
            b'H' => Self::Hour,
            b'I' => Self::HalfHour,
            b'M' => Self::Minute,
            b'S' => Self::Second,
            b'p' | b'P' => Self::Half,
            _ => return None,
        })
    }
}

fn added(mut parts: Vec<Part>, part: Part) -> Vec<Part> {
    parts.push(part);
    parts
}

/// A year of up to four digits, with or without a `+`. One before the first has no place in a file.
fn full_year(text: &[u8]) -> Option<(i16, &[u8])> {
    number(text.strip_prefix(b"+").unwrap_or(text), 4)
}

/// A number of one or two digits between two others.
fn within(text: &[u8], least: i8, most: i8) -> Option<(i8, &[u8])> {
    let (number, rest) = number(text, 2)?;
    let number = i8::try_from(number).ok()?;
    (least..=most).contains(&number).then_some((number, rest))
}

/// A number of up to so many digits, four at the most, with or without space before it.
fn number(text: &[u8], most: usize) -> Option<(i16, &[u8])> {
    let text = text.trim_ascii_start();
    let digits = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
    Some((digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')), rest))
}

/// A month by its name, of which no more than so many letters are written.
fn named(text: &[u8], letters: usize) -> Option<(i8, &[u8])> {
    MONTHS.iter().zip(1..).find_map(|(name, month)| {
        let name = name.as_bytes();
        let (start, rest) = text.split_at_checked(name.len().min(letters))?;
        name.get(..start.len())?.eq_ignore_ascii_case(start).then_some((month, rest))
    })
}

/// 1 for `AM`, 2 for `PM`.
fn half_of_day(text: &[u8]) -> Option<(i8, &[u8])> {
    let (half, rest) = text.split_at_checked(2)?;
    let is = |name: &[u8]| half.eq_ignore_ascii_case(name);
    if is(b"am") { Some((1, rest)) } else { is(b"pm").then_some((2, rest)) }
}
