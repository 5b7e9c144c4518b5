//! What a chart draws: numbers by category and series, made from rows.

use indexmap::IndexMap;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::fmt::strtime;
use rounds_shared::catalog::{Chart, ChartKind, Measure};
use rust_decimal::Decimal;

use crate::error::Reason;
use crate::query::table::{Kind, Table, Value};
use crate::rendering::wording::shortened;

/// Bars that stay apart; the others are added up.
const MOST_BARS: usize = 15;
/// Series that stay apart; the others are added up.
const MOST_SERIES: usize = 6;
/// Days between which those without rows are drawn as well.
const MOST_DAYS: i32 = 92;
/// Letters of a name.
const LETTERS: usize = 60;
/// The name of a gap.
const NONE: &str = "–";

/// Numbers by category and series.
pub(super) struct Points {
    /// What the numbers are.
    pub kind: Kind,
    /// Names of the categories, in their order on the axis.
    pub categories: Vec<String>,
    /// At least one; a chart without series has one without a name.
    pub series: Vec<Series>,
}

/// One number per category.
pub(super) struct Series {
    /// Its name.
    pub name: String,
    /// The numbers, in the categories' order.
    pub values: Vec<Decimal>,
}

impl Series {
    /// What its numbers add up to.
    #[must_use]
    pub(super) fn total(&self) -> Decimal {
        self.values.iter().fold(Decimal::ZERO, |sum, value| sum.saturating_add(*value))
    }

    /// Its last number.
    #[must_use]
    pub(super) fn last(&self) -> Decimal {
        self.values.last().copied().unwrap_or_default()
    }
}

/// Sums by category and series, in the order in which the rows name them.
type Sums = IndexMap<String, IndexMap<String, Decimal>>;

impl Points {
    /// Adds up a chart's rows; none where there is nothing to see. Bars that count rows are the longest first; others are
    /// in the rows' order, which the query has chosen. A day between the first and the last that no row names is drawn too, so that it cannot be overlooked.
    ///
    /// # Errors
    /// [`Reason::Column`] where the chart names a column that is not there, or that holds no numbers.
    pub(super) fn of(chart: &Chart, table: &Table) -> Result<Option<Self>, Reason> {
        let missing =
            |column: &str| Reason::Column { section: chart.title.clone(), column: column.to_owned() };
        let place = |column: &str| table.place(column).ok_or_else(|| missing(column));
        let x = place(&chart.x)?;
        let (y, kind) = match &chart.y {
            Measure::Count => (None, Kind::Count),
            Measure::Sum(column) => {
                let y = place(column)?;
                let kind = table.columns.get(y).map(|column| column.kind).filter(|kind| kind.is_numeric());
                (Some(y), kind.ok_or_else(|| missing(column))?)
            }
        };
        // Bars have one colour.
        let series = chart.series.as_ref().filter(|_| chart.kind != ChartKind::Bar);
        let series = series.map(|column| place(column)).transpose()?;

        let mut sums = Sums::new();
        for row in &table.rows {
            let name = series.map(|series| key(row.get(series))).unwrap_or_default();
            let number = match y {
                None => Decimal::ONE,
                Some(y) => row.get(y).and_then(Value::as_decimal).unwrap_or_default(),
            };
            let sum = sums.entry(key(row.get(x))).or_default().entry(name).or_default();
            *sum = sum.saturating_add(number);
        }
        if sums.values().flat_map(IndexMap::values).all(Decimal::is_zero) {
            return Ok(None);
        }
        if chart.kind == ChartKind::Bar {
            Ok(Some(bars(kind, sums, chart.y == Measure::Count)))
        } else {
            if table.columns.get(x).is_some_and(|column| column.kind == Kind::Date) {
                fill_days(&mut sums);
            }
            Ok(Some(stacks(kind, &sums)))
        }
    }

    /// What a category adds up to.
    #[must_use]
    pub(super) fn total(&self, category: usize) -> Decimal {
        let values = self.series.iter().filter_map(|series| series.values.get(category));
        values.fold(Decimal::ZERO, |sum, value| sum.saturating_add(*value))
    }
}

