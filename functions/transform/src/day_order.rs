//! Which of day and month comes first, where a column's formats allow both orders.

use rounds_shared::payload::Finding;

/// How a date of day and month in numbers can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayOrder {
    /// Only in the order of which the formats list a reading first.
    First,
    /// Only in the other order.
    Second,
    /// In both, as two different dates. It is read in the first order.
    Either,
}

/// The dates of a column by their order: counts, and the first rows of those that could be either.
#[derive(Debug, Clone, Default)]
pub(crate) struct DayOrders {
    has_second: bool,
    either: u64,
    at: Vec<u64>,
}

impl DayOrders {
    /// Takes note of the date in a row.
    pub(crate) fn note(&mut self, order: DayOrder, row: u64) {
        match order {
            DayOrder::First => {}
            DayOrder::Second => self.has_second = true,
            DayOrder::Either => {
                self.either += 1;
                if self.at.len() < Finding::PLACES {
                    self.at.push(row);
                }
            }
        }
    }

    /// How many dates could be read in both orders, and the first rows of them, if there are others that can only be
    /// read in the second one: then both orders occur in the column, and a part of those dates may be read wrongly.
    #[must_use]
    pub(crate) fn ambiguous(&self) -> Option<(u64, &[u64])> {
        (self.has_second && self.either > 0).then_some((self.either, self.at.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ambiguous(orders: &[DayOrder]) -> Option<(u64, Vec<u64>)> {
        let mut column = DayOrders::default();
        for (order, row) in orders.iter().zip(2..) {
            column.note(*order, row);
        }
        column.ambiguous().map(|(count, at)| (count, at.to_vec()))
    }

    #[test]
    fn dates_of_either_order_are_ambiguous_beside_one_of_the_second() {
        use DayOrder::{Either, First, Second};
        assert_eq!(ambiguous(&[Either, Second, First, Either]), Some((2, vec![2, 5])));
        assert_eq!(ambiguous(&[Second, Either]), Some((1, vec![3])), "they were read in the first");
    }

    #[test]
    fn one_order_alone_speaks_for_the_column() {
        use DayOrder::{Either, First, Second};
        assert_eq!(ambiguous(&[Either, First, Either]), None);
        assert_eq!(ambiguous(&[First, Second]), None, "no date of either order, nothing to doubt");
        assert_eq!(ambiguous(&[Either]), None);
    }

    #[test]
    fn memory_stays_bounded() {
        let mut column = DayOrders::default();
        column.note(DayOrder::Second, 1);
        for row in 2..10_000 {
            column.note(DayOrder::Either, row);
        }
        let (count, at) = column.ambiguous().unwrap();
        assert_eq!((count, at.len()), (9_998, Finding::PLACES));
    }
}
