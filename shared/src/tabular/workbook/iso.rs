//! Dates and times that a file holds as text, as the serials that they are in other files.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use crate::tabular::{Cell, Epoch, serial};

const DAY: f64 = 86_400.0;

/// A date, a time, or both in ISO 8601 as a serial; none if it is something else, or before the epoch. A time zone is
/// passed over: what the clock showed is what counts.
pub(crate) fn moment(text: &str, epoch: Epoch) -> Option<Cell<'static>> {
    let text = text.trim();
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if let Ok(date_time) = text.parse::<DateTime>() {
        return serial::of(date_time, epoch).map(Cell::Date);
    }
    if let Ok(date) = text.parse::<Date>() {
        return serial::of(date.to_datetime(Time::midnight()), epoch).map(Cell::Date);
    }
    let time: Time = text.parse().ok()?;
    Some(Cell::Date(time.duration_since(Time::midnight()).as_secs_f64() / DAY))
}

/// A length of time as a time of day, or as a number of days where it is longer.
pub(crate) fn length(text: &str) -> Option<Cell<'static>> {
    let days = text.trim().parse::<SignedDuration>().ok()?.as_secs_f64() / DAY;
    Some(if (0.0..1.0).contains(&days) { Cell::Date(days) } else { Cell::Number(days) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_as_the_workbooks_calendar_does() {
        let y1900 = |text| moment(text, Epoch::Y1900);
        assert_eq!(y1900("1900-01-01"), Some(Cell::Date(1.0)));
        assert_eq!(y1900("1900-02-28"), Some(Cell::Date(59.0)));
        assert_eq!(y1900("1900-03-01"), Some(Cell::Date(61.0)));
        assert_eq!(y1900("2025-10-05T12:00:00Z"), Some(Cell::Date(45935.5)));
        assert_eq!(y1900("18:00:00"), Some(Cell::Date(0.75)));
        assert_eq!(y1900("1899-12-30T06:00:00"), Some(Cell::Date(0.25)));
        assert_eq!((y1900("1899-12-31"), y1900("1850-10-05"), y1900("soon")), (None, None, None));
        assert_eq!(moment("1904-01-02", Epoch::Y1904), Some(Cell::Date(1.0)));
    }

    #[test]
    fn a_length_of_time_below_a_day_is_a_time_of_day() {
        assert_eq!(length("PT06H00M00S"), Some(Cell::Date(0.25)));
        assert_eq!(length("PT36H00M00S"), Some(Cell::Number(1.5)));
    }
}
