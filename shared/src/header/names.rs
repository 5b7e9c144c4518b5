//! A name for every position of a table.

use crate::catalog::UnknownNames;
use crate::tabular::unique::Unique;

/// What each position is called, as the contract's [`UnknownNames`] say. No two are the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    taken: Unique,
    style: UnknownNames,
}

impl Names {
    /// Names for a header's cells as they are spelt. Line breaks in them are space, and NUL, which no database keeps, is
    /// nothing.
    #[must_use]
    pub fn as_written(spelled: &[String]) -> Self {
        let mut names = Self::none(UnknownNames::AsWritten);
        for text in spelled {
            let text = text.replace('\0', "");
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            names.push(lines.join(" "));
        }
        names
    }

    /// Names for a header's cells as lower-case words. `own` has, by position, the name of the contract's column that is
    /// there; no other position is called as one of the contract's `columns`.
    #[must_use]
    pub fn snake_case<'c>(
        spelled: &[String],
        own: &[Option<&str>],
        columns: impl Iterator<Item = &'c str>,
    ) -> Self {
        let mut names = Self::none(UnknownNames::SnakeCase);
        for column in columns {
            names.taken.claim(column.to_owned());
        }
        for (text, own) in spelled.iter().zip(own) {
            match own {
                Some(column) => names.names.push((*column).to_owned()),
                None => names.push(words(text)),
            }
        }
        names
    }

    fn none(style: UnknownNames) -> Self {
        Self { names: Vec::new(), taken: Unique::default(), style }
    }

    /// The name of a position, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&str> {
        self.names.get(place).map(String::as_str)
    }

    /// How many positions have a name.
    #[must_use]
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Names positions behind the header as if they were blank in it, until `width` have a name.
    pub fn widen(&mut self, width: usize) {
        while self.names.len() < width {
            self.push(String::new());
        }
    }

    fn push(&mut self, spelled: String) {
        let blank = |name: &str| if spelled.is_empty() { name.to_owned() } else { spelled.clone() };
        let name = match self.style {
            UnknownNames::AsWritten => self.taken.claim(blank(&format!("column {}", self.names.len() + 1))),
            UnknownNames::SnakeCase => {
                let again = |name: &str, count: u64| format!("{name}_{}", count - 1);
                self.taken.claim_as(blank("unnamed_column"), again)
            }
        };
        self.names.push(name);
    }
}

/// A text's words in lower case, joined by `_`.
fn words(text: &str) -> String {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    fn names(texts: &[&str], width: usize) -> Names {
        let mut names = Names::as_written(&spelled(texts));
        names.widen(width);
        names
    }

    fn all(names: &Names) -> Vec<&str> {
        (0..names.count()).filter_map(|place| names.get(place)).collect()
    }

    #[test]
    fn every_position_has_a_name_of_its_own() {
        let names = names(&["id", "name", "", "name", "name (2)", "name", "column 7"], 8);
        assert_eq!(
            all(&names),
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
        assert_eq!(all(&names), ["Booking ID", "column 2", "Booking ID (2)"]);
    }

    #[test]
    fn a_line_break_is_space() {
        assert_eq!(names(&["Booking \r\n ID"], 1).get(0), Some("Booking ID"));
    }

    #[test]
    fn snake_case_is_lower_case_words_joined_by_one_sign() {
        for (header, name) in [
            ("Credit Source w/o Payer", "credit_source_w_o_payer"),
            (" Remark  Code(s)\u{a0}", "remark_code_s"),
            ("__Größe (№)__", "größe"),
            ("charge_id", "charge_id"),
            ("Booking\0 \r\n ID", "booking_id"),
            (" -/- ", "unnamed_column"),
        ] {
            let names = Names::snake_case(&spelled(&[header]), &[None], std::iter::empty());
            assert_eq!(all(&names), [name], "{header}");
        }
    }

    #[test]
    fn in_snake_case_no_stranger_is_called_as_a_column_of_the_contract() {
        let header = spelled(&["Claim No", "Claim ID", "", "Note", "note", "NOTE 1", "", "Created at"]);
        let own = [Some("claim_id"), None, None, None, None, None, None, None];
        let mut names = Names::snake_case(&header, &own, ["claim_id", "created_at"].into_iter());
        names.widen(9);
        assert_eq!(
            all(&names),
            [
                "claim_id",
                "claim_id_1",
                "unnamed_column",
                "note",
                "note_1",
                "note_1_1",
                "unnamed_column_1",
                "created_at_1",
                "unnamed_column_2"
            ]
        );
    }
}
