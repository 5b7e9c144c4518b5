//! From counted facts to the tabs of a board. Pure.

use std::collections::{BTreeSet, HashMap};

use rounds_shared::catalog::dashboard::{self, Kind, Measure};

use super::board::{Cell, Chart, Dimension, Measure as Shown, Tab, Unit, Value};
use super::cube::{Cube, Group, Place};
use super::disclosure;
use super::facts::{BARS, Bound, Facts, OTHERS};
use crate::query::table::title;

/// Lays out the tabs that read one query.
pub(super) struct Layout<'a> {
    facts: &'a Facts<'a>,
    cube: &'a Cube,
    shown: disclosure::Shown,
    /// Groups by the axes that tell them apart.
    families: HashMap<Vec<usize>, Vec<usize>>,
}

/// The values of an axis that are shown somewhere, in the order of that place.
struct Scale {
    axis: usize,
    dimension: Dimension,
    /// The numbers of the values, by their places on the axis.
    numbers: HashMap<u16, u16>,
}

impl<'a> Layout<'a> {
    /// Of facts as they were counted.
    #[must_use]
    pub(super) fn of(facts: &'a Facts<'a>, cube: &'a Cube) -> Self {
        let mut families: HashMap<Vec<usize>, Vec<usize>> = HashMap::new();
        for (number, group) in cube.groups.iter().enumerate() {
            let axes = group.places.iter().enumerate().filter_map(|(axis, place)| place.map(|_| axis));
            families.entry(axes.collect()).or_default().push(number);
        }
        Self { facts, cube, shown: disclosure::Shown::of(&cube.groups), families }
    }

    /// One of the tabs.
    #[must_use]
    pub(super) fn tab(&self, tab: &dashboard::Tab) -> Tab {
        let filters: Vec<Scale> =
            tab.filters.iter().filter_map(|(title, column)| self.filter(title, column)).collect();
        let measures = tab.measures.iter().map(|(name, measure)| {
            let unit = if matches!(measure, Measure::Share(_)) { Unit::Share } else { Unit::Count };
            Shown { name: name.clone(), unit }
        });
        let (figures, withheld) = self.cells(tab, &filters, &[]);
        Tab {
            title: tab.title.clone(),
            measures: measures.collect(),
            figures,
            withheld: !withheld.is_empty(),
            charts: tab.charts.iter().filter_map(|chart| self.chart(tab, &filters, chart)).collect(),
            filters: filters.into_iter().map(|scale| scale.dimension).collect(),
        }
    }

    fn filter(&self, title: &str, column: &str) -> Option<Scale> {
        let mut scale = self.scale(column, usize::MAX, true)?;
        scale.dimension.title = title.to_owned();
        Some(scale)
    }

    fn chart(&self, tab: &dashboard::Tab, filters: &[Scale], chart: &dashboard::Chart) -> Option<Chart> {
        let is_in_order = matches!(chart.kind, Kind::Column | Kind::Line | Kind::Share);
        let most = if matches!(chart.kind, Kind::Line | Kind::Table) { usize::MAX } else { BARS };
        let mut x = self.scale(&chart.x, most, is_in_order)?;
        self.detail(&mut x, &chart.details);
        let series = chart.series.as_ref().and_then(|column| self.scale(column, usize::MAX, true));
        let scales: Vec<&Scale> = [&x].into_iter().chain(&series).collect();
        let (mut cells, withheld) = self.cells(tab, filters, &scales);
        if chart.kind == Kind::Share {
            let (mut wholes, _) = self.cells(tab, filters, &[&x]);
            wholes.iter_mut().for_each(|whole| whole.places.push(None));
            cells.append(&mut wholes);
        }
        Some(Chart {
            title: chart.title.clone(),
            kind: chart.kind,
            y: chart.y.as_ref().and_then(|y| tab.measures.get_index_of(y)),
            cells,
            withheld,
            x: x.dimension,
            series: series.map(|scale| scale.dimension),
        })
    }

    /// The values of a column. What is beyond its bound is `Others`, if it is to be seen: not of an axis of days, nor
    /// where there are more values than `most`, as a table of the same column tells them one by one.
    fn scale(&self, column: &str, most: usize, is_in_order: bool) -> Option<Scale> {
        let axis = self.facts.axis(column)?;
        let bound = self.facts.axes.get(axis)?.bound;
        let values = self.cube.axes.get(axis)?;
        let mut named: Vec<_> = values.iter().filter(|value| value.place != OTHERS).collect();
        let is_cut = named.len() > most;
        named.truncate(most);
        if is_in_order {
            named.sort_by_key(|value| value.by_value);
        }
        let mut texts: Vec<Option<String>> = named.iter().map(|value| value.text.clone()).collect();
        let mut places: Vec<u16> = named.iter().map(|value| value.place).collect();
        let has_others = values.iter().any(|value| value.place == OTHERS);
        if has_others && !is_cut && !matches!(bound, Bound::Latest(_)) {
            texts.push(Some("Others".to_owned()));
            places.push(OTHERS);
        }
        let dimension = Dimension { title: title(column), values: texts, details: Vec::new() };
        Some(Scale { axis, dimension, numbers: places.into_iter().zip(0..).collect() })
    }

