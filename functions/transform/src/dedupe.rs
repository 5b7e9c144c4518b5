//! Of several rows with the same key one stands; the others are superseded.

use std::cmp::Ordering;

use rounds_shared::catalog::{Dataset, Keep};

use crate::columns::Columns;

/// The rows of a table, told apart. Both lists are in the order of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Deduped {
    /// Rows that stand, one for each key.
    pub standing: Vec<usize>,
    /// Rows that lost to another with the same key.
    pub superseded: Vec<usize>,
}

/// Applies the contract's `keep` to the valid rows.
#[must_use]
pub fn dedupe(columns: &Columns, dataset: &Dataset) -> Deduped {
    let key: Vec<usize> = dataset.key.iter().filter_map(|name| columns.position(name)).collect();
    let same_key = |a: usize, b: usize| {
        key.iter()
            .map(|column| columns.compare(*column, a, b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let mut order: Vec<usize> = (0..columns.height()).collect();
    // The row's own position decides last, so that no two rows are equal and the outcome never depends on the sort.
    order.sort_unstable_by(|&a, &b| same_key(a, b).then_with(|| preference(columns, &dataset.keep, a, b)));
    let mut stands = vec![true; columns.height()];
    for pair in order.windows(2) {
        if let &[better, worse] = pair
            && same_key(better, worse).is_eq()
            && let Some(stands) = stands.get_mut(worse)
        {
            *stands = false;
        }
    }
    let (standing, superseded) = (0..columns.height()).partition(|index| stands.get(*index) == Some(&true));
    Deduped { standing, superseded }
}

/// Which of two rows with the same key comes first; a row without a value to compare loses.
fn preference(columns: &Columns, keep: &Keep, a: usize, b: usize) -> Ordering {
    let (by, is_last) = match keep {
        Keep::First(by) => (by, false),
        Keep::Last(by) => (by, true),
    };
    let by_value =
        by.as_ref().and_then(|name| columns.position(name)).map_or(Ordering::Equal, |column| {
            match (columns.is_null(column, a), columns.is_null(column, b)) {
                (false, false) if is_last => columns.compare(column, b, a),
                _ => columns.compare(column, a, b),
            }
        });
    by_value.then(if is_last { b.cmp(&a) } else { a.cmp(&b) })
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Catalog;

    use super::*;
    use crate::coerce::Value;

    /// Doctors by number and specialty, and which of them stand.
    fn standing(keep: Keep, rows: &[(i32, &'static str)]) -> Vec<usize> {
        let mut dataset = Catalog::open(None).unwrap().dataset("healthtech.doctors").unwrap().clone();
        dataset.keep = keep;
        let mut columns = Columns::new(&dataset.columns);
        for (number, (id, specialty)) in (2..).zip(rows) {
            let specialty = if specialty.is_empty() { Value::Null } else { Value::Text((*specialty).into()) };
            columns.push(number, [Value::Integer(*id), Value::Text("Ada".into()), specialty]);
        }
        let deduped = dedupe(&columns, &dataset);
        assert_eq!(deduped.standing.len() + deduped.superseded.len(), rows.len());
        deduped.standing
    }

    #[test]
    fn without_a_column_the_first_or_the_last_row_stands() {
        let rows = [(1, "b"), (2, "b"), (1, "a"), (1, "c")];
        assert_eq!(standing(Keep::First(None), &rows), [0, 1]);
        assert_eq!(standing(Keep::Last(None), &rows), [1, 3]);
    }

    #[test]
    fn by_a_column_the_smallest_or_largest_value_stands() {
        let rows = [(1, "b"), (1, "a"), (1, "a"), (1, "c"), (1, "c")];
        let by = || Some("specialty".to_owned());
        assert_eq!(standing(Keep::First(by()), &rows), [1], "of equals the first");
        assert_eq!(standing(Keep::Last(by()), &rows), [4], "of equals the last");
    }

    #[test]
    fn a_row_without_a_value_to_compare_loses() {
        let rows = [(1, ""), (1, "b"), (1, "")];
        let by = || Some("specialty".to_owned());
        assert_eq!(standing(Keep::First(by()), &rows), [1]);
        assert_eq!(standing(Keep::Last(by()), &rows), [1]);
    }
}
