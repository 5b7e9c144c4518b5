//! Words as people spell them: those of an enumeration, those for true and false, and those that mean nothing.

use rounds_shared::catalog::{Word, bare_word};
use rounds_shared::tabular::{Cell, Epoch, trimmed};

/// Words for true and false.
const TRUTHS: [(&str, bool); 12] = [
    ("true", true),
    ("false", false),
    ("yes", true),
    ("no", false),
    ("y", true),
    ("n", false),
    ("t", true),
    ("f", false),
    ("1", true),
    ("0", false),
    ("on", true),
    ("off", false),
];

/// The truth value that a word means.
#[must_use]
pub(crate) fn truth(text: &str) -> Option<bool> {
    let word = bare_word(text);
    if word.is_ascii() {
        return TRUTHS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, truth)| *truth);
    }
    let word = word.to_lowercase();
    TRUTHS.iter().find(|(known, _)| *known == word).map(|(_, truth)| *truth)
}

/// Bytes of a word that is short.
const SHORT: usize = 32;

/// The words of an enumeration by their spellings.
#[derive(Debug, Clone)]
pub(crate) struct Words<'d>(Vec<(&'d str, &'d str)>);

impl<'d> Words<'d> {
    /// The words of a contract.
    #[must_use]
    pub(crate) fn new(contract: &'d [Word]) -> Self {
        let spelt =
            |word: &'d Word| word.spellings.iter().map(|spelling| (spelling.as_str(), word.stored.as_str()));
        let mut words: Vec<_> = contract.iter().flat_map(spelt).collect();
        // A stable sort: of two words of one spelling, the contract's first counts.
        words.sort_by_key(|(spelling, _)| *spelling);
        words.dedup_by_key(|(spelling, _)| *spelling);
        Self(words)
    }

    /// The word that is stored for a text.
    #[must_use]
    pub(crate) fn find(&self, text: &str) -> Option<&'d str> {
        let word = bare_word(text);
        let mut lower = [0; SHORT];
        match lower.get_mut(..word.len()).filter(|_| word.is_ascii()) {
            Some(lower) => {
                lower.copy_from_slice(word.as_bytes());
                lower.make_ascii_lowercase();
                self.spelt(lower)
            }
            None => self.spelt(word.to_lowercase().as_bytes()),
        }
    }

    fn spelt(&self, word: &[u8]) -> Option<&'d str> {
        let found = self.0.binary_search_by(|(spelling, _)| spelling.as_bytes().cmp(word)).ok()?;
        self.0.get(found).map(|(_, stored)| *stored)
    }
}

/// The words that mean that there is no value.
#[derive(Debug, Clone)]
pub(crate) struct Nulls<'d> {
    words: &'d [String],
    /// A bit for each character of ASCII that one of them begins with, in either case.
    first: u128,
}

/// Characters that a number or a date begins with.
const OF_NUMBERS: u128 = 0x3ff << b'0' | 1 << b'-';

impl<'d> Nulls<'d> {
    /// The words of a contract, lower-case.
    #[must_use]
    pub(crate) fn new(words: &'d [String]) -> Self {
        let bit = |byte: u8| if byte.is_ascii() { 1 << byte } else { 0 };
        let first = words.iter().filter_map(|word| word.as_bytes().first());
        Self { words, first: first.fold(0, |set, byte| set | bit(*byte) | bit(byte.to_ascii_uppercase())) }
    }

    /// Whether a cell has nothing to see in it or one of them.
    #[must_use]
    pub(crate) fn are_in(&self, cell: &Cell<'_>, epoch: Epoch) -> bool {
        match cell {
            Cell::Empty => true,
            Cell::Text(text) => {
                let text = trimmed(text);
                text.is_empty() || self.contain(text)
            }
            Cell::Number(number) | Cell::Date(number)
                if number.is_finite() && self.first & OF_NUMBERS == 0 =>
            {
                false
            }
            _ => !self.words.is_empty() && self.contain(&cell.as_text(epoch)),
        }
    }

