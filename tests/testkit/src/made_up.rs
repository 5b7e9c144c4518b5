//! What the made-up files of several systems have in common: names, choices by chance, slips.
#![expect(clippy::indexing_slicing, reason = "the index is below the length of a list that is not empty")]

use fastrand::Rng;

use crate::sheet::{Row, text};

pub(crate) const GIVEN: [&str; 10] =
    ["Ana", "Björn", "Chidi", "Zoë", "Eun-ji", "Fátima", "Nuala", "Ravi", "Şükrü", "Meera"];
pub(crate) const FAMILY: [&str; 8] =
    ["O'Brien", "Núñez", "Lindström", "d'Arcy", "Okafor", "Rao", "Reyes", "Sharma"];

/// Id and name of a doctor; one of them is a formula to a spreadsheet.
pub(crate) fn doctor(number: u32, chance: &mut Rng) -> (String, String) {
    let name = match number {
        3 => "=HYPERLINK(\"http://example.com\",\"Dr. Formula\")".to_owned(),
        _ => format!("Dr. {} {}", pick(&GIVEN, chance), pick(&FAMILY, chance)),
    };
    (format!("D{}", 2_000 + number), name)
}

/// One of a list.
pub(crate) fn pick<T: Copy>(list: &[T], chance: &mut Rng) -> T {
    list[chance.usize(..list.len())]
}

/// Which slip the row of this number has: one row in `every` has one, of so many kinds that take turns.
pub(crate) fn slip(number: u32, every: u32, kinds: u32) -> Option<u32> {
    (number % every == 7).then_some(number / every % kinds)
}

/// A word that breaks a rule.
pub(crate) fn wrong(plain: &str, canary: bool) -> String {
    if canary { format!("{plain} CANARY") } else { plain.to_owned() }
}

/// A row of strings.
pub(crate) fn row(cells: &[&str]) -> Row {
    cells.iter().map(|cell| text(cell)).collect()
}
