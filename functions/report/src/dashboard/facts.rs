//! By what the facts of one query are counted, and the SQL that counts them. Pure: text out.
//!
//! All tabs that read a query are counted at once. A column is one axis, whether it is a filter here or an `x` there: so
//! each group has one place, and is shown or left out everywhere alike.

use std::collections::BTreeSet;

use rounds_shared::catalog::Query;
use rounds_shared::catalog::dashboard::{Chart, Kind, Measure, Tab};
use rounds_shared::schema::sql::identifier;

use super::disclosure::MINIMUM;

/// Most values of a filter or of series.
const CHOICES: usize = 30;
/// Most bars, and columns.
pub(super) const BARS: usize = 40;
/// Most values along a line; the latest ones.
const MOMENTS: usize = 120;
/// Most rows of a table.
const ROWS: usize = 1_000;
/// Most groups of a query's facts: with more, a page would become too large for a telephone.
pub(super) const GROUPS: usize = 40_000;
/// Most characters of a value that are shown.
const CHARACTERS: usize = 80;

/// The facts of one query.
pub(super) struct Facts<'a> {
    /// The query.
    pub(super) query: &'a Query,
    /// The column that names the person whom a fact is about.
    pub(super) person: &'a str,
    /// What groups are told apart by.
    pub(super) axes: Vec<Axis<'a>>,
    /// Columns whose values are counted.
    pub(super) distinct: Vec<&'a str>,
    /// Columns that are true of a part of the facts.
    pub(super) shares: Vec<&'a str>,
    /// Which axes are taken together, as lists of their numbers, in order.
    families: BTreeSet<Vec<usize>>,
}

/// A column that groups are told apart by.
pub(super) struct Axis<'a> {
    /// The column.
    pub(super) column: &'a str,
    /// Which values stand for themselves.
    pub(super) bound: Bound,
    /// Columns that follow from it.
    pub(super) details: Vec<&'a str>,
}

/// Which values of an axis stand for themselves. The others are one value, [`OTHERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Those with the most facts, that are of enough people to be named at all.
    Largest(usize),
    /// Those with the most facts, of an axis that has an order.
    LargestInOrder(usize),
    /// The latest; the others are not shown.
    Latest(usize),
}

/// The place of the values beyond an axis's bound.
pub(super) const OTHERS: u16 = 0;

