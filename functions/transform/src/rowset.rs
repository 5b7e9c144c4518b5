//! Sets of rows.

/// A set of rows by position, one bit each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RowSet {
    words: Vec<u64>,
    count: u64,
}

impl RowSet {
    /// Adds a row; whether it was not in the set before.
    pub(crate) fn insert(&mut self, row: usize) -> bool {
        let (word, bit) = place(row);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let Some(word) = self.words.get_mut(word) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        self.count += u64::from(is_new);
        is_new
    }

    /// Whether a row is in the set.
    #[must_use]
    pub(crate) fn contains(&self, row: usize) -> bool {
        let (word, bit) = place(row);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// The rows in it, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(|(place, word)| {
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| place * 64 + bit)
        })
    }

    /// How many rows are in it.
    #[must_use]
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

fn place(row: usize) -> (usize, u64) {
    (row / 64, 1 << (row % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_added_and_counts_it_once() {
        let mut set = RowSet::default();
        assert_eq!([3, 64, 3, 1_000].map(|row| set.insert(row)), [true, true, false, true]);
        assert_eq!(set.count(), 3);
        assert_eq!(set.iter().collect::<Vec<_>>(), [3, 64, 1_000]);
        assert!(set.contains(64) && !set.contains(65) && !set.contains(1 << 40));
    }
}
