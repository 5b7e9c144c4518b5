//! The ways in which people and programs write one and the same value.

use jiff::civil::{Date, DateTime};

use crate::sheet::{Cell, text};

/// A whole number. `style` walks through the spellings.
pub(super) fn whole(number: i64, style: usize) -> Cell {
    match style % 8 {
        0 => Cell::Text(format!("{number}.0")),
        1 => Cell::Text(number.to_string()),
        2 => Cell::Text(format!("\u{a0}{number} ")),
        3 => Cell::Text(format!("{number}\u{200b}")),
        _ => Cell::Number(float(number)),
    }
}

/// A day, mostly as text, in three orders, or as a date cell, some with a time of day.
pub(super) fn day(day: Date, style: usize) -> Cell {
    let moment = day.at(9, 30, 0, 0);
    let written = |format: &str, moment: DateTime| Cell::Text(moment.strftime(format).to_string());
    match style % 11 {
        0 | 1 => written("%m/%d/%Y", moment),
        2 | 3 => written("%Y-%m-%d", moment),
        4 => written("%Y/%m/%d", moment),
        5 => Cell::Date(day.at(0, 0, 0, 0)),
        6 => Cell::Date(moment),
        7 => Cell::Serial(day),
        8 => written("%Y-%m-%d %H:%M:%S", moment),
        9 => written("%m/%d/%Y %H:%M", moment),
        _ => written(" %Y-%m-%d\u{a0}", moment),
    }
}

/// The word `confirmed`.
pub(super) fn confirmed(style: usize) -> Cell {
    const SPELLINGS: [&str; 8] = [
        "confirmed",
        "Confirmed",
        "confirmed.",
        "confirmed",
        "CONFIRMED ",
        "\u{a0}confirmed",
        "confirmed\u{200b}",
        "confirmed",
    ];
    text(SPELLINGS[style % SPELLINGS.len()])
}

/// The word `cancelled`.
pub(super) fn cancelled(style: usize) -> Cell {
    const SPELLINGS: [&str; 6] =
        ["cancelled", "canceled", " cancelled ", "CANCELLED..", "Canceled.", "cancelled"];
    text(SPELLINGS[style % SPELLINGS.len()])
}

/// A spreadsheet's number. Ids stay below 2^53, where a float holds every whole number.
pub(super) fn float(number: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "ids are far below 2^53")]
    let float = number as f64;
    float
}
