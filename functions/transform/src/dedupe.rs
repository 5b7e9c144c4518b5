//! Which rows stand: of several with the same key one, of several with the same unique value the first.

use std::cmp::Ordering;
use std::collections::HashSet;

use rounds_shared::catalog::{Column, ColumnType, Dataset, Keep};
use rounds_shared::digest::Sha256;

use crate::record;
use crate::rowset::RowSet;
use crate::value::Value;

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
    /// Of each row what tells its key from others, see [`identity`], and in the last [`ROW_BITS`] its position: of rows each
    /// of which is above those before, as where they are numbered; and of the others.
    ascending: Vec<u128>,
    others: Vec<u128>,
    compared: Compared,
}

/// Of each row the value by which those with the same key are compared.
enum Compared {
    /// Whole numbers; those of some rows stand for none.
    Numbers { numbers: Vec<i64>, missing: RowSet },
    /// Other values, end to end; an empty one stands for none.
    Bytes { values: Vec<u8>, ends: Vec<usize> },
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
        let by = by.as_ref().and_then(position);
        let kind = by.and_then(|position| dataset.columns.get(position)).map(|column| column.kind);
        (!dataset.key.is_empty()).then(|| Self {
            key: dataset.key.iter().filter_map(position).collect(),
            by,
            is_last,
            ascending: Vec::new(),
            others: Vec::new(),
            compared: Compared::new(kind),
        })
    }

    /// Remembers the next row.
    pub(crate) fn push(&mut self, values: &[Value<'_>]) {
        let row = (self.ascending.len() + self.others.len()) as u128;
        let key = identity(self.key.iter().filter_map(|position| values.get(*position)));
        let hash = key >> ROW_BITS << ROW_BITS | row;
        let is_above = self.ascending.last().is_none_or(|last| *last < hash);
        if is_above { &mut self.ascending } else { &mut self.others }.push(hash);
        if let Some(value) = self.by.and_then(|position| values.get(position)) {
            self.compared.push(value);
        }
    }

    /// The rows that lose to another with the same key.
    #[must_use]
    pub(crate) fn superseded(&mut self) -> RowSet {
        let mut superseded = RowSet::default();
        self.others.sort_unstable();
        let mut standing: Option<u128> = None;
        for hash in merged(&self.ascending, &self.others) {
            let row = row_of(hash);
            let rival = standing.filter(|other| other >> ROW_BITS == hash >> ROW_BITS).map(row_of);
            let lost = match rival {
                Some(better) if self.preference(better, row).is_le() => Some(row),
                beaten => {
                    standing = Some(hash);
                    beaten
                }
            };
            if let Some(lost) = lost {
                superseded.insert(lost);
            }
        }
        superseded
    }

    /// Which of two rows with the same key comes first; a row without a value to compare loses.
    fn preference(&self, a: usize, b: usize) -> Ordering {
        let (first, second) = if self.is_last { (b, a) } else { (a, b) };
        self.compared.order(a, b, self.is_last).then(first.cmp(&second))
    }
}

impl Compared {
    fn new(kind: Option<ColumnType>) -> Self {
        match kind {
            Some(ColumnType::Text | ColumnType::Json | ColumnType::Decimal { .. }) => {
                Self::Bytes { values: Vec::new(), ends: Vec::new() }
            }
            _ => Self::Numbers { numbers: Vec::new(), missing: RowSet::default() },
        }
    }

    fn push(&mut self, value: &Value<'_>) {
        match self {
            Self::Numbers { numbers, missing } => {
                let number = value.number();
                if number.is_none() {
                    missing.insert(numbers.len());
                }
                numbers.push(number.unwrap_or_default());
            }
            Self::Bytes { values, ends } => {
                let start = values.len();
                record::put_ordered(value, values);
                values.truncate(start + COMPARED);
                ends.push(values.len());
            }
        }
    }

    /// Puts of two rows the one with the smaller value first, or the one with the larger; one without a value is behind.
    fn order(&self, a: usize, b: usize, is_last: bool) -> Ordering {
        match self {
            Self::Numbers { numbers, missing } => {
                let number = |row| numbers.get(row).filter(|_| !missing.contains(row));
                in_order(number(a), number(b), is_last)
            }
            Self::Bytes { values, ends } => {
                let bytes = |row: usize| {
                    let start = row.checked_sub(1).and_then(|before| ends.get(before)).copied();
                    let bytes = values.get(start.unwrap_or_default()..*ends.get(row)?);
                    bytes.filter(|bytes| !bytes.is_empty())
                };
                in_order(bytes(a), bytes(b), is_last)
            }
        }
    }
}

fn in_order<T: Ord>(a: Option<T>, b: Option<T>, is_last: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if is_last => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
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

/// Two sorted runs as one, where they are: together they are most of what is held of a part.
fn merged(a: &[u128], b: &[u128]) -> impl Iterator<Item = u128> {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    std::iter::from_fn(move || {
        let is_first = |hash: &u128| b.peek().is_none_or(|other| hash < other);
        a.next_if(is_first).or_else(|| b.next())
    })
}

fn row_of(hash: u128) -> usize {
    usize::try_from(hash & u128::from(u32::MAX)).unwrap_or_default()
}

/// What tells values from others in the same columns, also without its last [`ROW_BITS`]; never 0. A number alone is
/// told by itself, all else by its hash: whoever makes up values finds no two of one hash.
fn identity<'v>(values: impl Iterator<Item = &'v Value<'v>> + Clone) -> u128 {
    let mut few = values.clone();
    let number = match (few.next(), few.next()) {
        (Some(value), None) => value.number(),
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
#[path = "dedupe_tests.rs"]
mod tests;
