//! Whose turn it is: drops may arrive late, twice, or again on purpose.

use jiff::Timestamp;
use rounds_shared::ledger::Standing;
use rounds_shared::payload::{Drop, LoadRef};

/// What a load has to do about one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The batch becomes the dataset's content, or part of it.
    Load,
    /// So it does where no newer drop's rows stand, the newest of which this load brought.
    LoadBehind(LoadRef),
    /// This content stands already, by this load; the drop takes over its place in the order of drops.
    Stands(LoadRef),
    /// This very drop, or a later one of this content, was loaded before, as this load, and something else has been loaded
    /// since.
    LoadedBefore(LoadRef),
    /// A newer drop was loaded before, as this load, and took the place of all.
    Overtaken(LoadRef),
}

/// Decides about `batch` of `drop`, given the standing load of the dataset or scope and the load that this drop made of
/// this batch before. `whole`: a file is all that stands there. Pure; to be asked under the dataset's lock.
///
/// Older content dropped anew after newer content is a wish to go back, and is loaded: only the drops are ordered. Equal
/// places (two keys within a second, without sequencers to tell them apart) go by arrival.
#[must_use]
pub fn decide(
    whole: bool,
    drop: &Drop,
    batch: &str,
    standing: Option<&Standing>,
    loaded_before: Option<LoadRef>,
) -> Turn {
    let Some(standing) = standing else {
        return Turn::Load;
    };
    if standing.load.batch == batch {
        return Turn::Stands(standing.load.clone());
    }
    let at_the_same_place = place(standing) == place_of(drop);
    // The same drop under a changed contract, or with mended rows, makes another batch, and may go forth and back. Its
    // place has moved on if its content was dropped again.
    let same_drop = standing.bucket == drop.bucket
        && standing.key == drop.key
        && standing.version == drop.version
        && (!drop.version.is_empty() || at_the_same_place);
    if same_drop {
        return Turn::Load;
    }
    if let Some(load) = loaded_before {
        return Turn::LoadedBefore(load);
    }
    if place(standing) <= place_of(drop) {
        return Turn::Load;
    }
    let newer = standing.load.clone();
    if whole { Turn::Overtaken(newer) } else { Turn::LoadBehind(newer) }
}

/// A place in the order of drops: S3's clock, then the sequencer, of which a longer one is later.
type Place<'a> = (Timestamp, usize, &'a str);

fn place(standing: &Standing) -> Place<'_> {
    (standing.dropped_at, standing.sequencer.len(), &standing.sequencer)
}

fn place_of(drop: &Drop) -> Place<'_> {
    (drop.dropped_at, drop.sequencer.len(), &drop.sequencer)
}

/// The place of a load that becomes what stands: the drop's own, or that of what stood before, if it is later.
#[must_use]
pub fn place_taken(drop: &Drop, standing: Option<&Standing>) -> (Timestamp, String) {
    match standing.filter(|standing| place(standing) > place_of(drop)) {
        Some(standing) => (standing.dropped_at, standing.sequencer.clone()),
        None => (drop.dropped_at, drop.sequencer.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drop(second: i64, sequencer: &str) -> Drop {
        Drop {
            bucket: "landing".to_owned(),
            key: "healthtech/doctors.xlsx".to_owned(),
            version: format!("v{second}{sequencer}"),
            dropped_at: Timestamp::from_second(second).unwrap(),
            sequencer: sequencer.to_owned(),
        }
    }

    fn load(batch: &str, load: i64) -> LoadRef {
        LoadRef { dataset: "healthtech.doctors".to_owned(), batch: batch.to_owned(), load }
    }

    fn standing(batch: &str, by: &Drop) -> Option<&'static Standing> {
        let Drop { bucket, key, version, dropped_at, sequencer } = by.clone();
        let load = load(batch, 7);
        Some(Box::leak(Box::new(Standing { load, bucket, key, version, dropped_at, sequencer })))
    }

    #[test]
    fn the_first_drop_and_a_newer_drop_are_loaded() {
        assert_eq!(decide(true, &drop(1, "A"), "one", None, None), Turn::Load);
        assert_eq!(decide(true, &drop(2, "A"), "two", standing("one", &drop(1, "A")), None), Turn::Load);
    }

    #[test]
    fn content_that_stands_is_not_loaded_again_whoever_drops_it() {
        let stands = Turn::Stands(load("one", 7));
        assert_eq!(decide(true, &drop(1, "A"), "one", standing("one", &drop(1, "A")), None), stands);
        assert_eq!(decide(true, &drop(9, "A"), "one", standing("one", &drop(1, "A")), None), stands);
        assert_eq!(decide(true, &drop(0, "A"), "one", standing("one", &drop(1, "A")), None), stands);
    }

    #[test]
    fn a_late_older_drop_is_overtaken() {
        let overtaken = Turn::Overtaken(load("two", 7));
        assert_eq!(decide(true, &drop(1, "A"), "one", standing("two", &drop(2, "A")), None), overtaken);
        assert_eq!(
            decide(true, &drop(1, "9"), "one", standing("two", &drop(1, "10")), None),
            overtaken,
            "longer is later"
        );
        assert_eq!(decide(true, &drop(1, "1A"), "one", standing("two", &drop(1, "1B")), None), overtaken);
    }

    #[test]
    fn a_late_older_drop_that_does_not_replace_all_is_loaded_behind_the_newer() {
        let behind = Turn::LoadBehind(load("two", 7));
        assert_eq!(decide(false, &drop(1, "A"), "one", standing("two", &drop(2, "A")), None), behind);
        assert_eq!(decide(false, &drop(3, "A"), "three", standing("two", &drop(2, "A")), None), Turn::Load);
    }

    #[test]
    fn a_drop_that_was_loaded_before_is_not_loaded_again_after_a_newer_one() {
        let before = load("one", 3);
        let turn = decide(true, &drop(1, "A"), "one", standing("two", &drop(2, "A")), Some(before.clone()));
        assert_eq!(turn, Turn::LoadedBefore(before));
    }

    #[test]
    fn older_content_dropped_anew_goes_back() {
        assert_eq!(decide(true, &drop(3, "A"), "one", standing("two", &drop(2, "A")), None), Turn::Load);
    }

    #[test]
    fn the_same_drop_under_a_changed_contract_is_loaded_forth_and_back() {
        let again = drop(1, "A");
        assert_eq!(decide(true, &again, "new contract", standing("one", &again), None), Turn::Load);
        assert_eq!(
            decide(true, &again, "one", standing("new contract", &again), Some(load("one", 3))),
            Turn::Load
        );
    }

    #[test]
    fn a_replay_of_a_drop_whose_content_was_dropped_again_takes_over_its_place() {
        let original = drop(1, "A");
        let confirmed =
            Standing { dropped_at: drop(5, "A").dropped_at, ..standing("one", &original).unwrap().clone() };
        assert_eq!(decide(true, &original, "mended", Some(&confirmed), None), Turn::Load);
        assert_eq!(place_taken(&original, Some(&confirmed)), (confirmed.dropped_at, "A".to_owned()));
        assert_eq!(place_taken(&drop(6, "B"), Some(&confirmed)), (drop(6, "B").dropped_at, "B".to_owned()));
    }
}