    fn contain(&self, text: &str) -> bool {
        // Most text begins otherwise.
        let may_be =
            text.as_bytes().first().is_none_or(|byte| !byte.is_ascii() || self.first >> byte & 1 == 1);
        let lower = || text.chars().flat_map(char::to_lowercase);
        may_be && self.words.iter().any(|word| word.chars().eq(lower()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rounds_shared::catalog::spelling;

    use super::*;

    fn word(stored: &str, spellings: &[&str]) -> Word {
        Word {
            stored: stored.into(),
            spellings: spellings.iter().map(|spelling| (*spelling).into()).collect(),
        }
    }

    fn states() -> Vec<Word> {
        vec![
            word("done", &["done", "completed", "ok+"]),
            word("no_show", &["no_show", "no-show", "\u{e4}rztin", "i\u{307}"]),
            word("late", &["done", "late"]),
        ]
    }

    #[test]
    fn of_two_words_of_one_spelling_the_first_counts() {
        let states = states();
        let words = Words::new(&states);
        assert_eq!(words.find(" Done. "), Some("done"));
        assert_eq!(words.find("LATE"), Some("late"));
        assert_eq!(words.find("later"), None);
    }

    #[test]
    fn a_word_for_nothing_is_known_in_any_case() {
        let words = ["n/a", "\u{fc}bel", "-1"].map(str::to_owned);
        let nulls = Nulls::new(&words);
        let are_in = |cell: &Cell<'_>| nulls.are_in(cell, Epoch::Y1900);
        for none in [Cell::Empty, Cell::Error("#N/A"), Cell::Number(1.0), Cell::Text("n/a.".into())] {
            assert_eq!(are_in(&none), none == Cell::Empty, "{none:?}");
        }
        for text in ["N/A", "\u{dc}BEL", "", "-1"] {
            assert!(are_in(&Cell::Text(text.into())), "{text}");
        }
        assert!(are_in(&Cell::Number(-1.0)));
        assert!(Nulls::new(&["#n/a".to_owned()]).are_in(&Cell::Error("#N/A"), Epoch::Y1900));
        assert!(Nulls::new(&["nan".to_owned()]).are_in(&Cell::Number(f64::NAN), Epoch::Y1900));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn words_are_found_by_their_spelling(
            text in prop_oneof![
                "[ \u{a0}]?(done|DONE|Completed|OK\\+|ok|No[-_]Show|[\u{c4}\u{e4}]rzt[i\u{130}]n|\u{130}|LATE|\u{212a})[.!+ -]{0,3}",
                "[a-eI\u{130}.+ -]{0,6}",
            ],
        ) {
            let states = states();
            let spelt = spelling(&text);
            let expected = states.iter().find(|word| word.spellings.contains(&spelt)).map(|word| word.stored.as_str());
            prop_assert_eq!(Words::new(&states).find(&text), expected);
        }

        #[test]
        fn truth_is_found_by_its_spelling(text in "[ ]?(true|YES|No|y|N|\u{212a}|on|OFF|[01]|t|F|[a-z]{0,4})[.!) ]{0,2}") {
            let expected = match spelling(&text).as_str() {
                "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
                "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
                _ => None,
            };
            prop_assert_eq!(truth(&text), expected);
        }

        #[test]
        fn a_cell_that_means_nothing_is_told_by_its_text(
            words in prop::collection::vec("[n12/a-]{0,2}|nan|inf|true|#n/a|\u{131}|i\u{307}|2025-10-05", 0..4),
            text in "[nN12/aA-]{0,2}|\u{130}|TRUE",
            number in prop_oneof![(-2..3_i32).prop_map(f64::from), Just(45_935.0), Just(1.5), Just(f64::NAN), Just(f64::INFINITY)],
        ) {
            let nulls = Nulls::new(&words);
            for cell in [
                Cell::Empty, Cell::Text(text.into()), Cell::Number(number), Cell::Date(number), Cell::Bool(true),
                Cell::Error("#N/A"), Cell::Uncalculated,
            ] {
                let lower = cell.as_text(Epoch::Y1900).chars().flat_map(char::to_lowercase).collect::<String>();
                let expected = cell.is_blank() || words.contains(&lower);
                prop_assert_eq!(nulls.are_in(&cell, Epoch::Y1900), expected, "{:?} in {:?}", cell, words);
            }
        }
    }
}
