//! A name for every position of a table.

use crate::tabular::unique::Unique;

/// What each position is called: as the header spells it, `column 3` where it is blank, `name (2)` where the name is
/// taken. No two are the same.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Names {
    names: Vec<String>,
    taken: Unique,
}

impl Names {
    /// Names for a header's cells. Line breaks in them are space, and NUL, which no database keeps, is nothing.
    #[must_use]
    pub fn new(spelled: &[String]) -> Self {
        let mut names = Self::default();
        for text in spelled {
            let text = text.replace('\0', "");
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            names.push(lines.join(" "));
        }
        names
    }

    /// The name of a position, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&str> {
        self.names.get(place).map(String::as_str)
    }

    /// Names positions behind the header as if they were blank in it, until `width` have a name.
    pub fn widen(&mut self, width: usize) {
        while self.names.len() < width {
            self.push(String::new());
        }
    }

    fn push(&mut self, spelled: String) {
        let name = if spelled.is_empty() { format!("column {}", self.names.len() + 1) } else { spelled };
        self.names.push(self.taken.claim(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(spelled: &[&str], width: usize) -> Names {
        let mut names = Names::new(&spelled.iter().map(ToString::to_string).collect::<Vec<_>>());
        names.widen(width);
        names
    }

    #[test]
    fn every_position_has_a_name_of_its_own() {
        let names = names(&["id", "name", "", "name", "name (2)", "name", "column 7"], 8);
        let all: Vec<&str> = (0..8).filter_map(|place| names.get(place)).collect();
        assert_eq!(
            all,
            ["id", "name", "column 3", "name (2)", "name (2) (2)", "name (3)", "column 7", "column 8"]
        );
        assert_eq!(names.get(8), None);
    }

    #[test]
    fn a_position_behind_the_header_does_not_take_a_name_from_it() {
        assert_eq!(names(&["column 2"], 2).get(1), Some("column 2 (2)"));
    }

    #[test]
    fn a_name_has_no_nul_which_no_database_keeps() {
        let names = names(&["Booking\0 ID", "\0", "Booking ID"], 3);
        let all: Vec<&str> = (0..3).filter_map(|place| names.get(place)).collect();
        assert_eq!(all, ["Booking ID", "column 2", "Booking ID (2)"]);
    }

    #[test]
    fn a_line_break_is_space() {
        assert_eq!(names(&["Booking \r\n ID"], 1).get(0), Some("Booking ID"));
    }
}
