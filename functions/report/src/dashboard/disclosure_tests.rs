use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::cube::Part;
use super::*;

/// A fact: whom it is about, its value on each axis, and whether something is true of it.
#[derive(Debug, Clone)]
struct Fact {
    person: u16,
    values: [u16; 3],
    truth: Option<bool>,
}

/// Facts by the places of their group: two filters, an `x`, and whether something is true of them, false, or neither.
type Counted = BTreeMap<[Place; 4], Vec<Fact>>;

fn counted(facts: &[Fact]) -> Counted {
    let mut counted = Counted::new();
    for fact in facts {
        let [a, b, x] = fact.values.map(Some);
        let values = [a, b, x, Some(fact.truth.map_or(2, |is_true| u16::from(!is_true)))];
        for chosen in 0..16_u16 {
            let places = [0, 1, 2, 3].map(|axis| values[axis].filter(|_| chosen & (1 << axis) != 0));
            counted.entry(places).or_default().push(fact.clone());
        }
    }
    counted
}

fn people<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> u64 {
    facts.into_iter().map(|fact| fact.person).collect::<BTreeSet<u16>>().len().try_into().unwrap()
}

/// The groups as PostgreSQL counts them.
fn groups(counted: &Counted) -> Vec<Group> {
    let whole = counted.iter().filter(|(places, _)| places[3].is_none());
    let group = |([a, b, x, _], facts): (&[Place; 4], &Vec<Fact>)| {
        let none = Vec::new();
        let size = |facts: &Vec<Fact>| u64::try_from(facts.len()).unwrap();
        let part = |truth| {
            let facts = counted.get(&[*a, *b, *x, Some(truth)]).unwrap_or(&none);
            Part { facts: size(facts), people: people(facts) }
        };
        let shares = vec![[0, 1, 2].map(part)];
        Group {
            places: [*a, *b, *x].into(),
            facts: size(facts),
            people: people(facts),
            distinct: vec![],
            shares,
        }
    };
    whole.map(group).collect()
}

/// What a reader sees of each group. A shown share tells all of its parts: of so few facts there is only one choice of
/// parts that has its four decimals.
fn seen(counted: &Counted, shown: &Shown) -> Vec<bool> {
    let whole: Vec<&[Place; 4]> = counted.keys().filter(|places| places[3].is_none()).collect();
    let is_seen = |places: &[Place; 4]| {
        let number = whole.iter().position(|whole| whole[..3] == places[..3]).unwrap();
        if places[3].is_none() { shown.groups[number] } else { shown.shares[0][number] }
    };
    counted.keys().map(is_seen).collect()
}

/// The lines of a cube, as a reader finds them: a total, and the groups that make it up.
fn lines_of(counted: &Counted) -> Vec<(usize, Vec<usize>)> {
    let places: Vec<&[Place; 4]> = counted.keys().collect();
    let mut lines = Vec::new();
    for (total, above) in places.iter().enumerate() {
        for axis in (0..4).filter(|axis| above[*axis].is_none()) {
            let is_member = |(_, other): &(usize, &&[Place; 4])| {
                (0..4).all(|place| (place == axis) != (other[place] == above[place]))
            };
            let members: Vec<usize> =
                places.iter().enumerate().filter(is_member).map(|(number, _)| number).collect();
            lines.extend((!members.is_empty()).then_some((total, members)));
        }
    }
    lines
}

/// Subtracts what is seen from totals, until that tells nothing more; the groups that were had by it.
fn subtracted(lines: &[(usize, Vec<usize>)], seen: &[bool]) -> Vec<usize> {
    let (mut known, mut had) = (seen.to_vec(), Vec::new());
    loop {
        let unknown = |(total, members): &(usize, Vec<usize>)| {
            let all = members.iter().chain([total]).copied();
            let unknown: Vec<usize> = all.filter(|number| !known[*number]).collect();
            (unknown.len() == 1).then(|| unknown[0])
        };
        let Some(next) = lines.iter().find_map(unknown) else { return had };
        known[next] = true;
        had.push(next);
    }
}

