//! Which rows stand: of several with the same key one, of several with the same unique value the first.

use std::cmp::Ordering;
use std::collections::HashSet;

use rounds_shared::catalog::{Column, Dataset, Keep};
use rounds_shared::digest::Sha256;

use crate::coerce::Value;
use crate::dates;
use crate::record;
use crate::rowset::RowSet;

/// Bytes of a value by which rows are ordered: all of a number or date, the beginning of a text.
const COMPARED: usize = 256;

/// Bits of a row's position; a part has far fewer rows.
const ROW_BITS: u32 = 32;

/// What is remembered of each valid row to tell which of several with the same key stands.
pub(crate) struct Keys {
    key: Vec<usize>,
    /// The column to compare.
    by: Option<usize>,
    /// Whether the largest value and the last row stand, not the smallest and the first.
    is_last: bool,
    /// Of each row what tells its key from others, see [`identity`], and in the last [`ROW_BITS`] its position.
    hashes: Vec<u128>,
    /// Values to compare, end to end; an empty one stands for none.
    values: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// Nothing remembered yet; none for a dataset without a key, in which every row stands.
    #[must_use]
    pub(crate) fn new(dataset: &Dataset) -> Option<Self> {
        let position = |name: &String| dataset.columns.iter().position(|column| column.name == *name);
        let (by, is_last) = match &dataset.keep {
            Keep::First(by) => (by, false),
            Keep::Last(by) => (by, true),
        };
        (!dataset.key.is_empty()).then(|| Self {
            key: dataset.key.iter().filter_map(position).collect(),
            by: by.as_ref().and_then(position),
            is_last,
            hashes: Vec::new(),
            values: Vec::new(),
            ends: Vec::new(),
        })
    }

    /// Remembers the next row.
    pub(crate) fn push(&mut self, values: &[Value<'_>]) {
        let row = self.hashes.len() as u128;
        let key = identity(self.key.iter().filter_map(|position| values.get(*position)));
        self.hashes.push(key >> ROW_BITS << ROW_BITS | row);
        if let Some(value) = self.by.and_then(|position| values.get(position)) {
            let start = self.values.len();
            record::put_ordered(value, &mut self.values);
            self.values.truncate(start + COMPARED);
            self.ends.push(self.values.len());
        }
    }

    /// The rows that lose to another with the same key.
    #[must_use]
    pub(crate) fn superseded(&mut self) -> RowSet {
        let mut superseded = RowSet::default();
        self.hashes.sort_unstable();
        for same in self.hashes.chunk_by(|a, b| a >> ROW_BITS == b >> ROW_BITS) {
            let mut standing = None;
            for row in same.iter().map(|hash| row_of(*hash)) {
                let lost = match standing {
                    Some(better) if self.preference(better, row).is_le() => Some(row),
                    beaten => {
                        standing = Some(row);
                        beaten
                    }
                };
                if let Some(lost) = lost {
                    superseded.insert(lost);
                }
            }
        }
        superseded
    }

    /// Which of two rows with the same key comes first; a row without a value to compare loses.
    fn preference(&self, a: usize, b: usize) -> Ordering {
        let (first, second) = if self.is_last { (b, a) } else { (a, b) };
        let by_value = match (self.value(a), self.value(b)) {
            ([], []) => Ordering::Equal,
            ([], _) => Ordering::Greater,
            (_, []) => Ordering::Less,
            _ => self.value(first).cmp(self.value(second)),
        };
        by_value.then(first.cmp(&second))
    }

    fn value(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.values.get(start..end).unwrap_or_default()
    }
}

/// What is remembered of each valid row to tell which values of unique columns are repeated.
pub(crate) struct Uniques {
    columns: Vec<(usize, Vec<u128>)>,
}

impl Uniques {
    /// Nothing remembered yet.
    #[must_use]
    pub(crate) fn new(columns: &[Column]) -> Self {
        let unique = columns.iter().enumerate().filter(|(_, column)| column.unique);
        Self { columns: unique.map(|(position, _)| (position, Vec::new())).collect() }
    }

