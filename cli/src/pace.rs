//! How fast work goes, and how long the rest of it takes.

use std::time::Duration;

use crate::terminal::grouped;

/// How long what is left of `items` takes at the pace of those that have ended; none until two have, and at the end.
/// `spent` is in seconds.
pub(crate) fn left(spent: f64, ended: usize, items: usize) -> Option<String> {
    if !(2..items).contains(&ended) {
        return None;
    }
    let [left, ended] = [items - ended, ended].map(u32::try_from);
    let seconds = spent / f64::from(ended.ok()?) * f64::from(left.ok()?);
    if seconds < 1.0 {
        return None;
    }
    Some(match seconds {
        ..120.0 => format!("about {seconds:.0} s left"),
        ..7200.0 => format!("about {:.0} min left", seconds / 60.0),
        _ => format!("about {:.1} h left", seconds / 3600.0),
    })
}

/// Rows, and how many a second; `spent` is in seconds, and too short a time is no pace.
pub(crate) fn rows(rows: u64, spent: f64) -> String {
    let told = if rows == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(rows)) };
    let milliseconds = Duration::try_from_secs_f64(spent).unwrap_or_default().as_millis();
    if milliseconds < 100 {
        return told;
    }
    let rate = u128::from(rows) * 1000 / milliseconds;
    format!("{told}, {} rows/s", grouped(u64::try_from(rate).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_the_unit_that_a_person_would_use() {
        assert_eq!(left(10.0, 2, 20).as_deref(), Some("about 90 s left"));
        assert_eq!(left(200.0, 2, 20).as_deref(), Some("about 30 min left"));
        assert_eq!(left(2000.0, 2, 20).as_deref(), Some("about 5.0 h left"));
    }

    #[test]
    fn one_item_is_no_pace_and_at_the_end_nothing_is_left() {
        assert_eq!([left(20.0, 1, 20), left(20.0, 20, 20), left(0.0, 2, 3)], [None, None, None]);
    }

    #[test]
    fn a_time_too_short_to_be_measured_is_no_rate() {
        assert_eq!(rows(120_000, 2.0), "120,000 rows, 60,000 rows/s");
        assert_eq!(rows(5, 0.01), "5 rows");
        assert_eq!(rows(1, f64::NAN), "1 row");
    }
}
