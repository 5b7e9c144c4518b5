//! Where rows stand in their file.

/// The numbers of rows in their file. Most follow one another, so that memory holds where a run of them begins.
#[derive(Debug, Default)]
pub(crate) struct RowNumbers {
    /// Of each run the position of its first row, and its number.
    runs: Vec<(usize, u64)>,
    rows: usize,
}

impl RowNumbers {
    /// Adds the number of the next row.
    pub(crate) fn push(&mut self, number: u64) {
        if self.after_last() != Some(number) {
            self.runs.push((self.rows, number));
        }
        self.rows += 1;
    }

    /// How many rows there are.
    #[must_use]
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The number of the row in this position, from 0.
    #[must_use]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        let run = self.runs.partition_point(|(first, _)| *first <= row).checked_sub(1)?;
        let (first, number) = self.runs.get(run).filter(|_| row < self.rows)?;
        Some(number + u64::try_from(row - first).ok()?)
    }

    fn after_last(&self) -> Option<u64> {
        let (first, number) = self.runs.last()?;
        Some(number + u64::try_from(self.rows - first).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_row_has_its_number(steps in prop::collection::vec(prop_oneof![3 => Just(1_u64), 1 => 2_u64..9], 0..50)) {
            let (mut numbers, mut expected, mut number) = (RowNumbers::default(), Vec::new(), 0);
            for step in steps {
                number += step;
                numbers.push(number);
                expected.push(number);
            }
            prop_assert_eq!(numbers.rows(), expected.len());
            prop_assert_eq!((0..expected.len()).filter_map(|row| numbers.get(row)).collect::<Vec<_>>(), expected);
            prop_assert_eq!(numbers.get(numbers.rows()), None);
        }
    }

    #[test]
    fn rows_that_follow_one_another_take_no_memory() {
        let mut numbers = RowNumbers::default();
        (2..1_000).filter(|number| *number != 500).for_each(|number| numbers.push(number));
        assert_eq!(numbers.runs, [(0, 2), (498, 501)]);
    }
}