    /// Remembers the next row.
    pub(crate) fn push(&mut self, values: &[Value<'_>]) {
        for (position, hashes) in &mut self.columns {
            let value = values.get(*position).filter(|value| **value != Value::Null);
            hashes.push(value.map_or(0, |value| identity(std::iter::once(value))));
        }
    }

    /// Goes through rows in their order, and tells of each that repeats values of earlier ones, and in which columns.
    /// Where `rejects` answers that this rejects the row, its other values are free for later ones.
    pub(crate) fn repeated(
        &self,
        rows: impl Iterator<Item = usize>,
        mut rejects: impl FnMut(usize, &[usize]) -> bool,
    ) {
        if self.columns.is_empty() {
            return;
        }
        let mut taken: Vec<HashSet<u128>> = self.columns.iter().map(|_| HashSet::new()).collect();
        for row in rows {
            let hash = |hashes: &Vec<u128>| hashes.get(row).copied().filter(|hash| *hash != 0);
            let columns = || self.columns.iter().zip(&taken);
            let repeated: Vec<usize> = columns()
                .filter(|((_, hashes), taken)| hash(hashes).is_some_and(|hash| taken.contains(&hash)))
                .map(|((position, _), _)| *position)
                .collect();
            if repeated.is_empty() || !rejects(row, &repeated) {
                for ((_, hashes), taken) in self.columns.iter().zip(&mut taken) {
                    taken.extend(hash(hashes));
                }
            }
        }
    }
}

fn row_of(hash: u128) -> usize {
    usize::try_from(hash & u128::from(u32::MAX)).unwrap_or_default()
}

/// What tells values from others in the same columns, also without its last [`ROW_BITS`]; never 0. A number or a day alone is
/// told by itself, all else by its hash: whoever makes up values finds no two of one hash.
fn identity<'v>(values: impl Iterator<Item = &'v Value<'v>> + Clone) -> u128 {
    let mut few = values.clone();
    let number = match (few.next(), few.next()) {
        (Some(Value::Integer(number)), None) => Some(i64::from(*number)),
        (Some(Value::Bigint(number)), None) => Some(*number),
        (Some(Value::Date(day)), None) => Some(dates::days(*day).into()),
        _ => None,
    };
    if let Some(number) = number {
        return (1 << 64 | u128::from(number.cast_unsigned())) << ROW_BITS;
    }
    let mut bytes = Vec::new();
    for value in values {
        record::put_value(value, &mut bytes);
    }
    let mut digest = Sha256::default();
    digest.update(&bytes);
    digest.half()
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Catalog;

    use super::*;

    fn doctors() -> Dataset {
        Catalog::open(None).unwrap().dataset("healthtech.doctors").unwrap().clone()
    }

    /// A doctor by number and specialty.
    fn doctor(id: i32, specialty: &'static str) -> [Value<'static>; 3] {
        let specialty = if specialty.is_empty() { Value::Null } else { Value::Text(specialty.into()) };
        [Value::Integer(id), Value::Text("Ada".into()), specialty]
    }

    /// Which of some doctors stand.
    fn standing(keep: Keep, rows: &[(i32, &'static str)]) -> Vec<usize> {
        let mut keys = Keys::new(&Dataset { keep, ..doctors() }).unwrap();
        for (id, specialty) in rows {
            keys.push(&doctor(*id, specialty));
        }
        let superseded = keys.superseded();
        (0..rows.len()).filter(|row| !superseded.contains(*row)).collect()
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

    #[test]
    fn without_a_key_nothing_is_remembered() {
        assert!(Keys::new(&Dataset { key: Vec::new(), ..doctors() }).is_none());
    }

    #[test]
    fn values_are_told_apart_however_many_they_are() {
        let day = |day| Value::Date(jiff::civil::date(1970, 1, day));
        let all: Vec<Vec<Value<'_>>> = vec![
            vec![Value::Integer(0)],
            vec![Value::Integer(-1)],
            vec![Value::Bigint(i64::MIN)],
            vec![Value::Bigint(i64::MAX)],
            vec![day(3)],
            vec![Value::Null],
            vec![Value::Text("0".into())],
            vec![Value::Integer(7), Value::Integer(8)],
            vec![Value::Integer(8), Value::Integer(7)],
            vec![Value::Integer(7), Value::Null],
            vec![day(3), Value::Text("a".into())],
            vec![day(3), Value::Text("b".into())],
        ];
        let identities: HashSet<u128> = all.iter().map(|values| identity(values.iter())).collect();
        assert_eq!(identities.len(), all.len());
        let keys: HashSet<u128> = identities.iter().map(|identity| identity >> ROW_BITS).collect();
        assert!(keys.len() == all.len() && !keys.contains(&0));
        let text = identity(std::iter::once(&Value::Text("0".into())));
        assert!(row_of(text) > 0, "a unique value is known by all of its hash");
        for values in &all {
            assert_eq!(identity(values.iter()), identity(values.clone().iter()));
        }
    }

    #[test]
    fn the_first_row_keeps_a_unique_value_and_a_rejected_row_keeps_none() {
        let mut columns = doctors().columns;
        columns[0].unique = true;
        columns[2].unique = true;
        let mut uniques = Uniques::new(&columns);
        for (id, specialty) in [(1, "a"), (1, "b"), (2, "b"), (3, ""), (4, ""), (2, "a")] {
            uniques.push(&doctor(id, specialty));
        }
        let mut told = Vec::new();
        uniques.repeated(0..6, |row, columns| {
            told.push((row, columns.to_vec()));
            true
        });
        assert_eq!(told, [(1, vec![0]), (5, vec![0, 2])]);
    }
}
