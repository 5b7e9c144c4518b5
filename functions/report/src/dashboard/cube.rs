//! The groups of a query's facts, and the values that they are told apart by, as PostgreSQL counts them.

use rounds_shared::database::DatabaseError;
use tokio_postgres::{Row, Transaction};

use super::facts::{Facts, GROUPS};
use crate::error::Reason;

/// The place of a group's value on an axis, none for all of them together.
pub(super) type Place = Option<u16>;

/// A query's facts, counted.
pub(super) struct Cube {
    /// The values of each axis.
    pub(super) axes: Vec<Vec<Value>>,
    /// The groups that have facts, in the order of their places.
    pub(super) groups: Vec<Group>,
}

/// A value of an axis.
pub(super) struct Value {
    /// Its place: the largest or latest has 1.
    pub(super) place: u16,
    /// The value; none where there is none.
    pub(super) text: Option<String>,
    /// Its number in the order of the values.
    pub(super) by_value: i32,
    /// What follows from it.
    pub(super) details: Vec<Option<String>>,
}

/// A group of facts.
pub(super) struct Group {
    /// Its place on each axis.
    pub(super) places: Box<[Place]>,
    /// How many facts there are.
    pub(super) facts: u64,
    /// How many people they are about.
    pub(super) people: u64,
    /// How many values each counted column has.
    pub(super) distinct: Vec<u64>,
    /// How each share divides them: those for which it is true, false, and neither.
    pub(super) shares: Vec<[Part; 3]>,
}

/// Some of the facts of a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// How many facts there are.
    pub(super) facts: u64,
    /// How many people they are about.
    pub(super) people: u64,
}

impl Cube {
    /// Counts the facts; none where there are too many groups.
    ///
    /// # Errors
    /// [`Reason::Query`] where the query is refused.
    pub(super) async fn read(
        transaction: &Transaction<'_>,
        facts: &Facts<'_>,
    ) -> Result<Option<Self>, Reason> {
        let refused = |error: tokio_postgres::Error| Reason::Query {
            file: facts.query.file.clone(),
            error: error.into(),
        };
        let rows = transaction.query(&facts.groups(), &[]).await.map_err(refused)?;
        if rows.len() > GROUPS {
            return Ok(None);
        }
        let groups: Result<Vec<Group>, DatabaseError> = rows.iter().map(|row| group(row, facts)).collect();
        let mut groups = groups?;
        groups.retain(|group| group.facts > 0);
        groups.sort_by(|one, other| one.places.cmp(&other.places));
        let mut axes: Vec<Vec<Value>> = facts.axes.iter().map(|_| Vec::new()).collect();
        if !axes.is_empty() {
            for row in transaction.query(&facts.values(), &[]).await.map_err(refused)? {
                let (axis, value) = value(&row)?;
                if let Some(values) = axes.get_mut(axis) {
                    values.push(value);
                }
            }
        }
        Ok(Some(Self { axes, groups }))
    }

    /// How many facts there are in all.
    #[must_use]
    pub(super) fn facts(&self) -> u64 {
        let is_total = |group: &&Group| group.places.iter().all(Option::is_none);
        self.groups.iter().find(is_total).map_or(0, |total| total.facts)
    }
}

/// One row of the values.
fn value(row: &Row) -> Result<(usize, Value), DatabaseError> {
    let axis = usize::try_from(row.try_get::<_, i32>(0)?).unwrap_or(usize::MAX);
    let place = u16::try_from(row.try_get::<_, i32>(1)?).unwrap_or(u16::MAX);
    Ok((axis, Value { place, text: row.try_get(2)?, by_value: row.try_get(3)?, details: row.try_get(4)? }))
}

fn group(row: &Row, facts: &Facts<'_>) -> Result<Group, DatabaseError> {
    let mut column = 0;
    let mut next = || {
        column += 1;
        column - 1
    };
    let places: Result<Box<[Place]>, tokio_postgres::Error> = facts
        .axes
        .iter()
        .map(|_| Ok(row.try_get::<_, Option<i32>>(next())?.and_then(|place| place.try_into().ok())))
        .collect();
    let mut count = || row.try_get::<_, i64>(next()).map(|count| u64::try_from(count).unwrap_or_default());
    let (facts_of, people) = (count()?, count()?);
    let distinct: Result<Vec<u64>, tokio_postgres::Error> = facts.distinct.iter().map(|_| count()).collect();
    let distinct = distinct?;
    let mut part = || Ok(Part { facts: count()?, people: count()? });
    let shares: Result<Vec<[Part; 3]>, tokio_postgres::Error> =
        facts.shares.iter().map(|_| Ok([part()?, part()?, part()?])).collect();
    Ok(Group { places: places?, facts: facts_of, people, distinct, shares: shares? })
}
