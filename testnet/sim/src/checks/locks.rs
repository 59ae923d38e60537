//! Whether honest validators keep to their locks: who has precommitted a block votes for another one only after a later quorum
//! of prevotes for that one. Tendermint's rules of line 22 and 28, judged from what was said alone.

use bulla_node::wal::guard::{Position, Step};
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::keys::PublicKey;
use std::collections::{BTreeMap, BTreeSet};

/// All prevotes for blocks, and what each validator has precommitted last.
pub(super) struct Locks {
    validators: usize,
    prevotes: BTreeMap<(Height, HeaderHash, Round), BTreeSet<PublicKey>>,
    locked: BTreeMap<PublicKey, (Height, Round, HeaderHash)>,
}

impl Locks {
    pub(super) fn new(validators: usize) -> Self {
        Locks { validators, prevotes: BTreeMap::new(), locked: BTreeMap::new() }
    }

    /// How many validators there are from now on.
    pub(super) fn are_of(&mut self, validators: usize) {
        self.validators = self.validators.min(validators);
    }

    /// Somebody says something, honest or not.
    pub(super) fn hears(&mut self, speaker: PublicKey, at: Position, value: Option<HeaderHash>) {
        if let (Step::Prevote, Some(value)) = (at.step, value) {
            self.prevotes.entry((at.height, value, at.round)).or_default().insert(speaker);
        }
    }

    /// An honest validator says something for the first time.
    pub(super) fn says(&mut self, node: usize, speaker: PublicKey, at: Position, value: Option<HeaderHash>) {
        self.hears(speaker, at, value);
        let Some(value) = value else { return };
        if at.step == Step::Propose {
            return;
        }
        if let Some((height, round, locked)) = self.locked.get(&speaker).copied()
            && height == at.height
            && round < at.round
            && locked != value
        {
            // A precommit rests on the prevotes of its own round, a prevote on those of an earlier one.
            let until = if at.step == Step::Precommit { Round(at.round.0.saturating_add(1)) } else { at.round };
            let mut later = self.prevotes.range((height, value, round)..(height, value, until));
            let released = later.any(|(_, voters)| 3 * voters.len() > 2 * self.validators);
            assert!(released, "node {node} votes in {at} for another block than the one it is locked on since {round}");
        }
        if at.step == Step::Precommit {
            self.locked.insert(speaker, (at.height, at.round, value));
        }
    }
}