fn key(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => NONE.to_owned(),
        Some(value) => value.plain(),
    }
}

/// A name for people: `8 Nov` for a day, the beginning of a long text.
fn label(key: &str) -> String {
    let day = key.parse::<Date>().ok().and_then(|day| strtime::format("%-d %b", day).ok());
    day.unwrap_or_else(|| shortened(key, LETTERS))
}

/// Puts the days in their order, and those between them that have no rows.
fn fill_days(sums: &mut Sums) {
    let days = || sums.keys().filter_map(|key| key.parse::<Date>().ok());
    if let (Some(first), Some(last)) = (days().min(), days().max())
        && first.until(last).is_ok_and(|span| span.get_days() < MOST_DAYS)
    {
        for day in first.series(1.day()).take_while(|day| *day <= last) {
            sums.entry(day.to_string()).or_default();
        }
    }
    sums.sort_unstable_keys();
}

/// One bar per category: in the rows' order, or the longest first.
fn bars(kind: Kind, sums: Sums, longest_first: bool) -> Points {
    let mut bars: Vec<(String, Decimal)> = Vec::new();
    for (key, sums) in sums {
        bars.push((label(&key), sums.into_values().fold(Decimal::ZERO, Decimal::saturating_add)));
    }
    if longest_first {
        bars.sort_by_key(|(_, value)| std::cmp::Reverse(*value));
    }
    if bars.len() > MOST_BARS {
        let others = bars.split_off(MOST_BARS - 1);
        let value = others.iter().fold(Decimal::ZERO, |sum, (_, value)| sum.saturating_add(*value));
        bars.push((format!("{} others", others.len()), value));
    }
    let (categories, values) = bars.into_iter().unzip();
    Points { kind, categories, series: vec![Series { name: String::new(), values }] }
}

