//! The shape of a column's range and the checks within it.

use serde::Deserialize;
use toml::Spanned;

use super::Examined;
use crate::catalog::{ColumnType, Range};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeFile {
    min: Option<Bound>,
    max: Option<Bound>,
}

/// A number; `"0.01"` in quotes where a binary float would not hold it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bound {
    Whole(i64),
    Written(String),
}

pub(super) fn read_range(file: &mut Examined<'_>, written: &Spanned<RangeFile>, kind: ColumnType) -> Range {
    let scale = match kind {
        ColumnType::Decimal { scale, .. } => Some(scale),
        ColumnType::Integer | ColumnType::Bigint => Some(0),
        _ => None,
    };
    if scale.is_none() {
        file.mistake(written.span(), "`range` belongs to columns of numbers");
    }
    let scale = scale.unwrap_or_default();
    let mut end = |bound: &Option<Bound>| {
        let bound = bound.as_ref()?;
        let units = match bound {
            Bound::Whole(number) => units(&number.to_string(), scale),
            Bound::Written(number) => units(number, scale),
        };
        if units.is_none() {
            file.mistake(
                written.span(),
                "an end of `range` is a number like `0` or, in quotes, `\"0.01\"`, with no \
                 more digits behind the point than the column has",
            );
        }
        units
    };
    let (min, max) = (end(&written.get_ref().min), end(&written.get_ref().max));
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        file.mistake(written.span(), "no number is in a `range` whose `min` is greater than its `max`");
    }
    Range { min, max }
}

/// A plain decimal number in units of the last of `scale` digits behind the point.
fn units(number: &str, scale: u8) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let scale = usize::from(scale);
    (fraction.len() <= scale && fraction.bytes().all(|digit| digit.is_ascii_digit()))
        .then(|| format!("{whole}{fraction:0<scale$}").parse().ok())
        .flatten()
}
