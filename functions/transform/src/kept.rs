//! Rows that keep the contract: on the temp disk until it is known which of them stand.

use std::collections::BTreeMap;

use rounds_shared::catalog::{Dataset, Partition};
use rounds_shared::payload::Severity;
use rounds_shared::rule::Rule;

use crate::dates;
use crate::dedupe::{Keys, Uniques};
use crate::error::Error;
use crate::findings::Findings;
use crate::partitions::{Partitions, Spilled};
use crate::row_numbers::RowNumbers;
use crate::rowset::RowSet;
use crate::value::Value;

/// Valid rows while they are read. Memory holds of each row what decides whether it stands; a few dozen bytes.
pub(crate) struct Kept<'d> {
    dataset: &'d Dataset,
    partitions: Partitions<'d>,
    numbers: RowNumbers,
    keys: Option<Keys>,
    uniques: Uniques,
    /// The column whose month partitions the lake.
    partitioned_by: Option<usize>,
    /// Rules that a value broke without its row being rejected. They count only where the row stands.
    warnings: BTreeMap<(usize, Rule), RowSet>,
}

/// A row that repeats the value of an earlier one in unique columns, and is rejected for it.
pub(crate) struct Repeated {
    /// Its number in the file.
    pub number: u64,
    /// Positions of the columns.
    pub columns: Vec<usize>,
}

/// What is known once all rows are read.
pub(crate) struct Decided {
    /// All rows.
    pub rows: Spilled,
    /// Those of them that do not stand.
    pub gone: RowSet,
    /// How many rows stand.
    pub kept: u64,
    /// Rows that are rejected after the fact.
    pub repeated: Vec<Repeated>,
    /// How many rows lost to another with the same key.
    pub superseded: u64,
}

impl<'d> Kept<'d> {
    /// No rows yet.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn new(dataset: &'d Dataset) -> Result<Self, Error> {
        let partitioned_by = dataset.partition.as_ref().and_then(|Partition::Month(column)| {
            dataset.columns.iter().position(|known| known.name == *column)
        });
        Ok(Self {
            dataset,
            partitions: Partitions::new(&dataset.columns)?,
            numbers: RowNumbers::default(),
            keys: Keys::new(dataset),
            uniques: Uniques::new(&dataset.columns),
            partitioned_by,
            warnings: BTreeMap::new(),
        })
    }

    /// Adds a row: its number in the file, its values in the contract's order, and the rules that some of them broke
    /// without harm.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn push(
        &mut self,
        number: u64,
        values: &[Value<'_>],
        warnings: &[(usize, Rule)],
    ) -> Result<(), Error> {
        for warning in warnings {
            self.warnings.entry(*warning).or_default().insert(self.numbers.rows());
        }
        self.numbers.push(number);
        if let Some(keys) = &mut self.keys {
            keys.push(values);
        }
        self.uniques.push(values);
        let month = match self.partitioned_by.and_then(|position| values.get(position)) {
            Some(Value::Date(day)) => dates::month(*day),
            _ => None,
        };
        self.partitions.push(month, number, values)
    }

    /// Bytes that the rows take on disk.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.partitions.bytes()
    }

    /// Decides which rows stand, and notes why the others do not.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn decide(self, findings: &mut Findings) -> Result<Decided, Error> {
        let Self { dataset, partitions, numbers, keys, uniques, warnings, .. } = self;
        let superseded = keys.map(|mut keys| keys.superseded()).unwrap_or_default();
        for row in superseded.iter() {
            findings.note(Severity::Info, Rule::Superseded, None, numbers.get(row));
        }

        let mut repeated = Vec::new();
        let mut rejected = RowSet::default();
        let rows = (0..numbers.rows()).filter(|row| !superseded.contains(*row));
        uniques.repeated(rows, |row, columns| {
            let warns = |position: &&usize| {
                dataset.columns.get(**position).is_some_and(|column| column.severity == Severity::Warn)
            };
            let (warned, broken): (Vec<usize>, Vec<usize>) = columns.iter().partition(warns);
            let number = numbers.get(row);
            if let Some(first) = broken.first() {
                findings.note(Severity::Reject, Rule::NotUnique, Some(*first), number);
                rejected.insert(row);
                repeated.push(Repeated { number: number.unwrap_or_default(), columns: broken });
                return true;
            }
            for position in warned {
                findings.note(Severity::Warn, Rule::NotUnique, Some(position), number);
            }
            false
        });

        let (lost, mut gone) = (superseded.count(), superseded);
        for row in rejected.iter() {
            gone.insert(row);
        }
        for ((position, rule), rows) in &warnings {
            for row in rows.iter().filter(|row| !gone.contains(*row)) {
                findings.note(severity(*rule), *rule, Some(*position), numbers.get(row));
            }
        }
        let kept = u64::try_from(numbers.rows()).unwrap_or(u64::MAX) - gone.count();
        Ok(Decided { rows: partitions.finish()?, gone, kept, repeated, superseded: lost })
    }
}

/// What follows from a rule that a value broke without harm.
fn severity(rule: Rule) -> Severity {
    // The value is as it was written; what was left out beside it is worth knowing.
    if rule == Rule::OffsetIgnored { Severity::Info } else { Severity::Warn }
}