impl<'a> Facts<'a> {
    /// Of a query and the tabs that read it; all bounds halved so many times.
    #[must_use]
    pub(super) fn of(query: &'a Query, person: &'a str, tabs: &[&'a Tab], halvings: u32) -> Self {
        let mut facts = Self {
            query,
            person,
            axes: Vec::new(),
            distinct: Vec::new(),
            shares: Vec::new(),
            families: BTreeSet::new(),
        };
        let mut columns: BTreeSet<&str> = BTreeSet::new();
        for tab in tabs {
            columns.extend(tab.filters.values().map(String::as_str));
            columns.extend(tab.charts.iter().flat_map(of_chart));
            for measure in tab.measures.values() {
                match measure {
                    Measure::Distinct(column) => once(&mut facts.distinct, column),
                    Measure::Share(column) => once(&mut facts.shares, column),
                    Measure::Count | Measure::People => {}
                }
            }
        }
        facts.axes = columns.into_iter().map(|column| Axis::of(column, tabs, halvings)).collect();
        for tab in tabs {
            let charts = tab.charts.iter().map(|chart| of_chart(chart).collect::<Vec<_>>());
            for chart in charts.chain([Vec::new()]) {
                let columns = tab.filters.values().map(String::as_str).chain(chart);
                let axes: BTreeSet<usize> = columns.filter_map(|column| facts.axis(column)).collect();
                facts.families.extend(subsets(&axes.into_iter().collect::<Vec<_>>()));
            }
        }
        facts
    }

    /// The number of a column's axis.
    #[must_use]
    pub(super) fn axis(&self, column: &str) -> Option<usize> {
        self.axes.iter().position(|axis| axis.column == column)
    }

    /// Asks for the values of all axes: axis, place, value, number in the order of values, details.
    #[must_use]
    pub(super) fn values(&self) -> String {
        let axes = (0..self.axes.len()).map(|number| {
            format!(
                "SELECT {number} AS axis, place, CASE WHEN key <> '' THEN left(substr(key, 2), {CHARACTERS}) END AS value, \
                 by_value, details FROM a{number} WHERE place <> {OTHERS} \
                 UNION ALL SELECT DISTINCT {number}, {OTHERS}, NULL, 0, '{{}}'::text[] FROM a{number} WHERE place = {OTHERS}"
            )
        });
        let axes: Vec<String> = axes.collect();
        format!("{} {} ORDER BY axis, place", self.with(), axes.join(" UNION ALL "))
    }

    /// Asks for the groups: a place per axis, null for all of its values; facts, people, different values of each column
    /// in `distinct`; of each in `shares`, the facts for which it is true and their people, for which it is false, and for
    /// which it is neither. Where there are more than [`GROUPS`], one more.
    #[must_use]
    pub(super) fn groups(&self) -> String {
        let places = (0..self.axes.len()).map(|number| format!("a{number}.place AS p{number}"));
        let columns = (0..self.distinct.len()).map(|number| format!("u{number}"));
        let columns = columns.chain((0..self.shares.len()).map(|number| format!("s{number}")));
        let coded: Vec<String> = places.chain(["person".to_owned()]).chain(columns).collect();
        let joins =
            (0..self.axes.len()).map(|number| format!(" JOIN a{number} ON a{number}.key = k{number}"));
        let measured = (0..self.distinct.len()).map(|number| format!("count(DISTINCT u{number})"));
        let measured = measured.chain((0..self.shares.len()).flat_map(|number| {
            ["TRUE", "FALSE", "NULL"].into_iter().flat_map(move |part| {
                ["count(*)", "count(DISTINCT person)"]
                    .map(|count| format!("{count} FILTER (WHERE s{number} IS {part})"))
            })
        }));
        let places = (0..self.axes.len()).map(|number| format!("p{number}"));
        let counts = ["count(*)".to_owned(), "count(DISTINCT person)".to_owned()];
        let selected: Vec<String> = places.chain(counts).chain(measured).collect();
        let families = self.families.iter().map(|family| {
            let places: Vec<String> = family.iter().map(|number| format!("p{number}")).collect();
            format!("({})", places.join(", "))
        });
        format!(
            "{}, coded AS MATERIALIZED (SELECT {} FROM facts{}) SELECT {} FROM coded GROUP BY GROUPING SETS ({}) \
             LIMIT {}",
            self.with(),
            coded.join(", "),
            joins.collect::<String>(),
            selected.join(", "),
            families.collect::<Vec<_>>().join(", "),
            GROUPS + 1
        )
    }

    /// The facts, and the places of their values. People and what is counted become numbers, which sort faster than text.
    fn with(&self) -> String {
        let number = |column: &str, name: &str| {
            let column = identifier(column);
            format!("CASE WHEN {column} IS NOT NULL THEN dense_rank() OVER (ORDER BY {column}) END AS {name}")
        };
        let mut columns = vec![number(self.person, "person")];
        for (place, axis) in self.axes.iter().enumerate() {
            let column = identifier(axis.column);
            // No value and the empty text are two keys; a key is never null, so that it can be joined on.
            columns.push(format!("coalesce('=' || {column}::text, '') AS k{place}, {column} AS v{place}"));
            let details = axis.details.iter().enumerate();
            columns.extend(
                details.map(|(detail, column)| format!("{}::text AS e{place}_{detail}", identifier(column))),
            );
        }
        columns.extend(
            self.distinct.iter().enumerate().map(|(place, column)| number(column, &format!("u{place}"))),
        );
        let shares = self.shares.iter().enumerate();
        columns.extend(shares.map(|(place, column)| format!("{} AS s{place}", identifier(column))));
        let axes: Vec<String> =
            self.axes.iter().enumerate().map(|(place, axis)| axis.places(place)).collect();
        let axes = axes.join("");
        let columns = columns.join(", ");
        format!("WITH facts AS MATERIALIZED (SELECT {columns} FROM (\n{}\n) AS facts){axes}", self.query.sql)
    }
}

impl<'a> Axis<'a> {
    /// The axis of a column, bounded by all that is made of it: where a filter or series has few values, the charts of
    /// the same column have no more, and a table has as many as it can.
    fn of(column: &'a str, tabs: &[&'a Tab], halvings: u32) -> Self {
        let charts = || tabs.iter().flat_map(|tab| &tab.charts);
        let is_choice = tabs.iter().any(|tab| tab.filters.values().any(|filter| filter == column))
            || charts().any(|chart| chart.series.as_deref() == Some(column));
        let drawn = |kind: Kind| charts().any(|chart| chart.kind == kind && chart.x == column);
        let limit = |most: usize| (if is_choice { CHOICES } else { most } >> halvings).max(1);
        let largest = limit(if drawn(Kind::Table) { ROWS } else { BARS });
        let bound = if drawn(Kind::Line) {
            Bound::Latest(limit(MOMENTS))
        } else if drawn(Kind::Column) {
            Bound::LargestInOrder(largest)
        } else {
            Bound::Largest(largest)
        };
        let mut details = Vec::new();
        for detail in charts().filter(|chart| chart.x == column).flat_map(|chart| &chart.details) {
            once(&mut details, detail);
        }
        Self { column, bound, details }
    }

