//! Rows that keep the contract: on the temp disk until it is known which of them stand.

use std::collections::BTreeMap;

use rounds_shared::catalog::{Dataset, Partition};
use rounds_shared::payload::Severity;
use rounds_shared::rule::Rule;

use crate::coerce::Value;
use crate::dedupe::{Keys, Uniques};
use crate::error::Error;
use crate::findings::Findings;
use crate::record;
use crate::rowset::RowSet;
use crate::spill::Spill;

/// Year and month.
pub(crate) type Month = (i16, i8);

/// Valid rows while they are read. Memory holds of each row what decides whether and where it stands; a few dozen bytes.
pub(crate) struct Kept<'d> {
    dataset: &'d Dataset,
    spill: Spill,
    numbers: Vec<u64>,
    keys: Option<Keys>,
    uniques: Uniques,
    /// The column that partitions the lake, and its month in each row.
    months: Option<(usize, Vec<Option<Month>>)>,
    /// Rules that a value broke without its row being rejected. They count only where the row stands.
    warnings: BTreeMap<(usize, Rule), RowSet>,
    record: Vec<u8>,
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
    /// The rows' values, see [`record::Reader::value`].
    pub spill: Spill,
    /// Their numbers in the file.
    pub numbers: Vec<u64>,
    /// Rows that stand by the month of their partition, in the order of the file; under none in a lake without.
    pub standing: BTreeMap<Option<Month>, Vec<usize>>,
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
        let months = dataset.partition.as_ref().and_then(|Partition::Month(column)| {
            dataset.columns.iter().position(|known| known.name == *column)
        });
        Ok(Self {
            dataset,
            spill: Spill::new()?,
            numbers: Vec::new(),
            keys: Keys::new(dataset),
            uniques: Uniques::new(&dataset.columns),
            months: months.map(|position| (position, Vec::new())),
            warnings: BTreeMap::new(),
            record: Vec::new(),
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
        let row = self.numbers.len();
        self.numbers.push(number);
        if let Some(keys) = &mut self.keys {
            keys.push(values);
        }
        self.uniques.push(values);
        if let Some((position, months)) = &mut self.months {
            months.push(match values.get(*position) {
                Some(Value::Date(day)) => Some((day.year(), day.month())),
                _ => None,
            });
        }
        for warning in warnings {
            self.warnings.entry(*warning).or_default().insert(row);
        }
        self.record.clear();
        for value in values {
            record::put_value(value, &mut self.record);
        }
        self.spill.push(&self.record)
    }

    /// Bytes that the rows take on disk.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.spill.bytes()
    }

    /// Decides which rows stand, and notes why the others do not.
    #[must_use]
    pub(crate) fn decide(self, findings: &mut Findings) -> Decided {
        let Self { dataset, spill, numbers, keys, uniques, months, warnings, .. } = self;
        let number = |row: usize| numbers.get(row).copied();
        let superseded = keys.map(|mut keys| keys.superseded()).unwrap_or_default();
        let rows = || (0..numbers.len()).filter(|row| !superseded.contains(*row));

        let mut repeated = Vec::new();
        let mut rejected = RowSet::default();
        uniques.repeated(rows(), |row, columns| {
            let warns = |position: &&usize| {
                dataset.columns.get(**position).is_some_and(|column| column.severity == Severity::Warn)
            };
            let (warned, broken): (Vec<usize>, Vec<usize>) = columns.iter().partition(warns);
            if let Some(first) = broken.first() {
                findings.note(Severity::Reject, Rule::NotUnique, Some(*first), number(row));
                rejected.insert(row);
                repeated.push(Repeated { number: number(row).unwrap_or_default(), columns: broken });
                return true;
            }
            for position in warned {
                findings.note(Severity::Warn, Rule::NotUnique, Some(position), number(row));
            }
            false
        });
        drop(uniques);

        let mut standing: BTreeMap<Option<Month>, Vec<usize>> = BTreeMap::new();
        for row in 0..numbers.len() {
            if superseded.contains(row) {
                findings.note(Severity::Info, Rule::Superseded, None, number(row));
            } else if !rejected.contains(row) {
                let month = months.as_ref().and_then(|(_, months)| months.get(row).copied().flatten());
                standing.entry(month).or_default().push(row);
                for ((position, rule), rows) in &warnings {
                    if rows.contains(row) {
                        findings.note(severity(*rule), *rule, Some(*position), number(row));
                    }
                }
            }
        }
        Decided { spill, standing, repeated, superseded: superseded.count(), numbers }
    }
}

/// What follows from a rule that a value broke without harm.
fn severity(rule: Rule) -> Severity {
    // The value is as it was written; what was left out beside it is worth knowing.
    if rule == Rule::OffsetIgnored { Severity::Info } else { Severity::Warn }
}