/// The fewest and the most facts that a reader can tell each group to have that there may be. What has no cell has nobody,
/// but in a choice of filters in which something is withheld it has any number.
fn bounded(counted: &Counted, seen: &[bool]) -> BTreeMap<[Place; 4], [i64; 2]> {
    let seen: BTreeMap<&[Place; 4], bool> = counted.keys().zip(seen.iter().copied()).collect();
    let choice = |[a, b, x, _]: &[Place; 4]| x.map(|_| [*a, *b]);
    let of_groups = seen.iter().filter(|(places, is_seen)| !**is_seen && places[3].is_none());
    let withheld: BTreeSet<_> = of_groups.map(|(places, _)| choice(places)).collect();
    let knows_none = |places: &[Place; 4]| {
        let [a, b, x, part] = *places;
        let is_share_seen = (0..3).any(|other| seen.get(&[a, b, x, Some(other)]) == Some(&true));
        part.is_some() && is_share_seen || !withheld.contains(&choice(places))
    };
    let values =
        [0, 1, 2, 3].map(|axis| counted.keys().map(|places| places[axis]).collect::<BTreeSet<Place>>());
    let mut bounds = BTreeMap::new();
    for (&a, &b) in values[0].iter().flat_map(|a| values[1].iter().map(move |b| (a, b))) {
        for (&x, &part) in values[2].iter().flat_map(|x| values[3].iter().map(move |part| (x, part))) {
            let places = [a, b, x, part];
            let most = match seen.get(&places) {
                Some(true) => [i64::try_from(counted[&places].len()).unwrap(); 2],
                Some(false) => [0, i64::from(u16::MAX)],
                None if knows_none(&places) => [0, 0],
                None => [0, i64::from(u16::MAX)],
            };
            bounds.insert(places, most);
        }
    }
    while narrowed(&mut bounds, &values) {}
    bounds
}

/// Narrows the bounds of each line once: its members add up to their total. Whether that told anything.
fn narrowed(bounds: &mut BTreeMap<[Place; 4], [i64; 2]>, values: &[BTreeSet<Place>; 4]) -> bool {
    let before = bounds.clone();
    for total in before.keys() {
        for axis in (0..4).filter(|axis| total[*axis].is_none()) {
            let member = |value: &Place| {
                let mut places = *total;
                places[axis] = *value;
                places
            };
            let members: Vec<[Place; 4]> =
                values[axis].iter().filter(|value| value.is_some()).map(member).collect();
            let sum = |bounds: &BTreeMap<[Place; 4], [i64; 2]>| {
                [0, 1].map(|end| members.iter().map(|member| bounds[member][end]).sum::<i64>())
            };
            let ([fewest, most], [low, high]) = (sum(bounds), bounds[total]);
            bounds.insert(*total, [low.max(fewest), high.min(most)]);
            for member in &members {
                let ([fewest, most], [all_low, all_high]) = (sum(bounds), bounds[total]);
                let [low, high] = bounds[member];
                let narrow = [low.max(all_low - (most - high)), high.min(all_high - (fewest - low))];
                bounds.insert(*member, narrow);
            }
        }
    }
    *bounds != before
}

fn fact() -> impl Strategy<Value = Fact> {
    let values = (0..3_u16, 0..3_u16, 0..4_u16).prop_map(|(a, b, c)| [a, b, c]);
    // Squared, so that some values have many facts and some few.
    let values = values.prop_map(|values| values.map(|value| value * value / 2));
    (0..40_u16, values, prop::option::weighted(0.8, prop::bool::weighted(0.2)))
        .prop_map(|(person, values, truth)| Fact { person, values, truth })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_learns_of_a_small_group_by_subtraction(mut facts in prop::collection::vec(fact(), 0..160), is_a_value: bool) {
        if is_a_value {
            // What is true is also told by `x`, as an emergency is by the kind of visit.
            facts.iter_mut().for_each(|fact| fact.truth = Some(fact.values[2] == 0));
        }
        let counted = counted(&facts);
        let seen = seen(&counted, &Shown::of(&groups(&counted)));
        for ((places, facts), is_seen) in counted.iter().zip(&seen) {
            prop_assert!(!is_seen || people(facts) >= 5, "{places:?} has {} people", people(facts));
        }
        let lines = lines_of(&counted);
        let places: Vec<&[Place; 4]> = counted.keys().collect();
        let held: Vec<&Vec<Fact>> = counted.values().collect();
        for number in subtracted(&lines, &seen) {
            prop_assert!(people(held[number]) >= 5, "{:?} was had by subtraction", places[number]);
        }
        let bounds = bounded(&counted, &seen);
        for ((places, facts), _) in counted.iter().zip(&seen).filter(|(_, is_seen)| !**is_seen) {
            let [fewest, most] = bounds[places];
            prop_assert!(fewest < most || people(facts) >= 5, "{places:?} was had by its bounds");
        }
        for (_, members) in lines.iter().filter(|(total, _)| seen[*total]) {
            let missing: Vec<usize> = members.iter().copied().filter(|member| !seen[*member]).collect();
            let together = people(missing.iter().flat_map(|number| held[*number]));
            prop_assert!(missing.is_empty() || together >= 5, "{together} people are missing");
        }
    }

    #[test]
    fn where_no_group_is_small_nothing_is_left_out(values in prop::collection::btree_set((0..3_u16, 0..3_u16, 0..3_u16), 1..9)) {
        let of_value = |(place, (a, b, c)): (u16, &(u16, u16, u16))| {
            let fact = |number: u16| Fact { person: place * 10 + number / 2, values: [*a, *b, *c], truth: Some(number.is_multiple_of(2)) };
            (0..10).map(fact).collect::<Vec<Fact>>()
        };
        let facts: Vec<Fact> = (0..).zip(&values).flat_map(of_value).collect();
        let shown = Shown::of(&groups(&counted(&facts)));
        prop_assert!(shown.groups.iter().chain(&shown.shares[0]).all(|is_shown| *is_shown));
    }
}