    /// Adds what follows from the values of a table's `x`; nothing follows from `Others`.
    fn detail(&self, x: &mut Scale, columns: &[String]) {
        let (Some(axis), Some(values)) = (self.facts.axes.get(x.axis), self.cube.axes.get(x.axis)) else {
            return;
        };
        for column in columns {
            let Some(number) = axis.details.iter().position(|detail| detail == column) else { continue };
            let mut details = vec![Some(String::new()); x.dimension.values.len()];
            for value in values.iter().filter(|value| value.place != OTHERS) {
                let place = x.numbers.get(&value.place).copied().map(usize::from);
                let detail = place.and_then(|place| details.get_mut(place));
                detail.into_iter().for_each(|detail| *detail = value.details.get(number).cloned().flatten());
            }
            x.dimension.details.push(Dimension {
                title: title(column),
                values: details,
                details: Vec::new(),
            });
        }
    }

    /// The groups that these scales tell apart, for each choice of filters; and the choices in which some are withheld.
    fn cells(
        &self,
        tab: &dashboard::Tab,
        filters: &[Scale],
        scales: &[&Scale],
    ) -> (Vec<Cell>, Vec<Vec<Place>>) {
        let mut cells = Vec::new();
        let mut withheld = BTreeSet::new();
        for choice in choices(filters.len()) {
            let chosen =
                || filters.iter().zip(&choice).filter(|(_, is_chosen)| **is_chosen).map(|(scale, _)| scale);
            let mut axes: Vec<usize> =
                chosen().chain(scales.iter().copied()).map(|scale| scale.axis).collect();
            axes.sort_unstable();
            axes.dedup();
            for &number in self.families.get(&axes).into_iter().flatten() {
                let Some(group) = self.cube.groups.get(number) else { continue };
                let filtered = filters.iter().zip(&choice).map(|(scale, is_chosen)| match is_chosen {
                    true => scale.number(group).map(Some),
                    false => Some(None),
                });
                let drawn = scales.iter().map(|scale| scale.number(group).map(Some));
                let Some(mut places) = filtered.chain(drawn).collect::<Option<Vec<Place>>>() else {
                    continue;
                };
                if self.shown.groups.get(number).is_some_and(|is_shown| *is_shown) {
                    let values = tab.measures.values().map(|measure| self.value(number, group, measure));
                    cells.push(Cell { places, values: values.collect() });
                } else {
                    places.truncate(filters.len());
                    withheld.insert(places);
                }
            }
        }
        (cells, withheld.into_iter().collect())
    }

    fn value(&self, number: usize, group: &Group, measure: &Measure) -> Option<Value> {
        match measure {
            Measure::Count => Some(Value::Count(group.facts)),
            Measure::People => Some(Value::Count(group.people)),
            Measure::Distinct(column) => {
                let place = self.facts.distinct.iter().position(|counted| counted == column)?;
                group.distinct.get(place).copied().map(Value::Count)
            }
            Measure::Share(column) => {
                let place = self.facts.shares.iter().position(|share| share == column)?;
                let [part, rest, _] = group.shares.get(place).filter(|_| self.is_shown(place, number))?;
                share(part.facts, rest.facts)
            }
        }
    }

    fn is_shown(&self, share: usize, group: usize) -> bool {
        self.shown.shares.get(share).and_then(|shown| shown.get(group)).copied().unwrap_or(false)
    }
}

impl Scale {
    fn number(&self, group: &Group) -> Option<u16> {
        let place = group.places.get(self.axis).copied().flatten()?;
        self.numbers.get(&place).copied()
    }
}

/// Four decimals, rounded half up.
fn share(part: u64, rest: u64) -> Option<Value> {
    let all = part.checked_add(rest)?;
    let rounded = part.checked_mul(10_000)?.checked_add(all / 2)?.checked_div(all)?;
    Some(Value::Share(f64::from(u32::try_from(rounded).ok()?) / 10_000.0))
}

/// Every choice of so many filters, none first.
fn choices(filters: usize) -> Vec<Vec<bool>> {
    (0..filters).fold(vec![Vec::new()], |choices, _| {
        let with = |is_chosen| {
            choices.iter().map(move |choice: &Vec<bool>| [choice.as_slice(), &[is_chosen]].concat())
        };
        with(false).chain(with(true)).collect()
    })
}