    /// The place of each value: its number by size or time, [`OTHERS`] beyond the bound.
    fn places(&self, number: usize) -> String {
        let by_value = format!("(array_agg(v{number}))[1]");
        let (rank, beyond) = match self.bound {
            Bound::Largest(most) => (
                format!("count(DISTINCT person) < {MINIMUM}, count(*) DESC, k{number}"),
                format!("rank > {most} OR people < {MINIMUM}"),
            ),
            Bound::LargestInOrder(most) => (format!("count(*) DESC, k{number}"), format!("rank > {most}")),
            Bound::Latest(most) => {
                (format!("{by_value} DESC NULLS LAST, k{number}"), format!("rank > {most}"))
            }
        };
        let details: Vec<String> = (0..self.details.len())
            .map(|detail| format!("e{number}_{detail}"))
            .map(|detail| {
                format!("CASE WHEN min({detail}) = max({detail}) THEN left(min({detail}), {CHARACTERS}) END")
            })
            .collect();
        let details = details.join(", ");
        format!(
            ", a{number} AS MATERIALIZED (\
             SELECT key, by_value, details, (CASE WHEN {beyond} THEN {OTHERS} ELSE rank END)::int AS place FROM (\
             SELECT k{number} AS key, count(DISTINCT person) AS people, row_number() OVER (ORDER BY {rank}) AS rank, \
             row_number() OVER (ORDER BY {by_value}, k{number})::int AS by_value, ARRAY[{details}]::text[] AS details \
             FROM facts GROUP BY k{number}) AS ranked)"
        )
    }
}

/// The columns that a chart's groups are told apart by.
fn of_chart(chart: &Chart) -> impl Iterator<Item = &str> {
    [Some(chart.x.as_str()), chart.series.as_deref()].into_iter().flatten()
}

fn once<'a>(columns: &mut Vec<&'a str>, column: &'a str) {
    if !columns.contains(&column) {
        columns.push(column);
    }
}

/// Every choice of these, from none to all.
fn subsets(of: &[usize]) -> Vec<Vec<usize>> {
    of.iter().fold(vec![Vec::new()], |mut chosen, number| {
        let with: Vec<Vec<usize>> =
            chosen.iter().map(|before| [before.as_slice(), &[*number]].concat()).collect();
        chosen.extend(with);
        chosen
    })
}
