//! How a validator whose guard was lost learns when it may sign again.
//!
//! It may have signed at any height up to one above what was decided when its disk was lost. Validators with a quorum of the
//! power, itself not counted, tell it their tips. Any quorum shares an honest validator with the one that decided the block
//! below the last height h that it signed; that one had prevoted at h − 1, so its tip was h − 2 or higher. So nothing was
//! signed above the highest tip that the quorum told of, plus 2: through there it is silent.
//!
//! This holds for validators of one set. So it is settled only when this node has followed the chain up to that tip, by
//! certificates, and the quorum is one of the set in force there; if the set has changed on the way, who counts is asked
//! anew. A validator that tells of a tip that does not exist keeps this one silent: with one that was wiped and one that lies,
//! more than promised is faulty among four.

use super::Peer;
use bulla_ledger::Tip;
use bulla_verify::chain::Height;
use bulla_verify::validators::ValidatorSet;
use std::collections::BTreeMap;

/// How far above a told tip its teller may have helped to decide.
const BEYOND: u64 = 2;

/// What was heard since this validator started.
#[derive(Debug, Default)]
pub(super) struct Muteness {
    told: BTreeMap<Peer, Height>,
    /// The highest tip that a quorum of this set told of.
    awaited: Option<(ValidatorSet, Height)>,
}

impl Muteness {
    /// A peer tells its tip.
    pub(super) fn heard(&mut self, peer: Peer, tip: Height) {
        self.told.insert(peer, tip);
    }

    /// Through which height to be silent, once that is known at this tip.
    pub(super) fn settled(&mut self, own: &Peer, tip: &Tip) -> Option<Height> {
        self.settled_at(own, tip.height, &tip.validators)
    }

    fn settled_at(&mut self, own: &Peer, tip: Height, validators: &ValidatorSet) -> Option<Height> {
        if self.awaited.as_ref().is_none_or(|(set, _)| set != validators) {
            self.awaited = self.highest(own, validators).map(|highest| (validators.clone(), highest));
        }
        let (_, highest) = self.awaited.as_ref()?;
        (tip >= *highest).then(|| Height(highest.0.saturating_add(BEYOND)))
    }

    /// The highest tip that the validators of a set told of, if those who told have a quorum.
    fn highest(&self, own: &Peer, validators: &ValidatorSet) -> Option<Height> {
        let told = validators.as_slice().iter().filter(|one| one.key != *own);
        let told: Vec<_> = told.filter_map(|one| Some((one.power, *self.told.get(&one.key)?))).collect();
        let power = told.iter().fold(0u64, |sum, (power, _)| sum.saturating_add(*power));
        let highest = told.into_iter().map(|(_, tip)| tip).max();
        highest.filter(|_| power >= validators.quorum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_verify::keys::SigningKey;
    use bulla_verify::validators::Validator;

    fn key(seed: u8) -> Peer {
        SigningKey::from_seed(&[seed; 32]).public()
    }

    fn set(seeds: std::ops::RangeInclusive<u8>, power: u64) -> ValidatorSet {
        let organisation = "11310000000000035N".parse().unwrap();
        ValidatorSet::new(seeds.map(|seed| Validator { key: key(seed), organisation, power }).collect()).unwrap()
    }

    #[test]
    fn three_others_must_have_told_and_the_chain_must_be_there() {
        let (mut muteness, four, own) = (Muteness::default(), set(1..=4, 5), key(4));
        assert_eq!(muteness.settled_at(&own, Height(0), &four), None, "nobody has told anything");
        muteness.heard(key(1), Height(70));
        muteness.heard(key(2), Height(69));
        muteness.heard(own, Height(71));
        muteness.heard(key(9), Height(90));
        assert_eq!(muteness.settled_at(&own, Height(90), &four), None, "neither its own word nor a stranger's counts");
        muteness.heard(key(3), Height(68));
        for tip in [0, 68, 69] {
            assert_eq!(muteness.settled_at(&own, Height(tip), &four), None, "it is still behind");
        }
        muteness.heard(key(1), Height(80));
        assert_eq!(muteness.settled_at(&own, Height(70), &four), Some(Height(72)), "what was told first counts");
    }

    #[test]
    fn validators_that_left_are_not_asked_and_those_that_came_are() {
        let (mut muteness, own) = (Muteness::default(), key(4));
        (1..=3).for_each(|seed| muteness.heard(key(seed), Height(5)));
        assert_eq!(muteness.settled_at(&own, Height(4), &set(1..=4, 1)), None);
        let later = set(4..=7, 1);
        assert_eq!(muteness.settled_at(&own, Height(5), &later), None, "the quorum of a set that has gone");
        (5..=7).for_each(|seed| muteness.heard(key(seed), Height(40)));
        assert_eq!(muteness.settled_at(&own, Height(5), &later), None);
        assert_eq!(muteness.settled_at(&own, Height(40), &later), Some(Height(42)));
    }

    #[test]
    fn who_is_alone_is_never_settled() {
        let (mut muteness, own) = (Muteness::default(), key(1));
        assert_eq!(muteness.settled_at(&own, Height(9), &set(1..=1, 1)), None);
    }
}
