//! Which groups are left out, so that nothing is told of a few people. Pure.
//!
//! A group of 1 to 4 people is left out. What is left out cannot be had by subtraction either: of a line, the groups
//! along one axis and their total, either nothing is missing or at least two are; and where the total stands, what is
//! missing of it holds five people for certain. Else the smallest group that stands is left out as well, until nothing
//! changes. The facts for which a share is true, those for which it is false and those for which it is neither are groups
//! like all others, as the same people may be a value of an axis elsewhere: a share is shown where all of them stand that
//! there are, for with the number of all facts its four decimals tell how many each of them has.

use std::collections::{HashMap, VecDeque};
use std::iter;

use super::cube::{Group, Place};

/// The fewest people of whom something is told.
pub(super) const MINIMUM: u64 = 5;

/// What stands, of the groups of a cube.
pub(super) struct Shown {
    /// Whether a group's numbers are shown at all.
    pub(super) groups: Vec<bool>,
    /// The same of each share.
    pub(super) shares: Vec<Vec<bool>>,
}

impl Shown {
    /// Of groups that have a total along each of their axes.
    #[must_use]
    pub(super) fn of(groups: &[Group]) -> Self {
        let shares = groups.first().map_or(0, |group| group.shares.len());
        let mut crowds: Vec<Crowd> = groups.iter().map(|group| Crowd::of(group, shares)).collect();
        let mut parts = vec![vec![Vec::new(); groups.len()]; shares];
        for (share, parts) in parts.iter_mut().enumerate() {
            for (group, parts) in groups.iter().zip(parts) {
                for crowd in Crowd::parts(group, shares, share) {
                    parts.push(crowds.len());
                    crowds.push(crowd);
                }
            }
        }
        let left_out = closed(&crowds);
        let stands = |number: usize| left_out.get(number).is_some_and(|is_left_out| !is_left_out);
        let is_shown =
            |(group, parts): (usize, &Vec<usize>)| stands(group) && parts.iter().all(|&part| stands(part));
        Self {
            groups: (0..groups.len()).map(stands).collect(),
            shares: parts.iter().map(|parts| parts.iter().enumerate().map(is_shown).collect()).collect(),
        }
    }
}

/// A group, or the part of it for which a share is true, or false, or neither.
struct Crowd {
    /// The group's places, and one for each share.
    places: Box<[Place]>,
    people: u64,
}

impl Crowd {
    /// All of a group.
    fn of(group: &Group, shares: usize) -> Self {
        let places = group.places.iter().copied().chain(iter::repeat_n(None, shares)).collect();
        Self { places, people: group.people }
    }

    /// What a share divides a group into.
    fn parts(group: &Group, shares: usize, share: usize) -> impl Iterator<Item = Self> {
        let parts = (0..).zip(group.shares.get(share).into_iter().flatten());
        let parts = parts.filter(|(_, part)| part.facts > 0);
        parts.map(move |(number, part)| {
            let told_apart = (0..shares).map(|of| (of == share).then_some(number));
            let places = group.places.iter().copied().chain(told_apart).collect();
            Self { places, people: part.people }
        })
    }

    fn is_small(&self) -> bool {
        self.people < MINIMUM
    }
}

/// Groups along one axis, and their total, by number.
struct Line {
    total: usize,
    members: Vec<usize>,
}

/// What has to be left out.
fn closed(crowds: &[Crowd]) -> Vec<bool> {
    let (lines, of_crowd) = lines(crowds);
    let mut left_out: Vec<bool> = crowds.iter().map(Crowd::is_small).collect();
    let mut waiting: VecDeque<usize> = (0..lines.len()).collect();
    while let Some(line) = waiting.pop_front().and_then(|number| lines.get(number)) {
        while let Some(next) = line.next(crowds, &left_out) {
            left_out.get_mut(next).into_iter().for_each(|is_left_out| *is_left_out = true);
            waiting.extend(of_crowd.get(next).into_iter().flatten());
        }
    }
    left_out
}

/// The lines, and the numbers of those that each group is in.
fn lines(crowds: &[Crowd]) -> (Vec<Line>, Vec<Vec<usize>>) {
    let numbers: HashMap<&[Place], usize> =
        crowds.iter().enumerate().map(|(number, crowd)| (&*crowd.places, number)).collect();
    let mut lines: Vec<Line> = Vec::new();
    let mut of_crowd = vec![Vec::new(); crowds.len()];
    let mut known: HashMap<(usize, usize), usize> = HashMap::new();
    for (number, crowd) in crowds.iter().enumerate() {
        let mut above = crowd.places.clone();
        for (axis, place) in crowd.places.iter().enumerate().filter(|(_, place)| place.is_some()) {
            above.iter_mut().skip(axis).take(1).for_each(|above| *above = None);
            if let Some(&total) = numbers.get(&*above) {
                let line = *known.entry((total, axis)).or_insert_with(|| {
                    lines.push(Line { total, members: Vec::new() });
                    push(&mut of_crowd, total, lines.len() - 1);
                    lines.len() - 1
                });
                lines.get_mut(line).into_iter().for_each(|line| line.members.push(number));
                push(&mut of_crowd, number, line);
            }
            above.iter_mut().skip(axis).take(1).for_each(|above| *above = *place);
        }
    }
    (lines, of_crowd)
}

fn push(lists: &mut [Vec<usize>], place: usize, number: usize) {
    lists.get_mut(place).into_iter().for_each(|list| list.push(number));
}

impl Line {
    /// The group that has to be left out next; none where nothing can be had by subtraction.
    fn next(&self, crowds: &[Crowd], left_out: &[bool]) -> Option<usize> {
        let is_left_out = |number: &usize| left_out.get(*number).copied().unwrap_or(true);
        let people = |number: &usize| crowds.get(*number).map_or(0, |crowd| crowd.people);
        let (missing, standing): (Vec<usize>, Vec<usize>) =
            self.members.iter().partition(|it| is_left_out(it));
        let holds_enough = || missing.iter().any(|number| people(number) >= MINIMUM);
        let is_enough = match (is_left_out(&self.total), missing.len()) {
            (false, 0) => true,
            (false, 1) => false,
            (false, _) => standing.is_empty() || holds_enough(),
            (true, many) => many > 0,
        };
        if is_enough { None } else { Some(standing.into_iter().min_by_key(people).unwrap_or(self.total)) }
    }
}

#[cfg(test)]
#[path = "disclosure_tests.rs"]
mod tests;
