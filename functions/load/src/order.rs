//! Whose turn it is: drops may arrive late, twice, or again on purpose.

use jiff::Timestamp;
use rounds_shared::ledger::Standing;
use rounds_shared::payload::{Drop, LoadRef};

/// What a load has to do about one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The batch becomes the dataset's content.
    Load,
    /// This content stands already, by this load; the drop takes over its place in the order of drops.
    Stands(LoadRef),
    /// This very drop was loaded before, as this load, and something else has been loaded since.
    LoadedBefore(LoadRef),
    /// A newer drop was loaded before, as this load.
    Overtaken(LoadRef),
}

/// Decides about `batch` of `drop`, given the dataset's standing load and the load that this drop made of this batch
/// before. Pure; to be asked under the dataset's lock.
///
/// Older content dropped anew after newer content is a wish to go back, and is loaded: only the drops are ordered. Equal
/// places (two keys within a second, without sequencers to tell them apart) go by arrival.
#[must_use]
pub fn decide(
    drop: &Drop,
    batch: &str,
    standing: Option<Standing>,
    loaded_before: Option<LoadRef>,
) -> Decision {
    let Some(standing) = standing else {
        return Decision::Load;
    };
    if standing.load.batch == batch {
        return Decision::Stands(standing.load);
    }
    // The same drop under a changed contract makes another batch, and may go forth and back between contracts.
    let same_drop = standing.bucket == drop.bucket
        && standing.key == drop.key
        && standing.version == drop.version
        && place(&standing.dropped_at, &standing.sequencer) == place(&drop.dropped_at, &drop.sequencer);
    if same_drop {
        return Decision::Load;
    }
    if let Some(load) = loaded_before {
        return Decision::LoadedBefore(load);
    }
    if place(&standing.dropped_at, &standing.sequencer) > place(&drop.dropped_at, &drop.sequencer) {
        return Decision::Overtaken(standing.load);
    }
    Decision::Load
}

/// A drop's place in the order: S3's clock, then the sequencer, of which a longer one is later.
fn place<'a>(dropped_at: &'a Timestamp, sequencer: &'a str) -> (&'a Timestamp, usize, &'a str) {
    (dropped_at, sequencer.len(), sequencer)
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

    fn standing(batch: &str, by: &Drop) -> Option<Standing> {
        let Drop { bucket, key, version, dropped_at, sequencer } = by.clone();
        Some(Standing { load: load(batch, 7), bucket, key, version, dropped_at, sequencer })
    }

    #[test]
    fn the_first_drop_and_a_newer_drop_are_loaded() {
        assert_eq!(decide(&drop(1, "A"), "one", None, None), Decision::Load);
        assert_eq!(decide(&drop(2, "A"), "two", standing("one", &drop(1, "A")), None), Decision::Load);
    }

    #[test]
    fn content_that_stands_is_not_loaded_again_whoever_drops_it() {
        let stands = Decision::Stands(load("one", 7));
        assert_eq!(decide(&drop(1, "A"), "one", standing("one", &drop(1, "A")), None), stands);
        assert_eq!(decide(&drop(9, "A"), "one", standing("one", &drop(1, "A")), None), stands);
        assert_eq!(decide(&drop(0, "A"), "one", standing("one", &drop(1, "A")), None), stands);
    }

    #[test]
    fn a_late_older_drop_is_overtaken() {
        let overtaken = Decision::Overtaken(load("two", 7));
        assert_eq!(decide(&drop(1, "A"), "one", standing("two", &drop(2, "A")), None), overtaken);
        assert_eq!(
            decide(&drop(1, "9"), "one", standing("two", &drop(1, "10")), None),
            overtaken,
            "longer is later"
        );
        assert_eq!(decide(&drop(1, "1A"), "one", standing("two", &drop(1, "1B")), None), overtaken);
    }

    #[test]
    fn a_drop_that_was_loaded_before_is_not_loaded_again_after_a_newer_one() {
        let before = load("one", 3);
        let decision = decide(&drop(1, "A"), "one", standing("two", &drop(2, "A")), Some(before.clone()));
        assert_eq!(decision, Decision::LoadedBefore(before));
    }

    #[test]
    fn older_content_dropped_anew_goes_back() {
        assert_eq!(decide(&drop(3, "A"), "one", standing("two", &drop(2, "A")), None), Decision::Load);
    }

    #[test]
    fn the_same_drop_under_a_changed_contract_is_loaded_forth_and_back() {
        let again = drop(1, "A");
        assert_eq!(decide(&again, "new contract", standing("one", &again), None), Decision::Load);
        assert_eq!(
            decide(&again, "one", standing("new contract", &again), Some(load("one", 3))),
            Decision::Load
        );
    }
}