/// Numbers one upon another or side by side: the largest series first.
fn stacks(kind: Kind, sums: &Sums) -> Points {
    let mut totals: IndexMap<&str, Decimal> = IndexMap::new();
    for (name, value) in sums.values().flatten() {
        let total = totals.entry(name).or_default();
        *total = total.saturating_add(*value);
    }
    totals.sort_by(|_, one, _, other| other.cmp(one));
    let apart = if totals.len() > MOST_SERIES { MOST_SERIES - 1 } else { totals.len() };
    let mut series = Vec::new();
    for name in totals.keys().take(apart) {
        let values = sums.values().map(|sums| sums.get(*name).copied().unwrap_or_default());
        series.push(Series { name: label(name), values: values.collect() });
    }
    if totals.len() > apart {
        let is_other = |name: &str| totals.get_index_of(name).is_some_and(|place| place >= apart);
        let values = sums.values().map(|sums| {
            let others = sums.iter().filter(|(name, _)| is_other(name));
            others.fold(Decimal::ZERO, |sum, (_, value)| sum.saturating_add(*value))
        });
        series.push(Series { name: format!("{} others", totals.len() - apart), values: values.collect() });
    }
    Points { kind, categories: sums.keys().map(|key| label(key)).collect(), series }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::table::Column;
    use jiff::civil::date;

    fn chart(kind: ChartKind, y: Measure, series: Option<&str>) -> Chart {
        let (title, x, series) = ("Missed".to_owned(), "x".to_owned(), series.map(str::to_owned));
        Chart { title, kind, query: None, x, y, series }
    }

    fn table(x: Kind, rows: Vec<(Value, &str, i64)>) -> Table {
        let columns = [("x", x), ("s", Kind::Text), ("y", Kind::Count)];
        let columns = columns.map(|(name, kind)| Column { name: name.to_owned(), kind });
        let row = |(x, s, y): (Value, &str, i64)| Box::from([x, Value::Text(s.into()), Value::Integer(y)]);
        Table { columns: columns.into(), rows: rows.into_iter().map(row).collect() }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn drawn(points: &Points) -> Vec<(String, Vec<String>)> {
        let written = |values: &[Decimal]| values.iter().map(Decimal::to_string).collect();
        points.series.iter().map(|series| (series.name.clone(), written(&series.values))).collect()
    }

    fn of(chart: &Chart, table: &Table) -> Points {
        Points::of(chart, table).unwrap().unwrap()
    }

    #[test]
    fn rows_are_counted_or_added_up_and_the_longest_bar_comes_first() {
        let rows = table(
            Kind::Text,
            vec![(text("A"), "", 5), (text("B"), "", 1), (Value::Null, "", 2), (text("B"), "", 1)],
        );
        let counted = of(&chart(ChartKind::Bar, Measure::Count, None), &rows);
        assert_eq!(counted.categories, ["B", "A", "–"]);
        assert_eq!(drawn(&counted), [(String::new(), vec!["2".to_owned(), "1".to_owned(), "1".to_owned()])]);
        let added = of(&chart(ChartKind::Bar, Measure::Sum("y".to_owned()), None), &rows);
        assert_eq!(added.categories, ["A", "B", "–"]);
    }

    #[test]
    fn bars_keep_the_order_of_their_rows_where_it_means_something() {
        let rows = table(Kind::Text, vec![(text("0 to 9 years"), "", 1), (text("10 to 19 years"), "", 7)]);
        let chart = chart(ChartKind::Bar, Measure::Sum("y".to_owned()), None);
        let bars = Points::of(&chart, &rows).unwrap().unwrap();
        assert_eq!(bars.categories, ["0 to 9 years", "10 to 19 years"]);
    }

    #[test]
    fn what_would_not_fit_is_added_up() {
        let rows = (0..20).map(|n| (text(&format!("H{n}")), "", 20 - n)).collect();
        let bars = of(&chart(ChartKind::Bar, Measure::Sum("y".to_owned()), None), &table(Kind::Text, rows));
        assert_eq!(bars.categories.len(), 15);
        assert_eq!(bars.categories[14], "6 others");
        assert_eq!(bars.total(14), Decimal::from(6 + 5 + 4 + 3 + 2 + 1));
        let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
        let rows = names.iter().zip(1..).map(|(name, n)| (text("x"), *name, n)).collect();
        let stacks =
            of(&chart(ChartKind::Column, Measure::Sum("y".to_owned()), Some("s")), &table(Kind::Text, rows));
        assert_eq!(drawn(&stacks)[0], ("H".to_owned(), vec!["8".to_owned()]));
        assert_eq!(drawn(&stacks)[5], ("3 others".to_owned(), vec!["6".to_owned()]));
    }

    #[test]
    fn a_day_without_rows_is_drawn_in_its_place() {
        let day = |day| Value::Date(date(2026, 11, day));
        let rows = table(
            Kind::Date,
            vec![(day(12), "B", 1), (day(9), "A", 1), (day(12), "A", 1), (day(12), "A", 1)],
        );
        let points = of(&chart(ChartKind::Column, Measure::Count, Some("s")), &rows);
        assert_eq!(points.categories, ["9 Nov", "10 Nov", "11 Nov", "12 Nov"]);
        let expected = [("A", ["1", "0", "0", "2"]), ("B", ["0", "0", "0", "1"])];
        let expected = expected.map(|(name, values)| (name.to_owned(), values.map(String::from).to_vec()));
        assert_eq!(drawn(&points), expected);
        assert_eq!(points.total(3), Decimal::from(3));
    }

    #[test]
    fn without_anything_to_see_there_is_no_chart() {
        let zero = table(Kind::Text, vec![(text("A"), "", 0)]);
        let sum = chart(ChartKind::Bar, Measure::Sum("y".to_owned()), None);
        assert!(Points::of(&sum, &zero).unwrap().is_none());
        let empty = table(Kind::Text, vec![]);
        let count = chart(ChartKind::Bar, Measure::Count, None);
        assert!(Points::of(&count, &empty).unwrap().is_none());
    }

    #[test]
    fn a_column_that_is_missing_or_holds_no_numbers_is_named() {
        let rows = table(Kind::Text, vec![(text("A"), "", 1)]);
        for wrong in ["z", "s"] {
            let sum = chart(ChartKind::Bar, Measure::Sum(wrong.to_owned()), None);
            let error = Points::of(&sum, &rows).err().unwrap();
            assert!(error.to_string().contains(&format!("`{wrong}`")), "{error}");
        }
    }
}
