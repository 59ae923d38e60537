//! What comes too early waits here, within a bound that no validator can exceed.
//!
//! Each validator has one slot per height, round and step, for the next [`HEIGHTS_AHEAD`] heights and the first
//! [`ROUNDS_AHEAD`] rounds of each: 2 × 4 × 3 slots of about 200 bytes, 5 kB a validator, 300 kB for a set of 64. The first
//! message in a slot stays: one that says two things is caught when its height has begun. What is further ahead is dropped,
//! and is said again by its speaker; a node so far behind learns its peers' tips and catches up with certificates instead.
//!
//! What is held was checked against the set that the host expects for its height. Who turns out not to be in the set when the
//! height begins is then ignored.

use bulla_verify::chain::{Height, Round};
use bulla_verify::keys::PublicKey;
use bulla_verify::vote::{Heard, Proposal, Vote, VoteKind};
use std::collections::BTreeMap;

/// How many heights above the present one messages are held for. Two, since whoever has decided h+1 is at h+2 at most before
/// this node has got the certificate of h.
pub const HEIGHTS_AHEAD: u64 = 2;

/// How many rounds of a later height messages are held for.
pub const ROUNDS_AHEAD: u32 = 4;

/// How many messages of one validator are held: one of each height, round and step.
pub const MAX_HELD: usize = 2 * 4 * 3;

#[derive(Debug, Default)]
pub(crate) struct Filter(BTreeMap<Slot, Held>);

#[derive(Clone, Debug)]
pub(crate) enum Held {
    Vote(Heard<Vote>),
    Proposal(Heard<Proposal>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    height: Height,
    round: Round,
    step: Step,
    speaker: PublicKey,
}

/// In the order of a round, so that what is released comes in a useful order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Proposal,
    Prevote,
    Precommit,
}

impl Filter {
    /// How many messages wait.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Holds a message for a height above `present`, if it is not too far above and its slot is free.
    pub(crate) fn hold(&mut self, held: Held, present: Height) {
        let slot = held.slot();
        if slot.height > present && slot.height <= last_held(present) && slot.round.0 < ROUNDS_AHEAD {
            self.0.entry(slot).or_insert(held);
        }
    }

    /// Gives out what was held for a height that begins, and forgets what was held for heights below it.
    pub(crate) fn release(&mut self, height: Height) -> Vec<Held> {
        let (mut released, mut later) = (Vec::new(), BTreeMap::new());
        for (slot, held) in std::mem::take(&mut self.0) {
            if slot.height > height {
                later.insert(slot, held);
            } else if slot.height == height {
                released.push(held);
            }
        }
        self.0 = later;
        released
    }
}

/// The last height of which messages are held.
pub(crate) fn last_held(present: Height) -> Height {
    Height(present.0.saturating_add(HEIGHTS_AHEAD))
}

impl Held {
    fn slot(&self) -> Slot {
        match self {
            Held::Vote(vote) => {
                let Vote { height, round, kind, voter, .. } = *vote.statement();
                let step = match kind {
                    VoteKind::Prevote => Step::Prevote,
                    VoteKind::Precommit => Step::Precommit,
                };
                Slot { height, round, step, speaker: voter }
            }
            Held::Proposal(proposal) => {
                let Proposal { height, round, proposer, .. } = *proposal.statement();
                Slot { height, round, step: Step::Proposal, speaker: proposer }
            }
        }
    }
}

#[cfg(test)]
mod tests;