/// Hospitals by year, each with so many people who came once; what is left out, by hospital and year.
fn left_out(people: &[(u16, u16, u16)]) -> Vec<(Place, Place)> {
    let mut facts = Vec::new();
    for (hospital, year, people) in people {
        for _ in 0..*people {
            let person = u16::try_from(facts.len()).unwrap();
            facts.push(Fact { person, values: [*hospital, *year, 0], truth: None });
        }
    }
    let groups = groups(&counted(&facts));
    let shown = Shown::of(&groups);
    let missing =
        groups.iter().zip(shown.groups).filter(|(group, is_shown)| !is_shown && group.places[2].is_none());
    missing.map(|(group, _)| (group.places[0], group.places[1])).collect()
}

#[test]
fn with_a_small_group_the_smallest_other_of_its_line_is_left_out() {
    let missing = left_out(&[(1, 0, 3), (2, 0, 20), (3, 0, 30), (4, 0, 40)]);
    assert_eq!(missing, [(Some(1), None), (Some(1), Some(0)), (Some(2), None), (Some(2), Some(0))]);
}

#[test]
fn a_square_of_groups_is_left_out_where_a_small_one_stands_in_two_lines() {
    let people = [
        (1, 1, 2),
        (1, 2, 30),
        (1, 3, 50),
        (2, 1, 20),
        (2, 2, 30),
        (2, 3, 50),
        (3, 1, 60),
        (3, 2, 60),
        (3, 3, 60),
    ];
    let square = [(1, 1), (1, 2), (2, 1), (2, 2)].map(|(hospital, year)| (Some(hospital), Some(year)));
    assert_eq!(left_out(&people), square);
}

#[test]
fn two_small_groups_that_are_few_together_take_a_third_along() {
    let missing = left_out(&[(1, 0, 1), (2, 0, 2), (3, 0, 30), (4, 0, 40)]);
    let hospitals: Vec<Place> =
        missing.into_iter().filter(|(_, year)| year.is_none()).map(|(hospital, _)| hospital).collect();
    assert_eq!(hospitals, [Some(1), Some(2), Some(3)]);
}

#[test]
fn where_everybody_is_few_nothing_is_shown() {
    assert_eq!(left_out(&[(1, 1, 4)]), [(None, None), (None, Some(1)), (Some(1), None), (Some(1), Some(1))]);
}

/// Whether the share of one group is shown that something divides so: true, false and neither, of a person each.
fn is_share_shown(parts: [u64; 3]) -> bool {
    let facts = parts.iter().sum();
    let shares = vec![parts.map(|people| Part { facts: people, people })];
    let group = Group { places: [].into(), facts, people: facts, distinct: vec![], shares };
    let shown = Shown::of(&[group]);
    assert_eq!(shown.groups, [true]);
    shown.shares[0][0]
}

#[test]
fn a_share_is_not_shown_where_few_people_have_neither() {
    assert!(!is_share_shown([5, 14, 1]), "5 of 19 are 0.2632, and no other part of 20 facts is");
    assert!(is_share_shown([5, 14, 0]) && is_share_shown([5, 14, 5]));
}
